# SPDX-License-Identifier: Apache-2.0
"""Figures become Markdown: goals first, then what they were read from."""
import math
import os
import platform
import re
import statistics
import subprocess
import time

import peers
from loops import GIB, MIB
from meter import read

GB = 1e9
FAST = 3 * GB  # bytes a second: up to here the device is to be the limit, not the processor


class Rows:
    def __init__(self, records):
        self.records = records

    def of(self, group, job=None, tool=None):
        return [r for r in self.records if r["group"] == group and job in (None, r["job"]) and tool in (None, r["tool"])]

    def names(self, key, group, job=None):
        return list(dict.fromkeys(r[key] for r in sorted(self.of(group, job), key=lambda r: (r["tool"] != "certwipe", r["tool"] != "fio", r["tool"]))))

    def median(self, value, *which):
        found = [value(r) for r in self.of(*which)]
        return statistics.median(found) if found else None


def rate(r):
    return r["bytes"] / r["seconds"]


def cpu_per_gib(r):
    return r["cpu"] / (r["bytes"] / GIB)


def kernel_per_gib(r):
    return r["kernel"] / (r["bytes"] / GIB)


def spread(values, form="%.2f"):
    values = sorted(values)
    return (form + " (" + form + "..." + form + ")") % (statistics.median(values), values[0], values[-1]) if values else "-"


def lines(head, rows):
    """A table; the first column is text, the others are figures."""
    if not rows:
        return ""
    out = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(out + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]) + "\n"


def divided(a, b, form="%.2f"):
    return form % (a / b) if a is not None and b else "-"


# ---- goals ----

class Goals:
    def __init__(self):
        self.rows = []

    def most(self, text, value, limit, form="%.2f"):
        self.add(text, value, form, value is not None and value <= limit)

    def least(self, text, value, limit, form="%.2f"):
        self.add(text, value, form, value is not None and value >= limit)

    def add(self, text, value, form, met):
        self.rows.append((text, "-" if value is None else form % value, "not measured" if value is None else "met" if met else "**not met**"))


def against_fio(rows, goals, group, words):
    for job, limit_fast in (("random", None), ("verify of random", 0.80)):
        ours, device = (rows.median(rate, group, job, tool) for tool in ("certwipe", "fio"))
        what = "random pass" if job == "random" else "full verification"
        if ours is None:
            continue
        at = "%s, %s (%.2f GB/s by fio): " % (what, words, device / GB)
        if device <= FAST:
            goals.least(at + "at least 0.97 of fio", ours / device, 0.97, "%.3f")
        elif limit_fast:
            goals.least(at + "above 3 GB/s, at least %.2f of fio" % limit_fast, ours / device, limit_fast)
        else:
            goals.rows.append((at + "above 3 GB/s", "%.2f" % (ours / device), "no goal"))


def processor_goals(rows, goals, aes):
    group, unit = "passes, memory", GIB / statistics.median(aes) if aes else None
    write, verify = (rows.median(cpu_per_gib, group, job, "certwipe") for job in ("random", "verify of random"))
    goals.most("random pass: at most 0.20 CPU-s/GiB", write, 0.20, "%.3f")
    goals.most("full verification: at most 0.22 CPU-s/GiB", verify, 0.22, "%.3f")
    goals.most("random pass: at most 1.3 times AES-256-CTR in one process", write and unit and write / unit, 1.3)
    goals.most("full verification: at most 1.4 times AES-256-CTR in one process", verify and unit and verify / unit, 1.4)
    goals.most("zero pass: at most 0.08 CPU-s/GiB", rows.median(cpu_per_gib, group, "zero", "certwipe"), 0.08, "%.3f")


def many_goals(rows, goals, devices):
    most = max(devices)
    for group, words in (("many, 100 MB/s", "of 100 MB/s each"), ("many-%d" % most, "in memory (where the processor is the limit, and fio makes no data)")):
        ours, device = (rows.median(rate, group, "random", tool) for tool in ("certwipe", "fio"))
        goals.least("%d media %s: at least 0.95 of fio's aggregate" % (most, words), ours and ours / device, 0.95)
    group, one = "many-%d" % most, "many-1"
    many, single = (rows.median(cpu_per_gib, g, "random", "certwipe") for g in (group, one))
    goals.most("%d media: CPU-s/GiB at most 1.10 of one medium's" % most, many and single and many / single, 1.10)


