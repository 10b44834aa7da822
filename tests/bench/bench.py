#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench.py: certwipe beside the tools that people use, and beside fio, which shows what the device can do.  Needs root; `make bench` runs it.

All tools work on the same loop devices in one run.  The order is shuffled in each repetition, and what is compared is the median.  Passes of certwipe are what its own
journal says (elapsedMs), passes of fio its own runtime; the fixed part of both has rows of its own.  All are started with the same
nice value, and a run during which other processes used the machine is repeated.
"""
import argparse
import json
import math
import os
import random
import re
import signal
import sys
import time

import honesty
import peers
import table
from loops import GIB, MIB, store
from meter import machine_cpu, read
from station import Station, boot_ms, interrupt
from throttle import Throttle

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GROUPS = ["honesty", "passes", "jobs", "many", "slow", "fixed"]
SMALL = 16 * MIB             # a job that is nothing but fixed costs
SECTOR_WISE = 64 * MIB       # what a tool gets that writes sector by sector
SLOW_RATE = 20_000_000       # bytes a second, of a slow stick
SLOW_SIZE = 128 * MIB
MANY_RATE = 100_000_000      # of each of several media: a hard disk, or a good stick
BOUND_RATE = 1_000_000_000   # of a device that is slower than the processor, as all real ones are
OTHERS_MAX = 0.3             # processors that others may use during a run
TOO_LATE = "a run was left out, because a clock of its processes was read too late"
THREE_PASSES = "dod3"        # 00, FF, keystream, read back


class Bench:
    def __init__(self, options):
        self.o = options
        self.deadline = time.monotonic() + 60 * options.minutes
        self.records, self.notes = [], {}
        self.disturbed = self.repeated = 0
        os.makedirs(options.work, exist_ok=True)
        self.raw = open("%s/raw-%s.jsonl" % (options.work, time.strftime("%Y%m%d-%H%M%S")), "w")
        self.station = Station(options.certwipe, options.work)
        self.nwipes = peers.nwipes()

    # ---- runs and records ----

    def measured(self, run):
        """run() again while others use the machine, as long as there is time; the quietest counts.  run() returns a cost, or something that has one."""
        best = None
        for attempt in range(1 + self.o.repeat):
            self.repeated += attempt > 0
            result = run()
            others = (result if isinstance(result, dict) else result.cost)["others"]
            if best is None or others < best[0]:
                best = others, result
            if others <= OTHERS_MAX or time.monotonic() > self.deadline:
                break
        self.disturbed += best[0] > OTHERS_MAX
        return best[1]

    def record(self, group, job, tool, seconds, size, cost, **more):
        """size: bytes of all media; a pass less or more is for the reader to know."""
        row = {"group": group, "job": job, "tool": tool, "seconds": seconds, "bytes": size, **{k: v for k, v in cost.items() if k != "seconds"}, **more}
        self.records.append(row)
        self.raw.write(json.dumps(row) + "\n")
        self.raw.flush()

    def note(self, text):
        self.notes[text] = self.notes.get(text, 0) + 1
        print("# " + text, file=sys.stderr, flush=True)

    def repetitions(self, name, runs):
        """Each of runs once in each repetition, in an order that nobody can count on."""
        for n in range(self.o.reps):
            print("# %s, %d of %d" % (name, n + 1, self.o.reps), file=sys.stderr, flush=True)
            random.shuffle(runs)
            for run in runs:
                run()

    def wiped(self, run):
        if run.exit != 0:
            raise RuntimeError("certwipe did not certify a healthy medium: %s" % run.results)
        return run

    def wipe(self, media, scheme="keystream", **how):
        return self.measured(lambda: self.wiped(self.station.wipe(media, scheme, **how)))

    # ---- passes: certwipe and fio on one medium ----

    def passes(self, group, medium, enter=None, fresh=False):
        """fresh: fio makes new data all the time, as we do, because this device may be quicker with data that it knows."""
        def ours(scheme, kind):
            run = self.wipe([medium], scheme, enter=enter)
            job, names = run.listed()[0], {"write": kind, "verify": "verify of " + kind}
            for step in job.steps:
                if math.isnan(step.all_cpu):
                    self.note(TOO_LATE)
                    continue
                self.record(group, names[step.do], "certwipe", step.seconds, step.bytes, {"cpu": step.all_cpu, "others": run.cost["others"]})

        def fio(kind, zeros=False):
            """Reads what it has just written, as we do: a disk that is still busy with it is slower."""
            for way, name in ("write", kind), ("read", "verify of " + kind):
                cost = self.measured(lambda way=way: peers.fio([medium], way, zeros, fresh, enter))
                self.record(group, name, "fio", cost["seconds"], medium.size, cost)

        runs = [lambda: ours("keystream", "random"), lambda: fio("random")]
        if not enter:
            runs += [lambda: ours("zero", "zero"), lambda: fio("zero", True)]
        self.repetitions(group, runs)

    # ---- whole commands on one medium ----

    def jobs(self, medium, short):
        group = "jobs"

        def ours(job, scheme):
            run = self.wipe([medium], scheme)
            self.record(group, job, "certwipe", run.cost["wall"], medium.size, run.cost)

        def other(job, tool, where, run):
            cost = self.measured(run)
            self.record(group, job, tool, cost["wall"], where.size, cost)

        runs = [lambda: ours("zero", "zero"), lambda: ours("random", "keystream"), lambda: ours("three passes", THREE_PASSES),
                lambda: other("zero", "shred -n0 -z", medium, lambda: peers.shred([medium], "-n0", "-z")),
                lambda: other("random", "shred -n1", medium, lambda: peers.shred([medium], "-n1")),
                lambda: other("random", "badblocks -w", medium, lambda: peers.badblocks([medium])),
                lambda: other("three passes", "shred -n3", medium, lambda: peers.shred([medium], "-n3"))]
        for name, nwipe in self.nwipes.items():
            for prng in nwipe.generators():
                where = short if name == "nwipe" else medium
                label = "%s %s" % (name, prng) if prng else name

                def add(job, method, where=where, label=label, nwipe=nwipe, prng=prng):
                    runs.append(lambda: other(job, label, where, lambda: nwipe.wipe([where], method, "last", prng)))
                if prng is None:
                    add("zero", "zero")
                add("random", "random")
                add("three passes", "dodshort")
        self.repetitions(group, runs)

    # ---- several media ----

    def many(self, media, short):
        group, size = "many-%d" % len(media), sum(m.size for m in media)

        def ours():
            run = self.wipe(media)
            jobs = run.listed()
            begin, end = min(j.step(1).begin_ms for j in jobs), max(j.step(2).end_ms for j in jobs)
            self.record_many(group, (end - begin) / 1000, size, run)

        def fio():
            costs = [self.measured(lambda way=way: peers.fio(media, way)) for way in ("write", "read")]
            self.record(group, "random", "fio", sum(c["seconds"] for c in costs), size, self.sum_of(costs))

        def other(tool, where, run):
            cost = self.measured(run)
            self.record(group, "random", tool, cost["wall"], sum(m.size for m in where), cost)

        runs = [ours, fio]
        if len(media) > 1:
            runs += [lambda: other("shred -n1", media, lambda: peers.shred(media, "-n1"))]
            for name, nwipe in self.nwipes.items():
                where = short[:len(media)] if name == "nwipe" else media
                runs.append(lambda name=name, nwipe=nwipe, where=where: other(name, where, lambda: nwipe.wipe(where, "random", "last")))
        self.repetitions(group, runs)

    def many_slow(self, media, enter):
        """Each at the speed that it has: the sum of their rates, each over its own time."""
        group, size = "many, 100 MB/s", sum(m.size for m in media)

        def ours():
            run = self.wipe(media, enter=enter)
            each = [sum(s.seconds for s in j.steps) for j in run.listed()]
            self.record_many(group, len(each) / sum(1 / seconds for seconds in each), size, run)

        def fio():
            costs = [self.measured(lambda way=way: peers.fio(media, way, enter=enter)) for way in ("write", "read")]
            each = [sum(pair) for pair in zip(*(c["each"] for c in costs))]
            self.record(group, "random", "fio", len(each) / sum(1 / seconds for seconds in each), size, self.sum_of(costs))

        self.repetitions(group, [ours, fio])

    def record_many(self, group, seconds, size, run):
        cpu = sum(s.executor_cpu for j in run.listed() for s in j.steps)
        if math.isnan(cpu):
            self.note(TOO_LATE)
            return
        last = max(j.step(1).begin_ms for j in run.listed()) - run.begin_ms
        self.record(group, "random", "certwipe", seconds, size, {**run.cost, "cpu": cpu}, peaks=run.peak, begun_s=last / 1000)

    @staticmethod
    def sum_of(costs):
        return {**{k: sum(c[k] for c in costs) for k in ("wall", "cpu", "kernel")}, **{k: max(c[k] for c in costs) for k in ("others", "peak")}}

    # ---- a slow medium ----

    def slow(self, medium, enter):
        group = "slow"

        def ours():
            run = self.wipe([medium], enter=enter, progress=True)
            steps = run.listed()[0].steps
            seconds = sum(s.seconds for s in steps)
            wrong = [abs(told - (written if step == 1 else got - at)) / size for at in [self.read_before_verify(run)]
                     for step, told, size, written, got in run.progress]
            self.record(group, "random", "certwipe", seconds, medium.size, {**run.cost, "cpu": sum(s.all_cpu for s in steps)}, progress_error=max(wrong))

        costs = [self.measured(lambda way=way: peers.fio([medium], way, enter=enter)) for way in ("write", "read")]  # once is enough to see how slow it is
        self.record(group, "random", "fio", sum(c["seconds"] for c in costs), medium.size, self.sum_of(costs))
        self.repetitions(group, [ours])

    @staticmethod
    def read_before_verify(run):
        """Bytes that were read before the reading back began: what looked for file systems on it."""
        return max([got for step, _, _, _, got in run.progress if step == 1], default=0)

    # ---- what does not depend on size ----

    def fixed(self, small, medium):
        def first_byte():
            run = self.wipe([small], watch_first=True)
            steps = run.listed()[0].steps
            authorised = run.listed()[0].line("authorised")["bootMs"]
            self.record("fixed", "first byte", "certwipe", (run.first_written_ms - run.begin_ms) / 1000, small.size, run.cost,
                        after_authorised_s=(run.first_written_ms - authorised) / 1000)
            self.record("fixed", "16 MiB", "certwipe", run.cost["wall"] - sum(s.seconds for s in steps), small.size, run.cost)

        def memory():
            for where, name in ((small, "small"), (medium, "large")):
                run = self.wipe([where], look_at_memory=True)
                self.record("fixed", "memory, " + name, "certwipe", run.cost["wall"], where.size, run.cost, peaks=run.peak, shares=run.share)

        def stop():
            self.stop_after_start(medium)

        def other(tool, run):
            cost = self.measured(run)
            self.record("fixed", "16 MiB", tool, cost["wall"], small.size, cost)

        runs = [first_byte, memory, stop, lambda: other("fio", lambda: peers.fio([small], "write")), lambda: other("shred -n1", lambda: peers.shred([small], "-n1")),
                lambda: other("badblocks -w", lambda: peers.badblocks([small]))]
        runs += [lambda n=n, t=t: other(n, lambda: t.wipe([small], "random", "last")) for n, t in self.nwipes.items()]
        self.repetitions("fixed", runs)

    def stop_after_start(self, medium, enter=None, job="stop", progress=0.1):
        """SIGINT once a part of the medium is written: until the journal says so, and until the command has ended with its report."""
        asked = []

        def on_write(run, job, line):
            if line["event"] == "intent" and not asked:
                begin = time.monotonic()
                while medium.bytes_written() - before < progress * medium.size and time.monotonic() - begin < 10:
                    time.sleep(0.001)
                interrupt(run)
                asked.append(boot_ms())

        before = medium.bytes_written()
        run = self.station.wipe([medium], enter=enter, on_line=on_write)
        stopped = run.listed()[0].line("stopped")
        if run.exit == 0:
            self.note("one stop came too late: the medium was done already")
            return
        if run.exit != 130 or not stopped:
            raise RuntimeError("certwipe did not stop: %s" % run.results)
        self.station.give_up(run)
        self.record("fixed", job, "certwipe", (stopped["bootMs"] - asked[0]) / 1000, medium.size, run.cost, ended_s=(run.end_ms - asked[0]) / 1000)

    # ---- all of it ----

    def one_medium(self, memory):
        medium = memory.medium(self.o.size)
        small = memory.medium(SMALL)
        if "passes" in self.o.only:
            self.limits = [peers.aes_bytes_per_second() for _ in range(self.o.reps)]
            self.passes("passes, memory", medium)
            self.throttled([medium], BOUND_RATE, lambda throttle: self.passes("passes, 1 GB/s", medium, throttle.enter))
        if "jobs" in self.o.only:
            self.jobs(medium, memory.medium(SECTOR_WISE))
        if "slow" in self.o.only:
            slow = memory.medium(SLOW_SIZE)
            self.throttled([slow], SLOW_RATE, lambda throttle: (self.slow(slow, throttle.enter),
                                                              self.repetitions("stop", [lambda: self.stop_after_start(slow, throttle.enter, "stop, slow")])))
        if "fixed" in self.o.only:
            self.fixed(small, medium)

    def throttled(self, media, rate, work):
        try:
            throttle = Throttle(media, rate)
        except OSError as e:
            self.note("skipped: a device of %d MB/s (%s)" % (rate // 1_000_000, e))
            return
        self.throttle_kind = throttle.kind
        try:
            work(throttle)
        finally:
            throttle.close()

    def several_media(self, memory):
        each = max(self.o.size // 4, SMALL)
        need = max(self.o.devices) * (each + SMALL) + GIB
        if need > min(memory.room(), 1024 * int(re.search(r"MemAvailable:\s+(\d+)", read("/proc/meminfo"))[1])):
            self.note("skipped: %d media of %d MiB do not fit into memory" % (max(self.o.devices), each // MIB))
            return
        media = [memory.medium(each) for _ in range(max(self.o.devices))]
        short = [memory.medium(SMALL) for _ in range(max(self.o.devices))] if self.nwipes else []
        for n in sorted(self.o.devices):
            self.many(media[:n], short)
        self.throttled(media, MANY_RATE, lambda throttle: self.many_slow(media, throttle.enter))

    def run(self):
        for name in self.nwipes or ["nwipe"]:
            if name not in self.nwipes:
                self.note("skipped: nwipe is not installed")
        with store("/dev/shm") as memory:
            self.direct = memory.medium(SMALL).is_direct()
            if "honesty" in self.o.only:
                self.honesty = honesty.check(self.station, memory.medium(64 * MIB))
            self.one_medium(memory)
            if "many" in self.o.only:
                self.several_media(memory)
        for folder in self.o.folders if "passes" in self.o.only else []:
            with store(folder) as disk:
                if disk.room() < 2 * self.o.size:
                    self.note("skipped: %s has no room for %d MiB" % (folder, self.o.size // MIB))
                    continue
                self.passes("passes, file", disk.medium(self.o.size), fresh=True)

    def close(self):
        self.station.close()
        self.raw.close()


def bytes_of(text):
    number, unit = re.fullmatch(r"(\d+)([MG])", text.upper()).groups()
    return int(number) * {"M": MIB, "G": GIB}[unit]


def target(text):
    if text != "tmpfs" and not text.startswith("file:"):
        raise argparse.ArgumentTypeError("tmpfs or file:DIR")
    return text


def options(argv):
    p = argparse.ArgumentParser(description="certwipe beside other tools, on loop devices of its own")
    p.add_argument("--size", type=bytes_of, default=2 * GIB, help="of the medium, such as 512M or 2G; several media have a quarter of it each")
    p.add_argument("--reps", type=int, default=5, help="how often each is run; medians are shown")
    p.add_argument("--devices", type=lambda t: [int(n) for n in t.split(",")], default=[1, 4, 16], help="how many media at once, such as 1,4,16")
    p.add_argument("--target", type=target, action="append", help="tmpfs, which is always there, and file:DIR for passes over a file on that disk besides")
    p.add_argument("--only", type=lambda t: t.split(","), default=GROUPS, help="of " + ",".join(GROUPS))
    p.add_argument("--repeat", type=int, default=2, help="how often a run is repeated while others use the machine")
    p.add_argument("--minutes", type=float, default=15, help="after which nothing is repeated any more for others' sake")
    p.add_argument("--certwipe", default=ROOT + "/build/certwipe")
    p.add_argument("--work", default=ROOT + "/build/bench", help="for the state directory (on a disk) and the raw figures")
    p.add_argument("--out", help="where the table goes besides standard output; RESULTS.md in --work if not given")
    o = p.parse_args(argv)
    targets = o.target or ["tmpfs", "file:" + o.work]
    o.folders = [t[len("file:"):] for t in targets if t.startswith("file:")]
    o.out = o.out or o.work + "/RESULTS.md"
    return o


def main(argv):
    o = options(argv)
    if os.geteuid() != 0:
        sys.exit("bench: needs root, because it makes loop devices.  Run: sudo make bench")
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: sys.exit("bench: ended by a signal"))  # by way of all that takes loop devices away
    bench = Bench(o)
    begin = time.monotonic()
    try:
        bench.run()
    finally:
        bench.close()
    text = table.render(bench, time.monotonic() - begin)
    with open(o.out, "w") as f:
        f.write(text)
    print(text)
    honest = "honesty" not in o.only or all(found for _, _, found in bench.honesty)
    if not honest:
        print("bench: FAILED: verification did not report what was done to the medium", file=sys.stderr)
    return 0 if honest else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
