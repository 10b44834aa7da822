# SPDX-License-Identifier: Apache-2.0
"""Documents that are right, and the same ones broken in one way each (certificate.md 9.3, and more), with what a verifier must find.

Each is a Vector: files by name, the root that is trusted, what both verifiers must find.  Those of tests/vectors were issued once by certwipe; the others are made from
one of them with keys of our own, so that also what only the holder of a key can forge is tried.
"""
import copy
import hashlib
import json
import os
import re
import zlib
from dataclasses import dataclass, field

import forge
from forge import Cert, Key, SHA_ID, canonical, integer, octets, oid, seq, set_of, tlv

ISSUED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors")
VALID, REMARKS, CANNOT, INVALID = "valid", "valid-with-remarks", "cannot-tell", "invalid"
JSON, P7S, JOURNAL, PROOF = "evidence.json", "evidence.json.p7s", "journal.jsonl", "evidence.tlog-proof"


@dataclass
class Vector:
    name: str
    files: dict
    expected: str
    root: bytes = None
    page: str = None         # what the page must find when that is not the same, and why
    why: str = ""
    fingerprint: str = None  # typed instead of a root that was chosen; the command line has no such thing
    note: str = ""
    tools: bool = True       # worth a line of the stock tools
    check: str = ""          # the step of the page that must find it
    all: dict = field(default_factory=dict)


def read(*path):
    with open(os.path.join(ISSUED, *path), "rb") as f:
        return f.read()


def attached(folder):
    """The photographs beside it, by the names under which they lie there."""
    below = os.path.join(ISSUED, folder, "attachments")
    return {"attachments/" + n: read(folder, "attachments", n) for n in sorted(os.listdir(below))} if os.path.isdir(below) else {}


class Station:
    """A root, a station under it, and the key of its register."""

    def __init__(self, kind="P-256", root_kind=None):
        self.root = Cert("certwipe root", Key(root_kind or kind), ca=0)
        self.cert = Cert("station 1", Key(kind), self.root)
        self.note = Key("Ed25519")

    def issue(self, edit=None, journal=None, like="stick-proved", cert=None, entries=6, index=3, previous=3, origin=None, proof=True, sign=None, **wrong):
        """A certificate like the one of tests/vectors, issued by this station.  edit: changes the document before it is signed; journal: changes its lines."""
        d = json.loads(read(like, JSON))
        raw_journal = read(like, JOURNAL)
        if journal:
            lines = [json.loads(line) for line in raw_journal.splitlines()]
            lines = journal(lines) or lines
            raw_journal = forge.chained(lines)
            d["journalSha256"], d["journalLines"] = hashlib.sha256(raw_journal).hexdigest(), len(lines)
        cert = cert or self.cert
        before = [forge.leaf_hash(b"entry %d" % i) for i in range(entries)]
        d["signatories"][0]["certSha256"] = cert.sha256
        d["register"].update(noteKeyHex=self.note.raw.hex(), previousSize=previous, previousRoot=forge.root_of(before[:previous]).hex())
        if edit:
            edit(d)
        raw = sign(d) if sign else canonical(d)
        p7s = forge.signed_data(raw, cert, at=wrong.pop("at", "2026-11-30T22:12:05Z" if like == "stick-proved" else d["issuedAt"]), **wrong)
        files = {JSON: raw, P7S: p7s, JOURNAL: raw_journal, **attached(like)}
        if proof:
            files[PROOF] = self.prove(d, raw, p7s, before, index, previous)
        return files

    def state(self, decision, files, by=None, edit=None, at="2026-12-01T09:00:00Z", signed_at=None, index=5, previous=3, entries=7, proof=True, sign=None, grown=True, key=None, **more):
        """approval.json or withdrawal.json beside it, by this person, with the proof of its entry.  edit: changes the statement before it is signed."""
        d = json.loads(files[JSON])
        by = by or Cert("Lin Mei", Key("P-256"), self.root, number="A123", purposes=(forge.MAIL,))
        approval = decision in ("approved", "rejected")
        said = {"schema": "certwipe/statement/1", "type": "destruction-approval" if approval else "document-withdrawal", "version": "1.0", "uuid": "019368f1-7c3a-7bcd-8e01-23456789abcd", "issuedAt": at,
                "decision": decision, "reason": "Looked at.", "by": {"uid": 4711, "name": "lin"}, "signatories": [{"role": "approver", "certSha256": by.sha256, "person": {"name": "Lin Mei", "id": "A123"}}],
                "register": {"origin": d["register"]["origin"], "previousSize": previous, "previousRoot": "ab" * 32},
                "documents": [{"certificateId": "2026-000016", "jsonSha256": "11" * 32, "p7sSha256": "22" * 32},
                              {"certificateId": d["certificateId"], "jsonSha256": hashlib.sha256(files[JSON]).hexdigest(), "p7sSha256": hashlib.sha256(files[P7S]).hexdigest()}]}
        for one in said["documents"] if decision == "superseded" else []:
            one["supersededBy"] = {"certificateId": "2026-000018", "jsonSha256": "33" * 32}
        if edit:
            edit(said)
        raw = sign(said) if sign else canonical(said)
        p7s = forge.signed_data(raw, by, at=signed_at or at, **more)
        name = "approval" if approval else "withdrawal"
        out = {name + ".json": raw, name + ".json.p7s": p7s}
        if proof:
            before = [forge.leaf_hash(b"entry %d" % i) for i in range(entries)]
            about = {"kind": "voided" if decision == "void" else decision, "at": at, "documentId": ""}
            out[name + ".tlog-proof"] = self.prove(d, raw, p7s, before, index, d["register"]["previousSize"], leaf_more=about, consistency=grown, key=key)
        return files | out

    def export(self, documents=(), entries=5, edit=None, leaf=None, subject=None, subjects=True, cert=None, at="2026-12-01T10:00:00Z", key=None, size=None, who=None, **more):
        """The folder of `certwipe register export`: entries, and documents behind them.  leaf(n, leaf) and subject(n, subject) change an entry before it is hashed."""
        leaves, names, origin = [], [], json.loads(read("stick-proved", JSON))["register"]["origin"]
        for n in range(entries + len(documents)):
            about = {"model": "Stick 8", "serial": "S-%d" % n, "approvalNumber": "115-0001", "assetTag": "", "closesCase": False}
            if subject:
                subject(n, about)
            named = canonical(about)
            d = json.loads(documents[n - entries][JSON]) if n >= entries else None
            one = {"v": 1, "index": n, "kind": "started", "at": "2026-11-30T21:00:00Z", "jobId": "20261130-210000-%08d" % n, "documentId": "", "outcome": "", "level": "", "jsonSha256": "", "p7sSha256": "",
                   "identitySha256": "11" * 32, "laboratory": False, "subjectSha256": hashlib.sha256(named).hexdigest()}
            if d:
                one.update(kind=d["type"].replace("destruction-", ""), at=d["issuedAt"], jobId=d["jobId"], documentId=d["certificateId"], outcome=d["verdict"]["result"], level=d["verdict"]["level"],
                           jsonSha256=hashlib.sha256(documents[n - entries][JSON]).hexdigest(), p7sSha256=hashlib.sha256(documents[n - entries][P7S]).hexdigest())
            leaves.append((leaf(n, one) if leaf else None) or one)
            names.append(named)
        lines, cert = [canonical(one) for one in leaves], cert or self.cert
        hashes = [forge.leaf_hash(line) for line in lines]
        note = forge.checkpoint((who or origin).replace(" ", "%20"), key or self.note, size or len(lines), forge.root_of(hashes))
        manifest = {"schema": "certwipe/register-export/1", "type": "register-export", "version": "1.0", "issuedAt": at, "organisation": {"name": "Test County", "station": "station 1"},
                    "signatories": [{"role": "station", "certSha256": cert.sha256}],
                    "register": {"origin": who or origin, "size": size or len(lines), "root": forge.root_of(hashes).hex(), "noteKeyHex": self.note.raw.hex()}}
        if edit:
            edit(manifest)
        raw = canonical(manifest)
        files = {"export.json": raw, "export.json.p7s": forge.signed_data(raw, cert, at=at, **more), "checkpoint": note.encode(), "leaves.jsonl": b"".join(line + b"\n" for line in lines)}
        if subjects:
            files["subjects.jsonl"] = b"".join(line + b"\n" for line in names)
        for n, one in enumerate(leaves):
            if one["documentId"]:
                files["proofs/%s.tlog-proof" % one["documentId"]] = forge.tlog_proof(one, n, forge.path_of(n, hashes), note)
        return files

    def prove(self, d, raw, p7s, hashes, index, previous, key=None, who=None, leaf_more=None, consistency=True, more="", size=None):
        leaf = {"v": 1, "index": index, "kind": d["type"].replace("destruction-", ""), "at": d["issuedAt"], "jobId": d["jobId"], "documentId": d["certificateId"], "outcome": d["verdict"]["result"],
                "level": d["verdict"]["level"], "jsonSha256": hashlib.sha256(raw).hexdigest(), "p7sSha256": hashlib.sha256(p7s).hexdigest(), "identitySha256": "11" * 32, "subjectSha256": "22" * 32,
                "laboratory": d["laboratory"], **(leaf_more or {})}
        all_hashes = list(hashes)
        all_hashes[index] = forge.leaf_hash(canonical(leaf))
        who = who or d["register"]["origin"].replace(" ", "%20")
        note = forge.checkpoint(who, key or self.note, size or len(all_hashes), forge.root_of(all_hashes), more=more)
        grown = forge.consistency_of(previous, all_hashes) if consistency and previous and previous < index else None
        return forge.tlog_proof(leaf, index, forge.path_of(index, all_hashes), note, grown)


def issued():
    """What certwipe issued, and what it says of it for ever."""
    for folder in sorted(os.listdir(ISSUED)):
        if folder == "pdf":
            continue
        files = {n: read(folder, n) for n in sorted(os.listdir(os.path.join(ISSUED, folder))) if n not in ("root.pem", "attachments")} | attached(folder)
        root, expected = read(folder, "root.pem"), REMARKS if folder.startswith("report") else VALID
        yield Vector("issued: " + folder, files, expected, root)
        yield Vector("issued: %s, no root" % folder, files, CANNOT, None)
    approved = {n: read("../fixtures/signed", n) for n in sorted(os.listdir(os.path.join(ISSUED, "../fixtures/signed")))}
    root = approved.pop("root.pem")
    yield Vector("issued: with its approval and its page", approved, REMARKS, root, tools=False, check="laboratory")
    yield Vector("issued: with its approval and its page, no root", approved, CANNOT, tools=False)
    for name, expected in (("certificate", VALID), ("report", REMARKS), ("laboratory", REMARKS)):
        yield Vector("issued: %s.pdf" % name, {name + ".pdf": read("pdf", name + ".pdf")}, expected, read("pdf", "root.pem"))
    for name in ("destruction", "native"):
        yield Vector("issued: %s.pdf" % name, {name + ".pdf": read("pdf", name + ".pdf")}, VALID, read("pdf", name + ".root.pem"))
    yield Vector("issued: certificate.pdf, no root", {"x.pdf": read("pdf", "certificate.pdf")}, CANNOT, None)
    yield Vector("issued: certificate.pdf, root of another organisation", {"x.pdf": read("pdf", "certificate.pdf")}, INVALID, read("stick", "root.pem"))