def memory_goals(rows, goals):
    for who, words, limit in (("front", "the front", 16), ("executor", "an executor", 8)):
        peaks = [r["peaks"] for r in rows.records if "peaks" in r]
        goals.most("memory of %s: at most %d MiB" % (words, limit), max(p[who] for p in peaks) / MIB if peaks else None, limit, "%.1f MiB")
    small, large = (rows.median(lambda r: sum(r["peaks"].values()), "fixed", "memory, " + size, "certwipe") for size in ("small", "large"))
    goals.most("memory independent of size: a large medium within 2 % of 16 MiB", small and large and large / small, 1.02)


def slow_goals(rows, goals):
    which = ("slow", "random", "certwipe")
    goals.most("device of 20 MB/s: at most 1 % of a core", rows.median(lambda r: 100 * r["cpu"] / r["seconds"], *which), 1, "%.2f %%")
    worst = [100 * r["progress_error"] for r in rows.of(*which)]
    goals.most("device of 20 MB/s: progress within 2 % of what the kernel counted", max(worst) if worst else None, 2, "%.2f %%")


def fixed_goals(rows, goals):
    goals.most("first byte written within 0.3 s of the start of the command that authorises", rows.median(lambda r: r["seconds"], "fixed", "first byte", "certwipe"), 0.3,
               "%.3f s")
    goals.most("fixed cost of a 16 MiB job at most 0.5 s", rows.median(lambda r: r["seconds"], "fixed", "16 MiB", "certwipe"), 0.5, "%.3f s")
    for job, words in (("stop", "a fast device"), ("stop, slow", "a device of 20 MB/s")):
        worst = [r["ended_s"] for r in rows.of("fixed", job, "certwipe")]
        goals.most("stop within 0.5 s, %s, until the command has ended (worst of all)" % words, max(worst) if worst else None, 0.5, "%.3f s")


def peer_goals(rows, goals):
    ours, shred = (rows.median(cpu_per_gib, "jobs", "random", tool) for tool in ("certwipe", "shred -n1"))
    write = rows.median(cpu_per_gib, "passes, memory", "random", "certwipe")
    goals.most("random pass: at most half of the CPU of shred -n1", write and shred and write / shred, 0.5)
    for tool, limit, words in (("nwipe (NWIPE)", 1.0, "at most the CPU of a new nwipe as it comes"), ("nwipe (NWIPE) chacha20", 1 / 6, "at most 1/6 of the CPU of its ChaCha20")):
        theirs = rows.median(cpu_per_gib, "jobs", "random", tool)
        goals.most("random and verification: " + words, ours and theirs and ours / theirs, limit)


def goals_of(bench, rows):
    goals = Goals()
    for group, words in (("passes, 1 GB/s", "device of 1 GB/s"), ("passes, file", "file on disk"), ("passes, memory", "memory")):
        against_fio(rows, goals, group, words)
    processor_goals(rows, goals, getattr(bench, "limits", []))
    many_goals(rows, goals, bench.o.devices)
    memory_goals(rows, goals)
    slow_goals(rows, goals)
    fixed_goals(rows, goals)
    peer_goals(rows, goals)
    return goals.rows


# ---- tables ----

def passes(rows, group):
    out = []
    for job in rows.names("job", group):
        device = rows.median(rate, group, job, "fio")
        for tool in rows.names("tool", group, job):
            found = rows.of(group, job, tool)
            mine = rows.median(rate, group, job, tool)
            out.append(("%s, %s" % (job, tool), spread([rate(r) / GB for r in found]), spread([cpu_per_gib(r) for r in found], "%.3f"), divided(mine, device)))
    return lines(["pass", "GB/s: median (min...max)", "CPU-s/GiB", "of fio"], out)


def fixed_wall(rows, tool):
    """Of the whole command on a medium of 16 MiB; None when that was not measured."""
    return rows.median(lambda r: r["wall"], "fixed", "16 MiB", "shred -n1" if tool.startswith("shred") else tool)


