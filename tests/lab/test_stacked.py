#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What LVM, RAID, LUKS, device-mapper or btrfs is built on, and media that cannot be told apart, are refused; let go of, they are wiped."""
import hashlib
import subprocess

from bench import MIB, main, test
from crowd import Used, formatted, judged_together, release, shown_in_inspect_and_plan, shown_in_list, take

MKFS_BTRFS = ("mkfs.btrfs", "-q", "-f", "-d", "single", "-m", "single")
LUKS1 = ("cryptsetup", "luksFormat", "-q", "--type", "luks1", "--pbkdf-force-iterations", "1000", "--key-file")


def partitioned(lab):
    """An image with one partition."""
    path = lab.image(4)
    subprocess.run(["sfdisk", "-q", path], input=b"label: dos\nstart=2048,type=83\n", check=True, stdout=subprocess.DEVNULL)
    return path


def encrypted(lab):
    """A LUKS volume; its key lies in the guest's share."""
    with open(lab.guest.share + "/luks.key", "w") as f:
        f.write("secret")
    return formatted(lab, *LUKS1, lab.guest.share + "/luks.key", mib=6)


def btrfs_pair(lab):
    """Two media of one file system; mounted, only the first has a name in the list of mounts."""
    one, two = lab.image(120, old=None), lab.image(120, old=None)
    subprocess.run([*MKFS_BTRFS, one, two], stdout=subprocess.DEVNULL, check=True)
    return one, two


@test
def what_is_built_on_a_medium(lab):
    first, second = btrfs_pair(lab)
    uses = [
        Used("FREE000001", lab.image(4), "", 0, ""),
        Used("LVMACTIVE1", lab.image(8, old=None), """vgcreate -q -s 1M lab-vg $d
            lvcreate -q -an -Wn -l 2 -n lv-a lab-vg; vgchange -q -ay lab-vg""", 5, "LVM volume lab--vg-lv--a"),
        Used("LVMIDLE001", lab.image(8, old=None), "vgcreate -q -s 1M idle $d; lvcreate -q -an -Wn -l 2 -n lv idle", 0, ""),
        Used("RAID000001", lab.image(4), """mdadm -q --create /dev/md9 --run --level=1 --raid-devices=2 \\
                --assume-clean --bitmap=none $d missing""", 5, "RAID array md9"),
        Used("LUKSOPEN01", encrypted(lab), "cryptsetup open --key-file /lab/luks.key $d labcrypt", 5, "encrypted volume labcrypt"),
        Used("LUKSIDLE01", encrypted(lab), "", 0, ""),
        Used("LINEAR0001", partitioned(lab), 'dmsetup create lablinear --table "0 2048 linear ${d}1 0"', 5, "device-mapper target lablinear"),
        Used("BTRFSONE01", first, "", 5, "mounted at /mnt/btrfs"),
        Used("BTRFSTWO01", second, """mkdir -p /mnt/btrfs; modprobe btrfs; btrfs -q device scan
            mount -o ro $d /mnt/btrfs""", 5, "mounted at /mnt/btrfs"),
    ]
    sticks = take(lab, uses)
    by_serial = {stick.serial: stick for stick in sticks}
    try:
        shown_in_list(lab, sticks)
        shown_in_inspect_and_plan(lab, sticks)
        for serial, content in (("LVMIDLE001", "LVM2_member"), ("LUKSIDLE01", "crypto_LUKS")):
            assert content in str(lab.inspect(by_serial[serial].node).doc["contents"])
        judged_together(lab, sticks)
        let_go = [by_serial[serial] for serial in ("LVMACTIVE1", "RAID000001", "LUKSOPEN01", "LINEAR0001")]
        release(lab, *let_go)
        for stick in let_go:
            stick.use = Used(stick.serial, None, "", 0, "")
        answer = judged_together(lab, let_go)
        assert "linux_raid_member" in answer.err, answer  # what a stopped array left is named before it is wiped
    finally:
        lab.guest.run("umount /mnt/btrfs; vgchange -an; mdadm --stop /dev/md9; cryptsetup close labcrypt; dmsetup remove lablinear")


@test
def sticks_that_cannot_be_told_apart(lab):
    """The same serial number, in every field or with another size: no row of a list says which of them is meant."""
    sticks = take(lab, [
        Used("TWIN000001", lab.image(4), "", 4, "cannot be told from"),
        Used("TWIN000001", lab.image(4), "", 4, "cannot be told from"),
        Used("SERIAL0001", lab.image(4), "", 4, "have the same serial number"),
        Used("SERIAL0001", lab.image(5), "", 4, "have the same serial number"),
        Used("FREE000002", lab.image(4), "", 0, ""),
    ])
    shown_in_list(lab, sticks[:2] + sticks[4:])
    shown_in_inspect_and_plan(lab, sticks[:2] + sticks[4:])
    judged_together(lab, sticks)
    lab.certwipe("wipe", "TWIN000001", "--authorise", lab.list_file(serials=["TWIN000001"])).refused(4, sticks[0].node, sticks[1].node)
    lab.pull(sticks[1])
    lab.wipe(sticks[0]).is_certificate()


@test
def two_ways_to_one_disk(lab):
    """The same disk on two ports of its own, first as two disks, then put together by device-mapper's multipath."""
    image = lab.image(8)
    before, was = lab.blocks(), hashlib.sha256(open(image, "rb").read()).digest()
    for way in ("a", "b"):
        lab.guest.qmp.cmd("blockdev-add", driver="raw", node_name="way" + way, file={"driver": "file", "filename": image, "locking": "off"})
        lab.guest.qmp.cmd("device_add", driver="scsi-hd", id="path" + way, bus="vscsi.0", drive="way" + way, wwn=0x5000C50012345678,
                          serial="MPATH00001", share_rw=True)
    nodes = lab.wait_new(before, 2)
    listed = lab.list_file(serials=["MPATH00001"])
    try:
        assert [lab.inspect(node).doc["state"] for node in nodes] == ["ambiguous"] * 2
        for node in nodes:
            lab.certwipe("wipe", node, "--authorise", listed).refused(4, "cannot be told from")
        paths = " ".join("$(cat /sys/block/%s/dev) 1" % node[5:] for node in nodes)
        table = "0 %d multipath 0 0 1 1 round-robin 0 2 1 %s" % (8 * MIB // 512, paths)
        made = lab.guest.run("modprobe dm-multipath; modprobe dm-round-robin\n"
                             "dmsetup create mpatha --uuid mpath-35000c50012345678 --table \"%s\" && udevadm settle" % table)
        assert made.rc == 0, made
        for node in nodes:
            seen = lab.inspect(node).doc
            assert (seen["state"], seen["uses"][0]["release"]) == ("in-use", "multipath -f mpatha"), seen
            lab.certwipe("wipe", node, "--authorise", listed).refused(5, "multipath device mpatha")
        lab.certwipe("wipe", "/dev/mapper/mpatha", "--authorise", listed).refused(3, *nodes)
        assert hashlib.sha256(open(image, "rb").read()).digest() == was
    finally:
        lab.guest.run("dmsetup remove mpatha")
        for way in ("a", "b"):
            lab.guest.remove("path" + way, "way" + way)


main()
