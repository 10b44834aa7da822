#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""csp.py [--write]: does the policy of verify.html name exactly the script and the style that stand in it?  --write puts their hashes there."""
import base64
import hashlib
import os
import re
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../share/verify/verify.html")


def main(write):
    with open(PAGE, encoding="utf-8", newline="") as f:
        text = f.read()
    right = text
    for name in ("script", "style"):
        inside = re.findall(r"<%s>(.*?)</%s>" % (name, name), text, re.S)
        assert len(inside) == 1, "one <%s>, expected by its hash" % name
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        right = re.sub(r"(%s-src 'sha256-)[^']*'" % name, lambda m: m[1] + digest + "'", right)
    if write:
        with open(PAGE, "w", encoding="utf-8", newline="") as f:
            f.write(right)
    elif right != text:
        sys.exit("The hashes in the policy of verify.html are not those of its script and style: run tests/page/csp.py --write.")


if __name__ == "__main__":
    main(sys.argv[1:] == ["--write"])
