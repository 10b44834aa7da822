#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job on USB sticks behind a real kernel: wiped and certified, pulled and resumed, told apart from their neighbours."""
import sys

from bench import MIB, ROOT, main, test
from sim.flash import Flash
from sim.scsi import PREVENT_ALLOW, Disk
from sim.usb import Bot

sys.path.insert(0, ROOT + "/tests/flow")
from windows import windows  # noqa: E402  what a document says was sampled

SAMPLING_POLICY = """
mkdir -p /etc/certwipe/policy
cd /usr/local/share/certwipe/policy
sed -e 's/^id = default$/id = sampling/' -e 's/^sampling = no$/sampling = yes/' default.policy >/etc/certwipe/policy/sampling.policy
"""


@test
def a_used_stick_is_certified(lab):
    stick = lab.stick("60A44C3FAE93", lab.image(32))
    seen = lab.inspect(stick.node).doc["medium"]
    assert (seen["bus"], seen["class"], seen["fullSerial"], seen["sizeBytes"]) == ("usb", "USB_STICK", "60A44C3FAE93", 32 * MIB), seen
    answer = lab.wipe(stick)
    answer.is_certificate()
    assert answer.result["level"] == "clear", answer


@test
def a_pulled_stick_is_resumed_after_replug_and_certified(lab):
    """The kernel first answers EIO and ENOSPC for a pulled cable, not ENODEV: that must not be taken for bad sectors."""
    image = lab.image(48)
    stick = lab.stick("60A44C3FAE94", image, vanish_after=24 * MIB)
    stopped = lab.wipe(stick)
    stopped.is_report(7)
    lab.pull(stick)
    again = lab.stick("60A44C3FAE94", image)
    resumed = lab.certwipe("resume")
    resumed.media = [again]
    resumed.is_certificate()
    assert resumed.evidence()["interruptions"], resumed


@test
def a_sample_reads_the_windows_that_its_document_names_and_no_others(lab):
    """A report: of a stick nothing less than a keystream that was read back whole shows that it is as large as it says."""
    assert lab.guest.run(SAMPLING_POLICY).rc == 0
    size = 16 * MIB
    stick = lab.stick("60A44C3FAE95", lab.image(16))
    read, released = bytearray(size // 512), []

    def on_read(offset, length):
        if stick.flash.written >= size and not released:  # what the kernel reads of the partition table comes before
            read[offset // 512:(offset + length) // 512] = b"\1" * (length // 512)

    def on_lock(target, cdb, data):
        if stick.flash.written >= size and not cdb[4] & 1:
            released.append(cdb)  # nobody has it open any more: whatever is read from now on, udev reads
        return b""

    stick.flash.on_read = on_read
    stick.bot.luns[0].hooks[PREVENT_ALLOW] = on_lock
    answer = lab.wipe(stick, options=["--policy", "sampling", "--verify", "sample"]).is_report(7)
    assert answer.reason == "No keystream was read back whole.", answer
    expected = bytearray(size // 512)
    for offset, length in windows(answer.evidence()):
        expected[offset // 512:(offset + length) // 512] = b"\1" * (length // 512)
    assert sum(expected) >= len(expected) // 10, "less than a tenth"
    assert released, "it was not let go of"
    missed = [i for i in range(len(read)) if expected[i] and not read[i]]
    assert not missed, "sectors of the sample that were never read: %s" % missed[:5]
    # What lies beside are the first and the last sectors, where the kernel looks for partitions when the medium is let go of.
    others = [i for i in range(len(read)) if read[i] and not expected[i]]
    assert len(others) <= 4096 and all(i < 2048 or i >= len(read) - 2048 for i in others), others[:20]


@test
def the_row_of_a_card_reader_authorises_no_card(lab):
    """Two cards in one reader have the reader's serial; a list that names it names neither of them."""
    images = [lab.image(8), lab.image(12)]
    cards = [Disk(Flash(path), vendor="Generic", product=name) for path, name in zip(images, ("SD/MMC", "MicroSD"))]
    reader = lab.plug(Bot(cards, vid=0x0BDA, pid=0x0129, maker="Generic", product="Card Reader", serial="20100201396000000"))
    assert len(reader.nodes) == 2, reader.nodes
    listed = lab.list_file(serials=["20100201396000000"])
    lab.certwipe("wipe", *reader.nodes, "--authorise", listed).refused(8)
    for card in reader.media:
        assert card.written == 0, "%d bytes were written to a card that nobody named" % card.written


main()
