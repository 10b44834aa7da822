# SPDX-License-Identifier: Apache-2.0
"""What a run costs: wall clock, processor time of the tool, of the kernel's threads and of everybody else."""
import contextlib
import os
import re
import time

TICK = os.sysconf("SC_CLK_TCK")


def read(path):
    with open(path, errors="replace") as f:
        return f.read()


def cpu_of(pid):
    """Processor seconds of a process with all its threads, those that ended too; the clock is the one of clock_getcpuclockid(3)."""
    return time.clock_gettime(~pid << 3 | 2)


def processes():
    """Number and parent of each."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                yield int(entry), int(read("/proc/%s/stat" % entry).rpartition(")")[2].split()[1])
            except OSError:
                pass  # has ended


def children_of(pid):
    try:
        return [int(p) for p in read("/proc/%d/task/%d/children" % (pid, pid)).split()]
    except OSError:
        return listed_children_of(pid)


def listed_children_of(pid):
    return [p for p, parent in processes() if parent == pid]


def peak_bytes(pid):
    """Largest resident size so far; None when the process has ended."""
    try:
        return 1024 * int(re.search(r"^VmHWM:\s+(\d+)", read("/proc/%d/status" % pid), re.M)[1])
    except (OSError, TypeError):
        return None


def share_bytes(pid):
    """What it has in memory now; a page that n processes have counts one n-th.  None when it has ended."""
    try:
        return 1024 * int(re.search(r"^Pss:\s+(\d+)", read("/proc/%d/smaps_rollup" % pid), re.M)[1])
    except (OSError, TypeError):
        return None


def kernel_cpu():
    """Of all the kernel's threads: loop devices do their work in them."""
    total = 0.0
    for pid, parent in processes():
        if parent == 2:
            try:
                total += cpu_of(pid)
            except OSError:
                pass
    return total


def machine_cpu():
    """Busy and stolen seconds of all processors."""
    user, nice, system, _, _, irq, softirq, steal = (int(n) / TICK for n in read("/proc/stat").split("\n")[0].split()[1:9])
    return user + nice + system + irq + softirq, steal


def ahead_of_others(enter):
    """For the child that becomes a tool, all alike: what else runs on the machine disturbs less."""
    def prepare():
        os.nice(-15)
        if enter:
            enter()
    return prepare


@contextlib.contextmanager
def without_delay():
    """Who reads clocks at a certain moment must not wait for its turn.  Not for anything that takes time."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class Meter:
    """From its creation until stop()."""

    def __init__(self):
        self.kernel, (self.busy, self.steal), self.own, self.begin = kernel_cpu(), machine_cpu(), time.process_time(), time.monotonic()

    def stop(self, tool_cpu):
        wall, own, (busy, steal), kernel = time.monotonic() - self.begin, time.process_time(), machine_cpu(), kernel_cpu()
        kernel -= self.kernel
        others = busy - self.busy - tool_cpu - kernel - (own - self.own)
        return {"wall": wall, "cpu": tool_cpu, "kernel": kernel, "others": max(others, 0) / wall, "steal": (steal - self.steal) / wall}
