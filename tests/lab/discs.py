# SPDX-License-Identifier: Apache-2.0
"""Discs for tests: made, put into burners behind USB, wiped by the number on them, and the row that each gets in the table of discs.

    burner = Burner(Disc(Flash(lab.image(8), bs=BLOCK), "bd-re"), serial="BURNER01")
    stick = lab.plug(usb(burner), burner.serial)
    answer = lab.certwipe(*tagged(lab, stick.node))
    row(lab, "optical_overwrite", burner.disc, answer)
"""
from bench import old_sectors
from sim.usb import Bot

USB_ID = (0x0E8D, 0x1887)


def usb(burner):
    return Bot([burner], *USB_ID, serial="USB" + burner.serial)


def row(lab, technique, disc, answer, matter="does as it is told"):
    """A row of the table of discs (tests/run), and the rule for all of them: no certificate, and no success, while old data is left in the cells.
    technique: by its id, or how it was destroyed.  matter: what is the matter with the drive, or with the disc.  A refusal has the words of the refusal, a document its own."""
    result = answer.result if "results" in answer.doc else answer.doc
    error = result.get("error") or {}
    english, chinese = document_words(answer, result) or ("%s %s" % (error.get("message", ""), error.get("hint", "")), "-")
    said = "%s, level %s, exit %s: %s" % (result.get("type") or "none", result.get("level") or "none", answer.exit, error.get("message") or result.get("reason") or "done")
    truth = "in pieces, by the word of two persons" if technique in BY_HAND and answer.exit == 0 else truth_of(disc)
    lab.rows["discs"].append([disc.kind, technique, matter, truth, said, english, chinese])
    if old_sectors(disc.flash) and technique not in BY_HAND and (answer.exit == 0 or result.get("type") == "destruction-certificate"):
        raise AssertionError("FALSE CERTIFICATE: %s on a %s that %s, and %s\n%r" % (technique, disc.kind, matter, truth, answer))


BY_HAND = ("degauss", "disintegrate", "incinerate", "melt", "shred", "pulverize", "grind", "crush", "punch")


def truth_of(disc):
    """What the cells hold, and whether the drive still gives it out: a blanked disc may be full of data that no command reads."""
    left, blocks = old_sectors(disc.flash), disc.flash.blocks
    if not left:
        return "no old data in its %d blocks" % blocks
    return "old data in %d of %d blocks, of which the drive reads %d" % (left, blocks, disc.readable)


def document_words(answer, result):
    """Title, caveats and what happens next, in English and in Chinese; None when there is no document."""
    if not result.get("path"):
        return None
    document = answer.evidence()
    parts = [document["title"], *document["caveats"], document["nextStep"]]
    return tuple(" ".join(("%s: " % part["id"] if "id" in part else "") + part[language] for part in parts) for language in ("en", "zh_TW"))
