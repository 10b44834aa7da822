#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Others who want the same medium at the same moment: udev after plug-in, mounts and table readers in the wipe, writers that ask nobody."""
import subprocess
import threading

from bench import MARKER, MIB, main, old_sectors, test
from crowd import formatted

SIZE_MIB = 12
WAIT_S = 60


def partitioned(lab):
    """A stick with a file system in its only partition, at 1 MiB."""
    path = lab.image(SIZE_MIB)
    subprocess.run(["sfdisk", "-q", path], input=b"label: dos\nstart=2048,type=83\n", check=True, stdout=subprocess.DEVNULL)
    with open(formatted(lab, "mkfs.ext2", "-q", "-F", mib=SIZE_MIB - 1), "rb") as f, open(path, "r+b") as image:
        image.seek(MIB)
        image.write(f.read())
    return path


class Slow:
    """From the write on that crosses the first quarter the stick takes its time, until hurry(): a minute, and each command of it short, because others wait behind it."""

    def __init__(self, flash):
        self.flash, self.reached = flash, threading.Event()
        flash.on_write = self.slow_down

    def slow_down(self, *_):
        if self.flash.written >= self.flash.claimed // 4 and not self.reached.is_set():
            self.flash.delay = 8  # seconds per MiB
            self.reached.set()

    def hurry(self):
        self.flash.delay = 0


@test
def a_wipe_that_begins_the_moment_the_node_appears(lab):
    """udev still looks at the medium, holding a lock, and tells what it found a moment later."""
    for number in range(3):
        serial = "JUSTNOW%03d" % number
        listed = lab.list_file(serials=[serial])
        wiping = lab.guest.spawn("until [ -b /dev/sda ]; do :; done; " + lab.script("wipe", "/dev/sda", "--authorise", listed))
        stick = lab.stick(serial, lab.image(4))
        assert stick.node == "/dev/sda"
        answer = lab.answer(wiping, "wipe", timeout_s=WAIT_S)
        answer.media = [stick]
        answer.is_certificate()
        lab.pull(stick)


@test
def nobody_takes_it_during_the_wipe(lab):
    stick = lab.stick("TAKEIT0001", partitioned(lab))
    part = stick.node + "1"
    assert lab.guest.run("blkid -p -o value -s TYPE " + part).out == "ext2\n"
    slow = Slow(stick.flash)
    wiping = lab.spawn_wipe(stick)
    assert slow.reached.wait(WAIT_S)
    for command in ("mount -t ext2 %s /mnt" % part, "mount -t ext2 %s /mnt" % stick.node, "blockdev --rereadpt " + stick.node,
                    "mkfs.ext2 " + part, "wipefs -a " + stick.node):
        tried = lab.guest.run(command, WAIT_S)
        said = (tried.out + tried.err).lower()
        assert tried.rc and ("busy" in said or "in use" in said), (command, tried)
    lab.certwipe("wipe", stick.node, "--authorise", lab.list_file(serials=["TAKEIT0001"])).refused(5, "is being wiped by job")
    assert stick.flash.written < stick.flash.claimed, "all that came after the write"
    slow.hurry()
    lab.wait_wipe(wiping).is_certificate()
    left = lab.guest.run("udevadm settle; grep -w %s /proc/partitions; ls %s" % (part[5:], part))
    assert not left.out, "the partition of the old table is still there: %r" % left


@test
def a_writer_that_asks_nobody_is_found(lab):
    """A node that stayed from the old table lets root write; the wipe goes on, and what was written is no part of a certificate."""
    stick = lab.stick("WRITEIT001", partitioned(lab))
    slow = Slow(stick.flash)
    wiping = lab.spawn_wipe(stick)
    assert slow.reached.wait(WAIT_S)
    with open(lab.guest.share + "/written", "wb") as f:
        f.write((MARKER * 512)[:512])
    wrote = lab.guest.run("dd if=/lab/written of=%s1 bs=512 count=1 oflag=direct conv=notrunc" % stick.node, WAIT_S)
    assert wrote.rc == 0 and stick.flash.written < stick.flash.claimed, wrote
    slow.hurry()
    answer = lab.wait_wipe(wiping).is_report(6)
    assert old_sectors(stick.flash) == 1
    lab.fault("another program writes during the wipe", answer, stick)


main()
