# SPDX-License-Identifier: Apache-2.0
"""A USB mass storage device (Bulk-Only Transport) around SCSI targets, and the way into a guest: qemu's usb-redir over a unix socket."""
import os
import socket
import struct
import threading
import time
import traceback

from .scsi import CHECK_CONDITION, GOOD, REQUEST_SENSE, Hang, Sense, Vanish

# Descriptor types (USB 2.0 table 9-5, USB 3.0 table 9-5)
DEVICE, CONFIGURATION, STRING, BOS = 1, 2, 3, 15

# (bmRequestType, bRequest)
GET_DEVICE_STATUS, GET_INTERFACE_STATUS, GET_ENDPOINT_STATUS = (0x80, 0), (0x81, 0), (0x82, 0)
GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION = (0x80, 6), (0x80, 8), (0x00, 9)
GET_MAX_LUN, MASS_STORAGE_RESET = (0xA1, 0xFE), (0x21, 0xFF)

BULK_IN, BULK_OUT = 0x81, 0x02  # endpoint addresses
DIRECTION_IN = 0x80
STRING_UNITS = 126  # UTF-16 units: the longest string descriptor has 255 bytes, two of them its head
LU_NOT_SUPPORTED = Sense(5, 0x25)

# usb-redir packet types (usbredirproto.h)
HELLO, DEVICE_CONNECT, DEVICE_DISCONNECT, RESET, INTERFACE_INFO, EP_INFO = 0, 1, 2, 3, 4, 5
SET_CONFIG, GET_CONFIG, CONFIG_STATUS, SET_ALT, GET_ALT, ALT_STATUS, CANCEL = 6, 7, 8, 9, 10, 11, 21
CONTROL, BULK = 100, 101
SUCCESS, CANCELLED, STALLED = 0, 1, 4  # status of a packet
CAPABILITIES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6  # device version, packet sizes in ep_info, 64-bit ids, 32-bit bulk lengths: for xHCI
SPEEDS = {"full": 1, "high": 2, "super": 3}


class Stall(Exception):
    """The endpoint halts: the device does not understand the request."""


