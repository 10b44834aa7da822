#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""record_captures.py FOLDER: boots a guest with one medium of each kind and lets certwipe capture them all; tests/fixtures/captures holds such a run.

tests/unit/test_device_capture.c replays them without a kernel.  A run gives other UUIDs and sequence numbers, so record anew only what has to change.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from bench import CERTWIPE, MIB, make_file
from guest import Guest, image_device
from sim.ata import Ata
from sim.flash import Flash
from sim.mmc import BLOCK, Burner, Disc
from sim.scsi import Disk
from sim.usb import Bot, attach

SERIAL_PAGE, IDENTIFICATION_PAGE, ATA_PAGE, CHARACTERISTICS_PAGE = 0x80, 0x83, 0x89, 0xB1

# Name of the fixture, and what tells its medium from the others: its serial number, or a test of what was told.
MEDIA = {
    "usb-stick": "60A44C3FAE93",
    "usb-stick-hostile": lambda m: "HOSTILE" in m["fullSerial"],
    "usb-stick-no-serial": lambda m: m["bus"] == "usb" and not m.get("fullSerial") and m["hasMedium"],
    "usb-uas-ssd": "UASDISK1",
    "usb-reader-card": lambda m: m["sizeBytes"] == 24 * MIB,
    "usb-reader-empty-slot": lambda m: m["bus"] == "usb" and m["class"] == "USB_STICK" and not m["hasMedium"],
    "usb-bridge-hdd": "CASE00000000",
    "usb-bridge-ssd": "CASE00000001",
    "usb-cd-rw": lambda m: m["class"] == "CD_RW",
    "usb-dvd-ram": lambda m: m["class"] == "DVD_RAM",
    "sata-ssd": "SATASSD01",
    "sata-hdd": "SATAHDD01",
    "sas-hdd": "SASHDD01",
    "sas-ssd-4kn": "SASSSD4K",
    "nvme-namespace-1": lambda m: m["bus"] == "nvme" and m["sizeBytes"] == 64 * MIB,
    "nvme-namespace-2": lambda m: m["bus"] == "nvme" and m["sizeBytes"] == 32 * MIB,
    "nvme-zoned": lambda m: m["bus"] == "nvme" and m["zoned"],
    "sd-card": lambda m: m["bus"] == "mmc",
    "sata-dvd-empty": "DVDEMPTY1",
    "sata-dvd-pressed": "DVDFULL01",
    "virtio-disk": lambda m: m["bus"] == "virtio",
    "loop": lambda m: m["bus"] == "loop",
}

CAPTURE = """
mkdir -p /lab/captures
truncate -s 8M /run/medium.img
losetup -f /run/medium.img
udevadm settle
cd /sys/block
for name in *; do
	/lab/certwipe inspect /dev/$name --state /run/S --capture /lab/captures/$name.json >/lab/captures/$name.txt 2>&1
done
"""


class Bench:
    """Images in a folder of their own, and what hangs on them."""

    def __init__(self, work):
        self.work, self.links = work, []

    def image(self, name, mib, make=None):
        path = "%s/%s.img" % (self.work, name)
        make_file(path, mib * MIB)
        if make:
            subprocess.check_call([*make.split(), path], stdout=subprocess.DEVNULL)
        return path

    def drive(self, name, mib, device, make=None):
        return image_device(name, self.image(name, mib, make), device)

    def iso(self):
        path = self.work + "/cd.iso"
        with open(self.work + "/README", "w") as f:
            f.write("a disc of the laboratory\n")
        subprocess.check_call(["xorriso", "-as", "mkisofs", "-quiet", "-V", "LABCD", "-J", "-r", "-o", path, self.work + "/README"], stderr=subprocess.DEVNULL)
        return path

    def plug(self, guest, identifier, bot, bus="xhci.0"):
        self.links.append(attach(guest, identifier, bot, bus))

    def flash(self, name, mib, make=None, bs=512):
        return Flash(self.image(name, mib, make), bs=bs)


def fixed_devices(bench):
    """What cannot be hot-plugged."""
    return [*bench.drive("sata1", 64, "ide-hd,bus=ide.0,serial=SATASSD01,model=LABSATA,rotation_rate=1,wwn=0x5000c50012345671", "mkfs.ext4 -q -L SATAEXT"),
            *bench.drive("sata2", 64, "ide-hd,bus=ide.1,serial=SATAHDD01,model=LABSATAHDD,rotation_rate=7200"),
            "-device", "ide-cd,bus=ide.2,serial=DVDEMPTY1",
            *image_device("iso", bench.iso(), "ide-cd,bus=ide.3,serial=DVDFULL01", read_only=True),
            *bench.drive("sas1", 64, "scsi-hd,bus=vscsi.0,scsi-id=1,serial=SASHDD01,vendor=LAB,product=SASDISK,rotation_rate=10000,wwn=0x5000c50012345678"),
            *bench.drive("sas2", 64, "scsi-hd,bus=vscsi.0,scsi-id=2,serial=SASSSD4K,vendor=LAB,product=SASFLASH,rotation_rate=1,logical_block_size=4096,"
                         "physical_block_size=4096"),
            "-device", "nvme,id=nv,serial=NVME0001",
            *bench.drive("nv1", 64, "nvme-ns,bus=nv,nsid=1"),
            *bench.drive("nv2", 32, "nvme-ns,bus=nv,nsid=2,logical_block_size=4096,physical_block_size=4096"),
            *bench.drive("nv3", 48, "nvme-ns,bus=nv,nsid=3,zoned=true,zoned.zone_size=8M,zoned.zone_capacity=8M"),
            "-device", "sdhci-pci", *bench.drive("sd", 64, "sd-card", "mkfs.vfat -F32 -n LABSD"),
            "-device", "usb-uas,id=uas,bus=xhci.0,serial=UAS0001", *bench.drive("uas", 64, "scsi-hd,bus=uas.0,scsi-id=0,lun=0,serial=UASDISK1,rotation_rate=1"),
            *bench.drive("virtio", 16, "virtio-blk-pci,serial=VIRTIO01")]


