# SPDX-License-Identifier: Apache-2.0
"""SCSI device servers in user space: what every target shares (SPC) and the direct-access disk (SBC).

They know nothing of a transport: execute(cdb, data_out) answers (status, data_in, sense), and every command is in `journal`.
"""
import os
import struct
import time

GOOD, CHECK_CONDITION = 0x00, 0x02  # status codes

# Sense keys
NO_SENSE, RECOVERED_ERROR, NOT_READY, ILLEGAL_REQUEST, UNIT_ATTENTION, DATA_PROTECT, MISCOMPARE = 0, 1, 2, 5, 6, 7, 0xE

# Additional sense codes and qualifiers
LU_NOT_READY = 0x04
FORMAT_IN_PROGRESS, SANITIZE_IN_PROGRESS = 0x04, 0x1B  # qualifiers of LU_NOT_READY
MISCOMPARE_DURING_VERIFY = (0x1D, 0x00)
INVALID_OPERATION_CODE = (0x20, 0x00)
NO_ACCESS_RIGHTS = (0x20, 0x02)
INVALID_FIELD_IN_CDB = (0x24, 0x00)
MEDIUM_MAY_HAVE_CHANGED = (0x28, 0x00)
MEDIUM_NOT_PRESENT = (0x3A, 0x00)

# Operation codes (SPC-4, SBC-3, SAT-3)
TEST_UNIT_READY, REQUEST_SENSE, FORMAT_UNIT, READ_6, WRITE_6 = 0x00, 0x03, 0x04, 0x08, 0x0A
INQUIRY, MODE_SENSE_6, START_STOP_UNIT, PREVENT_ALLOW = 0x12, 0x1A, 0x1B, 0x1E
READ_CAPACITY_10, READ_10, WRITE_10, WRITE_AND_VERIFY_10, VERIFY_10, SYNCHRONIZE_CACHE_10 = 0x25, 0x28, 0x2A, 0x2E, 0x2F, 0x35
WRITE_SAME_10, UNMAP, SANITIZE, MODE_SENSE_10 = 0x41, 0x42, 0x48, 0x5A
SECURITY_PROTOCOL_IN, SECURITY_PROTOCOL_OUT = 0xA2, 0xB5
ATA_PASS_THROUGH_16, READ_16, WRITE_16, VERIFY_16, SYNCHRONIZE_CACHE_16, WRITE_SAME_16 = 0x85, 0x88, 0x8A, 0x8F, 0x91, 0x93
SERVICE_ACTION_IN_16, REPORT_LUNS, ATA_PASS_THROUGH_12, MAINTENANCE_IN, READ_12, WRITE_12 = 0x9E, 0xA0, 0xA1, 0xA3, 0xA8, 0xAA

READS = (READ_6, READ_10, READ_12, READ_16)
WRITES = (WRITE_6, WRITE_10, WRITE_12, WRITE_16, WRITE_AND_VERIFY_10)
NO_UNIT_ATTENTION = (INQUIRY, REQUEST_SENSE, REPORT_LUNS)  # answered before it is reported (SAM-5 5.14.1)

CACHING_PAGE, EXCEPTIONS_PAGE, ALL_PAGES = 0x08, 0x1C, 0x3F  # mode pages
SERIAL_PAGE, IDENTIFICATION_PAGE, ATA_PAGE, LIMITS_PAGE, CHARACTERISTICS_PAGE, PROVISIONING_PAGE = 0x80, 0x83, 0x89, 0xB0, 0xB1, 0xB2  # VPD


class Sense(Exception):
    """CHECK CONDITION with this sense data: fixed format (70h) unless `raw` is given; `data` is the data-in that goes with it."""

    def __init__(self, key, asc, ascq=0, info=None, progress=None, raw=None, data=b""):
        super().__init__(key, asc, ascq)
        self.key, self.asc, self.ascq, self.info, self.progress, self.raw, self.data = key, asc, ascq, info, progress, raw, data

    def bytes(self):
        if self.raw:
            return self.raw
        sense = bytearray(18)
        sense[0], sense[2], sense[7], sense[12], sense[13] = 0x70, self.key, 10, self.asc, self.ascq
        if self.info is not None:
            sense[0] |= 0x80  # VALID
            sense[3:7] = struct.pack(">I", self.info & 0xFFFFFFFF)
        if self.progress is not None:
            sense[15:18] = struct.pack(">BH", 0x80, self.progress)  # SKSV
        return bytes(sense)


