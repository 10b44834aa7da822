#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
"""Power cuts and pulled cables at chosen instants; then jobs and resume must tell the truth and end the work.

A cut is qemu killed in the middle of a command to the medium: what the guest had not flushed is gone.
"""
import shutil
import subprocess

from bench import MIB, main, test
from sim.scsi import Vanish

SYNCHRONIZE_CACHE = 0x35
SIZE_MIB = 24
INSTANTS_APART = 9  # of about 70 flushes; 1 tries each, which takes ten minutes


def wipe_until_cut(lab, image, arrange, **faults):
    """Starts a wipe, lets the power fail where arrange(flash, cut) says, and boots again without the medium."""
    stick = lab.stick("POWER%04d" % lab.n, image, **faults)
    done = []

    def cut(*_):
        if not done:
            done.append(True)
            lab.guest.process.kill()

    arrange(stick.flash, stick.bot.luns[0], cut)
    lab.spawn_wipe(stick)
    lab.guest.process.wait(timeout=120)
    lab.restart()
    return stick


def one_job_waits(lab):
    jobs = lab.certwipe("jobs").doc["jobs"]
    assert len(jobs) == 1, jobs
    return jobs[0]


def resume_to_certificate(lab, serial, image):
    """Without its medium nothing goes on; with it the job ends in a certificate that tells of the interruption."""
    one_job_waits(lab)
    lab.certwipe("resume").refused(4)
    again = lab.stick(serial, image)
    resumed = lab.certwipe("resume")
    resumed.media = [again]
    resumed.is_certificate()
    assert resumed.evidence()["interruptions"], resumed
    assert lab.certwipe("jobs").doc["jobs"] == [], "the job is still open"


@test
def power_cut_in_the_middle_of_writing(lab):
    """With a cache that forgets what was not flushed: the watermark must not be ahead of the cells."""
    def arrange(flash, disk, cut):
        flash.on_write = lambda offset, length: offset > SIZE_MIB * MIB // 2 and cut()

    image = lab.image(SIZE_MIB)
    stick = wipe_until_cut(lab, image, arrange, cache_bytes=4 * MIB, cache_lost_at_unplug=True)
    resume_to_certificate(lab, stick.serial, image)


@test
def power_cut_in_the_middle_of_reading_back(lab):
    def arrange(flash, disk, cut):
        flash.on_read = lambda offset, length: flash.written >= SIZE_MIB * MIB and offset > SIZE_MIB * MIB // 2 and cut()

    image = lab.image(SIZE_MIB)
    stick = wipe_until_cut(lab, image, arrange)
    resume_to_certificate(lab, stick.serial, image)


@test
def power_cut_while_a_checkpoint_flushes_the_medium(lab):
    """The medium has flushed, the journal does not know it yet."""
    def arrange(flash, disk, cut):
        def flush(target, cdb, data):
            target.medium.flush()
            if target.medium.written >= SIZE_MIB * MIB:
                cut()

        disk.hooks[SYNCHRONIZE_CACHE] = flush

    image = lab.image(SIZE_MIB)
    stick = wipe_until_cut(lab, image, arrange, cache_bytes=4 * MIB, cache_lost_at_unplug=True)
    resume_to_certificate(lab, stick.serial, image)


def pulled_and_resumed(lab, serial, image, stick):
    report = lab.wipe(stick).is_report(7)
    assert not report.evidence()["verification"]["result"] == "pass", report
    lab.pull(stick)
    again = lab.stick(serial, image)
    resumed = lab.certwipe("resume")
    resumed.media = [again]
    resumed.is_certificate()


