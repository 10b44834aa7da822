# SPDX-License-Identifier: Apache-2.0
"""What every test file of the lab uses: a guest with certwipe and a station in it, media to plug in, and TAP.

    from bench import main, test

    @test
    def a_stick_is_certified(lab):
        stick = lab.stick("60A44C3FAE93", lab.image(16))
        lab.wipe(stick).is_certificate()

    main()

One file is one guest, or several files share one (together.py).  A test gets a Lab; what it plugged in is pulled again behind it.
"""
import atexit
import contextlib
import csv
import functools
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import traceback
from typing import Callable, NamedTuple

from guest import Guest, Result, image_device
from sim.flash import Flash
from sim.scsi import Disk
from sim.usb import Bot, attach

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CERTWIPE = os.environ.get("CERTWIPE_BIN", ROOT + "/build/check/certwipe")
MARKER = b"TRACE-7f3a91c2-SECRET\n"  # of tests/mkdirty.py
MIB = 1 << 20
STATE = "/state/S"

# In the guest: the tool as it would be installed, and the state directory on its disk.
SETUP = """
set -e
mkdir -p /usr/local/share /state
rm -rf /usr/local/share/certwipe
cp -r /lab/certwipe/share /usr/local/share/certwipe
install -m 755 /lab/certwipe/certwipe /usr/local/bin/certwipe
mount /dev/disk/by-id/virtio-STATE /state
"""
# Of a shell, without a program of its own: each costs an emulated processor a tenth of a second.
BLOCKS = """
blocks() {
	for b in /sys/block/*; do
		{ read -r seq <$b/diskseq; } 2>/dev/null && echo ${b##*/}:$seq
	done
}
"""
# The same: losetup is not started when there is nothing for it to do.
CLEAN = """
for process in /proc/[0-9]*; do
	{ read -r name <$process/comm; } 2>/dev/null && [ "$name" = certwipe ] && kill ${process#/proc/}
done
for used in /sys/block/loop*/loop; do
	[ ! -e $used ] || { losetup -D; break; } # the guest's own
done"""
KEY_CREATE = "%s key create --state %s --organisation 'Example County' --unit 'Ethics Office' --station bench --years 1 --passphrase-fd 3 3<%s >%s"

TESTS = []
collected = None  # a list of together.py's: main() adds the file's part to it instead of running it


def test(function):
    TESTS.append(function)
    return function


class Answer:
    """What one certwipe command answered: exit status, its JSON document, messages."""

    def __init__(self, lab, words, result):
        self.lab, self.words, self.exit, self.out, self.err = lab, words, result.rc, result.out, result.err
        try:
            self.doc = json.loads(result.out)
        except ValueError:
            self.doc = None

    def __repr__(self):
        return "certwipe %s\nexit %s\n%s\n%s" % (self.words, self.exit, json.dumps(self.doc, indent=1, ensure_ascii=False)[:6000] if self.doc else self.out, self.err)

    @property
    def result(self):
        """The one medium's result of a wipe or resume."""
        if not self.doc or len(self.doc.get("results", [])) != 1:
            raise AssertionError("one result expected\n%r" % self)
        return self.doc["results"][0]

    @property
    def reason(self):
        """The sentence that tells why, whatever the document calls it."""
        error = (self.result if "results" in (self.doc or {}) else self.doc or {}).get("error") or {}
        return error.get("message", "") or self.evidence().get("verdict", {}).get("reason", "")

    def about(self, stick):
        """This answer as far as it is about one of several media."""
        part = Answer(self.lab, self.words, Result(None, json.dumps({**self.doc, "results": [r for r in self.doc["results"] if r["node"] == stick.node]}), ""))
        part.exit, part.media = part.result["exit"], [stick]
        return part

    def evidence(self):
        """The signed document of the one result, copied out of the guest; {} when there is none."""
        if not self.result.get("path"):
            return {}
        with open(self.folder + "/evidence.json") as f:
            return json.load(f)

    @functools.cached_property
    def folder(self):
        """On this side, the folder of the one result's document as it was when first asked for."""
        return self.lab.fetch(self.result["path"])

    def refused(self, exit_status, *words):
        """Ended so, before anything was written, with a sentence that holds these words."""
        said = (self.out + self.err).lower()
        if self.exit != exit_status or not all(w.lower() in said for w in words):
            raise AssertionError("expected refusal with exit %d and the words %s\n%r" % (exit_status, words, self))
        return self

    def is_certificate(self):
        self.lab.judge(self, 0, "destruction-certificate")
        return self

    def is_report(self, exit_status):
        self.lab.judge(self, exit_status, "destruction-report")
        return self