class Vanish(Exception):
    """The device leaves the bus."""


class Hang(Exception):
    """The command is not answered: never, or, when `seconds` is given, not before they are over."""

    def __init__(self, seconds=None):
        super().__init__(seconds)
        self.seconds = seconds


def be(data):
    return int.from_bytes(data, "big")


def invalid_opcode():
    return Sense(ILLEGAL_REQUEST, *INVALID_OPERATION_CODE)


def invalid_field():
    return Sense(ILLEGAL_REQUEST, *INVALID_FIELD_IN_CDB)


def raw(text):
    """str or hostile bytes, as they go over the wire."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def ascii_field(text, length):
    """A field of INQUIRY data: left-aligned, padded with spaces, cut."""
    return raw(text)[:length].ljust(length)


def extent(cdb):
    """LBA and number of blocks of a READ, WRITE, VERIFY or WRITE SAME, whichever its size."""
    group = cdb[0] >> 5
    if group == 0:
        return be(cdb[1:4]) & 0x1FFFFF, cdb[4] or 256
    if group == 5:
        return be(cdb[2:6]), be(cdb[6:10])
    if group == 4:
        return be(cdb[2:10]), be(cdb[10:14])
    return be(cdb[2:6]), be(cdb[7:9])


class Target:
    """A logical unit.  Class attributes may be given as keywords; vendor, product, revision and serial are str or raw bytes.

    hooks[opcode] = f(target, cdb, data_out) takes a command over: it returns the data-in, or raises Sense, Vanish or Hang.  To change
    only some commands it calls target.dispatch(cdb, data_out) for the others.
    """

    vendor, product, revision, serial = "LAB", "DISK", "1.00", "LAB0001"
    wwn = None  # an NAA identifier of 64 bits for VPD page 83h
    peripheral_type, removable = 0x00, True
    vpd = (0x00, SERIAL_PAGE, IDENTIFICATION_PAGE)  # the pages it has
    op_secs = 0.5  # how long FORMAT UNIT, SANITIZE, BLANK pretend to run

    def __init__(self, medium, **settings):
        self.medium = medium
        self.journal, self.hooks = [], {}
        self.busy_from = self.busy_until = 0
        self.unit_attention = None  # a Sense that the next command gets
        self.sense = b""  # of the last command, for the transport's REQUEST SENSE
        for name, value in settings.items():
            if name.startswith("_") or not hasattr(self, name):
                raise TypeError("%s has no setting %r" % (type(self).__name__, name))
            setattr(self, name, value)

    # ---- the transport's side

    def execute(self, cdb, data_out=b""):
        """One command: status, data-in, sense data.  Vanish and Hang are the transport's to play."""
        self.journal.append(bytes(cdb))
        return self.perform(cdb, data_out)

    def perform(self, cdb, data_out=b""):
        """The command without its entry in the journal: also the second try of one that hung."""
        hook = self.hooks.get(cdb[0])
        try:
            data = hook(self, cdb, data_out) if hook else self.dispatch(cdb, data_out)
            return GOOD, data or b"", b""
        except Sense as sense:
            return CHECK_CONDITION, sense.data, sense.bytes()

    def reset(self):
        if self.medium:
            self.medium.reset()

    def power_off(self):
        if self.medium:
            self.medium.power_off()

    # ---- a removable medium

    def insert(self, medium):
        """Puts a medium into the slot (None empties it); the host learns of it by one UNIT ATTENTION."""
        if self.medium:
            self.medium.power_off()
        self.medium = medium
        self.unit_attention = Sense(UNIT_ATTENTION, *MEDIUM_MAY_HAVE_CHANGED) if medium else None

    def eject(self):
        self.insert(None)

    # ---- long operations: done at once, "finished" after op_secs

    def start_op(self, immed, work):
        work()
        self.busy_from = time.time()
        self.busy_until = self.busy_from + self.op_secs
        if not immed:
            time.sleep(self.op_secs)
            self.busy_until = 0

    def progress(self):
        """Of the long operation, in 65536ths; None when there is none."""
        now = time.time()
        if now >= self.busy_until:
            return None
        return min(0xFFFF, int(0x10000 * (now - self.busy_from) / max(self.op_secs, 0.01)))

    def not_ready(self, ascq):
        """NOT READY with progress, if a long operation runs."""
        progress = self.progress()
        if progress is not None:
            raise Sense(NOT_READY, LU_NOT_READY, ascq, progress=progress)

    # ---- commands of every device type

    def raise_unit_attention(self, opcode):
        if self.unit_attention and opcode not in NO_UNIT_ATTENTION:
            sense, self.unit_attention = self.unit_attention, None
            raise sense

    def request_sense(self, cdb, ascq):
        """Sense that no command has reported: `ascq` says which long operation this target has."""
        if self.unit_attention:
            sense, self.unit_attention = self.unit_attention, None
        elif self.progress() is not None:
            sense = Sense(NOT_READY, LU_NOT_READY, ascq, progress=self.progress())
        elif self.medium is None:
            sense = Sense(NOT_READY, *MEDIUM_NOT_PRESENT)
        else:
            sense = Sense(NO_SENSE, 0)
        return sense.bytes()[:cdb[4]]

    def inquiry(self, cdb):
        length = be(cdb[3:5])
        if not cdb[1] & 1:
            head = bytes([self.peripheral_type, 0x80 if self.removable else 0, 6, 2, 31, 0, 0, 0])  # 6: SPC-4
            return (head + ascii_field(self.vendor, 8) + ascii_field(self.product, 16) + ascii_field(self.revision, 4))[:length]
        page = cdb[2]
        if page not in self.vpd:
            raise invalid_field()
        data = bytes(sorted(self.vpd)) if page == 0 else self.vpd_page(page)
        return (struct.pack(">BBH", self.peripheral_type, page, len(data)) + data)[:length]

    def vpd_page(self, page):
        if page == SERIAL_PAGE:
            return raw(self.serial)
        if page == IDENTIFICATION_PAGE:
            return self.designators()
        raise invalid_field()

    def designators(self):
        """T10 vendor ID, then NAA; a serial too long for the first one (its length is one byte) also as vendor-specific identifier."""
        name = ascii_field(self.vendor, 8) + ascii_field(self.product, 16) + raw(self.serial)
        found = [(0x02, 0x01, name[:255])]  # ASCII, T10 vendor ID
        if len(name) > 255:
            found.append((0x02, 0x00, raw(self.serial)[:255]))  # ASCII, vendor specific
        if self.wwn is not None:
            found.append((0x01, 0x03, self.wwn.to_bytes(8, "big")))  # binary, NAA
        return b"".join(bytes([code_set, kind, 0, len(text)]) + text for code_set, kind, text in found)


