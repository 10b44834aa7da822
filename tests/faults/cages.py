#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cages.py CERTWIPE SHIM SCRATCH: are those who work on what strangers wrote, on the medium and with the key, really without privilege while they do?

Each is halted in the middle of its work, and the kernel is asked what it may and what it holds.
"""
import os
import re
import signal
import sys
import time

from shim import PAUSE, Shim
from station import Broken, Station, claim

SIZE = 3 << 20
# Process, the call that it is halted at, and what it may hold besides the standard three and its socket.
SCENES = [
    ("certwipe-prober", "pread", 1, r"/dev/loop\d+"),
    ("certwipe-exec", "ring_write", 4, r"/dev/loop\d+|.*/journals/.*\.(jsonl|progress)|anon_inode:\[io_uring\]"),
    # What it does before is under root still: opening key and register, and making the latter.  The third document of the second one is behind the door for certain.
    ("certwipe-sealer", "renameat2", 1, r".*/(state|state/keys|state/certificates(/.*)?|state/register\.db(-wal)?)|/memfd:face.*"),
    ("certwipe-signer", "renameat2", 3, r".*/(state|state/keys|state/certificates(/.*)?|state/register\.db(-wal)?|state/journals/.*\.jsonl)"),
]


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f)


def held(pid):
    folder = "/proc/%d/fd" % pid
    return {os.readlink("%s/%s" % (folder, fd)) for fd in os.listdir(folder)}


def is_halted(pid):
    return status(pid)["State"].startswith("T")


class Cages:
    def __init__(self, certwipe, library, scratch):
        self.station = Station(certwipe, scratch, SIZE)
        self.shim = Shim(os.path.realpath(library), scratch + "/shim")
        self.shim.ask("")
        self.shim.run(self.station.certwipe, "--version")
        self.names = self.shim.names()

    def close(self):
        self.shim.close()
        self.station.close()

    def halted(self, name):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for pid, found in self.station.processes().items():
                if found == name and is_halted(pid):
                    return pid
            time.sleep(0.01)
        raise Broken("%s was not seen at work" % name)

    def look(self, pid, may_hold):
        s = status(pid)
        claim(s["Uid"].split()[1] != "0" and s["Gid"].split()[1] != "0", "it is root:", s["Uid"], s["Gid"])
        claim(not s["Groups"].split(), "it has groups:", s["Groups"])
        claim(all(int(s[key], 16) == 0 for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), "it has capabilities")
        claim(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2", "no filter is in force")
        others = {what for what in held(pid) if not re.fullmatch(r"/dev/null|socket:\[\d+\]|pipe:\[\d+\]|%s" % may_hold, what)}
        claim(not others, "it holds", others)

    def scene(self, name, call, nth, may_hold):
        self.station.renew()
        self.shim.ask(name, self.names.index(call), PAUSE, nth)
        front = self.shim.start(*self.station.wipe_command())
        try:
            pid = self.halted(name)
            self.look(pid, may_hold)
            os.kill(pid, signal.SIGCONT)
            claim(front.wait(60) == 0, "the wipe ended with", front.returncode)
        finally:
            front.kill()
            front.communicate()

    def run(self):
        failed = 0
        for name, *scene in SCENES:
            try:
                self.scene(name, *scene)
                print("%-16s is caged" % name, flush=True)
            except Broken as e:
                failed += 1
                print("%-16s BROKEN: %s" % (name, e), flush=True)
        return 1 if failed else 0


def main(certwipe, library, scratch):
    cages = Cages(certwipe, library, scratch)
    try:
        return cages.run()
    finally:
        cages.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