def rate_beyond(fixed):
    """Bytes a second of what is beyond those 16 MiB and their time."""
    return lambda r: (r["bytes"] - 16 * MIB) / (r["wall"] - fixed) if fixed is not None and r["wall"] > 1.2 * fixed else float("nan")


def jobs(rows):
    out = []
    for job in rows.names("job", "jobs"):
        ours = {f: rows.median(f, "jobs", job, "certwipe") for f in (rate, cpu_per_gib)}
        for tool in rows.names("tool", "jobs", job):
            found, fixed = rows.of("jobs", job, tool), fixed_wall(rows, tool)
            theirs = {f: rows.median(f, "jobs", job, tool) for f in (rate, cpu_per_gib)}
            beyond = rows.median(rate_beyond(fixed), "jobs", job, tool) / GB
            out.append(("%s, %s" % (job, tool), found[0]["bytes"] // MIB, spread([r["seconds"] for r in found]), "-" if fixed is None else "%.2f" % fixed,
                        "-" if math.isnan(beyond) else "%.2f" % beyond, spread([cpu_per_gib(r) for r in found], "%.3f"),
                        "%.2f" % statistics.median(kernel_per_gib(r) for r in found), divided(ours[rate], theirs[rate]), divided(ours[cpu_per_gib], theirs[cpu_per_gib])))
    return lines(["job, tool", "MiB", "wall s", "wall s of 16 MiB", "GB/s beyond these", "CPU-s/GiB", "kernel-s/GiB", "certwipe's bytes a second by it", "certwipe's CPU by it"], out)


def many(rows, groups):
    out = []
    for group, words in groups:
        device = rows.median(rate, group, "random", "fio")
        for tool in rows.names("tool", group):
            found = rows.of(group, "random", tool)
            begun = "%.2f" % statistics.median(r["begun_s"] for r in found) if tool == "certwipe" else ""
            out.append(("%s, %s" % (words, tool), found[0]["bytes"] // MIB, spread([rate(r) / GB for r in found]), spread([cpu_per_gib(r) for r in found], "%.3f"),
                        divided(rows.median(rate, group, "random", tool), device), begun))
    return lines(["media, tool", "MiB in all", "GB/s of all", "CPU-s/GiB", "of fio", "all writing after s"], out)


def fixed(rows):
    out = []
    for job in rows.names("job", "fixed"):
        for tool in rows.names("tool", "fixed", job):
            found = rows.of("fixed", job, tool)
            more = ""
            if job == "first byte":
                more = "%.3f s after the line `authorised`" % statistics.median(r["after_authorised_s"] for r in found)
            if job.startswith("stop"):
                more = "%s s until the command has ended" % spread([r["ended_s"] for r in found], "%.3f")
            if job.startswith("memory"):
                more = ", ".join("%s %.1f (%.1f) MiB" % (who, max(r["peaks"][who] for r in found) / MIB, max(r["shares"].get(who) or 0 for r in found) / MIB)
                                 for who in ("front", "broker", "executor"))
            out.append(("%s, %s" % (job, tool), spread([r["seconds"] for r in found], "%.3f"), more))
    return lines(["what", "s", ""], out)


def slow(rows):
    out = []
    for tool in rows.names("tool", "slow"):
        found = rows.of("slow", "random", tool)
        more = "%.2f %%" % max(100 * r["progress_error"] for r in found) if tool == "certwipe" else ""
        out.append((tool, spread([2 * rate(r) / 1e6 for r in found], "%.1f"), spread([100 * r["cpu"] / r["seconds"] for r in found]), more))
    return lines(["write, then read", "MB/s", "% of a core", "progress, worst error"], out)


# ---- where it was measured ----

def first(pattern, text):
    found = re.search(pattern, text, re.M)
    return found[1] if found else "unknown"


