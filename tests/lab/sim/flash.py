# SPDX-License-Identifier: Apache-2.0
"""The medium behind a simulated device: cells in an image file, and every way in which flash lies, fails and wears out.

The image is the truth.  Whatever a device acknowledges or reads back, the cells hold what truth() shows.
"""
import itertools
import mmap
import os
import time

from .scsi import Hang, Sense, Vanish

MIB = 1 << 20
MEDIUM_ERROR, DATA_PROTECT, ILLEGAL_REQUEST = 3, 7, 5  # sense keys
WRITE_ERROR = (0x0C, 0x00)
WRITE_ERROR_REALLOCATION_FAILED = (0x0C, 0x02)
UNRECOVERED_READ_ERROR = (0x11, 0x00)
LBA_OUT_OF_RANGE = (0x21, 0x00)
WRITE_PROTECTED = (0x27, 0x00)


class Flash:
    """A medium of `claimed` bytes in blocks of `bs`, whose cells are the first `real` bytes of the file `path`.

    Faults are keyword arguments and attributes; a test may change them while the guest writes.  Offsets and limits are in bytes unless
    said otherwise.  `written` and `bytes_read` count what the host has moved: to act in N bytes from now, set `written + N`.  The command
    that crosses a limit is the first one hit, and nothing of it is stored.

    Capacity and addresses
      claimed > real        Counterfeit sticks: the controller announces 1 TB over 16 GB; addresses wrap, late writes land on early cells.
      drop_from=N           The other counterfeit: writes at or after N are acknowledged and thrown away, the old cells stay.
      alias=(a, b, n)       n bytes at b are the same cells as those at a: a page table with one entry twice, both ends look right.
      address_lines_stuck   A set of bit numbers of the byte address that the decoder ignores (address & ~(1 << bit)): a broken solder joint
                            or a die that is not fitted.  Of 2 << bit bytes, the upper half is then the cells of the lower half.
      shrink_after_reset=N  After the next reset (USB reset, START after STOP) of a medium in use, N bytes fewer: firmware that loses its
      grow_after_reset=N    tables falls back to another capacity, some bridges lie about the last sectors until reset.  Once each.

    Errors and wear
      eio_write, eio_read   Sets of LBA with bad cells: MEDIUM ERROR on that side only; eio_once forgets an LBA once hit.
      readonly              Write protected: DATA PROTECT, and WP in MODE SENSE.
      readonly_after=N      Turns so after N bytes: how worn controllers retire when they run out of spare blocks.
      stuck={offset: value} Cells (offset in the image) that never change.
      bitrot={offset: xor}  Cells that flip once as soon as rot_after bytes were written: charge loss, disturbed neighbours.

    Time and presence
      delay, slow_reads     Seconds per MiB written, read.
      vanish_after=N        Leaves the bus: a loose plug, a brown-out, a pull.
      vanish_after_read=N   The same while the host reads.
      hang_after=N          Every write from then on is never answered: firmware stuck in garbage collection.
      hang_reads_after=N    The same for reads.  Other commands are still answered.
      hang_for=SECONDS      Such a hang ends after that time, the command is carried out, and the fault is spent.

    Caches and read paths
      cache_bytes=N         A write-back cache: the newest N bytes stay in RAM until SYNCHRONIZE CACHE.  USB-SATA bridges have one.
      cache_lost_at_unplug  What was not flushed is lost with the power; otherwise a capacitor saves it.
      flush_lies            SYNCHRONIZE CACHE answers GOOD and does nothing: bridges that swallow it to look fast.
      flush_fails           True or a Sense: SYNCHRONIZE CACHE fails, a write error that surfaces late.
      stale_reads           The cells are written, but reads in stale_range=(start, end), or everywhere, return what was there at plug-in
                            time: a read cache that is not invalidated.  The wipe is real, its proof cannot be.
      keeps_old_from=N      Writes at or after N are acknowledged and read back from RAM for ever, but the cells keep the old data, which
                            is back after the next power-up.  No verification without a replug can see it.

    Hooks
      on_write(offset, n)   Called when a write is stored and before it is answered; on_read(offset, n) before a read is.  They run in the
      on_read(offset, n)    simulator's thread, may change faults, unplug, kill the guest or raise Sense, Vanish, Hang, but must not talk
                            to QMP, which belongs to the thread of the test.
    """

    drop_from = alias = None
    shrink_after_reset = grow_after_reset = 0
    eio_once = readonly = False
    readonly_after = None
    rot_after = 0
    delay = slow_reads = 0
    vanish_after = vanish_after_read = hang_after = hang_reads_after = hang_for = None
    cache_bytes = 0
    cache_lost_at_unplug = flush_lies = flush_fails = stale_reads = False
    stale_range = keeps_old_from = None
    on_write = on_read = None

    def __init__(self, path, claimed=None, real=None, bs=512, **faults):
        self.image, self.bs = path, bs
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = os.fstat(self.fd).st_size
        self.claimed = claimed or size
        self.real = real or self.claimed
        if size < self.real:
            os.ftruncate(self.fd, self.real)
        self.address_lines_stuck, self.eio_write, self.eio_read, self.stuck, self.bitrot = set(), set(), set(), {}, {}
        self.written = self.bytes_read = 0
        self.in_use = False  # since power-up: the resets of enumeration do not count
        self._cache, self._shadow, self._stale = {}, {}, {}  # LBA -> block; the cache is in the order of writing
        self._hang_began = {}
        self.before = None
        for name, value in faults.items():
            if name.startswith("_") or not hasattr(self, name):
                raise TypeError("Flash has no fault %r" % name)
            setattr(self, name, value)

    # ---- what a test asks

    @property
    def blocks(self):
        return self.claimed // self.bs

    @property
    def unflushed(self):
        """Bytes that are only in the write-back cache."""
        return len(self._cache) * self.bs

    def truth(self):
        """The cells as they are now, `real` bytes: nothing of any cache, everything that was really programmed."""
        self._freeze_stuck()
        return mmap.mmap(self.fd, self.real, access=mmap.ACCESS_READ)

    def stored(self, offset, length):
        """What the cells behind these addresses hold, whatever a read would answer."""
        return bytes(self._load(offset, length))

    def count(self, marker):
        """How often the marker is still in the cells."""
        with self.truth() as cells:
            return cells[:].count(marker)

    def remember(self):
        """A simulator calls it when its drive is told to erase itself: what the cells hold at that moment, whoever wrote it."""
        with self.truth() as cells:
            self.before = cells[:]

    def unchanged(self):
        """Sectors that hold what they held then; what an earlier command may have left there (one byte, a pattern of four) does not count."""
        with self.truth() as cells:
            sectors = ((cells[at:at + self.bs], self.before[at:at + self.bs]) for at in range(0, self.real, self.bs))
            return sum(now == then and now != now[:4] * (self.bs // 4) for now, then in sectors)

    def fill(self, pattern=b"\0", lba=0, count=None):
        """Seeds the cells, past every fault and counter: what was on the medium before the test.  Blocks count from the first cell."""
        end = self.real if count is None else (lba + count) * self.bs
        for offset in range(lba * self.bs, end, MIB):
            os.pwrite(self.fd, repeat(pattern, min(MIB, end - offset)), offset)
        for held in (self._cache, self._shadow, self._stale):
            held.clear()

    def close(self):
        os.close(self.fd)

    # ---- what the device does

    def read(self, lba, count):
        offset, length = lba * self.bs, count * self.bs
        self._check_range(lba, count)
        self._check_bad(self.eio_read, lba, count, UNRECOVERED_READ_ERROR)
        time.sleep(self.slow_reads * length / MIB)
        self._check_limits("vanish_after_read", "hang_reads_after", self.bytes_read + length)
        self.bytes_read += length
        self.in_use = True
        if self.on_read:
            self.on_read(offset, length)
        data = self._load(offset, length)
        for held in (self._cache, self._shadow, self._stale if self.stale_reads else {}):
            for block in range(lba, lba + count) if held else ():
                if block in held:
                    at = (block - lba) * self.bs
                    data[at:at + self.bs] = held[block]
        return bytes(data)

    def write(self, lba, data, fua=False):
        """Stores whole blocks; fua (force unit access) bypasses the write-back cache."""
        offset, count = lba * self.bs, len(data) // self.bs
        if self.readonly_after is not None and self.written + len(data) > self.readonly_after:
            self.readonly = True
        self.check_writable()
        self._check_range(lba, count)
        self._check_bad(self.eio_write, lba, count, WRITE_ERROR_REALLOCATION_FAILED)
        time.sleep(self.delay * len(data) / MIB)
        self._check_limits("vanish_after", "hang_after", self.written + len(data))
        self.written += len(data)
        self.in_use = True
        if self.stale_reads:
            self._remember_stale(lba, count)
        self._accept(lba, bytes(data), fua)
        if self.bitrot and self.written >= self.rot_after:
            self.rot()
        if self.on_write:
            self.on_write(offset, len(data))

    def erase(self, pattern=b"\0", lba=0, count=None):
        """The device's own overwrite (FORMAT, SANITIZE, WRITE SAME, ...): it meets the same faults as writes of the host."""
        end = self.blocks if count is None else lba + count
        step = MIB // self.bs
        for start in range(lba, end, step):
            self.write(start, repeat(pattern, min(step, end - start) * self.bs))

    def flush(self):
        """SYNCHRONIZE CACHE."""
        if self.flush_fails:
            raise self.flush_fails if isinstance(self.flush_fails, Sense) else Sense(MEDIUM_ERROR, *WRITE_ERROR)
        if not self.flush_lies:
            self._destage(0)

    def check_writable(self):
        if self.readonly:
            raise Sense(DATA_PROTECT, *WRITE_PROTECTED)

    def lose_cache(self):
        """A brown-out: what was acknowledged and not flushed never reaches the cells."""
        self._cache.clear()

    def rot(self):
        """Applies `bitrot` to the cells, once."""
        for offset, flips in self.bitrot.items():
            os.pwrite(self.fd, bytes([os.pread(self.fd, 1, offset)[0] ^ flips]), offset)
        self.bitrot = {}

    def reset(self):
        """A USB reset, or START after STOP."""
        if self.in_use:
            self.claimed += self.grow_after_reset - self.shrink_after_reset
            self.grow_after_reset = self.shrink_after_reset = 0

    def power_off(self):
        """Unplugged: RAM is gone, with or without a last flush."""
        if not self.cache_lost_at_unplug:
            self._destage(0)
        for held in (self._cache, self._shadow, self._stale):
            held.clear()
        self.in_use = False

    # ---- faults of commands

    def _check_range(self, lba, count):
        if lba + count > self.blocks:
            raise Sense(ILLEGAL_REQUEST, *LBA_OUT_OF_RANGE)

    def _check_bad(self, bad, lba, count, code):
        hit = min((block for block in bad if lba <= block < lba + count), default=None)
        if hit is not None:
            if self.eio_once:
                bad.discard(hit)
            raise Sense(MEDIUM_ERROR, *code, info=hit)

    def _check_limits(self, vanish, hang, moved):
        """Both names of limits; `moved` is what the counter would be after this command."""
        limit = getattr(self, vanish)
        if limit is not None and moved > limit:
            raise Vanish()
        limit = getattr(self, hang)
        if limit is None or (moved <= limit and hang not in self._hang_began):
            return
        began = self._hang_began.setdefault(hang, time.monotonic())
        if self.hang_for is None:
            raise Hang()
        left = began + self.hang_for - time.monotonic()
        if left > 0:
            raise Hang(left)
        setattr(self, hang, None)
        del self._hang_began[hang]

    # ---- caches: dictionaries of blocks

    def _split(self, lba, data):
        return {lba + i: data[i * self.bs:(i + 1) * self.bs] for i in range(len(data) // self.bs)}

    def _accept(self, lba, data, fua):
        """Puts acknowledged data where this medium keeps it: the cells, the cache, or the shadow that never reaches the cells."""
        if self.keeps_old_from is not None:
            honest = min(len(data) // self.bs, max(0, -(-self.keeps_old_from // self.bs) - lba))
            self._shadow.update(self._split(lba + honest, data[honest * self.bs:]))
            data = data[:honest * self.bs]
        blocks = self._split(lba, data) if self.cache_bytes or self._cache else {}
        for block in blocks:
            self._cache.pop(block, None)
        if self.cache_bytes and not fua:
            self._cache.update(blocks)
            self._destage(self.cache_bytes)
        else:
            self._store(lba * self.bs, data)

    def _destage(self, keep):
        """Writes the oldest blocks of the cache to the cells until at most `keep` bytes are left in it."""
        oldest = itertools.islice(self._cache, max(0, len(self._cache) - keep // self.bs))
        for _, run in itertools.groupby(enumerate(list(oldest)), lambda pair: pair[1] - pair[0]):
            blocks = [block for _, block in run]
            self._store(blocks[0] * self.bs, b"".join(self._cache.pop(block) for block in blocks))

    def _remember_stale(self, lba, count):
        start, end = self.stale_range or (0, self.claimed)
        first, last = max(lba, start // self.bs), min(lba + count, -(-end // self.bs))
        if first < last:
            old = self._split(first, bytes(self._load(first * self.bs, (last - first) * self.bs)))
            for block, content in old.items():
                self._stale.setdefault(block, content)

    # ---- cells

    def _extents(self, offset, length):
        """Where `length` bytes at the address `offset` are in the image: pairs of offset and length."""
        while length:
            address, run = offset, length
            if self.alias:
                original, twin, size = self.alias
                if twin <= offset < twin + size:
                    address, run = original + offset - twin, min(run, twin + size - offset)
                elif offset < twin:
                    run = min(run, twin - offset)
            for bit in self.address_lines_stuck:
                run = min(run, (1 << bit) - address % (1 << bit))
                address &= ~(1 << bit)
            cell = address % self.real
            run = min(run, self.real - cell)
            yield cell, run
            offset, length = offset + run, length - run

    def _load(self, offset, length):
        self._freeze_stuck()
        return bytearray().join(os.pread(self.fd, run, cell) for cell, run in self._extents(offset, length))

    def _store(self, offset, data):
        """Programs the cells, unless the device throws the data away."""
        if self.drop_from is not None:
            data = data[:max(0, self.drop_from - offset)]
        view = memoryview(data)
        for cell, run in self._extents(offset, len(data)):
            os.pwrite(self.fd, view[:run], cell)
            view = view[run:]
        self._freeze_stuck()

    def _freeze_stuck(self):
        for cell, value in self.stuck.items():
            os.pwrite(self.fd, bytes([value]), cell)


def repeat(pattern, length):
    return (pattern * (length // len(pattern) + 1))[:length]
