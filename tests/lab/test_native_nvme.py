#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NVMe drives that sanitise themselves: Sanitize and Format NVM by a simulated controller behind NVMe/TCP, and Format NVM by qemu's own on PCIe.

What a drive says is held against what its cells hold; what --dry-run lists, against what the controller got.
"""
import contextlib
import os
import re
import time

from bench import MARKER, MIB, main, make_file, old_sectors, test
from guest import image_device
from sim.flash import Flash
from sim.nvme import FORMAT_NVM, GET_LOG, IDENTIFY, NO_DEALLOCATE_INHIBITED, SANITIZE, NvmeTcp

CAP_SYS_ADMIN = 1 << 21
SANITIZE_LOG_QUERY = 0x007F0081
PCIE = {"one": [20 * MIB], "two": [16 * MIB, 12 * MIB]}  # controller of qemu's: sizes of its namespaces
ATTESTED = "attested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = yes"


class Drive:
    """What a test needs to know of one: the first namespace is the medium."""

    def __init__(self, serial, nodes, flashes, controller=None):
        self.serial, self.nodes, self.flashes, self.controller = serial, nodes, flashes, controller

    @property
    def node(self):
        return self.nodes[0]

    @property
    def flash(self):
        return self.flashes[0]

    @property
    def controller_node(self):
        return self.node.rpartition("n")[0]


def connect(lab, controller):
    before = lab.blocks()
    made = lab.guest.run("modprobe nvme-tcp && nvme connect -t tcp -a 10.0.2.2 -s %d -n %s -c 1" % (controller.port, controller.nqn))
    assert not made.rc, made
    return lab.wait_new(before, len(controller.media))


@contextlib.contextmanager
def remote(lab, size=12 * MIB, others=(), **settings):
    """A drive over TCP; others are the sizes of further namespaces, settings those of sim.nvme.NvmeTcp."""
    lab.n += 1
    flashes = [Flash(lab.image(bytes_ / MIB)) for bytes_ in (size, *others)]
    settings = {"estimates": (1600, 1, 1), **settings}  # so that a block erase is the fastest
    controller = NvmeTcp(flashes[0], others=flashes[1:], serial="NVMESIM%04d" % lab.n, nqn="nqn.2024.lab:%d" % lab.n, eui64=b"LAB%04d\0" % lab.n, **settings).start()
    try:
        yield Drive(controller.serial, connect(lab, controller), flashes, controller)
    finally:
        lab.guest.run("nvme disconnect -n %s; true" % controller.nqn)
        controller.unplug()


def pcie(lab, name):
    """A drive of qemu's, full of old data again."""
    paths = ["%s/pcie/%s%d.img" % (lab.work, name, number) for number in range(1, len(PCIE[name]) + 1)]
    nodes = lab.guest.run("for n in /sys/block/nvme*n*; do grep -q PCIE%s $n/device/serial && echo /dev/${n##*/}; done; true" % name.upper()).out.split()
    for path in paths:
        with open(path, "r+b") as f:
            f.write((MARKER * (os.path.getsize(path) // len(MARKER) + 1))[:os.path.getsize(path)])
    return Drive("PCIE" + name.upper(), sorted(nodes), [Flash(path) for path in paths])


def case_file(lab, *lines):
    lab.n += 1
    with open("%s/case%d.case" % (lab.guest.share, lab.n), "w") as f:
        f.write("[case]\nnote = laboratory\n[crypto-erase]\n" + "\n".join(lines) + "\n")
    return "/lab/case%d.case" % lab.n


def wiped(lab, drive, *options, device="a drive that does as it is told", technique=None):
    """One wipe, and its row of the table."""
    answer = lab.wipe(drive, options=options)
    named = technique or (options[options.index("--technique") + 1] if "--technique" in options else "nvme_sanitize_block")
    sent = drive.controller.sent(SANITIZE, FORMAT_NVM) if drive.controller else trace(lab)
    lab.technique(named, device, sent, answer, drive)
    return answer


def trace(lab):
    """Of qemu's own: admin commands by its trace, as "80"."""
    with open(lab.work + "/qemu.log", errors="replace") as f:
        return [found for found in re.findall(r"pci_nvme_admin_cmd .*opc 0x([0-9a-f]+)", f.read()) if int(found, 16) in (SANITIZE, FORMAT_NVM)]


def native(answer):
    return answer.evidence()["native"]


def told_to(drive):
    return drive.controller.sent(SANITIZE, FORMAT_NVM)


# ---- Sanitize


@test
def the_best_that_a_drive_can_do_is_taken(lab):
    with remote(lab) as drive:
        answer = wiped(lab, drive)
        answer.is_certificate()
        document = answer.evidence()
        assert answer.result["level"] == "purge" and document["sanitization"]["technique"] == "nvme_sanitize_block", answer
        assert told_to(drive) == [document["native"]["submitted"]["requestHex"]] and told_to(drive)[0].startswith("84"), told_to(drive)
        assert document["native"]["ended"]["dataInHex"].startswith("ffff010102000000"), document["native"]["ended"]
        look = document["native"]["looks"][0]
        assert look["zerosBytes"] == drive.flash.real and not look["notAllowedBytes"], look
        assert "K4" in {c["id"] for c in document["caveats"]} and "alsoErased" not in document["native"], document


@test
def what_a_dry_run_lists_is_what_the_drive_gets(lab):
    for technique, options in (("nvme_sanitize_block", ()), ("nvme_sanitize_overwrite", ()), ("nvme_format_user", ("--allow-unconfirmed",))):
        with remote(lab, size=8 * MIB) as drive:
            options = ("--technique", technique, *options)
            answer = lab.certwipe("wipe", drive.node, "--dry-run", *options)
            listed = {c["requestHex"] for c in answer.doc["results"][0]["commands"]}
            assert not told_to(drive), told_to(drive)
            begun = len(drive.controller.journal)
            lab.wipe(drive, options=options).is_certificate()
            sent = [c for c in drive.controller.journal[begun:] if c[0] in (SANITIZE, FORMAT_NVM) or (c[0] == GET_LOG and c[2] == SANITIZE_LOG_QUERY)
                    or (c[0] == IDENTIFY and c[1] == 1 and c[2] == 0)]
            got = {drive.controller.hex_of(c) for c in sent}
            asked = {hex_ for hex_ in got if hex_[:2] not in ("84", "80")}
            assert {hex_ for hex_ in listed if hex_[:2] in ("84", "80")} == set(told_to(drive)) and len(told_to(drive)) == 1, (listed, got)
            assert listed <= got and {hex_ for hex_ in listed if hex_[:2] == "02"} <= asked, (listed, got)


@test
def a_drive_overwrites_itself_with_a_pattern(lab):
    with remote(lab) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_sanitize_overwrite")
        answer.is_certificate()
        assert native(answer)["looks"][0]["patternBytes"] == drive.flash.real, answer


@test
def a_key_is_only_destroyed_where_somebody_vouches_for_it(lab):
    with remote(lab, sanicap=1) as drive:
        plan = lab.certwipe("plan", drive.node)
        assert plan.doc["plan"]["technique"] == "overwrite" and any(r["what"] == "nvme_sanitize_crypto" and "attests" in r["why"] for r in plan.doc["plan"]["rejected"]), plan
        answer = wiped(lab, drive, "--case", case_file(lab, ATTESTED), technique="nvme_sanitize_crypto")
        answer.is_certificate()
        assert answer.result["level"] == "purge" and native(answer)["attestation"]["name"] == "Chen", answer


@test
def what_may_not_be_readable_afterwards_is_told_apart(lab):
    with remote(lab, unreadable=(4 * MIB, 4 * MIB + 8192)) as drive:
        answer = wiped(lab, drive, device="what was erased cannot be read")
        answer.is_certificate()
        look = native(answer)["looks"][0]
        assert look["errorBytes"] == 8192 and not look["unreadableBytes"], look
    with remote(lab, unreadable=(4 * MIB, 4 * MIB + 8192)) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_sanitize_overwrite", device="what was overwritten cannot be read")
        answer.is_report(7)


# ---- liars


LIARS = {
    "it says that it did, and no cell changed": (6, "markers", {"sanitize_lies": True}),
    "one block is left out": (6, "markers", {"sanitize_keeps": (6 * MIB + 512, 6 * MIB + 1024)}),
    "it says that it failed": (6, "failed", {"sanitize_fails": True}),
    "it takes the command, and its log never tells of it": (6, "failed", {"sanitize_ignored": True}),
    "it does it, and its log never tells of it": (6, "failed", {"sanitize_silent": True}),
    "its log tells of another action": (6, "failed", {"sanitize_foreign": True}),
}


@test
def liars_are_found_out(lab):
    for device, (exit_status, words, settings) in LIARS.items():
        with remote(lab, size=8 * MIB, sanitize_secs=.5, **settings) as drive:
            answer = wiped(lab, drive, device=device)
            answer.is_report(exit_status)
            assert words in answer.reason, answer
            assert len(told_to(drive)) == 1, told_to(drive)


@test
def an_earlier_success_is_not_this_one(lab):
    """The same action was carried out before, and this time the drive ignores it: what was written since gives it away."""
    with remote(lab, size=8 * MIB, sanitize_secs=0) as drive:
        lab.wipe(drive).is_certificate()
        drive.flash.fill(MARKER[:-1].ljust(512, b"\n"))
        drive.controller.sanitize_ignored = True
        answer = wiped(lab, drive, device="its log tells of an earlier success")
        answer.is_report(6)


# ---- interruptions


def wait_until_told(drive):
    for _ in range(1200):
        if told_to(drive):
            return
        time.sleep(.1)
    raise TimeoutError("the drive was not told to sanitise itself: %r" % drive.controller.journal[-10:])


def time_left(drive):
    return max(0, drive.controller.sanitize_begin + drive.controller.sanitize_secs - time.monotonic())


def resume(lab, drive, *words):
    """udev looks at what was let go of, and holds it for as long as it is busy."""
    for _ in range(20):
        answer = lab.certwipe("resume", *words)
        if answer.exit != 5:
            break
        time.sleep(2)
    answer.media = [drive]
    return answer


@test
def stopped_while_it_is_at_it(lab):
    with remote(lab, sanitize_secs=25.0) as drive:
        spawned = lab.spawn_wipe(drive)
        wait_until_told(drive)
        status = lab.guest.run("cat /proc/$(pgrep -x certwipe-exec)/status").out
        for line in ("CapEff:\t%016x" % CAP_SYS_ADMIN, "CapPrm:\t%016x" % CAP_SYS_ADMIN, "CapAmb:\t%016x" % 0, "Uid:\t65534\t65534\t65534\t65534", "NoNewPrivs:\t1", "Seccomp:\t2"):
            assert line in status, status
        lab.guest.run("pkill -INT -x certwipe; true")
        answer = lab.wait_wipe(spawned)
        answer.is_report(7)
        lab.technique("nvme_sanitize_block", "stopped while it is at it", told_to(drive), answer, drive)
        assert "goes on with that" in answer.reason and native(answer)["state"] == "running", answer
        time.sleep(time_left(drive))
        resumed = resume(lab, drive)
        resumed.is_certificate()
        lab.technique("nvme_sanitize_block", "gone on with after a stop", told_to(drive), resumed, drive)
        assert len(told_to(drive)) == 1, told_to(drive)


@test
def a_host_that_loses_it_finds_it_again(lab):
    with remote(lab, sanitize_secs=15.0) as drive:
        spawned = lab.spawn_wipe(drive)
        wait_until_told(drive)
        time.sleep(2)
        drive.controller.disconnect()
        answer = lab.wait_wipe(spawned)
        answer.is_certificate()
        lab.technique("nvme_sanitize_block", "the link breaks while it is at it", told_to(drive), answer, drive)
        assert len(told_to(drive)) == 1, told_to(drive)


@test
def a_power_cut_while_it_is_at_it(lab):
    with remote(lab, sanitize_secs=20.0) as drive:
        lab.spawn_wipe(drive)
        wait_until_told(drive)
        time.sleep(3)
        controller = drive.controller
        lab.restart()
        again = Drive(drive.serial, connect(lab, controller), drive.flashes, controller)
        job = lab.certwipe("jobs").doc["jobs"][-1]["jobId"]
        answer = resume(lab, again, job)
        answer.is_certificate()
        lab.technique("nvme_sanitize_block", "the power is cut while it is at it", told_to(drive), answer, again)
        assert len(told_to(drive)) == 1, told_to(drive)


@test
def a_reset_while_it_is_at_it(lab):
    with remote(lab, sanitize_secs=12.0) as drive:
        spawned = lab.spawn_wipe(drive)
        wait_until_told(drive)
        lab.guest.run("nvme reset %s; true" % drive.controller_node)
        answer = lab.wait_wipe(spawned)
        answer.is_certificate()
        lab.technique("nvme_sanitize_block", "the controller is reset while it is at it", told_to(drive), answer, drive)
        assert len(told_to(drive)) == 1, told_to(drive)


# ---- refusals


def refused(lab, drive, exit_status, words, *options, technique="nvme_sanitize_block", device=""):
    answer = lab.wipe(drive, options=("--technique", technique, *options))
    assert answer.exit == exit_status and all(w in answer.out + answer.err for w in words), answer
    lab.technique(technique, device, told_to(drive), answer, drive)
    assert not told_to(drive) and old_sectors(drive.flash), answer


@test
def what_stands_against_it_is_told(lab):
    with remote(lab, size=8 * MIB, sanicap=4) as drive:
        refused(lab, drive, 3, ["does not have it"], device="it has no block erase")
    with remote(lab, size=8 * MIB, sanicap=7 | NO_DEALLOCATE_INHIBITED) as drive:
        refused(lab, drive, 3, ["no-deallocate is inhibited"], technique="nvme_sanitize_overwrite", device="it takes back what it overwrote")
    with remote(lab, size=8 * MIB) as drive:
        refused(lab, drive, 3, ["not confirmed", "--allow-unconfirmed"], technique="nvme_format_user", device="nobody allows what is not confirmed")
        drive.controller.sanitize_command, drive.controller.sanitize_fails = 2, True
        drive.controller.sanitize_begin = time.monotonic() - 60
        refused(lab, drive, 3, ["closed until one succeeds"], device="an earlier one failed")
    with remote(lab, size=8 * MIB) as drive:
        wrong = lab.certwipe("wipe", drive.controller_node)
        wrong.refused(3, "is the controller of a drive", drive.node)


# ---- more than one namespace


@test
def other_namespaces_only_die_when_they_are_named(lab):
    with remote(lab, size=8 * MIB, others=(6 * MIB,)) as drive:
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
        assert native(answer)["alsoErased"] == [{"namespace": 2, "sizeBytes": 6 * MIB, "node": other}] and answer.result["level"] == "purge", answer
        assert not old_sectors(drive.flashes[1]), "the other namespace holds old data"


@test
def nobody_gets_another_namespace_meanwhile(lab):
    with remote(lab, size=8 * MIB, others=(6 * MIB,), sanitize_secs=10.0) as drive:
        spawned = lab.spawn_wipe(drive, options=("--whole-drive",))
        wait_until_told(drive)
        second = lab.wipe(drive.nodes[1])
        assert second.exit == 5, second
        lab.wait_wipe(spawned).is_certificate()


@test
def capacity_in_no_namespace_is_sanitised_too(lab):
    with remote(lab, size=8 * MIB, unallocated=4 * MIB) as drive:
        answer = wiped(lab, drive, device="capacity of it belongs to no namespace")
        answer.is_certificate()
        assert answer.result["level"] == "purge" and "K20" not in {c["id"] for c in answer.evidence()["caveats"]}, answer
        plan = lab.certwipe("plan", drive.node, "--technique", "overwrite")
        assert plan.doc["plan"]["level"] == "none", plan


# ---- Format NVM


@test
def a_format_is_used_where_that_is_allowed(lab):
    with remote(lab, size=8 * MIB) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed")
        answer.is_certificate()
        document = answer.evidence()
        assert answer.result["level"] == "clear" and document["sanitization"]["unconfirmed"] is True, answer
        assert any(c["rule"] == "c5" and c["satisfied"] for c in document["sanitization"]["levelBasis"]), document["sanitization"]
        assert "K15" in {c["id"] for c in document["caveats"]}, document["caveats"]
    with remote(lab, size=8 * MIB) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_format_crypto", "--allow-unconfirmed", "--case", case_file(lab, ATTESTED))
        answer.is_certificate()
    with remote(lab, size=8 * MIB, format_lies=True) as drive:
        answer = wiped(lab, drive, "--technique", "nvme_format_user", "--allow-unconfirmed", device="it says that it did, and no cell changed")
        answer.is_report(6)


@test
def a_format_that_reaches_all_needs_them_named(lab):
    with remote(lab, size=8 * MIB, others=(6 * MIB,), fna=6) as drive:
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
