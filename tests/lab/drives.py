# SPDX-License-Identifier: Apache-2.0
"""NVMe drives for tests of the lab: simulated controllers behind NVMe/TCP, and what is held against what they say."""
import contextlib
import time

from bench import MIB
from sim.flash import Flash
from sim.nvme import FORMAT_NVM, SANITIZE, NvmeTcp

ATTESTED = "attested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = yes"


class Drive:
    """What a test needs to know of one: the first namespace is the medium."""

    def __init__(self, serial, nodes, flashes, controller=None):
        self.serial, self.nodes, self.flashes, self.controller = serial, nodes, flashes, controller

    @property
    def node(self):
        return self.nodes[0]

    @property
    def flash(self):
        return self.flashes[0]

    @property
    def controller_node(self):
        return self.node.rpartition("n")[0]


def connect(lab, controller):
    before = lab.blocks()
    made = lab.guest.run("modprobe nvme-tcp && nvme connect -t tcp -a 10.0.2.2 -s %d -n %s -c 1" % (controller.port, controller.nqn))
    assert not made.rc, made
    return lab.wait_new(before, len(controller.media))


@contextlib.contextmanager
def remote(lab, size=6 * MIB, others=(), **settings):
    """A drive over TCP; others are the sizes of further namespaces, settings those of sim.nvme.NvmeTcp."""
    lab.n += 1
    flashes = [Flash(lab.image(bytes_ / MIB)) for bytes_ in (size, *others)]
    settings = {"estimates": (1600, 1, 1), **settings}  # so that a block erase is the fastest
    controller = NvmeTcp(flashes[0], others=flashes[1:], serial="NVMESIM%04d" % lab.n, nqn="nqn.2024.lab:%d" % lab.n, eui64=b"LAB%04d\0" % lab.n, **settings).start()
    try:
        yield Drive(controller.serial, connect(lab, controller), flashes, controller)
    finally:
        lab.guest.run("nvme disconnect -n %s; true" % controller.nqn)
        controller.unplug()


def case_file(lab, *lines):
    lab.n += 1
    with open("%s/case%d.case" % (lab.guest.share, lab.n), "w") as f:
        f.write("[case]\nnote = laboratory\n[crypto-erase]\n" + "\n".join(lines) + "\n")
    return "/lab/case%d.case" % lab.n


def wiped(lab, drive, *options, device="a drive that does as it is told", technique=None):
    """One wipe, and its row of the table."""
    answer = lab.wipe(drive, options=options)
    named = technique or (options[options.index("--technique") + 1] if "--technique" in options else "nvme_sanitize_block")
    sent = told_to(drive) if drive.controller else drive.trace()
    lab.technique(named, device, sent, answer, drive)
    return answer


def native(answer):
    return answer.evidence()["native"]


def told_to(drive):
    return drive.controller.sent(SANITIZE, FORMAT_NVM)


def wait_until_told(drive):
    for _ in range(1200):
        if told_to(drive):
            return
        time.sleep(.1)
    raise TimeoutError("the drive was not told to sanitise itself: %r" % drive.controller.journal[-10:])