def version_of(bench):
    said = subprocess.run(["git", "-C", os.path.dirname(__file__), "describe", "--always", "--dirty"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "%s (%s)" % (peers.first_line(bench.station.binary, "--version"), said.stdout.strip() or "not from git")


def machine(bench, seconds):
    cpu, memory = read("/proc/cpuinfo"), int(first(r"MemTotal:\s+(\d+)", read("/proc/meminfo")))
    rows = [("date, duration", "%s, %.0f min" % (time.strftime("%Y-%m-%d"), seconds / 60)),
            ("processor", "%d x %s" % (os.cpu_count(), first(r"^model name\s*: (.*)", cpu))),
            ("of its flags", " ".join(f for f in ("aes", "vaes", "avx2", "avx512f", "sha_ni") if re.search(r"\b%s\b" % f, cpu)) or "none"),
            ("memory, kernel", "%.0f GiB, %s" % (memory / 2**20, platform.release())),
            ("loop devices", "over files in /dev/shm, direct I/O %s" % ("on" if bench.direct else "off")),
            ("certwipe", version_of(bench))]
    rows += [(name, version) for name, version in peers.versions().items()]
    rows.append(("repetitions", "%d; %d runs were repeated because others used more than 0.3 processors, %d of those that count were disturbed all the same" %
                 (bench.o.reps, bench.repeated, bench.disturbed)))
    return lines(["", ""], rows).replace("---:", "---")


def render(bench, seconds):
    rows = Rows(bench.records)
    parts = ["<!-- SPDX-License-Identifier: Apache-2.0 -->\n# certwipe beside other tools", "Written by `make bench` (tests/bench/bench.py, which says how it measures).  Medians; in parentheses the smallest and the largest.\n"
             "CPU-s are those of the tool's processes; those of the kernel's threads, which do the work of loop devices, have a column of their own.", machine(bench, seconds),
             "## Goals", lines(["goal", "figure", ""], goals_of(bench, rows))]
    limits = getattr(bench, "limits", None)
    if limits:
        parts += ["AES-256-CTR of OpenSSL in one process, one core: %s GB/s, which is %.3f CPU-s/GiB." %
                  (spread([l / GB for l in limits]), GIB / statistics.median(limits))]
    for group, words in (("passes, memory", "One medium in memory"), ("passes, 1 GB/s", "One medium of 1 GB/s (the kernel's throttle, %s)" % getattr(bench, "throttle_kind", "")),
                         ("passes, file", "One medium in a file on disk (fio with --refill_buffers: the disk may be quicker with data that it knows)")):
        if rows.of(group):
            parts += ["## Passes: " + words, passes(rows, group)]
    if rows.of("jobs"):
        parts += ["## Whole commands, one medium", "From start to end, with all fixed costs.  certwipe and nwipe read everything back, and so does badblocks (which writes one\n"
                  "block again and again, so that a medium that confuses addresses passes); shred does not.  Debian's nwipe writes sector by sector and got a smaller medium.\n",
                  jobs(rows)]
    if rows.of("many-%d" % max(bench.o.devices)):
        groups = [("many-%d" % n, str(n)) for n in sorted(bench.o.devices)] + [("many, 100 MB/s", "%d of 100 MB/s each" % max(bench.o.devices))]
        parts += ["## Several media at once", "Random and verification (shred: without).  GB/s are bytes of all media, each written and read, a second.  In memory: certwipe from the first intent to\n"
                  "write to the end of the last verification, so that it counts that one starts after the other; fio its runtime of writing and of reading.  Of 100 MB/s each: the sum of\n"
                  "the media's rates.\n", many(rows, groups)]
    if rows.of("slow"):
        parts += ["## A device of 20 MB/s (the kernel's throttle, %s)" % bench.throttle_kind, slow(rows)]
    if rows.of("fixed"):
        parts += ["## Fixed costs, stop, memory", "16 MiB: certwipe's is the whole command without its passes; of the others it is the whole command.  Memory: the most that was resident, libraries and\n"
                  "all; in parentheses the proportional share, where a page that n processes have counts one n-th for each.\n", fixed(rows)]
    if "honesty" in bench.o.only:
        parts += ["## Honesty", lines(["between writing and reading back", "expected", ""],
                                      [(what, expected, "reported" if found else "**NOT REPORTED**") for what, expected, found in bench.honesty])]
    if bench.notes:
        parts += ["## Notes", "\n".join("* %s%s" % (text, " (%d times)" % n if n > 1 else "") for text, n in bench.notes.items())]
    return "\n\n".join(p.strip("\n") for p in parts) + "\n"
