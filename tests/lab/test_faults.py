#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Media that lie about how much they hold, where they put it and what they read back."""
import os

from bench import MIB, main, test
from faults import DIFFERS, ELSEWHERE, SLOT, STORES_NOTHING, Outcome, authorised, block, faulty, policy, replugged, wiped
from sim.flash import Flash
from sim.scsi import Disk
from sim.usb import Bot


@test
def an_honest_stick_is_certified(lab):
    """The control: the same steps without a fault, and again after a replug."""
    stick = faulty(lab)
    outcome = wiped(lab, "none (control)", stick).is_certificate()
    lab.pull(stick)
    assert outcome.recheck().exit == 0


# ---- less than it says

def wraps(lab, claimed, real):
    """Each cell holds what came last, so as much as reads back equal is what there is."""
    stick = faulty(lab, image=lab.image(real / MIB), claimed=claimed, real=real)
    outcome = wiped(lab, "says %d bytes, has %d, wraps" % (claimed, real), stick)
    outcome.is_report(6, ELSEWHERE, mismatch=[(0, claimed - real)], first=("other-offset", 0, (claimed - 1) // real * real),
                      real=("wrap", real, True))
    verification = outcome.evidence["verification"]
    assert verification["coverageBytes"] - verification["mismatchBytes"] == real, verification
    assert "K18" in [c["id"] for c in outcome.evidence["caveats"]], outcome.answer
    return outcome


@test
def a_stick_that_wraps_is_found_out(lab):
    outcome = wraps(lab, 40 * MIB, 16 * MIB)
    shown = lab.guest.run("certwipe certificate show %s/evidence.json --state %s" % (outcome.result["path"], lab.state)).out
    assert "in truth          16.8 MB (16777216 bytes)" in shown and "not genuine: it reports 41943040 bytes and holds 16777216" in " ".join(shown.split()), shown


@test
def a_stick_that_wraps_inside_a_slot_is_found_out(lab):
    wraps(lab, 33 * MIB + 300 * 512, 16 * MIB + 7 * 512)


def without_rest(lab, content, kind):
    """Behind the first 12 of 16 MiB nothing is stored, and reads answer always the same."""
    image = lab.image(16)
    with open(image, "r+b") as cells:
        cells.seek(12 * MIB)
        cells.write(content)
    stick = faulty(lab, image=image, drop_from=12 * MIB)
    outcome = wiped(lab, "says 16 MiB, has 12, answers %s for the rest" % kind, stick)
    # Noise may be old data, and those had cells once.
    noise = kind == "noise"
    outcome.is_report(6, DIFFERS if noise else STORES_NOTHING, mismatch=[(12 * MIB, 4 * MIB)], first=("foreign" if noise else kind, 12 * MIB, 0),
                      real=None if noise else ("drop", 12 * MIB, True))


@test
def a_rest_of_zeros_is_found_out(lab):
    without_rest(lab, bytes(4 * MIB), "zeros")


@test
def a_rest_of_ones_is_found_out(lab):
    without_rest(lab, b"\xff" * (4 * MIB), "ones")


@test
def a_rest_of_noise_is_found_out(lab):
    without_rest(lab, os.urandom(4 * MIB), "noise")


# ---- found while it is written

LARGE = 128 * MIB  # smaller than 64 MiB nothing is looked at early


def early(outcome):
    """(how, at most so many bytes), and the events of the look that led to it."""
    lie = outcome.evidence["notGenuine"]
    assert not lie["exact"] and outcome.evidence["spotCheck"]["differing"] >= 2, outcome.answer
    return lie["how"], lie["realBytes"]


@test
def a_large_honest_stick_is_certified(lab):
    stick = faulty(lab, 64)
    outcome = wiped(lab, "none; large enough for an early look", stick).is_certificate()
    assert "spotCheck" not in outcome.evidence, outcome.answer
    looked = lab.guest.run("grep -h '\"event\":\"spot-check\"' %s/journal.jsonl" % outcome.result["path"]).out
    assert '"differing":[]' in looked, looked


@test
def a_counterfeit_is_found_before_half_of_it_is_written(lab):
    """By the rule of the default policy; its 16 MiB would be written eight times otherwise."""
    stick = faulty(lab, image=lab.image(16), claimed=LARGE, real=16 * MIB)
    outcome = wiped(lab, "says 128 MiB, has 16, wraps; early look", stick, "--progress", "json")
    outcome.row()
    lab.judge(outcome.answer, 6, "destruction-report")
    assert outcome.answer.reason == ELSEWHERE and early(outcome) == ("wrap", 16 * MIB), outcome.answer
    stop = outcome.evidence["interruptions"][0]
    assert stop["by"] == "rule" and stop["rule"] == {"name": "not-genuine", "limit": LARGE, "found": 16 * MIB}, outcome.answer
    assert "destroy it physically" in outcome.evidence["nextStep"]["en"], outcome.answer
    assert stick.flash.written < LARGE / 2, stick.flash.written
    assert "holds 134.2 MB, and holds at most 16.8 MB" in outcome.answer.err, outcome.answer
    lab.certwipe("resume", outcome.result["jobId"]).refused(4)


@test
def a_counterfeit_is_told_to_the_person_who_may_stop(lab):
    """Where the policy does not stop it.  What lies behind its real end was never stored, and is old data here."""
    stick = faulty(lab, 128, drop_from=40 * MIB)
    words = authorised(lab, stick, "--progress", "json", *policy(lab, "patient"))
    job = lab.guest.spawn(lab.script(*words))
    lab.guest.run("until grep -q '\"event\":\"not-genuine\"' /lab/%s.err; do sleep .1; done" % job)
    jobs = lab.certwipe("jobs").doc["jobs"]
    assert jobs[0]["progress"]["notGenuine"] == "drop" and 40 * MIB <= jobs[0]["progress"]["realBytes"] < 80 * MIB, jobs
    lab.certwipe("stop", jobs[0]["jobId"])
    outcome = Outcome(lab, "says 128 MiB, has 40, drops the rest; early look, stopped", stick, lab.answer(job, *words))
    outcome.row()
    lab.judge(outcome.answer, 6, "destruction-report")
    how, real = early(outcome)
    assert how == "drop" and 40 * MIB <= real < 80 * MIB and outcome.answer.reason == STORES_NOTHING, outcome.answer
    assert [i["by"] for i in outcome.evidence["interruptions"]] == ["operator"], outcome.answer


# ---- cells that are not where they should be, or not what they should be

@test
def dropped_writes_leave_the_old_data_and_are_named(lab):
    """From the middle of a sector on, too: then the whole sector is wrong."""
    stick = faulty(lab, drop_from=10 * MIB + 100)
    wiped(lab, "drops writes above 10 MiB", stick).is_report(6, DIFFERS, mismatch=[(10 * MIB, 6 * MIB)], first=("foreign", 10 * MIB, 0))


@test
def two_addresses_of_one_cell_are_told_apart(lab):
    """What is written for the second address lies on the first; the second one's own cells, with their old data, nobody can reach."""
    stick = faulty(lab, alias=(2 * MIB, 9 * MIB, 64 * 1024))
    outcome = wiped(lab, "two addresses lead to the same cells", stick)
    outcome.is_report(6, ELSEWHERE, mismatch=[(2 * MIB, 64 * 1024)], first=("other-offset", 2 * MIB, 9 * MIB))


@test
def an_address_line_that_is_not_connected_is_found_out(lab):
    half = 1 << 20
    stick = faulty(lab, address_lines_stuck={20})
    outcome = wiped(lab, "one address line does nothing", stick)
    outcome.is_report(6, ELSEWHERE, mismatch=[(at, half) for at in range(0, 16 * MIB, 2 * half)], first=("other-offset", 0, half),
                      real=("alias", 8 * MIB, False))


def stuck_words(*offsets):
    """Eight cells from each offset on: a single one is by chance what the stream asks for once in 256 times."""
    return {offset + i: 0x11 for offset in offsets for i in range(8)}


@test
def single_stuck_cells_are_found_wherever_they_are(lab):
    """First and last word of the medium, the last of a slot, and the first of the next one in sectors of their own."""
    size = 16 * MIB
    stick = faulty(lab, stuck=stuck_words(0, SLOT - 8, SLOT, 5 * MIB + 700, size - 8))
    bad = [block(0), (SLOT - 512, 1024), (5 * MIB + 512, 512), (size - 512, 512)]
    wiped(lab, "five stuck words, at borders", stick).is_report(6, DIFFERS, mismatch=bad, first=("foreign", 0, 0))


@test
def sectors_of_4096_bytes_are_named_whole(lab):
    size = 16 * MIB
    stick = faulty(lab, bs=4096, stuck=stuck_words(700 * 4096 + 4088, size - 8))
    outcome = wiped(lab, "stuck words in sectors of 4096 bytes", stick)
    outcome.is_report(6, DIFFERS, mismatch=[block(700, size=4096), (size - 4096, 4096)], first=("foreign", 700 * 4096, 0))


@test
def one_bit_that_rots_before_it_is_read_back_is_found(lab):
    stick = faulty(lab, bitrot={7 * MIB + 513: 0x01}, rot_after=16 * MIB)
    outcome = wiped(lab, "one bit flips between write and verify", stick)
    outcome.is_report(6, DIFFERS, mismatch=[(7 * MIB + 512, 512)], first=("foreign", 7 * MIB + 512, 0))


# ---- reads that do not come from the cells

@test
def stale_reads_are_no_proof_even_of_a_real_wipe(lab):
    stick = faulty(lab, stale_reads=True)
    wiped(lab, "reads return what was there before", stick).is_report(6, DIFFERS, mismatch=[(0, 16 * MIB)], first=("foreign", 0, 0))


@test
def a_stale_range_is_named_alone(lab):
    stick = faulty(lab, stale_reads=True, stale_range=(5 * MIB + 512, 6 * MIB))
    outcome = wiped(lab, "reads of one range return what was there before", stick)
    outcome.is_report(6, DIFFERS, mismatch=[(5 * MIB + 512, MIB - 512)], first=("foreign", 5 * MIB + 512, 0))


@test
def data_that_come_back_with_the_power_are_found_by_recheck(lab):
    """No reading can tell while the medium has power: the certificate says so, and what the remedy is."""
    stick = faulty(lab, keeps_old_from=8 * MIB)
    wiped(lab, "answers from memory; old data are back after a replug", stick).is_deceived()


@test
def data_that_come_back_with_the_power_are_found_behind_a_replug(lab):
    stick = faulty(lab, keeps_old_from=8 * MIB)
    outcome = replugged(lab, "answers from memory; --replug", stick)
    outcome.is_report(6, DIFFERS, mismatch=[(8 * MIB, 8 * MIB)], first=("foreign", 8 * MIB, 0))


@test
def a_replug_does_no_harm_to_a_good_stick(lab):
    replugged(lab, "none; --replug", faulty(lab)).is_certificate()


class Compressing(Flash):
    """Blocks of one byte value are not programmed but noted in a table, and the cells keep what they held: controllers save wear so."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self._noted = {}

    def _accept(self, lba, data, fua):
        for i, block_data in self._split(lba, data).items():
            if block_data == block_data[:1] * self.bs:
                self._noted[i] = block_data
            else:
                self._noted.pop(i, None)
                super()._accept(i, block_data, fua)

    def read(self, lba, count):
        data = bytearray(super().read(lba, count))
        for i in range(lba, lba + count):
            if i in self._noted:
                data[(i - lba) * self.bs:(i - lba + 1) * self.bs] = self._noted[i]
        return bytes(data)


def compressing(lab):
    lab.n += 1
    serial = "60A44C3F%04d" % lab.n
    disk = Disk(Compressing(lab.image(16)), vendor="Kingston", product="DataTraveler 3.0")
    return lab.plug(Bot([disk], maker="Kingston", product="DataTraveler 3.0", serial=serial), serial)


@test
def a_stick_that_compresses_must_store_the_keystream(lab):
    stick = compressing(lab)
    wiped(lab, "stores blocks of one value as a note", stick).is_certificate()


@test
def zeros_on_a_stick_that_compresses_are_not_all_that_is_written(lab):
    """A scheme of zeros alone would leave every cell as it was."""
    stick = compressing(lab)
    outcome = wiped(lab, "stores blocks of one value as a note; scheme zero", stick, "--scheme", "zero")
    outcome.row()
    assert (outcome.answer.exit, outcome.result["type"]) == (0, "destruction-certificate"), outcome.answer
    assert "keystream" in [entry["kind"] for entry in outcome.evidence["passes"]], outcome.evidence["passes"]

main()
