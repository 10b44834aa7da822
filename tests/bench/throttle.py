# SPDX-License-Identifier: Apache-2.0
"""A slow device: the kernel's own throttle, by a control group that the tool is started in.  Both versions of control groups have one."""
import os
import time

V1, V2 = "/sys/fs/cgroup/blkio", "/sys/fs/cgroup"


def put(path, text):
    with open(path, "w") as f:
        f.write(text)


def has_io_controller():
    try:
        with open(V2 + "/cgroup.controllers") as f:
            return "io" in f.read().split()
    except OSError:
        return False


class Throttle:
    """Raises OSError where the kernel has none."""

    def __init__(self, media, bytes_per_second):
        old = os.path.exists(V1 + "/blkio.throttle.write_bps_device")
        if not old and not has_io_controller():
            raise OSError("there is no control group with blkio.throttle or io.max")
        self.kind = "blkio.throttle.*_bps_device" if old else "io.max"
        self.folder = "%s/certwipe-bench-%d" % (V1 if old else V2, os.getpid())
        if not old:
            put(V2 + "/cgroup.subtree_control", "+io")
        os.mkdir(self.folder)
        try:
            for medium in media:
                self.limit(medium.number(), bytes_per_second, old)
        except OSError:
            self.close()
            raise

    def limit(self, number, bytes_per_second, old):
        if old:
            for way in "read", "write":
                put("%s/blkio.throttle.%s_bps_device" % (self.folder, way), "%s %d" % (number, bytes_per_second))
        else:
            put(self.folder + "/io.max", "%s rbps=%d wbps=%d" % (number, bytes_per_second, bytes_per_second))

    def enter(self):
        """For the child, before it becomes the tool."""
        put(self.folder + "/cgroup.procs", "0")

    def close(self):
        for _ in range(50):  # what ended a moment ago may still stand in it
            try:
                os.rmdir(self.folder)
                return
            except OSError:
                time.sleep(0.1)
        os.rmdir(self.folder)
