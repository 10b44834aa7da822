#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""together.py NAME FILE...: the tests of these files in one guest, one file behind the other.  Speaks TAP.

A boot, and the first wipe of a guest whose code qemu has not translated yet, cost as much as five further wipes.  Each file finds a fresh station.  A file whose main() asks for
devices or options has to run by itself.
"""
import importlib.util
import sys

import bench


def parts(paths):
    bench.collected = []
    for path in paths:
        bench.TESTS.clear()
        sys.argv = [path]
        spec = importlib.util.spec_from_file_location("__main__", path)  # so that it runs as it does by itself
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        if not bench.collected or bench.collected[-1].name not in path or not bench.collected[-1].tests:
            raise ValueError("%s brings no tests: main() is missing at its end, or has none to run" % path)
    if len(bench.collected) != len(paths):
        raise ValueError("%d files bring %d lists of tests" % (len(paths), len(bench.collected)))
    return bench.collected


if __name__ == "__main__":
    name, *paths = sys.argv[1:]
    sys.exit(bench.run_parts(name, parts(paths), network=True))
