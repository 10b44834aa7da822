# SPDX-License-Identifier: Apache-2.0
"""Speed is worth nothing if the reading back does not look.  The medium is changed behind its back, between writing and reading back, and each change must be reported."""
import os
import signal

SECTOR = 512
BLOCK = 4096


class Image:
    """The file behind the loop device.  Places lie in the second half, where the reading back comes last."""

    def __init__(self, medium):
        self.medium, self.fd = medium, os.open(medium.path, os.O_RDWR)

    def place(self, n):
        return (self.medium.size // 2 + n * self.medium.size // 16) // BLOCK * BLOCK

    def get(self, n, size):
        return os.pread(self.fd, size, self.place(n))

    def put(self, n, data):
        os.pwrite(self.fd, data, self.place(n))

    def close(self):
        os.close(self.fd)


def flip_a_bit(image, before):
    sector = bytearray(image.get(1, SECTOR))
    sector[SECTOR // 3] ^= 0x10
    image.put(1, sector)
    return [(image.place(1), SECTOR)]


def swap_two_sectors(image, before):
    a, b = image.get(2, SECTOR), image.get(5, SECTOR)
    image.put(2, b)
    image.put(5, a)
    return [(image.place(2), SECTOR), (image.place(5), SECTOR)]


def drop_a_write(image, before):
    image.put(3, before)
    return [(image.place(3), BLOCK)]


def tampered(station, medium, change):
    """A wipe during which the medium is changed; true when exactly that was found, and no certificate came of it."""
    image = Image(medium)
    before, expected, read_before = image.get(3, BLOCK), [], medium.bytes_read()

    def on_line(run, job, line):
        if line["event"] != "step-end" or line["step"] != 1:
            return
        os.kill(job.executor, signal.SIGSTOP)
        if medium.bytes_read() - read_before < medium.size // 2:  # else it was too late, and nothing will be found
            expected.extend(change(image, before))
        os.kill(job.executor, signal.SIGCONT)

    run = station.wipe([medium], on_line=on_line)
    image.close()
    job, result = run.listed()[0], run.results[0]
    found = [(bad["offsetBytes"], bad["lengthBytes"]) for bad in job.step(2).bad]
    return bool(expected) and found == expected and run.exit == 6 and result["type"] == "destruction-report" and result["outcome"] != "sanitised"


def rechecked(station, medium):
    """A bit is flipped after the certificate: true when the certificate's own check finds it, and found nothing before."""
    run = station.wipe([medium])
    document = run.results[0]["path"]
    good = station.recheck(medium, document)
    image = Image(medium)
    flip_a_bit(image, None)
    image.close()
    return run.exit == 0 and good == 0 and station.recheck(medium, document) == 7


def check(station, medium):
    rows = [(name, "the wipe ends with 6 and a report that names exactly these sectors", tampered(station, medium, change)) for name, change in (
        ("one bit flipped", flip_a_bit), ("two sectors swapped", swap_two_sectors), ("one write dropped", drop_a_write))]
    return rows + [("one bit flipped after the certificate", "recheck says 0 before and 7 after", rechecked(station, medium))]
