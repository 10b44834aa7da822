# SPDX-License-Identifier: Apache-2.0
"""A TPer: the part of a drive that answers packets of TCG (Core 2.01), of the classes Opal 2, Enterprise and Pyrite, as far as discovery and Revert go.

It knows nothing of a transport: an Ata, a Disk or an NvmeTcp hands it what came by TRUSTED SEND, SECURITY PROTOCOL OUT or Security Send, and fetches the answers.
"""
import os
import struct

PROTOCOL, DISCOVERY = 0x01, 0x0001  # security protocol; the ComID of level 0 discovery
OPAL_2, ENTERPRISE, PYRITE_1, PYRITE_2 = 0x0203, 0x0100, 0x0302, 0x0303
TPER, LOCKING, BLOCK_SID = 0x0001, 0x0002, 0x0402  # other features
SESSION, HOST_SESSION = 0x1001, 1

# Objects, methods, authorities
MANAGER, ADMIN_SP, C_PIN_MSID = 0xFF, 0x0000020500000001, 0x0000000B00008402
START_SESSION, SYNC_SESSION, GET, REVERT = 0xFF02, 0xFF03, 0x0000000600000016, 0x0000000600000202
SID, PSID = 0x0000000900000006, 0x000000090001FF01

SUCCESS, NOT_AUTHORIZED, NO_SESSIONS, INVALID_PARAMETER, LOCKED_OUT, FAIL = 0x00, 0x01, 0x07, 0x0C, 0x12, 0x3F
END_OF_SESSION = b"\xfa"


def uid(number):
    return b"\xa8" + struct.pack(">Q", number)


def text(value):
    return b"\xd0" + bytes([len(value)]) + value


def named(name, value):
    return b"\xf2" + bytes([name]) + value + b"\xf3"


