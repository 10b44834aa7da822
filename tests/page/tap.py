# SPDX-License-Identifier: Apache-2.0
import sys


class Report:
    """TAP: a case is right when nothing is wrong with it."""

    def __init__(self):
        self.n, self.failed = 0, 0

    def case(self, name, problems):
        self.n += 1
        self.failed += bool(problems)
        print("%sok %d - %s" % ("not " if problems else "", self.n, name))
        for problem in problems:
            print("#   " + problem)
        sys.stdout.flush()

    def end(self):
        print("1..%d" % self.n)
        return 1 if self.failed else 0
