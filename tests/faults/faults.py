#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""faults.py CERTWIPE SHIM SCRATCH [--victim NAME]... [--scene NAME]... [--share N | --sample N] [--seed N] [--call NAME]... [--nth N] [--errno NAME]

Lets every call for memory, to the kernel and for cryptography that the processes of a wipe make fail once, and sees that nothing false comes of it: no
certificate but over a medium that holds the stream, no crash, no process left behind, a documented exit code, every job explained, and in the end, when the fault
is over, a certificate that is true.

One run learns which calls there are; then each is failed in a run of its own, in each scene: `wipe`; `threads`, the same without a ring; `resume`, while a job that
died in mid-write goes on; `bad` and `lies`, on a medium with a bad sector and on one that gives a wrong byte back, neither of which must ever be certified.

--share N: only N of each kind of call (the first, the last, and some between them, drawn by --seed); 0: all.  --sample N: those that once
broke a promise, and N drawn from everything.
"""
import argparse
import collections
import errno
import json
import os
import random
import subprocess
import sys

from shim import CRASHED, CUT_SHORT, DIE_BEFORE, FAIL, RUNS, Shim
from station import EXIT_CODES, Broken, Station, claim

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 3 << 20
# Name: exit code when nothing else goes wrong, and what is wrong with the medium.
SCENES = {"wipe": (0, {}), "threads": (0, {}), "resume": (0, {}), "bad": (7, {"bad": ((1 << 20) + 512, (1 << 20) + 1024)}), "lies": (6, {"lies_at": (2 << 20) + 7})}
FLAWED = [name for name, (_, medium) in SCENES.items() if medium]
VICTIMS = {"certwipe-exec": 4, "certwipe-signer": 3, "certwipe-broker": 2, "certwipe-prober": 1, "certwipe": 1}  # how often a sample takes them

# What a call can answer.  SHORT: it moves only half of the bytes.
SHORT = "SHORT"
ANSWERS = {
    "write": ["ENOSPC", "EIO", "EINTR", SHORT], "pwrite": ["EIO", "ENOMEDIUM", "ENODEV", "EINTR", SHORT], "pread": ["EIO", "ENOMEDIUM", "ENODEV", "EINTR", SHORT],
    "read": ["EIO", "EINTR", SHORT], "fdatasync": ["EIO", "ENOSPC", "EINTR"], "fsync": ["EIO", "ENOSPC"], "fallocate": ["ENOSPC", "EOPNOTSUPP", "EINTR"],
    "ftruncate": ["EIO"], "ioctl": ["ENODEV", "EIO", "ENOMEDIUM"], "open": ["EMFILE", "ENOMEM", "EIO"], "openat": ["EMFILE", "ENOMEM", "EIO"], "sendmsg": ["EPIPE", "ENOBUFS", "EINTR"],
    "recvmsg": ["ENOMEM", "EINTR"], "fork": ["EAGAIN"], "mmap": ["ENOMEM"], "poll": ["EINTR", "ENOMEM"], "flock": ["EWOULDBLOCK", "ENOLCK"], "fcntl": ["ENOLCK", "EAGAIN"],
    "getrandom": ["EINTR", "EIO"], "socketpair": ["EMFILE"], "mkdirat": ["ENOSPC", "EIO"], "renameat2": ["EIO", "EINVAL", "ENOSPC"], "setresuid": ["EAGAIN"],
    "io_uring_queue_init": ["ENOSYS", "EPERM", "ENOMEM"], "io_uring_register_buffers": ["ENOMEM"], "io_uring_submit": ["ENOMEM", "EBUSY", "EINTR"],
    "__io_uring_get_cqe": ["EIO", "EINTR"], "pthread_create": ["EAGAIN"], "malloc": ["ENOMEM"], "calloc": ["ENOMEM"], "realloc": ["ENOMEM"],
}
# What once broke a promise: scene, victim, call, which of them (-1: the last; a name: the last one before the first call of that name), answer.
KNOWN = [
    ("wipe", "certwipe-broker", "calloc", "write", "ENOMEM"),  # no memory for the first line of a journal, and the refusal became its first line
    ("wipe", "certwipe-broker", "fstatat", 1, "EIO"),    # certificates stayed root's, and nothing could be signed any more
    ("wipe", "certwipe-exec", "EVP_DigestUpdate", 1, "EIO"),
    ("lies", "certwipe-exec", "ioctl", -1, "ENODEV"),    # lost behind a byte that differs: the job was listed for ever
]
NOT_FAILED = {"any", "_exit", "kill"}
# Of libcrypto: frees, answers what is there already, or has no answer that would be a failure.
CANNOT_FAIL = """EVP_CIPHER_CTX_free EVP_MD_CTX_free EVP_PKEY_eq EVP_PKEY_free EVP_PKEY_get_bits EVP_PKEY_get_size EVP_EncodeBlock EVP_DecodeBlock EVP_aes_256_cbc EVP_aes_256_ctr
    EVP_aes_256_ecb EVP_sha256 CMS_ContentInfo_free CMS_SignerInfo_get0_algs CMS_SignerInfo_get0_signature CMS_signed_get_attr_count BIO_ctrl BIO_free BIO_s_mem BIO_s_secmem""".split()


class Faults:
    def __init__(self, options):
        self.o = options
        self.station = Station(options.certwipe, options.scratch, SIZE)
        self.shim = Shim(os.path.realpath(options.shim), options.scratch + "/shim")
        self.random = random.Random(options.seed)
        self.failures, self.tried, self.learnt = [], 0, {}
        self.shim.ask("")
        self.shim.run(self.station.certwipe, "--version")
        self.names = self.shim.names()

    def close(self):
        self.shim.close()
        self.station.close()

    def check_coverage(self):
        """No call for cryptography that the program makes is forgotten."""
        symbols = subprocess.check_output(["nm", "-D", "--undefined-only", self.station.certwipe], text=True).split()
        wanted = {s.split("@")[0] for s in symbols if s.startswith(("EVP_", "CMS_", "BIO_"))}
        missing = wanted - set(self.names) - set(CANNOT_FAIL)
        claim(not missing, "the shim does not know these calls:", *sorted(missing))

    # ---- one run ----

    def command(self, scene):
        """What is disturbed."""
        s = self.station
        s.renew()
        if scene in ("threads", "lies"):
            return s.wipe_command(HERE + "/../flow/without_ring.py")
        if scene != "resume":
            return s.wipe_command()
        self.shim.ask("certwipe-exec", self.names.index("ring_write"), DIE_BEFORE, 5)
        self.shim.run(*s.wipe_command())
        s.wait_until_alone(20)
        jobs = s.check_jobs()
        claim(len(jobs) == 1 and jobs[0]["resumable"], "no job to resume:", jobs)
        return s.resume_command(jobs[0]["jobId"])

    def learn(self, scene, victim):
        """Calls of the victim in the scene: name -> (number for the shim, how often)."""
        if (scene, victim) not in self.learnt:
            command = self.command(scene)
            usual, medium = SCENES[scene]
            self.shim.ask(victim, **medium)
            r = self.shim.run(*command, timeout=120)
            claim(r.returncode == usual, "undisturbed it ended with", r.returncode, r.stdout, r.stderr)
            self.station.finish()
            self.learnt[scene, victim] = {name: (number, n) for name, (number, n, _) in self.shim.counts().items() if name not in NOT_FAILED}
        return self.learnt[scene, victim]

    def count_before(self, scene, victim, name, other):
        """How often the victim calls name before it first calls the other."""
        command = self.command(scene)
        self.shim.ask(victim, self.names.index(other), DIE_BEFORE, 1, **SCENES[scene][1])
        self.shim.run(*command, timeout=120)
        n = self.shim.counts()[name][1]
        self.station.wait_until_alone(20)
        return n

    def check_processes(self):
        left = self.station.wait_until_alone(20)
        claim(not left, "processes stay behind:", left)
        killed = {e.result for e in self.shim.events() if e.call == "kill" and e.len in (9, 15)}
        for p in self.shim.processes():
            claim(p.state != CRASHED, p.name, "crashed by signal", p.status)
            # The typesetter became another program, which the library does not see.
            claim(p.state != RUNS or p.pid in killed or p.name.startswith("certwipe-typese"), p.name, "vanished")

    def check_answer(self, r):
        claim(r.returncode in EXIT_CODES, "exit status", r.returncode, r.stderr)
        try:
            doc = json.loads(r.stdout)
        except ValueError:
            raise Broken("no document on stdout: %r, exit %d, %r" % (r.stdout, r.returncode, r.stderr)) from None
        claim(r.returncode != 0 or self.station.certificates(), "exit 0 without a certificate", doc)
        results = doc.get("results", [])
        words = [e["error"]["message"] for e in [doc, *results] if "error" in e] + [e["reason"] for e in results]
        claim(r.returncode == 0 or any(words), "no word of why it ended with", r.returncode, doc)

    def once(self, scene, victim, number, nth, answer):
        command = self.command(scene)
        self.shim.ask(victim, number, CUT_SHORT if answer == SHORT else FAIL, nth, getattr(errno, answer, 0), **SCENES[scene][1])
        r = self.shim.run(*command, timeout=120)
        fired = self.shim.fired()
        self.check_processes()
        self.station.check_claims()
        claim(scene not in FLAWED or not self.station.certificates(), "a certificate for a medium that does not hold what was written")
        self.station.check_reports()
        if victim != "certwipe":
            self.check_answer(r)
        outcome = "certificate" if self.station.certificates() else "report" if self.station.documents() else "no document"
        self.station.finish()
        return "%s, exit %d" % (outcome, r.returncode) if fired else "not reached"

    def attempt(self, scene, victim, name, nth, answer):
        """What came of it, in words."""
        self.tried += 1
        try:
            return self.once(scene, victim, self.names.index(name), nth, answer)
        except (Broken, RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as e:
            self.failures.append("--scene %s --victim %s --call %s --nth %d --errno %s: %s: %s" % (scene, victim, name, nth, answer, type(e).__name__, e))
            self.recover()
            return "BROKEN"

    def recover(self):
        for pid in self.station.processes():
            os.kill(pid, 9)
        self.station.wait_until_alone(10)
        for name in os.listdir(self.station.reports):
            os.unlink(self.station.reports + "/" + name)

    # ---- all of them ----

    def chosen(self, n):
        share = self.o.share
        if self.o.nth:
            return [self.o.nth]
        if not share or n <= share:
            return range(1, n + 1)
        return sorted({1, n, *self.random.sample(range(1, n + 1), max(share - 2, 0))} if share > 1 else {self.random.randint(1, n)})

    def answers(self, name):
        """One of several, drawn, unless everything is wanted."""
        possible = [self.o.errno] if self.o.errno else ANSWERS.get(name, ["EIO"])
        return possible if not self.o.share else [self.random.choice(possible)]

    def try_call(self, scene, victim, name, n):
        outcomes = collections.Counter()
        for nth in self.chosen(n):
            for answer in self.answers(name):
                outcomes[self.attempt(scene, victim, name, nth, answer)] += 1
        print("%-8s %-16s %-28s %6d: %s" % (scene, victim, name, n, "; ".join("%d %s" % (k, o) for o, k in outcomes.most_common())), flush=True)

    @staticmethod
    def of_scene(scene, victims):
        """Only who works on the medium meets its flaws."""
        return [v for v in victims if scene not in FLAWED or v == "certwipe-exec"]

    def try_all(self, scenes, victims):
        for scene in scenes:
            for victim in self.of_scene(scene, victims):
                for name, (_, n) in self.learn(scene, victim).items():
                    if not self.o.call or name in self.o.call:
                        self.try_call(scene, victim, name, n)

    def try_one(self, scene, victim, name, nth, answer):
        print("%-8s %-16s %-28s %5d %s: %s" % (scene, victim, name, nth, answer, self.attempt(scene, victim, name, nth, answer)), flush=True)

    def try_known(self):
        for scene, victim, name, nth, answer in KNOWN:
            if isinstance(nth, str):
                nth = self.count_before(scene, victim, name, nth)
            elif nth < 0:
                nth += self.learn(scene, victim)[name][1] + 1
            self.try_one(scene, victim, name, nth, answer)

    def try_sample(self, scenes, victims):
        self.try_known()
        for _ in range(self.o.sample):
            scene = self.random.choice(scenes)
            candidates = self.of_scene(scene, victims)
            victim = self.random.choices(candidates, [VICTIMS[v] for v in candidates])[0]
            name, (_, n) = self.random.choice(sorted(self.learn(scene, victim).items()))
            self.try_one(scene, victim, name, self.random.randint(1, n), self.random.choice(ANSWERS.get(name, ["EIO"])))

    def run(self):
        self.check_coverage()
        each = self.try_sample if self.o.sample else self.try_all
        each(self.o.scene or list(SCENES), self.o.victim or list(VICTIMS))
        for failure in self.failures:
            print("BROKEN: " + failure)
        print("%d faults tried, %d broke a promise" % (self.tried, len(self.failures)))
        return 1 if self.failures or not self.tried else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("certwipe")
    p.add_argument("shim")
    p.add_argument("scratch")
    p.add_argument("--victim", action="append", choices=VICTIMS)
    p.add_argument("--scene", action="append", choices=SCENES)
    p.add_argument("--share", type=int, default=3)
    p.add_argument("--sample", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--call", action="append")
    p.add_argument("--nth", type=int)
    p.add_argument("--errno")
    faults = Faults(p.parse_args())
    try:
        return faults.run()
    finally:
        faults.close()


if __name__ == "__main__":
    sys.exit(main())
