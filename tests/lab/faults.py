# SPDX-License-Identifier: Apache-2.0
"""What the tests of media that lie and fail have in common: a wipe, the truth that the simulator knows, and what a report must say of it.

    stick = faulty(lab, eio_write={9000})
    wiped(lab, "one bad sector", stick).is_report(6, DIFFERS_AND_FAILED, not_written=[block(9000)], mismatch=[block(9000)])

Ranges are pairs of offset and length in bytes, as in the exceptions of a document.
"""
import os
import subprocess
import sys

from bench import MIB, ROOT, STATE, old_sectors

sys.path.insert(0, ROOT + "/tests/flow")
import holds  # noqa: E402  what a document says was written

SLOT = 512 * 1024  # the engine's requests begin and end at multiples of it

# The sentences of src/evidence/verdict.c.
CERTIFIED = "Every planned byte was written, read back and is equal."
DIFFERS = "What was read back is not what was written."
ELSEWHERE = "The medium returned data that was written for another place: it does not hold as much as it reports."
STORES_NOTHING = "The medium stores nothing beyond a part of what it reports to hold."
FAILED = "Some sectors could not be written or read; what they hold was not destroyed."
DIFFERS_AND_FAILED = "Some sectors could not be written or read, and what was read back is not what was to be written."
LOST = "The medium or the program that worked on it was lost before the end."
FLUSH_FAILED = "The medium took data and then did not store them: writing out its cache failed."


def faulty(lab, mib=16, image=None, **settings):
    """A stick full of old data with a serial number that no other test has, and with the faults of sim/flash.py."""
    lab.n += 1
    return lab.stick("60A44C3F%04d" % lab.n, image or lab.image(mib), **settings)


def authorised(lab, stick, *options):
    """The words of a wipe by an authorisation list that names this stick."""
    return ["wipe", stick.node, "--authorise", lab.list_file(serials=[stick.serial]), *options]


def tagged(lab, node, *options):
    """The same for a medium without a serial number of its own, by its asset tag."""
    lab.n += 1
    for name, text in (("tag.case", "[case]\nassetTag = T-%d\n"), ("tag.csv", "asset_tag,approval_number\nT-%d,A-2026-001\n")):
        with open("%s/%s" % (lab.guest.share, name), "w") as f:
            f.write(text % lab.n)
    return ["wipe", node, "--case", "/lab/tag.case", "--authorise", "/lab/tag.csv", *options]


def wiped(lab, fault, stick, *options, timeout_s=180):
    return Outcome(lab, fault, stick, lab.certwipe(*authorised(lab, stick, *options), timeout_s=timeout_s))


def replugged(lab, fault, stick):
    """A wipe with --replug: pulled when certwipe asks for it, and plugged in again over the same cells, without what it had only in its memory."""
    words = authorised(lab, stick, "--replug", "--progress", "json")
    job = lab.guest.spawn(lab.script(*words))
    lab.guest.run("until grep -q '\"event\":\"replug\"' /lab/%s.err; do sleep .2; done" % job)
    lab.pull(stick)
    again = lab.stick(stick.serial, stick.flash.image, bs=stick.flash.bs)
    return Outcome(lab, fault, again, lab.answer(job, *words))


def impatient(lab, stick):
    """The kernel gives a command 2 s instead of 30, so that hangs are over before the test is."""
    lab.guest.run("for f in timeout eh_timeout; do echo 2 >/sys/block/%s/device/$f; done" % stick.node[5:])
    return stick


def policy(lab, name, *lines):
    """The default policy under another name, with these lines about how jobs run instead of its own; options for a wipe."""
    with open(ROOT + "/share/policy/default.policy") as f:
        text = f.read().replace("\nid = default\n", "\nid = %s\n" % name)
    with open("%s/%s.policy" % (lab.guest.share, name), "w") as f:
        f.write(text.partition("\n[running]\n")[0] + "\n[running]\n" + "".join(line + "\n" for line in lines))
    lab.guest.run("mkdir -p %s/policy; cp /lab/%s.policy %s/policy/" % (lab.state, name, lab.state))
    return ("--policy", name)


def block(lba, count=1, size=512):
    return (lba * size, count * size)


def merged(ranges):
    """The same bytes as ascending ranges that do not touch."""
    out = []
    for start, length in sorted(ranges):
        if out and start <= out[-1][0] + out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], start + length - out[-1][0]))
        else:
            out.append((start, length))
    return out


def covers(whole, parts):
    whole = merged(whole)
    return all(any(start <= a and a + n <= start + length for start, length in whole) for a, n in merged(parts))


def differing(found, expected, size):
    """Ranges of blocks that are not equal."""
    return merged((i, size) for at in range(0, len(found), MIB) if found[at:at + MIB] != expected[at:at + MIB]
                  for i in range(at, min(at + MIB, len(found)), size) if found[i:i + size] != expected[i:i + size])


