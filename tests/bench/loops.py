# SPDX-License-Identifier: Apache-2.0
"""Loop devices over images that this program made.  Nothing else is ever given to a tool: what stands behind a node is asked of the kernel before each run."""
import contextlib
import os
import shutil
import subprocess
import tempfile

MIB = 1 << 20
GIB = 1 << 30


class NotOurs(Exception):
    pass


class Medium:
    def __init__(self, path, size):
        self.path, self.size = os.path.realpath(path), size
        fill(self.path, size)
        options = ["--find", "--show"]
        self.node = subprocess.run(["losetup", *options, "--direct-io=on", self.path], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.name = os.path.basename(self.node)
        self.check()

    def attribute(self, name):
        with open("/sys/block/%s/%s" % (self.name, name)) as f:
            return f.read().strip()

    def backing_file(self):
        try:
            return self.attribute("loop/backing_file")
        except OSError:
            return None

    def check(self):
        """To be called before anything writes to the node: the number may have gone to another device."""
        if self.backing_file() != self.path:
            raise NotOurs("%s is %s, not %s: somebody else detached it" % (self.node, self.backing_file(), self.path))

    def is_direct(self):
        return self.attribute("loop/dio") == "1"

    def number(self):
        return self.attribute("dev")  # "7:0"

    def bytes_read(self):
        return 512 * int(self.attribute("stat").split()[2])

    def bytes_written(self):
        return 512 * int(self.attribute("stat").split()[6])

    def close(self):
        if self.backing_file() == self.path:
            subprocess.run(["losetup", "--detach", self.node], check=True)
        os.unlink(self.path)


def fill(path, size):
    """Every page is there before a run: the first touch of memory is many times slower than the second."""
    block = b"old secret data on this medium, " * (MIB // 32)
    with open(path, "wb") as f:
        for _ in range(0, size, MIB):
            f.write(block)
        f.truncate(size)
        os.fsync(f.fileno())


class Store:
    """A folder for images, and the media made in it; takes away exactly those."""

    def __init__(self, parent):
        self.folder = tempfile.mkdtemp(prefix="certwipe-bench-", dir=parent)
        self.media = []

    def room(self):
        return shutil.disk_usage(self.folder).free

    def medium(self, size):
        path = os.path.join(self.folder, "medium-%d" % len(self.media))
        self.media.append(Medium(path, size))
        return self.media[-1]

    def close(self):
        for medium in self.media:
            medium.close()
        os.rmdir(self.folder)


@contextlib.contextmanager
def store(parent):
    s = Store(parent)
    try:
        yield s
    finally:
        s.close()
