#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
# runs in make check-native
"""Drives that erase themselves behind a password, or hide a part of themselves: SATA drives behind a host adapter.  qemu's own at a SATA port has neither, and shows what the way
through libata makes of such commands."""
import os
import time

from bench import MARKER, MIB, main, make_file, test
from guest import image_device
from sim.ata import DISABLE_PASSWORD, ERASE_UNIT, SET_MAX_EXT, SET_PASSWORD, UNLOCK, Ata
from sim.flash import Flash
from sim.scsi import ATA_PAGE, Disk
from test_native_scsi import FIRST_TARGET, SHELF, put_in, resume

SIZE = 24 * MIB
SERIAL = "SATAPORT0001"


class Drive:
    """What a test needs to know of it."""

    def __init__(self, lab):
        path = lab.work + "/sata.img"
        with open(path, "r+b") as f:  # full of old data again
            f.write((MARKER * (SIZE // len(MARKER) + 1))[:SIZE])
        self.serial, self.flash = SERIAL, Flash(path)
        self.node = lab.guest.run("for n in /sys/block/sd*; do grep -q %s $n/device/vpd_pg80 && echo /dev/${n##*/}; done; true" % SERIAL).out.split()[0]


def drive(lab, size=16 * MIB, real=None, **settings):
    """A SATA drive behind the adapter; settings are those of sim.ata.Ata."""
    lab.n += 1
    serial = "SAT44C3F%04d" % lab.n
    flash = Flash(lab.image((real or size) / MIB), claimed=size, real=real or size)
    ata = Ata(flash, native=(real or size) // 512, serial=serial, **{"sanitize": (), **settings})
    disk = Disk(flash, vendor="ATA", product="LAB ATA SSD", revision="LAB1", removable=False, serial=serial, ata=ata, vpd=Disk.vpd + (ATA_PAGE,))
    return known(put_in(lab, FIRST_TARGET + lab.n % 200, disk))


def known(stick):
    stick.ata = stick.sas.ata
    return stick


def security(stick):
    """What it got of the security set, in hex."""
    return ["%02x" % c[0] for c in stick.ata.log if SET_PASSWORD <= c[0] <= DISABLE_PASSWORD]


def wipe(lab, stick, technique="ata_erase", *options):
    return lab.wipe(stick, options=("--technique", technique, *options))


def row(lab, device, answer, stick, technique="ata_erase"):
    lab.technique(technique, device, security(stick) or ["%02x" % c[0] for c in stick.ata.log if c[0] == SET_MAX_EXT], answer, stick)


# ---- it erases itself


@test
def it_does_as_it_is_told_in_both_modes(lab):
    for technique in ("ata_erase", "ata_erase_enhanced"):
        stick = drive(lab)
        listed = [c["requestHex"][28:30] for c in lab.certwipe("wipe", stick.node, "--technique", technique, "--dry-run").doc["results"][0]["commands"]]
        answer = wipe(lab, stick, technique)
        answer.is_certificate()
        row(lab, "a drive that does as it is told", answer, stick, technique)
        assert security(stick) == [c for c in listed if c != "ec"] == ["f1", "f3", "f4"] and not stick.ata.enabled, (listed, stick.ata.log)
        document = answer.evidence()
        assert answer.result["level"] == "clear" and document["native"]["password"]["cleared"], answer
        assert [b["satisfied"] for b in document["sanitization"]["levelBasis"] if b["rule"] == "c12"] == [True], document["sanitization"]


@test
def what_it_says_is_not_believed_alone(lab):
    for fault, device, words in (("erase_lies", "liar: it says that it erased itself, and no cell has changed", "markers"), ("erase_fails", "failure: it aborts the erasing", "refused"),
                                 ("erase_keeps_password", "liar: it says that all went well, and keeps the password", "failed")):
        stick = drive(lab, **{fault: True})
        answer = wipe(lab, stick)
        row(lab, device, answer, stick)
        assert answer.exit in (6, 7) and answer.result["type"] == "destruction-report" and words in answer.reason, answer
        assert not stick.ata.enabled and not stick.ata.locked, stick.ata.log


@test
def what_stands_against_it_is_told_with_the_way_out(lab):
    for device, state, words in (("refusal: security is frozen", {"frozen": True}, "suspend the computer"),
                                 ("refusal: somebody's password is set", {"password": b"theirs".ljust(32, b"\0")}, "PSID")):
        stick = drive(lab)
        for name, value in state.items():
            setattr(stick.ata, name, value)
        answer = wipe(lab, stick)
        answer.refused(3, words)
        assert not security(stick), stick.ata.log
        row(lab, device, answer, stick)


# ---- interruptions


def cut_power(lab, stick):
    """Of the station and the drive, in the middle of it; the drive comes back locked."""
    lab.guest.spawn(lab.script("wipe", stick.node, "--authorise", lab.list_file(stick.node), "--technique", "ata_erase"))
    for _ in range(600):
        if any(c[0] == ERASE_UNIT for c in stick.ata.log):
            break
        time.sleep(.1)
    number, disk = stick.bot.number, stick.sas
    lab.guest.power_cut()
    disk.power_off()
    time.sleep(disk.ata.secs)
    disk.ata.secs = 1.0
    lab.restart()
    again = known(put_in(lab, number, disk))
    assert again.ata.locked
    return again, lab.certwipe("jobs").doc["jobs"][-1]["jobId"]


@test
def a_power_cut_locks_it_and_resuming_erases_it(lab):
    again, job = cut_power(lab, drive(lab, secs=12.0))
    answer = resume(lab, again, job)
    row(lab, "interruption: power cut while it is at it, locked, and erased when the job is gone on with", answer, again)
    answer.is_certificate()
    assert not again.ata.locked and security(again).count("f1") == 1, again.ata.log


@test
def a_drive_that_was_left_locked_is_unlocked_without_its_job(lab):
    again, job = cut_power(lab, drive(lab, secs=12.0))
    answer = lab.certwipe("unlock", again.node)
    assert not answer.exit and not again.ata.locked and not again.ata.enabled, answer
    assert [c[0] for c in again.ata.log if c[0] in (UNLOCK, DISABLE_PASSWORD)] == [UNLOCK, DISABLE_PASSWORD], again.ata.log
    closed = lab.certwipe("resume", job, "--close", "--reason", "'The power was cut.'")
    closed.is_report(7)
    row(lab, "interruption: power cut while it is at it, unlocked without its job, and that is closed", closed, again)


# ---- it hides something


@test
def what_it_hides_is_opened_and_wiped_with_the_rest(lab):
    stick = drive(lab, size=12 * MIB, real=16 * MIB)
    number, disk = stick.bot.number, stick.sas
    plan = lab.certwipe("plan", stick.node, "--technique", "overwrite").doc["plan"]
    assert plan["shownBytes"] == 12 * MIB and plan["sizeBytes"] == 16 * MIB and plan["steps"][0]["do"] == "open", plan
    answer = wipe(lab, stick, "overwrite")
    assert answer.exit == 130 and "has not noticed" in answer.reason and stick.ata.max_sectors == 16 * MIB // 512, answer
    stick.bot.unplug()
    time.sleep(2)
    disk.power_off()
    again = known(put_in(lab, number, disk))
    answer = resume(lab, again, lab.certwipe("jobs").doc["jobs"][-1]["jobId"])
    row(lab, "a quarter of it is hidden (HPA)", answer, again, "overwrite")
    answer.is_certificate()
    medium = answer.evidence()["medium"]
    assert medium["hiddenArea"]["state"] == "opened" and medium["capacityBytes"] == 16 * MIB and medium["shownBytes"] == 12 * MIB, medium


# ---- a port


@test
def a_port_passes_commands_on_and_brings_answers_back(lab):
    drive = Drive(lab)
    told = lab.inspect(drive.node).doc["capabilities"]
    assert told["asked"] and told["passThrough"] == "yes", told
    assert told["features"]["ata-erase"] == {"state": "no", "says": "IDENTIFY DEVICE word 128: 0000h", "why": "The drive does not have it."}, told["features"]


@test
def what_the_drive_does_not_have_is_refused(lab):
    answer = lab.certwipe("plan", Drive(lab).node, "--technique", "ata_erase")
    assert answer.exit == 3 and "does not have it" in answer.out + answer.err, answer


@test
def a_drive_without_a_password_needs_no_unlocking(lab):
    answer = lab.certwipe("unlock", Drive(lab).node)
    assert not answer.exit and answer.doc["schema"] == "certwipe/unlocked/1", answer


@test
def how_worn_it_is_is_asked_before_and_after(lab):
    drive = Drive(lab)
    answer = lab.wipe(drive)
    answer.is_certificate()
    lab.technique("overwrite", "a drive at a SATA port", [], answer, drive)
    health = answer.evidence()["medium"]["health"]
    assert health["before"] and health["before"].keys() == health["after"].keys() and not health["worse"], health


def cold(work):
    path = work + "/sata.img"
    make_file(path, SIZE)
    assert os.path.getsize(path) == SIZE
    return SHELF.devices(work) + image_device("sata", path, "ide-hd,bus=ide.0,serial=%s,model=LAB SATA,rotation_rate=7200,wwn=0x5000c50012345671" % SERIAL)


main(devices=cold)
