#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CD-RW and DVD-RW that are blanked, recorded all over, read back when they were out of the drive, and blanked again; and discs that do not come back from there."""
from bench import MIB, main, old_sectors, test
from discs import row, usb
from faults import DIFFERS, ELSEWHERE, STORES_NOTHING, tagged
from sim.flash import Flash
from sim.mmc import BLOCK, Burner, Disc
from sim.scsi import START_STOP_UNIT, Sense

DISC_MIB = 2
USED = 600  # blocks that are recorded; the cells behind them are full of old data too
EJECT, LOAD = 2, 3


class Watched(Burner):
    """What stands in the cells when the disc goes out, and what comes in instead."""

    seen, comes_in, takes_in = None, None, True

    def start_stop(self, cdb, data):
        if cdb[4] & 3 == EJECT and self.disc:
            self.seen = bytes(self.disc.flash.truth())
        if cdb[4] & 3 == LOAD and not self.takes_in:
            raise Sense(5, 0x24)
        super().start_stop(cdb, data)
        if cdb[4] & 3 == LOAD and self.comes_in:
            self.insert(self.comes_in)


def burner_with(lab, kind, serial, **faults):
    """A closed disc full of old data, and its drive, plugged in."""
    flash = Flash(lab.image(DISC_MIB), bs=BLOCK, **faults)
    written = {"used": USED, "closed": True} if kind in ("cd-rw", "dvd-rw") else {}
    burner = Watched(Disc(flash, kind, **written), serial=serial)
    burner.hooks[START_STOP_UNIT] = Watched.start_stop
    return burner, lab.plug(usb(burner), burner.serial)


def wiped(lab, kind, serial, *options, **faults):
    burner, stick = burner_with(lab, kind, serial, **faults)
    answer = lab.certwipe(*tagged(lab, stick.node, *options), timeout_s=600)
    answer.media = [stick]
    return burner, answer


def differs_everywhere(held, blocks):
    """No block of so many is like another, or holds old data: what stands there was recorded, and is no pattern."""
    sectors = {held[i * BLOCK:(i + 1) * BLOCK] for i in range(blocks)}
    return len(sectors) == blocks and not any(b"old data" in sector for sector in sectors)


@test
def a_disc_is_blanked_recorded_read_back_and_blanked(lab):
    for kind in ("dvd-rw", "cd-rw"):
        burner, answer = wiped(lab, kind, kind.upper().replace("-", "") + "01")
        row(lab, "optical_track", burner.disc, answer)
        answer.is_report(7)
        document = answer.evidence()
        assert document["sanitization"]["technique"] == "optical_track" and document["verification"]["reloadedBy"] == "drive", answer
        assert document["verification"]["result"] == "pass" and answer.result["level"] == "none" and "K8" in str(document), answer
        assert burner.seen and differs_everywhere(burner.seen, burner.disc.flash.blocks - 2), "%s: not all of it was recorded" % kind
        assert not old_sectors(burner.disc.flash) and not burner.disc.used, "%s: something is left" % kind
        lab.pull(answer.media[0])


@test
def a_policy_that_accepts_it_in_writing_has_it_cleared(lab):
    path = "%s/policy/discs.policy" % lab.state
    lab.guest.run("mkdir -p %s/policy; sed 's/^id = .*/id = discs/; s/^unconfirmed-levels = no/unconfirmed-levels = yes/' /lab/certwipe/share/policy/default.policy >%s" % (lab.state, path))
    burner, answer = wiped(lab, "dvd-rw", "ACCEPT02", "--policy", "discs")
    assert answer.exit == 0 and answer.result["type"] == "destruction-certificate", answer  # not is_certificate(): what was recorded is gone again
    assert answer.result["level"] == "clear" and "K8" in str(answer.evidence()), answer
    assert not old_sectors(burner.disc.flash)


@test
def what_a_burner_drops_shows_when_the_disc_is_in_again(lab):
    burner, answer = wiped(lab, "cd-rw", "LIAR0003", drop_from=DISC_MIB * MIB // 2)
    row(lab, "optical_track", burner.disc, answer, "drops what is recorded on half of it")
    answer.is_report(6)
    assert answer.reason in (DIFFERS, ELSEWHERE, STORES_NOTHING), answer


@test
def another_disc_that_comes_in_is_left_alone(lab):
    for kind, instead in (("dvd-ram", "dvd-ram"), ("dvd+rw", "bd-re")):
        burner, stick = burner_with(lab, kind, "SWAP" + kind[3:].replace("+", "P").replace("-", "M").upper())
        other = Disc(Flash(lab.image(DISC_MIB), bs=BLOCK), instead)
        burner.comes_in = other
        answer = lab.certwipe(*tagged(lab, stick.node), timeout_s=600)
        assert answer.exit == 4 and answer.result["outcome"] != "sanitised", answer
        assert other.flash.written == 0, "something was written to the other disc"
        lab.pull(stick)


@test
def where_a_drive_does_not_take_it_in_somebody_is_asked_to(lab):
    """As the drives of notebooks."""
    burner, stick = burner_with(lab, "dvd+rw", "SLIM0005")
    burner.takes_in = False
    words = tagged(lab, stick.node, "--progress", "json")
    job = lab.guest.spawn(lab.script(*words))
    lab.guest.run("until grep -q '\"event\":\"reload\"' /lab/%s.err; do sleep .2; done" % job)
    assert burner.tray_open
    burner.load()
    answer = lab.answer(job, *words)
    answer.media = [stick]
    answer.is_report(7)
    assert answer.evidence()["verification"]["reloadedBy"] == "person", answer
    assert not old_sectors(burner.disc.flash)


if __name__ == "__main__":
    main()
