#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Optical discs of every kind in simulated USB drives: told apart, called what they are, refused for the right reason with every byte left, or overwritten."""
import hashlib
import subprocess
import time
from typing import NamedTuple

from bench import MARKER, MIB, assert_wiped, main, test
from disc_tools import agree
from discs import USB_ID, row, usb
from faults import DIFFERS, ELSEWHERE, STORES_NOTHING, tagged
from sim.flash import Flash
from sim.mmc import BLANKABLE, BLOCK, KINDS, Burner, Disc
from sim.scsi import READ_CAPACITY_10, Sense

DISC_MIB = 8
ISO, UDF, ZEROS = "iso9660", "udf", ""
LABELS = {ISO: "DISPOSAL", UDF: "OLDFILES"}

# Verdicts: the state in list and inspect, the reason of the refusal
READY = ("ready", None)
WRITE_ONCE = ("write-once", "write-once")
READ_ONLY, NO_MEDIUM = ("read-only", "read-only"), ("no-medium", "no-medium")  # the disc, or the drive


class Case(NamedTuple):
    """A disc, and what certwipe must make of it."""

    kind: object  # of sim/mmc.py; None: the tray is empty
    class_: str
    verdict: tuple
    holds: object = ISO  # what is on the disc; None: nothing, in the drive's own words
    closed: bool = True
    disc: object = None  # state of the disc in inspect
    settings: dict = {}  # further ones of Disc
    scratched: range = ()  # blocks that cannot be read


CDS_AND_BDS = [
    Case(None, "UNKNOWN", NO_MEDIUM, holds=None),
    Case("cd-rom", "OPTICAL_PRESSED", WRITE_ONCE),
    Case("cd-r", "CD_R", WRITE_ONCE, disc="closed"),
    Case("cd-rw", "CD_RW", READY, disc="closed"),
    Case("bd-rom", "OPTICAL_PRESSED", WRITE_ONCE, disc="closed"),
    Case("bd-r", "BD_R", WRITE_ONCE, disc="closed"),
    Case("bd-re", "BD_RE", READY, holds=UDF),
]
DVDS = [
    Case("dvd-rom", "OPTICAL_PRESSED", WRITE_ONCE, disc="closed"),
    Case("dvd-r", "DVD_R", WRITE_ONCE, disc="closed"),
    Case("dvd+r", "DVD_R", WRITE_ONCE, disc="closed"),
    Case("dvd-ram", "DVD_RAM", READY, holds=UDF),
    Case("dvd-rw", "DVD_RW", READY, disc="closed"),
    Case("dvd-rw-ro", "DVD_RW", READY),
    Case("dvd+rw", "DVD_PLUS_RW", READY),
]
# The cells of blank ones are full of old data: they were blanked quickly.
STATES = [
    Case("cd-r", "CD_R", WRITE_ONCE, holds=None, disc="blank"),
    Case("cd-rw", "CD_RW", READY, holds=None, disc="blank"),
    Case("dvd+rw", "DVD_PLUS_RW", READY, holds=None, disc="blank", settings={"formatted": False}),
    Case("dvd+rw", "DVD_PLUS_RW", READY, holds=ZEROS),  # udev calls it blank, but the drive does not
    Case("dvd+r", "DVD_R", WRITE_ONCE, closed=False, disc="appendable"),
    Case("dvd-ram", "DVD_RAM", READ_ONLY, settings={"protected": True}),
    Case("dvd-r", "DVD_R", WRITE_ONCE, disc="closed", scratched=range(16, 20)),  # its volume descriptors
]
IN_A_READER = Case("cd-rw", "OPTICAL_PRESSED", READ_ONLY)


def mkiso(lab, image):
    """An ISO 9660 file system at the beginning of the image; how many blocks it has."""
    path, folder = lab.image(0), lab.guest.share + "/certwipe/share/policy"
    subprocess.check_call(["xorriso", "-as", "mkisofs", "-quiet", "-V", LABELS[ISO], "-r", "-o", path, folder], stderr=subprocess.DEVNULL)
    with open(path, "rb") as iso, open(image, "r+b") as f:
        return f.write(iso.read()) // BLOCK


def record(lab, case):
    """The disc of a case, cells full of old data but for what it holds."""
    image = lab.image(DISC_MIB, b"\0" if case.holds == ZEROS else MARKER)
    used = 0
    if case.holds == ISO:
        used = mkiso(lab, image)
    elif case.holds == UDF:
        subprocess.check_call(["mkudffs", "--blocksize=%d" % BLOCK, "--label=" + LABELS[UDF], image], stdout=subprocess.DEVNULL)
    flash = Flash(image, bs=BLOCK, eio_read=set(case.scratched))
    return Disc(flash, case.kind, used=used, closed=case.closed and used > 0, **case.settings)


