#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Media that fail, hang, lose their cache, vanish, or come back from a reset as something else."""
import time

from bench import MIB, main, test
from faults import DIFFERS, DIFFERS_AND_FAILED, FAILED, FLUSH_FAILED, LOST, Outcome, authorised, block, faulty, wiped
from sim.scsi import SYNCHRONIZE_CACHE_10, Hang, Sense, invalid_opcode

SIZE = 16 * MIB
LAST = SIZE // 512 - 1
EVERYTHING = (0, SIZE)


# ---- errors of single sectors

@test
def a_sector_that_cannot_be_written_is_named(lab):
    """Not sanitised: it can still be read, and holds what it held."""
    stick = faulty(lab, eio_write={9000})
    outcome = wiped(lab, "MEDIUM ERROR for writes to one sector", stick)
    outcome.is_report(6, DIFFERS_AND_FAILED, not_written=[block(9000)], mismatch=[block(9000)], first=("foreign", 9000 * 512, 0))


@test
def an_error_that_passes_does_no_harm(lab):
    stick = faulty(lab, eio_write={9000, LAST}, eio_read={0, 9000}, eio_once=True)
    wiped(lab, "MEDIUM ERROR for two writes and two reads, once each", stick).is_certificate()


@test
def sectors_at_every_border_that_cannot_be_written_are_named(lab):
    """First and last of the medium, the last of a slot and the first of the next, a run; behind them a part of a slot."""
    last = LAST + 3
    stick = faulty(lab, 16 + 3 / 2048, eio_write={0, 1023, 1024, *range(9000, 9020), last})
    bad = [block(0), block(1023, 2), block(9000, 20), block(last)]
    outcome = wiped(lab, "MEDIUM ERROR for writes at borders", stick)
    outcome.is_report(6, DIFFERS_AND_FAILED, not_written=bad, mismatch=bad, first=("foreign", 0, 0))


@test
def sectors_of_4096_bytes_that_cannot_be_written_are_named(lab):
    last = SIZE // 4096 - 1
    stick = faulty(lab, bs=4096, eio_write={0, last})
    bad = [block(0, size=4096), block(last, size=4096)]
    outcome = wiped(lab, "MEDIUM ERROR for writes to sectors of 4096 bytes", stick)
    outcome.is_report(6, DIFFERS_AND_FAILED, not_written=bad, mismatch=bad, first=("foreign", 0, 0))


@test
def sectors_that_cannot_be_read_are_named(lab):
    """What they hold nobody knows: they took the write, but gave no proof of it."""
    stick = faulty(lab, eio_read={0, 1023, 1024, *range(9000, 9200), LAST})
    outcome = wiped(lab, "MEDIUM ERROR for reads at borders, and of a run of 200 sectors", stick)
    outcome.is_report(7, FAILED, not_read=[block(0), block(1023, 2), block(9000, 200), block(LAST)])


@test
def bad_sectors_of_both_kinds_are_told_apart(lab):
    stick = faulty(lab, eio_write={3000}, eio_read={3000, 5000})
    outcome = wiped(lab, "MEDIUM ERROR for writes and reads of one sector, for reads of another", stick)
    outcome.is_report(7, FAILED, not_written=[block(3000)], not_read=[block(3000), block(5000)])


# ---- media that go away or stop taking data

def unplugged_and_back(lab, outcome, **faults):
    """The same cells in the same stick, plugged in again."""
    stick = outcome.stick
    lab.pull(stick)
    return lab.stick(stick.serial, stick.flash.image, bs=stick.flash.bs, **faults)


def resumed(lab, outcome):
    again = unplugged_and_back(lab, outcome)
    return Outcome(lab, outcome.fault + "; plugged in again and resumed", again, lab.certwipe("resume", outcome.result["jobId"]))


@test
def a_stick_that_vanishes_while_it_is_read_back_is_resumed(lab):
    stick = faulty(lab, vanish_after_read=8 * MIB)
    outcome = wiped(lab, "vanishes while it is read back", stick).is_report(7, LOST, not_read=[EVERYTHING])
    resumed(lab, outcome).is_certificate()


@test
def a_stick_that_vanishes_with_the_last_write_is_resumed(lab):
    stick = faulty(lab, vanish_after=SIZE - 1)
    outcome = wiped(lab, "vanishes with the last write", stick).is_report(7, LOST, not_written=[EVERYTHING], not_read=[EVERYTHING])
    resumed(lab, outcome).is_certificate()


