#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
"""What the system stands on, and what somebody uses, is refused with the reason before a byte is written; let go of, it is wiped."""
import os
import subprocess

from bench import MIB, ROOT, STATE, image_device, main, make_file, test
from crowd import Used, formatted, judged_together, release, shown_in_inspect_and_plan, shown_in_list, take, untouched

ROOT_DISK, STATE_DISK = "/dev/vdb", "/dev/vda"  # in the order of the command line
EXT2, EXT4 = ("mkfs.ext2", "-q", "-F"), ("mkfs.ext4", "-q", "-F")


def root_disk():
    """The guest's own root: the disk that takes what it writes."""
    path = ROOT + "/build/lab/safety-root.img"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    make_file(path, 256 * MIB)
    subprocess.check_call([*EXT4, path])
    return image_device("root", path, "virtio-blk-pci,serial=ROOT0001")


def locked(lab, node, words):
    """A system medium: neither planned nor wiped, and shown so."""
    row = next(row for row in lab.certwipe("list", "--all").doc["media"] if row["node"] == node)
    assert row["state"] == "system" and words in row["why"], row
    seen = lab.inspect(node).doc
    assert seen["state"] == "system" and words in seen["why"], seen
    lab.certwipe("plan", node).refused(3, words)
    lab.certwipe("wipe", node, "--authorise", lab.list_file(serials=[seen["medium"].get("fullSerial") or "NONE0001"])).refused(3, words)


@test
def the_disk_that_the_system_runs_from(lab):
    locked(lab, ROOT_DISK, "It carries / of the running system")
    lab.certwipe("wipe", "ROOT0001", "--authorise", lab.list_file(serials=["ROOT0001"])).refused(3, "/ of the running system")
    kept = lab.guest.run("touch /kept && sync && blkid -p -o value -s TYPE %s && ls /upper/up/kept" % ROOT_DISK)
    assert kept.out.split() == ["ext4", "/upper/up/kept"], kept


@test
def the_medium_with_the_state_directory_whatever_way_leads_there(lab):
    locked(lab, STATE_DISK, "It carries the state directory " + STATE)
    stick = lab.stick("STATE00001", formatted(lab, *EXT2, mib=8))
    lab.guest.run("mkdir -p /mnt/st /run/bound; mount %s /mnt/st; mkdir /mnt/st/S\n"
                  "ln -s /mnt/st/S /run/link; mount --bind /mnt/st/S /run/bound" % stick.node)
    try:
        for state in ("/mnt/st/S", "/run/link", "/run/bound/not-yet-there"):
            with lab.station(state, lab.root):
                locked(lab, stick.node, "It carries the state directory /")
        kept = lab.guest.run("touch /mnt/st/kept && sync && ls /mnt/st/kept && umount /run/bound /mnt/st && fsck.ext2 -nf %s" % stick.node)
        assert kept.rc == 0, kept
    finally:
        lab.guest.run("umount /run/bound /mnt/st; rm /run/link")


@test
def the_medium_with_the_program_that_runs(lab):
    stick = lab.stick("PROGRAM001", formatted(lab, *EXT2, mib=12))
    lab.guest.run("mkdir -p /mnt/pr; mount %s /mnt/pr; cp /usr/local/bin/certwipe /mnt/pr; mount -o remount,ro /mnt/pr; sync" % stick.node)
    stick.mark = (len(stick.bot.luns[0].journal), stick.flash.written)
    listed = lab.list_file(serials=["PROGRAM001"])
    for exit_status, *words in ((0, "inspect", stick.node), (3, "plan", stick.node), (3, "wipe", stick.node, "--authorise", listed)):
        ran = lab.guest.run("/mnt/pr/" + lab.script(*words))
        assert ran.rc == exit_status and "It carries the program that is running" in ran.out, ran
    untouched(stick)
    lab.guest.run("umount /mnt/pr")


def with_swap_file(lab):
    """An image whose file system has a swap file in it."""
    folder = "%s/swap%d" % (lab.work, lab.n)
    os.makedirs(folder)
    make_file(folder + "/swap", MIB, b"not sparse\n")
    os.chmod(folder + "/swap", 0o600)
    subprocess.check_call(["mkswap", "-q", folder + "/swap"])
    return formatted(lab, *EXT2, "-b", "4096", "-d", folder)  # the first of smaller blocks would be a hole


def with_image(lab):
    """An image whose file system has an image file in it."""
    folder = "%s/image%d" % (lab.work, lab.n)
    os.makedirs(folder)
    make_file(folder + "/image", MIB)
    subprocess.check_call(["mkfs.vfat", folder + "/image"], stdout=subprocess.DEVNULL)
    return formatted(lab, *EXT2, "-d", folder)