class Tower:
    """Several burners and one drive that only reads, into which discs are put."""

    def __init__(self, lab, burners):
        self.lab = lab
        drives = [Burner(serial="BURNER%02d" % i) for i in range(burners)] + [Burner(serial="READER99", writer=False)]
        self.drives = {drive.serial: drive for drive in drives}
        self.cases, self.digests, self.nodes = {}, {}, {}

    def plug_in(self):
        before = self.lab.blocks()
        sticks = [self.lab.plug(usb(drive), serial, wait=False) for serial, drive in self.drives.items()]
        self.lab.wait_new(before, len(sticks))
        told = self.lab.guest.run("for s in /sys/block/sr*; do echo /dev/${s##*/} $(tail -c +5 $s/device/vpd_pg80); done").out
        self.nodes = {serial: node for node, serial in (line.split() for line in told.splitlines())}
        assert sorted(self.nodes) == sorted(self.drives), told
        for stick in sticks:
            stick.nodes = [self.nodes[stick.serial]]

    def stick(self, serial):
        return next(stick for stick in self.lab.plugged if stick.serial == serial)

    def load(self, cases):
        """Puts other discs into the drives, and waits until the kernel's poll has told udev."""
        before = self.lab.blocks()
        self.cases = dict(zip(self.drives, cases))
        for serial, case in self.cases.items():
            self.drives[serial].insert(record(self.lab, case) if case.kind else None)
        self.digests = {serial: self.digest(serial) for serial in self.cases}
        if self.nodes:
            self.lab.wait_new(before, len(cases))  # a disk sequence number of its own for each

    def digest(self, serial):
        disc = self.drives[serial].disc
        return disc and hashlib.sha256(disc.flash.truth()).hexdigest()

    def judge(self):
        """Everything that certwipe says of every drive, against what is in it."""
        rows = {row["node"]: row for row in self.lab.certwipe("list").doc["media"]}
        for serial, case in self.cases.items():
            drive, node = self.drives[serial], self.nodes[serial]
            judge_row(case, drive, rows[node])
            answer = self.lab.inspect(node)
            judge_inspection(case, drive, answer)
            if drive.disc:
                agree(self.lab, node, answer)
        self.judge_refusals()

    def judge_refusals(self):
        nodes = {self.nodes[serial]: serial for serial in self.cases}
        answer = self.lab.certwipe("wipe", *nodes, "--authorise", self.lab.list_file(serials=nodes.values()))
        assert answer.exit in (3, 8) and len(answer.doc["results"]) == len(nodes), answer
        for result in answer.doc["results"]:
            serial = nodes[result["node"]]
            disc, case = self.drives[serial].disc, self.cases[serial]
            if disc and case.verdict != READY:
                row(self.lab, "none", disc, answer.about(self.stick(serial)), matter_of(case))
            assert (result["exit"], result["error"]["code"]) == refusal_of(case), (case, result)
            assert result["node"] in result["error"]["message"] and result["error"]["hint"], result
            if case.verdict != READY:  # the way that is left, to be typed as it stands there
                assert ("certwipe destroy %s" % result["node"] if disc else "certwipe destroy") in result["error"]["hint"], result
            assert self.digest(serial) == self.digests[serial], "the %s was written to" % disc.kind
            assert disc is None or disc.flash.written == 0, "%d bytes were written to the %s" % (disc.flash.written, disc.kind)


def matter_of(case):
    """In the table: what a disc of its kind may or may not be."""
    if case == IN_A_READER:
        return "is in a drive that only reads"
    if case.settings.get("protected"):
        return "is write-protected"
    return "is scratched" if case.scratched else "is " + (case.disc or "as it was sold")


def refusal_of(case):
    """What can be wiped is not wiped by the serial number of its drive."""
    return (8, "unauthorised") if case.verdict == READY else (3, case.verdict[1])


def size_of(case, burner):
    """What can be read: all of a disc that is written at any block, else what was recorded."""
    if not burner.disc or case.holds is None:
        return 0
    return burner.disc.readable * BLOCK


def judge_row(case, burner, row):
    assert (row["class"], row["state"], row["sizeBytes"]) == (case.class_, case.verdict[0], size_of(case, burner)), (case, row)
    assert row["serialQuality"] == "weak", row
    phrase = {None: "blank" if case.kind else "", ZEROS: "empty or unknown"}.get(case.holds, case.holds)
    assert row["contentsPhrase"] == ("could not be told" if case.scratched else phrase), (case, row)


