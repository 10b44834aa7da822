# SPDX-License-Identifier: Apache-2.0
"""Optical discs and the drive they are in, as MMC-6 has it.

    Burner(Disc(flash, "cd-rw", used=400, closed=True))     a burner with a closed CD-RW of 400 recorded blocks
    Burner()                                                an empty tray
    Burner(disc, writer=False)                              a drive that only reads

Every session has one data track.  A minimal BLANK and a FORMAT without certification leave what was recorded in the image, as on a
real disc.  Long operations change the image at once and only report their time.  Not modelled: audio, raw writing, double layers, M-DISC.
"""
import struct
from typing import NamedTuple

from .scsi import (DATA_PROTECT, FORMAT_IN_PROGRESS, FORMAT_UNIT, ILLEGAL_REQUEST, INQUIRY, MEDIUM_MAY_HAVE_CHANGED, MODE_SENSE_10,
                   NOT_READY, PREVENT_ALLOW, READ_10, READ_12, READ_CAPACITY_10, REQUEST_SENSE, START_STOP_UNIT, SYNCHRONIZE_CACHE_10,
                   TEST_UNIT_READY, UNIT_ATTENTION, WRITE_10, WRITE_12, WRITE_AND_VERIFY_10, Sense, Target, be, extent, invalid_field,
                   invalid_opcode, raw)

BLOCK = 2048
FIRST_MSF = 150  # LBA 0 is at 00:02:00
NOTHING, ONCE, SEQUENTIAL, RANDOM = range(4)  # how a kind of disc can be written


class Kind(NamedTuple):
    profile: int  # MMC-6 5.4
    family: str
    writing: int
    book: int = 0  # disc category and version of DVD physical format information, MMC-6 6.22


KINDS = {
    "cd-rom": Kind(0x08, "cd", NOTHING),
    "cd-r": Kind(0x09, "cd", ONCE),
    "cd-rw": Kind(0x0A, "cd", SEQUENTIAL),
    "dvd-rom": Kind(0x10, "dvd", NOTHING, 0x01),
    "dvd-r": Kind(0x11, "dvd", ONCE, 0x25),
    "dvd-ram": Kind(0x12, "dvd", RANDOM, 0x16),
    "dvd-rw-ro": Kind(0x13, "dvd", RANDOM, 0x32),  # restricted overwrite: formatted
    "dvd-rw": Kind(0x14, "dvd", SEQUENTIAL, 0x32),
    "dvd+rw": Kind(0x1A, "dvd", RANDOM, 0x92),
    "dvd+r": Kind(0x1B, "dvd", ONCE, 0xA1),
    "bd-rom": Kind(0x40, "bd", NOTHING),
    "bd-r": Kind(0x41, "bd", ONCE),  # sequential recording mode
    "bd-re": Kind(0x43, "bd", RANDOM),
}
BLANKABLE = ("cd-rw", "dvd-rw", "dvd-rw-ro")
READ_ONLY_PROFILE = {"cd": 0x08, "dvd": 0x10, "bd": 0x40}  # what a drive that cannot write takes every disc for
BLOCKING = {"cd": 1, "dvd": 16, "bd": 32}  # blocks that are read and written together

BLANK, APPENDABLE, COMPLETE, OTHER = range(4)  # disc status, MMC-6 6.21
BLANK_FULL, BLANK_MINIMAL = 0, 1
CLOSE_SESSION, FINALIZE = 2, (5, 6)

# Format types of FORMAT UNIT, MMC-6 6.4; those that a disc offers
FORMATS = {
    "dvd-ram": (0x00, 0x01),
    "dvd-rw": (0x00, 0x10, 0x15),
    "dvd-rw-ro": (0x00, 0x10, 0x15),
    "dvd+rw": (0x26,),
    "bd-re": (0x00, 0x30, 0x31),
}

# Sense key, additional sense code, qualifier
NO_DISC_TRAY_CLOSED, NO_DISC_TRAY_OPEN, UNKNOWN_FORMAT = (NOT_READY, 0x3A, 1), (NOT_READY, 0x3A, 2), (NOT_READY, 0x30, 1)
LBA_OUT_OF_RANGE, INVALID_WRITE_ADDRESS = (ILLEGAL_REQUEST, 0x21, 0), (ILLEGAL_REQUEST, 0x21, 2)
CANNOT_READ, CANNOT_WRITE = (ILLEGAL_REQUEST, 0x30, 2), (ILLEGAL_REQUEST, 0x30, 5)
REMOVAL_PREVENTED = (ILLEGAL_REQUEST, 0x53, 2)
WRITE_PROTECTED = (DATA_PROTECT, 0x27, 0)