class Bot:
    """One USB device with 1..n logical units.  setup(), bulk_out() and bulk_in() are called in bus order.

    maker, product and serial are str, or bytes that go into the descriptor as they are; an empty serial means none.
    """

    def __init__(self, luns, vid=0x0951, pid=0x1666, bcd=0x0110, maker="LabMaker", product="Lab Stick", serial="LAB0123456789",
                 speed="high"):
        self.luns = luns if isinstance(luns, list) else [luns]
        self.vid, self.pid, self.bcd, self.speed = vid, pid, bcd, speed
        self.strings = [maker, product, serial]
        self.packet_size = {"full": 64, "high": 512, "super": 1024}[speed]
        self.configured = 0
        self.on_wake = self.on_vanish = lambda: None  # the transport's part when a hang has ended: there are answers, or no device
        self.lock = threading.RLock()  # between the transport's thread, the timer of a hang and unplugging
        self._forget()

    def _forget(self):
        """No command in progress."""
        self.command, self.data_out, self.data_in, self.csw, self.hung = None, bytearray(), b"", None, False

    def reset(self):
        """A reset of the port."""
        self._forget()
        self.configured = 0
        for target in self.luns:
            target.reset()

    def power_off(self):
        self._forget()
        for target in self.luns:
            target.power_off()

    # ---- control endpoint

    def setup(self, request, data=b""):
        kind, number, value, _, length = struct.unpack("<BBHHH", request)
        code = (kind, number)
        if code == GET_DESCRIPTOR:
            return self.descriptor(value >> 8, value & 0xFF)[:length]
        if code == SET_CONFIGURATION:
            self.configured = value & 0xFF
        elif code == GET_CONFIGURATION:
            return bytes([self.configured])[:length]
        elif code in (GET_DEVICE_STATUS, GET_INTERFACE_STATUS, GET_ENDPOINT_STATUS):
            return bytes(2)[:length]  # bus-powered; no endpoint stays halted
        elif code == GET_MAX_LUN:
            return bytes([len(self.luns) - 1])[:length]
        elif code == MASS_STORAGE_RESET:
            self._forget()
        elif kind & DIRECTION_IN:
            raise Stall
        return b""

    def descriptor(self, kind, index):
        if kind == DEVICE:
            version, packet = (0x300, 9) if self.speed == "super" else (0x200, 64)  # USB 3 gives the exponent
            return struct.pack("<BBHBBBBHHHBBBB", 18, DEVICE, version, 0, 0, 0, packet, self.vid, self.pid, self.bcd,
                               1, 2, 3 if self.strings[2] else 0, 1)
        if kind == CONFIGURATION:
            return self.configuration()
        if kind == STRING and index == 0:
            return struct.pack("<BBH", 4, STRING, 0x0409)
        if kind == STRING and index <= len(self.strings):
            text = self.strings[index - 1]
            body = text[:253] if isinstance(text, bytes) else text.encode("utf-16le", "surrogatepass")[:2 * STRING_UNITS]
            return bytes([2 + len(body), STRING]) + body
        if kind == BOS and self.speed == "super":  # USB 2.0 extension and SuperSpeed capability
            return bytes([5, BOS, 22, 0, 2, 7, 16, 2, 2, 0, 0, 0, 10, 16, 3, 0, 0x0E, 0, 1, 10, 0xFF, 7])
        raise Stall

    def configuration(self):
        companion = b"\x06\x30\x0f\0\0\0" if self.speed == "super" else b""
        endpoints = b"".join(struct.pack("<BBBBHB", 7, 5, address, 2, self.packet_size, 0) + companion for address in (BULK_IN, BULK_OUT))
        interface = bytes([9, 4, 0, 0, 2, 0x08, 0x06, 0x50, 0]) + endpoints  # mass storage, SCSI transparent, Bulk-Only
        return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(interface), 1, 1, 0, 0x80, 50) + interface

    # ---- bulk endpoints

    def bulk_out(self, data):
        if self.command is None:
            if len(data) != 31 or data[:4] != b"USBC":
                raise Stall
            tag, length, flags, lun, size = struct.unpack("<IIBBB", data[4:15])
            self.command = (tag, length, bool(flags & DIRECTION_IN), lun & 0x0F, data[15:15 + size].ljust(16, b"\0"))
            self.data_out = bytearray()
            if length and not flags & DIRECTION_IN:
                return
        else:
            self.data_out += data
            if len(self.data_out) < self.command[1]:
                return
        self._run(first=True)

    def bulk_in(self, length):
        """Up to `length` bytes, or None while there is nothing to say: the request stays queued."""
        if self.hung or self.csw is None:
            return None
        if self.data_in:
            chunk, self.data_in = self.data_in[:length], self.data_in[length:]
            return chunk
        answer = self.csw
        self._forget()
        return answer

    def _run(self, first):
        """Carries the command out and prepares data and status; `first` is False for one that hung before."""
        tag, length, inbound, lun, cdb = self.command
        try:
            status, data = self._execute(lun, cdb, first)
        except Hang as hang:
            self.hung = True
            if hang.seconds is not None:
                timer = threading.Timer(hang.seconds, self._wake, [self.command])
                timer.daemon = True
                timer.start()
            return
        if inbound and length:
            residue = length - min(length, len(data))
            self.data_in = data[:length].ljust(length, b"\0")  # padded, with a residue: BOT 6.7.2
        else:
            residue = 0 if status == GOOD else length
            self.data_in = b""
        self.csw = struct.pack("<4sIIB", b"USBS", tag, residue, 0 if status == GOOD else 1)

    def _execute(self, lun, cdb, first):
        if lun >= len(self.luns):
            return (GOOD, LU_NOT_SUPPORTED.bytes()[:cdb[4]]) if cdb[0] == REQUEST_SENSE else (CHECK_CONDITION, b"")
        target = self.luns[lun]
        if cdb[0] == REQUEST_SENSE and target.sense:  # of the command before
            data, target.sense = target.sense[:cdb[4]], b""
            return GOOD, data
        target.sense = b""
        status, data, target.sense = (target.execute if first else target.perform)(cdb, bytes(self.data_out))
        return status, data

    def _wake(self, command):
        """The end of a hang, unless the host has reset the device meanwhile."""
        with self.lock:
            if self.hung and self.command is command:
                self.hung = False
                try:
                    self._run(first=False)
                    self.on_wake()
                except Vanish:
                    self.on_vanish()