def judge_inspection(case, burner, answer):
    doc = answer.doc
    medium = doc["medium"]
    seen = (medium["bus"], medium["class"], medium["sizeBytes"], medium["hasMedium"], medium.get("disc"), doc["state"])
    assert seen == ("usb", case.class_, size_of(case, burner), case.kind is not None, case.disc, case.verdict[0]), (case, answer)
    assert medium["readOnly"] == (case.verdict[0] == "read-only"), answer
    assert medium["usbId"]["text"] == "%04x:%04x" % USB_ID, answer
    assert not size_of(case, burner) or medium["logicalBytes"] == BLOCK, answer
    judge_identity(burner, doc, answer)
    judge_contents(case, doc, answer)
    judge_told(burner, doc["capabilities"], answer)
    assert expected_words(case) in doc["words"], (expected_words(case), answer)
    assert doc["drive"] == drive_of(burner), answer


def drive_of(burner):
    """What the drive can do, whatever is in it."""
    writes = ["CD-R", "CD-RW", "DVD-R", "DVD-RW", "DVD-RAM", "DVD+R", "DVD+RW", "BD-R", "BD-RE"] if burner.writer else []
    told = {"writes": writes, "blanks": [name for name in writes if name in ("CD-RW", "DVD-RW")]}
    return told if burner.disc else {**told, "tray": "open" if burner.tray_open else "closed"}


def judge_identity(burner, doc, answer):
    """The drive's serial is there, and said to be no identity of the disc."""
    serial = doc["medium"]["serial"]
    assert (doc["medium"]["fullSerial"], serial["source"], serial["quality"]) == (burner.serial, "scsi-vpd-80", "weak"), answer
    assert "drive" in serial["why"] and doc["weakIdentity"], answer


def judge_told(burner, told, answer):
    """What the drive was asked about the disc in it."""
    disc = burner.disc
    assert told["asked"] == (disc is not None), answer
    if not disc:
        return
    seen, can_blank = told["disc"], told["features"].get("disc-blank", {}).get("state")
    assert seen["profile"] == burner.profile and seen["status"] == ["empty", "appendable", "complete", "other"][disc.status], answer
    assert seen["erasable"] == (burner.writer and disc.is_rewritable) and seen["capacityBytes"] == disc.flash.blocks * BLOCK, answer
    assert (can_blank == "yes") == (burner.writer and disc.kind in BLANKABLE), answer
    assert seen["driveWrites"] != "yes" or burner.writer and not disc.protected, answer
    assert seen["sessions"] >= 1 and seen.get("protected", False) == disc.protected, answer


def judge_contents(case, doc, answer):
    found = [part for part in doc["contents"] if part["type"]]
    assert doc["contentsKnown"] == (case.kind is not None and not case.scratched), answer
    if case.scratched:
        assert not found and "could not be read" in doc["contentsWhy"], answer
        return
    if case.holds in LABELS:
        assert [(part["type"], part["label"]) for part in found] == [(case.holds, LABELS[case.holds])], answer
        return
    assert not found, answer
    if case.disc == "blank":  # a rewritable one may have been blanked quickly, which is said; a write-once one is what it says
        assert ("old data" in doc["contentsWhy"]) == (case.verdict != WRITE_ONCE), answer


def expected_words(case):
    if case.kind is None:
        return "empty drive"
    if case == IN_A_READER:
        return "only reads"
    special = {"OPTICAL_PRESSED": "pressed disc", "DVD_PLUS_RW": "DVD+RW", "DVD_R": "DVD-R or DVD+R"}
    return special.get(case.class_, case.class_.replace("_", "-"))


def wait_for(lab, node, what, **wanted):
    """Looks again until the kernel's poll has brought the news; the last inspection."""
    deadline = time.monotonic() + 20
    while True:
        answer = lab.inspect(node)
        medium = answer.doc["medium"]
        if all(medium.get(key) == value for key, value in wanted.items()):
            return answer
        assert time.monotonic() < deadline, "%s was not noticed\n%r" % (what, answer)
        time.sleep(0.3)


@test
def the_kinds_of_disc_in_this_file_are_all_that_there_are(lab):
    assert {case.kind for case in CDS_AND_BDS + DVDS} == {None, *KINDS}


@test
def discs_of_every_kind_and_state_are_what_was_put_in(lab):
    """In rounds, because plugging a drive in costs the guest more than changing its disc."""
    tower = Tower(lab, len(DVDS))
    tower.load(DVDS + [IN_A_READER])
    tower.plug_in()
    tower.judge()
    for cases in (CDS_AND_BDS, STATES):
        tower.load(cases)
        tower.judge()


