# SPDX-License-Identifier: Apache-2.0
"""A SCSI host adapter for a guest: qemu's vhost-user-scsi, behind which targets of this process answer each CDB.  What is not USB gets to the guest this way.

    adapter = Adapter(work + "/sas.sock").start()      the guest gets adapter.arguments()
    adapter.targets[3] = Sas(flash)                    and finds it when it scans for target 3

The protocol is qemu's docs/interop/vhost-user.rst, the rings are split virtqueues (virtio 1.2, 2.7), the requests those of 5.6.6.
"""
import array
import mmap
import os
import select
import socket
import struct
import threading
import traceback

from .scsi import Hang, Vanish

GET_FEATURES, SET_FEATURES, SET_OWNER, RESET_OWNER, SET_MEM_TABLE = 1, 2, 3, 4, 5
SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL = 8, 9, 10, 11, 12, 13
VERSION, REPLY = 1, 4
GET_PROTOCOL_FEATURES = 15
F_VERSION_1, F_PROTOCOL_FEATURES = 1 << 32, 1 << 30  # virtio 1.0, and none of the protocol's features: qemu wants to have asked for them
NO_FD = 0x100
CONTROL, EVENTS = 0, 1  # queues; the others hold commands
DESC_NEXT, DESC_WRITE = 1, 2
OK, BAD_TARGET, RESET = 0, 3, 4  # VIRTIO_SCSI_S_*
LUN_RESET = (0, 5)  # VIRTIO_SCSI_T_TMF, LOGICAL_UNIT_RESET
COMMAND_HEAD, RESPONSE_HEAD, SENSE_BYTES = 51, 12, 96
CDB_BYTES = {0: 6, 1: 10, 2: 10, 4: 16, 5: 12}  # by the group of the operation code (SPC-5 4.2.5.1)


class Ring:
    def __init__(self):
        self.size = self.base = self.used_at = 0
        self.desc = self.avail = self.used = None  # addresses in qemu
        self.kick = self.call = -1


