#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# runs in make check-native
"""Drives that encrypt by the rules of TCG are reverted: by the PSID on the label, or by the owner's default PIN; and what they say of it is not believed alone.

NVMe drives are NVMe/TCP controllers (sim/nvme.py); SATA drives sit behind a USB bridge that passes TRUSTED SEND and RECEIVE on, of which no level may be claimed.
"""
import hashlib
import json
import os

from bench import MIB, main, test
from sim.ata import Ata
from sim.flash import Flash
from sim.nvme import SECURITY_SEND, NvmeTcp
from sim.scsi import ATA_PAGE, Disk
from sim.tcg import ENTERPRISE, PROTOCOL, PYRITE_2, Tper
from sim.usb import Bot

PSID = Tper.psid.decode()
NAMESPACE_NODES = "ls /dev/nvme*n1 2>/dev/null"


class Drive:
    """What bench.py takes for a stick."""

    def __init__(self, controller, tper, flash, node):
        self.controller, self.tper, self.flash, self.node = controller, tper, flash, node


def nvme(lab, **settings):
    """An NVMe drive without Sanitize and Format, so that reverting it is the best that it can do."""
    lab.n += 1
    flash = Flash(lab.image(12))
    tper = Tper(flash, **settings)
    serial = "NVMETCG%04d" % lab.n
    controller = NvmeTcp(flash, serial=serial, nqn="nqn.2024.lab:tcg%d" % lab.n, eui64=b"TCG%05d" % lab.n, sanicap=0, fna=0, tper=tper).start()
    before = set(lab.guest.run(NAMESPACE_NODES).out.split())
    made = lab.guest.run("modprobe nvme-tcp && nvme connect -t tcp -a 10.0.2.2 -s %d -n %s && for i in $(seq 100); do [ \"$(%s)\" = '%s' ] || break; sleep .1; done; udevadm settle" % (
        controller.port, controller.nqn, NAMESPACE_NODES, "\n".join(sorted(before))))
    nodes = set(lab.guest.run(NAMESPACE_NODES).out.split()) - before
    assert not made.rc and len(nodes) == 1, made
    lab.drives.append(controller)
    return Drive(controller, tper, flash, nodes.pop())


def sata(lab, **settings):
    """A SATA drive in a USB case."""
    lab.n += 1
    serial = "ATATCG%04d" % lab.n
    flash = Flash(lab.image(12))
    tper = Tper(flash, **settings)
    ata = Ata(flash, serial=serial, sanitize=(), tper=tper)
    disk = Disk(flash, vendor="ASMT", product="2115", removable=False, serial=serial, ata=ata, vpd=Disk.vpd + (ATA_PAGE,))
    stick = lab.plug(Bot([disk], vid=0x174C, pid=0x55AA, maker="ASMT", product="2115", serial=serial), serial)
    stick.ata, stick.tper = ata, tper
    return stick


def with_drives(function):
    """Takes away afterwards what nvme() made."""
    def run(lab):
        lab.drives = []
        try:
            function(lab)
        finally:
            lab.guest.run("nvme disconnect-all; true")
            for controller in lab.drives:
                controller.unplug()
    run.__name__ = function.__name__
    return test(run)


def files(lab, psid=PSID):
    """Case with attestation and a label, the list that names it, and the PSID as it may stand on a label."""
    lab.n += 1
    texts = {"case": "[case]\nassetTag = T-%d\n[crypto-erase]\nattested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = yes\n" % lab.n,
             "csv": "asset_tag,approval_number\nT-%d,A-2026-001\n" % lab.n, "psid": psid + "\n"}
    for name, text in texts.items():
        with open("%s/tcg%d.%s" % (lab.guest.share, lab.n, name), "w") as f:
            f.write(text)
    return "/lab/tcg%d" % lab.n


def spawn_wipe(lab, drive, technique, psid=PSID):
    name = files(lab, psid)
    words = ["wipe", drive.node, "--technique", technique, "--case", name + ".case", "--authorise", name + ".csv"]
    words += ["--psid-fd", "3", "3<" + name + ".psid"] if technique == "tcg_psid_revert" and psid else []
    return lab.guest.spawn(lab.script(*words)), words, [drive]


def wipe(lab, drive, technique="tcg_psid_revert", psid=PSID):
    return lab.wait_wipe(spawn_wipe(lab, drive, technique, psid))


