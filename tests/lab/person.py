#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""person.py SCREEN TYPED COMMAND...: runs the command at a terminal, in the guest.  What the terminal shows goes to the file SCREEN, what
a test appends to the file TYPED is typed.  The command's standard output is this program's, so that its JSON stays apart; so is its end.
"""
import os
import pty
import select
import sys
import time


def main(screen_path, typed_path, *command):
    out = os.dup(1)
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(out, 1)
        os.execvp(command[0], command)
    screen = open(screen_path, "wb", buffering=0)
    typed = open(typed_path, "rb")
    while True:
        ready, _, _ = select.select([terminal], [], [], 0)
        try:
            shown = os.read(terminal, 65536) if ready else b""
        except OSError:  # the command has closed the terminal
            break
        if shown:
            screen.write(shown)
        keys = typed.read()
        if keys:
            os.write(terminal, keys)
        if not ready and not keys:
            time.sleep(0.05)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main(*sys.argv[1:])