class Adapter:
    def __init__(self, path):
        self.path, self.targets, self.error = path, {}, None
        self.lock = threading.RLock()
        self.forget()

    def forget(self):
        self.regions, self.rings, self.gone = [], {}, False

    def arguments(self, memory_mib):
        return ["-object", "memory-backend-memfd,id=shared,size=%dM,share=on" % memory_mib, "-machine", "memory-backend=shared",
                "-chardev", "socket,id=sas,path=%s" % self.path, "-device", "vhost-user-scsi-pci,chardev=sas,num_queues=1"]

    def start(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    # ---- qemu

    def serve(self):
        """One guest after the other."""
        while True:
            connection, _ = self.listener.accept()
            try:
                self.talk(connection)
            except Exception as error:
                traceback.print_exc()
                self.error = error
            connection.close()
            self.forget()

    def talk(self, connection):
        """Until qemu ends.  What goes wrong in a target is no end of qemu."""
        while True:
            kicks = {ring.kick: number for number, ring in self.rings.items() if ring.kick >= 0}
            for ready in select.select([connection, *kicks], [], [])[0]:
                if ready is connection:
                    try:
                        self.message(connection)
                    except (ConnectionError, EOFError):
                        return
                    break  # it may have changed the rings
                os.read(ready, 8)
                self.work(kicks[ready])

    def message(self, connection):
        head, ancillary, _, _ = connection.recvmsg(12, socket.CMSG_SPACE(16 * 4))
        while 0 < len(head) < 12:
            head += connection.recv(12 - len(head))
        if not head:
            raise EOFError
        fds = array.array("i")
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(data[:len(data) - len(data) % 4])
        request, flags, size = struct.unpack("<III", head)
        body = b""
        while len(body) < size:
            body += connection.recv(size - len(body))
        answer = self.answer(request, body, list(fds))
        if answer is not None:
            connection.sendall(struct.pack("<III", request, VERSION | REPLY, len(answer)) + answer)

    def ring(self, number):
        return self.rings.setdefault(number, Ring())

    def answer(self, request, body, fds):
        if request == GET_FEATURES:
            return struct.pack("<Q", F_VERSION_1 | F_PROTOCOL_FEATURES)
        if request == GET_PROTOCOL_FEATURES:
            return struct.pack("<Q", 0)
        if request == SET_MEM_TABLE:
            self.map(body, fds)
        elif request == SET_VRING_NUM:
            number, self.ring(struct.unpack("<II", body)[0]).size = struct.unpack("<II", body)
        elif request == SET_VRING_BASE:
            number, base = struct.unpack("<II", body)
            self.ring(number).base = base
        elif request == SET_VRING_ADDR:
            number, _, desc, used, avail, _ = struct.unpack("<IIQQQQ", body)
            ring = self.ring(number)
            ring.desc, ring.used, ring.avail = desc, used, avail
            ring.used_at = struct.unpack("<H", self.get(used + 2, 2))[0]
        elif request == GET_VRING_BASE:
            number = struct.unpack("<II", body)[0]
            ring = self.ring(number)
            ring.kick = -1
            return struct.pack("<II", number, ring.base)
        elif request in (SET_VRING_KICK, SET_VRING_CALL):
            value = struct.unpack("<Q", body)[0]
            self.connect(value & 0xFF, "kick" if request == SET_VRING_KICK else "call", -1 if value & NO_FD else fds[0])
        return None

    def connect(self, number, way, fd):
        """What was said before somebody listened is not lost."""
        ring = self.ring(number)
        setattr(ring, way, fd)
        if way == "kick" and fd >= 0 and ring.desc:
            self.work(number)
        if way == "call" and fd >= 0:
            os.write(fd, struct.pack("<Q", 1))

    # ---- the guest's memory, by addresses in qemu

    def map(self, body, fds):
        self.regions = []
        for i in range(struct.unpack("<I", body[:4])[0]):
            _, size, address, offset = struct.unpack_from("<QQQQ", body, 8 + 32 * i)
            self.regions.append((struct.unpack_from("<Q", body, 8 + 32 * i)[0], address, size, offset, mmap.mmap(fds[i], offset + size)))
            os.close(fds[i])

    def place(self, address, guest=False):
        for physical, own, size, offset, memory in self.regions:
            start = physical if guest else own
            if start <= address < start + size:
                return memory, address - start + offset
        raise ValueError("no memory at %x" % address)

    def get(self, address, length, guest=False):
        memory, at = self.place(address, guest)
        return memory[at:at + length]

    def put(self, address, data, guest=False):
        memory, at = self.place(address, guest)
        memory[at:at + len(data)] = data

    # ---- rings

    def chain(self, ring, head):
        """What the guest wrote, and where it wants to read: (address, length)."""
        out, room, index = b"", [], head
        while True:
            address, length, flags, following = struct.unpack("<QIHH", self.get(ring.desc + 16 * index, 16))
            if flags & DESC_WRITE:
                room.append((address, length))
            else:
                out += self.get(address, length, guest=True)
            if not flags & DESC_NEXT:
                return out, room
            index = following

    def fill(self, room, data):
        for address, length in room:
            self.put(address, data[:length], guest=True)
            data = data[length:]

    def done(self, ring, head, room, data):
        with self.lock:
            self.fill(room, data)
            self.put(ring.used + 4 + 8 * (ring.used_at % ring.size), struct.pack("<II", head, len(data)))
            ring.used_at = (ring.used_at + 1) & 0xFFFF
            self.put(ring.used + 2, struct.pack("<H", ring.used_at))
            if ring.call >= 0:
                os.write(ring.call, struct.pack("<Q", 1))

    def work(self, number):
        ring = self.ring(number)
        while ring.base != struct.unpack("<H", self.get(ring.avail + 2, 2))[0]:
            head = struct.unpack("<H", self.get(ring.avail + 4 + 2 * (ring.base % ring.size), 2))[0]
            ring.base = (ring.base + 1) & 0xFFFF
            if number == EVENTS:
                continue  # buffers for events that never come
            out, room = self.chain(ring, head)
            data = self.control(out) if number == CONTROL else self.command(out, sum(length for _, length in room))
            if data is not None:
                self.done(ring, head, room, data)

    # ---- requests

    def control(self, out):
        target = self.targets.get(out[9]) if len(out) >= 12 else None
        if target and struct.unpack("<II", out[:8]) == LUN_RESET:
            target.reset()
        return bytes(1) if struct.unpack("<I", out[:4])[0] == 0 else bytes(5)  # TMF function complete; no asynchronous notifications

    def command(self, out, room):
        number, lun = out[1], struct.unpack(">H", out[2:4])[0] & 0x3FFF
        target = self.targets.get(number)
        if not target or lun:
            return struct.pack("<IIHBB", 0, 0, 0, 0, BAD_TARGET) + bytes(SENSE_BYTES)
        try:
            status, data, sense = target.execute(out[19:19 + CDB_BYTES.get(out[19] >> 5, 16)], out[COMMAND_HEAD:])
        except Vanish:
            del self.targets[number]
            return struct.pack("<IIHBB", 0, 0, 0, 0, BAD_TARGET) + bytes(SENSE_BYTES)
        except Hang:
            return None
        wanted = room - RESPONSE_HEAD - SENSE_BYTES
        head = struct.pack("<IIHBB", len(sense), max(0, wanted - len(data)), 0, status, OK)
        return head + sense.ljust(SENSE_BYTES, b"\0") + data[:wanted]
