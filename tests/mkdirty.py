#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mkdirty.py fat|exfat|ntfs IMAGE MIB [FILES]: makes the image of a stick that was used for a while.

FILES (60) pictures, documents and archives, some with Chinese names, the first and then every second one deleted again.  Every file
holds MARKER, so that a plain search for bytes counts what is left.  The same arguments give the same files.

fat needs mtools; exfat needs exfat-fuse and root, for a loop device of its own; ntfs needs ntfs-3g and /dev/fuse.
"""
import io
import os
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

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
    page = b"BT /F1 12 Tf 20 100 Td (%s %d) Tj ET" % (MARKER, rng.randrange(10 ** 9)) + b"\n%" + bytes(rng.choices(b"0123456789abcdef", k=5000))
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


KINDS = {
    "jpg": jpg,
    "png": png,
    "pdf": pdf,
    "docx": lambda rng: zipped(rng, ["[Content_Types].xml", "_rels/.rels", "word/document.xml"]),
    "zip": lambda rng: zipped(rng, ["a.txt", "b.bin"]),
    "txt": lambda rng: MARKER + " 機密 ".encode() + rng.randbytes(2000).hex().encode() + b"\n",
}


def run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C.UTF-8", MTOOLS_SKIP_CHECK="1"))


def fill_fat(image, files, deleted, _):
    run("mkfs.vfat", "-F", "32", "-n", "LABSTICK", image)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
        run("mcopy", "-i", image, *[os.path.join(folder, name) for name in files], "::/")
    for name in deleted:
        run("mdel", "-i", image, "::/" + name)


def fill_mounted(files, deleted, mountpoint):
    try:
        for name, data in files.items():
            with open(os.path.join(mountpoint, name), "wb") as f:
                f.write(data)
        os.sync()
        for name in deleted:
            os.unlink(os.path.join(mountpoint, name))
    finally:
        run("umount", mountpoint)


def fill_ntfs(image, files, deleted, mountpoint):
    run("mkntfs", "-F", "-Q", "-L", "LABSTICK", image)
    run("ntfs-3g", image, mountpoint)
    fill_mounted(files, deleted, mountpoint)


def fill_exfat(image, files, deleted, mountpoint):
    run("mkfs.exfat", "-L", "LABSTICK", image)
    loop = subprocess.check_output(["losetup", "-f", "--show", image], text=True).strip()  # fuseblk wants a block device
    try:
        run("mount.exfat-fuse", loop, mountpoint)
        fill_mounted(files, deleted, mountpoint)
    finally:
        run("losetup", "-d", loop)


def main(kind, image, mib, count="60"):
    rng = random.Random(7)
    files = {}
    for i in range(int(count)):
        extension = list(KINDS)[i % len(KINDS)]
        base = NAMES[i % 5 if i % 2 else 3]
        files["%s_%02d.%s" % (base % i if "%" in base else base, i, extension)] = KINDS[extension](rng)
    deleted = list(files)[::2]
    with open(image, "wb") as f:
        f.truncate(int(mib) << 20)
    with tempfile.TemporaryDirectory() as mountpoint:
        {"fat": fill_fat, "exfat": fill_exfat, "ntfs": fill_ntfs}[kind](image, files, deleted, mountpoint)
    with open(image, "rb") as f:
        print("%s: %d files written, %d deleted, %d markers" % (image, len(files), len(deleted), f.read().count(MARKER)))


if __name__ == "__main__":
    main(*sys.argv[1:])