@test
def what_somebody_uses_beside_what_nobody_uses(lab):
    ext4 = [formatted(lab, *EXT4) for _ in range(7)]
    uses = [
        # First those in mount namespaces of their own, which would else keep the mounts of the others.
        Used("OTHERNS001", ext4[0], """mkdir -p /mnt/e
            (unshare -m sh -c "mount -o ro $d /mnt/e; exec sleep 600" &)
            until grep -q /mnt/e /proc/[0-9]*/mountinfo; do sleep .1; done""", 5, "mounted at /mnt/e for other processes"),
        Used("OTHERUSER1", ext4[1], """mkdir -p /mnt/f; mount -o ro $d /mnt/f
            (unshare -Urm sh -c "touch /run/f; exec sleep 600" &)
            until [ -e /run/f ]; do sleep .1; done; umount /mnt/f""", 5, "mounted at /mnt/f for other processes"),
        Used("NOPROCESS1", ext4[2], """mkdir -p /mnt/g /run/ns; mount -t tmpfs --make-private ns /run/ns; touch /run/ns/m
            unshare --mount=/run/ns/m mount -o ro $d /mnt/g""", 5, "held by something", hidden=True),
        Used("FREE000001", lab.image(4), "", 0, ""),
        Used("MOUNTED001", ext4[3], "mkdir -p /mnt/a; mount -o ro $d /mnt/a", 5, "mounted at /mnt/a"),
        Used("BOUND00001", ext4[4], """mkdir -p /mnt/b /mnt/bound; mount -o ro $d /mnt/b
            mount --bind /mnt/b/lost+found /mnt/bound; umount /mnt/b""", 5, "mounted at /mnt/bound"),
        Used("LAYER00001", ext4[5], """mkdir -p /mnt/c /mnt/merged /mnt/empty; mount -o ro $d /mnt/c
            mount -t overlay -o ro,lowerdir=/mnt/c:/mnt/empty lab /mnt/merged""", 5, "mounted at /mnt/merged"),
        Used("LAZY000001", ext4[6], """mkdir -p /mnt/d; mount -o ro $d /mnt/d; cd /mnt/d
            (sleep 600 &)
            umount -l /mnt/d""", 5, "held by something", hidden=True),
        Used("NTFS000001", formatted(lab, "mkfs.ntfs", "-q", "-F", "-f"), """mkdir -p /mnt/h; modprobe fuse
            ntfs-3g -o ro $d /mnt/h""", 5, "mounted at /mnt/h"),
        Used("EXFAT00001", formatted(lab, "mkfs.exfat"), "mkdir -p /mnt/i; mount.exfat-fuse -o ro $d /mnt/i", 5, "mounted at /mnt/i"),
        Used("IMAGE00001", with_image(lab), """mkdir -p /mnt/j /mnt/image; mount -o ro $d /mnt/j
            mount -o ro,loop /mnt/j/image /mnt/image""", 5, "mounted at /mnt/image"),
        Used("LOOPOVER01", lab.image(4), "losetup /dev/loop6 $d", 5, "is open as loop device loop6"),
        Used("OPENED0001", lab.image(4), "(sleep 600 <>$d &)", 5, "open for writing by process"),
        Used("SWAPDISK01", formatted(lab, "mkswap", "-q"), "swapon $d", 3, "It holds swap space that is in use"),
        Used("SWAPFILE01", with_swap_file(lab), """mkdir -p /mnt/k; mount $d /mnt/k
            swapon /mnt/k/swap""", 3, "It holds swap space that is in use"),
    ]
    sticks = take(lab, uses)
    by_serial = {stick.serial: stick for stick in sticks}
    try:
        shown_in_list(lab, sticks)
        shown_in_inspect_and_plan(lab, sticks)
        judged_together(lab, sticks)
        listed = lab.list_file(serials=[by_serial["LOOPOVER01"].node])
        lab.certwipe("wipe", "/dev/loop6", "--policy", "lab", "--authorise", listed).refused(3, "built on other media")
        untouched(by_serial["LOOPOVER01"])
        let_go = [by_serial[serial] for serial in ("OTHERNS001", "IMAGE00001", "SWAPFILE01")]
        release(lab, *let_go)
        for stick in let_go:
            stick.use = Used(stick.serial, None, "", 0, "")
        judged_together(lab, let_go)
    finally:
        lab.guest.run("pkill sleep; swapoff -a; umount /run/ns/m /run/ns /mnt/merged /mnt/image /mnt/*; losetup -D")


main(devices=root_disk(), options="lab.root=" + ROOT_DISK)
