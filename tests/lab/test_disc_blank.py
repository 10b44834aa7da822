#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Discs in simulated USB burners that are told to blank them, or to format them: what is left in the cells, and what is said of that."""
import time

from bench import assert_wiped, main, old_sectors, test
from discs import row, usb
from faults import tagged
from sim.flash import Flash
from sim.mmc import BLANK_FULL, BLOCK, Burner, Disc

DISC_MIB = 4
USED = 1000  # blocks that are recorded; the cells behind them are full of old data too
BLANK = 0xA1
WHOLE = ("--technique", "optical_blank")
GOOD_BYE = "no level may be claimed for that: destroy it physically"


def burner_with(lab, kind, serial, **settings):
    """A closed disc full of old data, and its drive, plugged in."""
    flash = Flash(lab.image(DISC_MIB), bs=BLOCK)
    burner = Burner(Disc(flash, kind, used=USED, closed=True), serial=serial, **settings)
    return burner, lab.plug(usb(burner), burner.serial)


def blanked(lab, kind, serial, *options, lie=None):
    """The burner, and what certwipe says of a disc in it that was to be blanked."""
    burner, stick = burner_with(lab, kind, serial)
    if lie:
        burner.hooks[BLANK] = lie
    answer = lab.certwipe(*tagged(lab, stick.node, *(options or WHOLE)))
    answer.media = [stick]
    return burner, answer


def is_risk_reduction(answer, *words):
    answer.is_report(7)
    assert answer.result["level"] == "none" and "K8" in str(answer.evidence()), answer
    for word in words:
        assert word in answer.reason, (word, answer)


@test
def a_full_blanking_leaves_nothing_and_is_claimed_for_nothing(lab):
    for i, kind in enumerate(("cd-rw", "dvd-rw", "dvd-rw-ro")):
        burner, answer = blanked(lab, kind, "BLANKS%02d" % i)
        row(lab, "optical_blank", burner.disc, answer)
        is_risk_reduction(answer, GOOD_BYE)
        assert not old_sectors(burner.disc.flash), "%s: old data is left" % kind
        lab.pull(answer.media[0])


@test
def a_minimal_blanking_leaves_everything_and_says_so(lab):
    burner, answer = blanked(lab, "cd-rw", "MINIMAL1", "--technique", "optical_blank_min")
    row(lab, "optical_blank_min", burner.disc, answer)
    is_risk_reduction(answer, "all data are still on it")
    assert answer.evidence()["verdict"]["result"] == "not-sanitised", answer
    assert old_sectors(burner.disc.flash) == burner.disc.flash.blocks


@test
def what_was_blanked_quickly_is_blanked_whole(lab):
    """The kernel sees a disc without a size, the cells are full."""
    burner, stick = burner_with(lab, "cd-rw", "QUICKLY2")
    burner.disc.blank(full=False)
    burner.insert(burner.disc)
    lab.guest.run("udevadm settle; udevadm trigger --settle %s" % stick.node)
    deadline = time.monotonic() + 20
    while lab.inspect(stick.node).doc["medium"].get("disc") != "blank":
        assert time.monotonic() < deadline, "the blank disc was not noticed"
        time.sleep(0.3)
    answer = lab.certwipe(*tagged(lab, stick.node, *WHOLE))
    answer.media = [stick]
    is_risk_reduction(answer, GOOD_BYE)
    assert not old_sectors(burner.disc.flash)


def says_yes_and_does_nothing(burner, cdb, data):
    burner.start_op(cdb[1] & 0x10, lambda: None)


@test
def a_burner_that_lies_is_caught(lab):
    class Liar(Disc):
        """Blank by its own word, and read like before."""

        says_blank = False

        @property
        def status(self):
            return 0 if self.says_blank else super().status

    def keep(burner, cdb, data):
        burner.start_op(cdb[1] & 0x10, lambda: setattr(burner.disc, "says_blank", True))

    flash = Flash(lab.image(DISC_MIB), bs=BLOCK)
    burner = Burner(Liar(flash, "dvd-rw", used=USED, closed=True), serial="LIAR0003")
    burner.hooks[BLANK] = keep
    stick = lab.plug(usb(burner), burner.serial)
    answer = lab.certwipe(*tagged(lab, stick.node, *WHOLE))
    answer.media = [stick]
    row(lab, "optical_blank", burner.disc, answer, "says that it is blank and keeps the data")
    answer.is_report(6)
    assert "something was found on it" in answer.reason and old_sectors(flash), answer
    lab.pull(stick)
    burner, answer = blanked(lab, "cd-rw", "IDLER004", lie=says_yes_and_does_nothing)
    row(lab, "optical_blank", burner.disc, answer, "takes the command and does nothing")
    answer.is_report(6)


@test
def a_burner_that_is_pulled_out_in_the_middle_is_blanked_anew(lab):
    burner, stick = burner_with(lab, "cd-rw", "PULLED05", op_secs=60)
    job = lab.guest.spawn(lab.script(*tagged(lab, stick.node, *WHOLE)))
    deadline = time.monotonic() + 60
    while not any(cdb[0] == BLANK for cdb in burner.journal):
        assert time.monotonic() < deadline, "the disc is not blanked"
        time.sleep(0.1)
    time.sleep(2)
    lab.pull(stick)
    answer = lab.answer(job, "wipe")
    answer.media = [stick]
    is_risk_reduction(answer, "blank it again")
    burner.op_secs, burner.busy_until = 0.5, 0
    stick = lab.plug(usb(burner), burner.serial)
    closed = lab.certwipe("resume", answer.result["jobId"], "--close", "--reason", "pulled-out")
    assert closed.exit == 7, closed
    answer = lab.certwipe(*tagged(lab, stick.node, *WHOLE))
    answer.media = [stick]
    is_risk_reduction(answer, GOOD_BYE)
    assert not old_sectors(burner.disc.flash)


@test
def an_unformatted_disc_is_formatted_and_then_overwritten(lab):
    for i, kind in enumerate(("dvd+rw", "bd-re")):
        flash = Flash(lab.image(DISC_MIB), bs=BLOCK)
        burner = Burner(Disc(flash, kind, formatted=False), serial="FORMAT%02d" % i)
        stick = lab.plug(usb(burner), burner.serial)
        answer = lab.certwipe(*tagged(lab, stick.node))
        answer.media = [stick]
        row(lab, "optical_format", burner.disc, answer)
        is_risk_reduction(answer, "put it in again, and wipe it")
        assert burner.disc.formatted
        lab.pull(stick)
        stick = lab.plug(usb(burner), burner.serial)
        answer = lab.certwipe(*tagged(lab, stick.node))
        answer.media = [stick]
        answer.is_report(7)
        assert_wiped(answer.folder, flash)
        lab.pull(stick)


@test
def a_dry_run_says_what_would_be_sent_and_sends_nothing(lab):
    burner, stick = burner_with(lab, "dvd-rw", "DRYRUN06")
    answer = lab.certwipe("wipe", stick.node, "--dry-run", *WHOLE)
    assert answer.exit == 0, answer
    sent = [command["requestHex"] for command in answer.doc["results"][0]["commands"]] if "results" in answer.doc else str(answer.doc)
    assert "a1%02x" % (0x10 | BLANK_FULL) in str(sent), answer
    assert not any(cdb[0] == BLANK for cdb in burner.journal)


if __name__ == "__main__":
    main()
