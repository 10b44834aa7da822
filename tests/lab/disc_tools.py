# SPDX-License-Identifier: Apache-2.0
"""Other programs see the same disc: xorriso and dvd+rw-mediainfo against certwipe inspect --json, field by field."""
import re

from sim.mmc import BLOCK

# xorriso's names of what inspect calls by its profile.
NAMES = {0x08: "CD-ROM", 0x09: "CD-R", 0x0A: "CD-RW", 0x10: "DVD-ROM", 0x11: "DVD-R sequential recording", 0x12: "DVD-RAM", 0x13: "DVD-RW restricted overwrite",
         0x14: "DVD-RW sequential recording", 0x1A: "DVD+RW", 0x1B: "DVD+R", 0x40: "BD-ROM", 0x41: "BD-R sequential recording", 0x43: "BD-RE"}
SEQUENTIAL = (0x09, 0x0A, 0x11, 0x14, 0x1B, 0x41)  # what they say of the others' being closed is the program's idea of appending
STATUS = {"blank": "empty", "appendable": "appendable", "complete": "complete", "other": "other"}


def found(pattern, text, kind=str):
    """The group of the last match, None without one."""
    hits = re.findall(pattern, text)
    return kind(hits[-1]) if hits else None


def agree(lab, node, answer):
    """A field is compared wherever the program tells it; which it must tell follows from the kind of disc."""
    told = lab.guest.run("xorriso -outdev %s -toc 2>&1 </dev/null; echo ==; dvd+rw-mediainfo %s 2>&1; true" % (node, node)).out
    xorriso, _, mediainfo = told.partition("==\n")
    disc = answer.doc["capabilities"]["disc"]
    differing = [*xorriso_differs(xorriso, disc, answer.doc), *mediainfo_differs(mediainfo, disc, answer.doc["medium"]["sizeBytes"])]
    assert not differing, "%s\n%s\n%r" % ("\n".join("%s: %r, inspect says %r" % line for line in differing), told, answer)


def differences(fields):
    return [(what, theirs, ours) for what, theirs, ours in fields if theirs != ours]


def xorriso_differs(text, disc, doc):
    profile, status = disc["profile"], found(r"Media status : (.*)", text)
    readable, overall = found(r"(\d+) readable", text, int), found(r"(\d+) overall", text, int)
    fields = [("xorriso's kind", found(r"Media current: (.*)", text), NAMES[profile])]
    if profile in SEQUENTIAL:
        theirs = "empty" if "blank" in status else "appendable" if "appendable" in status else "complete"
        fields.append(("xorriso's status", theirs, disc["status"]))
        closed = disc["status"] == "complete"
        fields.append(("xorriso's size", (readable if closed else overall) * BLOCK, doc["medium"]["sizeBytes"] if closed else disc["capacityBytes"]))
    else:
        fields.append(("xorriso's capacity", overall * BLOCK, disc["capacityBytes"] if disc["erasable"] else doc["medium"]["sizeBytes"]))
    for label in re.findall(r"ISO session .* , (\S+)", text):
        fields.append(("xorriso's volume", label, doc["contents"][0]["label"]))
    fields.append(("can be erased, by xorriso's name of it", "RW" in NAMES[profile] or NAMES[profile] in ("DVD-RAM", "BD-RE"), disc["erasable"]))
    return differences(fields)


def mediainfo_differs(text, disc, size_bytes):
    """It looks at no CD, and of a DVD-ROM only at the kind."""
    if "Mounted Media" not in text:
        return differences([("dvd+rw-mediainfo's kind of disc, that is none", disc["profile"] in (0x08, 0x09, 0x0A), True)])
    fields = [("dvd+rw-mediainfo's profile", found(r"Mounted Media: +([0-9A-F]+)h", text, lambda h: int(h, 16)), disc["profile"])]
    if "ROM" not in disc["profileName"]:
        fields += [("dvd+rw-mediainfo's status", STATUS.get(found(r"Disc status: +(\w+)", text)), disc["status"]),
                   ("dvd+rw-mediainfo's sessions", found(r"Number of Sessions: +(\d+)", text, int), disc["sessions"]),
                   ("dvd+rw-mediainfo's tracks", found(r"Number of Tracks: +(\d+)", text, int), disc["tracks"])]
        readable = found(r"READ CAPACITY: +(\d+)\*2048", text, int)
        fields += [("dvd+rw-mediainfo's size", readable * BLOCK, size_bytes)] if readable and size_bytes else []
        capacity = found(r"(?:un)?formatted:\s+(\d+)\*2048", text, int)
        fields += [("dvd+rw-mediainfo's capacity", capacity * BLOCK, disc["capacityBytes"])] if capacity else []
    return differences(fields)
