#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Media that are slow, hang, answer nothing any more, or come back from a reset as something else."""
import time

from bench import MIB, main, test
from faults import FAILED, LOST, Outcome, authorised, faulty, impatient, wiped
from sim.scsi import SYNCHRONIZE_CACHE_10, Hang

SIZE = 16 * MIB
EVERYTHING = (0, SIZE)


def hangs_until_reset(stick, on_reset=lambda: None, **limits):
    """The first command beyond a limit of sim/flash.py is not answered until the kernel resets the stick.  Returns a list of the resets."""
    flash, reset = stick.flash, stick.bot.reset
    flash.__dict__.update(limits)
    resets = []

    def lifted():
        if flash.written:  # not those of its enumeration
            resets.append(flash.written)
            for name in limits:
                setattr(flash, name, None)
            on_reset()
        reset()

    stick.bot.reset = lifted
    return resets


@test
def hangs_that_end_with_a_reset_do_no_harm(lab):
    """In the middle of a write, of a read, of a flush: at the same time on three sticks, and a slow one beside them."""
    def hang(target, cdb, data):
        raise Hang()

    written, read, flushed = faulty(lab), faulty(lab), faulty(lab, cache_bytes=4 * MIB)
    hooks = flushed.bot.luns[0].hooks
    hooks[SYNCHRONIZE_CACHE_10] = hang
    resets = {"write": hangs_until_reset(written, hang_after=8 * MIB), "read": hangs_until_reset(read, hang_reads_after=8 * MIB),
              "SYNCHRONIZE CACHE": hangs_until_reset(flushed, on_reset=hooks.clear)}
    sticks = dict(zip(resets, (written, read, flushed)))
    slow = faulty(lab, delay=0.2, slow_reads=0.2)
    jobs = {what: lab.guest.spawn(lab.script(*authorised(lab, impatient(lab, stick)))) for what, stick in sticks.items()}
    wiped(lab, "slow: 5 MB/s", slow).is_certificate()
    for what, stick in sticks.items():
        Outcome(lab, "a %s hangs until the reset" % what, stick, lab.answer(jobs[what], "wipe")).is_certificate()
        assert resets[what], "there was no reset while a %s hung" % what


@test
def a_stick_that_hangs_for_ever_hangs_nobody_else(lab):
    """Its commands fail one by one, each after minutes.  Meanwhile media are listed and others wiped, and pulling it ends its job."""
    stick, neighbour = impatient(lab, faulty(lab, hang_after=8 * MIB)), faulty(lab)
    job = lab.guest.spawn(lab.script(*authorised(lab, stick)))
    while not stick.bot.hung:
        time.sleep(0.1)
    stick.flash.hang_reads_after = stick.flash.bytes_read
    listing = lab.guest.spawn(lab.script("list"))
    wiped(lab, "beside one that hangs for ever", neighbour).is_certificate()
    dead_one(lab)
    listed = lab.answer(listing, "list", timeout_s=60)
    assert listed.exit == 0 and {m["node"] for m in listed.doc["media"]} >= {stick.node, neighbour.node}, listed
    assert "did not answer" in next(m for m in listed.doc["media"] if m["node"] == stick.node)["contents"][0]["why"], listed
    lab.pull(stick)
    outcome = Outcome(lab, "a write hangs for ever; pulled", stick, lab.answer(job, "wipe", timeout_s=60))
    reached = outcome.exceptions("not-written")[0][0]  # as far as the last checkpoint, of which there is one a minute
    outcome.is_report(7, LOST, not_written=[(reached, SIZE - reached)], not_read=[EVERYTHING])


def dead_one(lab):
    """No command is answered any more, and the kernel gives the stick up after its resets failed, too."""
    stick = impatient(lab, faulty(lab))

    def dead(target, cdb, data):
        if stick.flash.written >= 8 * MIB:
            raise Hang()
        return target.dispatch(cdb, data)

    stick.bot.luns[0].hooks.update({opcode: dead for opcode in range(256)})
    outcome = wiped(lab, "answers nothing any more", stick)
    outcome.is_report(7, LOST, not_written=[EVERYTHING], not_read=[EVERYTHING])


# ---- resets after which it is not what it was

@test
def a_capacity_that_shrinks_at_a_reset_is_named(lab):
    """The kernel goes by the old one: what is left answers as before, and all else is written and read back."""
    stick = impatient(lab, faulty(lab, bs=4096, shrink_after_reset=2 * MIB))
    hangs_until_reset(stick, hang_after=8 * MIB)
    gone = [(SIZE - 2 * MIB, 2 * MIB)]
    wiped(lab, "2 MiB less after a reset", stick).is_report(7, FAILED, not_written=gone, not_read=gone)


@test
def a_capacity_that_grows_at_a_reset_is_found_by_recheck(lab):
    """The kernel reads the capacity only once, so nobody sees it before a replug; the certificate says how many bytes it is about."""
    stick = impatient(lab, faulty(lab, claimed=12 * MIB, real=SIZE, grow_after_reset=4 * MIB))
    hangs_until_reset(stick, hang_after=8 * MIB)
    outcome = wiped(lab, "4 MiB more after a reset", stick)
    assert outcome.answer.exit == 0 and outcome.evidence["medium"]["capacityBytes"] == 12 * MIB, outcome.answer
    assert stick.flash.claimed == SIZE, "it never grew"
    lab.pull(stick)
    outcome.recheck().refused(4, "size")
    outcome.row("; recheck after a replug: exit 4")


@test
def a_stick_that_returns_from_a_reset_with_another_serial_number_is_not_touched(lab):
    stick = impatient(lab, faulty(lab))

    def other():
        stick.bot.strings[2] = "60A44C3FOTHER"

    hangs_until_reset(stick, on_reset=other, hang_after=8 * MIB)
    outcome = wiped(lab, "another USB serial number after a reset", stick)
    outcome.is_report(7, LOST, not_written=[EVERYTHING], not_read=[EVERYTHING])
    written = stick.flash.written
    lab.certwipe("resume", outcome.result["jobId"]).refused(4)
    assert stick.flash.written == written, "the job went on on a stick with another serial number"


@test
def another_product_name_after_a_reset_changes_nothing_about_the_cells(lab):
    """The kernel asks for INQUIRY data only once, so nobody sees it; what was confirmed is what was wiped."""
    stick = impatient(lab, faulty(lab))
    disk = stick.bot.luns[0]

    def rename():
        disk.product = "SOMETHING ELSE"

    resets = hangs_until_reset(stick, on_reset=rename, hang_after=8 * MIB)
    wiped(lab, "another product in INQUIRY after a reset", stick).is_certificate()
    assert resets


main()
