#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""build.py [--write]: is share/verify/verify.html what the files of this folder make, and does certwipe-evidence(7) name its SHA-256?  --write makes it so.

What only people need is taken out: comments, blanks, line feeds.  No name is changed and no statement rewritten, so that the page that was checked can still be read.
A backslash at the end of a line joins it with the next one, as in C.
"""
import base64
import hashlib
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
PAGE, MANUAL = HERE + "/../../share/verify/verify.html", HERE + "/../../man/certwipe-evidence.7"
PARTS = "findings bytes json der keys certificates cms trust forms rules journal register statements export compare evidence note pdf words screen".split()  # each uses what stands before it
HEAD = "<!DOCTYPE html>\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n<!-- Built by src/page/build.py, where its source lies. -->\n"
FORMAT = "beautify=false,semicolons=false,quote_style=3,wrap_func_args=false,ecma=2020"  # terser, and nothing but its printer: one statement a line


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def part(name):
    return read("%s/%s" % (HERE, name))


def script():
    text = "'use strict';\n" + "".join(map(part, (name + ".js" for name in PARTS)))
    text = re.sub(r" *\\\n\t*", " ", text)
    try:  # Debian's modules lie where only Debian's own nodejs looks
        out = subprocess.run(["terser", "-f", FORMAT], input=text, stdout=subprocess.PIPE, env=dict(os.environ, NODE_PATH="/usr/share/nodejs"), check=True, encoding="utf-8").stdout
    except (OSError, subprocess.CalledProcessError) as e:
        sys.exit("The page is not built: it takes the package terser (%s)." % e)
    # Tables keep their lines.
    return re.sub(r"table\(`[^`]*`\)", lambda table: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[0], table[0]), out).strip()


def style():
    text = re.sub(r"/\*.*?\*/", "", part("page.css"), flags=re.S)
    text = re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r":\s+", ":", text)).replace(";}", "}")
    return text.strip()


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def page():
    js, css = script(), style()
    text = re.sub(r"<!--.*?-->", "", part("page.html").split("\n", 1)[1], flags=re.S)
    text = re.sub(r">\s+<input", "> <input", re.sub(r">\s+<(?!input)", "><", text))  # a blank between two buttons is seen
    text = re.sub(r"</?(head|body)>|</html>", "", text)  # HTML does without
    for place, value in (("{script}", digest(js)), ("{style}", digest(css)), ("{page.css}", css), ("{parts}", js)):
        assert text.count(place) == 1, place
        text = text.replace(place, value)
    return HEAD + text.lstrip()


def main(write):
    right = page()
    manual = re.sub(r"^[0-9a-f]{64}$", hashlib.sha256(right.encode()).hexdigest(), read(MANUAL), flags=re.M)
    for path, wanted in ((PAGE, right), (MANUAL, manual)):
        if wanted == read(path):
            continue
        if not write:
            sys.exit("%s is not what src/page makes: run src/page/build.py --write." % os.path.basename(path))
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(wanted)
    print("verify.html: %d bytes" % len(right.encode()))


if __name__ == "__main__":
    main(sys.argv[1:] == ["--write"])