class Stick:
    """A plugged-in simulated device.  media: one Flash for each LUN."""

    def __init__(self, identifier, serial, bot, media, link, nodes):
        self.identifier, self.serial, self.bot, self.media, self.link, self.nodes = identifier, serial, bot, media, link, nodes

    @property
    def node(self):
        return self.nodes[0]

    @property
    def flash(self):
        return self.media[0]


class Lab:
    """devices: further qemu arguments, or a function that makes them and their images in the folder that it is given."""

    def __init__(self, name, devices=(), options="", network=False):
        self.work = "%s/build/lab/%s" % (ROOT, name)
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work + "/images")
        devices = devices(self.work) if callable(devices) else devices
        self.guest = Guest(self.work, image_device("state", self.work + "/state.img", "virtio-blk-pci,serial=STATE") + list(devices), options, network)
        folder = self.guest.share + "/certwipe"
        shutil.copytree(ROOT + "/share", folder + "/share")
        shutil.copy(CERTWIPE, folder + "/certwipe")
        shutil.copy(HERE + "/person.py", folder)  # the tree itself may lie where the guest has a file system of its own
        with open(folder + "/passphrase", "w") as f:
            f.write("correct horse battery staple\n")
        self.make_state(folder + "/passphrase")
        self.plugged, self.links, self.answers, self.rows, self.n = [], [], [], {"faults": [], "techniques": [], "discs": []}, 0
        self.state, self.root = STATE, self.guest.share + "/root.pem"  # a test may use another station for a while: see station()

    def make_state(self, passphrase):
        """The disk of the state directory, with keys that were made on this side: a passphrase costs an emulated processor 4 s."""
        state = self.guest.share + "/made/" + os.path.basename(STATE)
        os.mkdir(os.path.dirname(state))
        subprocess.check_call(KEY_CREATE % (CERTWIPE, state, passphrase, self.work + "/keys.txt"), shell=True)
        shutil.copy(state + "/keys/root.pem", self.guest.share)
        make_file(self.work + "/state.img", 128 * MIB)
        self.format_with_state(self.work + "/state.img")

    def format_with_state(self, image):
        """An ext4 file system that holds a fresh state directory, the same station each time."""
        subprocess.check_call(["mkfs.ext4", "-q", "-L", "STATE", "-d", self.guest.share + "/made", image])

    def start(self):
        self.guest.start()
        made = self.guest.run(SETUP)
        if made.rc:
            raise RuntimeError("the station could not be set up: %r" % made)

    def restart(self):
        """Power cut and a new boot on the same images and state.  What was plugged in is gone; plug it in again."""
        self.guest.power_cut()
        for stick in self.plugged:
            stick.link.unplug()
        self.plugged = []
        self.start()

    def renew(self):
        """The same station in the same guest as if nothing had been done there yet; a certwipe that was told to stop has come to its end first."""
        made = self.guest.run("while pgrep -x certwipe >/dev/null; do sleep .2; done; cd /state && find . -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} + && cp -a /lab/made/. .")
        if made.rc:
            raise RuntimeError("the station could not be set up again: %r" % made)

    # ---- media

    def image(self, mib, old=MARKER):
        """A new image full of old data, in a file that goes away with the test."""
        self.n += 1
        path = "%s/images/%d.img" % (self.work, self.n)
        make_file(path, int(mib * MIB), old)
        return path

    def stick(self, serial, image, claimed=None, bs=512, disk=None, bot=None, port=None, **faults):
        """A USB stick over an image, faults as in sim/flash.py, plugged in; returns when udev is done with it.  port: of the controller, "1" to "7", for the same one again."""
        flash = Flash(image, claimed=claimed, bs=bs, **faults)
        target = Disk(flash, **{"vendor": "Kingston", "product": "DataTraveler 3.0", **(disk or {})})
        return self.plug(Bot([target], **{"maker": "Kingston", "product": "DataTraveler 3.0", "serial": serial, **(bot or {})}), serial, **({"port": port} if port else {}))

    def plug(self, bot, serial="", wait=True, **place):
        """Any simulated USB device; place as in attach()."""
        self.n += 1
        identifier = "u%d" % self.n
        before = self.blocks()
        link = attach(self.guest, identifier, bot, **place)
        stick = Stick(identifier, serial, bot, [target.medium for target in bot.luns], link, [])
        self.plugged.append(stick)
        self.links.append(link)
        if wait:
            stick.nodes = self.wait_new(before, len(bot.luns))
        return stick

    def blocks(self):
        """Block devices of the guest, name:number; the number is the kernel's, of their appearance: the same name later is another one."""
        return set(self.guest.run(BLOCKS + "blocks").out.split())

    def wait_new(self, before, count):
        """Nodes of block devices that were not there before; returns when udev is done with that many, which the guest finds out alone."""
        waited = self.guest.run(BLOCKS + """known=' %s '; i=0
while [ $((i += 1)) -le 400 ]; do
	new=
	for block in $(blocks); do
		case "$known" in *" $block "*) ;; *) new="$new $block" ;; esac
	done
	set -- $new
	[ $# -lt %d ] || { udevadm settle; echo $new; exit 0; }
	sleep .1
done
exit 1""" % (" ".join(before), count))
        if waited.rc:
            raise TimeoutError("%d new block devices expected, before: %s, now: %s\n%s" % (count, sorted(before), sorted(self.blocks()), self.guest.console()[-3000:]))
        return sorted("/dev/" + block.partition(":")[0] for block in waited.out.split())

    def pull(self, *sticks, then="udevadm settle"):
        """Surprise removal; returns when the guest has noticed and this command has run.  qemu drops the character device with the USB device."""
        for stick in sticks:
            stick.link.unplug()
        self.plugged = [stick for stick in self.plugged if stick not in sticks]
        for stick in sticks:
            try:
                self.guest.remove(stick.identifier)
            except RuntimeError:
                pass  # it had left by itself
        nodes = " ".join(node for stick in sticks for node in stick.nodes)
        self.guest.run("i=0; for n in %s; do while [ -e $n ] && [ $((i += 1)) -le 400 ]; do sleep .05; done; done; %s" % (nodes, then))

    # ---- certwipe

    @contextlib.contextmanager
    def station(self, state, root):
        """Commands within use this state directory of the guest, and documents are verified under this root certificate (a file of this side)."""
        usual = self.state, self.root
        self.state, self.root = state, root
        try:
            yield
        finally:
            self.state, self.root = usual

    def script(self, *words):
        return "certwipe %s --state %s --json" % (" ".join(words), self.state)

    def certwipe(self, *words, timeout_s=180):
        return self.answer(self.guest.spawn(self.script(*words)), *words, timeout_s=timeout_s)

    def answer(self, job, *words, timeout_s=180):
        result = self.guest.wait(job, timeout_s)
        answer = Answer(self, " ".join(words), result)
        self.answers.append(answer)
        if result.rc is None:
            raise TimeoutError("still running after %d s\n%r" % (timeout_s, answer))
        return answer

    def inspect(self, node):
        return self.certwipe("inspect", node)

    def list_file(self, *nodes, serials=()):
        """An authorisation list for these media, as it would come from an asset register; its path in the guest."""
        self.n += 1
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["serial", "approval_number"])
        for node in nodes:
            rows.writerow([self.inspect(node).doc["medium"]["fullSerial"], "A-2026-001"])
        for serial in serials:
            rows.writerow([serial, "A-2026-001"])
        with open("%s/list%d.csv" % (self.guest.share, self.n), "w", newline="") as f:
            f.write(text.getvalue())
        return "/lab/list%d.csv" % self.n

    def spawn_wipe(self, *media, options=()):
        """A wipe of these sticks or nodes in the background; wait_wipe() gives its answer."""
        nodes = [m if isinstance(m, str) else m.node for m in media]
        words = ["wipe", *nodes, "--authorise", self.list_file(*nodes), *options]
        return self.guest.spawn(self.script(*words)), words, media

    def wait_wipe(self, spawned, timeout_s=180):
        job, words, media = spawned
        answer = self.answer(job, *words, timeout_s=timeout_s)
        answer.media = [m for m in media if not isinstance(m, str)]
        return answer

    def wipe(self, *media, options=(), timeout_s=180):
        return self.wait_wipe(self.spawn_wipe(*media, options=options), timeout_s)

    def fetch(self, path):
        """A folder of the guest, copied to the share; its path on this side."""
        self.n += 1
        copied = self.guest.run("cp -r '%s' /lab/doc%d" % (path, self.n))
        if copied.rc:
            raise AssertionError("%s cannot be read in the guest: %r" % (path, copied))
        return "%s/doc%d" % (self.guest.share, self.n)

    # ---- what must be true

    def judge(self, answer, exit_status, kind):
        """The outcome is the expected one, its document verifies on this machine, and a certificate is only there when the cells hold nothing but our stream."""
        result = answer.result
        if answer.exit != exit_status or result.get("type") != kind:
            raise AssertionError("expected exit %d and a %s\n%r" % (exit_status, kind, answer))
        folder = answer.folder
        verified = subprocess.run([CERTWIPE, "verify", folder, "--trust", self.root, "--json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        expected = (0, "valid") if kind == "destruction-certificate" else (7, "valid-with-remarks")
        if (verified.returncode, json.loads(verified.stdout)["items"][0]["finding"]) != expected:
            raise AssertionError("the document does not verify: exit %d\n%s\n%r" % (verified.returncode, verified.stdout, answer))
        if kind == "destruction-certificate":
            for stick in answer.media:
                assert_wiped(folder, stick.flash)

    def fault(self, name, answer, stick):
        """A row of the table of faults, and the rule for all of them."""
        truth = self.truth(name, answer, stick)
        self.rows["faults"].append([name, truth, "exit %s: %s" % (answer.exit, answer.reason), answer.result.get("type") or "none"])

    def technique(self, technique, device, sent, answer, stick):
        """A row of the table of techniques, and the same rule.  device: what is the matter with it; "liar: ", "interruption: " and "refusal: " in front are counted (tests/run).
        sent: what the simulator's own log has of the technique's commands, in hex."""
        truth = self.truth("%s on %s" % (technique, device), answer, stick)
        can = self.offered(stick, technique)
        said = "%s, %s" % (answer.result.get("type") or "none", "exit %s: %s" % (answer.exit, answer.reason) if answer.exit else "exit 0")
        self.rows["techniques"].append([technique, device, can, ", ".join(sent) or "nothing", truth, said, answer.result.get("level") or "none"])

    def truth(self, name, answer, stick):
        """What the cells hold; old data, or what a medium that was to erase itself has kept, below a certificate or a success ends everything."""
        flash = stick.flash
        left, sectors = old_sectors(flash), os.path.getsize(flash.image) // flash.bs
        truth = "%d of %d sectors hold old data" % (left, sectors) if left else "no old data on its %d sectors" % sectors
        kept = flash.unchanged() if flash.before else 0
        if flash.before:
            truth += ", %d are as they were when it was told" % kept if kept else ", none is as it was when it was told"
        if (left or kept) and (answer.exit == 0 or answer.result.get("type") == "destruction-certificate"):
            raise AssertionError("FALSE CERTIFICATE: %s, and %s\n%r" % (name, truth, answer))
        return truth

    def offered(self, stick, technique):
        """As inspect says of it now: yes, no or unknown; "-" of a technique that is no command of the medium's."""
        told = ((self.inspect(stick.node).doc or {}).get("capabilities") or {}).get("features") or {}
        return told.get(technique.replace("_", "-"), {}).get("state", "-")

    # ---- between tests

    def clean(self):
        self.pull(*self.plugged, then=CLEAN)
        shutil.rmtree(self.work + "/images")
        os.makedirs(self.work + "/images")
        self.answers, self.links = [], []

    def explain(self):
        """For a test that failed: the last answers, the commands that the media got, the console."""
        for answer in self.answers[-3:]:
            yield repr(answer)
        for stick in self.plugged:
            for lun, target in enumerate(stick.bot.luns):
                yield "last commands to %s LUN %d: %s" % (stick.serial or stick.identifier, lun, " ".join(c.hex() for c in target.journal[-40:]))
        yield "console:\n" + "\n".join(self.guest.console().splitlines()[-60:])


def make_file(path, size, content=None):
    """A file of that size; content is repeated over it, without it the file is sparse."""
    with open(path, "wb") as f:
        f.truncate(size)
        block = (content * (MIB // len(content) + 1))[:MIB] if content else b""
        for offset in range(0, size if content else 0, MIB):
            f.write(block[:min(MIB, size - offset)])


def old_sectors(flash):
    """Sectors of the cells that hold old data: any with the marker in it."""
    with open(flash.image, "rb") as f:
        return sum(MARKER[:-1] in sector for sector in iter(lambda: f.read(flash.bs), b""))


def assert_wiped(folder, flash):
    """Every byte of the cells is what the certificate says, regenerated with stock openssl; or nothing that was there before is there any more."""
    held = subprocess.run([ROOT + "/tests/flow/holds.py", folder, flash.image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if held.returncode or old_sectors(flash):
        raise AssertionError("FALSE CERTIFICATE: %s does not hold the stream; %d sectors hold old data\n%s" % (flash.image, old_sectors(flash), held.stdout))


def why_not_here():
    """Why the lab cannot run on this machine, or None."""
    if platform.machine() != "x86_64":
        return "the lab's guest is x86-64"
    if os.geteuid() != 0:
        return "needs root, to share this machine's root folder with the guest"
    for tool in ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "udevadm"):
        if not shutil.which(tool):
            return "%s is missing; run make deps" % tool
    return None


def run_test(lab, function):
    """Lines that explain the failure, or None.  An exception in a simulated device would otherwise look like one that was pulled."""
    try:
        function(lab)
        for link in lab.links:
            if link.error:
                raise link.error
        return None
    except Exception:
        return [traceback.format_exc(), *lab.explain()]


def tidy_up(lab):
    try:
        lab.clean()
    except Exception:  # a guest in which nothing can be pulled any more is started anew
        traceback.print_exc()
        lab.restart()
        lab.clean()


class Part(NamedTuple):
    """The tests of one file."""

    name: str
    tests: list
    prepare: Callable | None  # called with the Lab before the first of them


def main(devices=(), options="", network=False, prepare=None):
    """Runs the tests of the calling file, or those named on the command line, in a guest of their own; or leaves them to together.py."""
    chosen = [t for t in TESTS if t.__module__ == "__main__" and (not sys.argv[1:] or t.__name__ in sys.argv[1:])]
    part = Part(os.path.basename(sys.argv[0])[:-3].replace("test_", ""), chosen, prepare)
    if collected is None:
        sys.exit(run_parts(part.name, [part], devices, options, network))
    if devices or options:
        raise ValueError("%s wants a guest of its own" % part.name)
    collected.append(part)


def run_parts(name, parts, devices=(), options="", network=False):
    """The exit status."""
    if why := why_not_here():
        print("1..0 # SKIP " + why)
        return 0
    print("1..%d" % sum(len(part.tests) for part in parts), flush=True)
    lab = Lab(name, devices, options, network)
    atexit.register(lab.guest.power_cut)
    begin = time.monotonic()
    lab.start()
    print("# %s: guest ready after %.1f s" % (name, time.monotonic() - begin), flush=True)
    number = failed = 0
    for part in parts:
        if part is not parts[0]:
            lab.renew()
        if part.prepare:
            part.prepare(lab)
        for function in part.tests:
            number += 1
            failed += not passes(lab, number, ("%s: " % part.name if len(parts) > 1 else "") + function.__name__.replace("_", " "), function)
    with open(lab.work + "/rows.json", "w") as f:
        json.dump(lab.rows, f, ensure_ascii=False)
    lab.guest.power_cut()
    return int(failed > 0)


def passes(lab, number, name, function):
    begin = time.monotonic()
    why = run_test(lab, function)
    print("%sok %d - %s (%.1f s)" % ("not " if why else "", number, name, time.monotonic() - begin))
    for line in "\n".join(why or []).splitlines():
        print("#   " + line)
    sys.stdout.flush()
    tidy_up(lab)
    return not why
