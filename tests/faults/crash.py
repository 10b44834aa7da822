#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crash.py CERTWIPE SHIM SCRATCH RUNS [SEED]: kills a process of a wipe at a random instant, and then of each resume, RUNS times over, and resumes until done.

An instant is a moment of the clock, or a call to the kernel that the process is about to make or has just made, so that what takes a millisecond (signing,
registering) is met as often as what takes hours.  In some runs the disk of the state directory is full from that instant until somebody makes room.  What must
hold whatever happens stands in station.py: no false certificate at any time, no job that `jobs` cannot explain, and in the end a certificate over a medium that
holds exactly its stream.  Prints one line a run and a table, and exits 1 if a promise was broken.
"""
import collections
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from faults import NOT_FAILED
from shim import DIE_BEFORE, DIE_BEHIND, STOP, Shim
from station import EXIT_CODES, Broken, Station, claim, done

SIZE = 16 << 20
VICTIMS = {"certwipe-exec": 3, "certwipe-broker": 2, "certwipe-signer": 3, "certwipe": 1}  # how often
DISK_BYTES = 24 << 20
CRASHES_MAX = 4  # in one run
# Calls that bring something to disk or to the medium: around these things go wrong.
HOT = {"ring_write", "ring_read", "write", "pwrite", "fdatasync", "fsync", "fallocate", "ftruncate64", "renameat2", "mkdirat", "fork", "sendmsg"}


class Disk:
    """A small file system for the state alone, which can be filled."""

    def __init__(self, folder):
        self.image, self.at = folder + "/disk.img", folder + "/disk"
        with open(self.image, "wb") as f:
            f.truncate(DISK_BYTES)
        done("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        os.makedirs(self.at, exist_ok=True)
        self.loop = done("losetup", "--find", "--show", self.image)
        done("mount", self.loop, self.at)
        os.chmod(self.at, 0o755)

    def fill(self):
        try:
            with open(self.at + "/filler", "wb", buffering=0) as f:
                while f.write(bytes(1 << 16)):
                    pass
        except OSError:
            pass

    def make_room(self):
        if os.path.exists(self.at + "/filler"):
            os.unlink(self.at + "/filler")

    def close(self):
        done("umount", self.at)
        done("losetup", "-d", self.loop)
        os.unlink(self.image)


def entries(station):
    """Of the register, from a copy: looking at it must not mend what a crash left."""
    copy = station.folder + "/register"
    os.mkdir(copy)
    for suffix in ("", "-wal"):
        if os.path.exists(station.state + "/register.db" + suffix):
            shutil.copy(station.state + "/register.db" + suffix, copy + "/register.db" + suffix)
    try:
        with sqlite3.connect(copy + "/register.db") as db:
            return [row[0] for row in db.execute("SELECT document_id FROM entries WHERE document_id <> ''")]
    except sqlite3.OperationalError:
        return []
    finally:
        shutil.rmtree(copy)


def place(station):
    """Where the newest job stood, in words."""
    last, steps = station.last_event(), station.line_values("do")
    if last == "":
        return "before it began"
    if last == "end" and station.lines()[-1]["status"] == "refused":
        return "start not registered"
    if last == "end":
        if any(d["certificateId"] not in entries(station) for d in station.documents()):
            return "signed, not registered"
        return "registered, not told" if entries(station) else "ended, not signed"
    if last in ("job", "authorised"):
        return "prepared"
    if last in ("intent", "checkpoint", "step-end"):
        return {"write": "writing", "verify": "reading back"}[steps[-1]]
    return {"registered": "registered", "stream": "before the first byte", "identity": "confirming identity", "resumed": "resuming"}.get(last, last)


class Crash:
    def __init__(self, certwipe, library, scratch, seed):
        self.random, self.library, self.scratch = random.Random(seed), os.path.realpath(library), scratch
        self.station = Station(certwipe, scratch, SIZE)
        self.shim = Shim(self.library, scratch + "/shim")
        self.disk = None
        self.table = collections.Counter()  # (victim, where it stood)
        self.told = []                      # of this run
        self.calls, self.took = {}, 0
        self.learn()

    def close(self):
        self.shim.close()
        self.station.close()
        if self.disk:
            self.disk.close()

    # ---- undisturbed: which calls there are, and how long it takes ----

    def learn(self):
        self.station.renew()
        for victim in VICTIMS:
            self.station.renew()
            self.shim.ask(victim)
            began = time.monotonic()
            r = self.shim.run(*self.station.wipe_command(), timeout=120)
            claim(r.returncode == 0, "undisturbed it ended with", r.returncode, r.stderr)
            self.took = time.monotonic() - began
            self.calls[victim] = {name: (number, n) for name, (number, n, is_system) in self.shim.counts().items() if is_system and name not in NOT_FAILED}
        self.station.finish()

    # ---- one crash ----

    def kill_by_clock(self, command, victim):
        """Returns whether somebody was hit."""
        delay, hit = self.random.uniform(0, 0.95 * self.took), None
        front = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began = time.monotonic()
        while time.monotonic() - began < delay:
            time.sleep(0.002)
        self.fill()
        while not hit and front.poll() is None and time.monotonic() - began < 5:
            for pid in [pid for pid, name in self.station.processes().items() if name == victim][:1]:
                try:
                    os.kill(pid, signal.SIGKILL)
                    hit = pid
                except ProcessLookupError:
                    pass
        self.check_exit(front.wait(120), victim)
        return hit, "%d ms" % (delay * 1000)

    def kill_by_call(self, command, victim):
        calls = self.calls[victim]
        hot = sorted(HOT & calls.keys())
        number, n = calls[self.random.choice(hot if hot and self.random.random() < 0.7 else sorted(calls))]
        nth, action = self.random.randint(1, n), self.random.choice([DIE_BEFORE, DIE_BEHIND])
        self.fill()
        self.shim.ask(victim, number, action, nth)
        self.check_exit(self.shim.run(*command, timeout=120).returncode, victim)
        fired = self.shim.fired()
        return fired, "%s %s %d" % ("before" if action == DIE_BEFORE else "behind", fired, nth)

    def fill(self):
        if self.disk and self.random.random() < 0.5:
            self.disk.fill()

    @staticmethod
    def check_exit(status, victim):
        claim(status in EXIT_CODES or (status == -signal.SIGKILL and victim == "certwipe"), "exit status", status)

    def crash(self, command):
        """Returns one word of what it did, or nothing."""
        victim = self.random.choices(list(VICTIMS), VICTIMS.values())[0]
        kill = self.kill_by_clock if self.random.random() < 0.3 else self.kill_by_call
        hit, instant = kill(command, victim)
        left = self.station.wait_until_alone(60)
        claim(not left, "processes stay behind:", left)
        where = place(self.station) if hit else ""
        self.station.check_claims()
        self.station.check_jobs()
        if self.disk:
            self.disk.make_room()
        if hit:
            self.table[victim, where] += 1
        return "%s %s (%s)" % (victim, instant, where) if hit else ""

    # ---- one run ----

    def stop(self):
        """The operator stops it in mid-write: what follows begins at a watermark."""
        number, n = self.calls["certwipe-exec"]["ring_write"]
        nth = self.random.randint(1, n)
        self.shim.ask("certwipe-exec", number, STOP, nth)
        r = self.shim.run(*self.station.wipe_command(), timeout=120)
        claim(r.returncode == 130, "stopped, it ended with", r.returncode, r.stderr)
        self.told = ["stopped at request %d of %d" % (nth, n)]

    def begin(self):
        """Until somebody was hit: what ended before is no crash."""
        if self.random.random() < 0.25:
            self.disk = Disk(self.station.folder)
        self.station.renew(self.disk.at + "/state" if self.disk else None)
        if self.random.random() < 0.2:
            self.stop()
            return
        for _ in range(20):
            self.station.renew(self.station.state)
            self.told = [self.crash(self.station.wipe_command())]
            if self.told[0]:
                return
        raise Broken("nobody is ever hit")

    def end(self):
        if self.disk:
            self.disk.close()
            self.disk = None

    def disturb(self, job):
        """Of a resume, for Station.finish: was there another crash?"""
        goes_on = job["resumable"] or job["state"] == "finished"
        if not goes_on or len(self.told) == CRASHES_MAX or self.random.random() < 0.25:
            return False
        self.told.append(self.crash(self.station.resume_command(job["jobId"])))
        return True

    def run(self, n):
        self.told = []
        try:
            self.begin()
            self.station.finish(self.disturb)
            how = "by a new job" if len(self.station.journals()) > 1 else "by the same job"
            print("run %3d%s: %s: certified %s" % (n, ", small disk" if self.disk else "", "; ".join(filter(None, self.told)), how), flush=True)
        finally:
            for pid in self.station.processes():
                os.kill(pid, signal.SIGKILL)
            self.station.wait_until_alone(10)
            self.end()

    def show(self):
        places = collections.OrderedDict()
        for (victim, where), n in sorted(self.table.items()):
            places.setdefault(where, {})[victim] = n
        print("| where it stood | %s |" % " | ".join(VICTIMS))
        for where, row in sorted(places.items(), key=lambda item: -sum(item[1].values())):
            print("| %s | %s |" % (where, " | ".join(str(row.get(victim, 0)) for victim in VICTIMS)))
        print("%d crashes" % sum(self.table.values()))


def main(certwipe, library, scratch, runs, seed=None):
    seed = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    print("seed %d" % seed, flush=True)
    crash, broken = Crash(certwipe, library, scratch, seed), 0
    try:
        for n in range(int(runs)):
            try:
                crash.run(n)
            except (Broken, subprocess.TimeoutExpired) as e:
                broken += 1
                print("run %3d BROKEN: %s" % (n, e), flush=True)
                kept = "%s/broken-%d" % (scratch, n)
                shutil.copytree(crash.station.state, kept, dirs_exist_ok=True) if os.path.isdir(crash.station.state) else None
        crash.show()
    finally:
        crash.close()
    print("%s runs, %d broke a promise" % (runs, broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
