#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
# runs in make check-native
"""How far the commands of NVMe drives reach: what is refused, drives with several namespaces, capacity in none, and Format NVM, which qemu's own drive on PCIe has, too."""
import os
import re
import time

from bench import MARKER, MIB, main, make_file, old_sectors, test
from drives import ATTESTED, Drive, case_file, native, remote, told_to, wait_until_told, wiped
from guest import image_device
from sim.flash import Flash
from sim.nvme import FORMAT_NVM, NO_DEALLOCATE_INHIBITED, SANITIZE

PCIE = {"one": [20 * MIB], "two": [16 * MIB, 12 * MIB]}  # controller of qemu's: sizes of its namespaces


class Pcie(Drive):
    """A drive of qemu's."""

    def __init__(self, lab, *what):
        super().__init__(*what)
        self.log = lab.work + "/qemu.log"

    def trace(self):
        """Admin commands that erase, by qemu's trace, as "80"."""
        with open(self.log, errors="replace") as f:
            return [found for found in re.findall(r"pci_nvme_admin_cmd .*opc 0x([0-9a-f]+)", f.read()) if int(found, 16) in (SANITIZE, FORMAT_NVM)]


def pcie(lab, name):
    """A drive of qemu's, full of old data again."""
    paths = ["%s/pcie/%s%d.img" % (lab.work, name, number) for number in range(1, len(PCIE[name]) + 1)]
    nodes = lab.guest.run("for n in /sys/block/nvme*n*; do grep -q PCIE%s $n/device/serial && echo /dev/${n##*/}; done; true" % name.upper()).out.split()
    for path in paths:
        with open(path, "r+b") as f:
            f.write((MARKER * (os.path.getsize(path) // len(MARKER) + 1))[:os.path.getsize(path)])
    return Pcie(lab, "PCIE" + name.upper(), sorted(nodes), [Flash(path) for path in paths])


# ---- refusals


def refused(lab, drive, exit_status, words, *options, technique="nvme_sanitize_block", device=""):
    answer = lab.wipe(drive, options=("--technique", technique, *options))
    assert answer.exit == exit_status and all(w in answer.out + answer.err for w in words), answer
    lab.technique(technique, "refusal: " + device, told_to(drive), answer, drive)
    assert not told_to(drive) and old_sectors(drive.flash), answer


@test
def what_stands_against_it_is_told(lab):
    with remote(lab, sanicap=4) as drive:
        refused(lab, drive, 3, ["does not have it"], device="it has no block erase")
    with remote(lab, sanicap=7 | NO_DEALLOCATE_INHIBITED) as drive:
        refused(lab, drive, 3, ["no-deallocate is inhibited"], technique="nvme_sanitize_overwrite", device="it takes back what it overwrote")
    with remote(lab) as drive:
        refused(lab, drive, 3, ["not confirmed", "--allow-unconfirmed"], technique="nvme_format_user", device="nobody allows what is not confirmed")
        drive.controller.sanitize_command, drive.controller.sanitize_fails = 2, True
        drive.controller.sanitize_begin = time.monotonic() - 60
        refused(lab, drive, 3, ["closed until one succeeds"], device="an earlier one failed")
    with remote(lab) as drive:
        wrong = lab.certwipe("wipe", drive.controller_node)
        wrong.refused(3, "is the controller of a drive", drive.node)


# ---- more than one namespace


@test
def other_namespaces_only_die_when_they_are_named(lab):
    with remote(lab, others=(4 * MIB,)) as drive:
        other = drive.nodes[1]
        refused(lab, drive, 3, [other, "--whole-drive"], device="another namespace was not named")
        plan = lab.certwipe("plan", drive.node)
        assert plan.doc["plan"]["technique"] == "overwrite" and plan.doc["plan"]["level"] == "none", plan
        assert any(r["what"] == "nvme_sanitize_block" and other in r["why"] for r in plan.doc["plan"]["rejected"]), plan
        mounted = lab.guest.run("mkfs.vfat %s >/dev/null && mkdir -p /mnt/other && mount %s /mnt/other" % (other, other))
        assert not mounted.rc, mounted
        refused(lab, drive, 5, [other, "/mnt/other"], "--whole-drive", device="another namespace is mounted")
        lab.guest.run("umount /mnt/other")
        answer = wiped(lab, drive, "--whole-drive", device="both of its namespaces are named")
        answer.is_certificate()
        assert native(answer)["alsoErased"] == [{"namespace": 2, "sizeBytes": 4 * MIB, "node": other}] and answer.result["level"] == "purge", answer
        assert not old_sectors(drive.flashes[1]), "the other namespace holds old data"


@test
def nobody_gets_another_namespace_meanwhile(lab):
    with remote(lab, others=(4 * MIB,), sanitize_secs=10.0) as drive:
        spawned = lab.spawn_wipe(drive, options=("--whole-drive",))
        wait_until_told(drive)
        second = lab.wipe(drive.nodes[1])
        assert second.exit == 5, second
        lab.wait_wipe(spawned).is_certificate()


@test
def capacity_in_no_namespace_is_sanitised_too(lab):
    with remote(lab, unallocated=4 * MIB) as drive:
        answer = wiped(lab, drive, device="capacity of it belongs to no namespace")
        answer.is_certificate()
        assert answer.result["level"] == "purge" and "K20" not in {c["id"] for c in answer.evidence()["caveats"]}, answer
        plan = lab.certwipe("plan", drive.node, "--technique", "overwrite")
        assert plan.doc["plan"]["level"] == "none", plan


# ---- Format NVM


@test
def a_format_is_used_where_that_is_allowed(lab):
    with remote(lab) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed")
        answer.is_certificate()
        document = answer.evidence()
        assert answer.result["level"] == "clear" and document["sanitization"]["unconfirmed"] is True, answer
        assert any(c["rule"] == "c5" and c["satisfied"] for c in document["sanitization"]["levelBasis"]), document["sanitization"]
        assert "K15" in {c["id"] for c in document["caveats"]}, document["caveats"]
    with remote(lab) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_format_crypto", "--allow-unconfirmed", "--case", case_file(lab, ATTESTED))
        answer.is_certificate()
    with remote(lab, format_lies=True) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed", device="liar: it says that it did, and no cell has changed")
        answer.is_report(6)


@test
def a_format_that_reaches_all_needs_them_named(lab):
    with remote(lab, others=(4 * MIB,), fna=6) as drive:
        refused(lab, drive, 3, [drive.nodes[1], "--whole-drive"], "--allow-unconfirmed", technique="nvme_format_user", device="it erases all, and one was not named")
        answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed", "--whole-drive", device="it erases all its namespaces")
        answer.is_certificate()
        assert answer.result["level"] == "clear" and not old_sectors(drive.flashes[1]), answer


@test
def the_drive_of_another_maker_formats_itself(lab):
    """qemu's own: one namespace, and then one of two, which leaves the other alone and reaches no level."""
    drive = pcie(lab, "one")
    answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed", device="qemu's drive, one namespace")
    answer.is_certificate()
    assert answer.result["level"] == "clear", answer
    drive = pcie(lab, "two")
    plan = lab.certwipe("plan", drive.node, "--technique", "nvme_format_user", "--allow-unconfirmed", "--whole-drive")
    assert plan.doc["plan"]["level"] == "none" and "alsoErased" not in plan.doc["plan"], plan
    answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed", device="qemu's drive, one namespace of two")
    answer.is_report(7)
    assert not old_sectors(drive.flash) and old_sectors(drive.flashes[1]), answer


def cold(work):
    os.mkdir(work + "/pcie")
    arguments = ["-trace", "pci_nvme_admin_cmd"]
    for name, sizes in PCIE.items():
        arguments += ["-device", "nvme,id=%s,serial=PCIE%s" % (name, name.upper())]
        for number, size in enumerate(sizes, 1):
            path = "%s/pcie/%s%d.img" % (work, name, number)
            make_file(path, size)
            arguments += image_device("%s%d" % (name, number), path, "nvme-ns,bus=%s,nsid=%d" % (name, number))
    return arguments


main(devices=cold, network=True)
