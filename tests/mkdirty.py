#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mkdirty.py fat|exfat|ntfs|ext4|iso|udf|mbr|gpt IMAGE MIB [FILES]: makes the image of a medium that was used for a while.
mkdirty.py --format KIND IMAGE: formats it quickly, as somebody does who believes that this deletes what was there.

FILES (60) pictures, documents and archives, some with Chinese names, the first and then every second one deleted again.  Every file
holds MARKER, so that a plain search for bytes counts what is left.  The same arguments give the same files.  mbr and gpt: a partition
table, FAT32 and ext4, each with those files.  iso is a disc that was written in sessions: the last no longer lists what was deleted,
the files and the session that lists them stay where they are.

The least sizes that work: fat 34 MiB, udf 48, mbr and gpt 44, the others 16.  What they need: fat mtools; exfat exfat-fuse and root, for
a loop device of its own; ntfs ntfs-3g and /dev/fuse; ext4 e2fsprogs; iso xorriso; udf udftools and udfclient, which writes without a mount.
"""
import io
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

MIB = 1 << 20
MARKER = b"TRACE-7f3a91c2-SECRET"
NAMES = ["報告", "照片 2024", "客戶名單", "IMG_%04d", "合約-最終版"]


def png(rng, pixels=120):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + rng.randbytes(3 * pixels) for _ in range(pixels))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", pixels, pixels, 8, 2, 0, 0, 0)) +
            chunk(b"tEXt", b"Comment\0" + MARKER) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def jpg(rng, blocks=25):
    """Baseline, grey, only the DC term of each 8x8 block: the least that carvers accept as a whole picture."""
    def segment(marker, data):
        return b"\xff" + marker + struct.pack(">H", len(data) + 2) + data

    code = {0: "00", 1: "010", 2: "011", 3: "100", 4: "101", 5: "110", 6: "1110"}  # the Huffman table below, by bit length
    bits = ""
    for _ in range(blocks * blocks):
        value = rng.randrange(-40, 40)
        size = abs(value).bit_length()
        bits += code[size] + (format(value if value > 0 else value + (1 << size) - 1, "0%db" % size) if size else "") + "0"
    bits += "1" * (-len(bits) % 8)
    scan = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    return (b"\xff\xd8" + segment(b"\xe0", b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0") + segment(b"\xfe", MARKER) +
            segment(b"\xdb", b"\0" + b"\x10" * 64) +
            segment(b"\xc0", b"\x08" + struct.pack(">HH", blocks * 8, blocks * 8) + b"\x01\x01\x11\0") +
            segment(b"\xc4", b"\0" + bytes([0, 1, 5, 1, 1, 1, 1, 1, 1] + [0] * 7) + bytes(range(12))) +
            segment(b"\xc4", b"\x10" + bytes([1] + [0] * 15) + b"\0") +
            segment(b"\xda", b"\x01\x01\0\0\x3f\0") + scan + b"\xff\xd9")


def pdf(rng):
    page = b"BT /F1 12 Tf 20 100 Td (%s %d) Tj ET\n%%" % (MARKER, rng.randrange(10 ** 9)) + bytes(rng.choices(b"0123456789abcdef", k=5000))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(page), page)]
    text, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(text))
        text += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return text + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(text)


def zipped(rng, names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name)  # with a fixed time, unlike writestr(name, ...)
            archive.writestr(entry, b"<?xml version='1.0'?><x>" + MARKER + rng.randbytes(3000).hex().encode() + b"</x>")
    return out.getvalue()


FILE_KINDS = {
    "jpg": jpg,
    "png": png,
    "pdf": pdf,
    "docx": lambda rng: zipped(rng, ["[Content_Types].xml", "_rels/.rels", "word/document.xml"]),
    "zip": lambda rng: zipped(rng, ["a.txt", "b.bin"]),
    "txt": lambda rng: MARKER + " 機密 ".encode() + rng.randbytes(2000).hex().encode() + b"\n",
}


# ---- file systems

LABEL = "LABSTICK"
UDF_SET = "c" * 16
UDF_ROOT = "/%s:%s:%s:LinuxUDF" % (UDF_SET, LABEL, LABEL)  # udfclient's name for it: volume set, volume, logical volume, file set
FORMAT = {  # quickly: only what a file system needs to begin with is written
    "fat": "mkfs.vfat -F 32 -n LABEL IMAGE",
    "exfat": "mkfs.exfat -L LABEL IMAGE",
    "ntfs": "mkntfs -F -Q -L LABEL IMAGE",
    "ext4": "mke2fs -F -t ext4 -E nodiscard -L LABEL IMAGE",
    "iso": "xorriso -outdev stdio:IMAGE -blank as_needed -joliet on -padding 0 -volid LABEL -commit",
    "udf": "mkudffs --media-type=hd --fullvsid=%s --label=LABEL IMAGE" % UDF_SET,
}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def run(*argv, commands=None):
    """Runs a program; commands, one a line, are what it reads from its standard input."""
    done = subprocess.run(argv, input="\n".join(commands or []) + "\n", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, LC_ALL="C.UTF-8", MTOOLS_SKIP_CHECK="1"))
    if done.returncode:
        raise SystemExit("%s\n%s ended with %d" % (done.stdout, " ".join(argv), done.returncode))


def quick_format(kind, image):
    run(*[word.replace("LABEL", LABEL).replace("IMAGE", image) for word in FORMAT[kind].split()])


def fill_fat(image, folder, names, deleted):
    run("mcopy", "-i", image, *[os.path.join(folder, name) for name in names], "::/")
    run("mdel", "-i", image, *["::/" + name for name in deleted])


def fill_ext4(image, folder, names, deleted):
    run("debugfs", "-w", "-f", "-", image, commands=['write "%s/%s" "%s"' % (folder, name, name) for name in names])
    run("debugfs", "-w", "-f", "-", image, commands=['rm "%s"' % name for name in deleted])


def fill_iso(image, folder, names, deleted):
    size = os.path.getsize(image)
    run("xorriso", "-dev", "stdio:" + image, "-joliet", "on", "-map", folder, "/", "-commit",
        "-rm", *["/" + name for name in deleted], "--", "-commit")
    os.truncate(image, size)


def fill_udf(image, folder, names, deleted):
    """Below 45 MiB udfclient believes the file system full before the last file.  It takes names for Latin-1, byte by byte."""
    puts, removals = ['put "%s"' % name for name in names], ['rm "%s"' % name for name in deleted]
    run("udfclient", "-W", image, commands=['cd "%s"' % UDF_ROOT, 'lcd "%s"' % folder, *puts, "sync", *removals, "quit"])


def fill_mounted(mountpoint, folder, names, deleted):
    try:
        for name in names:
            shutil.copyfile(os.path.join(folder, name), os.path.join(mountpoint, name))
        for name in deleted:
            os.unlink(os.path.join(mountpoint, name))
    finally:
        run("umount", mountpoint)


def fill_ntfs(image, folder, names, deleted):
    with tempfile.TemporaryDirectory() as mountpoint:
        run("ntfs-3g", image, mountpoint)
        fill_mounted(mountpoint, folder, names, deleted)


def fill_exfat(image, folder, names, deleted):
    loop = subprocess.check_output(["losetup", "-f", "--show", image], text=True).strip()  # fuseblk wants a block device
    try:
        with tempfile.TemporaryDirectory() as mountpoint:
            run("mount.exfat-fuse", loop, mountpoint)
            fill_mounted(mountpoint, folder, names, deleted)
    finally:
        run("losetup", "-d", loop)


FILL = {"fat": fill_fat, "exfat": fill_exfat, "ntfs": fill_ntfs, "ext4": fill_ext4, "iso": fill_iso, "udf": fill_udf}


def make_files(folder, count):
    """Writes them into that folder; returns their names."""
    rng, names = random.Random(7), []
    for i in range(count):
        extension = list(FILE_KINDS)[i % len(FILE_KINDS)]
        base = NAMES[i % 5 if i % 2 else 3]
        names.append("%s_%02d.%s" % (base % i if "%" in base else base, i, extension))
        with open(os.path.join(folder, names[-1]), "wb") as f:
            f.write(FILE_KINDS[extension](rng))
    return names


def make_volume(kind, image, size, folder, names):
    with open(image, "wb") as f:
        f.truncate(size)
    quick_format(kind, image)
    FILL[kind](image, folder, names, names[::2])


def make_partitioned(table, image, size, folder, names):
    """A table, FAT32 and ext4, the latter as large as what is left."""
    label, *types = {"mbr": ("dos", "c", "83"),
                     "gpt": ("gpt", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "0FC63DAF-8483-4772-8E79-3D69D8477DE4")}[table]
    parts = [("fat", 1 * MIB, 34 * MIB), ("ext4", 35 * MIB, size - 36 * MIB)]  # kind, offset, size; a GPT has a copy in the last MiB
    with open(image, "wb") as f:
        f.truncate(size)
    rows = ["start=%d, size=%d, type=%s" % (offset // 512, length // 512, type_) for type_, (_, offset, length) in zip(types, parts)]
    run("sfdisk", "--quiet", image, commands=["label: " + label, *rows])
    with tempfile.NamedTemporaryFile() as part, open(image, "r+b") as whole:
        for kind, offset, length in parts:
            make_volume(kind, part.name, length, folder, names)
            whole.seek(offset)
            whole.write(read(part.name))


def main(kind, image, mib, count="60"):
    with tempfile.TemporaryDirectory() as folder:
        names = make_files(folder, int(count))
        (make_partitioned if kind in ("mbr", "gpt") else make_volume)(kind, image, int(mib) * MIB, folder, names)
        written = [read(os.path.join(folder, name))[:512] for name in names]
    data = read(image)
    if lost := [name for name, begin in zip(names, written) if begin not in data]:  # some of these tools end with success whatever happened
        raise SystemExit("%s: not written: %s" % (image, ", ".join(lost)))
    print("%s: %d files written, %d deleted, %d markers" % (image, len(names), len(names[::2]), data.count(MARKER)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--format"]:
        quick_format(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
