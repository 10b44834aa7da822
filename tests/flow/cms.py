#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cms.py without FILE CERTIFICATE.pem: takes the signature of that certificate, and the certificate, out of a SignedData; what is left is DER as before.
cms.py only FILE CERTIFICATE.pem OUT: the same the other way round: nothing but that signature is left."""
import base64
import re
import sys


def item(data, at=0):
    """Tag, offset of the body, offset behind it."""
    length, head = data[at + 1], 2
    if length & 0x80:
        n = length & 0x7F
        length, head = int.from_bytes(data[at + 2:at + 2 + n], "big"), 2 + n
    return data[at], at + head, at + head + length


def parts(data):
    """The whole items that a body consists of."""
    out, at = [], 0
    while at < len(data):
        end = item(data, at)[2]
        out.append(data[at:end])
        at = end
    return out


def body(data):
    _, start, end = item(data)
    return data[start:end]


def tlv(tag, content):
    n = len(content)
    length = bytes([n]) if n < 0x80 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + content


def serial_of_certificate(der):
    tbs = parts(body(parts(body(der))[0]))
    return tbs[1] if tbs[0][0] == 0xA0 else tbs[0]


def serial_of_signer(info):
    return parts(body(parts(body(info))[1]))[1]


def main():
    what, path, pem = sys.argv[1:4]
    text = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", open(pem, encoding="ascii").read(), re.S)[1]
    wanted = serial_of_certificate(base64.b64decode(text))
    data = open(path, "rb").read()
    oid, content = parts(body(data))
    version, digests, info, certificates, signers = parts(body(body(content)))
    keep = (lambda serial: serial != wanted) if what == "without" else (lambda serial: serial == wanted)
    signers = [s for s in parts(body(signers)) if keep(serial_of_signer(s))]
    certificates = [c for c in parts(body(certificates)) if keep(serial_of_certificate(c))]
    used = sorted({parts(body(s))[2] for s in signers})
    signed = tlv(0x30, version + tlv(0x31, b"".join(used)) + info + tlv(0xA0, b"".join(certificates)) + tlv(0x31, b"".join(signers)))
    with open(sys.argv[4] if what == "only" else path, "wb") as f:
        f.write(tlv(0x30, oid + tlv(0xA0, signed)))


main()