@test
def pulled_while_reading_back(lab):
    image = lab.image(SIZE_MIB)
    stick = lab.stick("PULLREAD1", image)
    stick.flash.on_write = lambda offset, length: setattr(stick.flash, "vanish_after_read", stick.flash.bytes_read + SIZE_MIB * MIB // 2)
    pulled_and_resumed(lab, "PULLREAD1", image, stick)


@test
def pulled_while_a_checkpoint_flushes_the_medium(lab):
    def flush(target, cdb, data):
        raise Vanish()

    image = lab.image(SIZE_MIB)
    stick = lab.stick("PULLFLUSH", image, cache_bytes=4 * MIB, cache_lost_at_unplug=True)
    stick.bot.luns[0].hooks[SYNCHRONIZE_CACHE] = flush
    pulled_and_resumed(lab, "PULLFLUSH", image, stick)


class FlushedStates:
    """The disk of the state directory and the medium, copied at each flush of that disk: all that a power cut could leave behind, one copy an instant."""

    def __init__(self, lab, medium):
        self.folder, self.medium, self.n = lab.work + "/images", medium, 0
        self.before = self.folder + "/before.img"
        shutil.copy(medium.flash.image, self.before)

    def record(self, target, cdb, data):
        target.medium.flush()
        for kind, path in (("state", target.medium.image), ("medium", self.medium.flash.image)):
            subprocess.check_call(["cp", "--sparse=always", path, self.copy(kind, self.n)])
        self.n += 1

    def was_written(self, n):
        with open(self.copy("medium", n), "rb") as now, open(self.before, "rb") as before:
            return now.read() != before.read()

    def copy(self, kind, n):
        return "%s/%s-%d.img" % (self.folder, kind, n)


def new_station(lab, image):
    """A state directory on a simulated disk, whose cache forgets what was not flushed."""
    lab.format_with_state(image)
    disk = lab.stick("STATEDISK", image, cache_bytes=64 * MIB, cache_lost_at_unplug=True)
    made = lab.guest.run("mkdir -p /crash && mount %s /crash" % disk.node)
    assert made.rc == 0, made
    return disk


def mounted_copy(lab, states, n):
    disk = lab.stick("STATEDISK", states.copy("state", n))
    mounted = lab.guest.run("mount %s /crash" % disk.node)
    assert mounted.rc == 0, mounted
    return disk


def end_job(lab, job, medium):
    """Goes on with it; one that was not even authorised can only be closed, and says that nothing was written."""
    if job["resumable"] or job["state"] == "finished":
        resumed = lab.certwipe("resume")
        resumed.media = [medium]
        resumed.is_certificate()
    else:
        assert job["state"] == "prepared" and "nothing was written" in job["words"], job
        closed = lab.certwipe("resume", job["jobId"], "--close", "--reason", "'Cut off before it began.'")
        closed.is_report(1)
        assert medium.flash.written == 0


def register_is_sound(lab):
    """A document that was written and not yet registered is put aside and signed anew; the register keeps telling of that.  Returns whether there is one."""
    found = lab.certwipe("register", "check").doc["answer"]
    assert all("moved aside" in finding["what"] for finding in found), found
    return bool(found)


def ends_truthfully(lab, states, n):
    """From the copies of one instant: every job is explained and brought to an end, and no certificate is false.  Returns whether it lay between signing and
    registering."""
    put_aside = False
    state = mounted_copy(lab, states, n)
    medium = lab.stick("CRASHED01", states.copy("medium", n))
    jobs = lab.certwipe("jobs").doc["jobs"]
    assert len(jobs) <= 1, jobs
    if jobs:
        assert jobs[0]["state"] != "prepared" or not states.was_written(n), "flush %d: the medium was written, and the job says that it was not: %s" % (n, jobs)
        end_job(lab, jobs[0], medium)
        assert lab.certwipe("jobs").doc["jobs"] == [], "the job is still open"
    if jobs or states.was_written(n):
        entries = lab.certwipe("register", "list").doc["answer"]
        assert entries, "flush %d: the register does not tell of it" % n
        put_aside = register_is_sound(lab)
    if not jobs and states.was_written(n):
        assert any(e["kind"] == "certificate" for e in entries), "flush %d: the medium was written, and nothing tells why: %s" % (n, entries)
    lab.pull(medium)
    assert lab.guest.run("umount /crash").rc == 0
    lab.pull(state)
    return put_aside


@test
def whatever_flush_of_the_state_disk_was_the_last(lab):
    """Between intent and first write, in the middle, between verdict, signature and register: no instant loses the job or makes a false certificate."""
    image = lab.image(8)
    state = new_station(lab, lab.image(24, None))
    medium = lab.stick("CRASHED01", image)
    with lab.station("/crash/S", lab.root):
        states = FlushedStates(lab, medium)
        state.bot.luns[0].hooks[SYNCHRONIZE_CACHE] = states.record
        lab.wipe(medium).is_certificate()
        del state.bot.luns[0].hooks[SYNCHRONIZE_CACHE]
        lab.pull(medium)
        assert lab.guest.run("umount /crash").rc == 0
        lab.pull(state)
        print("# %d flushes" % states.n)
        instants = [*range(0, states.n, INSTANTS_APART), states.n - 3]  # registered, and the journal does not know it yet
        put_aside = [ends_truthfully(lab, states, n) for n in instants]
        assert any(put_aside) and not put_aside[-1], "no instant lay between signing and registering, or none behind that: %s" % put_aside


def when_read_back(flash, act):
    """Calls act once the last byte was read of a medium that is written all over."""
    def on_read(offset, length):
        if flash.written >= flash.claimed and offset + length == flash.claimed:
            act()

    flash.on_read = on_read


@test
def pulled_while_the_document_is_made(lab):
    """At the third flush of the state disk after the last byte was read back: whatever stands in the document is true, and the job can be ended."""
    image = lab.image(8)
    state = new_station(lab, lab.image(24, None))
    medium = lab.stick("PULLSIGN1", image)
    disk, flushes = state.bot.luns[0], []

    def flush(target, cdb, data):
        target.medium.flush()
        flushes.append(cdb)
        if len(flushes) == 3:
            medium.link.unplug()

    with lab.station("/crash/S", lab.root):
        when_read_back(medium.flash, lambda: disk.hooks.update({SYNCHRONIZE_CACHE: flush}))
        answer = lab.wipe(medium)
        assert len(flushes) >= 3, "nothing was flushed after the last read"
        lab.pull(medium)
        if answer.exit == 0:
            answer.is_certificate()
        else:
            answer.is_report(7)
            again = lab.stick("PULLSIGN1", image)
            resumed = lab.certwipe("resume")
            resumed.media = [again]
            resumed.is_certificate()
        assert lab.certwipe("jobs").doc["jobs"] == []
        register_is_sound(lab)
        assert lab.guest.run("umount /crash").rc == 0


main()
