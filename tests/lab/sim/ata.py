# SPDX-License-Identifier: Apache-2.0
"""An ATA drive behind a SCSI/ATA translation layer (SAT-3): identity, security, sanitize, HPA and DCO of ACS-3, enough for hdparm."""
import os
import struct
import time
from typing import NamedTuple

from .scsi import (ATA_PASS_THROUGH_16, DATA_PROTECT, LU_NOT_READY, NO_ACCESS_RIGHTS, NOT_READY, RECOVERED_ERROR, SANITIZE_IN_PROGRESS,
                   Sense, be)

MIB = 1 << 20
ABORTED_COMMAND = 0x0B  # sense key
ATA_INFORMATION_AVAILABLE = (0x00, 0x1D)

# Commands (ACS-3 clause 7; READ NATIVE MAX and SET MAX: ACS-2)
IDENTIFY_DEVICE, SMART, SANITIZE_DEVICE, DEVICE_CONFIGURATION = 0xEC, 0xB0, 0xB4, 0xB1
SET_FEATURES = 0xEF
CHECK_POWER_MODE, CHECK_POWER_MODE_OLD, STANDBY_IMMEDIATE, FLUSH_CACHE, FLUSH_CACHE_EXT = 0xE5, 0x98, 0xE0, 0xE7, 0xEA
READ_NATIVE_MAX, READ_NATIVE_MAX_EXT, SET_MAX, SET_MAX_EXT = 0xF8, 0x27, 0xF9, 0x37
TRUSTED_RECEIVE, TRUSTED_SEND = 0x5C, 0x5E
SET_PASSWORD, UNLOCK, ERASE_PREPARE, ERASE_UNIT, FREEZE_LOCK, DISABLE_PASSWORD = range(0xF1, 0xF7)  # SECURITY ...

# Features of DEVICE CONFIGURATION and SANITIZE DEVICE
DCO_RESTORE, DCO_IDENTIFY = 0xC0, 0xC2
SANITIZE_STATUS, CRYPTO_SCRAMBLE, BLOCK_ERASE, OVERWRITE, SANITIZE_FREEZE_LOCK = 0x00, 0x11, 0x12, 0x14, 0x20
SANITIZE_KEYS = {  # name, and what LBA must hold; of an overwrite only bits 47:32, the others are the pattern
    CRYPTO_SCRAMBLE: ("crypto", 0x43727970),
    BLOCK_ERASE: ("block", 0x426B4572),
    OVERWRITE: ("overwrite", 0x4F5700000000),
}
COMPLETED_WITHOUT_ERROR, IN_PROGRESS, SANITIZE_FROZEN = 0x8000, 0x4000, 0x2000  # count of SANITIZE STATUS

SMART_PASSED = 0xC24F00  # LBA that SMART RETURN STATUS leaves
ACTIVE = 0xFF  # count of CHECK POWER MODE
ERROR_BIT = 0x01  # of the status register


class Answer(NamedTuple):
    """The registers after a command, and its data."""

    data: bytes = b""
    status: int = 0x50  # DRDY, DSC
    error: int = 0
    count: int = 0
    lba: int = 0


ABORT = Answer(status=0x51, error=0x04)  # ERR; ABRT


