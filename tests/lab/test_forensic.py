#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What recovery tools find on used sticks before certwipe has wiped them, and that they find nothing of it afterwards.

The media are made by tests/mkdirty.py and examined by tests/forensics.sh, both on this machine: the tools see the cells, not what a kernel
has in its caches.  Making them and the first examination go on while the guest wipes others.
"""
import collections
import concurrent.futures
import os
import subprocess

from bench import ROOT, main, test

# mib: size.  types: what certwipe calls it, table and partitions included.  deleted, files: how many of either sleuthkit lists at least; None:
# it does not know this file system.
Kind = collections.namedtuple("Kind", "mib types deleted files")
KINDS = {
    "fat": Kind(34, ["vfat"], 30, 30),
    "exfat": Kind(16, ["exfat"], 30, 30),
    "ntfs": Kind(16, ["ntfs"], 30, 30),
    "ext4": Kind(16, ["ext4"], 30, 30),
    "iso": Kind(16, ["iso9660"], 0, 30),  # the last session lists no deleted files; they are in the one before
    "udf": Kind(48, ["udf"], None, None),
    "mbr": Kind(44, ["dos", "vfat", "ext4"], 60, 60),
}

ALSO_SAID_BY_BLKID = {"exfat": ["dos"]}  # its boot sector ends like an MBR

LABEL = "LABSTICK"  # of all that mkdirty.py makes
CARVERS = ("photorec", "foremost")
NOTHING = {"blkid": "none", "partitions": "0", "fls-deleted": "none", "fls-all": "none", "fsstat": "none", "wipefs": "0", "markers": "0"}

# Carvers know files by a few first bytes, and now and then random data begin so: photorec has such a find on one of 14 media of 64 MiB.
CHANCE_FINDS = 2

LABEL_POLICY = """
mkdir -p /etc/certwipe/policy
cd /usr/local/share/certwipe/policy
sed -e 's/^id = default$/id = labels/' -e 's/^labels = no$/labels = yes/' default.policy >/etc/certwipe/policy/labels.policy
"""

Used = collections.namedtuple("Used", "image found carved")
used = {}  # name -> future of Used
pool = concurrent.futures.ThreadPoolExecutor(2)


def examine(image):
    """What forensics.sh says of it, and the SHA-256 of the files that the carvers recovered."""
    said = subprocess.run([ROOT + "/tests/forensics.sh", image, image + ".sums"], check=True, stdout=subprocess.PIPE, text=True).stdout
    with open(image + ".sums") as f:
        return dict(line.split(None, 1) for line in said.splitlines()), set(f.read().split())


def make_used(image, kind):
    subprocess.run([ROOT + "/tests/mkdirty.py", kind, image, str(KINDS[kind].mib)], check=True, stdout=subprocess.DEVNULL)
    return Used(image, *examine(image))


def prepare(lab):
    folder = lab.work + "/used"
    os.mkdir(folder)
    for name, kind in [*zip(KINDS, KINDS), ("zeroed", "ntfs"), ("formatted", "fat")]:
        used[name] = pool.submit(make_used, "%s/%s.img" % (folder, name), kind)
    written = lab.guest.run(LABEL_POLICY)
    assert written.rc == 0, written


def assert_recoverable(kind, stick):
    """Without this, nothing found afterwards would mean nothing."""
    found, expected = stick.found, KINDS[kind]
    assert found["blkid"].split(",") == expected.types + ALSO_SAID_BY_BLKID.get(kind, []), found
    assert int(found["markers"]) >= 60 and len(stick.carved) >= 40, found
    assert all(int(found[carver]) >= 40 for carver in CARVERS), found
    for name, least in (("fls-deleted", expected.deleted), ("fls-all", expected.files)):
        assert found[name] == "none" if least is None else int(found[name]) >= least, found


def what_is_left(stick, chance_finds):
    """Every finding of an examination now, by the name of the tool; "recovered": files that it shares with the examination before."""
    found, carved = examine(stick.image)
    left = {name: found[name] for name, nothing in NOTHING.items() if found[name] != nothing}
    left.update({carver: found[carver] for carver in CARVERS if int(found[carver]) > chance_finds})
    if carved & stick.carved:
        left["recovered"] = len(carved & stick.carved)
    return left


def types_of(contents):
    """Types of file systems and partition table in the words and the order of forensics.sh."""
    return [part[key] for part in contents for key in ("type", "table") if part.get(key)]


def labels_of(contents):
    return {part.get("label") for part in contents if part.get("type")}


def is_wiped(lab, kind, name=None, options=(), chance_finds=CHANCE_FINDS, documents_have_labels=False):
    """The whole way of one stick, the one of that kind or that name.

    Labels are shown to the person in front of it; documents hold them only if the policy asks.
    """
    stick = used[name or kind].result()
    assert_recoverable(kind, stick)
    plugged = lab.stick("FORENSIC-" + (name or kind).upper(), stick.image, bot={"speed": "super"})

    contents = lab.inspect(plugged.node).doc["contents"]
    assert types_of(contents) == KINDS[kind].types, contents
    assert labels_of(contents) == {LABEL}, contents

    answer = lab.wipe(plugged, options=options).is_certificate()
    before = answer.evidence()["medium"]["contentsBefore"]
    assert types_of(before) == types_of(contents), before
    assert labels_of(before) == ({LABEL} if documents_have_labels else {None}), before

    lab.pull(plugged)
    left = what_is_left(stick, chance_finds)
    assert not left, "after a certificate there is still %s" % left


@test
def nothing_of_fat32_is_recovered(lab):
    is_wiped(lab, "fat")


@test
def nothing_of_exfat_is_recovered(lab):
    is_wiped(lab, "exfat")


@test
def nothing_of_ntfs_is_recovered(lab):
    is_wiped(lab, "ntfs")


@test
def nothing_of_ext4_is_recovered_and_its_label_is_kept_if_the_policy_asks(lab):
    is_wiped(lab, "ext4", options=["--policy", "labels"], documents_have_labels=True)


@test
def nothing_of_iso_9660_is_recovered(lab):
    is_wiped(lab, "iso")


@test
def nothing_of_udf_is_recovered(lab):
    is_wiped(lab, "udf")


@test
def nothing_of_two_partitions_is_recovered(lab):
    is_wiped(lab, "mbr")


@test
def carvers_find_nothing_at_all_after_a_wipe_with_zeros(lab):
    is_wiped(lab, "ntfs", "zeroed", ["--scheme", "zero"], chance_finds=0)


@test
def a_quick_format_is_seen_through(lab):
    """The negative control: each of the tools objects to a stick that somebody believes to be empty."""
    stick = used["formatted"].result()
    assert_recoverable("fat", stick)
    plugged = lab.stick("FORENSIC-FORMATTED", stick.image)
    formatted = lab.guest.run("mkfs.vfat -I -F 32 %s && sync" % plugged.node)
    assert formatted.rc == 0, formatted
    lab.pull(plugged)
    left = what_is_left(stick, CHANCE_FINDS)
    assert set(left) == {*NOTHING, *CARVERS, "recovered"} - {"partitions"}, left
    assert left["recovered"] == len(stick.carved), left


main(prepare=prepare)