class Outcome:
    """What certwipe said and signed of one faulty medium, beside what that medium holds."""

    def __init__(self, lab, fault, stick, answer):
        self.lab, self.fault, self.stick, self.answer = lab, fault, stick, answer
        answer.media = [stick]
        self.result = answer.result
        self.evidence = answer.evidence()

    # ---- what certwipe says

    def exceptions(self, *reasons):
        return [(e["offsetBytes"], e["lengthBytes"]) for e in self.evidence["exceptions"] if e["reason"] in reasons]

    @property
    def first_mismatch(self):
        """(class, where, offset that it was written for) of the first wrong sector."""
        first = self.evidence["verification"].get("firstMismatch")
        return first and (first["class"], first["offsetBytes"], first["writtenOffsetBytes"])

    @property
    def losses(self):
        return [i["message"] for i in self.evidence["interruptions"] if i["event"] == "lost"]

    # ---- the truth

    def without_stream(self):
        """Ranges of addresses whose cells do not hold what was to be written there last."""
        flash = self.stick.flash
        size = self.evidence["medium"]["capacityBytes"]
        return differing(flash.stored(0, size), holds.content(self.evidence, self.evidence["passes"][-1], size), flash.bs)

    # ---- what must be true

    def is_certificate(self):
        self.row()
        self.lab.judge(self.answer, 0, "destruction-certificate")
        assert self.evidence["verdict"]["reason"] == CERTIFIED and not self.evidence["exceptions"], self.answer
        return self

    def is_report(self, exit_status, says, not_written=(), not_read=(), mismatch=(), first=None, real=None):
        """A signed report for this reason, whose exceptions are exactly these and name every byte that is not the stream.

        real: (how, bytes, exactly) of a medium that must be called not genuine; no other may be.
        """
        self.row()
        self.lab.judge(self.answer, exit_status, "destruction-report")
        expected = {"not-written": list(not_written), "not-read": list(not_read), "mismatch": list(mismatch)}
        found = {reason: self.exceptions(reason) for reason in expected}
        assert self.evidence["verdict"]["reason"] == says, (self.evidence["verdict"], self.answer)
        assert found == expected, "exceptions are %s, expected were %s\n%r" % (found, expected, self.answer)
        assert self.first_mismatch == first, (self.first_mismatch, first, self.answer)
        assert self.evidence["sanitization"]["levelClaimed"] == self.result["level"] == "none", self.answer
        lie = self.evidence.get("notGenuine")
        assert (lie and (lie["how"], lie["realBytes"], lie["exact"])) == real, "%s is said, %s is true\n%r" % (lie, real, self.answer)
        named = self.exceptions("not-written", "not-read", "mismatch")
        silent = [r for r in self.without_stream() if not covers(named, [r])]
        assert not silent, "nothing tells that %s do not hold the stream\n%r" % (silent[:5], self.answer)
        return self

    def is_refused(self, exit_status, *words):
        """Ended before the first write, with a sentence that holds these words."""
        self.row()
        self.answer.refused(exit_status, *words)
        assert self.stick.flash.written == 0 and self.result["type"] != "destruction-certificate", self.answer
        return self

    def is_deceived(self):
        """A certificate over data that no reading could show while the medium had power.  It says so, and recheck after a replug tells."""
        answer, stick, lab = self.answer, self.stick, self.lab
        assert (answer.exit, self.result["type"]) == (0, "destruction-certificate"), answer
        limits = {limit["id"]: limit["en"] for limit in self.evidence["limits"]}
        assert "reading the medium again" in limits["firmware"], answer
        lab.pull(stick)
        left = old_sectors(stick.flash)
        assert left, "the fault did nothing"
        checked = self.recheck()
        assert checked.exit == 7 and checked.doc["mismatchBytes"] == left * stick.flash.bs, checked
        self.row("; recheck after a replug: exit 7")
        return self

    def recheck(self):
        """The same cells in the same stick, plugged in again, compared with the document."""
        again = self.lab.stick(self.stick.serial, self.stick.flash.image, bs=self.stick.flash.bs)
        document = self.result["path"] + "/evidence.json"
        return self.lab.certwipe("recheck", again.node, "--certificate", document, "--trust", STATE + "/keys/root.pem")

    def row(self, more=""):
        """The row of the table, and the rule for all of them: no certificate while old data is left."""
        flash = self.stick.flash
        left, sectors = old_sectors(flash), os.path.getsize(flash.image) // flash.bs
        truth = "old data in %d of %d sectors" % (left, sectors) if left else "no old data in its %d sectors" % sectors
        if self.evidence.get("keystream"):
            wrong = sum(length for _, length in self.without_stream()) // flash.bs
            truth += ", not the stream in %d" % wrong if wrong else ", the stream everywhere"
        document = (self.result.get("type") or "none") + more
        self.lab.rows["faults"].append([self.fault, truth, "exit %s: %s" % (self.answer.exit, self.answer.reason), document])
        if left and not more and (self.answer.exit == 0 or self.result.get("type") == "destruction-certificate"):
            raise AssertionError("FALSE CERTIFICATE: %s, and %s\n%r" % (self.fault, truth, self.answer))
