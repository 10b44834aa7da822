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
    bench.together = []
    for path in paths:
        bench.TESTS.clear()
        sys.argv = [path]
        spec = importlib.util.spec_from_file_location("__main__", path)  # so that it runs as it does by itself
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return bench.together


if __name__ == "__main__":
    name, *paths = sys.argv[1:]
    sys.exit(bench.run_parts(name, parts(paths), network=True))