class Tper:
    """Attributes may be given as keywords.

    ssc             which class it is of; a Pyrite never encrypts
    encrypts        media encryption is on
    locking_enabled, locked   what an owner has switched on; reads and writes are the drive's to refuse
    owned           the owner has set a PIN of his own; blocked: firmware has blocked the owner's PIN, until the power goes
    tries           wrong PINs that it still takes
    lies            it says that it reverted, and no cell has changed
    fails           it answers FAIL to Revert
    loses           it reverts, and its answer never comes
    log             (protocol, ComID, bytes) of everything that was sent to it
    reverts         how often it did
    """

    ssc, com_id = OPAL_2, 0x07FE
    psid, msid = b"ABCDEFGH23456789JKLMNPQRSTUVWXYZ", b"msid-of-this-drive-for-everybody"
    encrypts, tells_sid = True, True
    locking_enabled = locked = owned = blocked = False
    lies = fails = loses = False
    tries = 5

    def __init__(self, medium, **settings):
        self.medium = medium
        self.log, self.reverts, self.wrong = [], 0, 0
        self.session, self.authority, self.answer = 0, None, b""
        for name, value in settings.items():
            if name.startswith("_") or not hasattr(self, name):
                raise TypeError("Tper has no setting %r" % name)
            setattr(self, name, value)

    def power_off(self):
        self.session, self.answer, self.blocked = 0, b"", False
        self.locked = self.locking_enabled

    # ---- the drive's side

    def send(self, protocol, com_id, data):
        """False: no such thing is taken."""
        self.log.append((protocol, com_id, bytes(data)))
        if protocol != PROTOCOL or com_id != self.com_id or len(data) % 512 or len(data) < 56:
            return False
        length = struct.unpack(">I", data[52:56])[0]
        if length > len(data) - 56:
            return False
        self.answer = b""
        self.take(struct.unpack(">II", data[20:28]), data[56:56 + length])
        return True

    def receive(self, protocol, com_id, length):
        """None: no such thing is given."""
        if protocol != PROTOCOL or com_id not in (DISCOVERY, self.com_id):
            return None
        if com_id == DISCOVERY:
            answer = self.discovery()
        else:
            answer, self.answer = self.answer or struct.pack(">IHHII", 0, com_id, 0, 0, 0), b""
        return answer[:length].ljust(length, b"\0")

    # ---- level 0 discovery

    def discovery(self):
        encrypts = self.encrypts and self.ssc not in (PYRITE_1, PYRITE_2)
        locking = 1 | self.locking_enabled << 1 | self.locked << 2 | encrypts << 3
        features = [(TPER, b"\x01"), (LOCKING, bytes([locking])), (self.ssc, struct.pack(">HHBHHBB", self.com_id, 1, 0, 4, 8, 0, 0))]
        if self.tells_sid:
            features.append((BLOCK_SID, bytes([self.owned | self.blocked << 1])))
        body = b"".join(struct.pack(">HBB", code, 0x10, 16) + content.ljust(16, b"\0") for code, content in features)
        return struct.pack(">II", 44 + len(body), 1).ljust(48, b"\0") + body

    # ---- sessions and methods

    def packet(self, session, tokens):
        filled = tokens.ljust(-(-len(tokens) // 4) * 4, b"\0")
        sub = struct.pack(">6xHI", 0, len(tokens)) + filled
        packet = struct.pack(">IIIHHII", session, HOST_SESSION if session else 0, 0, 0, 0, 0, len(sub)) + sub
        return struct.pack(">IHHIII", 0, self.com_id, 0, 0, 0, len(packet)) + packet

    def reply(self, session, body, status=SUCCESS):
        self.answer = self.packet(session, body + b"\xf9\xf0" + bytes([status, 0, 0]) + b"\xf1")

    def take(self, sessions, tokens):
        if sessions == (0, 0):
            self.start_session(tokens)
        elif self.session and sessions == (SESSION, HOST_SESSION):
            self.method(tokens)

    def start_session(self, tokens):
        head = b"\xf8" + uid(MANAGER) + uid(START_SESSION) + b"\xf0\x01" + uid(ADMIN_SP) + b"\x01"
        tail = b"\xf1\xf9\xf0\x00\x00\x00\xf1"
        given = {head + tail: None,
                 head + named(0, text(self.msid)) + named(3, uid(SID)) + tail: SID,
                 head + named(0, text(self.psid)) + named(3, uid(PSID)) + tail: PSID}
        authority = given.get(tokens, -1)
        if authority is not None and not self.tries:
            self.sync_session(LOCKED_OUT)
        elif authority == -1 or (authority == SID and (self.owned or self.blocked)):
            self.wrong += 1
            self.tries -= 1
            self.sync_session(NOT_AUTHORIZED)
        elif self.session:
            self.sync_session(NO_SESSIONS)
        else:
            self.session, self.authority = SESSION, authority
            self.sync_session(SUCCESS)

    def sync_session(self, status):
        numbers = b"" if status else b"\x01\x82" + struct.pack(">H", SESSION)
        self.reply(0, b"\xf8" + uid(MANAGER) + uid(SYNC_SESSION) + b"\xf0" + numbers + b"\xf1", status)

    def method(self, tokens):
        if tokens == END_OF_SESSION:
            self.answer, self.session = self.packet(SESSION, END_OF_SESSION), 0
        elif tokens.startswith(b"\xf8" + uid(C_PIN_MSID) + uid(GET)):
            self.reply(SESSION, b"\xf0\xf0" + named(3, text(self.msid)) + b"\xf1\xf1")
        elif tokens == b"\xf8" + uid(ADMIN_SP) + uid(REVERT) + b"\xf0\xf1\xf9\xf0\x00\x00\x00\xf1":
            self.revert()
        else:
            self.reply(SESSION, b"\xf0\xf1", INVALID_PARAMETER)

    def revert(self):
        if self.authority is None or self.fails:
            self.reply(SESSION, b"\xf0\xf1", FAIL if self.fails else NOT_AUTHORIZED)
            return
        self.reverts += 1
        self.medium.remember()
        if not self.lies and self.encrypts and self.ssc not in (PYRITE_1, PYRITE_2):
            self.medium.erase(os.urandom(1 << 20))
        self.locking_enabled = self.locked = self.owned = False
        self.reply(SESSION, b"\xf0\xf1")
        self.session = 0
        if self.loses:
            self.answer = b""
