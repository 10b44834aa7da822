# SPDX-License-Identifier: Apache-2.0
"""A command with a person at its terminal in the guest (person.py is the guest's side)."""
import os
import time


class Terminal:
    """A wipe with a person at the terminal: see() what it shows, type() an answer, end() is its answer."""

    def __init__(self, lab, *words):
        lab.n += 1
        self.lab, self.words = lab, words
        self.screen, self.typed = ("%s/person%d.%s" % (lab.guest.share, lab.n, end) for end in ("screen", "typed"))
        for path in (self.screen, self.typed):
            open(path, "w").close()
        inside = ("/lab/" + os.path.basename(path) for path in (self.screen, self.typed))
        self.job = lab.guest.spawn("TERM=xterm exec /lab/certwipe/person.py %s %s" % (" ".join(inside), lab.script(*words)))

    def shown(self):
        with open(self.screen, errors="replace") as f:
            return f.read()

    def see(self, text, timeout_s=40):
        deadline = time.monotonic() + timeout_s
        while text not in self.shown():
            if time.monotonic() > deadline:
                raise TimeoutError("%r never stood on the screen:\n%s" % (text, self.shown()))
            time.sleep(0.05)
        return self

    def type(self, line):
        with open(self.typed, "a") as f:
            f.write(line + "\n")
        return self

    def end(self, *media):
        answer = self.lab.answer(self.job, *self.words)
        answer.err += self.shown()
        answer.media = list(media)
        return answer
