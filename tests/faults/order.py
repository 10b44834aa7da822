#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""order.py CERTWIPE SHIM SCRATCH: is everything on disk before the act that it announces?

Writes down what all processes of a wipe bring to disk and to the medium, in its order, and holds it against the rules that make a power cut harmless.  What it
sees are the calls themselves, so that a flush which somebody takes out is missed although nothing else shows it on a machine that never loses its power.
"""
import collections
import os
import shutil
import stat
import sys

from shim import DIE_BEFORE, Shim
from station import PASSPHRASE, Broken, Station, claim

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 3 << 20
WRITES = ("write", "pwrite")
SYNCS = ("fdatasync", "fsync")


def paths(state):
    """Inode -> name, of all below the state directory, itself and the one above included."""
    found = {os.stat(state).st_ino: ".", os.stat(state + "/..").st_ino: ".."}
    for folder, names, files in os.walk(state):
        for name in names + files:
            path = os.path.join(folder, name)
            found[os.lstat(path).st_ino] = os.path.relpath(path, state)
    return found


class Rules:
    """Goes through the events once; a rule that is broken raises."""

    def __init__(self, events, names, files):
        self.events, self.names, self.files = events, names, files
        self.unsynced = collections.defaultdict(set)  # process -> names of files and folders that it changed
        self.medium_dirty = False                     # the medium took something since its last flush
        self.lines = []                               # events of the journal, as they were written
        self.flushes = self.requests = 0

    def who(self, e):
        return self.names.get(e.pid, "?")

    def all_synced(self, e, act, only=None):
        """Of this process: another has its own rules."""
        left = {f for f in self.unsynced[e.pid] if only is None or only(f)}
        claim(not left, "%s: %s is not on disk before it %s (last line of the journal: %s)" % (self.who(e), ", ".join(sorted(left)), act, self.lines[-1:]))

    def journal_synced(self, e, act):
        self.all_synced(e, act, lambda f: f.startswith("journals"))

    def medium_flushed(self, act):
        claim(not self.medium_dirty, "the medium was written and not flushed before", act)

    # ---- what happens ----

    def line(self, e):
        self.all_synced(e, "writes the line %s of the journal" % e.line, lambda f: not f.endswith(".progress"))
        if e.line in ("checkpoint", "step-end", "end"):
            self.medium_flushed("the line %s of the journal" % e.line)
        self.lines.append(e.line)

    def request(self, e, writes):
        self.requests += 1
        self.journal_synced(e, "touches the medium")
        claim("intent" in self.lines and self.lines[-1] in ("intent", "checkpoint"), "the medium is touched behind the line", self.lines[-1:])
        claim({"job", "authorised", "registered", "stream", "identity"} <= set(self.lines), "the medium is touched and the journal has only", self.lines)
        if writes:
            self.medium_dirty = True
        else:
            self.medium_flushed("it is read back")

    def changed(self, e, name):
        if e.call == "write" and name.endswith(".jsonl") and name.startswith("journals/"):
            self.line(e)
        if not name.endswith(".progress"):  # no evidence
            self.unsynced[e.pid].add(name)

    def on_medium(self, e):
        if self.who(e) != "certwipe-exec":
            return
        if e.call in WRITES + ("pread",):
            self.request(e, e.call in WRITES)
        elif e.call in SYNCS and e.result == 0:
            self.flushes += 1
            claim(e.in_flight == 0, "the medium is flushed while requests are under way")
            self.medium_dirty = False

    def on_file(self, e):
        name = self.files.get(e.file)
        # A page is no evidence: what it shows is on disk before it is made.  And it may get the inode of a file that is gone by then.
        if name is None or name.endswith(".pdf"):
            return
        if e.call in WRITES:
            self.changed(e, name)
        elif e.call in SYNCS and e.result == 0:
            self.unsynced[e.pid].discard(name)
        elif e.call in ("open", "openat") and not name.endswith(".progress"):  # it is new
            self.unsynced[e.pid] |= {name, self.files.get(e.offset, ".")}
        elif e.call in ("renameat2", "mkdir", "mkdirat") and e.result == 0:
            if e.call == "renameat2":
                self.all_synced(e, "gets its name", lambda f: "." in os.path.basename(f))
            self.unsynced[e.pid].add(name)

    def on_event(self, e):
        if e.call in ("ring_write", "ring_read"):
            self.request(e, e.call == "ring_write")
        elif e.call == "fork":
            self.all_synced(e, "starts another process")
        elif e.call == "_exit":
            self.all_synced(e, "ends")
        elif stat.S_ISBLK(e.mode):
            self.on_medium(e)
        else:
            self.on_file(e)

    def check_files(self):
        for e in self.events:
            self.on_event(e)

    def check(self):
        self.check_files()
        claim(self.requests >= 2 * SIZE // (512 << 10), "only %d requests to the medium were seen" % self.requests)
        claim("attested" in self.lines and self.flushes, "it was not seen how the job ended:", self.lines)


class Order:
    def __init__(self, certwipe, library, scratch):
        self.station = Station(certwipe, scratch, SIZE)
        self.shim = Shim(os.path.realpath(library), scratch + "/shim")

    def close(self):
        self.shim.close()
        self.station.close()

    def watch(self, command, **how):
        self.shim.ask("")
        r = self.shim.run(*command, timeout=120, **how)
        claim(r.returncode == 0, "it ended with", r.returncode, r.stdout, r.stderr)
        return {p.pid: p.name for p in self.shim.processes()}

    def check(self, command, before=()):
        names = self.watch(command)
        rules = Rules(self.shim.events(), names, paths(self.station.state))
        rules.lines += before
        rules.check()
        return "%d requests, %d flushes, %d lines" % (rules.requests, rules.flushes, len(rules.lines))

    def wipe(self, *options, launcher=()):
        self.station.renew()
        return self.check(self.station.wipe_command(*launcher) + list(options))

    def keys(self):
        """They are there after a power cut, and so is the folder that they are in."""
        s = self.station
        shutil.rmtree(s.state, ignore_errors=True)
        names = self.watch([s.certwipe, "key", "create", "--state", s.state, "--organisation", "Order", "--station", "bench", "--passphrase-fd", "0"], stdin=None,
                           input=PASSPHRASE)
        rules = Rules(self.shim.events(), names, paths(s.state))
        rules.check_files()
        synced = [e for e in self.shim.events() if e.call in SYNCS]
        claim(len(synced) >= 8, "only %d flushes were seen" % len(synced))
        return "%d flushes" % len(synced)

    def resumed(self):
        """Behind a death in mid-write: what was there is not announced again, and what goes on is."""
        s = self.station
        s.renew()
        self.shim.ask("")
        self.shim.run(s.certwipe, "--version")
        self.shim.ask("certwipe-exec", self.shim.names().index("ring_write"), DIE_BEFORE, 5)
        self.shim.run(*s.wipe_command())
        s.wait_until_alone(20)
        return self.check(s.resume_command(s.check_jobs()[0]["jobId"]), ["job", "authorised", "registered", "stream", "identity", "intent"])

    def run(self):
        threads = [HERE + "/../flow/without_ring.py"]
        scenes = [("new keys", self.keys), ("a wipe", self.wipe), ("without a ring", lambda: self.wipe(launcher=threads)), ("three passes", lambda: self.wipe("--scheme", "ism-magnetic-small")),
                  ("resumed", self.resumed)]
        failed = 0
        for name, scene in scenes:
            try:
                print("%-16s %s" % (name, scene()), flush=True)
            except Broken as e:
                failed += 1
                print("%-16s BROKEN: %s" % (name, e), flush=True)
        return 1 if failed else 0


def main(certwipe, library, scratch):
    order = Order(certwipe, library, scratch)
    try:
        return order.run()
    finally:
        order.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
