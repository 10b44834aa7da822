#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""photo.py PDF OUT: the same PDF with the last bit of the first photograph in it turned, in a stream of the same length."""
import re
import sys
import zlib

source, target = sys.argv[1:]
with open(source, "rb") as f:
    pdf = f.read()
start = re.search(rb"/Subtype/image#2F[^\n]*\nstream\n", pdf).end()
end = pdf.index(b"\nendstream\n", start)
photo = bytearray(zlib.decompress(pdf[start:end]))
photo[-1] ^= 1
forged = zlib.compress(bytes(photo), 9)
if len(forged) != end - start:
    forged = zlib.compress(bytes(photo), 6)
assert len(forged) == end - start, "%d bytes, not %d" % (len(forged), end - start)
with open(target, "wb") as f:
    f.write(pdf[:start] + forged + pdf[end:])