class Disk(Target):
    """A direct-access block device, removable or not; `medium` None is an empty slot."""

    sanitize = ()  # of "overwrite", "block", "crypto"
    unmap = False  # UNMAP and WRITE SAME
    format_ok = True
    ata = None  # an Ata behind a SAT bridge
    tper = None  # a Tper (sim/tcg.py)
    write_cache = None  # WCE in the caching page; None: whether the medium has one, or a fault of flushing to show

    def __init__(self, medium, **settings):
        super().__init__(medium, **settings)
        self.busy_ascq = SANITIZE_IN_PROGRESS
        self.started = True
        self.without_medium = {
            INQUIRY: lambda cdb, data: self.inquiry(cdb),
            REQUEST_SENSE: lambda cdb, data: self.request_sense(cdb, self.busy_ascq),
            MODE_SENSE_6: lambda cdb, data: self.mode_sense(cdb),
            MODE_SENSE_10: lambda cdb, data: self.mode_sense(cdb),
            START_STOP_UNIT: lambda cdb, data: self.start_stop(cdb),
            PREVENT_ALLOW: lambda cdb, data: b"",
            MAINTENANCE_IN: lambda cdb, data: self.report_supported_opcodes(cdb),
        }
        self.with_medium = {
            TEST_UNIT_READY: lambda cdb, data: b"",
            READ_CAPACITY_10: lambda cdb, data: self.read_capacity_10(),
            SERVICE_ACTION_IN_16: lambda cdb, data: self.read_capacity_16(cdb),
            SYNCHRONIZE_CACHE_10: lambda cdb, data: self.medium.flush(),
            SYNCHRONIZE_CACHE_16: lambda cdb, data: self.medium.flush(),
            VERIFY_10: self.verify,
            VERIFY_16: self.verify,
            **{opcode: lambda cdb, data: self.medium.read(*extent(cdb)) for opcode in READS},
            **{opcode: self.write for opcode in WRITES},
        }
        if self.format_ok:
            self.with_medium[FORMAT_UNIT] = self.format_unit
        if self.sanitize:
            self.with_medium[SANITIZE] = self.sanitize_unit
        if self.tper:
            self.with_medium.update({SECURITY_PROTOCOL_IN: self.security, SECURITY_PROTOCOL_OUT: self.security})
        if self.unmap:
            self.with_medium.update({UNMAP: self.unmap_blocks, WRITE_SAME_10: self.write_same, WRITE_SAME_16: self.write_same})

    def dispatch(self, cdb, data_out):
        opcode = cdb[0]
        self.raise_unit_attention(opcode)
        if opcode in self.without_medium:
            return self.without_medium[opcode](cdb, data_out)
        if opcode in (ATA_PASS_THROUGH_16, ATA_PASS_THROUGH_12) and self.ata:
            return self.ata.pass_through(cdb, data_out)
        self.not_ready(self.busy_ascq)
        if opcode not in self.with_medium:
            raise invalid_opcode()
        if self.medium is None:
            raise Sense(NOT_READY, *MEDIUM_NOT_PRESENT)
        if self.ata and opcode in READS + WRITES:
            self.ata.check_media_access()
        return self.with_medium[opcode](cdb, data_out)

    def power_off(self):
        super().power_off()
        if self.ata:
            self.ata.power_off()

    # ---- what it is

    def vpd_page(self, page):
        if page == ATA_PAGE:
            bridge = ascii_field(self.vendor, 8) + ascii_field("SAT bridge", 16) + ascii_field("1", 4)
            return bytes(4) + bridge + bytes(20) + b"\xec\0\0\0" + self.ata.identify()  # ECh: IDENTIFY DEVICE
        if page == LIMITS_PAGE:  # up to 65535 blocks in a transfer, an UNMAP and a WRITE SAME
            return struct.pack(">BBHIIIIIIQQ", 1, 0, 1, 0, 0, 0, 65535, 16, 1, 0, 65535) + bytes(12)
        if page == CHARACTERISTICS_PAGE:
            return struct.pack(">H", 1) + bytes(58)  # not rotating
        if page == PROVISIONING_PAGE:
            return bytes([0, 0xE0, 0, 0])  # LBPU, LBPWS, LBPWS10
        return super().vpd_page(page)

    def read_capacity_10(self):
        return struct.pack(">II", min(self.medium.blocks - 1, 0xFFFFFFFF), self.medium.bs)

    def read_capacity_16(self, cdb):
        if cdb[1] & 0x1F != 0x10:
            raise invalid_field()
        provisioning = 0xC0 if self.unmap else 0  # LBPME, LBPRZ
        return (struct.pack(">QIBBBB", self.medium.blocks - 1, self.medium.bs, 0, 0, provisioning, 0) + bytes(16))[:be(cdb[10:14])]

    def has_write_cache(self):
        medium = self.medium
        if self.write_cache is None:
            return bool(medium and (medium.cache_bytes or medium.flush_lies or medium.flush_fails))
        return self.write_cache

    def mode_sense(self, cdb):
        pages = {CACHING_PAGE: bytes([CACHING_PAGE, 18, 0x04 if self.has_write_cache() else 0]) + bytes(17),  # 04h: WCE
                 EXCEPTIONS_PAGE: bytes([EXCEPTIONS_PAGE, 10]) + bytes(10)}
        wanted = cdb[2] & 0x3F
        body = b"".join(content for page, content in sorted(pages.items()) if wanted in (page, ALL_PAGES))
        if not body:
            raise invalid_field()
        protect = 0x80 if self.medium and self.medium.readonly else 0  # WP
        if cdb[0] == MODE_SENSE_6:
            return (bytes([3 + len(body), 0, protect, 0]) + body)[:cdb[4]]
        return (struct.pack(">HBBHH", 6 + len(body), 0, protect, 0, 0) + body)[:be(cdb[7:9])]

    def report_supported_opcodes(self, cdb):
        if cdb[1] & 0x1F != 0x0C:
            raise invalid_opcode()
        have = set(self.without_medium) | set(self.with_medium) | ({ATA_PASS_THROUGH_16, ATA_PASS_THROUGH_12} if self.ata else set())
        length = be(cdb[6:10])
        if cdb[2] & 0x07:  # one command
            usage = self.usage_of(cdb[3], be(cdb[4:6])) if cdb[3] in have else None
            return (struct.pack(">BBH", 0, 1 if usage is None else 3, 16) + bytes([cdb[3], usage or 0]) + bytes(14))[:length]
        listing = b"".join(struct.pack(">BBHBBH", opcode, 0, 0, 0, 0, 10) for opcode in sorted(have))
        return (struct.pack(">I", len(listing)) + listing)[:length]

    def usage_of(self, opcode, action):
        """Bits of byte 1 of the CDB that it knows; None: it does not have this service action."""
        if opcode == FORMAT_UNIT:
            return 0x10  # FMTDATA
        if opcode == SANITIZE:
            return 0x9F if action in (0x1F, *(n + 1 for n, name in enumerate(("overwrite", "block", "crypto")) if name in self.sanitize)) else None
        return 0

    def security(self, cdb, data):
        """SPC-4 6.40 and 6.41."""
        protocol, specific, length = cdb[1], be(cdb[2:4]), be(cdb[6:10]) * (512 if cdb[4] & 0x80 else 1)
        answer = self.tper.receive(protocol, specific, length) if cdb[0] == SECURITY_PROTOCOL_IN else self.tper.send(protocol, specific, data[:length]) and b""
        if answer is None or answer is False:
            raise invalid_field()
        return answer

    # ---- what it does

    def start_stop(self, cdb):
        """START after STOP is a power cycle of the controller to some firmware."""
        start = cdb[4] & 1
        if start and not self.started:
            self.reset()
        self.started = bool(start)

    def write(self, cdb, data):
        lba, count = extent(cdb)
        fua = cdb[0] >> 5 != 0 and cdb[1] & 0x08
        self.medium.write(lba, data[:count * self.medium.bs], fua=bool(fua))

    def verify(self, cdb, data):
        found = self.medium.read(*extent(cdb))
        if cdb[1] & 0x02 and found != data:  # BYTCHK
            raise Sense(MISCOMPARE, *MISCOMPARE_DURING_VERIFY)

    def write_same(self, cdb, data):
        lba, count = extent(cdb)
        self.medium.erase(data[:self.medium.bs] or b"\0", lba, count or None)

    def unmap_blocks(self, cdb, data):
        for at in range(8, 8 + be(data[2:4]), 16):
            lba, count = struct.unpack_from(">QI", data, at)
            if count:
                self.medium.erase(b"\0", lba, count)

    def format_unit(self, cdb, data):
        self.busy_ascq = FORMAT_IN_PROGRESS
        immed = cdb[1] & 0x10 and len(data) > 1 and data[1] & 0x02
        self.start_op(immed, self.medium.erase)

    def sanitize_unit(self, cdb, data):
        action = {1: "overwrite", 2: "block", 3: "crypto", 0x1F: "exit"}.get(cdb[1] & 0x1F)
        if action == "exit":  # EXIT FAILURE MODE
            return
        if action not in self.sanitize:
            raise invalid_field()
        block = self.medium.bs
        pattern = {"overwrite": data[4:4 + be(data[2:4])], "block": b"\0", "crypto": os.urandom(block)}[action]
        if not pattern or block % len(pattern):
            pattern = b"\0"
        self.busy_ascq = SANITIZE_IN_PROGRESS
        self.start_op(cdb[1] & 0x80, lambda: self.medium.erase(pattern))
