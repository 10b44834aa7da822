# SPDX-License-Identifier: Apache-2.0
"""certwipe itself, as anybody would start it.  What it costs is read from its journals and from the clocks of its processes; it does not know of it."""
import contextlib
import ctypes
import json
import math
import os
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from meter import Meter, ahead_of_others, children_of, cpu_of, listed_children_of, peak_bytes, read, share_bytes, without_delay

PASSPHRASE = b"only for this measurement\n"
IN_MODIFY = 2


def boot_ms():
    return time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


class Watch:
    """Tells which files of a folder grew, the moment that they do (inotify(7))."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_MODIFY) < 0:
            raise OSError(ctypes.get_errno(), "the journals cannot be watched")

    def names(self):
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return
        while data:
            _, _, _, length = struct.unpack_from("iIII", data)
            yield os.fsdecode(data[16:16 + length].rstrip(b"\0"))
            data = data[16 + length:]

    def close(self):
        os.close(self.fd)


class Step:
    def __init__(self, line, clocks):
        self.do, self.begin_ms, self.clocks = line["do"], line["bootMs"], clocks

    def end(self, line, clocks):
        self.end_ms, self.seconds, self.bytes = line["bootMs"], line["elapsedMs"] / 1000, line["uptoBytes"]
        self.bad = line["bad"]
        self.executor_cpu, self.all_cpu = (b - a for a, b in zip(self.clocks, clocks))  # NaN when we came too late


class Job:
    """One medium: its journal as it grows, and the executor that writes it."""

    def __init__(self, path):
        self.path, self.offset, self.lines, self.steps, self.executor = path, 0, [], [], None
        self.peak = None

    def new_lines(self):
        with open(self.path, "rb") as f:
            f.seek(self.offset)
            data = f.read()
        whole = data[:data.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def find_executor(self, candidates):
        """It has its name only when it has closed what is not its own."""
        for pid in candidates:
            try:
                if read("/proc/%d/comm" % pid) != "certwipe-exec\n":
                    continue
                links = [os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)]
            except OSError:
                continue
            if self.path in links:
                self.executor = pid

    def line(self, event, **like):
        return next((l for l in self.lines if l["event"] == event and all(l.get(k) == v for k, v in like.items())), None)

    def step(self, number):
        return self.steps[number - 1]


class Run:
    """What came of one `certwipe wipe`."""

    def __init__(self):
        self.jobs, self.progress, self.first_written_ms = {}, [], None
        self.peak = {"front": 0, "broker": 0, "executor": 0}  # bytes in memory at most, with what others have there too
        self.share = {}                                        # bytes, what many have counted in parts

    def listed(self):
        return list(self.jobs.values())


class Station:
    def __init__(self, binary, folder):
        self.binary = os.path.realpath(binary)
        os.makedirs(folder, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="station-", dir=folder)
        self.state = self.folder + "/state"
        passphrase, end = os.pipe()
        os.write(end, PASSPHRASE)
        os.close(end)
        subprocess.run([self.binary, "key", "create", "--state", self.state, "--organisation", "Bench", "--unit", "Bench", "--station", "bench", "--years", "1",
                        "--passphrase-fd", str(passphrase)], pass_fds=[passphrase], stdout=subprocess.DEVNULL, check=True)
        os.close(passphrase)

    def close(self):
        shutil.rmtree(self.folder)

    def authorisation(self, media):
        path = self.folder + "/list.csv"
        with open(path, "w") as f:
            f.write("serial,approval_number\n")
            f.writelines('"%s",BENCH\n' % m.path for m in media)
        return path

    def recheck(self, medium, document):
        return subprocess.run([self.binary, "recheck", medium.node, "--certificate", document, "--state", self.state, "--trust", self.state + "/keys/root.pem"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def give_up(self, run):
        """A job that was stopped could be resumed, so its medium is not wiped anew before it is closed."""
        for result in run.results:
            subprocess.run([self.binary, "resume", result["jobId"], "--close", "--reason", "measured", "--state", self.state, "--quiet"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)

    def wipe(self, media, scheme="keystream", enter=None, on_line=None, watch_first=False, progress=False, look_at_memory=False):
        """on_line(run, job, line) is called for each line of a journal, the moment that it is written."""
        for medium in media:
            medium.check()
        argv = [self.binary, "wipe", "--policy", "lab", "--scheme", scheme, "--authorise", self.authorisation(media), "--state", self.state, "--json"]
        argv += ["--progress", "json"] if progress else ["--quiet"]
        watch = Watch(self.state + "/journals")
        follower = Follower(self, media, argv, watch, enter, on_line, watch_first, progress, look_at_memory)
        try:
            with without_delay():
                follower.follow()
            return follower.finish()
        except BaseException:
            follower.end_all()
            raise
        finally:
            watch.close()


class Follower:
    def __init__(self, station, media, argv, watch, enter, on_line, watch_first, progress, look_at_memory):
        self.run, self.station, self.media, self.watch, self.on_line = Run(), station, media, watch, on_line
        self.before = sum(m.bytes_written() for m in media)
        self.watch_first, self.progress, self.cut_short, self.look_at_memory = watch_first, progress, b"", look_at_memory
        self.answer = tempfile.TemporaryFile()
        self.meter = Meter()
        self.run.begin_ms = boot_ms()
        self.front = subprocess.Popen(argv + [m.node for m in media], stdin=subprocess.DEVNULL, stdout=self.answer,
                                      stderr=subprocess.PIPE if progress else self.answer, preexec_fn=ahead_of_others(enter))
        self.run.front, self.broker = self.front.pid, None

    def clocks(self, job):
        """Of the executor, and of all that work for this wipe; NaN when the executor has ended already."""
        try:
            executor = cpu_of(job.executor) if job.executor else math.nan
        except OSError:
            executor = math.nan
        return executor, sum(cpu_of(pid) for pid in (self.front.pid, self.broker)) + executor

    def note_peak(self, who, pid):
        self.run.peak[who] = max(self.run.peak[who], peak_bytes(pid) or 0)

    def note_shares(self, job):
        for who, pid in (("front", self.front.pid), ("broker", self.broker), ("executor", job.executor)):
            self.run.share[who] = share_bytes(pid)

    def processes(self, job):
        if self.broker is None:
            self.broker = children_of(self.front.pid)[0]
        for of_broker in children_of, listed_children_of:  # the first is quick, and may overlook one while another ends
            if job.executor is None:
                job.find_executor(of_broker(self.broker))

    def take(self, job, line):
        job.lines.append(line)
        if line["event"] == "stream":
            self.processes(job)
        if line["event"] == "intent":
            job.steps.append(Step(line, self.clocks(job)))
        if line["event"] == "step-end":
            job.steps[-1].end(line, self.clocks(job))
        if line["event"] == "step-end" and self.look_at_memory and job.executor:
            self.note_shares(job)
        if line["event"] in ("step-end", "stopped", "end") and job.executor:
            self.note_peak("executor", job.executor)
        if line["event"] in ("end", "attested"):
            self.note_peak("front", self.front.pid)
            self.note_peak("broker", self.broker)
        if self.on_line:
            self.on_line(self.run, job, line)

    def take_journals(self):
        for name in self.watch.names():
            if name.endswith(".jsonl"):
                job = self.run.jobs.setdefault(name, Job("%s/journals/%s" % (self.station.state, name)))
                for line in job.new_lines():
                    self.take(job, line)

    def take_progress(self):
        """What is told of the only medium, beside what the kernel counted at this moment."""
        data = os.read(self.front.stderr.fileno(), 65536)
        written, got = self.media[0].bytes_written() - self.before, self.media[0].bytes_read() - self.read_before
        *whole, self.cut_short = (self.cut_short + data).split(b"\n")
        for line in whole:
            event = json.loads(line)
            if event["event"] == "progress":
                self.run.progress.append((event["step"], event["completedBytes"], event["sizeBytes"], written, got))
        return bool(data)

    def look_for_first_write(self):
        if self.run.first_written_ms is None and sum(m.bytes_written() for m in self.media) > self.before:
            self.run.first_written_ms = boot_ms()

    def follow(self):
        self.read_before = self.media[0].bytes_read()
        ended, poll = os.pidfd_open(self.front.pid), select.poll()
        for fd in [ended, self.watch.fd] + ([self.front.stderr.fileno()] if self.progress else []):
            poll.register(fd, select.POLLIN)
        over = False
        while not over:
            timeout_ms = 1 if self.watch_first and self.run.first_written_ms is None else 10000
            ready = [fd for fd, _ in poll.poll(timeout_ms)]
            if self.watch_first:
                self.look_for_first_write()
            self.take_journals()
            if self.progress and self.front.stderr.fileno() in ready and not self.take_progress():
                poll.unregister(self.front.stderr.fileno())
            over = ended in ready
        os.close(ended)

    def end_all(self):
        """What this run started must not go on behind a failure, for it holds the medium."""
        if self.front.returncode is None:
            jobs = [job.executor for job in self.run.jobs.values() if job.executor]
            for pid in jobs + children_of(self.front.pid) + [self.front.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.front.wait()

    def finish(self):
        _, status, usage = os.wait4(self.front.pid, 0)
        self.front.returncode = self.run.exit = os.waitstatus_to_exitcode(status)
        self.run.end_ms = boot_ms()
        self.run.cost = self.meter.stop(usage.ru_utime + usage.ru_stime)
        self.answer.seek(0)
        text = self.answer.read().decode()
        self.answer.close()
        try:
            self.run.results = json.loads(text[text.index("{"):])["results"]
        except ValueError:
            raise RuntimeError("certwipe ended with %d: %s" % (self.run.exit, text)) from None
        return self.run


def interrupt(run):
    os.kill(run.front, signal.SIGINT)
