# SPDX-License-Identifier: Apache-2.0
"""The driver's side of the shim (shim.c): asks for one fault or none, runs a command under it, and reads what happened."""
import mmap
import os
import struct
import subprocess

# struct shared of shim.h
CALLS_MAX, PROCESSES_MAX, EVENTS_MAX = 160, 64, 16384
HEAD = struct.Struct("=16sIIQQQQiIIIII")
COUNTER, PROCESS, EVENT = struct.Struct("=40sQQ"), struct.Struct("=iIiI16s"), struct.Struct("=iIIIQqQQ24s")
FIRED, N_PROCESSES = 8, 11  # places in HEAD
COUNTERS_AT = HEAD.size
PROCESSES_AT = COUNTERS_AT + CALLS_MAX * COUNTER.size
EVENTS_AT = PROCESSES_AT + PROCESSES_MAX * PROCESS.size
SIZE = EVENTS_AT + EVENTS_MAX * EVENT.size

ONLY_COUNT, FAIL, CUT_SHORT, DIE_BEFORE, DIE_BEHIND, STOP, PAUSE = range(7)
RUNS, ENDED, CRASHED, DIED_AS_ASKED = 1, 2, 3, 4


def text(raw):
    return raw.split(b"\0", 1)[0].decode()


class Process:
    def __init__(self, raw):
        self.pid, self.state, self.status, _, name = PROCESS.unpack(raw)
        self.name = text(name)


class Event:
    def __init__(self, raw, names):
        self.pid, call, self.mode, self.in_flight, self.file, self.result, self.len, self.offset, line = EVENT.unpack(raw)
        self.call, self.line = names[call], text(line)


class Shim:
    """One file for one command; calls and their order are those of all its processes."""

    def __init__(self, library, path):
        self.library, self.path = library, path
        with open(path, "wb") as f:
            f.truncate(SIZE)
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), SIZE)

    def close(self):
        self.map.close()
        os.unlink(self.path)

    def environment(self):
        """For a sanitizer, too, which wants to be loaded first and has to make do."""
        options = os.environ.get("ASAN_OPTIONS", "")
        return dict(os.environ, LD_PRELOAD=self.library, CERTWIPE_SHIM=self.path, ASAN_OPTIONS=options + (":" if options else "") + "verify_asan_link_order=0")

    def ask(self, victim, target=0, action=ONLY_COUNT, nth=0, sys_errno=0, bad=(0, 0), lies_at=0):
        """bad: from and upto, of bytes that the medium neither takes nor gives.  lies_at: one that it gives wrongly."""
        self.map[:] = bytes(SIZE)
        self.map[:HEAD.size] = HEAD.pack(victim.encode(), target, action, nth, *bad, lies_at, sys_errno, 0, 0, 0, 0, 0)

    def _head(self):
        return HEAD.unpack(self.map[:HEAD.size])

    def fired(self):
        """Name of the call that failed or was the last, or None."""
        head = self._head()
        return self._name(head[FIRED + 1]) if head[FIRED] else None

    def _at(self, offset, form, i):
        return self.map[offset + i * form.size:offset + (i + 1) * form.size]

    def _name(self, i):
        return text(COUNTER.unpack(self._at(COUNTERS_AT, COUNTER, i))[0])

    def names(self):
        return [name for name in (self._name(i) for i in range(CALLS_MAX)) if name]

    def counts(self):
        """Calls of the victim that were made: name -> (number for ask, how often, is it a system call)."""
        rows = [COUNTER.unpack(self._at(COUNTERS_AT, COUNTER, i)) for i in range(CALLS_MAX)]
        return {text(name): (i, n, bool(system)) for i, (name, system, n) in enumerate(rows) if n}

    def processes(self):
        n = self._head()[N_PROCESSES]
        assert n <= PROCESSES_MAX, "more processes than there is room for"
        return [Process(self._at(PROCESSES_AT, PROCESS, i)) for i in range(n)]

    def events(self):
        n, names = self._head()[N_PROCESSES + 1], self.names()
        assert n <= EVENTS_MAX, "more events than there is room for"
        return [Event(self._at(EVENTS_AT, EVENT, i), names) for i in range(n)]

    def start(self, *command):
        return subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *command, **how):
        usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.run(command, env=self.environment(), **{**usual, **how})