def right(s):
    """Every shape that must pass."""
    root = s.root.pem
    yield Vector("own keys", s.issue(), VALID, root)
    for kind in ("P-384", "RSA-2048", "RSA-3072"):
        other = Station(kind)
        yield Vector(kind, other.issue(), VALID, other.root.pem)
    mixed = Station("P-256", "RSA-2048")
    yield Vector("P-256 under an RSA root", mixed.issue(), VALID, mixed.root.pem)
    yield Vector("no proof of the register", s.issue(proof=False), VALID, root)
    yield Vector("other entries came before, and consistency is proved", s.issue(index=4, previous=3, entries=9), VALID, root)
    yield Vector("the first of its register is far behind", s.issue(index=12, previous=2, entries=13), VALID, root)
    yield Vector("the only entries", s.issue(index=2, previous=2, entries=3), VALID, root)
    yield Vector("issuer named in signing-certificate-v2", s.issue(ess_issuer=True), VALID, root)
    yield Vector("root among several", s.issue(), VALID, Station().root.pem + root)
    yield Vector("root inside the signature too", s.issue(certs=[s.cert, s.root]), VALID, root)
    deep_root = Cert("deep root", Key("P-256"), ca=1)
    middle = Cert("issuing CA", Key("P-384"), deep_root, ca=0)
    station = Cert("station 2", Key("P-256"), middle)
    yield Vector("an intermediate authority", s.issue(cert=station, certs=[station, middle]), VALID, deep_root.pem)
    twin = Cert("certwipe root", Key("P-256"), ca=0)
    yield Vector("a twin of the root beside it", s.issue(), VALID, twin.pem + root)
    yield Vector("serial number in Chinese", s.issue(proof=False, edit=None), VALID, root)
    ended = Cert("short lived", s.cert.key, s.root, begins="2026-11-30T00:00:00Z", ends="2026-12-01T00:00:00Z")
    yield Vector("station certificate expired since", s.issue(cert=ended), VALID, root)
    files = s.issue()
    who = "Test%20County/station%201"
    files[PROOF] = s.prove(json.loads(files[JSON]), files[JSON], files[P7S], [forge.leaf_hash(b"entry %d" % i) for i in range(6)], 3, 3, more="\u2014 witness.example %s\n" % forge.b64(b"abcd" + bytes(72)))
    yield Vector("a witness that nobody knows cosigned", files, VALID, root)
    assert who in files[PROOF].decode()


