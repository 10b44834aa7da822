#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify.html against `certwipe verify`, on every vector, in both browsers; and a table of what everybody says: build/vectors.md."""
import json
import os
import subprocess
import sys
import tempfile

import browsers
import vectors
from tap import Report
from vectors import CANNOT, INVALID, REMARKS, VALID

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BIN = os.environ.get("CERTWIPE_BIN", ROOT + "/build/check/certwipe")
RANK = [VALID, REMARKS, CANNOT, INVALID]
NEVER_WHOLE = ("claim", "pdf-page")  # the page says that it did not compute the level, nor compare every word of a PDF


def worst(findings):
    return max(findings, key=RANK.index, default="-")


def page_says(items):
    """What the page found, but for the two remarks that it makes in any case."""
    found = []
    for item in items:
        rest = [f for name, f in item["checks"].items() if not (name in NEVER_WHOLE and f == REMARKS)]
        found.append(worst(rest + [VALID]))
        assert item["finding"] == worst(list(item["checks"].values())), item
        assert item["finding"] != VALID or not set(NEVER_WHOLE) & set(item["checks"]), "a document without a remark"
    return worst(found)


class Files:
    """The files of a vector on disk, for programs."""

    def __init__(self, vector):
        self.vector = vector

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        for name, data in self.vector.files.items():
            self.write(name, data)
        if self.vector.root is not None:
            self.write("../root-%s" % os.path.basename(self.folder.name), self.vector.root)
            self.root = os.path.realpath(os.path.join(self.folder.name, "../root-%s" % os.path.basename(self.folder.name)))
        return self

    def __exit__(self, *_):
        self.folder.cleanup()
        if self.vector.root is not None:
            os.unlink(self.root)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(os.path.join(self.folder.name, name), "wb") as f:
            f.write(data)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def certwipe(self):
        trust = ["--trust", self.root] if self.vector.root is not None else []
        names = list(self.vector.files)
        target = self.path(names[0]) if len(names) == 1 and names[0].endswith(".pdf") else self.folder.name
        out = subprocess.run([BIN, "verify", "--json", *trust, target], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return worst([item["finding"] for item in (json.loads(out) if out.strip() else {}).get("items", [])])

    def openssl(self):
        if not {vectors.JSON, vectors.P7S} <= set(self.vector.files) or self.vector.root is None:
            return "-"
        done = subprocess.run(["openssl", "cms", "-verify", "-binary", "-cades", "-no-CApath", "-no-CAstore", "-auth_level", "2", "-inform", "DER", "-attime", "1796076725", "-in", self.path(vectors.P7S),
                               "-content", self.path(vectors.JSON), "-CAfile", self.root, "-out", "/dev/null"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return "refuses" if done.returncode else "accepts"

    def pdfsig(self, nss):
        pdf = next((n for n in self.vector.files if n.endswith(".pdf")), None)
        if not pdf:
            return "-"
        out = subprocess.run(["pdfsig", "-nssdir", "sql:" + nss, self.path(pdf)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        words = [w for w in ("Signature is Valid", "Certificate is Trusted", "Total document signed", "Not total document signed", "Digest Mismatch") if w in out and not (w[0] == "T" and "Not total" in out)]
        return ", ".join(words) or "no signature"


def nss_database(folder):
    subprocess.run(["certutil", "-N", "-d", "sql:" + folder, "--empty-password"], check=True)
    with tempfile.NamedTemporaryFile() as f:
        f.write(vectors.read("pdf", "root.pem"))
        f.flush()
        subprocess.run(["certutil", "-A", "-d", "sql:" + folder, "-n", "root", "-t", "C,C,C", "-i", f.name], check=True)
    return folder


def judge(vector, who, found, items=None):
    expected = vector.page if items is not None and vector.page else vector.expected
    if found != expected:
        yield "%s: %s, expected %s%s" % (who, found, expected, " (%s)" % "; ".join(i["reason"] for i in items) if items else "")
    elif items is not None and vector.check and expected != VALID and not any(i["checks"].get(vector.check) == expected for i in items):
        yield "%s: found by another check than %s: %s" % (who, vector.check, [{k: v for k, v in i["checks"].items() if v != VALID} for i in items])


def look(vector, open_browsers, nss):
    """A row of the table, and what is wrong with it."""
    row, problems = {"vector": vector.name, "expected": vector.expected}, []
    with Files(vector) as files:
        if vector.fingerprint is None:
            row["certwipe"] = files.certwipe()
            problems += judge(vector, "certwipe", row["certwipe"]) if row["certwipe"] != "-" else []  # it refuses to begin with such roots
        if vector.tools:
            row["openssl"], row["pdfsig"] = files.openssl(), files.pdfsig(nss)
    for browser in open_browsers:
        items = browser.check(vector.files, vector.root, vector.fingerprint or "", vector.note)
        row[browser.name] = page_says(items)
        problems += judge(vector, browser.name, row[browser.name], items)
        if row[browser.name] == INVALID and any(i["facts"] for i in items if i["finding"] == INVALID):
            problems.append("%s: what is invalid is shown" % browser.name)
    return row, problems


def write_table(rows):
    os.makedirs(ROOT + "/build", exist_ok=True)
    head = ("vector", "expected", "certwipe", "chromium", "firefox", "openssl", "pdfsig")
    with open(ROOT + "/build/vectors.md", "w") as f:
        f.write("What the page says in any case, that it did not compute the level nor compare every word of a PDF, is left out of its columns.\n\n")
        for cells in (head, ["---"] * len(head), *([row.get(h, "-") for h in head] for row in rows)):
            f.write("| %s |\n" % " | ".join(cells))


def flip_everything(browser):
    """Every bit flip must be found, in the files of a document, of an approval beside it, of an export, and in a PDF: nothing in them lies outside of what is signed or proved."""
    station, problems, n = vectors.Station(), [], 0
    files = station.issue()
    whole = ((files, ((vectors.JSON, 61), (vectors.P7S, 5), (vectors.JOURNAL, 61), (vectors.PROOF, 11))),
             (station.state("approved", files), (("approval.json", 29), ("approval.json.p7s", 11), ("approval.tlog-proof", 23))),
             (station.export([station.issue(proof=False)]), (("export.json", 11), ("export.json.p7s", 11), ("checkpoint", 7), ("leaves.jsonl", 61), ("subjects.jsonl", 31), ("proofs/2026-000017.tlog-proof", 23))))
    for files, parts in whole:
        for name, stride in parts:
            for at, data in vectors.flips(files[name], stride):
                n += 1
                found = page_says(browser.check({**files, name: data}, station.root.pem))
                if found != INVALID and (name, found) != ("leaves.jsonl", CANNOT):  # an entry that may be of a later form
                    problems.append("%s: bit %d of byte %d: %s" % (name, at % 8, at, found))
    pdf = vectors.read("pdf", "certificate.pdf")
    for at, data in vectors.flips(pdf, 991):
        n += 1
        found = page_says(browser.check({"x.pdf": data}, vectors.read("pdf", "root.pem")))
        if found != INVALID:
            problems.append("PDF: bit %d of byte %d: %s" % (at % 8, at, found))
    print("# %d bits flipped" % n)
    return problems


def main(only):
    report, rows = Report(), []
    with tempfile.TemporaryDirectory() as nss, browsers.Chromium() as chromium, browsers.Firefox() as firefox:
        nss_database(nss)
        for vector in vectors.everything():
            if only and only not in vector.name:
                continue
            row, problems = look(vector, (chromium, firefox), nss)
            rows.append(row)
            report.case(vector.name, problems)
        if not only:
            report.case("every bit that is flipped is found", flip_everything(chromium))
            report.case("nothing was asked of a network", [u for u in chromium.requests if not u.startswith("file:")])
    if not only:
        write_table(rows)
    return report.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
