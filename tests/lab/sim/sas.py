# SPDX-License-Identifier: Apache-2.0
"""A SAS drive that sanitises and formats itself (SBC-4 4.11, 5.3, 5.33), and every way in which one lies, fails or forgets."""
import os
import struct
import time

from .scsi import (CHARACTERISTICS_PAGE, FORMAT_IN_PROGRESS, FORMAT_UNIT, LU_NOT_READY, NOT_READY, READS, SANITIZE, SANITIZE_IN_PROGRESS, WRITES, Disk, Sense, be, extent,
                   invalid_field)

MEDIUM_ERROR, UNIT_ATTENTION = 3, 6  # sense keys
FORMAT_CORRUPTED, FORMAT_FAILED, SANITIZE_FAILED = (0x31, 0x00), (0x31, 0x01), (0x31, 0x03)
RESET_OCCURRED = (0x29, 0x00)
WRITE_REQUIRED = (0x11, 0x15)  # an unrecovered read of what is to be written first
ACTIONS = {1: "overwrite", 2: "block", 3: "crypto", 0x1F: "exit"}
IMMED, AUSE = 0x80, 0x20


class Sas(Disk):
    """Faults are settings, as those of Disk.

    sanitize_lies   It says that it did, and no cell has changed; sanitize_keeps=(start, end) in bytes: all cells but those have.  FORMAT UNIT likewise.
    sanitize_fails  It says that it failed, and takes no reads or writes any more.
    sanitize_exits  It knows AUSE and EXIT FAILURE MODE.
    forgets         What is cut off is not gone on with: a format leaves the drive unformatted.
    descriptors     Sense data have descriptors (D_SENSE).
    wabereq, wacereq  What reads answer after a block, a cryptographic erase; from 2 on they fail until written.
    """

    vendor, product, revision = "LABSAS", "ENTERPRISE", "0001"
    removable = False
    sanitize = ("crypto", "block", "overwrite")
    vpd = Disk.vpd + (CHARACTERISTICS_PAGE,)
    rotation = 1
    sanitize_lies = sanitize_fails = forgets = descriptors = False
    sanitize_exits = True
    sanitize_keeps = None
    wabereq = wacereq = 0

    def __init__(self, medium, **settings):
        super().__init__(medium, **settings)
        self.failed = self.running = None  # "sanitize" or "format"
        self.unformatted = self.allowed_to_exit = False
        self.unwritten = bytearray(medium.blocks)
        self.told = []  # (CDB, parameter list) of all that erases, in hex

    # ---- what it is

    def vpd_page(self, page):
        if page == CHARACTERISTICS_PAGE:
            return struct.pack(">HBB", self.rotation, 0, self.wabereq << 6 | self.wacereq << 4) + bytes(56)
        return super().vpd_page(page)

    def usage_of(self, opcode, action):
        if opcode == SANITIZE:
            known = ACTIONS.get(action) in self.sanitize or (action == 0x1F and self.sanitize_exits)
            return (IMMED | (AUSE if self.sanitize_exits else 0) | 0x1F) if known else None
        return super().usage_of(opcode, action)

    # ---- where it stands

    def state(self):
        """The sense data that all commands to the medium get, None: it is open."""
        if self.running and self.progress() is not None:
            ascq = FORMAT_IN_PROGRESS if self.running == "format" else SANITIZE_IN_PROGRESS
            return Sense(NOT_READY, LU_NOT_READY, ascq, progress=self.progress())
        self.running = None
        if self.failed:
            return Sense(MEDIUM_ERROR, *(FORMAT_FAILED if self.failed == "format" else SANITIZE_FAILED))
        return Sense(MEDIUM_ERROR, *FORMAT_CORRUPTED) if self.unformatted else None

    def request_sense(self, cdb, ascq):
        sense = self.unit_attention or self.state() or Sense(0, 0)
        self.unit_attention = None
        return self.formatted(sense, cdb[1] & 1)[:cdb[4]]

    @staticmethod
    def formatted(sense, descriptors):
        if not descriptors:
            return sense.bytes()
        more = struct.pack(">BBBBBHB", 2, 6, 0, 0, 0x80, sense.progress, 0) if sense.progress is not None else b""
        return bytes([0x72, sense.key, sense.asc, sense.ascq, 0, 0, 0, len(more)]) + more

    def perform(self, cdb, data_out=b""):
        status, data, sense = super().perform(cdb, data_out)
        if sense and self.descriptors and sense[0] == 0x70:
            progress = be(sense[16:18]) if sense[15] & 0x80 else None
            sense = self.formatted(Sense(sense[2], sense[12], sense[13], progress=progress), True)
        return status, data, sense

    def dispatch(self, cdb, data_out):
        self.raise_unit_attention(cdb[0])
        state = self.state()
        if cdb[0] in self.without_medium or cdb[0] in (SANITIZE, FORMAT_UNIT) or not state:
            if cdb[0] in READS + WRITES:
                self.check_written(cdb)
            return super().dispatch(cdb, data_out)
        raise state

    def check_written(self, cdb):
        lba, count = extent(cdb)
        if cdb[0] in WRITES:
            self.unwritten[lba:lba + count] = bytes(count)
        elif any(self.unwritten[lba:lba + count]):
            raise Sense(MEDIUM_ERROR, *WRITE_REQUIRED)

    # ---- what it does for a while

    def begin(self, kind, pattern):
        self.running, self.failed, self.unformatted = kind, None, False
        self.medium.remember()
        self.start_op(True, lambda: self.erase(kind, pattern))

    def erase(self, kind, pattern):
        if self.sanitize_fails:
            self.failed = kind
        elif not self.sanitize_lies:
            with open(self.medium.image, "r+b") as cells:
                start, end = self.sanitize_keeps or (0, 0)
                cells.seek(start)
                kept = cells.read(end - start)
                self.medium.erase(pattern)
                cells.seek(start)
                cells.write(kept)

    def not_ready(self, ascq):
        if self.running and self.progress() is not None:
            raise self.state()

    def format_unit(self, cdb, data):
        self.told.append((cdb[:6].hex(), data.hex()))
        if not cdb[1] & 0x10 or len(data) < 2 or not data[1] & 0x02:
            raise invalid_field()
        self.begin("format", b"\0")

    def sanitize_unit(self, cdb, data):
        self.told.append((cdb[:10].hex(), data.hex()))
        action, may_exit = ACTIONS.get(cdb[1] & 0x1F), bool(cdb[1] & AUSE)
        if may_exit and not self.sanitize_exits:
            raise invalid_field()
        if action == "exit":
            if not self.failed or not self.allowed_to_exit:
                raise invalid_field()
            self.failed = None
            return
        if action not in self.sanitize or (self.failed and may_exit and not self.allowed_to_exit):
            raise invalid_field()
        self.allowed_to_exit = may_exit
        self.begin("sanitize", {"overwrite": data[4:4 + be(data[2:4])], "block": b"\0", "crypto": os.urandom(self.medium.bs)}[action])
        if (action == "block" and self.wabereq > 1) or (action == "crypto" and self.wacereq > 1):
            self.unwritten = bytearray(b"\1" * self.medium.blocks)

    # ---- resets

    def interrupt(self):
        if self.forgets and self.running and self.progress() is not None:
            self.unformatted = self.running == "format"
            self.running, self.busy_until = None, 0
        self.unit_attention = Sense(UNIT_ATTENTION, *RESET_OCCURRED)

    def reset(self):
        super().reset()
        self.interrupt()

    def power_off(self):
        super().power_off()
        self.interrupt()

    def left(self):
        """Seconds until it will have ended."""
        return max(0, self.busy_until - time.time())
