#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Media with bad sectors, media that vanish or stop taking data, and media that lose their cache."""
from bench import MIB, main, test
from faults import DIFFERS, DIFFERS_AND_FAILED, FAILED, FLUSH_FAILED, LOST, Outcome, block, faulty, wiped
from sim.scsi import SYNCHRONIZE_CACHE_10, Sense, invalid_opcode

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
    stick = faulty(lab, 16 + 3 / 2048, eio_write={0, 1023, 1024, *range(9000, 9006), last})
    bad = [block(0), block(1023, 2), block(9000, 6), block(last)]
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


def quiet(lab):
    """Thousands of lines about bad sectors on an emulated serial console cost more than the tests; dmesg still has them."""
    lab.guest.run("dmesg -n 1")


main(prepare=quiet)