def sent(tper):
    """What the drive got, without the zeros that fill it up."""
    return [data.rstrip(b"\0").hex() for _, _, data in tper.log]


def row(lab, technique, device, answer, drive):
    lab.technique(technique, device, ["security send %d bytes" % (len(data) // 2) for data in sent(drive.tper)], answer, drive)


def feature(answer, name):
    told = answer.doc["capabilities"]["features"].get(name, {})
    return told.get("state"), told.get("why", "")


def assert_no_psid(lab, drive, answer):
    """Neither in the document nor in the journal beside it; its hash is there."""
    folder = answer.folder
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            content = f.read()
        assert PSID.encode() not in content and PSID.encode().hex().encode() not in content, name
    with open(folder + "/journal.jsonl") as f:
        lines = [json.loads(line) for line in f]
    hidden = [line["hidden"]["sha256"] for line in lines if line["event"] == "command" and "hidden" in line]
    assert hidden and hidden[0] == hashlib.sha256(PSID.encode()).hexdigest(), hidden


# ---- what it can do


@with_drives
def each_class_tells_what_reverting_it_is_worth(lab):
    opal = lab.inspect(nvme(lab).node)
    assert feature(opal, "tcg-psid-revert")[0] == "yes" and feature(opal, "tcg-revert")[0] == "yes", opal
    assert opal.doc["capabilities"]["tcg"]["class"] == "opal-2", opal
    for settings, words in (({"ssc": PYRITE_2}, "does not encrypt"), ({"encrypts": False}, "does not encrypt"), ({"ssc": ENTERPRISE}, "Enterprise"), ({"locked": True}, "locked")):
        state, why = feature(lab.inspect(nvme(lab, **settings).node), "tcg-psid-revert")
        assert state == "no" and words in why, (settings, state, why)
    for settings, words in (({"owned": True}, "somebody set"), ({"blocked": True}, "Block SID")):
        told = lab.inspect(nvme(lab, **settings).node)
        assert feature(told, "tcg-revert")[0] == "no" and words in feature(told, "tcg-revert")[1], told
        assert feature(told, "tcg-psid-revert")[0] == "yes", told


# ---- it does as it is told


@with_drives
def a_drive_is_reverted_by_the_psid_on_its_label(lab):
    drive = nvme(lab, locking_enabled=True, owned=True)
    answer = wipe(lab, drive, psid="abcd-efgh 2345-6789 jklm-npqr stuv-wxyz")
    answer.is_certificate()
    row(lab, "tcg_psid_revert", "Opal with an owner", answer, drive)
    document = answer.evidence()
    assert answer.result["level"] == "purge" and document["sanitization"]["technique"] == "tcg_psid_revert", answer
    assert drive.tper.reverts == 1 and not drive.tper.wrong, drive.tper.log
    assert any(c["id"] == "K21" for c in document["caveats"]), document["caveats"]
    assert_no_psid(lab, drive, answer)


@with_drives
def a_drive_without_an_owner_is_reverted_by_its_default_pin(lab):
    drive = nvme(lab)
    answer = wipe(lab, drive, "tcg_revert")
    answer.is_certificate()
    row(lab, "tcg_revert", "Opal as it was made", answer, drive)
    assert answer.result["level"] == "purge" and drive.tper.reverts == 1, answer


@with_drives
def what_a_dry_run_lists_is_what_is_sent(lab):
    for technique in ("tcg_psid_revert", "tcg_revert"):
        drive = nvme(lab)
        dry = lab.certwipe("wipe", drive.node, "--technique", technique, "--case", files(lab) + ".case", "--dry-run")
        assert not drive.tper.log and not [c for c in drive.controller.journal if c[0] == SECURITY_SEND], drive.controller.journal
        listed = [c for c in dry.doc["results"][0]["commands"] if "dataOutHex" in c]
        wipe(lab, drive, technique).is_certificate()
        got = sent(drive.tper)
        secrets = [PSID.encode().hex(), Tper.msid.hex()]
        for secret in secrets:
            got = [data.replace(secret, "00" * 32) for data in got]
        assert [bytes.fromhex(c["dataOutHex"]).rstrip(b"\0").hex() for c in listed] == got, (listed, got)
        assert all(c["requestHex"][80:88] == "00fe0701" for c in listed), listed


@with_drives
def through_a_bridge_it_is_done_and_nothing_claimed(lab):
    stick = sata(lab)
    answer = wipe(lab, stick)
    row(lab, "tcg_psid_revert", "SATA Opal behind a USB bridge", answer, stick)
    answer.is_report(7)
    assert stick.tper.reverts == 1 and answer.result["level"] == "none", answer


# ---- it does not


@with_drives
def a_drive_that_only_says_so_is_found_out(lab):
    drive = nvme(lab, lies=True)
    answer = wipe(lab, drive)
    row(lab, "tcg_psid_revert", "liar: Opal that says that it reverted, and keeps its key", answer, drive)
    answer.is_report(6)
    assert "markers" in answer.reason, answer


@with_drives
def a_wrong_psid_is_tried_once(lab):
    drive = nvme(lab)
    answer = wipe(lab, drive, psid="0" * 32)
    row(lab, "tcg_psid_revert", "refusal: Opal, and the PSID of another", answer, drive)
    answer.is_report(7)
    assert drive.tper.wrong == 1 and not drive.tper.reverts, drive.tper.log
    assert "label" in answer.reason, answer
    exhausted = nvme(lab, tries=0)
    answer = wipe(lab, exhausted)
    row(lab, "tcg_psid_revert", "refusal: Opal that takes no more PINs", answer, exhausted)
    answer.is_report(7)


@with_drives
def a_failure_that_the_drive_admits_is_one(lab):
    drive = nvme(lab, fails=True)
    answer = wipe(lab, drive)
    row(lab, "tcg_psid_revert", "failure: Opal that says that it failed", answer, drive)
    answer.is_report(7)


@with_drives
def what_stands_against_it_is_refused_before_anything_is_written(lab):
    for device, settings, technique, words in (("Pyrite", {"ssc": PYRITE_2}, "tcg_psid_revert", "does not encrypt"), ("Enterprise", {"ssc": ENTERPRISE}, "tcg_psid_revert", "Enterprise"),
                                               ("Opal with Block SID", {"blocked": True}, "tcg_revert", "Block SID"), ("Opal with an owner", {"owned": True}, "tcg_revert", "somebody set")):
        drive = nvme(lab, **settings)
        answer = wipe(lab, drive, technique)
        answer.refused(3, words)
        row(lab, technique, "refusal: " + device, answer, drive)
        assert not drive.tper.log, drive.tper.log


@with_drives
def without_a_psid_nothing_is_done(lab):
    drive = nvme(lab)
    wipe(lab, drive, psid="").refused(8, "PSID", "--psid-fd")
    assert not drive.tper.log, drive.tper.log
    wipe(lab, drive, psid="WD-WCC4E5").refused(2, "PSID", "32")


# ---- interruptions


@with_drives
def an_answer_that_never_came_is_no_success(lab):
    """It reverted, and the power went before it said so: what it says afterwards does not tell, so it is reverted again."""
    drive = nvme(lab, loses=True)

    def again(controller, command, data):
        status = controller.security(SECURITY_SEND, int.from_bytes(command[40:44], "little"), int.from_bytes(command[44:48], "little"), data)
        if drive.tper.reverts == 1:
            drive.tper.loses = False
            drive.controller.hooks = {}
        return status

    drive.controller.hooks[SECURITY_SEND] = again
    spawned = spawn_wipe(lab, drive, "tcg_psid_revert")
    for _ in range(600):
        if drive.tper.reverts:
            break
        lab.guest.run("sleep .2")
    lab.guest.run("pkill -INT -x certwipe; true")
    answer = lab.wait_wipe(spawned)
    row(lab, "tcg_psid_revert", "interruption: Opal whose answer is lost, SIGINT while it is awaited", answer, drive)
    assert answer.exit in (7, 130) and answer.result.get("type") != "destruction-certificate", answer
    job = lab.certwipe("jobs").doc["jobs"][-1]["jobId"]
    lab.certwipe("resume", job).refused(8, "PSID")
    drive.tper.power_off()
    resumed = lab.certwipe("resume", job, "--psid-fd", "3", "3<" + files(lab) + ".psid")
    resumed.media = [drive]
    resumed.is_certificate()
    row(lab, "tcg_psid_revert", "interruption: gone on with after SIGINT and a power cut", resumed, drive)
    assert drive.tper.reverts == 2, drive.tper.log


main(network=True)
