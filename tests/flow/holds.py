#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""holds.py DOCUMENT MEDIUM [PASSES]: does the medium hold what its certificate says was written last?

Works the bytes out from evidence.json alone, patterns here and the keystream by stock OpenSSL; nothing of certwipe's takes part.  With PASSES,
the list of a scheme as `certwipe policy show` prints it, the passes of the certificate must also be those of the scheme.  Of a medium that sanitised
itself, and was not overwritten, none of the markers may be left that were on it before; where only keys were destroyed, their places hold the keystream of pass 0.
"""
import json
import os
import subprocess
import sys


def keystream(evidence, entry, size):
    counter = "%016x%016x" % (entry["keystreamPass"], 0)
    source = b"\xff" if entry["kind"] == "keystream-complement" else b"\0"
    return subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", evidence["keystream"]["keyHex"], "-iv", counter], input=source * size, stdout=subprocess.PIPE,
                          check=True).stdout


def content(evidence, entry, size):
    if entry["kind"] != "pattern":
        return keystream(evidence, entry, size)
    pattern = bytes.fromhex(entry["patternHex"])
    return (pattern * (size // len(pattern) + 1))[:size]


def check_scheme(tokens, passes):
    """Constants as written, drawn bytes equal for equal names, complements of what they are complements of, and no stream used twice."""
    drawn, streams = {}, []
    assert len(tokens) == len(passes), "%d passes, the scheme has %d" % (len(passes), len(tokens))
    for token, entry in zip(tokens, passes):
        kind, stream, pattern = entry["kind"], entry.get("keystreamPass"), bytes.fromhex(entry.get("patternHex", ""))
        if token == "R":
            assert kind == "keystream" and stream not in streams, (token, entry)
            streams.append(stream)
        elif token == "~R":
            assert kind == "keystream-complement" and stream == streams[-1], (token, entry)
        elif token.lstrip("~").startswith("$"):
            byte = pattern[0] ^ (0xff if token.startswith("~") else 0)
            assert kind == "pattern" and len(pattern) == 1 and drawn.setdefault(token.lstrip("~"), byte) == byte, (token, entry)
        else:
            assert kind == "pattern" and pattern == bytes.fromhex(token), (token, entry)


def check_markers(evidence, found):
    """Markers are the keystream of pass 0, at places that nobody needs to know to see that it is nowhere."""
    markers = keystream(evidence, {"kind": "keystream", "keystreamPass": 0}, len(found))
    assert evidence["native"]["state"] == "succeeded", evidence["native"]
    for at in range(0, len(found), 512):
        assert found[at:at + 512] != markers[at:at + 512], "a marker is left at byte %d" % at


def check_keys(evidence, found):
    expected = keystream(evidence, {"kind": "keystream", "keystreamPass": 0}, len(found))
    for span in evidence["keys"]["spans"]:
        at, end = span["offsetBytes"], span["offsetBytes"] + span["lengthBytes"]
        assert found[at:end] == expected[at:end], "the places of keys from byte %d on differ" % at


def main(document, medium, scheme=""):
    with open(os.path.join(document, "evidence.json"), "rb") as f:
        evidence = json.load(f)
    size, passes = evidence["medium"]["capacityBytes"], evidence["passes"]
    if scheme:
        check_scheme(scheme.split(), passes)
    with open(medium, "rb") as f:
        found = f.read(size)
        assert not f.read(1), "%s is larger than the %d bytes of the certificate" % (medium, size)
    assert len(found) == size, "%s has %d bytes, the certificate says %d" % (medium, len(found), size)
    if evidence.get("keys", {}).get("alone"):
        check_keys(evidence, found)
        return
    if not passes:
        check_markers(evidence, found)
        return
    expected = content(evidence, passes[-1], size)
    assert found == expected, "byte %d differs" % next(i for i in range(size) if found[i] != expected[i])


if __name__ == "__main__":
    main(*sys.argv[1:])