def missing(s):
    files, root = s.issue(), s.root.pem

    def without(*names):
        return {k: v for k, v in files.items() if k not in names}

    yield Vector("no journal", without(JOURNAL), CANNOT, root, check="journal")
    yield Vector("no signature", without(P7S), INVALID, root, check="size")
    yield Vector("no document", without(JSON), INVALID, root, check="size", tools=False)
    yield Vector("no root", files, CANNOT, None, check="trust")
    yield Vector("root of somebody else", files, INVALID, Station().root.pem, check="trust")
    yield Vector("twin of the root, other key", files, INVALID, Cert("certwipe root", Key("P-256"), ca=0).pem, check="trust")
    yield Vector("root file without a certificate", files, CANNOT, b"nothing\n", check="trust", tools=False)
    yield Vector("root file cut short", files, CANNOT, root[:200] + b"\n-----END CERTIFICATE-----\n", check="trust", tools=False)
    yield Vector("the station's certificate as root", files, INVALID, s.cert.pem, check="trust")
    yield Vector("signature of another document", {**files, P7S: s.issue(edit=lambda d: d.update(certificateId="2026-000018"))[P7S]}, INVALID, root, check="digest")
    yield Vector("journal of another job", {**files, JOURNAL: read("stick-r1", JOURNAL)}, INVALID, root, check="journal")
    yield Vector("proof of another document", {**files, PROOF: s.issue(edit=lambda d: d.update(certificateId="2026-000018"))[PROOF]}, INVALID, root, check="order")
    yield Vector("empty signature", {**files, P7S: b""}, INVALID, root, check="size")
    yield Vector("empty journal", {**files, JOURNAL: b""}, INVALID, root, check="journal")
    for name in (JSON, P7S, JOURNAL, PROOF):
        yield Vector("last byte of %s gone" % name, {**files, name: files[name][:-1]}, INVALID, root)
        yield Vector("first half of " + name, {**files, name: files[name][:len(files[name]) // 2]}, INVALID, root)
        yield Vector("a byte behind " + name, {**files, name: files[name] + b"\n"}, INVALID, root)


def texts(s):
    """Bytes that were signed, and are not the one form of JSON, or not the schema."""
    root = s.root.pem

    def raw(label, change, check="canonical"):
        return Vector("JSON: " + label, s.issue(sign=lambda d: change(canonical(d)), proof=False), INVALID, root, check=check, tools=False)

    yield raw("duplicate key", lambda b: b.replace(b'"laboratory":false', b'"laboratory":false,"laboratory":false'))
    yield raw("duplicate key, other value", lambda b: b.replace(b'"laboratory":false', b'"laboratory":true,"laboratory":false'))
    yield raw("byte order mark", lambda b: b"\xef\xbb\xbf" + b)
    yield raw("line feed behind it", lambda b: b + b"\n")
    yield raw("blank inside", lambda b: b.replace(b'":', b'": ', 1))
    yield raw("2^53", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":9007199254740992', b))
    yield raw("2^64", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":18446744073709551616', b))
    yield raw("-0", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":-0', b))
    yield raw("-1", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":-1', b))
    yield raw("1.0", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":1.0', b))
    yield raw("1e1", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":1e1', b))
    yield raw("01", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":01', b))
    yield raw("null", lambda b: re.sub(rb'"maxErrorMs":\d+', b'"maxErrorMs":null', b))
    yield raw("lone surrogate", lambda b: b.replace(b'"Stick 8"', b'"Stick\\ud8008"'))
    yield raw("U+0000", lambda b: b.replace(b'"Stick 8"', b'"Stick\\u00008"'))
    yield raw("escaped letter", lambda b: b.replace(b'"Stick 8"', b'"\\u0053tick 8"'))
    yield raw("control character", lambda b: b.replace(b'"Stick 8"', b'"Stick\x1f8"'))
    yield raw("C1 control character", lambda b: b.replace(b'"Stick 8"', b'"Stick\xc2\x858"'))
    yield raw("bad UTF-8", lambda b: b.replace(b'"Stick 8"', b'"Stick\xff8"'))
    yield raw("surrogates in UTF-8", lambda b: b.replace(b'"Stick 8"', b'"Stick\xed\xa0\x80\xed\xb0\x808"'))
    yield raw("overlong UTF-8", lambda b: b.replace(b'"Stick 8"', b'"Stick\xc0\xaf8"'))
    yield raw("single quotes", lambda b: b.replace(b'"Stick 8"', b"'Stick 8'"))
    yield raw("keys out of order", lambda b: b.replace(b'"schema":"certwipe/evidence/1",', b"").replace(b"{", b'{"schema":"certwipe/evidence/1",', 1))
    yield raw("depth 17", lambda b: b.replace(b'"Stick 8"', b"[" * 15 + b"]" * 15))
    yield raw("comma too many", lambda b: b[:-1] + b",}")
    yield raw("a comment", lambda b: b.replace(b"{", b"{/**/", 1))
    yield raw("a list", lambda b: b"[]")
    yield raw("no object", lambda b: b'"x"')
    yield Vector("JSON: 1 MiB and a byte", s.issue(sign=lambda d: canonical(dict(d, note="x" * (1 << 20))), proof=False), INVALID, root, check="canonical", tools=False)

    def edited(label, change, check="content"):
        return Vector("content: " + label, s.issue(edit=change, proof=False), INVALID, root, check=check, tools=False)

    def put(*path):
        *keys, last, value = path

        def change(d):
            for key in keys:
                d = d[key]
            if value is None:
                del d[last]
            else:
                d[last] = value
        return change

    yield edited("unknown key", put("extra", 1))
    yield edited("unknown key inside", put("medium", "extra", "x"))
    yield edited("__proto__", put("__proto__", {"laboratory": False}))
    yield edited("constructor", put("constructor", "x"))
    yield edited("missing key", put("caveats", None))
    yield edited("another type", put("type", "destruction-approval"))
    yield edited("another version", put("version", "1.1"))
    yield edited("the other kind of document", put("schema", "certwipe/destruction/1"))
    yield Vector("content: a kind of document that nobody knows", s.issue(edit=put("schema", "certwipe/evidence/2"), proof=False), INVALID, root, page=CANNOT, check="content", tools=False,
                 why="what the page does not know it leaves to certwipe verify")
    yield edited("text where a number belongs", put("medium", "capacityBytes", "8388608"))
    yield edited("number where a text belongs", put("medium", "model", 8))
    yield edited("empty text", put("medium", "model", ""))
    yield edited("257 characters", put("medium", "model", "x" * 257))
    yield edited("text that turns around", put("medium", "model", "Stick \u202e8"))
    yield edited("invisible character", put("medium", "model", "Stick\u200b8"))
    yield edited("a character that there is not", put("medium", "model", "Stick\u03788"))
    for key in ("name", "unit", "station"):
        yield edited("256 bytes and more of the organisation's " + key, put("organisation", key, "縣" * 86))
    yield edited("256 bytes and more of the register's name", put("register", "origin", "縣" * 86))
    yield edited("64 bytes and more of a number", put("certificateId", "縣" * 22))
    yield edited("tag character", put("medium", "model", "Stick\U000e00418"))
    yield edited("30 February", put("issuedAt", "2026-02-30T00:00:00Z"))
    yield edited("24:00", put("issuedAt", "2026-11-30T24:00:00Z"))
    yield edited("hash in capitals", put("matrixSha256", "AB" * 32))
    yield edited("two signatories", lambda d: d["signatories"].append(dict(d["signatories"][0])))
    yield edited("no caveats", put("caveats", []))
    yield edited("success with exceptions", put("exceptions", [{"offsetBytes": 0, "lengthBytes": 512, "reason": "not-read"}]))
    yield edited("purge by overwriting", lambda d: (put("sanitization", "levelClaimed", "purge")(d), put("verdict", "level", "purge")(d)))
    yield edited("level above the verdict's", put("sanitization", "levelClaimed", "none"))
    yield edited("more read than there is", put("verification", "coverageBytes", 8388609))
    yield edited("read back in part", put("verification", "coverageBytes", 4194304))
    yield edited("mismatches", put("verification", "mismatchBytes", 1))
    yield edited("verification failed", put("verification", "result", "fail"))
    yield edited("outcome failed", put("outcome", "failed"))
    yield edited("report of success", put("type", "destruction-report"))
    yield edited("not sanitised", put("verdict", "result", "not-sanitised"))
    yield edited("refuted support", lambda d: put("holds", False)(d["verdict"]["support"][0]))
    yield edited("condition not met", lambda d: put("satisfied", False)(d["sanitization"]["levelBasis"][0]))
    yield edited("pass not complete", lambda d: put("complete", False)(d["passes"][0]))
    yield edited("without authorisation", put("authorisation", None))
    yield edited("virtual medium hidden", put("medium", "virtual", True))
    yield edited("laboratory invented", put("laboratory", True))
    yield edited("ended before it began", lambda d: d.update(startedAt="2026-11-23T18:55:37Z"))
    yield edited("other signatory", lambda d: put("certSha256", "ab" * 32)(d["signatories"][0]), "signatories")
    yield edited("earlier register without a root", put("register", "previousSize", 0), "register")
    yield edited("register before the job's start", lambda d: d["register"].update(previousSize=0, previousRoot=hashlib.sha256(b"").hexdigest()), "register")
    yield edited("another register", put("register", "origin", "Other County/station 1"), "register")
    for label, change in (("capacity", put("medium", "capacityBytes", 8388608 - 512)), ("model", put("medium", "model", "Stick 9")), ("serial number", put("medium", "serial", "AC0123456789XZ")),
                          ("operator", put("operator", "name", "boss")), ("end", put("endedAt", "2026-11-23T18:55:35Z")), ("approval", put("case", "approvalNumber", "115-0002")),
                          ("key of the stream", put("keystream", "keyHex", "ab" * 32)), ("lines", put("journalLines", 3)), ("plan", put("sanitization", "planSha256", "ab" * 32)),
                          ("program", put("tool", "buildSha256", "ab" * 32)), ("backward jumps", put("clock", "backwardJumps", 1)), ("authorised plan", put("authorisation", "planSha256", "ab" * 32))):
        yield Vector("claim: other %s than the journal's" % label, s.issue(edit=lambda d, change=change: (change(d), label == "capacity" and put("verification", "coverageBytes", 8388608 - 512)(d)), proof=False), INVALID, root,
                     check="claim", tools=False)


def journals(s):
    """Journals of a medium that was not sanitised, under a certificate that says that it was: only the holder of the station's key can make these."""
    root = s.root.pem

    def of(label, change, check="claim"):
        return Vector("journal: " + label, s.issue(journal=change, proof=False), INVALID, root, check=check, tools=False)

    def put(at, **values):
        def change(lines):
            lines[at].update(values)
        return change

    yield of("a mismatch", put(12, mismatchBytes=512))
    yield of("an unreadable sector", put(12, badBytes=512))
    yield of("write not finished", put(8, uptoBytes=4194304, doneBytes=4194304))
    yield of("read-back not finished", put(12, uptoBytes=4194304, doneBytes=4194304))
    yield of("stopped", put(12, end="stopped"))
    yield of("lost", put(14, status="lost"))
    yield of("another medium", put(13, match=False))
    yield of("another medium authorised", put(1, identitySha256="ab" * 32))
    yield of("another plan authorised", put(1, planSha256="ab" * 32))
    yield of("no authorisation", lambda lines: lines[:1] + lines[2:])
    yield of("no read-back", lambda lines: lines[:9] + lines[13:])
    yield of("no end", lambda lines: lines[:14])
    yield of("no register", lambda lines: lines[:2] + lines[3:])
    yield of("read-back begun in the middle", put(9, fromBytes=4194304))
    yield of("steps out of order", lambda lines: lines[:5] + lines[9:13] + lines[5:9] + lines[13:])
    yield of("another digest of the plan", put(0, planSha256="ab" * 32))
    yield of("two jobs", lambda lines: lines + [lines[0]], "journal")
    yield of("an unknown event", put(10, event="rumour"), "journal")
    yield of("two streams", lambda lines: lines[:4] + [lines[3]] + lines[4:], "journal")

    def unchained(change):
        files = s.issue(proof=False)
        raw = change(files[JOURNAL])
        return s.issue(edit=lambda d: d.update(journalSha256=hashlib.sha256(raw).hexdigest(), journalLines=raw.count(b"\n")), proof=False) | {JOURNAL: raw}

    yield Vector("journal: a line taken out, hashes left", unchained(lambda b: b.replace(b.splitlines(True)[6], b"")), INVALID, root, check="journal", tools=False)
    yield Vector("journal: a line changed, hashes left", unchained(lambda b: b.replace(b'"do":"write"', b'"do":"wrote"')), INVALID, root, check="journal", tools=False)
    yield Vector("journal: blank line", unchained(lambda b: b + b"\n"), INVALID, root, check="journal", tools=False)
    yield Vector("journal: torn last line", unchained(lambda b: b[:-5]), INVALID, root, check="journal", tools=False)
    early = s.issue(at="2026-11-23T20:56:44Z", proof=False)
    yield Vector("signed a week before it was issued", early, INVALID, root, check="times")
    yield Vector("signed two days after it was issued", s.issue(at="2026-12-02T23:00:00Z", proof=False), INVALID, root, check="times")
    yield Vector("issued before the job ended", s.issue(edit=lambda d: d.update(issuedAt="2026-11-23T18:50:00Z"), at="2026-11-23T18:50:01Z", proof=False), INVALID, root, check="times")


def signatures(s):
    """Signatures (certificate.md 9.1): most of them are good enough for stock tools."""
    root, cert = s.root.pem, s.cert

    def of(label, check="encoding", **wrong):
        return Vector("CMS: " + label, s.issue(proof=False, **wrong), INVALID, root, check=check)

    def p7s(label, change, check="encoding"):
        files = s.issue(proof=False)
        return Vector("CMS: " + label, {**files, P7S: change(files[P7S])}, INVALID, root, check=check)

    # The attributes of a genuine signature, shown as a document that has none.
    genuine = s.issue(proof=False)
    attributes = set_of(forge.attribute("1.2.840.113549.1.9.3", forge.DATA), forge.attribute("1.2.840.113549.1.9.4", octets(hashlib.sha256(genuine[JSON]).digest())),
                        forge.attribute("1.2.840.113549.1.9.5", forge.utc("2026-11-30T22:12:05Z")), forge.signing_certificate(cert))
    forged = forge.signed_data(attributes, cert, no_attributes=True, really_signed=attributes)
    yield Vector("CMS: attributes shown as the document", {JSON: attributes, P7S: forged, JOURNAL: genuine[JOURNAL]}, INVALID, root, check="encoding")
    yield of("no signed attributes", no_attributes=True, really_signed=genuine[JSON])
    yield of("unsigned attribute", unsigned=[tlv(0xa1, forge.attribute("1.2.840.113549.1.9.16.2.14", octets(b"x")))])
    yield of("no signing-certificate-v2", ess=forge.attribute("1.2.840.113549.1.9.52", seq(SHA_ID["sha256"])))
    yield of("signing-certificate-v2 of another certificate", "signer", ess_cert=Cert("other", Key("P-256"), s.root))
    yield of("signing-certificate-v2 with SHA-1", "signer", ess=forge.signing_certificate(cert, "sha1"))
    yield of("two messageDigest attributes", more_attributes=[forge.attribute("1.2.840.113549.1.9.4", octets(bytes(32)))])
    yield of("two values of messageDigest", attributes=[forge.attribute("1.2.840.113549.1.9.3", forge.DATA), forge.attribute("1.2.840.113549.1.9.4", octets(bytes(32)), octets(hashlib.sha256(b"").digest())),
                                                       forge.attribute("1.2.840.113549.1.9.5", forge.utc("2026-11-30T22:12:05Z")), forge.signing_certificate(cert)])
    yield of("unknown signed attribute", more_attributes=[forge.attribute("1.2.3.4", integer(1))])
    yield of("no signing time", at=None)
    yield of("wrong content type", content_type=SIGNED_DATA_OID)
    yield of("attributes out of order", unsorted=True)
    yield of("attached content", attached=[tlv(0xa0, octets(b"something else"))])
    yield of("content of another type", content_info=SIGNED_DATA_OID)
    yield of("SHA-1", "algorithms", digest="sha1", signature_id=forge.ECDSA_ID["sha1"])
    yield of("MD5", "algorithms", digest="md5", digest_id=SHA_ID["md5"], really_digest="sha256")
    yield of("SHA-384 with P-256", "algorithms", digest="sha384", signature_id=forge.ECDSA_ID["sha384"])
    yield of("NULL parameters of ECDSA", "algorithms", signature_id=seq(oid("1.2.840.10045.4.3.2"), forge.NULL))
    yield of("NULL parameters of the digest", "algorithms", digest_id=seq(oid("2.16.840.1.101.3.4.2.1"), forge.NULL))
    yield of("ECDSA with another digest in its name", "algorithms", signature_id=forge.ECDSA_ID["sha384"])
    yield of("digest announced is another", announced=SHA_ID["sha384"])
    yield of("SignedData of version 3", version=integer(3))
    yield of("signer of version 3", signer_version=integer(3))
    yield of("no signer", infos=[])
    yield of("two signers", more_infos=[seq(integer(1), seq(cert.issuer, cert.serial), SHA_ID["sha256"], forge.ECDSA_ID["sha256"], octets(b"x"))])
    yield of("signer by key identifier", sid=tlv(0x80, forge.key_id(cert.key)))
    yield of("signer named by another number", "signer", sid=seq(cert.issuer, integer(7)))
    yield of("no certificates", "signer", certs=[])
    yield of("a stranger's certificate too", "trust", certs=[cert, Cert("stranger", Key("P-256"), s.root)])
    yield of("a revocation list", crls=[tlv(0xa1, seq(integer(1)))])
    yield of("r = 0", "signature", signature=seq(integer(0), integer(5)))
    yield of("r = n", "signature", signature=seq(integer(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551), integer(5)))
    yield of("signature empty", "signature", signature=b"\x30\x00")
    yield of("signature over other attributes", "signature", really_signed=b"something else")
    yield of("wrong digest", "digest", message_digest=bytes(32))
    for label, tag in (("a set", b"\x31"), ("a tagged value", b"\xa0"), ("a value of a high tag", b"\xb0")):  # the same r and s: it verifies wherever nobody looks at what they stand in
        yield p7s("r and s in " + label, lambda b, tag=tag: in_tag(b, tag), "signature")
    yield p7s("a byte behind the end", lambda b: b + b"\0")
    yield p7s("length that is not minimal", lambda b: b"\x30\x83\0" + b[2:4] + b[4:])
    yield p7s("indefinite length", lambda b: b"\x30\x80" + b[4:] + b"\0\0")
    yield p7s("PEM", lambda b: b"-----BEGIN CMS-----\n" + forge.base64.encodebytes(b) + b"-----END CMS-----\n")
    yield p7s("nested without end", lambda b: b"\x30\x83\x00\xff\xf0" + b"\x30\x82\x0f\xf0" * 4000)
    yield p7s("64 KiB and more", lambda b: b + bytes(70000))

    weak = Station("RSA-1024")
    yield Vector("CMS: RSA of 1024 bits", weak.issue(proof=False), INVALID, weak.root.pem, check="algorithms")
    sha1 = Cert("station, SHA-1", Key("RSA-2048"), rsa_root := Cert("RSA root", Key("RSA-2048"), ca=0), digest="sha1")
    yield Vector("CMS: certificate signed with SHA-1", s.issue(cert=sha1, proof=False), INVALID, rsa_root.pem, check="trust")
    p384 = Station("P-384")
    yield Vector("CMS: P-384 with SHA-256", p384.issue(digest="sha256", proof=False), INVALID, p384.root.pem, check="algorithms")
    pss = Station("RSA-2048")
    yield Vector("CMS: signature algorithm RSA-PSS in name only", pss.issue(signature_id=seq(oid("1.2.840.113549.1.1.10"), seq()), proof=False), INVALID, pss.root.pem, check="algorithms")
    ed = Cert("Ed25519 station", Key("Ed25519"), s.root)
    yield Vector("CMS: Ed25519", s.issue(cert=ed, proof=False, signature_id=seq(oid("1.3.101.112")), signature=bytes(64)), INVALID, root, check="algorithms")
    transplant = s.issue(proof=False)
    other = Cert("station 1", cert.key, s.root)
    yield Vector("CMS: certificate exchanged for another of the same key", {**transplant, P7S: forge.signed_data(transplant[JSON], cert, at="2026-11-30T22:12:05Z", certs=[other])}, INVALID, root, check="signer")


SIGNED_DATA_OID = forge.SIGNED_DATA


def in_tag(p7s, tag):
    """An ECDSA signature, which is what stands last, with another tag than that of a SEQUENCE."""
    at = next(i for i in range(len(p7s) - 80, len(p7s) - 8) if p7s[i - 2] == 4 and p7s[i - 1] == len(p7s) - i and p7s[i] == 0x30)
    return p7s[:at] + tag + p7s[at + 1:]


def chains(s):
    root, key = s.root.pem, s.cert.key

    def of(label, check, cert, certs=None, trusted=None, expected=INVALID, **more):
        return Vector("chain: " + label, s.issue(cert=cert, certs=certs or [cert], proof=False, **more), expected, trusted or root, check=check)

    yield of("mail protection only", "certificate", Cert("mail", key, s.root, purposes=(forge.MAIL,)))
    yield of("document signing only", "certificate", Cert("documents", key, s.root, purposes=(forge.SIGNING,)))
    yield of("a purpose too many", "certificate", Cert("three", key, s.root, purposes=(forge.MAIL, forge.SIGNING, forge.STAMPING)))
    yield of("no purposes", "certificate", Cert("none", key, s.root, purposes=()))
    yield of("timestamping", "certificate", Cert("tsa", key, s.root, purposes=(forge.STAMPING,)))
    yield of("key usage not critical", "certificate", Cert("lax", key, s.root, critical_usage=False))
    yield of("digital signature only", "certificate", Cert("auth", key, s.root, usage=b"\x07\x80"))
    yield of("key agreement too", "certificate", Cert("more", key, s.root, usage=b"\x03\xc8"))
    yield of("no key usage", "certificate", Cert("open", key, s.root, usage=None))
    yield of("an authority as signer", "certificate", Cert("sub", key, s.root, ca=0))
    yield of("critical extension that nobody knows", "certificate", Cert("odd", key, s.root, extra=[forge.extension("1.2.3.4", integer(1), True)]))
    yield of("not yet valid", "trust", Cert("future", key, s.root, begins="2026-12-24T00:00:00Z"))
    yield of("expired when it signed", "trust", Cert("past", key, s.root, ends="2026-11-01T00:00:00Z"))
    old = Cert("old root", Key("P-256"), ca=0, ends="2026-11-01T00:00:00Z")
    yield of("root expired when it signed", "trust", Cert("under old", key, old), trusted=old.pem)
    yield of("expired between issue and signature", "trust", Cert("brief", key, s.root, ends="2026-11-30T22:12:04Z"))
    alone = Cert("alone", key)
    yield of("self-signed", "trust", alone)
    foreign = Cert("certwipe root", Key("P-256"), ca=0)
    fake = Cert("station 1", key, foreign)
    yield of("root of the same name", "trust", fake)
    yield of("root of the same name, brought along", "trust", fake, [fake, foreign])
    below = Cert("sub CA", Key("P-256"), s.root, ca=0)
    yield of("longer than the root allows", "trust", (leaf := Cert("leaf", key, below)), [leaf, below])
    roomy = Cert("roomy root", Key("P-256"), ca=1)
    middle = Cert("middle", Key("P-256"), roomy, ca=0)
    leaf = Cert("leaf", key, middle)
    yield of("intermediate missing", "trust", leaf, trusted=roomy.pem)
    yield of("intermediate as the only root", "trust", leaf, trusted=middle.pem)
    station = Cert("station as CA", Key("P-256"), s.root)
    yield of("issued by a station", "trust", (leaf := Cert("leaf", key, station)), [leaf, station])
    no_sign = Cert("no cert sign", Key("P-256"), roomy, ca=None, extra=[forge.extension("2.5.29.19", seq(tlv(1, b"\xff")), True)])
    yield of("authority without the usage for it", "trust", (leaf := Cert("leaf", key, no_sign)), [leaf, no_sign], roomy.pem)
    soft = Cert("soft CA", Key("P-256"), roomy, extra=[forge.extension("2.5.29.19", seq(tlv(1, b"\xff")))], usage=b"\x01\x06", purposes=())
    yield of("basic constraints not critical", "trust", (leaf := Cert("leaf", key, soft)), [leaf, soft], roomy.pem)
    names = Cert("constrained", Key("P-256"), roomy, ca=0, extra=[forge.extension("2.5.29.30", seq(tlv(0xa0, seq(tlv(0xa4, forge.name("Other", "x"))))), True)])
    yield of("name constraints that exclude the station", "trust", (leaf := Cert("leaf", key, names)), [leaf, names], roomy.pem)
    odd = Cert("odd CA", Key("P-256"), roomy, ca=0, extra=[forge.extension("1.2.3.4", integer(1), True)])
    yield of("authority with a critical extension that nobody knows", "trust", (leaf := Cert("leaf", key, odd)), [leaf, odd], roomy.pem)
    weak = Cert("weak root", Key("RSA-1024"), ca=0)
    yield of("root of RSA with 1024 bits", "trust", Cert("under weak", key, weak), trusted=weak.pem)
    broken = copy.copy(s.cert)
    broken.der = s.cert.der[:-1] + bytes([s.cert.der[-1] ^ 1])
    broken.sha256 = hashlib.sha256(broken.der).hexdigest()
    yield of("signature of the certificate broken", "trust", broken)


def people(s):
    """Documents that an operator and a witness sign besides the station."""
    root, day = s.root.pem, "2026-12-01T08:00:00Z"
    mail = {"purposes": (forge.MAIL,)}
    operator, witness = Cert("Lin Mei", Key("P-256"), s.root, number="A123", **mail), Cert("王大明", Key("P-384"), s.root, number="B456", **mail)

    def document(*named, others=(), **more):
        who = [{"role": role, "certSha256": c.sha256, "person": person} for role, c, person in named]
        signers = [{"role": w["role"], "certSha256": w["certSha256"], **w["person"]} for w in who]
        return s.issue(edit=lambda d: d["signatories"].extend(who), journal=lambda lines: lines[0].update(signers=signers), others=others, **more)

    lin, wang = ("operator", operator, {"name": "Lin Mei", "id": "A123"}), ("witness", witness, {"name": "王大明", "id": "B456"})
    both = ((operator, day), (witness, day))

    def of(label, files, expected=INVALID, check=""):
        return Vector("people: " + label, files, expected, root, check=check, tools=expected == VALID)

    yield of("operator and witness", document(lin, wang, others=both), VALID)
    yield of("an operator", document(lin, others=both[:1]), VALID)
    yield of("a month later", document(lin, others=((operator, "2026-12-31T08:00:00Z"),)), VALID)
    yield of("witness missing", document(lin, wang, others=both[:1]), CANNOT, "signatories")
    yield of("nobody but the station", document(lin, wang), CANNOT, "signatories")
    yield of("a signature that nobody asked for", document(lin, others=both), INVALID, "signatories")
    added = document(lin, others=both[:1], proof=False)
    for at, expected in ((day, VALID), ([day], INVALID)):
        entries = [forge.leaf_hash(b"entry %d" % i) for i in range(6)]
        proof = s.prove(json.loads(added[JSON]), added[JSON], added[P7S], entries, 4, 3, leaf_more={"kind": "signed", "documentId": "", "at": at})
        yield of("her signature has an entry of its own, at %r" % at, {**added, PROOF: proof}, expected, "order")
    yield of("two months later", document(lin, others=((operator, "2027-01-31T08:00:00Z"),)), INVALID, "times")
    yield of("before it was issued", document(lin, others=((operator, "2026-11-30T20:00:00Z"),)), INVALID, "times")
    yield of("another name", document(("operator", operator, {"name": "Lin May", "id": "A123"}), others=both[:1]), INVALID, "signatories")
    yield of("another number", document(("operator", operator, {"name": "Lin Mei", "id": "A124"}), others=both[:1]), INVALID, "signatories")
    yield of("no number", document(("operator", operator, {"name": "Lin Mei"}), others=both[:1]), INVALID, "signatories")
    twin = Cert("Lin Mei", Key("P-256"), s.root, number="A123", **mail)
    yield of("one person in two roles", document(lin, ("witness", twin, {"name": "Lin Mei", "id": "A123"}), others=((operator, day), (twin, day))), INVALID, "content")
    yield of("one person in two roles, in capitals", document(lin, ("witness", twin, {"name": "LIN  MEI"}), others=((operator, day),)), INVALID, "content")
    hand = Cert("Wu An", operator.key, s.root, number="C789", **mail)
    yield of("one key in two hands", document(lin, ("witness", hand, {"name": "Wu An", "id": "C789"}), others=((operator, day), (hand, day))), INVALID, "signatories")
    yield of("a witness without a name", s.issue(edit=lambda d: d["signatories"].extend([{"role": "operator", "certSha256": operator.sha256, "person": {"name": "Lin Mei"}}, {"role": "witness", "certSha256": witness.sha256}]), others=both),
             INVALID, "content")
    yield of("roles in another order", document(wang, lin, others=both), INVALID, "content")
    yield of("a person as the station", s.issue(cert=operator), INVALID, "certificate")
    clerk = Cert("Clerk", Key("P-256"), s.root, purposes=(forge.SIGNING,))
    yield of("a certificate for something else", document(("operator", clerk, {"name": "Clerk"}), others=((clerk, day),)), INVALID, "certificate")
    stranger = Cert("Lin Mei", Key("P-256"), Station().root, number="A123", **mail)
    yield of("certified by somebody else", document(("operator", stranger, {"name": "Lin Mei", "id": "A123"}), others=((stranger, day),)), INVALID, "trust")
    gone = Cert("Lin Mei", Key("P-256"), s.root, number="A123", ends="2026-11-30T23:00:00Z", **mail)
    yield of("expired when she signed", document(("operator", gone, {"name": "Lin Mei", "id": "A123"}), others=((gone, day),)), INVALID, "trust")
    files = document(lin, wang, others=both)
    yield of("signature taken away", {**files, P7S: document(lin, wang, others=both[:1])[P7S]}, INVALID)
    yield of("the same signature twice", document(lin, others=both[:1] + both[:1]), INVALID)


def registers(s):
    root = s.root.pem
    files = s.issue()
    d = json.loads(files[JSON])
    hashes = [forge.leaf_hash(b"entry %d" % i) for i in range(6)]

    def of(label, proof, expected=INVALID):
        return Vector("register: " + label, {**files, PROOF: proof}, expected, root, check="order", tools=False)

    def prove(index=3, previous=3, **more):
        return s.prove(d, files[JSON], files[P7S], hashes, index, previous, **more)

    good = files[PROOF]
    yield of("signed by an unknown key", prove(key=Key("Ed25519")))
    yield of("another register", prove(who="Other%20County/station%201"))
    yield of("name not escaped", prove(who="Test County/station 1"))
    for key, value in (("jsonSha256", "ab" * 32), ("p7sSha256", "ab" * 32), ("documentId", "2026-000018"), ("outcome", "not-sanitised"), ("level", "purge"), ("kind", "report"), ("at", "2026-11-30T22:12:05Z"),
                       ("jobId", "20261123-185522-7f3a09c2"), ("laboratory", True), ("index", 4)):
        yield of("leaf with another " + key, prove(leaf_more={key: value}))
    yield of("another place", good.replace(b"\nindex 3\n", b"\nindex 2\n"))
    yield of("a place with a zero before it", good.replace(b"\nindex 3\n", b"\nindex 03\n"))
    yield of("a place beyond the register", good.replace(b"\nindex 3\n", b"\nindex 6\n"))
    yield of("another size", prove(size=9))
    yield of("a size with a zero before it", good.replace(b"\n6\n", b"\n06\n"))
    yield of("a hash too few", good.replace(good.split(b"\n")[3] + b"\n", b"", 1))
    yield of("a hash too many", good.replace(b"\n\n", b"\n" + forge.b64(bytes(32)).encode() + b"\n\n", 1))
    yield of("a hash changed", good.replace(good.split(b"\n")[3], forge.b64(bytes(32)).encode(), 1))
    yield of("Base64 with bits behind its end", good.replace(good.split(b"\n")[3], good.split(b"\n")[3][:-2] + bytes([good.split(b"\n")[3][-2] + 1]) + b"=", 1))
    yield of("no empty line", good.replace(b"\n\n", b"\n"))
    yield of("CRLF", good.replace(b"\n", b"\r\n"))
    yield of("another header", good.replace(b"@v1", b"@v2"))
    yield of("a field too many", prove()[:0] + forge.tlog_proof({}, 3, [], "x\n"))
    yield of("consistency where none belongs", prove(index=3, previous=3)[:0] + s.prove(d, files[JSON], files[P7S], hashes, 3, 2))
    yield of("earlier state that is not its beginning", s.issue(edit=lambda d: d["register"].update(previousRoot="ab" * 32))[PROOF])
    forked = s.issue(edit=lambda d: d["register"].update(previousRoot="ab" * 32))
    yield Vector("register: rewritten since", forked, INVALID, root, check="order", tools=False)
    forked = s.issue(edit=lambda d: d["register"].update(previousRoot="ab" * 32), index=4)
    yield Vector("register: rewritten since, other entries between", forked, INVALID, root, check="order", tools=False)
    later = s.issue(index=2, previous=3)
    yield Vector("register: earlier state that is later", later, INVALID, root, check="order", tools=False)
    gap = s.issue(index=4, previous=3)
    hashes_gap = [forge.leaf_hash(b"entry %d" % i) for i in range(6)]
    yield Vector("register: consistency not proved", {**gap, PROOF: s.prove(json.loads(gap[JSON]), gap[JSON], gap[P7S], hashes_gap, 4, 3, consistency=False)}, CANNOT, root, check="order", tools=False)
    keyless = s.issue(edit=lambda d: d["register"].pop("noteKeyHex"))
    yield Vector("register: a proof, and no key named", keyless, CANNOT, root, check="order", tools=False)
    yield of("a checkpoint without its root", good.replace(b"\n6\n" + good.split(b"\n6\n")[1].split(b"\n")[0], b"\n6", 1))
    yield of("a checkpoint of its name alone", good.replace(b"\n6\n" + good.split(b"\n6\n")[1].split(b"\n")[0], b"", 1))
    yield of("signature of the checkpoint changed", good[:-4] + (b"AAA\n" if good[-4:] != b"AAA\n" else b"BBB\n"))
    yield of("no signature of its own", good.replace("\u2014 Test".encode(), "\u2014 Best".encode()))
    own = good.rstrip(b"\n").split(b"\n")[-1]
    spoiled = own.decode().split(" ")
    raw = bytearray(forge.base64.b64decode(spoiled[-1]))
    raw[20] ^= 1
    yield of("cosigned by a name of 1 kB", good + ("\u2014 %s %s\n" % ("n" * 1024, forge.b64(bytes(72)))).encode())
    yield of("checkpoint of 128 KiB and more, in fewer characters", good + "".join("\u2014 %s%d %s\n" % ("名" * 320, n, forge.b64(bytes(1000))) for n in range(58)).encode())
    room = 16385 - len(forge.base64.b64decode(prove(leaf_more={"more": ""}).split(b"\n")[1][6:]))
    yield of("extra data of 16 KiB and a byte", prove(leaf_more={"more": "x" * room}))
    yield of("its own key twice, once wrong", good + (" ".join(spoiled[:-1]) + " " + forge.b64(bytes(raw)) + "\n").encode())


# ---- PDF ----

STREAM = re.compile(rb"(\d+) 0 obj\n<</Length (\d+)([^\n]*)>>\nstream\n")


def pdf_with(pdf, mime, data):
    """The attachment of this kind exchanged; nothing else is made right."""
    for m in STREAM.finditer(pdf):
        if b"/Subtype/" + mime + b"/" in m[3]:
            end = m.end() + int(m[2])
            packed = zlib.compress(data, 9)
            return pdf[:m.start()] + b"%s 0 obj\n<</Length %d%s>>\nstream\n" % (m[1], len(packed), m[3]) + packed + pdf[end:]
    raise AssertionError(mime)


def sealed_again(pdf, cert, at=None):
    """Cuts the seal out and sets another one: what somebody with a key can do."""
    m = re.search(rb"/ByteRange\[[^\]]*\]/Contents<([0-9a-f]*)>", pdf)
    room = len(m[1])
    begin, end = m.end() - room - 2, m.end()
    pdf = pdf[:m.start()] + b"/ByteRange[0 %-10d%-10d%-10d]/Contents<" % (begin, end, len(pdf) - end) + b"0" * room + b">" + pdf[end:]
    p7s = forge.signed_data(pdf[:begin] + pdf[end:], cert, at=at).hex().encode()
    assert len(p7s) <= room, (len(p7s), room)
    return pdf[:begin + 1] + p7s + b"0" * (room - len(p7s)) + pdf[end - 1:]


def pdfs(s):
    pdf, root = read("pdf", "certificate.pdf"), read("pdf", "root.pem")

    def of(label, data, check="pdf-revision", **more):
        return Vector("PDF: " + label, {"x.pdf": data}, more.pop("expected", INVALID), more.pop("root", root), check=check, **more)

    def flipped(at):
        return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1:]

    seal = re.search(rb"/ByteRange\[0 (\d+) *(\d+) *(\d+) *\]/Contents<([0-9a-f]+)>", pdf)
    begin, end = int(seal[1]), int(seal[2])
    page = next(m for m in STREAM.finditer(pdf) if m[1] == b"147")
    yield of("bytes behind its end", pdf + b"\n")
    yield of("a second revision", pdf + b"1 0 obj\n<</Type/Catalog>>\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(pdf))
    yield of("a revision before it", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n" + pdf)
    yield of("cut off", pdf[:-20])
    yield of("empty", b"", tools=False)
    yield of("not a PDF", b"somebody else made certwipe this\n", tools=False)
    yield of("byte of the page flipped", flipped(page.end() + 100), "pdf-seal")
    yield of("byte of the font flipped", flipped(20000), "pdf-seal")
    yield of("byte of the title flipped", flipped(pdf.index(b"<rdf:") + 40), "pdf-seal")
    yield of("byte of the signature flipped", pdf[:begin + 2000] + (b"0" if pdf[begin + 2000:begin + 2001] != b"0" else b"1") + pdf[begin + 2001:], "pdf-seal")
    yield of("room behind the signature not zero", pdf[:end - 3] + b"1" + pdf[end - 2:], "pdf-seal")
    yield of("signature in capitals", pdf[:begin] + pdf[begin:end].upper() + pdf[end:], "pdf-range")
    yield of("ByteRange begins at 1", pdf.replace(b"/ByteRange[0 ", b"/ByteRange[1 "), "pdf-range")
    yield of("ByteRange leaves more out", pdf.replace(b"%-10d%-10d" % (begin, end), b"%-10d%-10d" % (begin, end + 100)), "pdf-range")
    yield of("two seals", pdf.replace(b"/Type/Metadata/Subtype/XML", b"/Type/Sig/Metadata/Sub/XML"), "pdf-revision")
    for label, mime in (("document", b"application#2Fjson"), ("signature", b"application#2Fpkcs7-signature"), ("journal", b"application#2Fjsonl")):
        yield of("without its " + label, pdf.replace(b"/Subtype/" + mime + b"/", b"/Subtype/" + mime[:-1] + b"x/"))
    yield of("document attached twice", pdf.replace(b"/Subtype/application#2Fjsonl/", b"/Subtype/application#2Fjson/"), "pdf-revision")
    yield of("summary taken out", pdf.replace(b"/Subtype/text#2Fplain/", b"/Subtype/text#2Fplaix/"), "pdf-note")
    yield of("summary of another document", pdf_with(pdf, b"text#2Fplain", forge.summary(json.loads(read("stick", JSON)), read("stick", JSON), "1", s.cert).encode()), None)
    yield of("root exchanged", pdf_with(pdf, b"application#2Fx-pem-file", s.root.pem), "pdf-range")
    yield of("journal exchanged", pdf_with(pdf, b"application#2Fjsonl", read("stick", JOURNAL)), "journal")
    for label, part in (("document", JSON), ("signature", P7S), ("journal", JOURNAL)):
        mime = {JSON: b"application#2Fjson", P7S: b"application#2Fpkcs7-signature", JOURNAL: b"application#2Fjsonl"}[part]
        yield of("another %s attached" % label, pdf_with(pdf, mime, read("stick", part)), None)
    whole = s.issue(proof=False)
    taken = pdf
    for mime, part in ((b"application#2Fjson", JSON), (b"application#2Fpkcs7-signature", P7S), (b"application#2Fjsonl", JOURNAL)):
        taken = pdf_with(taken, mime, whole[part])
    yield of("another document put in whole, seal left", taken, "pdf-range", root=s.root.pem)
    yield of("another document put in whole, sealed again with its key", sealed_again(taken, s.cert), "pdf-page", root=s.root.pem)
    other = s.issue(like="disc-destroyed", proof=False)
    destroyed = pdf
    for mime, part in ((b"application#2Fjson", JSON), (b"application#2Fpkcs7-signature", P7S), (b"application#2Fjsonl", JOURNAL)):
        destroyed = pdf_with(destroyed, mime, other[part])
    for label, kind, photo, check in (("its own photograph", b"image#2Fjpeg", b"photo", "pdf-page"), ("a photograph that it does not name", b"image#2Fjpeg", b"foto!", "attachments"),
                                      ("another file that it does not name", b"application#2Foctet-stream", b"x", "attachments")):
        packed = zlib.compress(photo, 9)
        carried = destroyed.replace(b"endobj\n", b"endobj\n1 0 obj\n<</Length %d/Type/EmbeddedFile/Subtype/%s/Params<<>>/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n" % (len(packed), kind, packed), 1)
        yield of("of a destruction that is not its own, with " + label, sealed_again(carried, s.cert), check, root=s.root.pem)
    yield of("sealed again by another key of another root", sealed_again(pdf, s.cert), "pdf-seal")
    yield of("sealed again with a signing time", sealed_again(pdf, s.cert, "2026-11-30T22:32:14Z"), "pdf-seal")
    yield of("zip bomb for a journal", pdf_with(pdf, b"application#2Fjsonl", bytes(70 << 20)), "pdf-revision", tools=False)
    yield of("JavaScript", pdf.replace(b"/Type/Metadata/Subtype/XML", b"/JS/Metadata/Subtype/XMLxx"), "pdf-seal")
    unsealed = re.sub(rb"/Type/Sig/Filter", b"/Type/Sug/Filter", pdf)
    yield of("seal that is called otherwise", unsealed, "pdf-page", page=CANNOT, why="the page does not make the PDF again; what has no seal is never valid")
    files = {JSON: read("stick", JSON), P7S: read("stick", P7S), JOURNAL: read("stick", JOURNAL)}
    yield Vector("PDF: beside the files of another document", {**files, "x.pdf": pdf}, INVALID, read("stick", "root.pem"), check="pdf")
    name = {b"application#2Fjson": JSON, b"application#2Fpkcs7-signature": P7S, b"application#2Fjsonl": JOURNAL}
    own = {file: zlib.decompress(pdf[m.end():m.end() + int(m[2])]) for m in STREAM.finditer(pdf) for mime, file in name.items() if b"/Subtype/" + mime + b"/" in m[3]}
    yield Vector("PDF: beside its own files", {**own, "x.pdf": pdf}, VALID, root)
    yield Vector("its own files alone", own, VALID, root)


# ---- physical destruction ----

def destructions(s):
    root = s.root.pem

    def of(label, check, edit=None, expected=INVALID, like="disc-destroyed", **more):
        return Vector("destruction: " + label, s.issue(edit, like=like, proof=False, **more), expected, root, check=check, tools=False)

    def put(*path, value):
        def edit(d):
            for key in path[:-1]:
                d = d[key]
            d[path[-1]] = value
        return edit

    for like in ("disc-destroyed", "stick-shredded"):
        yield Vector("destruction: own keys, like " + like, s.issue(like=like), VALID, root)
    yield of("report", "type", expected=REMARKS, like="report-punched")
    for kind in ("P-384", "RSA-2048"):
        other = Station(kind)
        yield Vector("destruction: " + kind, other.issue(like="disc-destroyed"), VALID, other.root.pem)
    for label, *path, value in (("witness is the operator", "destruction", "witness", "name", "王 小明"), ("another technique", "sanitization", "technique", "melt"), ("level of another way", "sanitization", "levelClaimed", "purge"),
                                ("crushed", "destruction", "method", "crush"), ("ended before it began", "destruction", "ended", "2026-11-23T17:00:00Z"), ("verification not done", "verification", "result", "not-done"),
                                ("verdict of none", "verdict", "result", "inconclusive"), ("report that was a success", "type", "destruction-report"), ("not registered", "register", "started", None),
                                ("condition not met", "sanitization", "levelBasis", 0, "satisfied", False), ("refuted", "verdict", "support", 2, "holds", False), ("hidden laboratory", "laboratory", True),
                                ("file elsewhere", "destruction", "attachments", 0, "name", "../photo-1.jpg"), ("file of two points", "destruction", "attachments", 0, "name", "photo.1.jpg"), ("another way", "destruction", "method", "burn"),
                                ("count that is no number", "destruction", "count", "1"), ("unknown field", "destruction", "colour", "red"), ("no count", "destruction", "count", None), ("wipe's field", "passes", []),
                                ("nobody", "signatories", []), ("first signer is a person", "signatories", 0, "role", "operator"), ("digest of a photograph too short", "destruction", "attachments", 0, "sha256", "ab")):
        def edit(d, path=path, value=value):
            for key in path[:-1]:
                d = d[key]
            d.pop(path[-1]) if value is None else put(path[-1], value=value)(d)
        yield of(label, "content", edit)
    for label, *path, value in (("another count", "destruction", "count", 3), ("another machine", "destruction", "machine", "HSM 2"), ("another place", "destruction", "place", "臺北"), ("another witness", "destruction", "witness", "name", "張三"),
                                ("witness has an account of his own", "destruction", "witness", "sameAccount", False), ("another photograph", "destruction", "attachments", 0, "sha256", "ab" * 32),
                                ("another item", "destruction", "items", 0, "label", "光碟 9"), ("another medium", "medium", "serial", "ZZ-2"), ("another operator", "operator", "uid", 0)):
        yield of(label, "claim", put(*path, value=value))
    yield of("another document of the wipe", "claim", put("wipe", "sha256", value="ab" * 32), like="stick-shredded")
    yield of("another number of the wipe", "claim", put("wipe", "certificateId", value="2026-000002"), like="stick-shredded")

    def line(event, **fields):
        return lambda lines: [x.update(fields) for x in lines if x["event"] == event] and None

    yield of("journal: another count of the witness", "claim", journal=line("witnessed", count=2))
    yield of("journal: another way of the witness", "claim", journal=line("witnessed", method="melt"))
    yield of("journal: no end", "claim", put("endedAt", value="2026-11-23T18:55:44Z"), journal=lambda lines: [x for x in lines if x["event"] != "end"])
    yield of("journal: not registered", "claim", journal=lambda lines: [x for x in lines if x["event"] != "registered"])
    yield of("journal: no witness", "claim", journal=lambda lines: [x for x in lines if x["event"] != "witnessed"])
    files = s.issue(like="disc-destroyed")
    photo = "attachments/photo-1.jpg"
    yield Vector("destruction: photograph changed", {**files, photo: b"foto!"}, INVALID, root, check="attachments", tools=False)
    yield Vector("destruction: photograph empty", {**files, photo: b""}, INVALID, root, check="attachments", tools=False)
    yield Vector("destruction: photograph missing", {k: v for k, v in files.items() if k != photo}, CANNOT, root, check="attachments", tools=False)
    yield Vector("destruction: no root", files, CANNOT, None, check="trust", tools=False)
    yield Vector("destruction: photograph changed, no root", {**files, photo: b"foto!"}, INVALID, None, check="attachments", tools=False)
    yield Vector("destruction: payload changed", {**files, JSON: files[JSON].replace("李四".encode(), "李五".encode())}, INVALID, root, check="digest", tools=False)
    yield Vector("destruction: no journal", {k: v for k, v in files.items() if k != JOURNAL}, CANNOT, root, check="journal", tools=False)
    yield Vector("destruction: a photograph that nobody names", {**files, "photo-2.jpg": b"x"}, CANNOT, root, fingerprint="", tools=False)
    lin, twin = (Cert("Lin Mei", Key("P-256"), s.root, number="A123", purposes=(forge.MAIL,)) for _ in range(2))
    signers = [{"role": role, "certSha256": cert.sha256, "name": "Lin Mei", "id": "A123"} for role, cert in (("operator", lin), ("witness", twin))]
    named = [{"role": role, "certSha256": cert.sha256, "person": {"name": "Lin Mei", "id": "A123"}} for role, cert in (("operator", lin), ("witness", twin))]
    day = "2026-12-01T09:00:00Z"
    yield of("signed by its operator", "", lambda d: d["signatories"].append(named[0]), VALID, like="stick-shredded", others=[(lin, day)], journal=lambda lines: lines[0].update(signers=signers[:1]))
    yield of("the same person as operator and witness", "content", lambda d: d["signatories"].extend(named), like="stick-shredded", others=[(lin, day), (twin, day)], journal=lambda lines: lines[0].update(signers=signers))


# ---- what persons say of a document later ----

def statements(s):
    root = s.root.pem
    files = s.issue()
    wanting = s.issue(lambda d: d["validation"].update(required=True), journal=lambda lines: lines[0].update(approval=True))

    def of(label, check, decision="approved", expected=INVALID, base=files, **more):
        return Vector("statement: " + label, s.state(decision, base, **more), expected, root, check=check, tools=False)

    yield of("approved", "", expected=VALID)
    yield of("approved, without a proof", "", expected=VALID, proof=False)
    yield Vector("statement: none, and one is wanted", wanting, REMARKS, root, check="validation", tools=False)
    yield of("the one that is wanted", "", expected=VALID, base=wanting)
    yield of("rejected", "validation", "rejected", REMARKS)
    yield of("void", "withdrawal", "void", REMARKS)
    yield of("superseded", "withdrawal", "superseded", REMARKS)
    yield Vector("statement: approved and void", s.state("approved", s.state("void", files)), REMARKS, root, check="withdrawal", tools=False)
    yield Vector("statement: of a destruction", s.state("approved", s.issue(like="disc-destroyed")), VALID, root, tools=False)
    yield Vector("statement: of a destruction, void", s.state("void", s.issue(like="disc-destroyed")), REMARKS, root, check="withdrawal", tools=False)
    for kind in ("P-384", "RSA-2048"):
        yield of("signed with " + kind, "", expected=VALID, by=Cert("Lin Mei", Key(kind), s.root, number="A123", purposes=(forge.MAIL,)))
    day = "2026-12-01T09:00:00Z"
    for label, edit in (("of another schema", lambda d: d.update(schema="certwipe/statement/2")), ("of the other type", lambda d: d.update(type="document-withdrawal")), ("a word that is no decision", lambda d: d.update(decision="noted")),
                        ("a decision of the other kind", lambda d: d.update(decision="void")), ("no reason", lambda d: d.update(reason="")), ("a field too many", lambda d: d.update(note="x")), ("no documents", lambda d: d.update(documents=[])),
                        ("a document twice", lambda d: d["documents"].append(d["documents"][1])), ("names what supersedes, and does not say so", lambda d: d["documents"][0].update(supersededBy={"certificateId": "x", "jsonSha256": "ab" * 32})),
                        ("of other documents", lambda d: d["documents"].pop()), ("of another form of the document", lambda d: d["documents"][1].update(jsonSha256="ab" * 32)), ("over other signatures", lambda d: d["documents"][1].update(p7sSha256="ab" * 32)),
                        ("201 documents", lambda d: d["documents"].extend({"certificateId": "x%d" % i, "jsonSha256": "11" * 32, "p7sSha256": "22" * 32} for i in range(199))), ("two approvers", lambda d: d["signatories"].append(d["signatories"][0])),
                        ("approver is the station", lambda d: d["signatories"][0].update(role="station")), ("another name", lambda d: d["signatories"][0]["person"].update(name="Lin Wei")), ("another id", lambda d: d["signatories"][0]["person"].update(id="A124")),
                        ("another certificate", lambda d: d["signatories"][0].update(certSha256="ab" * 32)), ("by the operator's account", lambda d: d["by"].update(uid=json.loads(files[JSON])["operator"]["uid"])),
                        ("no time", lambda d: d.update(issuedAt="2026-13-01T00:00:00Z")), ("hidden order of text", lambda d: d.update(reason="a\u202eb"))):
        yield of(label, "validation", edit=edit)
    yield of("200 documents", "", expected=VALID, edit=lambda d: d["documents"].extend({"certificateId": "x%d" % i, "jsonSha256": "11" * 32, "p7sSha256": "22" * 32} for i in range(198)))
    yield of("superseded, and not by what", "withdrawal", "superseded", edit=lambda d: d["documents"][0].pop("supersededBy"))
    yield of("not canonical", "validation", sign=lambda d: canonical(d) + b"\n")
    yield of("signed two days later", "validation", signed_at="2026-12-03T10:00:00Z")
    yield of("signed before it was written", "validation", signed_at="2026-12-01T08:00:00Z")
    yield of("by a stranger's key", "validation", by=Cert("Lin Mei", Key("P-256"), Cert("certwipe root", Key("P-256"), ca=0), number="A123", purposes=(forge.MAIL,)))
    yield of("by an authority", "validation", by=Cert("Lin Mei", Key("P-256"), s.root, ca=0, number="A123"))
    yield of("by a certificate that was not valid then", "validation", by=Cert("Lin Mei", Key("P-256"), s.root, number="A123", purposes=(forge.MAIL,), ends="2026-11-30T00:00:00Z"))
    yield of("without the purpose", "validation", by=Cert("Lin Mei", Key("P-256"), s.root, number="A123", purposes=(forge.SIGNING,)))
    other = Cert("Wang", Key("P-256"), s.root, number="B1", purposes=(forge.MAIL,))
    yield of("a second signer", "validation", others=[(other, day)])
    yield of("wrong digest", "validation", message_digest=bytes(32))
    good = s.state("approved", files)
    for label, base in (("approved", wanting), ("void", files)):
        whole, name = s.state(label, base), {"approved": "approval", "void": "withdrawal"}[label]
        for lost, gone in (("its statement", (".json",)), ("all but its signature", (".json", ".tlog-proof")), ("all but its proof", (".json", ".json.p7s"))):
            yield Vector("statement: %s, %s taken away" % (label, lost), {k: v for k, v in whole.items() if k not in [name + end for end in gone]}, CANNOT, root,
                         check="validation" if base is wanting else "withdrawal", tools=False, why="of a statement that is not there: somebody took it away")
        yield Vector("statement: %s, empty" % label, {**whole, name + ".json": b""}, INVALID, root, check="validation" if base is wanting else "withdrawal", tools=False)
        yield Vector("statement: %s, alone" % label, {k: v for k, v in whole.items() if k not in files}, INVALID, root, check="size", tools=False)
    yield of("96 KiB and more", "validation", edit=lambda d: d["documents"].extend({"certificateId": "x%d" % i + "x" * 50, "jsonSha256": "11" * 32, "p7sSha256": "22" * 32, "supersededBy": {"certificateId": "y" * 60, "jsonSha256": "11" * 32}}
                                                                                   for i in range(230)))
    named = {k.replace("approval", "Approval"): v for k, v in s.state("approved", wanting).items()}
    yield Vector("statement: the one that is wanted, in files of another name", named, REMARKS, root, page=CANNOT, check="file", tools=False, why="it names files that are none of certwipe")
    yield Vector("statement: none, and a document of another name", {k.replace("evidence.json", "Evidence.json"): v for k, v in files.items()}, INVALID, root, check="size", tools=False)
    latin = copy.copy(forge.name)
    forge.name = lambda organisation, common, number=None: seq(set_of(seq(oid("2.5.4.3"), tlv(0x14, common.encode()))))
    strange = Cert("Lin Méi", Key("P-256"), s.root, purposes=(forge.MAIL,))
    forge.name = latin
    yield of("by a name that is not in the letters that its certificate says", "validation", by=strange, edit=lambda d: d["signatories"][0].update(person={"name": "Lin Méi"}))
    destroyed = s.issue(like="disc-destroyed")
    who = json.loads(destroyed[JSON])["destruction"]["operator"]
    yield of("by who destroyed it", "validation", base=destroyed, by=Cert(who, Key("P-256"), s.root, purposes=(forge.MAIL,)), edit=lambda d: d["signatories"][0].update(person={"name": who}))
    keyless = s.issue(edit=lambda d: d["register"].pop("noteKeyHex"), proof=False)
    yield of("of a register whose key is not named", "validation", expected=CANNOT, base=keyless)
    yield of("not to be told, and by the operator", "validation", base=keyless, edit=lambda d: d["by"].update(uid=json.loads(files[JSON])["operator"]["uid"]))
    yield of("rejected, where an approval is wanted", "validation", "rejected", REMARKS, wanting)
    yield of("a rejection that cannot be told", "validation", "rejected", CANNOT, wanting, grown=False)
    yield of("void, by the operator's account", "withdrawal", "void", edit=lambda d: d["by"].update(uid=json.loads(files[JSON])["operator"]["uid"]))
    yield of("void, of another form of the document", "withdrawal", "void", edit=lambda d: d["documents"][1].update(jsonSha256="ab" * 32))
    yield of("void, proof by another key", "withdrawal", "void", key=Key("Ed25519"))
    yield Vector("statement: payload changed", {**good, "approval.json": good["approval.json"].replace(b"Looked", b"Booked")}, INVALID, root, check="validation", tools=False)
    yield Vector("statement: signature gone", {k: v for k, v in good.items() if k != "approval.json.p7s"}, INVALID, root, check="validation", tools=False)
    yield Vector("statement: signature empty", {**good, "approval.json.p7s": b""}, INVALID, root, check="validation", tools=False)
    yield Vector("statement: void shown as approval", {**files, **{k.replace("withdrawal", "approval"): v for k, v in s.state("void", files).items() if k.startswith("withdrawal")}}, INVALID, root, check="validation", tools=False)
    yield Vector("statement: approval shown as withdrawal", {**files, **{k.replace("approval", "withdrawal"): v for k, v in good.items() if k.startswith("approval")}}, INVALID, root, check="withdrawal", tools=False)
    yield Vector("statement: no root", good, CANNOT, None, check="trust", tools=False)
    yield Vector("statement: of the document before it was signed again", s.issue() | {k: v for k, v in good.items() if k.startswith("approval")}, INVALID, root, check="validation", tools=False)
    proof = "approval.tlog-proof"
    for label, change in (("place", lambda b: b.replace(b"\nindex 5\n", b"\nindex 4\n")), ("size", lambda b: b.replace(b"\n7\n", b"\n8\n")), ("last byte", lambda b: b[:-1])):
        yield Vector("statement: proof with another " + label, {**good, proof: change(good[proof])}, INVALID, root, check="validation", tools=False)
    yield of("proof that does not show the register to have grown", "validation", expected=CANNOT, grown=False)
    yield of("the same, by another key", "validation", grown=False, key=Key("Ed25519"))
    yield of("proof by another key", "validation", key=Key("Ed25519"))
    yield Vector("statement: proof of a rejection", {**good, proof: s.state("rejected", files)[proof]}, INVALID, root, check="validation", tools=False)
    yield Vector("statement: proof of the document", {**good, proof: files[PROOF]}, INVALID, root, check="validation", tools=False)
    lin = Cert("Lin Mei", Key("P-256"), s.root, number="A123", purposes=(forge.MAIL,))
    own = s.issue(lambda d: d["signatories"].append({"role": "operator", "certSha256": lin.sha256, "person": {"name": "Lin Mei", "id": "A123"}}),
                  journal=lambda lines: lines[0].update(signers=[{"role": "operator", "certSha256": lin.sha256, "name": "Lin Mei", "id": "A123"}]), others=[(lin, day)])
    yield of("by the operator, with another certificate", "validation", base=own)
    yield of("by another person than the operator who signed", "", expected=VALID, base=own, by=other, edit=lambda d: (d["signatories"][0].update(person={"name": "Wang", "id": "B1"}), d["by"].update(uid=json.loads(files[JSON])["operator"]["uid"])))


# ---- exports of registers ----

def exports(s):
    root = s.root.pem
    files = s.issue(proof=False, edit=lambda d: d["register"].update(previousSize=0, previousRoot=hashlib.sha256(b"").hexdigest(), started=dict(d["register"]["started"])))
    good = s.export([files])

    def of(label, check, expected=INVALID, **more):
        return Vector("export: " + label, s.export([files], **more), expected, root, check="export" if check else "", tools=False)

    def but(label, check, expected=INVALID, **changed):
        changed = {{"p7s": "export.json.p7s", "manifest": "export.json", "leaves": "leaves.jsonl", "subjects": "subjects.jsonl", "proof": "proofs/2026-000017.tlog-proof"}.get(k, k): v for k, v in changed.items()}
        return Vector("export: " + label, {k: v for k, v in {**good, **changed}.items() if v is not None}, expected, root, check="export" if check else "", tools=False)

    yield of("whole", "", VALID)
    yield of("without its subjects", "", VALID, subjects=False)
    yield Vector("export: of one entry", s.export(entries=1), VALID, root, tools=False)
    yield Vector("export: no root", good, CANNOT, None, check="export", tools=False)
    yield Vector("export: root of somebody else", good, INVALID, Station().root.pem, check="export", tools=False)
    yield but("without its proofs", "", VALID, proof=None)
    for label, edit in (("of another type", lambda d: d.update(type="destruction-certificate")), ("of another version", lambda d: d.update(version="2.0")), ("without a root", lambda d: d["register"].pop("root")), ("without a key", lambda d: d["register"].pop("noteKeyHex")),
                        ("without a time", lambda d: d.update(issuedAt="now")), ("by nobody", lambda d: d.update(signatories=[])), ("by another station", lambda d: d["signatories"][0].update(certSha256="ab" * 32)), ("without a register", lambda d: d.pop("register"))):
        yield of("manifest " + label, "manifest", edit=edit)
    yield of("of another size than its checkpoint", "checkpoint", edit=lambda d: d["register"].update(size=7))
    yield of("of another root than its checkpoint", "checkpoint", edit=lambda d: d["register"].update(root="ab" * 32))
    yield of("of another origin than its checkpoint", "checkpoint", edit=lambda d: d["register"].update(origin="elsewhere"))
    yield of("checkpoint by another key", "checkpoint", key=Key("Ed25519"))
    yield of("says that there are more entries", "leaves", size=9)
    yield of("by a person", "manifest", cert=Cert("Lin Mei", Key("P-256"), s.root, number="A123", purposes=(forge.MAIL,)))
    yield of("an entry out of its place", "leaves", leaf=lambda n, x: x.update(index=3) if n == 2 else None)
    yield of("an entry of a later form", "leaves", CANNOT, leaf=lambda n, x: x.update(more=1) if n == 2 else None)
    yield of("an entry of version 2", "leaves", CANNOT, leaf=lambda n, x: x.update(v=2) if n == 2 else None)
    yield of("another subject", "leaves", leaf=lambda n, x: x.update(subjectSha256="ab" * 32) if n == 2 else None)
    for name in ("manifest", "p7s", "checkpoint", "leaves"):
        yield but(name + " missing", "checkpoint" if name == "checkpoint" else "leaves" if name == "leaves" else "manifest", **{name: None})
    lines = good["leaves.jsonl"].splitlines(True)
    yield but("an entry taken out", "leaves", leaves=b"".join(lines[:2] + lines[3:]))
    yield but("the last entry taken out", "leaves", leaves=b"".join(lines[:-1]))
    yield but("an entry changed", "leaves", leaves=good["leaves.jsonl"].replace(b"-00000002", b"-00000009"))
    yield but("last line torn", "leaves", leaves=good["leaves.jsonl"][:-1])
    yield but("blank line", "leaves", leaves=good["leaves.jsonl"] + b"\n")
    yield but("a subject changed", "leaves", subjects=good["subjects.jsonl"].replace(b"S-2", b"S-9"))
    yield but("a subject too many", "leaves", subjects=good["subjects.jsonl"] + b"{}\n")
    yield but("a subject too few", "leaves", subjects=b"".join(good["subjects.jsonl"].splitlines(True)[:-1]))
    yield but("a blank subject too many", "leaves", subjects=good["subjects.jsonl"] + b"\n")
    yield but("subjects of nothing", "leaves", subjects=b"")
    yield but("last subject torn", "leaves", subjects=good["subjects.jsonl"][:-1])
    yield but("leaves of nothing", "leaves", leaves=b"")
    yield but("checkpoint empty", "checkpoint", checkpoint=b"")
    yield but("checkpoint with a line behind it", "checkpoint", checkpoint=good["checkpoint"] + b"\n")
    yield but("checkpoint that somebody cosigned", "proofs", checkpoint=good["checkpoint"] + ("\u2014 other %s\n" % forge.b64(b"abcd" + bytes(72))).encode())
    yield but("checkpoint that somebody cosigned, without proofs", "", VALID, checkpoint=good["checkpoint"] + ("\u2014 other %s\n" % forge.b64(b"abcd" + bytes(72))).encode(), proof=None)
    yield but("its own key twice, once wrong", "checkpoint", checkpoint=good["checkpoint"] + forge.checkpoint("Test%20County/station%201", s.note, 1, bytes(32)).split("\n\n")[1].encode())
    yield Vector("export: of no entry", s.export(entries=0), VALID, root, tools=False)
    yield Vector("export: of 130 entries", s.export([files], entries=129), VALID, root, tools=False)
    yield Vector("export: one document entered twice", s.export([files, files]), INVALID, root, check="export", tools=False)
    yield of("an entry with a hidden order of text", "leaves", leaf=lambda n, x: x.update(outcome="a\u202eb") if n == 2 else None)
    yield of("an entry with a text that is too long", "leaves", CANNOT, leaf=lambda n, x: x.update(kind="x" * 16) if n == 2 else None)
    yield of("an entry with a number for a text", "leaves", CANNOT, leaf=lambda n, x: x.update(level=1) if n == 2 else None)
    yield of("an entry that lacks a field", "leaves", CANNOT, leaf=lambda n, x: x.pop("outcome") and None if n == 2 else None)
    yield of("an entry of a later form, and longer than any", "leaves", leaf=lambda n, x: x.update(more="x" * 8192) if n == 2 else None)
    yield Vector("export: of a register with a long name", s.export([files], who="縣" * 86), INVALID, root, check="export", tools=False)
    yield Vector("export: medium with a long name", s.export([files], subject=lambda n, x: x.update(model="x" * 256) if n == 2 else None), INVALID, root, check="export", tools=False)
    yield Vector("export: medium with a long serial number", s.export([files], subject=lambda n, x: x.update(serial="x" * 1023) if n == 2 else None), VALID, root, tools=False)
    yield Vector("export: medium with a longer serial number", s.export([files], subject=lambda n, x: x.update(serial="x" * 1024) if n == 2 else None), INVALID, root, check="export", tools=False)
    yield of("signed with SHA-1 in name", "manifest", digest_id=SHA_ID["sha1"])
    yield of("two signers", "manifest", others=[(Cert("Wang", Key("P-256"), s.root, purposes=(forge.MAIL,)), "2026-12-01T10:00:00Z")])
    late = Cert("station 1", Key("P-256"), s.root, begins="2026-12-01T10:00:01Z")
    yield of("issued before its station's certificate", "manifest", cert=late, at="2026-12-01T10:00:00Z")
    for kind in ("P-384", "RSA-2048"):
        other = Station(kind)
        yield Vector("export: by " + kind, other.export([other.issue(proof=False)]), VALID, other.root.pem, tools=False)
    whole = s.issue(proof=False)
    yield of("an entry of a later form in another's place", "leaves", CANNOT, leaf=lambda n, x: x.update(v=2, more=3) if n == 4 else None)
    yield Vector("export: beside its document", {**s.export([whole], entries=5), **whole}, INVALID, root, page=CANNOT, check="compared", tools=False, why="the page looks no document up in a register")
    yield but("manifest changed", "manifest", manifest=good["export.json"].replace(b"Test County", b"Best County"))
    yield but("signature of another export", "manifest", p7s=s.export()["export.json.p7s"])
    yield but("checkpoint of another export", "checkpoint", checkpoint=s.export()["checkpoint"])
    yield but("proof of another document", "proofs", proof=s.export([s.issue(proof=False)])["proofs/2026-000017.tlog-proof"])
    yield but("proof changed", "proofs", proof=good["proofs/2026-000017.tlog-proof"].replace(b"\nindex 5\n", b"\nindex 4\n"))
    yield but("proof with a line behind it", "proofs", proof=good["proofs/2026-000017.tlog-proof"] + "\u2014 other AAAAAAAA\n".encode())


# ---- the page alone: fingerprints that are typed, and codes that are pasted ----

def typed(s):
    files, pdf = s.issue(), read("pdf", "certificate.pdf")
    print_of = hashlib.sha256(forge.base64.b64decode(b"".join(read("pdf", "root.pem").split(b"\n")[1:-2]))).hexdigest()
    spaced = " ".join(print_of[i:i + 4] for i in range(0, 64, 4)).upper()
    yield Vector("fingerprint: right", {"x.pdf": pdf}, VALID, fingerprint=print_of)
    yield Vector("fingerprint: in groups and capitals", {"x.pdf": pdf}, VALID, fingerprint=spaced)
    yield Vector("fingerprint: of another root", {"x.pdf": pdf}, INVALID, fingerprint=s.root.sha256, check="trust")
    yield Vector("fingerprint: a digit too few", {"x.pdf": pdf}, CANNOT, fingerprint=print_of[:-1], check="trust")
    yield Vector("fingerprint: of the station's certificate", {**files, "root.pem": s.cert.pem}, INVALID, fingerprint=s.cert.sha256, check="trust")
    yield Vector("fingerprint: the root did not come along", files, CANNOT, fingerprint=s.root.sha256, check="trust")
    yield Vector("fingerprint: the root came along", {**files, "root.pem": s.root.pem}, VALID, fingerprint=s.root.sha256)
    yield Vector("fingerprint: another root came along", {**files, "root.pem": Station().root.pem}, INVALID, fingerprint=s.root.sha256, check="trust")
    yield Vector("no root, but one lies beside it", {**files, "root.pem": s.root.pem}, CANNOT, check="trust")
    yield Vector("root chosen, another fingerprint typed", files, CANNOT, s.root.pem, fingerprint="ab" * 32, check="trust")
    yield Vector("root chosen and its fingerprint typed", files, VALID, s.root.pem, fingerprint=s.root.sha256)


def pasted(s):
    files, root = s.issue(), s.root.pem
    d = json.loads(files[JSON])
    good = forge.summary(d, files[JSON], "3", s.cert)

    def of(label, note, expected, check="", given=None, trust=root):
        return Vector("QR: " + label, files if given is None else given, expected, trust, note=note, check=check, tools=False, fingerprint="")

    yield of("of the document", good, VALID)
    yield of("without the last line feed, as scanners give it", good.rstrip("\n"), VALID)
    yield of("with CRLF", good.replace("\n", "\r\n"), VALID)
    yield of("edited", good.replace("Stick 8", "Stick 9"), INVALID, "note-document")
    yield of("of another document", forge.summary(dict(d, certificateId="2026-000018"), files[JSON], "3", s.cert), INVALID, "note-document")
    yield of("place in the register changed", good.replace(" 3\n", " 4\n", 1), INVALID, "note-document")
    yield of("signed by somebody else", forge.summary(d, files[JSON], "3", Cert("station 1", Key("P-256"), s.root)), INVALID, "note-document")
    yield of("signature cut", good[:-20], INVALID, "note-form")
    yield of("not a summary", "https://example.org/certificate/17", INVALID, "note-form")
    yield of("unknown line of signature", good + "\u2014 other AAAAAAAA\n", INVALID, "note-form")
    yield of("unsigned", good.split("\n\n")[0] + "\n", INVALID, "note-form")
    yield of("alone, without its document", good, CANNOT, "note-document", {})
    yield of("of the document, root of somebody else", good, INVALID, "trust", None, Station().root.pem)
    yield of("of the document, no root", good, CANNOT, "note-document", None, None)
    rsa = Station("RSA-2048")
    files = rsa.issue()
    yield of("RSA", forge.summary(json.loads(files[JSON]), files[JSON], "3", rsa.cert), VALID, "", files, rsa.root.pem)


def odd(s):
    files, root = s.issue(), s.root.pem
    yield Vector("a letter among them", {**files, "letter.docx": b"PK"}, CANNOT, root, fingerprint="", tools=False)


def everything():
    s = Station()
    for part in (issued(), right(s), missing(s), texts(s), journals(s), signatures(s), chains(s), people(s), registers(s), destructions(s), statements(s), exports(s), pdfs(s), typed(s), pasted(s), odd(s)):
        yield from part


def flips(data, stride):
    """One bit each, at every stride-th byte."""
    for at in range(0, len(data), stride):
        yield at, data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]
