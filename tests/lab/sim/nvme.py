# SPDX-License-Identifier: Apache-2.0
"""An NVMe controller, as a target of NVMe/TCP: the guest's nvme-tcp driver makes /dev/nvmeX and /dev/nvmeXn1 of it, and a node for each further namespace.

    drive = NvmeTcp(flash).start()
    in the guest:  modprobe nvme-tcp; nvme connect -t tcp -a 10.0.2.2 -s PORT -n nqn.2024.lab:sim

Identify, Get Log Page, Format NVM and Sanitize reach us as the host sent them, which qemu's own nvme does not offer for Sanitize.  The
transport shows as "tcp" in sysfs, not "pcie".  Clauses are those of NVMe Base 2.0.
"""
import os
import socket
import struct
import threading
import time

from .scsi import Hang, Sense, Vanish
from .usb import receive

# PDU types (NVMe/TCP 3.6)
IC_REQ, IC_RESP, CAPSULE_CMD, CAPSULE_RESP, H2C_DATA, C2H_DATA, R2T = 0, 1, 4, 5, 6, 7, 9
LAST_PDU = 0x04
TRANSPORT_SGL = 0x5A  # SGL descriptor type: the data is not in the capsule

# Opcodes
FABRICS, FABRICS_SET, FABRICS_CONNECT, FABRICS_GET = 0x7F, 0, 1, 4
GET_LOG, IDENTIFY, SET_FEATURES, GET_FEATURES, ASYNC_EVENT, KEEP_ALIVE = 0x02, 0x06, 0x09, 0x0A, 0x0C, 0x18
FORMAT_NVM, SECURITY_SEND, SECURITY_RECEIVE, SANITIZE = 0x80, 0x81, 0x82, 0x84
FLUSH, WRITE, READ, WRITE_ZEROES, DATASET_MANAGEMENT = 0x00, 0x01, 0x02, 0x08, 0x09

# Properties (3.1.3)
CAP, VS, CC, CSTS = 0x00, 0x08, 0x14, 0x1C
VERSION_1_4 = 0x10400

# Status: code type and code
SUCCESS, INVALID_OPCODE, INVALID_FIELD, INTERNAL_ERROR = 0x00, 0x01, 0x02, 0x06
INVALID_NAMESPACE = 0x0B
SANITIZE_FAILED, SANITIZE_IN_PROGRESS, LBA_OUT_OF_RANGE = 0x1C, 0x1D, 0x80
INVALID_LOG_PAGE, INVALID_FORMAT, WRITE_TO_READ_ONLY, WRITE_FAULT, UNRECOVERED_READ_ERROR = 0x109, 0x10A, 0x182, 0x280, 0x281

# Log pages; sanitize status (5.16.1.25)
ERROR_LOG, SMART_LOG, FIRMWARE_LOG, EFFECTS_LOG, SANITIZE_LOG = 0x01, 0x02, 0x03, 0x05, 0x81
NEVER_SANITIZED, SANITIZED, SANITIZING, SANITIZE_HAS_FAILED, GLOBAL_DATA_ERASED = 0, 1, 2, 3, 0x100
EXIT_FAILURE, BLOCK_ERASE, OVERWRITE, CRYPTO_ERASE = 1, 2, 3, 4  # SANACT
NO_DEALLOCATE, NO_DEALLOCATE_INHIBITED = 1 << 9, 1 << 29  # of dword 10, of SANICAP
NOT_TOLD = 0xFFFFFFFF
SANICAP_BIT = {CRYPTO_ERASE: 1, BLOCK_ERASE: 2, OVERWRITE: 4}
FNA_CRYPTO_ERASE, FNA_ERASES_ALL, SES_CRYPTO_ERASE = 4, 2, 2


