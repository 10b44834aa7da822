#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A drive at a SATA port, through libata.  qemu's own has neither passwords nor hidden areas, so what such commands do is tested without a kernel (test_job_erase, test_job_open);
here is what the way to a real port makes of them, and how worn the drive says that it is."""
import os

from bench import MARKER, MIB, main, make_file, test
from guest import image_device
from sim.flash import Flash

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
    return image_device("sata", path, "ide-hd,bus=ide.0,serial=%s,model=LAB SATA,rotation_rate=7200,wwn=0x5000c50012345671" % SERIAL)


main(devices=cold)
