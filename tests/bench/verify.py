#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify.py [DOCUMENTS]: what it costs to verify many documents: CPU seconds of certwipe-verify, the same on a busy machine and on an idle one, and how they grow.

Goals: 400 documents a second and core (P-256, one signer), growing linearly; a page with its letters in less than 0.3 s of CPU."""
import os
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VERIFIER = os.environ.get("CERTWIPE_VERIFIER", os.path.join(ROOT, "build", "certwipe-verify"))
VECTORS = os.path.join(ROOT, "tests", "vectors")
REPETITIONS = 5


def cpu_seconds(*arguments):
    """The least of several runs: what else the machine does only adds."""
    least = None
    for _ in range(REPETITIONS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run([VERIFIER, *arguments], stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if ended.returncode:
            sys.exit("%s ended with %d" % (VERIFIER, ended.returncode))
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = spent if least is None else min(least, spent)
    return least


def main():
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1600
    source = os.path.join(VECTORS, "stick-proved")
    root = os.path.join(source, "root.pem")
    print("| documents | processes | CPU s | documents/s of CPU |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=os.path.join(ROOT, "build")) as folder:
        made = 0
        for documents in (most // 4, most // 2, most):
            for made in range(made, documents):
                shutil.copytree(source, os.path.join(folder, "%06d" % made))
            made = documents
            for jobs in (1, 2):
                spent = cpu_seconds("--quiet", "--trust", root, "--jobs", str(jobs), folder)
                print("| %d | %d | %.2f | %.0f |" % (documents, jobs, spent, documents / spent))
    page = cpu_seconds("--quiet", "--trust", os.path.join(VECTORS, "pdf", "root.pem"), os.path.join(VECTORS, "pdf", "certificate.pdf"))
    print("\nOne page with its letters: %.3f s of CPU." % page)


main()
