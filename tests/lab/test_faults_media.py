#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
"""Media that hide an area, change what they say of themselves, share a serial number; qemu's over images that fail; devices of the kernel."""
import contextlib
import os
import subprocess
import time

from bench import MARKER, MIB, Stick, main, test
from faults import DIFFERS_AND_FAILED, ELSEWHERE, FAILED, Outcome, authorised, block, faulty, tagged, wiped
from sim.ata import Ata
from sim.flash import Flash
from sim.scsi import ATA_PAGE, MODE_SENSE_6, READ_CAPACITY_10, UNIT_ATTENTION, Disk, Sense
from sim.usb import Bot

ROOT_PORT = ["-device", "pcie-root-port,id=port0,chassis=1,slot=1"]  # NVMe drives are plugged in here


# ---- more than it says

def bridge(lab, removable):
    """A drive of 16 MiB behind a SAT bridge; an HPA hides the last 4 of them."""
    lab.n += 1
    serial = "60A44C3F%04d" % lab.n
    flash = Flash(lab.image(16), claimed=12 * MIB, real=16 * MIB)
    ata = Ata(flash, native=16 * MIB // 512)
    disk = Disk(flash, vendor="ASMT", product="2115", removable=removable, ata=ata, vpd=Disk.vpd + (ATA_PAGE,))
    return lab.plug(Bot([disk], vid=0x174C, pid=0x55AA, maker="ASMT", product="2115", serial=serial), serial)


def hidden_area(lab, removable):
    stick = bridge(lab, removable)
    kind = "removable " * removable + "drive behind a SAT bridge, 4 of 16 MiB hidden by an HPA"
    outcome = Outcome(lab, kind, stick, lab.certwipe(*tagged(lab, stick.node)))
    outcome.is_report(7, "The drive told of a hidden area, and it was not opened.")
    area = outcome.evidence["medium"]["hiddenArea"]
    assert (area["state"], area["bytes"]) == ("present", 4 * MIB), outcome.answer


@test
def a_drive_that_hides_an_area_is_not_certified(lab):
    hidden_area(lab, False)


@test
def a_drive_in_a_case_that_calls_it_removable_is_not_certified_either(lab):
    hidden_area(lab, True)


# ---- media that are something else than they were

def capacity_changes(lab, sectors):
    """The kernel reads the capacity again at the exclusive open, after the medium was chosen by its size."""
    stick = faulty(lab)
    disk = stick.bot.luns[0]
    words = authorised(lab, stick)
    disk.hooks[READ_CAPACITY_10] = lambda target, cdb, data: (sectors - 1).to_bytes(4, "big") + (512).to_bytes(4, "big")
    disk.unit_attention = Sense(UNIT_ATTENTION, 0x28, 0x00)  # medium may have changed: the kernel looks again
    return Outcome(lab, "READ CAPACITY says %d sectors instead of 32768 at the exclusive open" % sectors, stick, lab.certwipe(*words))


@test
def a_capacity_that_shrinks_before_the_first_write_is_refused(lab):
    capacity_changes(lab, 24576).is_refused(4)


@test
def a_capacity_that_grows_before_the_first_write_is_refused(lab):
    capacity_changes(lab, 40960).is_refused(4)


@test
def a_write_protected_stick_is_refused(lab):
    wiped(lab, "write-protected", faulty(lab, readonly=True)).is_refused(3, "write-protected")


@test
def a_stick_that_is_write_protected_when_it_is_opened_is_refused(lab):
    """MODE SENSE says so only after the medium was chosen."""
    stick = faulty(lab)
    disk = stick.bot.luns[0]
    words = authorised(lab, stick)

    def protected(target, cdb, data):
        answer = bytearray(target.dispatch(cdb, data))
        answer[2] |= 0x80  # WP of the mode parameter header (SPC-4 7.5.5)
        return bytes(answer)

    disk.hooks[MODE_SENSE_6] = protected
    disk.unit_attention = Sense(UNIT_ATTENTION, 0x28, 0x00)
    Outcome(lab, "turns write-protected between the choice and the exclusive open", stick, lab.certwipe(*words)).is_refused(3)


@test
def two_sticks_with_one_serial_number_are_both_refused(lab):
    """A list that names the serial number names neither; each by its node stays possible only where the list can tell them apart."""
    serial = "60A44C3FTWIN"
    twins = [lab.stick(serial, lab.image(16)), lab.stick(serial, lab.image(16))]
    listed = lab.list_file(serials=[serial])
    for named in (twins[0].node, twins[1].node, serial):
        answer = lab.certwipe("wipe", named, "--authorise", listed)
        assert answer.exit == 4, answer
    both = lab.certwipe("wipe", twins[0].node, twins[1].node, "--authorise", listed)
    assert both.exit == 4, both
    for twin in twins:
        assert twin.flash.written == 0 and twin.flash.count(MARKER[:-1]) > 0
    lab.rows["faults"].append(["two sticks with the same serial number", "both hold their old data", "exit 4: " + answer.reason, "none"])


# ---- media of qemu

class Cells:
    """What a medium without a Flash holds: an image, at whose end addresses begin anew."""

    bs = 512

    def __init__(self, image):
        self.image = image

    def stored(self, offset, length):
        with open(self.image, "rb") as f:
            cells = f.read()
        turns = (offset + length) // len(cells) + 1
        return (cells * turns)[offset:offset + length]


@contextlib.contextmanager
def nbdkit(lab, image, claimed, bad):
    """A server of `claimed` bytes that wraps at the end of the image, and has one bad sector for writes; its socket."""
    lab.n += 1
    path = "%s/nbd%d.sock" % (lab.work, lab.n)
    real = os.path.getsize(image)
    process = subprocess.Popen(
        ["nbdkit", "-f", "-U", path, "eval", "get_size=echo %d" % claimed, "block_size=echo 512 4096 1M",
         "can_write=exit 0", "can_flush=exit 0", "flush=exit 0",
         "pread=dd if=%s iflag=skip_bytes,count_bytes,fullblock skip=$(($4 %% %d)) count=$3 bs=1M status=none" % (image, real),
         "pwrite=[ $4 -le %d ] && [ $(($4+$3)) -gt %d ] && { echo 'EIO bad sector' >&2; exit 1; }; "
         "dd of=%s oflag=seek_bytes conv=notrunc seek=$(($4 %% %d)) bs=1M iflag=fullblock status=none" % (bad, bad, image, real)],
        stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists(path):
            assert process.poll() is None, "nbdkit ended"
            time.sleep(0.05)
        yield path
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def plugged(lab, image, serial, driver, node, **device):
    """A device of qemu over a block node `node` (arguments of blockdev-add), pulled at the end."""
    before = lab.blocks()
    lab.guest.qmp.cmd("blockdev-add", node_name="below", **node)
    lab.guest.qmp.cmd("device_add", driver=driver, id="plugged", drive="below", serial=serial, **device)
    try:
        yield Stick("plugged", serial, None, [Cells(image)], None, lab.wait_new(before, 1))
    finally:
        lab.guest.remove("plugged", "below")


def wraps_and_fails(lab, driver, **device):
    image, claimed, real, bad = lab.image(8), 12 * MIB, 8 * MIB, 9000 * 512
    with nbdkit(lab, image, claimed, bad) as path:
        node = {"driver": "raw", "file": {"driver": "nbd", "server": {"type": "unix", "path": path}}}
        with plugged(lab, image, "NBD0123456789", driver, node, **device) as medium:
            outcome = wiped(lab, "%s: says 12 MiB, has 8, wraps, and one bad sector" % driver, medium)
            wrong = [(0, claimed - real), (bad, 512)]
            outcome.is_report(6, ELSEWHERE, not_written=[(bad, 512)], mismatch=wrong, first=("other-offset", 0, real),
                              real=("wrap", real, True))


@test
def a_usb_stick_of_qemu_that_wraps_and_fails_is_found_out(lab):
    wraps_and_fails(lab, "usb-storage", bus="xhci.0", removable=True, werror="report", rerror="report")


@test
def an_nvme_drive_that_wraps_and_fails_is_found_out(lab):
    wraps_and_fails(lab, "nvme", bus="port0")


@test
def a_scsi_drive_with_errors_on_both_sides_is_not_certified(lab):
    image = lab.image(16)
    errors = [{"event": "none", "iotype": side, "sector": sector, "errno": 5, "once": False}
              for side, sector in (("write", 9000), ("read", 20000))]
    node = {"driver": "blkdebug", "image": {"driver": "file", "filename": image}, "inject-error": errors}
    with plugged(lab, image, "BLKDEBUG012345", "scsi-hd", node, bus="vscsi.0", werror="report", rerror="report") as medium:
        outcome = wiped(lab, "blkdebug: EIO for writes of one sector and reads of another", medium)
        outcome.is_report(6, DIFFERS_AND_FAILED, not_written=[block(9000)], not_read=[block(20000)], mismatch=[block(9000)],
                          first=("foreign", 9000 * 512, 0))


@test
def a_throttled_stick_is_certified(lab):
    image = lab.image(16)
    lab.guest.qmp.cmd("object-add", qom_type="throttle-group", id="slow", limits={"bps-total": 8 * MIB})
    node = {"driver": "throttle", "throttle-group": "slow", "file": {"driver": "file", "filename": image}}
    with plugged(lab, image, "THROTTLE012345", "usb-storage", node, bus="xhci.0", removable=True) as medium:
        wiped(lab, "throttled to 8 MiB/s", medium).is_certificate()


# ---- the kernel's own

def truth_of(lab, node):
    """The contents of a device in the guest's memory, once its faults are off."""
    path = "%s/%d.img" % (lab.guest.share, lab.n)
    lab.guest.run("dd if=%s of=/lab/%d.img bs=1M iflag=direct" % (node, lab.n))
    return Cells(path)


@test
def unreadable_sectors_of_a_real_scsi_disk_are_named(lab):
    """ENODATA, not EIO, is what the kernel says of them."""
    before = lab.blocks()
    lab.guest.run("modprobe scsi_debug dev_size_mb=16 opts=2 medium_error_start=4660 medium_error_count=4")
    node = lab.wait_new(before, 1)[0]
    lab.guest.run("yes TRACE-7f3a91c2-SECRET | dd of=%s bs=64k count=256 iflag=fullblock oflag=direct" % node)
    serial = lab.inspect(node).doc["medium"]["fullSerial"]
    answer = lab.certwipe("wipe", node, "--authorise", lab.list_file(serials=[serial]))
    lab.guest.run("echo 0 >/sys/bus/pseudo/drivers/scsi_debug/opts")
    outcome = Outcome(lab, "scsi_debug: 4 sectors cannot be read", Stick("", serial, None, [truth_of(lab, node)], None, [node]), answer)
    outcome.is_report(7, FAILED, not_read=[block(4660, 4)])
    assert {e["errno"] for e in outcome.evidence["exceptions"]} == {61}, outcome.answer
    lab.guest.run("rmmod scsi_debug")


@test
def bad_blocks_of_a_software_device_are_named_even_in_the_laboratory(lab):
    before = lab.blocks()
    lab.guest.run("""modprobe null_blk nr_devices=0; mount -t configfs none /sys/kernel/config
mkdir /sys/kernel/config/nullb/nullb7; cd /sys/kernel/config/nullb/nullb7
for s in size=16 memory_backed=1 blocksize=512 badblocks=+100-101 power=1; do echo ${s#*=} >${s%=*}; done""")
    node = lab.wait_new(before, 1)[0]
    lab.certwipe(*tagged(lab, node)).refused(3, "virtual")
    answer = lab.certwipe(*tagged(lab, node, "--policy", "lab"))
    lab.guest.run("echo -100-101 >/sys/kernel/config/nullb/nullb7/badblocks")
    outcome = Outcome(lab, "null_blk: two bad blocks", Stick("", "nullb7", None, [truth_of(lab, node)], None, [node]), answer)
    outcome.is_report(7, FAILED, not_written=[block(100, 2)], not_read=[block(100, 2)])
    lab.guest.run("echo 0 >/sys/kernel/config/nullb/nullb7/power; rmdir /sys/kernel/config/nullb/nullb7")


@test
def device_mapper_targets_are_no_media(lab):
    """Neither one that drops writes, nor one that delays them, nor one with a hole.  The medium below is in use then, and refused."""
    stick = faulty(lab)
    sectors = 16 * MIB // 512
    tables = {"flakey": "0 %d flakey %s 0 3600 1 1 drop_writes" % (sectors, stick.node),
              "delay": "0 %d delay %s 0 100" % (sectors, stick.node),
              "error": "0 8 error\n8 %d linear %s 8" % (sectors - 8, stick.node)}
    for name, table in tables.items():
        made = lab.guest.run("modprobe -q dm-%s; printf '%s\\n' | dmsetup create faulty-%s" % (name, table.replace("\n", "\\n"), name))
        assert made.rc == 0, made
        words = authorised(lab, stick)
        on_top = lab.certwipe("wipe", "/dev/mapper/faulty-" + name, *words[2:]).refused(3, stick.node)
        lab.certwipe(*words).refused(5, "dmsetup remove")
        assert lab.guest.run("dmsetup remove faulty-" + name).rc == 0
        lab.rows["faults"].append(["device-mapper target %s over a stick" % name, "old data everywhere", "exit 3: " + on_top.reason, "none"])
    assert stick.flash.written == 0


main(devices=ROOT_PORT)
