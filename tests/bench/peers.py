# SPDX-License-Identifier: Apache-2.0
"""The other tools.  Each runs as its users start it; the command lines stand in the table's foot."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from meter import Meter, ahead_of_others, read

BLOCK = "512k"
DEPTH = 4


class Failed(Exception):
    pass


def first_line(*argv):
    try:
        r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError:
        return ""
    return r.stdout.splitlines()[0].strip() if r.stdout else ""


def measure(commands, media, enter=None):
    """Starts the commands together, waits for all; what they cost together, and what the first one said."""
    for medium in media:
        medium.check()
    with tempfile.TemporaryDirectory() as scratch:
        meter, running = Meter(), []
        try:
            for i, argv in enumerate(commands):
                running.append(start("%s/%d" % (scratch, i), argv, enter))
            cpu = sum(wait(child) for child in running)
        finally:
            for child in running:
                if child.returncode is None:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
        cost = meter.stop(cpu)
        cost["peak"] = sum(1024 * int(read("%s/%d.time" % (scratch, i)).split()[-1]) for i in range(len(commands)))
        said = read(scratch + "/0.out")
    if any(child.returncode for child in running):
        raise Failed("%s ended with %s: %s" % (" ".join(commands[0]), [child.returncode for child in running], said[-500:]))
    return cost, said


def start(prefix, argv, enter):
    with open(prefix + ".out", "wb") as out:
        return subprocess.Popen(["/usr/bin/time", "-o", prefix + ".time", "-f", "%M", *argv], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                cwd=os.path.dirname(prefix), preexec_fn=ahead_of_others(enter), start_new_session=True)


def wait(child):
    """Processor seconds that it used."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


# ---- fio: what the device can do ----

FIO = ["fio", "--bs=" + BLOCK, "--iodepth=%d" % DEPTH, "--ioengine=io_uring", "--fixedbufs", "--registerfiles", "--direct=1", "--thread", "--output-format=json"]


def fio(media, way, zeros=False, fresh=False, enter=None):
    argv = FIO + ["--rw=" + way] + (["--zero_buffers"] if zeros else ["--refill_buffers"] if fresh else [])
    for medium in media:
        argv += ["--name=" + medium.name, "--filename=" + medium.node]
    cost, said = measure([argv], media, enter)
    cost["each"] = [job[way]["runtime"] / 1000 for job in json.loads(said[said.index("{"):])["jobs"]]  # without its own beginning and end
    cost["seconds"] = max(cost["each"])
    return cost


# ---- the tools that wipe ----

def shred(media, *options):
    return measure([["shred", *options, m.node] for m in media], media)[0]


def badblocks(media):
    return measure([["badblocks", "-w", "-t", "random", "-c", "1024", m.node] for m in media], media)[0]


class Nwipe:
    def __init__(self, binary):
        self.binary = binary
        self.version = first_line(binary, "--version").replace("nwipe version ", "")
        if binary == "nwipe":
            self.version += ", package %s" % first_line("dpkg-query", "--show", "--showformat=${Version}\n", "nwipe")  # which it does not know
        self.help = subprocess.run([binary, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def generators(self):
        """Those to measure: what it takes by itself, and the one that is cryptographic if it has that."""
        return [None] + (["chacha20"] if re.search("chacha20", self.help) else [])

    def wipe(self, media, method, verify, prng=None):
        argv = [self.binary, "--autonuke", "--nogui", "--noblank", "--nowait", "--rounds=1", "--method=" + method, "--verify=" + verify]
        argv += ["--prng=" + prng] if prng else []
        return measure([argv + [m.node for m in media]], media)[0]


def nwipes():
    """Debian's, and the one that NWIPE names."""
    found = {}
    if shutil.which("nwipe"):
        found["nwipe"] = Nwipe("nwipe")
    if os.environ.get("NWIPE"):
        found["nwipe (NWIPE)"] = Nwipe(os.path.realpath(os.environ["NWIPE"]))
    return found


# ---- limits of this processor, in one process ----

def aes_bytes_per_second():
    """AES-256-CTR of OpenSSL on one core, by its own processor time, in the steps that the engine takes."""
    said = subprocess.run(["openssl", "speed", "-mr", "-seconds", "1", "-bytes", "16384", "-evp", "aes-256-ctr"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return float(re.search(r"^\+F:\d+:AES-256-CTR:([\d.]+)", said, re.M | re.I)[1])


def versions():
    return {"fio": first_line("fio", "--version"), "shred": first_line("shred", "--version"), "badblocks": first_line("mke2fs", "-V"),
            "openssl": first_line("openssl", "version"), **{name: n.version for name, n in nwipes().items()}}