# Media events, MMC-6 6.6
NO_EVENT, EJECT_REQUEST, NEW_MEDIA, MEDIA_REMOVAL = range(4)
MEDIA_CLASS = 4


class Disc:
    """A disc: its kind, what is recorded on it and the cells that hold it.

    used      blocks recorded on a disc that is written in sequence; a pressed disc is full
    closed    no further session can follow; otherwise a used disc is appendable
    formatted of a disc that is written at random: False is one from the shop
    protected a write-protected DVD-RAM (persistent, or by its cartridge)
    """

    def __init__(self, flash, kind, used=0, closed=False, formatted=True, protected=False):
        if flash.bs != BLOCK:
            raise ValueError("a disc has blocks of %d bytes" % BLOCK)
        self.flash, self.kind, self.closed, self.formatted, self.protected = flash, kind, closed, formatted, protected
        if self.writing == NOTHING:
            used, self.closed = used or flash.blocks, True
        self.session_ends = [used] if used else []  # block behind each closed session
        self.used = used  # also what stands in a session that is not closed yet
        self.at_once = False  # the host has sent a cue sheet: the session is closed as soon as it is written

    @property
    def profile(self):
        return KINDS[self.kind].profile

    @property
    def family(self):
        return KINDS[self.kind].family

    @property
    def writing(self):
        return KINDS[self.kind].writing

    @property
    def is_random(self):
        return self.writing == RANDOM

    @property
    def is_rewritable(self):
        return self.writing in (SEQUENTIAL, RANDOM)

    @property
    def status(self):
        if self.is_random:
            return BLANK if not self.formatted else OTHER if self.kind == "dvd-ram" and not self.protected else COMPLETE
        return COMPLETE if self.closed else APPENDABLE if self.used else BLANK

    @property
    def readable(self):
        """Blocks from 0 on that can be read."""
        if self.is_random:
            return self.flash.blocks if self.formatted else 0
        return self.used

    @property
    def sessions(self):
        """(first block, block behind) of each session with a track in it; the last may be open."""
        ends = self.session_ends + ([self.used] if self.used > (self.session_ends or [0])[-1] else [])
        if self.is_random and self.formatted:
            ends = [self.flash.blocks]
        return list(zip([0] + ends, ends))

    def blank(self, full):
        if full:
            self.flash.erase()
        self.used, self.session_ends, self.closed, self.formatted = 0, [], False, True
        self.kind = self.kind.replace("-ro", "")

    def format(self, certify):
        if certify:
            self.flash.erase()
        self.formatted = True
        if self.kind == "dvd-rw":
            self.kind = "dvd-rw-ro"

    def close_session(self, finalize):
        if self.used > (self.session_ends or [0])[-1]:
            self.session_ends.append(self.used)
        self.closed = self.closed or finalize
        self.at_once = False


