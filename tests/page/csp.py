#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""csp.py [--write]: does the policy of verify.html name exactly the script and the style that stand in it, and certwipe-evidence(7) the page?  --write makes it so."""
import base64
import hashlib
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAGE, MANUAL = ROOT + "/share/verify/verify.html", ROOT + "/man/certwipe-evidence.7"


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def page(text):
    for name in ("script", "style"):
        inside = re.findall(r"<%s>(.*?)</%s>" % (name, name), text, re.S)
        assert len(inside) == 1, "one <%s>, expected by its hash" % name
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        text = re.sub(r"(%s-src 'sha256-)[^']*'" % name, lambda m: m[1] + digest + "'", text)
    return text


def main(write):
    right = page(read(PAGE))
    manual = re.sub(r"^[0-9a-f]{64}$", hashlib.sha256(right.encode()).hexdigest(), read(MANUAL), flags=re.M)
    for path, wanted in ((PAGE, right), (MANUAL, manual)):
        if wanted == read(path):
            continue
        if not write:
            sys.exit("%s: a hash of the page or of its parts is not the right one: run tests/page/csp.py --write." % os.path.basename(path))
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(wanted)


if __name__ == "__main__":
    main(sys.argv[1:] == ["--write"])
