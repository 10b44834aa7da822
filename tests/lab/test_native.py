#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What drives can do by themselves: a SATA drive behind a USB bridge is asked, and asked nothing that changes anything."""
from bench import MIB, main, test
from sim.ata import Ata
from sim.flash import Flash
from sim.scsi import ATA_PAGE, ATA_PASS_THROUGH_12, ATA_PASS_THROUGH_16, Disk
from sim.usb import Bot

# ACS-4: IDENTIFY DEVICE, READ LOG EXT, SMART, SANITIZE DEVICE, READ NATIVE MAX ADDRESS EXT, GET NATIVE MAX ADDRESS EXT, DEVICE CONFIGURATION, CHECK POWER MODE;
# of some only with these features.
READING = {0xEC: None, 0x2F: None, 0xB0: (0xD0, 0xDA, 0xD5), 0xB4: (0,), 0x27: None, 0x78: (0,), 0xB1: (0xC2,), 0xE5: None, 0xA1: None}


def drive(lab, size=24 * MIB, real=None, ssd=True, **settings):
    """A drive in a USB case; settings are those of sim.ata.Ata."""
    lab.n += 1
    serial = "ATA44C3F%04d" % lab.n
    flash = Flash(lab.image((real or size) / MIB), claimed=size, real=real or size)
    ata = Ata(flash, native=(real or size) // 512, serial=serial, ssd=ssd, **settings)
    disk = Disk(flash, vendor="ASMT", product="2115", removable=False, serial=serial, ata=ata, vpd=Disk.vpd + (ATA_PAGE,))
    stick = lab.plug(Bot([disk], vid=0x174C, pid=0x55AA, maker="ASMT", product="2115", serial=serial), serial)
    stick.ata = ata
    return stick


def feature(answer, name):
    told = answer.doc["capabilities"]["features"].get(name, {})
    return told.get("state"), told.get("why", "")


def changes(ata):
    """Commands of the drive's journal that do more than read."""
    return [c for c in ata.log if c[0] not in READING or (READING[c[0]] is not None and c[1] not in READING[c[0]])]


@test
def a_drive_behind_a_bridge_tells_what_it_can_do(lab):
    stick = drive(lab)
    answer = lab.inspect(stick.node)
    told = answer.doc["capabilities"]
    assert told["asked"] and told["passThrough"] == "yes", answer
    assert told["drive"]["serial"]["text"] == stick.ata.serial and told["drive"]["model"]["text"] == stick.ata.model, answer
    for method in ("crypto", "block", "overwrite"):
        assert feature(answer, "ata-sanitize-" + method)[0] == "yes", answer
    assert feature(answer, "ata-erase")[0] == "no" and "SATA port" in feature(answer, "ata-erase")[1], answer
    assert told["hidden"]["state"] == answer.doc["medium"]["hidden"]["state"] == "none", answer
    assert told["sanitizing"] == "never", answer
    assert not changes(stick.ata), changes(stick.ata)
    text = lab.guest.run("certwipe inspect %s" % stick.node)
    assert "ATA SANITIZE, block erase: yes (IDENTIFY DEVICE word 59: f000h)" in text.out and stick.ata.serial not in text.out, text


@test
def what_stands_against_it_is_told(lab):
    frozen = lab.inspect(drive(lab, sanitize_frozen=True).node)
    state, why = feature(frozen, "ata-sanitize-block")
    assert state == "no" and "frozen" in why and "plug it in again" in why, frozen
    without = lab.inspect(drive(lab, sanitize=("crypto",)).node)
    assert feature(without, "ata-sanitize-block")[0] == "no" and feature(without, "ata-sanitize-crypto")[0] == "yes", without


@test
def a_hidden_area_is_found_with_its_size(lab):
    answer = lab.inspect(drive(lab, size=20 * MIB, real=24 * MIB).node)
    hidden = answer.doc["medium"]["hidden"]
    assert hidden["state"] == "present" and hidden["bytes"] == 4 * MIB, answer


@test
def a_stick_is_asked_nothing(lab):
    stick = lab.stick("60A44C3FAE01", lab.image(8))
    answer = lab.inspect(stick.node)
    assert not answer.doc["capabilities"]["asked"], answer
    sent = [c for c in stick.bot.luns[0].journal if c[0] in (ATA_PASS_THROUGH_12, ATA_PASS_THROUGH_16)]
    assert not sent, sent


main()
