#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""windows.py DOCUMENT: what a sampled verification had to read, worked out from the certificate alone, as certwipe-journal(5) says.

Prints offset and length in bytes of each window.
"""
import hashlib
import json
import os
import sys

PARTS = 1000  # NIST SP 800-88r1 4.7: subsections, in each of which two windows of 5 %
SHARE = 20


def windows(evidence):
    sector, seed = evidence["medium"]["logicalBlockBytes"], bytes.fromhex(evidence["verification"]["sampleSeedHex"])
    sectors = evidence["medium"]["capacityBytes"] // sector
    if sectors <= 2 + 2 * PARTS:
        return [(0, sectors * sector)]
    between = sectors - 2
    starts = [p * (between // PARTS) + min(p, between % PARTS) for p in range(PARTS + 1)]
    out = [(0, 1)]
    for part in range(PARTS):
        room = starts[part + 1] - starts[part]
        length = -(-room // SHARE)
        digest = hashlib.sha256(seed + part.to_bytes(8, "big")).digest()
        drawn = sorted(int.from_bytes(digest[i:i + 8], "big") % (room - 2 * length + 1) for i in (0, 8))
        out += [(1 + starts[part] + drawn[0], length), (1 + starts[part] + drawn[1] + length, length)]
    out.append((sectors - 1, 1))
    return [(offset * sector, length * sector) for offset, length in out]


if __name__ == "__main__":
    with open(os.path.join(sys.argv[1], "evidence.json"), "rb") as document:
        for window in windows(json.load(document)):
            print(*window)