def receive(sock, length):
    data = bytearray()
    while len(data) < length:
        chunk = sock.recv(length - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


class UsbRedir:
    """Plays `device` to qemu's usb-redir, which connects to the unix socket `path`; a thread of its own serves it."""

    def __init__(self, device, path):
        self.device, self.path = device, path
        self.gone = threading.Event()
        self.error = None  # a bug in the simulator or in a hook: the test must not take it for a fault of the device
        self.sock = None
        self._waiting = []  # bulk-in requests without an answer: (id, length, stream)
        if os.path.exists(path):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)

    def start(self):
        self.device.on_wake, self.device.on_vanish = self._answer, self.unplug
        threading.Thread(target=self._serve, name="usb-redir", daemon=True).start()
        return self

    def unplug(self):
        """Surprise removal, from any thread; nothing reaches the medium after it."""
        with self.device.lock:
            if self.gone.is_set():
                return
            self.gone.set()
            self.device.power_off()
            try:
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                if self.sock is None:
                    return
                self._send(DEVICE_DISCONNECT, 0)
                time.sleep(0.05)  # let qemu read it before the end of file
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # ---- the protocol

    def _serve(self):
        try:
            self.sock, _ = self._listener.accept()
            self._send(HELLO, 0, b"lab sim".ljust(64, b"\0") + struct.pack("<I", CAPABILITIES))
            self._receive("<III")  # only the hellos still carry an id of 32 bits
            self._connect()
            while not self.gone.is_set():
                self._handle(*self._receive("<IIQ"))
        except (Vanish, EOFError, OSError):
            pass
        except Exception as error:
            self.error = error
            traceback.print_exc()
        finally:
            self.unplug()
            if self.sock:
                self.sock.close()

    def _receive(self, header):
        kind, length, number = struct.unpack(header, receive(self.sock, struct.calcsize(header)))
        return kind, number, receive(self.sock, length)

    def _send(self, kind, number, body=b""):
        self.sock.sendall(struct.pack("<III" if kind == HELLO else "<IIQ", kind, len(body), number) + body)

    def _connect(self):
        """Interfaces and endpoints first, then the device: qemu wants that order."""
        def one(value):
            return bytes([value]) + bytes(31)

        types, sizes = [255] * 32, [0] * 32  # index: endpoint number, IN endpoints from 16 on
        types[0] = types[16] = 0
        sizes[0] = sizes[16] = 64
        types[0x02] = types[0x11] = 2  # bulk
        sizes[0x02] = sizes[0x11] = self.device.packet_size
        device = self.device
        self._send(INTERFACE_INFO, 0, struct.pack("<I", 1) + bytes(32) + one(0x08) + one(0x06) + one(0x50))
        self._send(EP_INFO, 0, bytes(types) + bytes(32) + bytes(32) + struct.pack("<32H", *sizes))
        self._send(DEVICE_CONNECT, 0, struct.pack("<BBBBHHH", SPEEDS[device.speed], 0, 0, 0, device.vid, device.pid, device.bcd))

    def _handle(self, kind, number, body):
        device = self.device
        with device.lock:
            if self.gone.is_set():
                return
            if kind == RESET:
                device.reset()
                self._waiting.clear()
            elif kind == SET_CONFIG:
                device.configured = body[0]
                self._send(CONFIG_STATUS, number, bytes([SUCCESS, body[0]]))
            elif kind == GET_CONFIG:
                self._send(CONFIG_STATUS, number, bytes([SUCCESS, device.configured]))
            elif kind in (SET_ALT, GET_ALT):
                self._send(ALT_STATUS, number, bytes([SUCCESS, body[0], body[1] if kind == SET_ALT else 0]))
            elif kind == CANCEL:
                self._cancel(number)
            elif kind == CONTROL:
                self._control(number, body)
            elif kind == BULK:
                self._bulk(number, body)

    def _cancel(self, number):
        if any(request[0] == number for request in self._waiting):
            self._waiting = [request for request in self._waiting if request[0] != number]
            self._send_bulk(number, BULK_IN, CANCELLED, 0, 0)

    def _control(self, number, body):
        endpoint, request, kind, _, value, index, length = struct.unpack("<BBBBHHH", body[:10])
        try:
            answer, status = self.device.setup(struct.pack("<BBHHH", kind, request, value, index, length), body[10:]), SUCCESS
        except Stall:
            answer, status = b"", STALLED
        done = len(answer) if kind & DIRECTION_IN else length
        self._send(CONTROL, number, struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, done) + answer)

    def _bulk(self, number, body):
        endpoint, _, low, stream, high = struct.unpack("<BBHIH", body[:10])
        length = low | high << 16
        if endpoint & DIRECTION_IN:
            self._waiting.append((number, length, stream))
        else:
            try:
                self.device.bulk_out(body[10:])
                status = SUCCESS
            except Stall:
                status = STALLED
            self._send_bulk(number, endpoint, status, stream, length)
        self._answer()

    def _send_bulk(self, number, endpoint, status, stream, length, data=b""):
        self._send(BULK, number, struct.pack("<BBHIH", endpoint, status, length & 0xFFFF, stream, length >> 16) + data)

    def _answer(self):
        """Answers waiting bulk-in requests as far as the device has something to say."""
        while self._waiting:
            number, length, stream = self._waiting[0]
            data = self.device.bulk_in(length)
            if data is None:
                return
            self._waiting.pop(0)
            self._send_bulk(number, BULK_IN, SUCCESS, stream, len(data), data)


def attach(guest, id, bot, bus="xhci.0", **place):
    """Plugs a simulated device into a running guest; place: port="3", where the same port matters.

    After its unplug() the caller does device_del `id`, which drops the chardev too.
    """
    path = os.path.join(guest.work, id + ".redir")
    redir = UsbRedir(bot, path).start()
    guest.qmp.cmd("chardev-add", id=id + "-ch", backend={"type": "socket", "data": {
        "addr": {"type": "unix", "data": {"path": path}}, "server": False}})
    guest.qmp.cmd("device_add", driver="usb-redir", id=id, chardev=id + "-ch", bus=bus, **place)
    return redir