@test
def a_stick_that_turns_read_only_half_way_is_not_resumed_while_it_is(lab):
    """Its sectors are large so that the kernel has fewer of them to try one by one."""
    stick = faulty(lab, bs=4096, readonly_after=8 * MIB)
    outcome = wiped(lab, "turns read-only half-way", stick).is_report(7, LOST, not_written=[EVERYTHING], not_read=[EVERYTHING])
    assert any("take or give any data" in why for why in outcome.losses), outcome.losses
    again = unplugged_and_back(lab, outcome, readonly=True)
    lab.certwipe("resume", outcome.result["jobId"]).refused(3, "read-only")
    assert again.flash.written == 0


# ---- caches

@test
def a_cache_is_flushed_before_anything_is_certified(lab):
    """Pulled right behind the certificate, without a last breath for what the cache holds."""
    stick = faulty(lab, cache_bytes=4 * MIB, cache_lost_at_unplug=True)
    outcome = wiped(lab, "write cache, lost at unplug; pulled behind the certificate", stick)
    lab.pull(stick)
    outcome.is_certificate()


@test
def a_cache_that_only_pretends_to_be_flushed_is_found_by_recheck(lab):
    stick = faulty(lab, cache_bytes=4 * MIB, cache_lost_at_unplug=True, flush_lies=True)
    wiped(lab, "SYNCHRONIZE CACHE does nothing, and the cache is lost at unplug", stick).is_deceived()


@test
def a_lost_cache_is_noticed_by_resume(lab):
    """The cable is pulled while the stick is read back: the write counts as done, but the end of it is gone."""
    stick = faulty(lab, cache_bytes=4 * MIB, cache_lost_at_unplug=True, flush_lies=True, vanish_after_read=8 * MIB)
    outcome = wiped(lab, "SYNCHRONIZE CACHE does nothing; pulled while it is read back", stick)
    lab.judge(outcome.answer, 7, "destruction-report")
    again = resumed(lab, outcome)
    again.answer.refused(4, "does not hold what this job wrote")
    again.row()


@test
def a_flush_that_fails_ends_the_job(lab):
    stick = faulty(lab, cache_bytes=4 * MIB, flush_fails=True)
    wiped(lab, "SYNCHRONIZE CACHE fails", stick).is_report(7, FLUSH_FAILED, not_written=[EVERYTHING], not_read=[EVERYTHING])


@test
def a_flush_that_fails_once_and_lost_the_cache_is_found_out(lab):
    """The kernel repeats it, and the second one succeeds: only the reading shows what is missing."""
    stick = faulty(lab, cache_bytes=4 * MIB)
    disk = stick.bot.luns[0]

    def fails_once(target, cdb, data):
        del disk.hooks[SYNCHRONIZE_CACHE_10]
        stick.flash.lose_cache()
        raise Sense(3, 0x0C, 0x02)  # MEDIUM ERROR, write error

    disk.hooks[SYNCHRONIZE_CACHE_10] = fails_once
    outcome = wiped(lab, "SYNCHRONIZE CACHE fails once and has lost the cache", stick)
    lost = outcome.without_stream()  # at the end, but the kernel does not keep to the order of addresses
    assert sum(length for _, length in lost) == 4 * MIB, lost
    outcome.is_report(6, DIFFERS, mismatch=lost, first=("foreign", lost[0][0], 0))


@test
def a_flush_that_is_not_known_is_no_flush(lab):
    stick = faulty(lab, cache_bytes=4 * MIB, flush_fails=invalid_opcode())
    outcome = wiped(lab, "has a write cache and does not know SYNCHRONIZE CACHE", stick)
    outcome.is_report(7, FLUSH_FAILED, not_written=[EVERYTHING], not_read=[EVERYTHING])


# ---- time

def impatient(lab, stick):
    """The kernel gives a command 2 s instead of 30, so that hangs are over before the test is."""
    lab.guest.run("for f in timeout eh_timeout; do echo 2 >/sys/block/%s/device/$f; done" % stick.node[5:])
    return stick


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
def a_capacity_that_shrinks_at_a_reset_is_lost(lab):
    stick = impatient(lab, faulty(lab, bs=4096, shrink_after_reset=4 * MIB))
    hangs_until_reset(stick, hang_after=8 * MIB)
    wiped(lab, "4 MiB less after a reset", stick).is_report(7, LOST, not_written=[EVERYTHING], not_read=[EVERYTHING])


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


def quiet(lab):
    """Thousands of lines about bad sectors on an emulated serial console cost more than the tests; dmesg still has them."""
    lab.guest.run("dmesg -n 1")


main(prepare=quiet)