@test
def the_button_ejects_and_another_disc_leaves_nothing_of_the_first(lab):
    """The button only asks: udev, which has locked the tray, opens it."""
    burner = Burner(record(lab, CDS_AND_BDS[2]), serial="SWAP0030")
    node = lab.plug(usb(burner), burner.serial).node
    before = wait_for(lab, node, "the first disc", **{"class": "CD_R"})
    burner.press_eject()
    emptied = wait_for(lab, node, "the open tray", hasMedium=False)
    assert burner.tray_open and emptied.doc["drive"]["tray"] == "open", emptied
    burner.insert(record(lab, STATES[1]))
    after = wait_for(lab, node, "the second disc", **{"class": "CD_RW"})
    assert after.doc["medium"]["disc"] == "blank" and after.doc["medium"]["sizeBytes"] == 0, after
    assert after.doc["attachment"]["diskseq"] > before.doc["attachment"]["diskseq"], (before, after)
    lab.certwipe("wipe", node, "--authorise", lab.list_file(serials=[burner.serial])).refused(8, node)


@test
def a_drive_that_tells_no_capacity_gives_no_size(lab):
    """sr then holds a made-up gibibyte."""
    def fails(target, cdb, data):
        raise Sense(3, 0x02)  # NO SEEK COMPLETE

    burner = Burner(record(lab, DVDS[2]), serial="NOCAP032")
    burner.hooks[READ_CAPACITY_10] = fails
    node = lab.plug(usb(burner), burner.serial).node
    assert int(lab.guest.run("cat /sys/block/%s/size" % node[5:]).out) * 512 > 100 * DISC_MIB * MIB, "the kernel knows a size"
    seen = lab.inspect(node)
    assert (seen.doc["medium"]["class"], seen.doc["medium"]["sizeBytes"], seen.doc["state"]) == ("DVD_R", 0, "write-once"), seen
    assert not seen.doc["contentsKnown"] and seen.doc["contentsWhy"], seen
    lab.certwipe("wipe", node, "--authorise", lab.list_file(serials=[burner.serial])).refused(3, "cannot be removed by software")


ANY_BLOCK = ("dvd+rw", "dvd-ram", "bd-re")


def overwritten(lab, kind, serial, *options, **faults):
    """A disc full of old data that was to be overwritten: the drive with it, and what certwipe says."""
    flash = Flash(lab.image(DISC_MIB), bs=BLOCK, **faults)
    burner = Burner(Disc(flash, kind), serial=serial)
    stick = lab.plug(usb(burner), burner.serial)
    answer = lab.certwipe(*tagged(lab, stick.node, *options))
    answer.media = [stick]
    return burner, answer


@test
def what_is_written_at_any_block_is_overwritten_and_read_back_but_no_level_is_claimed(lab):
    """The matrix knows no level for a disc that an organisation has not accepted in writing: a report that says so."""
    for i, kind in enumerate(ANY_BLOCK):
        burner, answer = overwritten(lab, kind, "ANYBLK%02d" % i)
        answer.is_report(7)
        assert answer.result["level"] == "none" and "K8" in str(answer.evidence()), answer
        assert_wiped(answer.folder, burner.disc.flash)
        row(lab, "optical_overwrite", burner.disc, answer)
        lab.pull(answer.media[0])


@test
def a_policy_that_accepts_it_in_writing_has_a_disc_cleared(lab):
    path = "%s/policy/discs.policy" % lab.state
    lab.guest.run("mkdir -p %s/policy; sed 's/^id = .*/id = discs/; s/^unconfirmed-levels = no/unconfirmed-levels = yes/' /lab/certwipe/share/policy/default.policy >%s" % (lab.state, path))
    burner, answer = overwritten(lab, "bd-re", "ACCEPT40", "--policy", "discs")
    answer.is_certificate()
    row(lab, "optical_overwrite", burner.disc, answer, "does as it is told, and the policy accepts that in writing")
    assert answer.result["level"] == "clear" and "K8" in str(answer.evidence()), answer


@test
def a_burner_that_says_success_and_leaves_the_data_is_caught(lab):
    burner, answer = overwritten(lab, "dvd+rw", "LIAR0041", drop_from=DISC_MIB * MIB // 2)
    answer.is_report(6)
    assert answer.reason in (DIFFERS, ELSEWHERE, STORES_NOTHING), answer
    row(lab, "optical_overwrite", burner.disc, answer, "takes data and keeps only half of them")


if __name__ == "__main__":
    main()
