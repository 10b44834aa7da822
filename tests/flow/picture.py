#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""picture.py PAGE.pgm GOLDEN.png: do two grey pictures show the same page?  Prints the share of pixels that differ; exit status 1 when it is too much.
picture.py --store PAGE.pgm GOLDEN.png: from now on it shall look so.

Readers smooth the edges of letters differently, so both pictures are blurred first, and a pixel differs only when it is far off.
"""
import struct
import sys
import zlib

FAR = 75  # of 255, after blurring
MOST = 0.003


def read_pgm(path):
    """Rows of grey bytes."""
    with open(path, "rb") as f:
        kind, size, most, body = f.read().split(b"\n", 3)
    if kind != b"P5" or most != b"255":
        sys.exit("picture.py: %s is no grey PGM" % path)
    width, height = map(int, size.split())
    return [body[y * width:(y + 1) * width] for y in range(height)]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def store(rows, path):
    """A PNG of 8-bit grey whose lines are not filtered: the only kind that load() reads."""
    lines = b"".join(b"\0" + bytes(row) for row in rows)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines, 9)) +
                chunk(b"IEND", b""))


def load(path):
    with open(path, "rb") as f:
        data = f.read()
    width, height, length = *struct.unpack(">II", data[16:24]), struct.unpack(">I", data[33:37])[0]
    lines = zlib.decompress(data[41:41 + length])
    return [lines[y * (width + 1) + 1:(y + 1) * (width + 1)] for y in range(height)]


def blurred(rows):
    """Sums of 3 by 3 pixels."""
    sums = [[r[x - 1] + r[x] + r[x + 1] for x in range(1, len(r) - 1)] for r in rows]
    return [[a + b + c for a, b, c in zip(*sums[y - 1:y + 2])] for y in range(1, len(sums) - 1)]


def main(page, golden):
    a, b = blurred(read_pgm(page)), blurred(load(golden))
    if (len(a), len(a[0])) != (len(b), len(b[0])):
        sys.exit("picture.py: %s has another size than %s" % (page, golden))
    far = sum(abs(x - y) > 9 * FAR for r, s in zip(a, b) for x, y in zip(r, s))
    share = far / (len(a) * len(a[0]))
    print("%s: %.4f of all pixels differ" % (page, share))
    return share > MOST


if __name__ == "__main__":
    if sys.argv[1] == "--store":
        store(read_pgm(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(*sys.argv[1:]))
