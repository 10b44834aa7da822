# SPDX-License-Identifier: Apache-2.0
"""Makes certificates, signatures, proofs and notes that are right, or wrong in one chosen way.  The structures are put together here, byte by byte; openssl only signs."""
import base64
import datetime
import hashlib
import json
import os
import subprocess
import tempfile

WORK = tempfile.TemporaryDirectory(prefix="certwipe-forge-")


def openssl(*argv, data=b""):
    return subprocess.run(["openssl", *argv], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


# ---- DER ----

def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts, tag=0x31, unsorted=False):
    return tlv(tag, *(parts if unsorted else sorted(parts)))


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def octets(data):
    return tlv(4, data)


def bits(data, unused=0):
    return tlv(3, bytes([unused]), data)


def oid(text):
    numbers = [int(x) for x in text.split(".")]
    body = bytearray([40 * numbers[0] + numbers[1]])
    for n in numbers[2:]:
        groups = [n & 127]
        while n := n >> 7:
            groups.insert(0, 128 | n & 127)
        body += bytes(groups)
    return tlv(6, bytes(body))


def utc(text):
    """2026-11-23T20:56:44Z"""
    plain = text.translate({ord(c): None for c in "-T:"})
    return tlv(0x17, plain[2:].encode()) if text < "2050" else tlv(0x18, plain.encode())


NULL = bytes.fromhex("0500")
DATA, SIGNED_DATA = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.2")
SHA_ID = {"sha256": seq(oid("2.16.840.1.101.3.4.2.1")), "sha384": seq(oid("2.16.840.1.101.3.4.2.2")), "sha1": seq(oid("1.3.14.3.2.26")), "md5": seq(oid("1.2.840.113549.2.5"))}
ECDSA_ID = {"sha256": seq(oid("1.2.840.10045.4.3.2")), "sha384": seq(oid("1.2.840.10045.4.3.3")), "sha1": seq(oid("1.2.840.10045.4.1"))}
RSA_ID = seq(oid("1.2.840.113549.1.1.1"), NULL)
RSA_CERT_ID = {"sha256": seq(oid("1.2.840.113549.1.1.11"), NULL), "sha1": seq(oid("1.2.840.113549.1.1.5"), NULL)}


# ---- keys ----

class Key:
    def __init__(self, kind):
        self.kind = kind
        self.path = tempfile.mkstemp(dir=WORK.name, suffix=".pem")[1]
        if kind.startswith("RSA"):
            pem = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + kind[4:])
        elif kind == "Ed25519":
            pem = openssl("genpkey", "-algorithm", "ED25519")
        else:
            pem = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind)
        with open(self.path, "wb") as f:
            f.write(pem)
        self.spki = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        self.digest = "sha384" if kind == "P-384" else "sha256"

    @property
    def raw(self):
        return self.spki[-32:]

    def sign(self, data, digest=None):
        if self.kind != "Ed25519":
            return openssl("dgst", "-" + (digest or self.digest), "-sign", self.path, data=data)
        with tempfile.NamedTemporaryFile(dir=WORK.name) as f:
            f.write(data)
            f.flush()
            return openssl("pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", f.name)

    def cms_id(self):
        return RSA_ID if self.kind.startswith("RSA") else ECDSA_ID[self.digest]

    def cert_id(self, digest):
        return RSA_CERT_ID[digest] if self.kind.startswith("RSA") else ECDSA_ID[digest]


# ---- certificates ----

MAIL, SIGNING, STAMPING = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.8"


def name(organisation, common, number=None):
    parts = [("2.5.4.10", organisation), ("2.5.4.3", common)] + ([("2.5.4.5", number)] if number else [])
    return seq(*(set_of(seq(oid(kind), tlv(0x0c, text.encode()))) for kind, text in parts))


def extension(number, value, critical=False):
    return seq(oid(number), *([tlv(1, b"\xff")] if critical else []), octets(value))


def key_id(key):
    return hashlib.sha1(key.spki).digest()


