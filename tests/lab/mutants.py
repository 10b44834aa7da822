#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutants.py [NAME...]: is the lab worth anything?  Builds certwipe with one promise broken at a time, in a copy of the tree, and runs the tests that must notice.

Speaks TAP: a mutant that no test notices is a failure.  Not part of `make check`, because each needs a build and a guest: `make check-mutants`.
"""
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPY = ROOT + "/build/mutants"

# name: what is broken, [(file, what stands there, what the mutant has)], file of tests that must notice, or some tests of it
MUTANTS = {
    "verification-skipped": (
        "what is read back is not compared",
        [("src/engine/verify.c", "if (memcmp(found + i, w->expected.buf, step))", "if (0)")],
        "test_faults.py a_stick_that_wraps_is_found_out single_stuck_cells_are_found_wherever_they_are"),
    "identity-unchecked": (
        "whatever medium stands under the node counts as the one that was confirmed",
        [("src/device/identity.c", "\t\tif (!is_same(&want[i], &have[i]))\n", "\t\tif (0 && !is_same(&want[i], &have[i]))\n"),
         ("src/job/run.c", "if (rc == 0 && strcmp(digest, expected_sha256(r)) != 0)", "cw_strlcpy(digest, expected_sha256(r), CW_SHA256_HEX);\n\tif (0)")],
        "test_swap.py"),
    "one-sector-left": (
        "the last sector is neither written nor read, and counted",
        [("src/engine/sweep.c", "uint64_t whole_bytes = round_down(size_bytes, w.logical_bytes);", "uint64_t whole_bytes = round_down(size_bytes, w.logical_bytes) - w.logical_bytes;"),
         ("src/engine/sweep.c", "cw_extents_add(&w->result->bad, whole_bytes, w->size_bytes - whole_bytes, w->kind->fault, EINVAL);",
          "w->result->done_bytes += w->size_bytes - whole_bytes;")],
        "test_usb.py"),
    "status-trusted": (
        "a step that came to its end counts as one without errors and differences, whatever was counted",
        [("src/job/lines.c", "job_number(job_bad_bytes(r)), \"mismatchBytes\", job_number(r->mismatch_bytes));", "job_number(0), \"mismatchBytes\", job_number(0));"),
         ("src/job/run.c", "r->outcome = result->mismatch_bytes > 0 ? \"failed\" : NULL;", "r->outcome = NULL;"),
         ("src/job/lines.c", "*bad = bad_list(&r->bad, &listed);", "*bad = bad_list(&(const struct cw_extents){ 0 }, &listed);"),
         ("src/job/lines.c", "if (r->first_mismatch.class != 0)", "if (0)"),
         ("src/job/lines.c", "if (cw_tally_bytes(&r->tally) > 0)", "if (0)")],
        "test_faults.py a_stick_that_wraps_is_found_out single_stuck_cells_are_found_wherever_they_are"),
}


def run(*argv, **environment):
    return subprocess.run(argv, cwd=COPY, env=dict(os.environ, **environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def copy_tree():
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z"], text=True).split("\0")
    for name in filter(None, listed):
        os.makedirs(os.path.dirname(COPY + "/" + name), exist_ok=True)
        shutil.copy2(ROOT + "/" + name, COPY + "/" + name)


def change(path, old, new):
    with open(COPY + "/" + path) as f:
        text = f.read()
    if text.count(old) != 1:
        sys.exit("mutants.py: %s holds %d times, not once: %s" % (path, text.count(old), old))
    with open(COPY + "/" + path, "w") as f:
        f.write(text.replace(old, new))


def restore(path):
    shutil.copy(ROOT + "/" + path, COPY + "/" + path)


def noticed(name):
    """Lines of the tests that failed on this mutant."""
    what, changes, tests = MUTANTS[name]
    for path, old, new in changes:
        change(path, old, new)
    made = run("make", "-s", "-j2", "OUT=build/check", "all")
    if made.returncode:
        sys.exit("mutants.py: %s does not build\n%s" % (name, made.stdout))
    out = run("python3", *("tests/lab/" + tests).split(), CERTWIPE_BIN=COPY + "/build/check/certwipe").stdout
    for path, _, _ in changes:
        restore(path)
    print("# %s: %s\n%s" % (name, what, "".join("#   %s\n" % line for line in out.splitlines() if line.startswith(("ok", "not ok")))), end="")
    return [line for line in out.splitlines() if line.startswith("not ok")]


def main(names):
    copy_tree()
    print("1..%d" % len(names), flush=True)
    failed = 0
    for number, name in enumerate(names, 1):
        caught = bool(noticed(name))
        print("%sok %d - the lab notices the mutant %s" % ("" if caught else "not ", number, name), flush=True)
        failed += not caught
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(sys.argv[1:] or list(MUTANTS))
