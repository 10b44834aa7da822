#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The simulators against themselves, without a guest: every fault of the medium must do to the cells what it says.  Speaks TAP."""
import os
import struct
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import mutants  # noqa: E402
from sim import scsi, usb  # noqa: E402
from sim.ata import Ata  # noqa: E402
from sim.flash import Flash  # noqa: E402
from sim.mmc import BLOCK, KINDS, READ_ONLY_PROFILE, Burner, Disc  # noqa: E402
from sim.sas import Sas  # noqa: E402
from sim.scsi import CHECK_CONDITION, GOOD, Disk, Hang, Sense, Vanish  # noqa: E402

BS = 512
BLOCKS = 256
SIZE = BLOCKS * BS
OLD, NEW = b"o", b"n"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Host:
    """Sends commands to a disk over a medium of SIZE bytes that is full of OLD, and keeps the last sense data."""

    def __init__(self, settings=None, claimed=SIZE, ata=None, kind=Disk, **faults):
        handle, path = tempfile.mkstemp(dir=FOLDER)
        os.close(handle)
        self.flash = Flash(path, claimed=claimed, **faults)
        self.flash.fill(OLD)
        self.disk = kind(self.flash, **(settings or {}))
        if ata is not None:
            self.disk.ata = Ata(self.flash, **ata)
        self.sense = None

    def command(self, *cdb, out=b""):
        status, data, sense = self.disk.execute(bytes(cdb), out)
        self.sense = (sense[2] & 0x0F, sense[12], sense[13]) if status == CHECK_CONDITION and sense[0] & 0x7F == 0x70 else None
        self.raw_sense = sense
        return data if status == GOOD else None

    def write(self, lba, count, content=NEW, fua=False):
        cdb = struct.pack(">BBIBHB", scsi.WRITE_10, 0x08 if fua else 0, lba, 0, count, 0)
        return self.command(*cdb, out=content * (count * BS // len(content))) is not None

    def read(self, lba, count):
        return self.command(*struct.pack(">BBIBHB", scsi.READ_10, 0, lba, 0, count, 0))

    def sync(self):
        return self.command(scsi.SYNCHRONIZE_CACHE_10, *bytes(9)) is not None

    def capacity(self):
        return (struct.unpack(">I", self.command(scsi.READ_CAPACITY_10, *bytes(9))[:4])[0] + 1) * BS

    def mode_sense(self):
        """Whether WP and WCE are set."""
        data = self.command(scsi.MODE_SENSE_6, 0, 0x3F, 0, 192, 0)
        return bool(data[2] & 0x80), bool(data[4 + 2] & 0x04)

    def inquiry(self, page=None, length=0x300):
        return self.command(scsi.INQUIRY, page is not None, page or 0, *struct.pack(">H", length), 0)

    def cells(self, lba=0, count=BLOCKS):
        with self.flash.truth() as truth:
            return truth[lba * BS:(lba + count) * BS]


def blocks(content, count):
    return content * (count * BS)


def raises(kind, function, *arguments, **keywords):
    try:
        function(*arguments, **keywords)
    except kind as error:
        return error
    raise AssertionError("%s expected" % kind.__name__)


# ---- capacity and addresses


@test
def an_honest_medium_holds_what_was_written():
    host = Host()
    assert host.write(8, 4) and host.read(8, 4) == blocks(NEW, 4) and host.read(12, 1) == blocks(OLD, 1)
    assert host.flash.count(NEW) == 4 * BS and host.flash.count(OLD) == SIZE - 4 * BS
    assert [cdb[0] for cdb in host.disk.journal] == [scsi.WRITE_10, scsi.READ_10, scsi.READ_10]
    assert not host.write(BLOCKS - 1, 2) and host.sense == (5, 0x21, 0)
    assert host.write(BLOCKS - 1, 1) and host.mode_sense() == (False, False)


@test
def a_misspelt_fault_is_refused():
    raises(TypeError, Host, vanish_afer=1)
    raises(TypeError, Host, {"vendr": "X"})


@test
def addresses_wrap_at_the_real_size():
    host = Host(real=SIZE // 4)
    assert host.capacity() == SIZE and os.path.getsize(host.flash.image) == SIZE // 4
    assert host.write(BLOCKS // 2 - 1, 2) and host.cells(0, 1) == blocks(NEW, 1) and host.cells(BLOCKS // 4 - 1, 1) == blocks(NEW, 1)
    assert host.flash.count(NEW) == 2 * BS and host.read(BLOCKS // 4, 1) == blocks(NEW, 1)


@test
def writes_beyond_a_limit_are_dropped():
    host = Host(drop_from=10 * BS)
    assert host.write(8, 4) and host.write(100, 4)
    assert host.flash.count(NEW) == 2 * BS and host.read(10, 2) == blocks(OLD, 2)


@test
def two_ranges_are_the_same_cells():
    host = Host(alias=(16 * BS, 64 * BS, 4 * BS))
    assert host.write(62, 8)
    assert host.cells(62, 2) == blocks(NEW, 2) and host.cells(64, 4) == blocks(OLD, 4) and host.cells(68, 2) == blocks(NEW, 2)
    assert host.cells(16, 4) == blocks(NEW, 4) and host.read(16, 4) == blocks(NEW, 4) and host.flash.count(NEW) == 8 * BS


@test
def a_stuck_address_line_folds_the_middle():
    host = Host(address_lines_stuck={13})  # 16 blocks
    assert host.write(0, BLOCKS) and host.flash.count(OLD) == SIZE // 2 and host.read(0, BLOCKS) == blocks(NEW, BLOCKS)
    assert host.write(16, 1, b"x") and host.read(0, 1) == blocks(b"x", 1) and host.cells(0, 1) == blocks(b"x", 1)
    assert host.write(BLOCKS - 1, 1, b"y") and host.cells(BLOCKS - 17, 1) == blocks(b"y", 1) and host.read(15, 1) != blocks(b"y", 1)


@test
def capacity_changes_after_the_reset_of_a_used_medium():
    for change, expected in (({"shrink_after_reset": 8 * BS}, SIZE - 8 * BS), ({"grow_after_reset": 8 * BS}, SIZE + 8 * BS)):
        host = Host(**change)
        host.disk.reset()
        assert host.capacity() == SIZE and host.read(0, 1)
        host.disk.reset()
        host.disk.reset()
        assert host.capacity() == expected
        assert host.read(BLOCKS - 9, 2) == (None if expected < SIZE else blocks(OLD, 2)), change
    host = Host(shrink_after_reset=8 * BS)
    host.read(0, 1)
    host.command(scsi.START_STOP_UNIT, 0, 0, 0, 1, 0)
    assert host.capacity() == SIZE
    host.command(scsi.START_STOP_UNIT, 0, 0, 0, 0, 0)
    host.command(scsi.START_STOP_UNIT, 0, 0, 0, 1, 0)
    assert host.capacity() == SIZE - 8 * BS and not host.write(BLOCKS - 8, 1) and host.sense == (5, 0x21, 0)


# ---- errors and wear


@test
def bad_blocks_fail_with_their_address():
    host = Host(eio_write={9}, eio_read={20})
    assert not host.write(8, 4) and host.sense == (3, 0x0C, 2) and struct.unpack(">I", host.raw_sense[3:7]) == (9,)
    assert host.flash.count(NEW) == 0 and host.read(8, 4) == blocks(OLD, 4) and host.write(20, 1)
    assert host.read(16, 8) is None and host.sense == (3, 0x11, 0) and host.raw_sense[0] == 0xF0
    host.flash.eio_once = True
    assert not host.write(9, 1) and host.write(9, 1) and host.read(20, 1) is None and host.read(20, 1) == blocks(NEW, 1)


@test
def write_protection_comes_at_once_or_half_way():
    host = Host(readonly=True)
    assert not host.write(0, 1) and host.sense == (7, 0x27, 0) and host.mode_sense() == (True, False)
    host = Host(readonly_after=6 * BS)
    assert host.mode_sense() == (False, False) and host.write(0, 4) and not host.write(4, 4) and host.sense == (7, 0x27, 0)
    assert not host.write(0, 1) and host.mode_sense() == (True, False) and host.flash.count(NEW) == 4 * BS
    header = host.command(scsi.MODE_SENSE_10, 0, 0x3F, 0, 0, 0, 0, 0, 192, 0)
    assert header[3] == 0x80 and struct.unpack(">H", header[:2])[0] == len(header) - 2


@test
def stuck_cells_never_change():
    host = Host(stuck={5 * BS + 7: 0xEE})
    assert host.cells(5, 1)[7] == 0xEE and host.read(5, 1)[7] == 0xEE
    assert host.write(0, BLOCKS) and host.cells(5, 1)[7] == 0xEE and host.flash.count(NEW) == SIZE - 1


@test
def cells_rot_once():
    host = Host(bitrot={3: 0x01}, rot_after=8 * BS)
    assert host.write(0, 4) and host.flash.count(NEW) == 4 * BS
    assert host.write(4, 4) and host.read(0, 1)[3] == NEW[0] ^ 1 and host.flash.count(NEW) == 8 * BS - 1
    assert host.write(0, 4) and host.flash.count(NEW) == 8 * BS


# ---- time and presence


@test
def a_device_vanishes_while_it_is_written_or_read():
    host = Host(vanish_after=6 * BS, vanish_after_read=6 * BS)
    assert host.write(0, 4)
    raises(Vanish, host.write, 4, 4)
    assert host.flash.count(NEW) == 4 * BS and host.read(0, 4)
    raises(Vanish, host.read, 4, 4)


@test
def a_hang_is_for_ever_or_ends():
    host = Host(hang_after=3 * BS, hang_reads_after=3 * BS)
    assert host.write(0, 2)
    assert raises(Hang, host.write, 2, 2).seconds is None
    raises(Hang, host.write, 2, 1)  # although one block alone would stay below the limit
    assert host.flash.count(NEW) == 2 * BS and host.read(0, 2) and host.command(scsi.TEST_UNIT_READY, *bytes(5)) is not None
    raises(Hang, host.read, 0, 2)
    host = Host(hang_after=2 * BS, hang_for=60)
    assert 0 < raises(Hang, host.write, 0, 4).seconds <= 60
    assert host.flash.count(NEW) == 0
    host.flash.hang_for = 0
    assert host.write(0, 4) and host.write(0, 4) and host.flash.count(NEW) == 4 * BS


@test
def a_slow_medium_takes_its_time():
    host = Host(delay=16, slow_reads=16)
    for function in (host.write, host.read):
        begin = time.monotonic()
        function(0, 8)
        assert time.monotonic() - begin >= 16 * 8 * BS / (1 << 20)


# ---- caches and read paths


@test
def a_cache_keeps_the_newest_writes_until_it_is_flushed():
    host = Host(cache_bytes=4 * BS)
    assert host.mode_sense() == (False, True) and host.write(0, 6)
    assert host.cells(0, 2) == blocks(NEW, 2) and host.flash.count(NEW) == 2 * BS and host.flash.unflushed == 4 * BS
    assert host.read(0, 8) == blocks(NEW, 6) + blocks(OLD, 2)
    assert host.write(5, 1, b"x") and host.read(5, 1) == blocks(b"x", 1) and host.flash.count(b"x") == 0
    assert host.write(4, 1, b"y", fua=True) and host.cells(4, 1) == blocks(b"y", 1) == host.read(4, 1)
    assert host.sync() and host.flash.unflushed == 0 and host.cells(0, 6) == blocks(NEW, 4) + blocks(b"y", 1) + blocks(b"x", 1)


@test
def an_unflushed_cache_is_lost_with_the_power_or_saved():
    for lost in (True, False):
        host = Host(cache_bytes=4 * BS, cache_lost_at_unplug=lost)
        assert host.write(0, 4) and host.sync() and host.write(4, 4)
        host.disk.power_off()
        assert host.flash.count(NEW) == (4 if lost else 8) * BS and host.read(4, 4) == blocks(OLD if lost else NEW, 4)
    host = Host(cache_bytes=4 * BS)
    host.write(0, 4)
    host.flash.lose_cache()
    assert host.read(0, 4) == blocks(OLD, 4)


@test
def a_flush_lies_or_fails():
    host = Host(cache_bytes=4 * BS, flush_lies=True)
    assert host.mode_sense()[1] and host.write(0, 4) and host.sync() and host.flash.count(NEW) == 0 and host.read(0, 4) == blocks(NEW, 4)
    host = Host(flush_fails=True)
    assert host.mode_sense()[1] and host.write(0, 4) and not host.sync() and host.sense == (3, 0x0C, 0)
    host.flash.flush_fails = Sense(4, 0x44)
    assert not host.sync() and host.sense == (4, 0x44, 0)
    assert host.command(scsi.SYNCHRONIZE_CACHE_16, *bytes(15)) is None


@test
def stale_reads_hide_what_the_cells_hold():
    host = Host(stale_reads=True, stale_range=(4 * BS, 8 * BS))
    assert host.write(0, 12) and host.write(0, 12, b"x") and host.flash.count(b"x") == 12 * BS
    assert host.read(0, 12) == blocks(b"x", 4) + blocks(OLD, 4) + blocks(b"x", 4)
    host.disk.power_off()
    assert host.read(0, 12) == blocks(b"x", 12)
    host = Host(stale_reads=True)
    assert host.write(0, BLOCKS) and host.flash.count(OLD) == 0 and host.read(0, BLOCKS) == blocks(OLD, BLOCKS)


@test
def a_shadow_hides_what_the_cells_keep():
    host = Host(keeps_old_from=6 * BS)
    assert host.write(4, 4) and host.sync() and host.read(4, 4) == blocks(NEW, 4)
    assert host.cells(4, 4) == blocks(NEW, 2) + blocks(OLD, 2)
    host.disk.power_off()
    assert host.read(4, 4) == blocks(NEW, 2) + blocks(OLD, 2)


@test
def hooks_see_every_transfer_and_may_end_it():
    seen = []
    host = Host(on_write=lambda *where: seen.append(("w", *where, host.flash.count(NEW))),
                on_read=lambda *where: seen.append(("r", *where)))
    host.write(2, 4)
    host.read(1, 1)
    assert seen == [("w", 2 * BS, 4 * BS, 4 * BS), ("r", BS, BS)]

    def leave(offset, length):
        raise Vanish
    host.flash.on_read = leave
    raises(Vanish, host.read, 0, 1)


# ---- the disk


@test
def an_empty_slot_gets_a_card_and_loses_it():
    host = Host()
    card, host.disk.medium = host.flash, None
    for cdb in (bytes(6), bytes([scsi.READ_CAPACITY_10]) + bytes(9), bytes([scsi.READ_10]) + bytes(9)):
        assert host.command(*cdb) is None and host.sense == (2, 0x3A, 0)
    assert host.inquiry() and host.command(scsi.REQUEST_SENSE, 0, 0, 0, 18, 0)[2:13:10] == bytes([2, 0x3A])
    host.disk.insert(card)
    assert host.inquiry() and host.read(0, 1) is None and host.sense == (6, 0x28, 0) and host.read(0, 1) == blocks(OLD, 1)
    host.disk.insert(card)
    assert host.command(scsi.REQUEST_SENSE, 0, 0, 0, 18, 0)[2:13:10] == bytes([6, 0x28]) and host.read(0, 1)
    assert host.command(scsi.REQUEST_SENSE, 0, 0, 0, 18, 0)[2:13:10] == bytes(2)
    host.disk.eject()
    assert host.read(0, 1) is None and host.sense == (2, 0x3A, 0)


@test
def long_operations_erase_and_report_progress():
    host = Host({"sanitize": ("block", "overwrite"), "op_secs": 60})
    assert host.command(scsi.FORMAT_UNIT, 0x10, *bytes(4), out=bytes([0, 2, 0, 0])) is not None and host.flash.count(b"\0") == SIZE
    assert host.read(0, 1) is None and host.sense == (2, 4, 4) and host.raw_sense[15] == 0x80
    assert host.command(scsi.REQUEST_SENSE, 0, 0, 0, 18, 0)[12:14] == bytes([4, 4])
    host.disk.busy_until = 0
    assert host.command(scsi.SANITIZE, 0x81, *bytes(8), out=bytes([1, 0, 0, 2]) + b"ab") is not None
    assert host.flash.count(b"ab") == SIZE // 2 and host.read(0, 1) is None and host.sense == (2, 4, 0x1B)
    host.disk.busy_until = 0
    assert host.read(0, 1) and host.command(scsi.SANITIZE, 3, *bytes(8)) is None and host.sense == (5, 0x24, 0)
    host = Host({"sanitize": ("block",), "op_secs": 0}, drop_from=SIZE // 2)
    assert host.command(scsi.SANITIZE, 2, *bytes(8)) is not None and host.flash.count(OLD) == SIZE // 2
    assert Host().command(scsi.SANITIZE, 2, *bytes(8)) is None


def sas(**settings):
    return Host({"op_secs": 60, **settings}, kind=Sas)


@test
def a_sas_drive_sanitises_itself_and_is_closed_meanwhile():
    host = sas()
    assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is not None and host.flash.count(b"\0") == SIZE
    assert host.command(*bytes(6)) is None and host.sense == (2, 4, 0x1B) and host.read(0, 1) is None
    assert host.command(scsi.REQUEST_SENSE, 0, 0, 0, 252, 0)[12:14] == bytes([4, 0x1B])
    assert host.command(scsi.REQUEST_SENSE, 1, 0, 0, 252, 0)[:4] == bytes([0x72, 2, 4, 0x1B])
    host.disk.busy_until = 0
    assert host.command(*bytes(6)) is not None and host.read(0, 1) == bytes(BS)
    assert host.disk.told == [("48a20000000000000000", "")]


@test
def a_sas_drive_that_fails_is_closed_until_it_may_exit():
    host = sas(sanitize_fails=True, op_secs=0)
    assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is not None and host.flash.count(OLD) == SIZE
    assert host.read(0, 1) is None and host.sense == (3, 0x31, 3)
    assert host.command(scsi.SANITIZE, 0x1F, *bytes(8)) is not None and host.read(0, 1)
    host = sas(sanitize_fails=True, sanitize_exits=False, op_secs=0)
    assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is None and host.sense == (5, 0x24, 0)
    assert host.command(scsi.SANITIZE, 0x82, *bytes(8)) is not None
    assert host.command(scsi.SANITIZE, 0x1F, *bytes(8)) is None and host.sense == (5, 0x24, 0) and host.read(0, 1) is None


@test
def a_sas_drive_forgets_or_goes_on_and_tells_of_the_reset():
    for forgets, kind, after in ((False, 0xA2, (2, 4, 0x1B)), (True, 0xA2, None), (True, None, (3, 0x31, 0))):
        host = sas(forgets=forgets)
        assert host.command(scsi.SANITIZE, kind, *bytes(8)) is not None if kind else host.command(scsi.FORMAT_UNIT, 0x10, *bytes(4), out=bytes([0, 2, 0, 0])) is not None
        host.disk.reset()
        assert host.command(*bytes(6)) is None and host.sense == (6, 0x29, 0)
        assert (host.command(*bytes(6)) is None, host.sense) == (after is not None, after)


@test
def a_sas_drive_lies_leaves_out_or_wants_to_be_written_first():
    host = sas(sanitize_lies=True, op_secs=0)
    assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is not None and host.flash.count(OLD) == SIZE
    host = sas(sanitize_keeps=(BS, 2 * BS), op_secs=0)
    assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is not None and host.flash.count(OLD) == BS
    host = sas(wabereq=3, op_secs=0)
    assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is not None and host.read(0, 1) is None and host.sense[0] == 3
    assert host.write(0, 1) and host.read(0, 1) and host.read(1, 1) is None


@test
def what_a_drive_kept_is_told_from_what_it_erased():
    for settings, kept in (({}, 0), ({"sanitize_lies": True}, SIZE // BS), ({"sanitize_keeps": (BS, 3 * BS)}, 2), ({"sanitize_fails": True}, SIZE // BS)):
        host = sas(op_secs=0, **settings)
        for lba in range(SIZE // BS):
            host.flash.fill(b"sector %8d\n" % lba, lba, 1)
        assert host.flash.before is None
        assert host.command(scsi.SANITIZE, 0xA2, *bytes(8)) is not None and host.flash.unchanged() == kept, (settings, host.flash.unchanged())
        host.flash.fill(b"\0")
        host.flash.remember()
        assert host.flash.unchanged() == 0


@test
def deallocation_and_write_same():
    host = Host({"unmap": True})
    descriptor = struct.pack(">HH4xQI4x", 22, 16, 4, 8)
    assert host.command(scsi.UNMAP, *bytes(9), out=descriptor) is not None
    assert host.cells(4, 8) == bytes(8 * BS) and host.flash.count(b"\0") == 8 * BS
    assert host.command(*struct.pack(">BBQIH", scsi.WRITE_SAME_16, 0, 100, 4, 0), out=blocks(NEW, 1)) is not None
    assert host.cells(100, 4) == blocks(NEW, 4) and host.flash.count(NEW) == 4 * BS
    capacity = host.command(*struct.pack(">BBQIH", scsi.SERVICE_ACTION_IN_16, 0x10, 0, 32, 0))
    assert struct.unpack(">QI", capacity[:12]) == (BLOCKS - 1, BS) and capacity[14] == 0xC0
    assert Host().command(scsi.UNMAP, *bytes(9), out=descriptor) is None


@test
def a_hook_takes_one_command_over():
    host = Host()

    def fail(target, cdb, data_out):
        raise Sense(4, 0x44)
    host.disk.hooks[scsi.READ_10] = fail
    assert host.read(0, 1) is None and host.sense == (4, 0x44, 0) and host.write(0, 1)
    host.disk.hooks[scsi.READ_10] = lambda target, cdb, data_out: b"x" * BS
    assert host.read(0, 1) == blocks(b"x", 1)


@test
def verify_compares_and_meets_bad_blocks():
    host = Host(eio_read={4})
    verify = struct.pack(">BBIBHB", scsi.VERIFY_10, 2, 0, 0, 1, 0)
    assert host.command(*verify, out=blocks(OLD, 1)) is not None
    assert host.command(*verify, out=blocks(NEW, 1)) is None and host.sense == (0xE, 0x1D, 0)
    assert host.command(*struct.pack(">BBIBHB", scsi.VERIFY_10, 0, 0, 0, 8, 0)) is None and host.sense == (3, 0x11, 0)


@test
def identity_may_be_long_and_hostile():
    host = Host({"serial": "S" * 250, "vendor": b"\0\xff\x1b[31m\n", "product": "\u202eevil" * 9, "wwn": 0x5000C50012345678})
    data = host.inquiry()
    assert len(data) == 36 and data[8:16] == b"\0\xff\x1b[31m\n" and data[16:19] == "\u202e".encode()
    page = host.inquiry(0x80)
    assert page[2:4] == bytes([0, 250]) and page[4:] == b"S" * 250
    page, found = host.inquiry(0x83), []
    assert struct.unpack(">H", page[2:4])[0] == len(page) - 4
    rest = page[4:]
    while rest:
        found.append((rest[1], rest[4:4 + rest[3]]))
        rest = rest[4 + rest[3]:]
    assert [kind for kind, _ in found] == [1, 0, 3] and found[1][1] == b"S" * 250 and found[2][1] == bytes.fromhex("5000c50012345678")
    assert host.inquiry(0xB0) is None and host.sense == (5, 0x24, 0)


# ---- USB


def transfer(bot, cdb, length=0, out=None, lun=0, tag=7):
    """A command over Bulk-Only Transport: data-in, status and residue, or None while the device does not answer."""
    bot.bulk_out(struct.pack("<4sIIBBB", b"USBC", tag, length or len(out or b""), 0 if out else 0x80, lun, len(cdb)) + cdb.ljust(16, b"\0"))
    if out:
        bot.bulk_out(out)
    data = bot.bulk_in(length) if length else b""
    status = bot.bulk_in(13)
    if status is None:
        return None
    signature, answered, residue, code = struct.unpack("<4sIIB", status)
    assert signature == b"USBS" and answered == tag
    return data, code, residue


@test
def bulk_only_transport_carries_data_status_and_sense():
    host = Host(eio_read={200})
    bot = usb.Bot([host.disk, Disk(None)])
    write, read = (struct.pack(">BBIBHB", opcode, 0, 8, 0, 2, 0) for opcode in (scsi.WRITE_10, scsi.READ_10))
    assert transfer(bot, write, out=blocks(NEW, 2)) == (b"", 0, 0) and host.flash.count(NEW) == 2 * BS
    assert transfer(bot, read, 2 * BS) == (blocks(NEW, 2), 0, 0)
    assert transfer(bot, bytes([scsi.INQUIRY, 0, 0, 0, 36, 0]), 64)[1:] == (0, 28)
    assert transfer(bot, struct.pack(">BBIBHB", scsi.READ_10, 0, 200, 0, 1, 0), BS)[1:] == (1, BS)
    sense = bytes([scsi.REQUEST_SENSE, 0, 0, 0, 18, 0])
    assert transfer(bot, sense, 18)[0][2:13:10] == bytes([3, 0x11]) and transfer(bot, sense, 18)[0][2] == 0
    assert transfer(bot, bytes(6), lun=1)[1] == 1 and transfer(bot, sense, 18, lun=1)[0][2:13:10] == bytes([2, 0x3A])
    assert transfer(bot, bytes(6), lun=2)[1] == 1
    raises(usb.Stall, bot.bulk_out, bytes(31))


@test
def usb_requests_and_strings():
    bot = usb.Bot([Disk(None), Disk(None)], maker="\u202e\U0001f600" + "M" * 300, product=b"\0\xff\x1b[2J", serial="")
    assert bot.setup(struct.pack("<BBHHH", 0xA1, 0xFE, 0, 0, 1)) == b"\1"
    assert bot.setup(struct.pack("<BBHHH", 0x80, 0, 0, 0, 2)) == bot.setup(struct.pack("<BBHHH", 0x82, 0, 0, 0x81, 2)) == b"\0\0"
    bot.setup(struct.pack("<BBHHH", 0x00, 9, 1, 0, 0))
    assert bot.setup(struct.pack("<BBHHH", 0x80, 8, 0, 0, 1)) == b"\1"
    maker, product = (bot.setup(struct.pack("<BBHHH", 0x80, 6, 0x0300 | index, 0x409, 255)) for index in (1, 2))
    assert len(maker) == maker[0] == 254 and maker[2:].decode("utf-16le") == ("\u202e\U0001f600" + "M" * 300)[:125]
    assert product == bytes([8, 3]) + b"\0\xff\x1b[2J" and bot.descriptor(usb.DEVICE, 0)[16] == 0
    assert len(bot.descriptor(usb.CONFIGURATION, 0)) == 32
    raises(usb.Stall, bot.setup, struct.pack("<BBHHH", 0x80, 6, 0x0600, 0, 10))


@test
def a_hung_command_waits_for_a_reset_or_its_time():
    host = Host(hang_after=0)
    bot, write = usb.Bot(host.disk), struct.pack(">BBIBHB", scsi.WRITE_10, 0, 0, 0, 1, 0)
    assert transfer(bot, write, out=blocks(NEW, 1)) is None and bot.bulk_in(13) is None
    bot.reset()
    assert transfer(bot, bytes(6)) == (b"", 0, 0) and host.flash.count(NEW) == 0
    host, awake = Host(hang_after=0, hang_for=0.02), threading.Event()
    bot = usb.Bot(host.disk)
    bot.on_wake = awake.set
    with bot.lock:
        assert transfer(bot, write, out=blocks(NEW, 1)) is None and host.flash.count(NEW) == 0
    assert awake.wait(60) and bot.bulk_in(13)[12] == 0 and host.flash.count(NEW) == BS
    assert len(host.disk.journal) == 1


# ---- ATA


@test
def identify_has_its_checksum_and_strings():
    data = Host(ata={}).disk.ata.identify()
    assert len(data) == 512 and sum(data) & 0xFF == 0 and data[510] == 0xA5
    words = struct.unpack("<256H", data)
    assert struct.pack(">20H", *words[27:47]).decode().rstrip() == "LAB ATA SSD" and words[100] == BLOCKS and words[59] == 0xF000


@test
def ata_security_locks_and_erases():
    host = Host(ata={"secs": 0})
    ata, password = host.disk.ata, b"\0\0" + b"p" * 32 + bytes(478)
    assert ata.command(0xF1, data_out=password).status == 0x50 and ata.enabled and host.read(0, 1)
    host.disk.power_off()
    assert ata.locked and host.read(0, 1) is None and host.sense == (7, 0x20, 2)
    assert ata.command(0xF4, data_out=password).error == 4 and host.flash.count(OLD) == SIZE
    assert ata.command(0xF2, data_out=bytes(512)).error == 4 and ata.locked
    ata.command(0xF3)
    assert ata.command(0xF4, data_out=password).error == 0 and host.flash.count(OLD) == 0 and not ata.locked and not ata.enabled
    ata.command(0xF5)
    assert ata.command(0xF1, data_out=password).error == 4 and not ata.enabled


@test
def ata_sanitize_by_pass_through():
    host = Host(ata={"secs": 60, "sanitize": ("block",)})
    crypto = struct.pack(">BBBHHBBBBBBBBB", 0x85, 3 << 1, 0x20, 0x11, 0, 0x43, 0x70, 0, 0x79, 0, 0x72, 0, 0xB4, 0)
    block = struct.pack(">BBBHHBBBBBBBBB", 0x85, 3 << 1 | 1, 0x20, 0x12, 0, 0x42, 0x72, 0, 0x45, 0, 0x6B, 0, 0xB4, 0)
    assert host.command(*crypto) is None and host.raw_sense[:3] == bytes([0x72, 0x0B, 0]) and host.flash.count(OLD) == SIZE
    assert host.disk.ata.command(0xB4, 0x12, lba=0x426B4573).error == 4 and host.flash.count(OLD) == SIZE
    assert host.command(*block) is None and host.raw_sense[:4] == bytes([0x72, 1, 0, 0x1D]) and host.flash.count(OLD) == 0
    assert host.read(0, 1) is None and host.sense == (2, 4, 0x1B)
    host.disk.ata.sanitize_end = 0
    assert host.read(0, 1) and host.disk.ata.command(0xB4).count == 0x8000
    assert [entry[:2] for entry in host.disk.ata.log] == [(0xB4, 0x11), (0xB4, 0x12), (0xB4, 0x12), (0xB4, 0)]


@test
def registers_come_back_in_descriptor_sense():
    host = Host(ata={"native": 0x060504030202})
    assert host.command(0x85, 3 << 1 | 1, 0x20, *bytes(10), 0x40, 0x27, 0) is None and host.raw_sense[7:10] == bytes([14, 9, 12])
    assert [host.raw_sense[at] for at in (15, 17, 19, 14, 16, 18)] == [1, 2, 3, 4, 5, 6] and host.raw_sense[21] == 0x50
    assert len(host.command(0xA1, 4 << 1, 0x0E, 0, 1, 0, 0, 0, 0, 0xEC, 0, 0)) == 512


@test
def a_hidden_area_is_there_until_set_max():
    host = Host(claimed=SIZE - 16 * BS, real=SIZE, ata={"native": BLOCKS})
    ata = host.disk.ata
    assert host.capacity() == SIZE - 16 * BS and ata.command(0x27).lba == BLOCKS - 1 and host.read(BLOCKS - 16, 1) is None
    ata.erases_hidden = False
    assert ata.command(0xB4, 0x12, lba=0x426B4572).error == 0 and host.flash.count(OLD) == 16 * BS
    ata.erases_hidden = True
    assert ata.command(0xB4, 0x12, lba=0x426B4572).error == 0 and host.flash.count(OLD) == 0 and host.capacity() == SIZE - 16 * BS
    ata.sanitize_end = 0
    assert ata.command(0x37, lba=BLOCKS - 1).error == 0 and host.capacity() == SIZE and host.write(BLOCKS - 1, 1)
    assert ata.command(0x37, lba=BLOCKS).error == 4


class Drive:
    """Sends commands to an optical drive with a disc whose cells are full of OLD."""

    def __init__(self, kind, writer=True, **state):
        handle, path = tempfile.mkstemp(dir=FOLDER)
        os.close(handle)
        self.flash = Flash(path, claimed=64 * BLOCK, bs=BLOCK)
        self.flash.fill(OLD)
        self.disc = Disc(self.flash, kind, **state)
        self.burner = Burner(self.disc, writer=writer, op_secs=0)
        self.sense = None

    def command(self, *cdb, out=b""):
        status, data, sense = self.burner.execute(bytes(cdb).ljust(12, b"\0"), out)
        self.sense = (sense[2] & 0x0F, sense[12], sense[13]) if status == CHECK_CONDITION else None
        return data if status == GOOD else None

    def write(self, lba):
        return self.command(*struct.pack(">BBIBHB", scsi.WRITE_10, 0, lba, 0, 1, 0), out=NEW * BLOCK) is not None

    def status(self):
        return self.command(0x51, *bytes(6), 0, 34)[2] & 0x03

    def old_blocks(self):
        return self.flash.count(OLD) // BLOCK


@test
def every_kind_of_disc_has_its_profile():
    for kind, (profile, family, *_) in KINDS.items():
        for writer, expected in ((True, profile), (False, READ_ONLY_PROFILE[family])):
            answer = Drive(kind, writer, used=8).command(0x46, *bytes(6), 0, 8)
            assert scsi.be(answer[6:8]) == expected, (kind, writer, answer)


@test
def only_a_full_blank_clears_a_disc():
    drive = Drive("cd-rw", used=8, closed=True)
    assert not drive.write(8) and drive.sense == (5, 0x30, 5)
    assert drive.command(0xA1, 0x01) is not None and drive.old_blocks() == 64 and drive.status() == 0
    assert drive.command(scsi.READ_10, *bytes(6), 0, 1) is None, "a blanked disc is read"
    assert drive.command(0xA1, 0x00) is not None and drive.old_blocks() == 0
    assert Drive("cd-r", used=8).command(0xA1, 0x00) is None


@test
def only_a_certifying_format_clears_a_disc():
    cases = (("dvd-ram", 0x00, 0, True), ("dvd-ram", 0x00, 0x20, False), ("dvd+rw", 0x26, 0, False), ("dvd-rw", 0x10, 0, True),
             ("dvd-rw", 0x15, 0, False), ("bd-re", 0x31, 0, False))
    for kind, form, flags, cleared in cases:
        drive = Drive(kind)
        assert drive.command(scsi.FORMAT_UNIT, 0x11, out=bytes([0, flags, 0, 8, 0, 0, 0, 0, form << 2, 0, 0, 0])) is not None, (kind, form)
        assert drive.old_blocks() == (0 if cleared else 64), (kind, form, flags)


@test
def a_disc_is_written_where_it_can_be():
    drive = Drive("dvd+r")
    assert drive.status() == 0 and not drive.write(5) and drive.write(0) and drive.write(1) and drive.status() == 1
    assert drive.command(0x5B, 0, 6) is not None and drive.status() == 2 and not drive.write(2) and drive.sense == (7, 0x27, 0)
    assert Drive("dvd-ram").write(63) and not Drive("dvd-ram", protected=True).write(63) and not Drive("dvd+rw", formatted=False).write(0)
    for kind in ("cd-rom", "dvd-rom", "bd-rom"):
        assert not Drive(kind).write(0)
    reader = Drive("bd-re", writer=False)
    assert not reader.write(0) and reader.sense == (5, 0x20, 0) and reader.command(scsi.READ_10, *bytes(6), 0, 1) == OLD * BLOCK


@test
def a_tray_opens_and_tells_what_came():
    drive = Drive("cd-rw", used=8)
    burner = drive.burner

    def event():
        return drive.command(0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8)[4:6]

    assert event() == bytes([2, 2]) and event() == bytes([0, 2])  # new media, present; nothing since
    drive.command(0x1E, 0, 0, 0, 1)
    burner.press_eject()
    assert event() == bytes([1, 2]) and not burner.tray_open  # locked: the host is asked
    assert drive.command(0x1B, 0, 0, 0, 2) is None and drive.sense == (5, 0x53, 2)
    drive.command(0x1E)
    assert drive.command(0x1B, 0, 0, 0, 2) is not None and event() == bytes([3, 1])  # removed, tray open
    assert drive.command(scsi.TEST_UNIT_READY) is None and drive.sense == (2, 0x3A, 2)
    burner.insert(None)
    assert event() == bytes([3, 0]) and drive.command(scsi.TEST_UNIT_READY) is None and drive.sense == (2, 0x3A, 1)
    burner.insert(drive.disc)
    assert event() == bytes([2, 2]) and drive.command(scsi.TEST_UNIT_READY) is None and drive.sense == (6, 0x28, 0)
    assert drive.command(scsi.TEST_UNIT_READY) is not None


@test
def every_mutant_still_finds_the_lines_that_it_breaks():
    for name, (_, changes, _) in mutants.MUTANTS.items():
        for path, old, _ in changes:
            with open(os.path.join(mutants.ROOT, path)) as f:
                assert f.read().count(old) == 1, "%s: %s" % (name, path)


def main():
    print("1..%d" % len(TESTS))
    failed = 0
    for number, function in enumerate(TESTS, 1):
        try:
            function()
            print("ok %d - %s" % (number, function.__name__.replace("_", " ")))
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, function.__name__.replace("_", " ")))
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
    return failed > 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as FOLDER:
        sys.exit(main())
