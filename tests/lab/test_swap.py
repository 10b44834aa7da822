#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One stick goes and another comes, at every moment from the plan to the resume: nothing reaches the one that was not confirmed."""
import time

from bench import MIB, main, old_sectors, test
from crowd import untouched
from terminal import Terminal

SIZE_MIB = 16
PORT = "3"
OTHER = b"SOMEBODY ELSE'S DATA\n"


def plug(lab, serial, image, **faults):
    return lab.stick(serial, image, port=PORT, **faults)


def replace(lab, stick, serial, image, **faults):
    """Pulls one stick and plugs another one into the port where it was."""
    lab.pull(stick)
    return plug(lab, serial, image, **faults)


@test
def another_stick_under_the_name_of_the_planned_one(lab):
    a = plug(lab, "SWAPPLAN01", lab.image(SIZE_MIB))
    planned = lab.certwipe("plan", a.node, "--out", "/run/plan.json")
    assert planned.exit == 0, planned
    for serial, size_mib in (("SWAPPLAN02", SIZE_MIB), ("SWAPPLAN01", SIZE_MIB + 1)):
        b = replace(lab, a, serial, lab.image(size_mib))
        assert b.node == a.node, (a.node, b.node)
        listed = lab.list_file(serials=[serial])
        lab.certwipe("wipe", b.node, "--plan", "/run/plan.json", "--authorise", listed).refused(4, "is not the plan for")
        untouched(b)
        a = b


@test
def another_stick_while_the_question_is_on_the_screen(lab):
    a = plug(lab, "SWAPASK0001", lab.image(SIZE_MIB))
    person = Terminal(lab, "wipe", a.node).see("last six characters")
    b = replace(lab, a, "SWAPASK0002", lab.image(SIZE_MIB))
    person.type("SK0001").end().refused(4, "is not there any more")
    untouched(a, b)
    person = Terminal(lab, "wipe", b.node).see("last six characters").type("SK0001").see("does not name").type("sk-0002").end(b)
    person.is_certificate()  # the name was never the matter


@test
def another_stick_of_the_batch_while_the_question_is_on_the_screen(lab):
    """Neither has a serial number, so the one that came in between is asked for too; it holds something else."""
    a = plug(lab, "", lab.image(SIZE_MIB))
    person = Terminal(lab, "wipe", a.node).see("Type `replug`")
    b = replace(lab, a, "", lab.image(SIZE_MIB, OTHER))
    person.type("replug").see("Unplug it now")
    time.sleep(1)  # it must notice on its own that what is there is not what was
    c = replace(lab, b, "", b.flash.image)
    person.end().refused(4, "holds something else")
    untouched(a, b, c)


@test
def what_comes_back_is_not_what_was_unplugged(lab):
    a = plug(lab, "", lab.image(SIZE_MIB))
    for other, words in ((lab.image(SIZE_MIB, OTHER), "holds something else"), (lab.image(SIZE_MIB + 1), "another medium was plugged in")):
        person = Terminal(lab, "wipe", a.node).see("Type `replug`").type("replug").see("Unplug it now")
        b = replace(lab, a, "", other)
        person.end().refused(4, words)
        untouched(a, b)
        a = replace(lab, b, "", a.flash.image)
    person = Terminal(lab, "wipe", a.node).see("Type `replug`").type("replug").see("Unplug it now")
    lab.pull(a)
    a = lab.stick("", a.flash.image)  # another port: it is the stick that was confirmed
    person.end(a).is_certificate()


@test
def another_stick_at_the_first_look_and_at_the_first_write(lab):
    """Authorised by list; the stick goes at the exact moment when certwipe looks at it first, or writes to it first."""
    for moment, exit_status in (("vanish_after_read", 4), ("vanish_after", 7)):
        a = plug(lab, "INSTANT001", lab.image(SIZE_MIB))
        listed = lab.list_file(serials=["INSTANT001"])
        setattr(a.flash, moment, a.flash.bytes_read if exit_status == 4 else 0)
        wiping = lab.guest.spawn(lab.script("wipe", a.node, "--authorise", listed))
        assert a.link.gone.wait(60)
        b = replace(lab, a, "INSTANT002", lab.image(SIZE_MIB))
        stopped = lab.answer(wiping, "wipe", a.node)
        assert stopped.exit == exit_status and stopped.result["type"] == "destruction-report", stopped
        assert a.flash.written == 0 and old_sectors(a.flash) == SIZE_MIB * MIB // 512
        untouched(b)
        lab.pull(b)


@test
def another_stick_during_the_wipe_and_for_the_resume(lab):
    image = lab.image(SIZE_MIB)
    a = plug(lab, "DURING0001", image, vanish_after=SIZE_MIB * MIB // 2)
    wiping = lab.spawn_wipe(a)
    assert a.link.gone.wait(60)
    b = replace(lab, a, "DURING0002", lab.image(SIZE_MIB))
    job = lab.wait_wipe(wiping).is_report(7).result["jobId"]
    lab.certwipe("resume", job).refused(4, "is not plugged in")
    untouched(b)
    again = lab.stick("DURING0001", image)
    assert again.node != b.node
    resumed = lab.certwipe("resume", job)
    resumed.media = [again]
    resumed.is_certificate()
    untouched(b)


@test
def an_impostor_for_the_resume(lab):
    """The same strings, the same serial number, the same size; only what it holds gives it away."""
    a = plug(lab, "IMPOSTOR01", lab.image(SIZE_MIB))

    def vanish_in_verify(*_):
        if a.flash.written == SIZE_MIB * MIB:
            a.flash.vanish_after_read = a.flash.bytes_read + SIZE_MIB * MIB // 2

    a.flash.on_write = vanish_in_verify
    job = lab.wipe(a).is_report(7).result["jobId"]
    b = replace(lab, a, "IMPOSTOR01", lab.image(SIZE_MIB))
    lab.certwipe("resume", job).refused(4, "does not hold what this job wrote")
    again = lab.stick("IMPOSTOR01", a.flash.image)
    lab.certwipe("resume", job).refused(4, "cannot be told apart")
    untouched(b)
    lab.pull(b)
    resumed = lab.certwipe("resume", job)
    resumed.media = [again]
    resumed.is_certificate()


main()
