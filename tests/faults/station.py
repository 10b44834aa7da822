# SPDX-License-Identifier: Apache-2.0
"""A make-believe station with one medium, on which things go wrong: a loop device full of old data, a state directory with keys, and the questions that must
have a true answer whatever happened."""
import errno
import glob
import hashlib
import json
import os
import shutil
import subprocess
import time

OLD_DATA = b"old secret data on this medium!\n"
EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}  # certwipe(8)
PASSPHRASE = "a long pass phrase\n"
# What a crash between a document and its entry in the register leaves behind, for good.
LEFT_OVER = "moved aside"


class Broken(Exception):
    """A promise was."""


def claim(holds, *what):
    if not holds:
        raise Broken(" ".join(str(w) for w in what))


def run(*command, **how):
    return subprocess.run(command, **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **how})


def done(*command):
    r = run(*command)
    if r.returncode:
        raise RuntimeError("%s: %s" % (" ".join(command), r.stderr))
    return r.stdout.strip()


class Station:
    def __init__(self, certwipe, folder, size):
        self.certwipe, self.folder, self.size = os.path.realpath(certwipe), os.path.realpath(folder), size
        self.image, self.list = self.folder + "/medium.img", self.folder + "/list.csv"
        self.state, self.keys = self.folder + "/state", self.folder + "/template"
        self.reports = self.folder + "/reports"
        os.makedirs(self.reports)
        os.chmod(self.reports, 0o1777)  # who reports has dropped its privilege
        self.loop = None
        self.put_old_data()
        self.loop = done("losetup", "--find", "--show", self.image)
        with open(self.list, "w") as f:
            f.write('serial,approval_number\n"%s",A-1\n' % self.image)
        made = run(self.certwipe, "key", "create", "--state", self.keys, "--organisation", "Faults", "--station", "bench", "--passphrase-fd", "0", stdin=None,
                   input=PASSPHRASE)
        claim(made.returncode == 0, made.stderr)

    def close(self):
        for pid in self.processes():
            os.kill(pid, 9)
        self.wait_until_alone(5)
        if self.loop:
            done("losetup", "-d", self.loop)
        os.unlink(self.image)

    # ---- a new beginning ----

    def put_old_data(self):
        with open(self.image, "r+b" if self.loop else "wb") as f:
            f.write(OLD_DATA * (self.size // len(OLD_DATA)))

    def renew(self, state=None):
        """As it was, with a state directory that knows of nothing; state: elsewhere."""
        self.put_old_data()
        self.state = state or self.folder + "/state"
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(self.keys, self.state)
        os.chmod(self.state, 0o711)

    # ---- commands ----

    def wipe_command(self, *launcher):
        return [*launcher, self.certwipe, "wipe", self.loop, "--policy", "lab", "--authorise", self.list, "--state", self.state, "--json"]

    def resume_command(self, job, *launcher):
        return [*launcher, self.certwipe, "resume", job, "--state", self.state, "--json"]

    def ask(self, *args):
        """Undisturbed: exit code and document."""
        r = run(self.certwipe, *args, "--state", self.state, "--json", timeout=120)
        claim(r.returncode in EXIT_CODES, args, "ended with", r.returncode, r.stderr)
        try:
            return r.returncode, json.loads(r.stdout)
        except ValueError:
            raise Broken("%s printed no document: %r, %r" % (args, r.stdout, r.stderr)) from None

    # ---- what is there ----

    def processes(self):
        """Of this program, at work on this state directory: pid -> name."""
        found = {}
        for d in glob.glob("/proc/[0-9]*"):
            try:
                with open(d + "/cmdline", "rb") as cmdline, open(d + "/comm") as comm:
                    if os.readlink(d + "/exe") == self.certwipe and self.folder.encode() in cmdline.read():
                        found[int(d[6:])] = comm.read().strip()
            except OSError as e:
                if e.errno not in (errno.ENOENT, errno.ESRCH, errno.EACCES):
                    raise
        return found

    def wait_until_alone(self, seconds):
        until = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.005)
        return left

    def journals(self):
        return sorted(glob.glob(self.state + "/journals/*.jsonl"))

    def lines(self):
        """Of the newest journal, as far as they are whole."""
        for path in self.journals()[-1:]:
            with open(path, "rb") as f:
                return [json.loads(line) for line in f.read().split(b"\n")[:-1]]
        return []

    def last_event(self):
        return self.lines()[-1]["event"] if self.lines() else ""

    def line_values(self, key):
        return [line[key] for line in self.lines() if key in line]

    def documents(self):
        """Oldest first, without those that were put aside."""
        found = []
        for path in sorted(glob.glob(self.state + "/certificates/*/*/evidence.json")):
            if ".unregistered" not in path:
                with open(path) as f:
                    found.append(json.load(f))
        return found

    def certificates(self):
        return [d for d in self.documents() if d["type"] == "destruction-certificate"]

    def content(self):
        with open(self.image, "rb") as f:
            return f.read()

    def is_untouched(self):
        return self.content() == OLD_DATA * (self.size // len(OLD_DATA))

    def stream(self, key):
        """By stock OpenSSL: nothing of certwipe's takes part."""
        return subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", key, "-iv", "00000000000000010000000000000000"], input=bytes(self.size), stdout=subprocess.PIPE,
                              check=True).stdout

    # ---- what must hold at any time ----

    def check_claims(self):
        """No certificate but over a medium that holds exactly the stream."""
        for d in self.certificates():
            claim(self.content() == self.stream(d["keystream"]["keyHex"]), "a certificate over bytes that are not the stream:", d["certificateId"])

    def check_jobs(self):
        """Every job is explained; returns them."""
        rc, doc = self.ask("jobs")
        claim(rc == 0, "jobs ended with", rc, doc)
        for job in doc["jobs"]:
            claim(job["words"] and job["state"] != "unreadable" and not job["running"], "a job that cannot be explained:", job)
        if not doc["jobs"] and not self.is_untouched():
            claim(self.documents(), "the medium was written, and nothing tells why")
        return doc["jobs"]

    def check_chains(self):
        """Each line of a journal names the one before."""
        for path in self.journals():
            with open(path, "rb") as f:
                lines = f.read().split(b"\n")
            claim(lines.pop() == b"", path, "ends in a torn line")
            before = "0" * 64
            for n, line in enumerate(lines):
                fields = json.loads(line)
                claim(fields["prev"] == before and fields["seq"] == n, "the chain breaks at line", n, "of", path)
                before = hashlib.sha256(line).hexdigest()

    def check_documents(self):
        """Each verifies as what it says it is."""
        for d in self.documents():
            path = "%s/certificates/%s/%s" % (self.state, d["issuedAt"][:4], d["certificateId"])
            r = run(self.certwipe, "verify", path, "--trust", self.state + "/keys/root.pem", "--lab", "--json")
            wanted = 0 if d["type"] == "destruction-certificate" else 7
            claim(r.returncode == wanted, "verify of a", d["type"], "ended with", r.returncode, r.stdout, r.stderr)

    def check_register(self):
        if not os.path.exists(self.state + "/register.db"):
            claim(not self.documents(), "documents without a register")
            return
        rc, doc = self.ask("register", "check")
        claim(rc in (0, 7) and all(LEFT_OVER in f["what"] for f in doc["answer"]), "register check ended with", rc, doc)
        rc, doc = self.ask("register", "list")
        for e in doc["answer"]:
            proof = "%s/certificates/%s/%s/evidence.tlog-proof" % (self.state, e["documentId"][:4], e["documentId"])
            claim(not e["documentId"] or os.path.exists(proof), "no proof for", e["documentId"])

    def check_reports(self):
        for path in glob.glob(self.reports + "/*"):
            with open(path, errors="replace") as f:
                raise Broken("a sanitizer reported:\n" + f.read())

    # ---- the end of it ----

    def finish(self, between=None):
        """Goes on with each job until all is done, as a person does: what cannot be resumed is closed, and its medium wiped anew.  between: called before each
        resume with the job, and may do it instead, badly; it returns what it did."""
        for _ in range(20):
            jobs = self.check_jobs()
            self.check_claims()
            if not jobs:
                break
            if between and between(jobs[0]):
                continue
            self.go_on(jobs[0])
        else:
            raise Broken("jobs do not come to an end: %s" % jobs)
        if not self.certificates():
            rc, doc = self.ask(*self.wipe_command()[1:-3])
            claim(rc == 0, "the medium cannot be wiped anew:", rc, doc)
        self.check_end()

    def go_on(self, job):
        rc, doc = self.ask("resume", job["jobId"])
        if doc.get("results") and doc["results"][0]["documentId"]:
            return
        claim(not job["resumable"], "a job that is called resumable is not resumed:", job, rc, doc)
        rc, doc = self.ask("resume", job["jobId"], "--close", "--reason", "It cannot go on.")
        claim(doc.get("results"), "a job can neither be resumed nor closed:", job, rc, doc)

    def check_end(self):
        """Done: the medium is certified, and everything about it is in order."""
        certificates = self.certificates()
        claim(certificates, "the medium has no certificate in the end")
        claim(self.content() == self.stream(certificates[-1]["keystream"]["keyHex"]), "the medium does not hold the stream of its certificate")
        claim(not self.check_jobs(), "a job is left")
        self.check_documents()
        self.check_register()
        self.check_chains()
        self.check_reports()
