# SPDX-License-Identifier: Apache-2.0
"""Many sticks at once, each used by somebody in another way: how they get so, what certwipe must say of each, and that none gets a byte."""
import json
import re
import subprocess

from sim.flash import Flash
from sim.scsi import ATA_PASS_THROUGH_12, ATA_PASS_THROUGH_16, FORMAT_UNIT, SANITIZE, UNMAP, WRITE_SAME_10, WRITE_SAME_16, WRITES, Disk
from sim.usb import Bot

DESTRUCTIVE = WRITES + (FORMAT_UNIT, SANITIZE, UNMAP, WRITE_SAME_10, WRITE_SAME_16, ATA_PASS_THROUGH_12, ATA_PASS_THROUGH_16)
STATES = {3: "system", 4: "ambiguous", 5: "in-use"}
ORDER = (6, 7, 9, 1, 130, 4, 5, 3, 8, 2, 0)  # of several media the first in this order is the exit status: design section 5


def untouched(*sticks):
    """Not a byte was written since the test set `mark`, and no command that writes was even sent."""
    for stick in sticks:
        begun, written = getattr(stick, "mark", (0, 0))
        sent = [cdb.hex() for target in stick.bot.luns for cdb in target.journal[begun:] if cdb[0] in DESTRUCTIVE]
        got = stick.flash.written - written
        assert not sent and not got, "%s at %s got %d bytes and the commands %s" % (stick.serial or "a stick", stick.nodes, got, sent[:5])


class Used:
    """A stick that somebody uses.

    take     shell commands that make it so; $d is its node
    says     words of the reason: of what uses it, or of why it is locked
    hidden   nobody can see who it is: only the kernel knows, so `list` shows it as ready
    """

    def __init__(self, serial, image, take, exit_status, says, hidden=False):
        self.serial, self.image, self.take, self.exit, self.says, self.hidden = serial, image, take, exit_status, says, hidden


def formatted(lab, *command, mib=4):
    """An image with a file system or the like; `command` gets its path as the last word."""
    path = lab.image(mib, old=None)
    made = subprocess.run([*command, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert made.returncode == 0, "%s: %s" % (command, made.stdout)
    return path


def plug_all(lab, images):
    """Sticks for these (serial, image) pairs, in their order; serials may be the same."""
    before, sticks = lab.blocks(), []
    for number, (serial, image) in enumerate(images):
        disk = Disk(Flash(image), vendor="Kingston", product="DataTraveler 3.0")
        bot = Bot([disk], maker="Kingston", product="DataTraveler 3.0", serial=serial)
        sticks.append(lab.plug(bot, serial, wait=False, bus="xhci.0" if number < 12 else "ehci.0"))  # one controller has too few ports
    lab.wait_new(before, len(sticks))
    usb_serial = "$(cat $(readlink -f $n | sed 's|/host.*||')/../serial)"
    found = lab.guest.run("cd /sys/block; for n in sd*; do echo $n $(cat $n/size) %s; done" % usb_serial).out.splitlines()
    for stick in sticks:
        line = next(line for line in found if line.split()[1:] == [str(stick.flash.claimed // 512), stick.serial])
        found.remove(line)
        stick.nodes = ["/dev/" + line.split()[0]]
    return sticks


def take(lab, uses):
    """Plugs the sticks in and has them used; returns them."""
    sticks = plug_all(lab, [(use.serial, use.image) for use in uses])
    for use, stick in zip(uses, sticks):
        stick.use = use
    one = "d=%s\n(set -e; %s\n:)\n[ $? = 0 ] || { echo %s cannot be used so >&2; exit 1; }\n"
    script = "".join(one % (stick.node, stick.use.take, stick.serial) for stick in sticks)
    taken = lab.guest.run(script + "sync; udevadm settle")
    assert taken.rc == 0, taken
    for stick in sticks:
        stick.mark = (len(stick.bot.luns[0].journal), stick.flash.written)
    return sticks


def shown_in_list(lab, sticks):
    rows = {row["node"]: row for row in lab.certwipe("list", "--all").doc["media"]}
    for stick in sticks:
        use, row = stick.use, rows[stick.node]
        said = row["why"] + " ".join(u["what"] for u in row["uses"])
        expected = "ready" if use.hidden or not use.exit else STATES[use.exit]
        assert row["state"] == expected and (use.hidden or use.says in said), (use.serial, row)


def shown_in_inspect_and_plan(lab, sticks):
    """One script for all of them: a command to the guest takes as long as a short certwipe."""
    script = "\n".join("%s >/run/doc; echo '{\"exit\":'$?', \"doc\":'$(cat /run/doc)'}'" % lab.script(command, stick.node)
                       for stick in sticks for command in ("inspect", "plan"))
    answers = [json.loads(line) for line in lab.guest.run(script + " 2>/dev/null").out.splitlines()]
    for stick, inspected, planned in zip(sticks, answers[0::2], answers[1::2]):
        use, doc = stick.use, inspected["doc"]
        said = doc["why"] + " ".join(u["what"] for u in doc["uses"])
        assert inspected["exit"] == 0 and doc["state"] == STATES.get(use.exit, "ready"), (use.serial, doc)
        assert use.hidden or use.says in said, (use.serial, doc)
        # A plan is made for what can be released, and says who uses it; none for what the system stands on.
        assert planned["exit"] == (3 if use.exit == 3 else 0), (use.serial, planned)
        assert use.exit != 5 or use.hidden or use.says in json.dumps(planned["doc"]["uses"]), (use.serial, planned)


def judged_together(lab, sticks):
    """One call for all of them: those that nobody uses are wiped and certified, the others refused with the reason, untouched."""
    listed = lab.list_file(serials=sorted({stick.serial for stick in sticks}))
    answer = lab.certwipe("wipe", *(stick.node for stick in sticks), "--authorise", listed)
    assert answer.exit == min((stick.use.exit for stick in sticks), key=ORDER.index), answer
    for stick in sticks:
        if stick.use.exit:
            answer.about(stick).refused(stick.use.exit, stick.use.says)
            untouched(stick)
        else:
            answer.about(stick).is_certificate()
    return answer


def release(lab, *sticks):
    """What a person does who reads `inspect` and types the commands that it prints, from the first to the last."""
    for stick in sticks:
        text = lab.guest.run("certwipe inspect %s --state %s" % (stick.node, lab.state)).out
        commands = re.findall("release it with: (.*)$", text, re.MULTILINE)
        ended = lab.guest.run("set -e\n" + "\n".join(commands) + "\nudevadm settle")
        assert commands and ended.rc == 0, (stick.serial, text, ended)