class NvmeTcp:
    """The controller.  Class attributes may be given as keywords.

    sanicap         what Sanitize offers: 1 crypto erase, 2 block erase, 4 overwrite
    fna             attributes of Format NVM: 4, crypto erase is offered
    sanitize_secs   how long a sanitize pretends to run; the cells change at once
    sanitize_fails  it ends as failed, and the cells keep what they had
    sanitize_lies   it ends as well as can be, and the cells keep what they had
    sanitize_ignored  it is taken, and the log goes on telling of what was before
    sanitize_silent   it is carried out, and the log goes on telling of what was before
    sanitize_foreign  the log tells of another action than the one that was asked for
    sanitize_keeps  (from, upto) in bytes of the first namespace, which are left out
    sanitize_only_first  the other namespaces keep what they had
    unreadable      (from, upto) in bytes of the first namespace: what was erased there cannot be read until it is written
    format_lies     Format NVM is answered well, and the cells keep what they had
    others          media of further namespaces, from number 2 on
    unallocated     bytes in no namespace
    tper            a Tper (sim/tcg.py), for Security Send and Receive
    journal         (opcode, namespace, dword 10, dword 11) of every admin command
    hooks           hooks[opcode] = f(controller, command, data) answers an admin command instead: (status, dword 0, data)
    """

    model, serial, firmware, nqn = "LAB NVMe SSD", "NVMESIM01", "1.0", "nqn.2024.lab:sim"
    eui64 = b"LABEUI01"
    sanicap, fna = 7, FNA_CRYPTO_ERASE
    sanitize_secs = 2.0
    sanitize_fails = sanitize_lies = sanitize_ignored = sanitize_silent = sanitize_foreign = sanitize_only_first = format_lies = False
    sanitize_keeps = unreadable = None
    others, unallocated = (), 0
    estimates = (NOT_TOLD, NOT_TOLD, NOT_TOLD)  # overwrite in 16 passes, block erase, crypto erase: in seconds
    tper = None

    def __init__(self, medium, port=0, host="127.0.0.1", **settings):
        self.medium = medium
        self.journal, self.hooks = [], {}
        self.configuration = 0
        self.sanitize_command = None  # dword 10 of the last sanitize; None: never, or left failure mode
        self.sanitize_begin = 0
        self.written = False  # since the last sanitize
        self.lost = set()  # blocks of the first namespace that cannot be read
        for name, value in settings.items():
            if name.startswith("_") or not hasattr(self, name):
                raise TypeError("NvmeTcp has no setting %r" % name)
            setattr(self, name, value)
        self.media = [medium, *self.others]
        self.listener = socket.create_server((host, port))
        self.port = self.listener.getsockname()[1]
        self.connections = []

    # ---- life

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def unplug(self):
        """The controller is gone."""
        self.listener.close()
        self.disconnect()
        self.medium.power_off()

    def disconnect(self):
        """The host loses it, and may come back."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        self.connections = []

    @staticmethod
    def hex_of(call):
        """The submission queue entry of a call in the journal, in hex as certwipe writes it."""
        opcode, namespace, ten, eleven = call
        return (bytes([opcode, 0, 0, 0]) + struct.pack("<I", namespace) + bytes(32) + struct.pack("<II", ten, eleven) + bytes(16)).hex()

    def sent(self, *opcodes):
        return [self.hex_of(call) for call in self.journal if call[0] in opcodes]

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # unplugged
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            Queue(self, connection).run()
        except Vanish:
            self.unplug()
        except (EOFError, OSError):
            pass  # the host has left, or we have

    # ---- fabrics commands

    def property(self, offset):
        enabled, shutdown = self.configuration & 1, self.configuration >> 14 & 3
        return {
            CAP: 1 << 37 | 20 << 24 | 1 << 16 | 127,  # NVM command set, 10 s time-out, contiguous queues of 128 entries
            VS: VERSION_1_4,
            CC: self.configuration,
            CSTS: enabled | (0x08 if shutdown else 0),
        }.get(offset, 0)

    # ---- admin commands: each answers (status, dword 0, data)

    def admin(self, command, data):
        opcode, namespace = command[0], dword(command, 1)
        self.journal.append((opcode, namespace, dword(command, 10), dword(command, 11)))
        if opcode in self.hooks:
            return self.hooks[opcode](self, command, data)
        if opcode == IDENTIFY:
            return self.identify(dword(command, 10) & 0xFF, namespace)
        if opcode == GET_LOG:
            return self.log_page(dword(command, 10) & 0xFF, dword(command, 8))
        if opcode == FORMAT_NVM:
            return self.format(dword(command, 10), namespace), 0, b""
        if opcode == SANITIZE:
            return self.sanitize(dword(command, 10), dword(command, 11)), 0, b""
        if opcode in (SECURITY_SEND, SECURITY_RECEIVE) and self.tper:
            return self.security(opcode, dword(command, 10), dword(command, 11), data)
        if opcode in (SET_FEATURES, GET_FEATURES, KEEP_ALIVE):
            return SUCCESS, 0, b""
        return INVALID_OPCODE, 0, b""

    def security(self, opcode, dword10, length, data):
        protocol, specific = dword10 >> 24, dword10 >> 8 & 0xFFFF
        if opcode == SECURITY_SEND:
            return (SUCCESS if self.tper.send(protocol, specific, data) else INVALID_FIELD), 0, b""
        answer = self.tper.receive(protocol, specific, length)
        return (INVALID_FIELD, 0, b"") if answer is None else (SUCCESS, 0, answer)

    def identify(self, structure, namespace):
        """By CNS (5.17.2)."""
        if structure == 0x00 and 1 <= namespace <= len(self.media):
            return SUCCESS, 0, self.identify_namespace(namespace)
        if structure == 0x01:
            return SUCCESS, 0, self.identify_controller()
        if structure == 0x02:  # active namespaces behind that number
            numbers = [n for n in range(1, len(self.media) + 1) if n > namespace]
            return SUCCESS, 0, struct.pack("<%dI" % len(numbers), *numbers).ljust(4096, b"\0")
        if structure == 0x03:  # namespace identification descriptors: EUI-64
            return SUCCESS, 0, (bytes([1, 8, 0, 0]) + self.name(namespace)).ljust(4096, b"\0")
        if structure in (0x00, 0x05, 0x06):
            return SUCCESS, 0, bytes(4096)
        return INVALID_FIELD, 0, b""

    def name(self, namespace):
        return self.eui64[:-1] + bytes([self.eui64[-1] + namespace - 1])

    def identify_namespace(self, namespace):
        data, medium = bytearray(4096), self.media[namespace - 1]
        struct.pack_into("<QQQ", data, 0, *[medium.blocks] * 3)  # NSZE, NCAP, NUSE
        data[120:128] = self.name(namespace)
        struct.pack_into("<HBB", data, 128, 0, medium.bs.bit_length() - 1, 0)  # LBA format 0
        return bytes(data)

    def identify_controller(self):
        data = bytearray(4096)
        data[4:72] = ("%-20s%-40s%-8s" % (self.serial, self.model, self.firmware)).encode()
        struct.pack_into("<BHI", data, 77, 5, 1, VERSION_1_4)  # MDTS 128 KiB, CNTLID, VER
        struct.pack_into("<HBBBB", data, 256, 2 | bool(self.tper), 3, 3, 2, 0)  # OACS: Format NVM, Security Send and Receive; ACL, AERL, FRMW, LPA
        struct.pack_into("<QQQ", data, 280, sum(m.claimed for m in self.media) + self.unallocated, 0, self.unallocated)  # TNVMCAP, UNVMCAP
        struct.pack_into("<H", data, 320, 10)  # KAS
        struct.pack_into("<I", data, 328, self.sanicap)
        struct.pack_into("<BBHI", data, 512, 0x66, 0x44, 128, len(self.media))  # SQES, CQES, MAXCMD, NN
        struct.pack_into("<H", data, 520, 0x0C)  # ONCS: Dataset Management, Write Zeroes
        struct.pack_into("<BB", data, 524, self.fna, 1)  # FNA, VWC
        struct.pack_into("<I", data, 536, 1 | 1 << 20)  # SGLS
        data[768:768 + len(self.nqn)] = self.nqn.encode()
        struct.pack_into("<IIHBB", data, 1792, (64 + 8192) // 16, 1, 0, 0, 1)  # IOCCSZ, IORCSZ, ICDOFF, FCATTR, MSDBD
        return bytes(data)

    def log_page(self, page, length):
        data = bytearray(512)
        if page == SANITIZE_LOG:
            state, progress = self.sanitize_state()
            told = (self.sanitize_command or 0) ^ (6 if self.sanitize_foreign else 0)
            struct.pack_into("<HHI", data, 0, progress, state, told)
            struct.pack_into("<6I", data, 8, *self.estimates * 2)
        elif page == SMART_LOG:
            struct.pack_into("<BHBB", data, 0, 0, 300, 100, 100)  # no warning, kelvin, spare and its threshold in per cent
        elif page not in (ERROR_LOG, FIRMWARE_LOG, EFFECTS_LOG):
            return INVALID_LOG_PAGE, 0, b""
        return SUCCESS, 0, bytes(data[:length]).ljust(length, b"\0")

    def format(self, dword10, namespace):
        lba_format, erase = dword10 & 0x0F, dword10 >> 9 & 7
        if lba_format != 0:
            return INVALID_FORMAT
        if erase == SES_CRYPTO_ERASE and not self.fna & FNA_CRYPTO_ERASE:
            return INVALID_FIELD
        if not 1 <= namespace <= len(self.media):
            return INVALID_NAMESPACE
        for medium in self.media if self.fna & FNA_ERASES_ALL else [self.media[namespace - 1]]:
            medium.remember()
            if not self.format_lies:
                medium.erase(os.urandom(512) if erase == SES_CRYPTO_ERASE else b"\0")
        return SUCCESS

    def sanitize(self, dword10, pattern):
        action = dword10 & 7
        if action == EXIT_FAILURE:
            self.sanitize_command = None
            return SUCCESS
        if not self.sanicap & SANICAP_BIT.get(action, 0):
            return INVALID_FIELD
        if self.sanitize_state()[0] == SANITIZING:
            return SANITIZE_IN_PROGRESS
        if dword10 & NO_DEALLOCATE and self.sanicap & NO_DEALLOCATE_INHIBITED:
            return INVALID_FIELD
        for medium in self.media:
            medium.remember()
        if self.sanitize_ignored:
            return SUCCESS
        if not self.sanitize_silent:
            self.sanitize_command, self.sanitize_begin, self.written = dword10, time.monotonic(), False
        if not self.sanitize_fails and not self.sanitize_lies:
            # What is deallocated reads as zeros, whatever stood there; without that an overwrite shows its pattern.
            self.erase_all({BLOCK_ERASE: b"\0", OVERWRITE: struct.pack("<I", pattern) if dword10 & NO_DEALLOCATE else b"\0", CRYPTO_ERASE: os.urandom(512)}[action])
        return SUCCESS

    def erase_all(self, pattern):
        for medium in self.media[:1] if self.sanitize_only_first else self.media:
            start, end = self.sanitize_keeps if self.sanitize_keeps and medium is self.medium else (0, 0)
            medium.erase(pattern, 0, start // medium.bs)
            medium.erase(pattern, end // medium.bs, medium.blocks - end // medium.bs)
        if self.unreadable:
            self.lost = set(range(*(at // self.medium.bs for at in self.unreadable)))

    def sanitize_state(self):
        """SSTAT and SPROG."""
        if self.sanitize_command is None:
            return NEVER_SANITIZED, 0xFFFF
        elapsed = time.monotonic() - self.sanitize_begin
        if elapsed < self.sanitize_secs:
            return SANITIZING, int(0xFFFF * elapsed / self.sanitize_secs)
        if self.sanitize_fails:
            return SANITIZE_HAS_FAILED, 0xFFFF
        return SANITIZED | (0 if self.written else GLOBAL_DATA_ERASED), 0xFFFF

    # ---- I/O commands

    def io(self, command, data):
        state = self.sanitize_state()[0]
        if state in (SANITIZING, SANITIZE_HAS_FAILED):
            return (SANITIZE_IN_PROGRESS if state == SANITIZING else SANITIZE_FAILED), 0, b""
        try:
            number = dword(command, 1)
            if not 1 <= number <= len(self.media):
                return INVALID_NAMESPACE, 0, b""
            return self.transfer(self.media[number - 1], command, data)
        except Sense as sense:
            return status_of(sense, command[0]), 0, b""

    def transfer(self, medium, command, data):
        opcode = command[0]
        lba, count = struct.unpack("<QH", command[40:50])
        if opcode == READ:
            if medium is self.medium and not self.lost.isdisjoint(range(lba, lba + count + 1)):
                return UNRECOVERED_READ_ERROR, 0, b""
            return SUCCESS, 0, medium.read(lba, count + 1)
        self.written = self.written or opcode != FLUSH
        if opcode == WRITE:
            medium.write(lba, data)
            self.lost.difference_update(range(lba, lba + count + 1))
        elif opcode == WRITE_ZEROES:
            medium.erase(b"\0", lba, count + 1)
        elif opcode == DATASET_MANAGEMENT:
            for i in range(command[40] + 1):
                _, length, start = struct.unpack_from("<IIQ", data, 16 * i)
                medium.erase(b"\0", start, length)
        elif opcode == FLUSH:
            medium.flush()
        else:
            return INVALID_OPCODE, 0, b""
        return SUCCESS, 0, b""


class Queue:
    """One connection, which is one queue pair: the admin queue until Connect says otherwise."""

    def __init__(self, controller, connection):
        self.controller, self.connection = controller, connection
        self.number = 0
        self.writes = {}  # command identifier -> command and the data that is still coming

    def run(self):
        while True:
            kind, flags, _, offset, length = struct.unpack("<BBBBI", receive(self.connection, 8))
            body = receive(self.connection, length - 8)
            data = body[offset - 8:] if offset else b""
            if kind == IC_REQ:
                self.send(IC_RESP, 0, struct.pack("<HBBI", 0, 0, 0, 1 << 20).ljust(120, b"\0"))
            elif kind == CAPSULE_CMD:
                self.capsule(body[:64], data)
            elif kind == H2C_DATA:
                self.more_data(flags, body, data)

    def send(self, kind, flags, header, data=b""):
        size = 8 + len(header)
        self.connection.sendall(struct.pack("<BBBBI", kind, flags, size, size if data else 0, size + len(data)) + header + data)

    def answer(self, identifier, status, result=0, data=b""):
        if data:
            self.send(C2H_DATA, LAST_PDU, struct.pack("<HHIII", identifier, 0, 0, len(data), 0), data)
        self.send(CAPSULE_RESP, 0, struct.pack("<QHHHH", result, 0, self.number, identifier, status << 1))

    def capsule(self, command, data):
        opcode, identifier, length = command[0], struct.unpack("<H", command[2:4])[0], dword(command, 8)
        if opcode == FABRICS:
            self.fabrics(command, identifier)
        elif opcode == ASYNC_EVENT and not self.number:
            pass  # there is never one
        elif length and opcode & 3 == 1 and command[39] == TRANSPORT_SGL:  # from the host, and not in the capsule
            self.writes[identifier] = (command, bytearray(length))
            self.send(R2T, 0, struct.pack("<HHIII", identifier, identifier, 0, length, 0))
        else:
            self.carry_out(identifier, command, data)

    def more_data(self, flags, body, data):
        identifier, _, offset, length = struct.unpack("<HHII", body[:12])
        command, buffer = self.writes[identifier]
        buffer[offset:offset + length] = data[:length]
        if flags & LAST_PDU:
            del self.writes[identifier]
            self.carry_out(identifier, command, bytes(buffer))

    def carry_out(self, identifier, command, data):
        controller = self.controller
        while True:
            try:
                self.answer(identifier, *(controller.io if self.number else controller.admin)(command, data))
                return
            except Hang as hang:
                if hang.seconds is None:
                    return  # this command is never answered; the host will reset the controller
                time.sleep(hang.seconds)

    def fabrics(self, command, identifier):
        kind = command[4]
        if kind == FABRICS_CONNECT:
            self.number = struct.unpack("<H", command[42:44])[0]
            self.answer(identifier, SUCCESS, 1)  # controller 1
        elif kind == FABRICS_SET:
            self.controller.configuration = dword(command, 12)
            self.answer(identifier, SUCCESS)
        elif kind == FABRICS_GET:
            self.answer(identifier, SUCCESS, self.controller.property(dword(command, 11)))


def dword(command, number):
    return struct.unpack_from("<I", command, 4 * number)[0]


def status_of(sense, opcode):
    """What an NVMe drive says of a fault of the medium."""
    if sense.key == 3:
        return WRITE_FAULT if opcode == WRITE else UNRECOVERED_READ_ERROR
    if sense.key == 7:
        return WRITE_TO_READ_ONLY
    if sense.asc == 0x21:
        return LBA_OUT_OF_RANGE
    return INTERNAL_ERROR
