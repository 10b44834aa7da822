#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Media that get worse in places: what is left for the end, and what ends a job."""
from bench import MIB, main, test
from faults import block, covers, faulty, impatient, policy, wiped
from sim.scsi import Hang

SIZE = 16 * MIB
LAST = SIZE // 512 - 1


@test
def a_place_that_hangs_is_left_for_the_end(lab):
    """Its command fails when the kernel has no patience left; by then nothing behind it is written.  Tried again when all else is, it works."""
    stick = impatient(lab, faulty(lab))
    place, written = 6 * MIB, []

    def hang(offset, length):
        written.append((offset, length))
        if offset <= place < offset + length and not any(at >= 15 * MIB for at, _ in written):
            raise Hang()

    stick.flash.on_write = hang
    lab.guest.run("for f in /sys/block/%s/device/scsi_disk/*/max_retries; do echo 0 >$f; done" % stick.node[5:])
    outcome = wiped(lab, "a place hangs until all else is written", stick).is_certificate()
    last = max(i for i, (at, n) in enumerate(written) if at <= place < at + n)
    assert {at // MIB for at, _ in written[:last]} == set(range(16)), written


@test
def a_dying_stick_is_given_up_by_rule(lab):
    """Each new sector that it is asked for fails, in ever more places: growing defects."""
    stick = faulty(lab, eio_write={*range(4096, LAST, 300)})
    outcome = wiped(lab, "growing defects; the policy stops at 6 bad blocks", stick, *policy(lab, "strict", "stop-at-bad-blocks = 6"))
    outcome.row()
    lab.judge(outcome.answer, 7, "destruction-report")
    stop = outcome.evidence["interruptions"][0]
    assert stop["by"] == "rule" and stop["rule"] == {"name": "bad-blocks", "limit": 6, "found": 6}, outcome.answer
    assert outcome.answer.reason == "A rule of the policy stopped the job: the medium has too many bad blocks.", outcome.answer
    assert "destroy it physically" in outcome.evidence["nextStep"]["en"], outcome.answer
    named = outcome.exceptions("not-written")
    assert covers(named, [block(lba) for lba in range(4096, LAST, 300)]) and covers(named, outcome.without_stream()), outcome.answer
    lab.certwipe("resume", outcome.result["jobId"]).refused(4)


main()
