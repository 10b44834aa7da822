#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crash.py CERTWIPE SCRATCH RUNS [SEED]: kills a process of a wipe at a random instant, RUNS times, sometimes with the journal's disk full, and then checks
what must hold whatever happened: no certificate unless the medium holds exactly the stream, every job is explained by `jobs`, and `resume` brings each to
an end that verifies.  Prints one line a run and exits 1 at the first lie."""
import glob, json, os, random, signal, subprocess, sys, time

CERTWIPE, SCRATCH, RUNS = os.path.realpath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
R = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else None)
SIZE = 64 << 20
VICTIMS = ["certwipe-exec", "certwipe-broker", "certwipe-signer", "certwipe"]


def sh(*args, check=True, **kw):
    return subprocess.run(args, check=check, capture_output=True, text=True, **kw)


def cw(state, *args):
    r = subprocess.run([CERTWIPE, *args, "--state", state, "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    return r.returncode, json.loads(r.stdout) if r.stdout.strip() else {}, r.stderr


def ours(state):
    """Processes of this binary that work on this state directory: pid -> name."""
    found = {}
    for d in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(d + "/exe") == CERTWIPE and state.encode() in open(d + "/cmdline", "rb").read():
                found[int(d[6:])] = open(d + "/comm").read().strip()
        except OSError:
            pass
    return found


def stream(key):
    zeros = subprocess.Popen(["head", "-c", str(SIZE), "/dev/zero"], stdout=subprocess.PIPE)
    return subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", key, "-iv", "00000000000000010000000000000000"], stdin=zeros.stdout,
                          capture_output=True, check=True).stdout


def documents(state):
    return [json.load(open(p)) for p in sorted(glob.glob(state + "/certificates/*/*/evidence.json"))]


def check_certificates(state, image):
    for d in documents(state):
        if d["type"] == "destruction-certificate" and open(image, "rb").read() != stream(d["keystream"]["keyHex"]):
            raise AssertionError("a certificate over bytes that are not the stream: " + d["certificateId"])


class Disk:
    """A small file system of its own for the state, so that it can be filled."""
    def __init__(self, folder):
        self.image, self.at, self.filler = folder + "/disk.img", folder + "/disk", folder + "/disk/filler"
        with open(self.image, "wb") as f:
            f.truncate(24 << 20)
        sh("mkfs.ext4", "-q", "-m", "0", self.image)
        os.mkdir(self.at)
        self.loop = sh("losetup", "--find", "--show", self.image).stdout.strip()
        sh("mount", self.loop, self.at)
        os.chmod(self.at, 0o755)

    def fill(self):
        try:
            with open(self.filler, "wb", buffering=0) as f:
                while f.write(bytes(1 << 16)):
                    pass
        except OSError:
            pass

    def empty(self):
        if os.path.exists(self.filler):
            os.unlink(self.filler)

    def close(self):
        sh("umount", self.at)
        sh("losetup", "-d", self.loop)


def finish(state, image):
    """What a person does after a crash: look at jobs, resume or close each."""
    for _ in range(8):
        rc, doc, said = cw(state, "jobs")
        assert rc == 0, said
        assert all(j["words"] and j["state"] != "unreadable" for j in doc["jobs"]), doc
        check_certificates(state, image)
        if not doc["jobs"]:
            return
        job = doc["jobs"][0]["jobId"]
        rc, answer, said = cw(state, "resume", job)
        if rc != 0 and not answer.get("results"):
            rc, answer, said = cw(state, "resume", job, "--close", "--reason", "crash test")
            assert answer.get("results"), (rc, answer, said)
    raise AssertionError("jobs do not come to an end: %s" % doc)


def one_run(n):
    """Returns how long the wipe took; n < 0: nobody is killed, to learn how long that is on this machine."""
    folder = "%s/crash-%d" % (SCRATCH, n)
    os.mkdir(folder)
    image, full = folder + "/medium.img", n >= 0 and R.random() < 0.3
    with open(image, "wb") as f:
        f.write(b"old secret data on this medium!\n" * (SIZE // 32))
    disk = Disk(folder) if full else None
    state = disk.at + "/state" if disk else folder + "/state"
    loop = sh("losetup", "--find", "--show", image).stdout.strip()
    try:
        subprocess.run([CERTWIPE, "key", "create", "--state", state, "--organisation", "Crash", "--station", "bench", "--passphrase-fd", "0"], input=b"a long pass phrase\n",
                       check=True, stdout=subprocess.DEVNULL)
        with open(folder + "/list.csv", "w") as f:
            f.write('serial,approval_number\n"%s",A-1\n' % image)
        victim, delay = (None, 0) if n < 0 else (R.choice(VICTIMS), R.uniform(0, 0.95 * undisturbed))
        wipe = subprocess.Popen([CERTWIPE, "wipe", loop, "--policy", "lab", "--authorise", folder + "/list.csv", "--state", state], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began, killed = time.monotonic(), 0
        while time.monotonic() - began < delay:
            time.sleep(0.002)
        if disk:
            disk.fill()
        while victim and not killed and wipe.poll() is None and time.monotonic() - began < 3:
            for pid, name in ours(state).items():
                if name == victim:
                    try:
                        os.kill(pid, signal.SIGKILL)
                        killed = pid
                    except ProcessLookupError:
                        pass
        wipe.wait(60)
        took = time.monotonic() - began
        until = time.monotonic() + 60
        while ours(state) and time.monotonic() < until:
            time.sleep(0.01)
        assert not ours(state), "processes stay behind: %s" % ours(state)
        check_certificates(state, image)
        if disk:
            disk.empty()
        finish(state, image)
        for d in documents(state):
            rc, doc, _ = verify(state, d)
            assert rc in (0, 7), doc
        if os.path.exists(state + "/register.db"):
            rc, doc, said = cw(state, "register", "check")
            assert rc in (0, 7), (doc, said)
        print("run %2d: %-15s after %3d ms%s: %s" % (n, victim if killed else "nobody", delay * 1000, ", disk full" if full else "",
              ", ".join("%s %s" % (d["type"].split("-")[1], d["outcome"]) for d in documents(state)) or "nothing began"), flush=True)
        return took
    finally:
        for pid in ours(state):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
        sh("losetup", "-d", loop, check=False)
        if disk:
            disk.close()
        for name in os.listdir(folder):
            if name.endswith(".img"):
                os.unlink(folder + "/" + name)


def verify(state, document):
    path = "%s/certificates/%s/%s" % (state, document["issuedAt"][:4], document["certificateId"])
    r = subprocess.run([CERTWIPE, "verify", path, "--trust", state + "/keys/root.pem", "--lab", "--json"], capture_output=True, text=True)
    return r.returncode, json.loads(r.stdout), r.stderr


undisturbed = 0
undisturbed = one_run(-1)
for run in range(RUNS):
    one_run(run)
