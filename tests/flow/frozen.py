#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""frozen.py NODE BYTES FILE COMMAND...: becomes COMMAND, a wipe.  Its executor is halted (SIGSTOP) once BYTES were written to NODE, and then FILE
holds its process id.

A watcher is forked first, so that however fast the medium is, the executor is seen when it is born; from then on it runs a millisecond at a time.
"""
import os
import signal
import sys
import time

PATIENCE_S = 60


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def name(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except OSError:
        return ""


def has_open(pid, node):
    try:
        return any(os.readlink("/proc/%d/fd/%s" % (pid, fd)) == node for fd in os.listdir("/proc/%d/fd" % pid))
    except OSError:
        return False


def executor_of(front, node, others):
    """Halts it the moment it is seen; those of other media are let go on and remembered."""
    for broker in children(front):
        for pid in children(broker):
            if pid in others or name(pid) != "certwipe-exec":
                continue
            os.kill(pid, signal.SIGSTOP)
            if has_open(pid, node):
                return pid
            os.kill(pid, signal.SIGCONT)
            others.add(pid)
    return 0


def written_bytes(node):
    with open("/sys/block/%s/stat" % os.path.basename(node)) as f:
        return int(f.read().split()[6]) * 512


def freeze(front, node, mark_bytes):
    until, pid, others = time.monotonic() + PATIENCE_S, 0, set()
    while not pid and time.monotonic() < until:
        pid = executor_of(front, node, others)
        time.sleep(0.0005)
    if not pid:
        sys.exit("frozen.py: no executor was started")
    while written_bytes(node) < mark_bytes and time.monotonic() < until:
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.001)
        os.kill(pid, signal.SIGSTOP)
    return pid


def be_punctual():
    """A slice that lasts longer because the machine is busy may be enough for a whole pass."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        os.nice(-10)


def main(node, mark, path, *command):
    mark_bytes, front = written_bytes(node) + int(mark), os.getpid()
    if os.fork():
        os.execv(command[0], command)
    os.setsid()
    try:
        be_punctual()
        pid = freeze(front, node, mark_bytes)
    except ProcessLookupError:
        sys.exit("frozen.py: the executor had ended before it could be halted")
    with open(path + ".new", "w") as f:
        f.write("%d\n" % pid)
    os.rename(path + ".new", path)


if __name__ == "__main__":
    main(*sys.argv[1:])
