#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vmlinux.py BZIMAGE OUT: takes the ELF kernel out of a bzImage (offsets: Linux boot protocol, Documentation/arch/x86/boot.rst)."""
import gzip
import lzma
import struct
import subprocess
import sys


def unpack(payload):
    if payload[:6] == b"\xfd7zXZ\0":
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(payload)
    if payload[:2] == b"\x1f\x8b":
        return gzip.decompress(payload)
    if payload[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=payload, stdout=subprocess.PIPE, check=True).stdout
    sys.exit("vmlinux.py: unknown compression of the kernel: " + payload[:6].hex())


def main(source, target):
    with open(source, "rb") as f:
        image = f.read()
    setup_sectors = image[0x1F1]
    payload_offset, payload_length = struct.unpack_from("<II", image, 0x248)
    begin = (setup_sectors + 1) * 512 + payload_offset
    kernel = unpack(image[begin:begin + payload_length])
    if kernel[:4] != b"\x7fELF":
        sys.exit("vmlinux.py: %s holds no ELF kernel" % source)
    with open(target, "wb") as f:
        f.write(kernel)


if __name__ == "__main__":
    main(*sys.argv[1:])
