#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# runs in make check-native
"""NVMe drives that sanitise themselves: what a simulated controller behind NVMe/TCP says is held against what its cells hold, and what --dry-run lists against what it got."""
import time

from bench import MARKER, MIB, main, test
from drives import ATTESTED, Drive, case_file, connect, native, remote, told_to, wait_until_told, wiped
from sim.nvme import ASYNC_EVENT, GET_FEATURES, GET_LOG, IDENTIFY, KEEP_ALIVE, SET_FEATURES

CAP_SYS_ADMIN = 1 << 21
READING, OF_THE_KERNEL = (GET_LOG, IDENTIFY), (SET_FEATURES, GET_FEATURES, ASYNC_EVENT, KEEP_ALIVE)


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
    for technique, options in (("nvme_sanitize_overwrite", ()), ("nvme_format_user", ("--allow-unconfirmed",))):
        with remote(lab) as drive:
            options = ("--technique", technique, *options)
            answer = lab.certwipe("wipe", drive.node, "--dry-run", *options)
            listed = {c["requestHex"] for c in answer.doc["results"][0]["commands"]}
            assert not told_to(drive), told_to(drive)
            begun = len(drive.controller.journal)
            done = wiped(lab, drive, *options)
            done.is_certificate()
            left = native(done)["looks"][0]["patternBytes" if technique == "nvme_sanitize_overwrite" else "zerosBytes"]
            assert left == drive.flash.real, done
            got = drive.controller.journal[begun:]
            changing = {drive.controller.hex_of(c) for c in got if c[0] not in (*READING, *OF_THE_KERNEL)}
            assert changing == {hex_ for hex_ in listed if int(hex_[:2], 16) not in READING} == set(told_to(drive)) and len(told_to(drive)) == 1, (listed, got)
            assert listed <= {drive.controller.hex_of(c) for c in got}, (listed, got)


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
    with remote(lab, unreadable=(3 * MIB, 3 * MIB + 8192)) as drive:
        answer = wiped(lab, drive, device="what was erased cannot be read")
        answer.is_certificate()
        look = native(answer)["looks"][0]
        assert look["errorBytes"] == 8192 and not look["unreadableBytes"], look


# ---- liars


LIARS = {
    "liar: it says that it did, and no cell has changed": (6, "markers", {"sanitize_lies": True}),
    "liar: one block is left out": (6, "markers", {"sanitize_keeps": (3 * MIB + 512, 3 * MIB + 1024)}),
    "failure: it says that it failed": (6, "failed", {"sanitize_fails": True}),
    "liar: it takes the command, and its log never tells of it": (6, "failed", {"sanitize_ignored": True}),
    "liar: it does it, and its log never tells of it": (6, "failed", {"sanitize_silent": True}),
    "liar: its log tells of another action": (6, "failed", {"sanitize_foreign": True}),
}


@test
def liars_are_found_out(lab):
    for device, (exit_status, words, settings) in LIARS.items():
        with remote(lab, sanitize_secs=.5, **settings) as drive:
            answer = wiped(lab, drive, device=device)
            answer.is_report(exit_status)
            assert words in answer.reason, answer
            assert len(told_to(drive)) == 1, told_to(drive)


@test
def an_earlier_success_is_not_this_one(lab):
    """The same action was carried out before, and this time the drive ignores it: what was written since gives it away."""
    with remote(lab, sanitize_secs=0) as drive:
        lab.wipe(drive).is_certificate()
        drive.flash.fill(MARKER[:-1].ljust(512, b"\n"))
        drive.controller.sanitize_ignored = True
        answer = wiped(lab, drive, device="liar: its log tells of an earlier success")
        answer.is_report(6)


# ---- interruptions


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
        lab.technique("nvme_sanitize_block", "interruption: SIGINT while it is at it", told_to(drive), answer, drive)
        assert "goes on with that" in answer.reason and native(answer)["state"] == "running", answer
        time.sleep(time_left(drive))
        resumed = resume(lab, drive)
        resumed.is_certificate()
        lab.technique("nvme_sanitize_block", "interruption: gone on with after SIGINT", told_to(drive), resumed, drive)
        assert len(told_to(drive)) == 1, told_to(drive)


@test
def a_host_that_loses_it_finds_it_again(lab):
    with remote(lab, sanitize_secs=8.0) as drive:
        spawned = lab.spawn_wipe(drive)
        wait_until_told(drive)
        time.sleep(2)
        drive.controller.disconnect()
        answer = lab.wait_wipe(spawned)
        answer.is_certificate()
        lab.technique("nvme_sanitize_block", "interruption: unplugged while it is at it (the link breaks)", told_to(drive), answer, drive)
        assert len(told_to(drive)) == 1, told_to(drive)


@test
def a_power_cut_while_it_is_at_it(lab):
    with remote(lab, sanitize_secs=15.0) as drive:
        lab.spawn_wipe(drive)
        wait_until_told(drive)
        time.sleep(3)
        controller = drive.controller
        lab.restart()
        again = Drive(drive.serial, connect(lab, controller), drive.flashes, controller)
        job = lab.certwipe("jobs").doc["jobs"][-1]["jobId"]
        answer = resume(lab, again, job)
        answer.is_certificate()
        lab.technique("nvme_sanitize_block", "interruption: power cut while it is at it", told_to(drive), answer, again)
        assert len(told_to(drive)) == 1, told_to(drive)


@test
def a_reset_while_it_is_at_it(lab):
    with remote(lab, sanitize_secs=8.0) as drive:
        spawned = lab.spawn_wipe(drive)
        wait_until_told(drive)
        lab.guest.run("nvme reset %s; true" % drive.controller_node)
        answer = lab.wait_wipe(spawned)
        answer.is_certificate()
        lab.technique("nvme_sanitize_block", "interruption: reset while it is at it", told_to(drive), answer, drive)
        assert len(told_to(drive)) == 1, told_to(drive)


main(network=True)
