#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
"""Discs that go and others that come, burners that lie or are pulled, discs that cannot be read, and what a person is told of a disc that no software can wipe."""
import contextlib
import os
import re
import subprocess
import threading
import time

from bench import MARKER, MIB, Stick, assert_wiped, main, old_sectors, test
from disc_tools import agree
from discs import row, usb
from faults import tagged
from guest import MEMORY_MIB
from sim.flash import Flash
from sim.mmc import BLOCK, Burner, Disc
from sim.scsi import WRITE_10
from sim.vhost import Adapter
from terminal import Terminal

DISC_MIB = 6
OTHER = b"SOMEBODY ELSE'S DATA\n"


def disc(lab, kind, old=MARKER, used=None, closed=True, **faults):
    flash = Flash(lab.image(DISC_MIB, old), bs=BLOCK, **faults)
    return Disc(flash, kind, used=flash.blocks // 2 if used is None else used, closed=closed)


def burner(lab, what):
    lab.n += 1
    drive = Burner(what, serial="SAFETY%04d" % lab.n)
    return drive, lab.plug(usb(drive), drive.serial)


def put_in(lab, drive, what):
    """Another disc, and the kernel's poll has told of it."""
    before = lab.blocks()
    drive.insert(what)
    lab.wait_new(before, 1)


def take_out(lab, drive, node):
    """Returns when udev tells that there is no disc any more."""
    drive.eject()
    waited = lab.guest.run("for i in $(seq 60); do udevadm info -q property -n %s | grep -q ID_CDROM_MEDIA= || exit 0; sleep .5; done; exit 1" % node)
    assert not waited.rc, "nobody has noticed that the tray of %s is open" % node


def untouched(*discs):
    for one in discs:
        assert not one.flash.written, "%d bytes were written to the %s" % (one.flash.written, one.kind)


@test
def another_disc_between_plan_and_wipe(lab):
    """Of the same kind and size, in the same drive: by what they say of themselves nobody can tell them apart."""
    first, second = disc(lab, "dvd+rw"), disc(lab, "dvd+rw", OTHER)
    drive, stick = burner(lab, first)
    planned = lab.certwipe("plan", stick.node, "--out", "/run/disc.json")
    assert planned.exit == 0, planned
    put_in(lab, drive, second)
    words = tagged(lab, stick.node, "--plan", "/run/disc.json")
    lab.certwipe(*words).refused(4, "is not the plan for")
    untouched(first, second)


@test
def another_disc_while_the_question_is_on_the_screen(lab):
    first, second = disc(lab, "bd-re"), disc(lab, "bd-re", OTHER)
    drive, stick = burner(lab, first)
    words = tagged(lab, stick.node)
    person = Terminal(lab, *words[:4]).see("written on the disc")
    drive.insert(second)  # the drive is held, so that the kernel does not look
    answer = person.type("T-%d" % tag_of(lab)).end()
    untouched(first, second)
    answer.refused(4, "was opened since, or another disc was put in")


def tag_of(lab):
    with open("%s/tag.case" % lab.guest.share) as f:
        return int(re.search(r"T-(\d+)", f.read())[1])


@test
def a_disc_without_a_number_is_asked_for_one_or_is_taken_out_and_put_in_again(lab):
    """Without a number in the case the drive must see this disc go and come back; another one is refused."""
    first, second = disc(lab, "dvd-ram"), disc(lab, "dvd-ram", OTHER)
    drive, stick = burner(lab, first)
    for comes_back, outcome in ((second, 4), (first, 7)):
        person = Terminal(lab, "wipe", stick.node).see("write a number on it").see("Type `replug`").type("replug").see("Take the disc out")
        take_out(lab, drive, stick.node)
        drive.insert(comes_back)
        answer = person.end(stick)
        assert answer.exit == outcome, answer
        untouched(second)
        drive.disc is first or put_in(lab, drive, first)
    assert_wiped(answer.folder, first.flash)


SWAP_S = 8  # nobody is faster, and no drive: it has to close its tray and to look at the disc


def swapped_at(lab, moment, kind="dvd+rw"):
    """A wipe in the middle of which the tray is opened by a pin in its hole, and another disc of the same kind is put in: the two, and what certwipe says.
    Somebody else looks at the drive all the time, as a desktop or a list of media does: the kernel takes that as consent to the other disc."""
    first, second = disc(lab, kind), disc(lab, kind, OTHER)
    drive, stick = burner(lab, first)

    def write(target, cdb, data):
        if drive.disc is first and not drive.tray_open and first.flash.written >= moment:
            drive.eject()
            threading.Timer(SWAP_S, drive.insert, [second]).start()
        return target.dispatch(cdb, data)

    drive.hooks[WRITE_10] = write
    words = tagged(lab, stick.node)
    looking = lab.guest.spawn("touch /run/look; while [ -e /run/look ]; do : <%s; sleep .2; done" % stick.node)
    answer = lab.certwipe(*words)
    lab.guest.run("rm /run/look")
    lab.guest.wait(looking)
    return first, second, answer


@test
def another_disc_at_the_first_write(lab):
    first, second, answer = swapped_at(lab, 0)
    assert answer.exit in (4, 7) and answer.result["type"] != "destruction-certificate", answer
    untouched(first, second)


@test
def another_disc_in_the_middle_of_the_wipe(lab):
    first, second, answer = swapped_at(lab, DISC_MIB * MIB // 2)
    assert answer.exit in (4, 7) and answer.result["type"] != "destruction-certificate", answer
    untouched(second)
    row(lab, "optical_overwrite", first, answer, "is taken out in the middle, and another is put in")


@contextlib.contextmanager
def put_in_again(drive):
    """Somebody stands there who pushes in a tray that has been open for a while."""
    done = threading.Event()

    def push():
        waited = 0
        while not done.wait(1):
            waited = waited + 1 if drive.tray_open else 0
            if waited == 5:
                drive.load()

    person = threading.Thread(target=push)
    person.start()
    try:
        yield
    finally:
        done.set()
        person.join()


@test
def the_button_does_nothing_while_the_disc_is_wiped(lab):
    one = disc(lab, "bd-re")
    drive, stick = burner(lab, one)
    opened = []

    def press(offset, n):
        drive.press_eject()
        opened.append(drive.tray_open)

    one.flash.on_write = press
    with put_in_again(drive):  # where the host obeys the button as soon as it may, when all is written
        answer = lab.certwipe(*tagged(lab, stick.node))
    answer.media = [stick]
    answer.is_report(7)
    assert opened and not any(opened), opened
    assert_wiped(answer.folder, one.flash)


def plug_again(lab, one, serial):
    return lab.plug(usb(Burner(one, serial=serial)), serial)


@test
def a_burner_that_is_pulled_while_it_writes_is_reported_and_its_disc_wiped_anew(lab):
    """Before the first checkpoint nothing tells the disc from the next one, so the job does not go on with it."""
    one = disc(lab, "dvd+rw", vanish_after=DISC_MIB * MIB // 2)
    drive, stick = burner(lab, one)
    answer = lab.certwipe(*tagged(lab, stick.node))
    assert stick.link.gone.wait(60)
    answer.media = [stick]
    job = answer.is_report(7).result["jobId"]
    row(lab, "optical_overwrite", one, answer, "is pulled while it writes")
    lab.pull(stick)
    one.flash.vanish_after = None
    again = plug_again(lab, one, drive.serial)
    lab.certwipe("resume", job).refused(4, "no usable serial number", "--close")
    lab.certwipe("resume", job, "--close", "--reason", "pulled")
    anew = lab.certwipe(*tagged(lab, again.node))
    assert_wiped(anew.folder, one.flash)


@test
def a_burner_that_is_pulled_while_it_is_read_back_goes_on_with_its_disc_and_with_no_other(lab):
    one, other = disc(lab, "bd-re"), disc(lab, "bd-re", OTHER)
    drive, stick = burner(lab, one)

    def vanish_in_verify(*_):
        if one.flash.written == DISC_MIB * MIB:
            one.flash.vanish_after_read = one.flash.bytes_read + DISC_MIB * MIB * 3 // 2  # behind the look at whether it is the same disc

    one.flash.on_write = vanish_in_verify
    answer = lab.certwipe(*tagged(lab, stick.node))
    answer.media = [stick]
    job = answer.is_report(7).result["jobId"]
    lab.pull(stick)
    one.flash.vanish_after_read = one.flash.on_write = None
    wrong = plug_again(lab, other, drive.serial)
    lab.certwipe("resume", job).refused(4, "does not hold what this job wrote")
    untouched(other)
    lab.pull(wrong)
    again = plug_again(lab, one, drive.serial)
    resumed = lab.certwipe("resume", job)
    resumed.media = [again]
    resumed.is_report(7)
    assert_wiped(resumed.folder, one.flash)
    row(lab, "optical_overwrite", one, resumed, "is pulled while it is read back, and the job resumed")


@test
def a_dirty_disc_is_reported_with_the_places_that_failed(lab):
    bad = set(range(1600, 1616))
    one = disc(lab, "bd-re", eio_read=bad, eio_write=bad)
    stick = burner(lab, one)[1]
    answer = lab.certwipe(*tagged(lab, stick.node))
    answer.media = [stick]
    answer.is_report(answer.exit)
    assert answer.exit in (6, 7) and old_sectors(one.flash) == len(bad), answer
    row(lab, "optical_overwrite", one, answer, "is scratched in one place")


ONCE = ("cd-rom", "cd-r", "dvd-r", "dvd+r", "bd-r")
RECORD = """cat >/run/record.ini <<END
[destruction]
method = %s
machine = D-100
particle-mm2 = 0.2
place = Room 204
operator = Wang
count = 1
started = $(date -u +%%FT%%TZ)
ended = $(date -u +%%FT%%TZ)
END
"""


def destroyed(lab, job, method):
    """Recorded by one person and confirmed by another; the last answer, which is the refusal where it came to that."""
    lab.guest.run(RECORD % method)
    recorded = lab.certwipe("destroy", "--job", job, "--record", "/run/record.ini")
    return lab.certwipe("destroy", "--confirm", job, "name=Li", "method=" + method, "count=1") if recorded.exit == 8 else recorded


@test
def what_no_software_can_wipe_is_destroyed_by_the_command_that_the_refusal_names(lab):
    """Typed as it stands there, with nothing to fill in.  The next disc in the drive says the same of itself and is not taken for the first."""
    drive, stick = burner(lab, None)
    for number, kind in enumerate(ONCE):
        put_in(lab, drive, disc(lab, kind))
        refused = lab.certwipe(*tagged(lab, stick.node)).refused(3, "cannot be removed by software")
        named = re.search(r"certwipe (destroy %s)\b" % stick.node, refused.result["error"]["hint"])
        assert named, refused
        shelved = lab.certwipe(*named[1].split(), "--later")
        if number:
            shelved.refused(4, "may be about this medium", "--job new")
            shelved = lab.certwipe(*named[1].split(), "--later", "--job", "new")
        assert shelved.exit == 0, shelved
        untouched(drive.disc)
    job = shelved.doc["jobId"] if "jobId" in shelved.doc else shelved.result["jobId"]
    for method, exit_status, words in (("degauss", 3, "no effect on optical"), ("grind", 3, "CDs only"), ("disintegrate", 0, "")):
        answer = destroyed(lab, job, method)
        assert answer.exit == exit_status and words in answer.out + answer.err, answer
        row(lab, method, drive.disc, answer, "was refused by software")


# ---- not behind USB


class Cabinet:
    """A host adapter for simulated burners, and qemu's own drive at a SATA port, which only reads."""

    def devices(self, work):
        self.adapter = Adapter(work + "/burners.sock").start()
        self.first, self.second = (self.pressed(work, "FIRST"), self.pressed(work, "SECOND"))
        return self.adapter.arguments(MEMORY_MIB) + ["-blockdev", "driver=raw,node-name=first,read-only=on,file.driver=file,file.filename=" + self.first,
                                                     "-device", "ide-cd,bus=ide.0,id=sata,drive=first,serial=SATAREADER1"]

    @staticmethod
    def pressed(work, label):
        path = "%s/%s.iso" % (work, label)
        subprocess.check_call(["xorriso", "-as", "mkisofs", "-quiet", "-J", "-V", label, "-o", path, os.path.dirname(os.path.abspath(__file__)) + "/sim"], stderr=subprocess.DEVNULL)
        return path

    def sata(self, lab):
        """The node of the drive at the SATA port."""
        return "/dev/" + lab.guest.run("for s in /sys/block/sr*; do readlink -f $s | grep -q /ata && echo ${s##*/}; done").out.strip()


CABINET = Cabinet()
TARGET = 20


class Bay:
    """How a burner hangs on the adapter; as a link of the bench."""

    def __init__(self, lab, drive):
        self.lab, self.luns = lab, [drive]

    @property
    def error(self):
        return CABINET.adapter.error

    def insert(self):
        CABINET.adapter.targets[TARGET] = self.luns[0]
        before = self.lab.blocks()
        self.lab.guest.run("for h in /sys/class/scsi_host/host*/scan; do echo 0 %d 0 >$h; done" % TARGET)
        return self.lab.wait_new(before, 1)

    def unplug(self):
        CABINET.adapter.targets.pop(TARGET, None)
        self.lab.guest.spawn("for d in /sys/bus/scsi/devices/*:0:%d:0/delete; do echo 1 >$d; done" % TARGET)


@test
def a_burner_at_a_host_adapter_is_treated_like_one_behind_usb(lab):
    once, again = disc(lab, "cd-r"), disc(lab, "dvd-ram")
    drive = Burner(once, serial="ATAPI00001")
    bay = Bay(lab, drive)
    stick = Stick("burner", drive.serial, bay, [once.flash], bay, bay.insert())
    lab.plugged.append(stick)
    lab.links.append(bay)
    agree(lab, stick.node, lab.inspect(stick.node))
    lab.certwipe(*tagged(lab, stick.node)).refused(3, "CD-R disc", "cannot be removed by software", "certwipe destroy " + stick.node)
    untouched(once)
    put_in(lab, drive, again)
    stick.media = [again.flash]
    answer = lab.certwipe(*tagged(lab, stick.node))
    answer.media = [stick]
    answer.is_report(7)
    assert_wiped(answer.folder, again.flash)
    row(lab, "optical_overwrite", again, answer, "does as it is told, and is not behind USB")


@test
def a_pressed_disc_in_a_drive_at_sata_is_refused_and_another_one_is_noticed(lab):
    node = CABINET.sata(lab)
    seen = lab.inspect(node)
    assert (seen.doc["medium"]["class"], seen.doc["drive"]["writes"], seen.doc["contents"][0]["label"]) == ("OPTICAL_PRESSED", [], "FIRST"), seen
    agree(lab, node, seen)
    lab.certwipe(*tagged(lab, node)).refused(3, "only reads", "certwipe destroy " + node)
    before = lab.blocks()
    lab.guest.qmp.cmd("blockdev-change-medium", id="sata", filename=CABINET.second, format="raw")
    lab.wait_new(before, 1)
    after = lab.inspect(node)
    assert after.doc["contents"][0]["label"] == "SECOND" and after.doc["attachment"]["diskseq"] > seen.doc["attachment"]["diskseq"], (seen, after)
    lab.guest.qmp.cmd("blockdev-open-tray", id="sata")
    time.sleep(3)
    emptied = lab.inspect(node)
    assert emptied.doc["state"] == "no-medium" and emptied.doc["drive"]["tray"] == "open", emptied
    lab.certwipe(*tagged(lab, node)).refused(3, "no medium in " + node, "certwipe destroy")


main(devices=CABINET.devices)
