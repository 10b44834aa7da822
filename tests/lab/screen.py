# SPDX-License-Identifier: Apache-2.0
"""What a terminal makes of an output: printable or not, and in which cells it stands."""
import re
import unicodedata

# Controls, format characters (bidi controls are of them), surrogates, private use, unassigned, line and paragraph separators
FORBIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def printable(raw):
    """The text of an output in bytes, after making sure that no terminal takes any of it for more than text."""
    text = raw.decode("utf-8")  # raises where it is no UTF-8
    bad = [(at, hex(ord(c))) for at, c in enumerate(text) if c != "\n" and unicodedata.category(c) in FORBIDDEN]
    if bad:
        raise AssertionError("not printable: %s in\n%r" % (bad[:10], text))
    return text


def width(c):
    if unicodedata.category(c) in ("Mn", "Me"):  # combines with the one before
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def cells(text):
    """Each character repeated by the cells that it takes."""
    return "".join(c * width(c) for c in text)


def table(text):
    """Rows of a table as lists of cells.  Columns are kept apart by two blanks, which all rows have in the same place between two titles."""
    head, *rows = [cells(line) for line in text.rstrip("\n").split("\n")]
    titles = [(m.start(), m.end()) for m in re.finditer(r"\S+( \S+)*", head)]
    borders = []
    for (_, end), (start, _) in zip(titles, titles[1:]):
        gaps = [at for at in range(end, start) if all(row[at:at + 2].strip() == "" for row in rows)]
        if not gaps:
            raise AssertionError("before the column %r two blanks are missing\n%s" % (head[start:start + 6], text))
        borders.append(gaps[0])
    ends = borders + [None]
    return [[row[a:b].strip() for a, b in zip([0] + borders, ends)] for row in rows]