class Cert:
    """ca: path length, or None for a station; issuer None: self-signed."""
    serial = 1000

    def __init__(self, common, key, issuer=None, ca=None, begins="2026-01-01T00:00:00Z", ends="2036-01-01T00:00:00Z", usage=b"\x06\xc0", purposes=(MAIL, SIGNING), critical_usage=True, extra=(), digest=None,
                 organisation="Test County", number=None):
        Cert.serial += 1
        signer, self.key, self.serial = issuer.key if issuer else key, key, integer(Cert.serial)
        self.subject = name(organisation, common, number)
        self.issuer = issuer.subject if issuer else self.subject
        digest = digest or signer.digest
        extensions = [extension("2.5.29.14", octets(key_id(key)))]
        if issuer:
            extensions.append(extension("2.5.29.35", seq(tlv(0x80, key_id(signer)))))
        if ca is not None:
            extensions += [extension("2.5.29.19", seq(tlv(1, b"\xff"), *([integer(ca)] if ca >= 0 else [])), True), extension("2.5.29.15", tlv(3, b"\x01\x06"), True)]
        if ca is None:
            if usage:
                extensions.append(extension("2.5.29.15", tlv(3, usage), critical_usage))
            if purposes:
                extensions.append(extension("2.5.29.37", seq(*map(oid, purposes))))
        tbs = seq(tlv(0xa0, integer(2)), self.serial, signer.cert_id(digest), self.issuer, seq(utc(begins), utc(ends)), self.subject, key.spki, tlv(0xa3, seq(*extensions, *extra)))
        self.der = seq(tbs, signer.cert_id(digest), bits(signer.sign(tbs, digest)))
        self.sha256 = hashlib.sha256(self.der).hexdigest()
        self.pem = ("-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % base64.encodebytes(self.der).decode()).encode()


# ---- signatures ----

def attribute(number, *values):
    return seq(oid(number), set_of(*values))


def signing_certificate(cert, digest="sha256", issuer=False):
    whole = hashlib.new(digest, cert.der).digest()
    return attribute("1.2.840.113549.1.9.16.2.47", seq(seq(seq(*([] if digest == "sha256" else [SHA_ID[digest]]), octets(whole), *([seq(seq(tlv(0xa4, cert.issuer)), cert.serial)] if issuer else [])))))


def signer_info(content, cert, at, **wrong):
    get = wrong.get
    digest = get("digest", cert.key.digest)
    attributes = get("attributes") or [attribute("1.2.840.113549.1.9.3", get("content_type", DATA)), attribute("1.2.840.113549.1.9.4", octets(get("message_digest", hashlib.new(digest, content).digest()))),
                                       *([] if at is None else [attribute("1.2.840.113549.1.9.5", utc(at))]), get("ess", signing_certificate(get("ess_cert", cert), issuer=get("ess_issuer", False)))]
    attributes += get("more_attributes", [])
    signed = set_of(*attributes, unsorted=get("unsorted", False))
    signature = get("signature") or cert.key.sign(get("really_signed", signed), get("really_digest", digest))
    return seq(get("signer_version", integer(1)), get("sid", seq(cert.issuer, cert.serial)), get("digest_id", SHA_ID[digest]), *([] if get("no_attributes") else [bytes([0xa0]) + signed[1:]]),
               get("signature_id", cert.key.cms_id()), octets(signature), *get("unsigned", []))


def signed_data(content, cert, at="2026-11-23T20:56:44Z", others=(), **wrong):
    """CAdES-B-B as certwipe writes it; others: certificates and times of those who sign besides; `wrong` replaces a part."""
    get = wrong.get
    infos = [signer_info(content, cert, at, **wrong)] + [signer_info(content, c, t) for c, t in others]
    announced = {get("announced", get("digest_id", SHA_ID[get("digest", cert.key.digest)]))} | {SHA_ID[c.key.digest] for c, _ in others}
    data = seq(get("version", integer(1)), set_of(*announced), seq(get("content_info", DATA), *get("attached", [])),
               set_of(*[c.der for c in get("certs", [cert] + [c for c, _ in others])], tag=0xa0), *get("crls", []), set_of(*get("infos", infos + get("more_infos", []))))
    return seq(SIGNED_DATA, tlv(0xa0, data))


# ---- JSON, journal, register ----

def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chained(lines):
    """Journal lines with their numbers and hashes made right again."""
    before, out = "0" * 64, b""
    for n, line in enumerate(lines):
        raw = canonical(dict(line, seq=n, prev=before))
        before = hashlib.sha256(raw).hexdigest()
        out += raw + b"\n"
    return out


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(a, b):
    return hashlib.sha256(b"\1" + a + b).digest()


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root_of(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node_hash(root_of(hashes[:k]), root_of(hashes[k:]))


def path_of(m, hashes):
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    return path_of(m, hashes[:k]) + [root_of(hashes[k:])] if m < k else path_of(m - k, hashes[k:]) + [root_of(hashes[:k])]


def consistency_of(m, hashes, whole=True):
    n = len(hashes)
    if m == n:
        return [] if whole else [root_of(hashes)]
    k = split(n)
    if m <= k:
        return consistency_of(m, hashes[:k], whole) + [root_of(hashes[k:])]
    return consistency_of(m - k, hashes[k:], False) + [root_of(hashes[:k])]


def b64(data):
    return base64.b64encode(data).decode()


def note_id(who, key):
    return hashlib.sha256(who.encode() + b"\n\1" + key.raw).digest()[:4]


def checkpoint(who, key, size, root, text=None, more=""):
    text = text or "%s\n%d\n%s\n" % (who, size, b64(root))
    return "%s\n\u2014 %s %s\n%s" % (text, who, b64(note_id(who, key) + key.sign(text.encode())), more)


def tlog_proof(leaf, index, path, note, consistency=None):
    extra = {"leaf": leaf, **({} if consistency is None else {"consistency": [h.hex() for h in consistency]})}
    return ("c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n%s\n%s" % (b64(canonical(extra)), index, "".join(b64(h) + "\n" for h in path), note)).encode()


def summary(document, raw, place, cert, signature=None):
    """The signed text of the QR code."""
    d, v = document, document["verification"]
    head = "certwipe1\n%s\n%s\n%s\n%s\n%s %s %s %s%s\n%s %s %d %d\n%s\n%s %s\n" % (
        d["certificateId"], d["issuedAt"], d["medium"]["model"], d["medium"]["serial"], d["type"].replace("destruction-", ""), d["verdict"]["result"], d["verdict"]["level"],
        d["sanitization"]["technique"], " laboratory" if d["laboratory"] else "", v["method"], v["result"], v["coverageBytes"], v["mismatchBytes"], hashlib.sha256(raw).hexdigest(), d["register"]["origin"], place)
    who = d["register"]["origin"].replace(" ", "_").replace("+", "_")
    return "%s\n\u2014 %s %s\n" % (head, who, b64(hashlib.sha256(cert.key.spki).digest()[:4] + (signature or cert.key.sign(head.encode()))))