def msf(lba):
    """Minute, second and frame of a block of a CD."""
    return bytes([(lba + FIRST_MSF) // 75 // 60, (lba + FIRST_MSF) // 75 % 60, (lba + FIRST_MSF) % 75])


class Burner(Target):
    """An optical drive.  writer: False for one that only reads."""

    peripheral_type, vendor, product = 5, "LAB", "BD-RE BURNER"
    writer = True

    def __init__(self, disc=None, **settings):
        super().__init__(disc.flash if disc else None, **settings)
        self.disc = disc
        self.tray_open = self.prevented = False
        self.event = NEW_MEDIA if disc else NO_EVENT
        self.write_parameters = bytearray(b"\x05\x32\x00\x04\x08\x10" + bytes(46))  # mode page 05h

    # ---- the person at the drive

    def press_eject(self):
        """The button: a drive whose tray is locked asks the host, another opens its tray."""
        if self.prevented:
            self.event = EJECT_REQUEST
        else:
            self.eject()

    def eject(self):
        """The tray comes out, by command or by a pin in the hole."""
        self.tray_open, self.event = True, MEDIA_REMOVAL

    def insert(self, disc):
        """The tray comes out, another disc or none is put on it, and it goes in."""
        self.eject()
        self.disc, self.medium = disc, disc.flash if disc else None
        self.load()

    def load(self):
        self.tray_open = False
        if self.disc:
            self.event, self.unit_attention = NEW_MEDIA, Sense(UNIT_ATTENTION, *MEDIUM_MAY_HAVE_CHANGED)

    # ---- commands

    @property
    def loaded(self):
        """The disc that the drive can see."""
        return None if self.tray_open else self.disc

    @property
    def profile(self):
        disc = self.loaded
        if not disc or not self.is_recognised(disc):
            return 0
        return disc.profile if self.writer else READ_ONLY_PROFILE[disc.family]

    def is_recognised(self, disc):
        """A drive that only reads finds nothing to hold on to on a blank disc."""
        return self.writer or disc.readable > 0

    def dispatch(self, cdb, data):
        command = COMMANDS.get(cdb[0])
        if not command or (command.writes and not self.writer):
            raise invalid_opcode()
        if not command.is_quiet:
            self.raise_unit_attention(cdb[0])
        if command.needs_disc:
            self.check_disc()
        if command.waits:
            self.not_ready(FORMAT_IN_PROGRESS)
        answer = command.run(self, cdb, data)
        return answer[:be(cdb[command.allocation])] if command.allocation else answer

    def check_disc(self):
        if not self.loaded:
            raise Sense(*NO_DISC_TRAY_OPEN if self.tray_open else NO_DISC_TRAY_CLOSED)
        if not self.is_recognised(self.loaded):
            raise Sense(*UNKNOWN_FORMAT)

    def accept(self, cdb, data):
        """The model has nothing to do for it."""

    def inquire(self, cdb, data):
        return self.inquiry(cdb)

    def tell_sense(self, cdb, data):
        return self.request_sense(cdb, FORMAT_IN_PROGRESS)

    # ---- drive

    def prevent_removal(self, cdb, data):
        self.prevented = bool(cdb[4] & 1)

    def start_stop(self, cdb, data):
        load_eject, start = cdb[4] & 2, cdb[4] & 1
        if load_eject and not start:
            if self.prevented:
                raise Sense(*REMOVAL_PREVENTED)
            self.eject()
        elif load_eject and self.tray_open:
            self.load()

    def event_status(self, cdb, data):
        if not cdb[1] & 1:  # only polled operation
            raise invalid_field()
        if not cdb[4] & 1 << MEDIA_CLASS:
            return struct.pack(">HBB", 2, 0x80, 1 << MEDIA_CLASS)  # no event available of those classes
        event, self.event = self.event, NO_EVENT
        return struct.pack(">HBBBBBB", 6, MEDIA_CLASS, 1 << MEDIA_CLASS, event, bool(self.loaded) << 1 | self.tray_open, 0, 0)

    def mechanism_status(self, cdb, data):
        return bytes([0, self.tray_open << 4, 0, 0, 0, 1, 0, 0])

    def mode_sense(self, cdb, data):
        pages = {0x01: b"\x01\x0a" + bytes(10), 0x05: bytes(self.write_parameters), 0x2A: self.capabilities_page()}
        if not self.writer:
            del pages[0x05]
        wanted = cdb[2] & 0x3F
        body = b"".join(pages[page] for page in sorted(pages) if wanted in (page, 0x3F))
        if not body:
            raise invalid_field()
        return struct.pack(">HBBHH", 6 + len(body), 0, 0, 0, 0) + body

    def capabilities_page(self):
        """MM capabilities and mechanical status: no longer in MMC-6, but what the kernel asks for."""
        speed = 8467  # KiB/s
        reads, writes = 0x3F, 0x37 if self.writer else 0  # DVD-RAM, DVD-R, [DVD-ROM], CD-RW, CD-R and test write
        write_speed = speed if self.writer else 0
        return (bytes([0x2A, 0x3E, reads, writes, 0xF1, 0x77, 0x29, 0x23])
                + struct.pack(">HHHHHHH", speed, 256, 2048, speed, 0, write_speed, write_speed)
                + bytes(6) + struct.pack(">H", write_speed) + bytes(34))

    def mode_select(self, cdb, data):
        if data[8:9] == b"\x05":
            page = data[8:8 + len(self.write_parameters)]
            self.write_parameters[2:len(page)] = page[2:]

    def performance(self, cdb, data):
        last, speed = self.loaded.flash.blocks - 1 if self.loaded else 0, 5540
        if cdb[10] == 3:  # write speed descriptor
            descriptor = struct.pack(">IIII", 0, last, speed, speed)
        elif cdb[10] == 0:
            descriptor = struct.pack(">IIII", 0, speed, last, speed)
        else:
            raise invalid_field()
        return struct.pack(">II", 4 + len(descriptor), 0) + descriptor

    def buffer_capacity(self, cdb, data):
        return struct.pack(">HHII", 10, 0, 4 << 20, 4 << 20)

    # ---- configuration

    def configuration(self, cdb, data):
        which, first = cdb[1] & 3, be(cdb[2:4])
        out = b""
        for code, version, persistent, current, body in sorted(self.features()):
            if code < first or (which == 2 and code != first) or (which == 1 and not current):
                continue
            out += struct.pack(">HBB", code, version << 2 | persistent << 1 | bool(current), len(body)) + body
        return struct.pack(">IHH", len(out) + 4, 0, self.profile) + out

    def features(self):
        """(code, version, persistent, current, data), MMC-6 5.3."""
        disc = self.loaded if self.profile else None
        kind, family = (disc.kind, disc.family) if disc else ("", "")
        yield 0x0000, 0, True, True, self.profile_list()
        yield 0x0001, 2, True, True, bytes([0, 0, 0, 8, 1, 0, 0, 0])  # core, USB
        yield 0x0002, 1, True, True, b"\x02\0\0\0"  # morphing
        yield 0x0003, 1, True, True, b"\x29\0\0\0"  # removable medium: a tray that locks and ejects
        yield 0x0010, 0, False, disc, struct.pack(">IHBB", BLOCK, BLOCKING.get(family, 16), 1, 0)  # random readable
        yield 0x001E, 2, False, family == "cd", bytes(4)  # CD read
        yield 0x001F, 1, False, family == "dvd", b"\x01\0\x01\0"  # DVD read
        yield 0x0040, 1, False, family == "bd", bytes(28)  # BD read
        yield 0x0100, 0, True, True, b""  # power management
        yield 0x0105, 1, True, True, bytes(4)  # timeout
        yield 0x0107, 5, False, disc, b"\x1f\0\0\0"  # real-time streaming
        yield 0x0108, 0, True, True, raw(self.serial).ljust(-(-len(raw(self.serial)) // 4) * 4)  # drive serial number
        if self.writer:
            yield from self.write_features(disc, kind)

    def write_features(self, disc, kind):
        writable = disc and not disc.protected
        last = disc.flash.blocks - 1 if disc else 0
        sequential_dvd = kind in ("dvd-r", "dvd-rw") and not disc.closed
        blocking = BLOCKING[disc.family] if disc else 16
        yield 0x0020, 1, False, writable and disc.is_random, struct.pack(">IIHBB", last, BLOCK, blocking, 1, 0)  # random writable
        yield 0x0021, 1, False, sequential_dvd, b"\0\x01\0\x01\x10\0\0\0"  # incremental streaming
        yield 0x0023, 1, False, writable and kind in FORMATS, b"\x01\0\0\0\0\0\0\0"  # formattable, with certification
        yield 0x0024, 1, False, kind in ("dvd-ram", "bd-re"), bytes(4)  # hardware defect management
        yield 0x0026, 0, False, kind == "dvd-rw-ro", b""  # restricted overwrite
        yield 0x002A, 0, False, kind == "dvd+rw", b"\x01\x02\0\0"
        yield 0x002B, 0, False, kind == "dvd+r", b"\x01\0\0\0"
        yield 0x002D, 2, False, kind in ("cd-r", "cd-rw"), b"\x46\0\x3f\xff"  # track at once
        yield 0x002E, 2, False, kind in ("cd-r", "cd-rw"), b"\x6f\0\x10\0"  # session at once
        yield 0x002F, 2, False, sequential_dvd, b"\x46\0\0\0"  # DVD-R/-RW write
        yield 0x0037, 0, False, kind == "cd-rw", b"\0\xff\0\0"  # CD-RW of all speeds
        yield 0x0041, 0, False, kind in ("bd-r", "bd-re"), bytes(20)  # BD write

    def profile_list(self):
        profiles = {kind.profile for kind in KINDS.values()} if self.writer else set(READ_ONLY_PROFILE.values())
        return b"".join(struct.pack(">HBB", profile, profile == self.profile, 0) for profile in sorted(profiles, reverse=True))

    # ---- state of the disc

    def capacity(self, cdb, data):
        return struct.pack(">II", max(self.loaded.readable - 1, 0), BLOCK)

    def disc_information(self, cdb, data):
        """MMC-6 6.21."""
        disc = self.loaded
        sessions = len(disc.sessions)
        last_state = 3  # complete
        if disc.status == BLANK or (disc.status == APPENDABLE and len(disc.session_ends) == sessions):
            sessions, last_state = sessions + 1, 0  # an empty session follows
        elif disc.status == APPENDABLE:
            last_state = 1  # incomplete
        flags = (self.writer and disc.is_rewritable) << 4 | last_state << 2 | disc.status
        background = 3 if disc.kind == "dvd+rw" and disc.formatted else 0  # format completed
        limits = b"\0" + msf(0) + b"\0" + msf(disc.flash.blocks) if disc.family == "cd" else struct.pack(">II", 0, disc.flash.blocks)
        return (struct.pack(">HBBBBBB", 32, flags, 1, sessions, sessions, sessions, 0x20 | background) + bytes(8)
                + limits + bytes(10))

    def track_information(self, cdb, data):
        """MMC-6 6.26: by LBA, or by the number of track or session, which are the same here; FFh is the invisible track."""
        disc = self.loaded
        tracks = disc.sessions
        open_track = not disc.is_random and not disc.closed
        if open_track and (not tracks or tracks[-1][1] in disc.session_ends):
            tracks = tracks + [(disc.used, disc.used)]
        number = self.track_number(tracks, cdb[1] & 3, be(cdb[2:6]))
        first, end = tracks[number - 1]
        writable = open_track and number == len(tracks)
        size = disc.flash.blocks - first if writable else end - first
        next_writable, free = (end, disc.flash.blocks - end) if writable else (0, 0)
        blank = writable and first == end
        return (struct.pack(">HBBBBBB", 34, number, number, 0, 4, blank << 6 | 1, writable)
                + struct.pack(">IIIIII", first, next_writable, free, 16, size, max(end - 1, 0)) + bytes(4))

    @staticmethod
    def track_number(tracks, by, value):
        if by == 0:
            hits = [i for i, (first, _) in enumerate(tracks, 1) if first <= value]
            value = hits[-1] if hits else 0
        elif value == 0xFF:
            value = len(tracks)
        if not 1 <= value <= len(tracks):
            raise invalid_field()
        return value

    def toc(self, cdb, data):
        disc, form = self.loaded, cdb[2] & 15 or cdb[9] >> 6
        if form == 4 and disc.family == "cd" and self.writer and disc.kind != "cd-rom":
            return self.atip(disc)
        sessions = disc.sessions
        if not sessions:
            raise Sense(*CANNOT_READ)
        last = len(sessions)

        def address(lba):
            return b"\0" + msf(lba) if cdb[1] & 2 else struct.pack(">I", lba)

        def entry(track, lba):
            return bytes([0, 0x14, track, 0]) + address(lba)

        if form == 0:  # tracks from that one on, and the lead-out
            body = b"".join(entry(i, first) for i, (first, _) in enumerate(sessions, 1) if i >= cdb[6] or cdb[6] == 0xAA)
            body = (b"" if cdb[6] == 0xAA else body) + entry(0xAA, sessions[-1][1])
        elif form == 1:  # first track of the last session
            body = entry(last, sessions[-1][0])
        elif form == 2 and disc.family == "cd":
            body = b"".join(self.full_toc(i, first, end) for i, (first, end) in enumerate(sessions, 1))
        else:
            raise invalid_field()
        return struct.pack(">HBB", len(body) + 2, 1, last) + body

    @staticmethod
    def full_toc(number, first, end):
        """Points A0h to A2h and the track of one session, MMC-6 6.25."""
        points = ((0xA0, bytes([number, 0, 0])), (0xA1, bytes([number, 0, 0])), (0xA2, msf(end)), (number, msf(first)))
        return b"".join(bytes([number, 0x14, 0, point, 0, 0, 0, 0]) + value for point, value in points)

    @staticmethod
    def atip(disc):
        """Absolute time in pregroove, MMC-6 6.25: what a writer knows of a CD-R or CD-RW."""
        body = bytes([0xC0, 0, 0x80 | (disc.kind == "cd-rw") << 6, 0, 97, 15, 17, 0]) + msf(disc.flash.blocks) + bytes(13)
        return struct.pack(">HBB", len(body) + 2, 0, 0) + body

    def format_capacities(self, cdb, data):
        """MMC-6 6.23."""
        disc = self.loaded
        if not disc:
            return struct.pack(">IIB", 8, 0, 3) + BLOCK.to_bytes(3, "big")
        formatted = disc.is_random and disc.formatted or not disc.is_random and disc.used
        out = struct.pack(">IB", disc.flash.blocks, 2 if formatted else 1) + BLOCK.to_bytes(3, "big")
        for form in FORMATS.get(disc.kind, ()) if self.writer and not disc.protected else ():
            parameter = BLOCKING["dvd"] if disc.kind.startswith("dvd-rw") else BLOCK
            out += struct.pack(">IB", disc.flash.blocks, form << 2) + parameter.to_bytes(3, "big")
        return struct.pack(">I", len(out)) + out

    def structure(self, cdb, data):
        """READ DISC STRUCTURE, MMC-6 6.22: physical format of a DVD, disc information of a BD, write protection."""
        disc, form = self.loaded, cdb[7]
        if form == 0xC0 and disc.is_random:
            body = bytes([disc.protected << 1, 0, 0, 0])
        elif form == 0 and cdb[1] & 15 == 0 and disc.family == "dvd":
            body = bytes([KINDS[disc.kind].book, 0x0F, 2, 0]) + bytes(2044)
        elif form == 0 and cdb[1] & 15 == 1 and disc.family == "bd":
            body = b"DI\x01\x01\0\0\x62\0" + {"bd-rom": b"BDO", "bd-r": b"BDR", "bd-re": b"BDW"}[disc.kind] + bytes(4085)
        else:
            raise invalid_field()
        return struct.pack(">HH", len(body) + 2, 0) + body

    # ---- reading and writing

    def read(self, cdb, data):
        return self.read_blocks(*extent(cdb))

    def read_cd(self, cdb, data):
        """READ CD of user data only."""
        if self.loaded.family != "cd" or cdb[9] != 0x10 or cdb[10]:
            raise invalid_field()
        return self.read_blocks(be(cdb[2:6]), be(cdb[6:9]))

    def read_blocks(self, lba, count):
        if lba + count > self.loaded.readable:
            raise Sense(*LBA_OUT_OF_RANGE)
        return self.loaded.flash.read(lba, count)

    def write(self, cdb, data):
        disc, lba = self.loaded, be(cdb[2:6])
        if disc.protected:
            raise Sense(*WRITE_PROTECTED)
        if disc.writing == NOTHING or (disc.is_random and not disc.formatted):
            raise Sense(*CANNOT_WRITE)
        if not disc.is_random:
            if disc.closed:
                raise Sense(*CANNOT_WRITE if disc.is_rewritable else WRITE_PROTECTED)
            if lba >= 0x80000000:  # the pause before the first track, in session at once
                return
            if lba != disc.used:
                raise Sense(*INVALID_WRITE_ADDRESS)
        disc.flash.write(lba, data)
        if not disc.is_random:
            disc.used = lba + len(data) // BLOCK

    @property
    def is_last_session(self):
        """The multi-session field of the write parameters: no further one shall follow."""
        return self.write_parameters[3] >> 6 != 3

    def cue_sheet(self, cdb, data):
        self.loaded.at_once = True

    def synchronize(self, cdb, data):
        disc = self.loaded
        disc.flash.flush()
        if disc.at_once and disc.sessions and disc.sessions[-1][1] not in disc.session_ends:
            disc.close_session(self.is_last_session)

    def close(self, cdb, data):
        """What ends a CD or DVD-R/-RW is the multi-session field of the write parameters, what ends the others is the function itself."""
        disc, function = self.loaded, cdb[2] & 7
        if disc.is_random or function < CLOSE_SESSION:
            return
        last = function in FINALIZE if disc.kind in ("dvd+r", "bd-r") else self.is_last_session
        disc.close_session(last)

    def blank(self, cdb, data):
        disc, how = self.loaded, cdb[1] & 7
        if disc.kind not in BLANKABLE or how not in (BLANK_FULL, BLANK_MINIMAL):
            raise invalid_field()
        self.start_op(cdb[1] & 0x10, lambda: disc.blank(how == BLANK_FULL))

    def format(self, cdb, data):
        """FORMAT UNIT: only some of its types write every block; a DVD+RW is but marked."""
        disc, immediate, uncertified = self.loaded, data[1] & 2, data[1] & 0x20
        form, subtype = data[8] >> 2, data[8] & 3
        if disc.protected:
            raise Sense(*WRITE_PROTECTED)
        if form not in FORMATS.get(disc.kind, ()):
            raise invalid_field()
        certify = not uncertified and (form in (0x00, 0x10) or (form == 0x30 and subtype == 2))
        self.start_op(immediate, lambda: disc.format(certify))


class Command(NamedTuple):
    run: object
    allocation: object = None  # where the CDB says how much the host takes
    needs_disc: bool = True
    is_quiet: bool = False  # does not report that the medium has changed
    waits: bool = False  # refused while a long operation runs
    writes: bool = False  # only a burner has it


COMMANDS = {
    TEST_UNIT_READY: Command(Burner.accept, waits=True),
    REQUEST_SENSE: Command(Burner.tell_sense, needs_disc=False, is_quiet=True),
    FORMAT_UNIT: Command(Burner.format, waits=True, writes=True),
    INQUIRY: Command(Burner.inquire, needs_disc=False, is_quiet=True),
    START_STOP_UNIT: Command(Burner.start_stop, needs_disc=False),
    PREVENT_ALLOW: Command(Burner.prevent_removal, needs_disc=False),
    0x23: Command(Burner.format_capacities, slice(7, 9), needs_disc=False),  # READ FORMAT CAPACITIES
    READ_CAPACITY_10: Command(Burner.capacity),
    READ_10: Command(Burner.read, waits=True),
    WRITE_10: Command(Burner.write, waits=True, writes=True),
    WRITE_AND_VERIFY_10: Command(Burner.write, waits=True, writes=True),
    SYNCHRONIZE_CACHE_10: Command(Burner.synchronize, waits=True),
    0x43: Command(Burner.toc, slice(7, 9)),  # READ TOC/PMA/ATIP
    0x46: Command(Burner.configuration, slice(7, 9), needs_disc=False, is_quiet=True),  # GET CONFIGURATION
    0x4A: Command(Burner.event_status, slice(7, 9), needs_disc=False, is_quiet=True),  # GET EVENT STATUS NOTIFICATION
    0x51: Command(Burner.disc_information, slice(7, 9)),  # READ DISC INFORMATION
    0x52: Command(Burner.track_information, slice(7, 9)),  # READ TRACK INFORMATION
    0x53: Command(Burner.accept, writes=True),  # RESERVE TRACK
    0x54: Command(Burner.accept, writes=True),  # SEND OPC INFORMATION
    0x55: Command(Burner.mode_select, needs_disc=False, writes=True),  # MODE SELECT(10)
    MODE_SENSE_10: Command(Burner.mode_sense, slice(7, 9), needs_disc=False),
    0x5B: Command(Burner.close, waits=True, writes=True),  # CLOSE TRACK SESSION
    0x5C: Command(Burner.buffer_capacity, slice(7, 9), needs_disc=False, writes=True),  # READ BUFFER CAPACITY
    0x5D: Command(Burner.cue_sheet, writes=True),  # SEND CUE SHEET
    0xA1: Command(Burner.blank, waits=True, writes=True),  # BLANK
    READ_12: Command(Burner.read, waits=True),
    WRITE_12: Command(Burner.write, waits=True, writes=True),
    0xAC: Command(Burner.performance, needs_disc=False),  # GET PERFORMANCE
    0xAD: Command(Burner.structure, slice(8, 10)),  # READ DISC STRUCTURE
    0xB6: Command(Burner.accept, needs_disc=False),  # SET STREAMING
    0xBB: Command(Burner.accept, needs_disc=False),  # SET CD SPEED
    0xBD: Command(Burner.mechanism_status, slice(8, 10), needs_disc=False),  # MECHANISM STATUS
    0xBE: Command(Burner.read_cd, waits=True),  # READ CD
    0xBF: Command(Burner.accept, writes=True),  # SEND DISC STRUCTURE
}