def behind_bridge(flash, serial, ssd):
    vpd = (0, SERIAL_PAGE, IDENTIFICATION_PAGE, ATA_PAGE) + ((CHARACTERISTICS_PAGE,) if ssd else ())
    ata = Ata(flash, serial=serial, ssd=ssd, model="LAB ATA SSD" if ssd else "LAB ATA HDD")
    disk = Disk(flash, vendor="ASMT", product="2115", serial=serial, removable=False, ata=ata, vpd=vpd, wwn=0x5000C500AB340001 + ssd)
    return Bot([disk], vid=0x174C, pid=0x55AA, maker="Asmedia", product="ASM1051", serial="CASE0000000%d" % ssd)


def plug_all(bench, guest):
    kingston = {"vendor": "Kingston", "product": "DataTraveler 3.0"}
    hostile = {"vendor": b"\x1b[31mEVL", "product": b"\xff\x00\xe2\x80\xaeSTICK\x07", "revision": b"\x00\xff\\x"}
    bench.plug(guest, "u1", Bot([Disk(bench.flash("u1", 64, "mkfs.vfat -F32 -n LABSTICK"), **kingston)], maker="Kingston", product="DataTraveler 3.0",
                                serial="60A44C3FAE93", speed="super"))
    bench.plug(guest, "u2", Bot([Disk(bench.flash("u2", 8), **hostile)], maker="\x1b[2J", product="\u202eSTICK", serial="HOSTILE\x1b[31m\u202e\u8cc7\u6599" + "9" * 80))
    bench.plug(guest, "u3", Bot([Disk(bench.flash("u3", 8), vpd=(0,), serial="", **kingston)], serial=""))
    slots = [Disk(bench.flash("u4", 24), vendor="Generic", product="SD/MMC"), Disk(None, vendor="Generic", product="MicroSD")]
    bench.plug(guest, "u4", Bot(slots, vid=0x0BDA, pid=0x0129, maker="Generic", product="Card Reader", serial="20100201396000000"))
    bench.plug(guest, "u5", behind_bridge(bench.flash("u5", 64), "BRIDGEHDD1", ssd=False))
    bench.plug(guest, "u6", behind_bridge(bench.flash("u6", 64), "BRIDGESSD1", ssd=True))
    for name, kind in (("u7", "cd-rw"), ("u8", "dvd-ram")):
        disc = Disc(bench.flash(name, 16, bs=BLOCK), kind, **({"used": 512, "closed": True} if kind == "cd-rw" else {}))
        burner = Burner(disc, serial="OPTICAL" + name.upper())
        bench.plug(guest, name, Bot([burner], vid=0x0E8D, pid=0x1887, maker="LAB", product="BURNER", serial="BURNER" + name.upper()), bus="ehci.0")
    wait = "for i in $(seq 300); do [ $(ls -d /sys/block/sr* /sys/block/sd* | wc -l) -ge %d ] && break; sleep .1; done; udevadm settle; sleep 2; udevadm settle"
    guest.run(wait % 16)


def is_medium(test, medium):
    return medium.get("fullSerial") == test if isinstance(test, str) else test(medium)


def sort_out(captured, folder):
    """Gives each capture the name of its medium; the names that none was found for."""
    left = dict(MEDIA)
    for name in sorted(os.listdir(captured)):
        if not name.endswith(".json"):
            continue
        with open(os.path.join(captured, name)) as f:
            medium = json.load(f)["told"]["medium"]
        fitting = [fixture for fixture, test in left.items() if is_medium(test, medium)]
        print("%-12s %-8s %-16s %-30s %s" % (name[:-5], medium["bus"], medium["class"], medium.get("fullSerial", "")[:30], " ".join(fitting)))
        if fitting:
            shutil.copyfile(os.path.join(captured, name), "%s/%s.json" % (folder, fitting[0]))
            del left[fitting[0]]
    return list(left)


def main(folder):
    work = tempfile.mkdtemp(prefix="captures-", dir=os.environ.get("TMPDIR", "/tmp"))
    bench = Bench(work)
    guest = Guest(work, fixed_devices(bench))
    try:
        guest.start()
        shutil.copy(CERTWIPE, guest.share)
        plug_all(bench, guest)
        result = guest.run(CAPTURE, timeout_s=300)
        missing = sort_out(guest.share + "/captures", folder)
        if missing or result.rc:
            print(result, guest.run("lsblk; lsscsi; cat /lab/captures/*.txt; dmesg | tail -40"))
    finally:
        guest.power_cut()
        for link in bench.links:
            link.unplug()
        shutil.rmtree(work)
    if missing:
        sys.exit("not captured: " + " ".join(missing))


main(sys.argv[1])
