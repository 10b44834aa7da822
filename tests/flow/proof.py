#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""proof.py FOLDER: checks evidence.tlog-proof of a document by certwipe-evidence(7) alone, with nothing of certwipe; prints index and size.

proof.py FOLDER EXPORT: the same, and the entry, the checkpoint and all leaves of that export of the register."""
import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile

ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: SubjectPublicKeyInfo of the 32 bytes that follow


def sha256(data):
    return hashlib.sha256(data).digest()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def log_name(origin):
    return "".join("".join("%%%02X" % b for b in c.encode()) if c in "%+" or c.isspace() else c for c in origin)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def open_note(note, name, key):
    """Name, size and root of a checkpoint that this key signed."""
    text, signatures = note.rsplit(b"\n\n", 1)
    text += b"\n"
    key_id = sha256(name.encode() + b"\n\x01" + key)[:4]
    for line in signatures.decode().splitlines():
        who, signature = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)", line).groups()
        signature = base64.b64decode(signature, validate=True)
        if who == name and signature[:4] == key_id:
            with tempfile.TemporaryDirectory() as folder:
                for file, data in (("key", ED25519_SPKI + key), ("signature", signature[4:]), ("text", text)):
                    with open(folder + "/" + file, "wb") as f:
                        f.write(data)
                subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder + "/key", "-rawin", "-in", folder + "/text", "-sigfile",
                                folder + "/signature"], check=True, stdout=subprocess.DEVNULL)
            first, size, root = text.decode().splitlines()
            assert first == name
            return int(size), base64.b64decode(root, validate=True)
    sys.exit("the checkpoint is not signed by its register")


def climb(leaf, index, size, path):
    """Root that the path leads to, and root of the leaves before this one (RFC 9162 2.1.3.2)."""
    node, last, root, before = index, size - 1, leaf, None
    for sibling in path:
        if node & 1 or node == last:
            root = sha256(b"\x01" + sibling + root)
            before = sibling if before is None else sha256(b"\x01" + sibling + before)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + sibling)
        node, last = node >> 1, last >> 1
    assert last == 0
    return root, sha256(b"") if before is None else before


def tree(leaves):
    """RFC 6962 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    cut = 1
    while 2 * cut < len(leaves):
        cut *= 2
    return sha256(b"\x01" + tree(leaves[:cut]) + tree(leaves[cut:]))


def check_document(folder):
    evidence, signature = read(folder + "/evidence.json"), read(folder + "/evidence.json.p7s")
    register = json.loads(evidence)["register"]
    proof = read(folder + "/evidence.tlog-proof")
    head, checkpoint = proof.split(b"\n\n", 1)
    lines = head.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    leaf = json.loads(base64.b64decode(lines[1].removeprefix("extra "), validate=True))["leaf"]
    index = int(lines[2].removeprefix("index "))
    assert leaf["jsonSha256"] == sha256(evidence).hex() and leaf["p7sSha256"] == sha256(signature).hex() and leaf["index"] == index
    size, root = open_note(checkpoint, log_name(register["origin"]), bytes.fromhex(register["noteKeyHex"]))
    reached, before = climb(sha256(b"\x00" + canonical(leaf)), index, size, [base64.b64decode(h, validate=True) for h in lines[3:]])
    assert reached == root
    assert register["previousSize"] == index and register["previousRoot"] == before.hex()
    return index, size, canonical(leaf), root


def check_export(folder, index, leaf, size, root):
    register = json.loads(read(folder + "/export.json"))["register"]
    all_size, all_root = open_note(read(folder + "/checkpoint"), log_name(register["origin"]), bytes.fromhex(register["noteKeyHex"]))
    leaves = read(folder + "/leaves.jsonl").splitlines()
    subjects = read(folder + "/subjects.jsonl").splitlines()
    hashes = [sha256(b"\x00" + line) for line in leaves]
    assert len(leaves) == len(subjects) == all_size == register["size"] and tree(hashes) == all_root == bytes.fromhex(register["root"])
    assert all(json.loads(a)["subjectSha256"] == sha256(b).hex() for a, b in zip(leaves, subjects))
    assert leaves[index] == leaf and tree(hashes[:size]) == root


def main(folder, export=None):
    index, size, leaf, root = check_document(folder)
    if export:
        check_export(export, index, leaf, size, root)
    print(index, size)


main(*sys.argv[1:])
