#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""without_ring.py COMMAND...: becomes COMMAND, for which the kernel knows no io_uring (as where an administrator has switched it off)."""
import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
IO_URING_SETUP = 425  # on every architecture
# Classic BPF over struct seccomp_data, whose first word is the number of the system call: code, jump if true, jump if false, operand.
FILTER = [(0x20, 0, 0, 0), (0x15, 0, 1, IO_URING_SETUP), (0x06, 0, 0, 0x00050000 | errno.ENOSYS), (0x06, 0, 0, 0x7FFF0000)]


def main(*command):
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in FILTER))
    program = struct.pack("HxxxxxxP", len(FILTER), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
        sys.exit("without_ring.py: " + os.strerror(ctypes.get_errno()))
    os.execvp(command[0], command)


main(*sys.argv[1:])