class Ata:
    """The drive.  Its medium is that of the Disk in front of it; class attributes may be given as keywords.

    native      Sectors it really has; an HPA hides those behind `max_sectors`.  For cells in there the medium needs
                Flash(path, claimed=visible, real=all); SET MAX then moves `claimed`.
    sanitize    Which methods it has: "block", "crypto", "overwrite".
    erases_hidden  SANITIZE and SECURITY ERASE UNIT reach behind an HPA, as ACS-3 wants it; some drives do not.
    sanitize_lies   It says that it sanitised, and no cell has changed; sanitize_keeps=(start, end) in bytes: all cells but those have.
    sanitize_fails  It says that it failed; no cell has changed.
    sanitize_stays_silent  It takes the command, and STATUS EXT never tells of anything.
    erase_lies, erase_fails  The same of SECURITY ERASE UNIT; a failure leaves the password, and so does erase_keeps_password, which says that all went well.
    set_max_once    SET MAX is taken once a power cycle.
    frozen      SECURITY FREEZE LOCK, as a BIOS leaves it; sanitize_frozen the same for SANITIZE.  Both end with the power.
    locked      A password is set and was not given: no read, no write.  That is how it is powered up when a password is set.
    log         Every command: (command, feature, count, LBA).
    """

    model, firmware, serial, ssd = "LAB ATA SSD", "LAB1", "ATASER01", True
    secs = 1.0  # how long erasing takes
    sanitize = ("block", "crypto", "overwrite")
    erases_hidden = True
    frozen = sanitize_frozen = locked = False
    sanitize_lies = sanitize_fails = sanitize_stays_silent = False
    sanitize_keeps = None
    erase_lies = erase_fails = erase_keeps_password = set_max_once = False
    tper = None  # a Tper (sim/tcg.py)

    def __init__(self, medium, native=None, **settings):
        self.medium = medium
        self.native = native or medium.blocks
        self.max_sectors = medium.blocks
        self.password, self.erase_prepared, self.wrong = None, False, 0
        self.power_cycles, self.max_was_set = 0, False
        self.sanitize_start = self.sanitize_end = 0
        self.sanitized = False
        self.log = []
        for name, value in settings.items():
            if name.startswith("_") or not hasattr(self, name):
                raise TypeError("Ata has no setting %r" % name)
            setattr(self, name, value)

    @property
    def enabled(self):
        return self.password is not None

    def power_off(self):
        self.locked = self.enabled
        self.frozen = self.sanitize_frozen = self.erase_prepared = self.max_was_set = False
        self.power_cycles, self.wrong = self.power_cycles + 1, 0
        if self.tper:
            self.tper.power_off()

    def check_media_access(self):
        """For a READ or WRITE of the SCSI side."""
        if self.locked:
            raise Sense(DATA_PROTECT, *NO_ACCESS_RIGHTS)
        if self.sanitizing():
            raise Sense(NOT_READY, LU_NOT_READY, SANITIZE_IN_PROGRESS, progress=self.sanitize_progress())

    # ---- SAT

    def pass_through(self, cdb, data_out):
        """ATA PASS-THROUGH (12) and (16), SAT-3 clause 12.2."""
        if cdb[0] == ATA_PASS_THROUGH_16:
            extend = cdb[1] & 1
            feature, count, device, command = be(cdb[3:5]), be(cdb[5:7]), cdb[13], cdb[14]
            lba = cdb[8] | cdb[10] << 8 | cdb[12] << 16 | cdb[7] << 24 | cdb[9] << 32 | cdb[11] << 40
        else:
            extend, feature, count, device, command = 0, cdb[3], cdb[4], cdb[8], cdb[9]
            lba = cdb[5] | cdb[6] << 8 | cdb[7] << 16
        if not extend:
            feature, count, lba = feature & 0xFF, count & 0xFF, (lba & 0xFFFFFF) | (device & 0x0F) << 24
        answer = self.command(command, feature, count, lba, data_out)
        failed, wants_registers = answer.status & ERROR_BIT, cdb[2] & 0x20  # CK_COND
        if not failed and not wants_registers:
            return answer.data
        device = 0x40 if extend else 0x40 | answer.lba >> 24 & 0x0F
        lba = answer.lba.to_bytes(6, "little")
        registers = bytes([0x09, 12, extend, answer.error, answer.count >> 8, answer.count & 0xFF,
                           lba[3], lba[0], lba[4], lba[1], lba[5], lba[2], device, answer.status])
        code = (ABORTED_COMMAND, 0, 0) if failed else (RECOVERED_ERROR, *ATA_INFORMATION_AVAILABLE)
        raise Sense(*code, raw=bytes([0x72, *code, 0, 0, 0, len(registers)]) + registers, data=answer.data)

    # ---- commands

    def command(self, command, feature=0, count=0, lba=0, data_out=b""):
        self.log.append((command, feature, count, lba))
        try:
            return self._dispatch(command, feature, count, lba, data_out)
        except Sense:  # the medium failed or is write protected
            return ABORT

    def _dispatch(self, command, feature, count, lba, data_out):
        if command == IDENTIFY_DEVICE:
            return Answer(self.identify())
        if command in (FLUSH_CACHE, FLUSH_CACHE_EXT):
            self.medium.flush()
            return Answer()
        if command in (CHECK_POWER_MODE, CHECK_POWER_MODE_OLD, STANDBY_IMMEDIATE):
            return Answer(count=ACTIVE)
        if command == SET_FEATURES:
            return Answer()
        if command == SMART:
            return Answer(lba=SMART_PASSED)
        if command in (READ_NATIVE_MAX, READ_NATIVE_MAX_EXT):
            return Answer(lba=self.native - 1)
        if command == SET_MAX_EXT or (command == SET_MAX and feature == 0):
            return self._set_max(lba + 1)
        if command == DEVICE_CONFIGURATION and feature == DCO_IDENTIFY:
            return Answer(self._dco())
        if command == DEVICE_CONFIGURATION and feature == DCO_RESTORE:
            return self._set_max(self.native)
        if command in (TRUSTED_SEND, TRUSTED_RECEIVE) and self.tper:
            return self._trusted(command, feature, lba >> 8 & 0xFFFF, data_out, ((lba & 0xFF) << 8 | count) * 512)
        if SET_PASSWORD <= command <= DISABLE_PASSWORD:
            return self._security(command, data_out[2:34])
        if command == SANITIZE_DEVICE and self.sanitize:
            return self._sanitize(feature, lba)
        return ABORT

    def identify(self):
        words = [0] * 256
        for first, length, text in ((10, 20, self.serial.rjust(20)), (23, 8, self.firmware), (27, 40, self.model)):
            text = text.ljust(length)[:length].encode()
            words[first:first + length // 2] = struct.unpack(">%dH" % (length // 2), text)
        size = self.max_sectors
        words[0] = 0x0040
        words[48] = 0x4000 | bool(self.tper)  # trusted computing
        words[47], words[49], words[53] = 0x8001, 0x0F00, 0x0007  # READ MULTIPLE; LBA, DMA; words 64:70 and 88 are valid
        words[59] = sum({"crypto": 1 << 13, "overwrite": 1 << 14, "block": 1 << 15}[method] for method in self.sanitize)
        words[59] |= 1 << 12 if self.sanitize else 0
        words[60], words[61] = min(size, 0xFFFFFFF) & 0xFFFF, min(size, 0xFFFFFFF) >> 16
        words[63], words[64], words[65:69] = 7, 3, [120] * 4  # DMA and PIO modes
        words[76], words[80] = 0x000E, 0x03F0  # SATA generations; ATA-4 to ACS-2
        words[82], words[83], words[84] = 0x0423, 0x7D00, 0x4000  # supported: SMART, security, write cache, HPA; LBA48, flush
        words[85], words[86], words[87] = 0x0421 | (2 if self.enabled else 0), 0x3D00, 0x4000  # enabled
        words[88], words[89], words[90], words[92] = 0x407F, 1, 1, 0xFFFE  # Ultra DMA; erase times; master password identifier
        words[100:104] = struct.unpack("<4H", struct.pack("<Q", size))
        words[106] = 0x4000
        words[128] = 0x21 | self.enabled << 1 | self.locked << 2 | self.frozen << 3 | (self.wrong > 4) << 4  # security, with enhanced erase
        words[169], words[217], words[222] = 1, 1 if self.ssd else 7200, 0x107F  # TRIM; rotation rate; SATA
        data = struct.pack("<255HB", *words[:255], 0xA5)
        return data + bytes([-sum(data) & 0xFF])

    def _trusted(self, command, protocol, com_id, data_out, length):
        if command == TRUSTED_SEND:
            return Answer() if self.tper.send(protocol, com_id, data_out) else ABORT
        answer = self.tper.receive(protocol, com_id, length)
        return ABORT if answer is None else Answer(answer)

    def _set_max(self, sectors):
        if not 0 < sectors <= self.native or (self.set_max_once and self.max_was_set):
            return ABORT
        self.max_was_set = True
        self.max_sectors = sectors
        self.medium.claimed = sectors * self.medium.bs
        return Answer(lba=sectors - 1)

    def _dco(self):
        data = struct.pack("<HHHQ", 2, 0, 0, self.native - 1).ljust(510, b"\0") + b"\xa5"
        return data + bytes([-sum(data) & 0xFF])

    def _security(self, command, password):
        if command == FREEZE_LOCK:
            self.frozen = True
            return Answer()
        if self.frozen or self.wrong > 4:
            return ABORT
        if command == SET_PASSWORD and not self.locked:
            self.password = password
            return Answer()
        if command == ERASE_PREPARE:
            self.erase_prepared = True
            return Answer()
        if not self.enabled or password != self.password:
            self.wrong += self.enabled and command == UNLOCK
            return ABORT
        if command == UNLOCK:
            self.locked = False
            return Answer()
        if command == ERASE_UNIT and self.erase_prepared:
            return self._erase_unit()
        if command != DISABLE_PASSWORD or self.locked:
            return ABORT
        self.password, self.locked, self.erase_prepared = None, False, False
        return Answer()

    def _erase_unit(self):
        """What the power is cut in the middle of stays undone, and the drive locked."""
        cycle, self.erase_prepared = self.power_cycles, False
        self.medium.remember()
        time.sleep(self.secs)
        if cycle != self.power_cycles or self.erase_fails:
            return ABORT
        if not self.erase_lies:
            self._erase(b"\0")
        if not self.erase_keeps_password:
            self.password, self.locked = None, False
        return Answer()

    def _erase(self, pattern):
        visible = self.medium.claimed
        if self.erases_hidden:
            self.medium.claimed = self.native * self.medium.bs
        try:
            self.medium.erase(pattern)
        finally:
            self.medium.claimed = visible

    def _sanitize_cells(self, pattern):
        start, end = self.sanitize_keeps or (0, 0)
        kept = self.medium.stored(start, end - start) if end else b""
        self._erase(pattern)
        if kept:
            self.medium.write(start // self.medium.bs, kept)

    # ---- SANITIZE DEVICE: the cells change at once, the time is only reported

    def sanitizing(self):
        return time.time() < self.sanitize_end

    def sanitize_progress(self):
        return min(0xFFFF, int(0xFFFF * (time.time() - self.sanitize_start) / self.secs)) if self.sanitizing() else 0xFFFF

    def _sanitize(self, feature, lba):
        if feature == SANITIZE_STATUS and self.sanitize_stays_silent:
            return Answer(lba=0xFFFF)
        if feature == SANITIZE_STATUS and self.sanitized and self.sanitize_fails and not self.sanitizing():
            return ABORT
        if feature == SANITIZE_STATUS:
            flags = IN_PROGRESS if self.sanitizing() else COMPLETED_WITHOUT_ERROR if self.sanitized else 0
            return Answer(count=flags | (SANITIZE_FROZEN if self.sanitize_frozen else 0), lba=self.sanitize_progress())
        if feature == SANITIZE_FREEZE_LOCK:
            self.sanitize_frozen = True
            return Answer(count=SANITIZE_FROZEN)
        name, key = SANITIZE_KEYS.get(feature, (None, None))
        given = lba & ~0xFFFFFFFF if feature == OVERWRITE else lba
        if name not in self.sanitize or self.sanitize_frozen or given != key:
            return ABORT
        self.medium.remember()
        if not self.sanitize_lies and not self.sanitize_fails:
            left = {"overwrite": struct.pack(">I", lba & 0xFFFFFFFF), "block": b"\0", "crypto": os.urandom(MIB)}
            self._sanitize_cells(left[name])
        self.sanitize_start = time.time()
        self.sanitize_end = self.sanitize_start + self.secs
        self.sanitized = True
        return Answer(count=IN_PROGRESS)
