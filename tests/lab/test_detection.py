#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
"""Detection as on a desktop: what list, inspect and plan tell of every kind of medium is compared with what was plugged in,
and no string of a device reaches a screen as it is.

One row of MEDIA is one medium: how it is plugged in, and everything that must be told of it.  To add one, copy a row.  Discs: test_optical.py.
"""
import json
import os
import pathlib
import re
import struct
import subprocess

from bench import MIB, ROOT, main, make_file, test
from guest import image_device
from screen import printable, table
from sim.flash import Flash
from sim.nvme import NvmeTcp
from sim.scsi import Disk
from sim.usb import Bot

EMPTY_DRIVE = 0x1FFFFF * 512  # what the kernel invents for an optical drive that it cannot ask
QEMU = re.search(r"version (\S+)", subprocess.check_output(["qemu-system-x86_64", "--version"], text=True)).group(1)
HARMFUL = "\x1b[2J\u202e\n\tSN0051"  # a serial number
UNPRINTABLE = "It has bytes that cannot be printed, so nobody can compare it with a label."
SLOT = "It belongs to the drive or reader, not to the medium in it."


class Medium:
    """size: in bytes as the guest's lsblk shows it; no two are alike, so it finds the medium, and find, a model or a node, does where it cannot.
    cold: qemu device that is there from the start; the others are plugged in by plug_in().  content: command that fills the image {}.
    told: what must be told.  An identity field is "text (source)", with ", weak: why" if it is no good one; what is not named must not be there.
    """

    def __init__(self, what, size, cold=None, content="true", find=None, **told):
        self.what, self.size, self.cold, self.content, self.find = what, size, cold, content, find
        self.told = {"blocks": "512/512", "state": "ready", "contents": "", "hidden": "unknown", "plan": "none", **told}
        self.told["flags"] = set(self.told["flags"].split())
        self.image = what.replace(" ", "-") + ".img"

    @property
    def serial(self):
        return self.told["serial"].split(" (")[0]


def strings(source, **fields):
    return {name: "%s (%s)" % (text, source) for name, text in fields.items()}


def inquiry(vendor, model, firmware):
    return strings("scsi-inquiry", vendor=vendor, model=model, firmware=firmware)


def nvme(serial, nsid, count):
    return {"bus": "nvme", "kind": "NVME", "namespaces": count, **strings("nvme-identify", model="QEMU NVMe Ctrl", firmware=QEMU, serial=serial),
            "wwn": "nsid.%d (nvme-identify, weak: The namespace has only a number, no name of its own.)" % nsid}


def usb(serial, usb_id="46f4:0001", **more):
    """A USB stick, qemu's if not said otherwise."""
    return {"bus": "usb", "kind": "USB_STICK", "flags": "removable hotplug hasMedium rotational", "hidden": "none", "plan": "clear",
            "serial": serial, "usbId": usb_id + " (usb-descriptor)", **inquiry("QEMU", "QEMU HARDDISK", "2.5+"), **more}


MEDIA = [
    Medium("SATA hard disk", 64 * MIB, content="mkfs.ext4 -q -L ARCHIVE {}",
           cold="ide-hd,bus=ide.0,model=WDC WD40EZRZ-00GXCB0,ver=80.00A80,serial=WD-WCC4E5ABC123,wwn=0x50014ee2b1234567,rotation_rate=7200,"
                "physical_block_size=4096",
           bus="ata", kind="HDD_ATA", blocks="512/4096", flags="hasMedium rotational", contents="ext4 ARCHIVE", hidden="none", plan="clear",
           **strings("scsi-vpd-89", model="WDC WD40EZRZ-00GXCB0", firmware="80.00A80"),
           serial="WD-WCC4E5ABC123 (scsi-vpd-80)", wwn="naa.50014ee2b1234567 (scsi-vpd-83)"),
    Medium("SATA solid-state drive", 48 * MIB,
           content="printf 'label: gpt\n2048,16384\n20480\n' | sfdisk -q {} && mkfs.vfat -n BOOT --offset 2048 {} 8192 && "
                   "mkfs.ext4 -q -L ROOT -E offset=10485760 {} 32m",
           cold="ide-hd,bus=ide.1,model=Samsung SSD 860 EVO,ver=RVT01B6Q,serial=S3Z8NB0K98765P,wwn=0x5002538e40123456,rotation_rate=1",
           bus="ata", kind="SSD_ATA", flags="hasMedium", contents="gpt, 1 vfat BOOT, 2 ext4 ROOT", hidden="none", plan="clear",
           **strings("scsi-vpd-89", model="Samsung SSD 860 EVO", firmware="RVT01B6Q"),
           serial="S3Z8NB0K98765P (scsi-vpd-80)", wwn="naa.5002538e40123456 (scsi-vpd-83)"),
    Medium("CD drive without a disc", EMPTY_DRIVE, cold="ide-cd,bus=ide.2,ver=1.00,serial=CDDRIVE0001",
           bus="ata", kind="UNKNOWN", flags="removable rotational readOnly", state="no-medium", plan="refused: no-medium",
           **inquiry("QEMU", "QEMU DVD-ROM", "1.00"), serial="CDDRIVE0001 (udev, weak: %s)" % SLOT),
    Medium("CD drive with a pressed disc", 0, content="xorriso -as mkisofs -quiet -V LABCD -o {} include",
           cold="ide-cd,bus=ide.3,ver=1.00,serial=CDDRIVE0002",
           bus="ata", kind="OPTICAL_PRESSED", blocks="2048/2048", flags="removable rotational readOnly hasMedium", contents="iso9660 LABCD",
           state="read-only", plan="refused: read-only", **inquiry("QEMU", "QEMU DVD-ROM", "1.00"),
           serial="CDDRIVE0002 (udev, weak: %s)" % SLOT),
    Medium("SAS hard disk", 32 * MIB,
           cold="scsi-hd,bus=vscsi.0,scsi-id=1,vendor=SEAGATE,product=ST4000NM0023,ver=0004,serial=Z1Z2ABCD0000R,wwn=0x5000c50012345678,"
                "rotation_rate=7200",
           bus="scsi", kind="HDD_SCSI", flags="hasMedium rotational", **inquiry("SEAGATE", "ST4000NM0023", "0004"),
           serial="Z1Z2ABCD0000R (scsi-vpd-80)", wwn="naa.5000c50012345678 (scsi-vpd-83)"),
    Medium("solid-state drive with sectors of 4096", 36 * MIB, content="mkfs.ext4 -q -b 4096 -L FOURK {}",
           cold="scsi-hd,bus=vscsi.0,scsi-id=2,vendor=KIOXIA,product=KPM6XRUG960G,ver=0104,serial=Y1G0A00LT5A1,rotation_rate=1,"
                "logical_block_size=4096,physical_block_size=4096",
           bus="scsi", kind="SSD_SAS", blocks="4096/4096", flags="hasMedium", contents="ext4 FOURK",
           **inquiry("KIOXIA", "KPM6XRUG960G", "0104"), serial="Y1G0A00LT5A1 (scsi-vpd-80)"),
    Medium("SCSI drive that means harm", 56 * MIB,
           cold="scsi-hd,bus=vscsi.0,scsi-id=3,vendor=\x1b[2J,product=\x1b]0;x\x07,ver=\x9b2J,serial=%s,device_id=\x1b]0;x\x07\u2066" % HARMFUL,
           bus="scsi", kind="HDD_SCSI", flags="hasMedium rotational", **inquiry("[2J", "]0;x", "2J"),
           serial=r"\x1b[2J\xe2\x80\xae\x0a\x09SN0051 (scsi-vpd-80, weak: %s)" % UNPRINTABLE),
    Medium("drive behind a RAID adapter", 40 * MIB,
           cold="scsi-hd,bus=mega.0,scsi-id=1,vendor=HGST,product=HUC101812CSS200,ver=A800,serial=0BGA7X4MEGA1",
           bus="scsi", kind="HDD_SCSI", flags="hasMedium rotational", **inquiry("HGST", "HUC101812CSS200", "A800"),
           serial="0BGA7X4MEGA1 (scsi-vpd-80)"),
    Medium("NVMe namespace 1 of 2", 28 * MIB, cold="nvme-ns,bus=twins,nsid=1", content="mkfs.vfat -n NVONE {}",
           flags="hasMedium", contents="vfat NVONE", **nvme("S4EWNX0R123456", 1, 2)),
    Medium("NVMe namespace 2 of 2", 24 * MIB, cold="nvme-ns,bus=twins,nsid=2,logical_block_size=4096,physical_block_size=4096",
           flags="hasMedium", blocks="4096/4096", **nvme("S4EWNX0R123456", 2, 2)),
    Medium("zoned NVMe namespace", 80 * MIB, cold="nvme-ns,bus=zones,nsid=1,zoned=true,zoned.zone_size=8M,zoned.zone_capacity=8M",
           flags="hasMedium zoned", state="zoned", hidden="none", plan="refused: refused", **nvme("ZNS0001ABCDEF", 1, 1)),
    Medium("zoned SCSI drive", 72 * MIB,  # the kernel's scsi_debug
           bus="scsi", kind="SSD_SAS", flags="hasMedium zoned", state="zoned", plan="refused: refused", **inquiry("Linux", "scsi_debug", "0191"),
           serial="20000 (scsi-vpd-80)", wwn="naa.3333333000004e20 (scsi-vpd-83)"),
    Medium("NVMe drive in another machine", 60 * MIB,  # plug_in() fills in the port
           flags="hasMedium", bus="nvme", kind="NVME", namespaces=1, hidden="none", plan="purge", port="nvme-tcp traddr=10.0.2.2,trsvcid=%d",
           **strings("nvme-identify", model="LAB NVMe SSD", firmware="1.0", serial="NVMESIM0001", wwn="eui.4c41424555493031")),
    Medium("SD card", 128 * MIB, cold="sd-card", content="mkfs.vfat -F 32 -n LABSD {}",
           bus="mmc", kind="SD_CARD", flags="hotplug hasMedium", contents="vfat LABSD", hidden="none", plan="clear",
           **strings("mmc-cid", vendor="0x0000aa", model="QEMU!", firmware="0x1", cid="aa585951454d552101deadbeef006200"),
           serial="0xdeadbeef (mmc-cid, weak: Many media are known to carry this same one.)"),
    Medium("floppy disk", 1474560, find="/dev/fd0", cold="floppy,bus=fdc.0,drive-type=144", content="mkfs.vfat -n FLOPPY {}",
           bus="floppy", kind="FLOPPY", flags="removable rotational hasMedium", contents="vfat FLOPPY", hidden="none", plan="clear",
           serial=" (none, none: The medium tells no serial number.)"),
    Medium("UAS drive", 44 * MIB, cold="scsi-hd,bus=uas.0,scsi-id=0,lun=0,vendor=ASMT,product=2115,ver=0,serial=UASDISK1ABCD",
           bus="usb", kind="USB_BRIDGE_SSD", flags="hotplug hasMedium rotational", **inquiry("ASMT", "2115", "0"),
           serial="UASDISK1ABCD (scsi-vpd-80)", **strings("usb-descriptor", usbId="46f4:0003", bridgeSerial="UASBRIDGE0001")),
    Medium("USB stick", 16 * MIB, content="mkfs.vfat -n STICK {}", contents="vfat STICK", **usb("60A44C3FAE93 (usb-descriptor)")),
    Medium("write-protected USB stick", 18 * MIB, content="mkfs.exfat -L LOCKED {}", contents="exfat LOCKED", state="read-only",
           **usb("WPROT01ABCDE (usb-descriptor)", flags="removable hotplug hasMedium rotational readOnly", plan="refused: read-only")),
    Medium("first slot of a reader", 20 * MIB, content="mkfs.vfat -n CFCARD {}", contents="vfat CFCARD",
           **usb("READER0001AB (usb-descriptor, weak: %s)" % SLOT, **inquiry("Generic", "Compact Flash", "2.5+"))),
    Medium("second slot of a reader", 22 * MIB,
           **usb("READER0001AB (usb-descriptor, weak: %s)" % SLOT, **inquiry("Generic", "SD/MMC", "2.5+"))),
    Medium("simulated USB stick", 14 * MIB, content="mkntfs -q -F -L DEALS {}", contents="ntfs DEALS",
           **usb("60A44C3FAE94 (usb-descriptor)", "0951:1666", **inquiry("Kingston", "DataTraveler 3.0", "1.00"))),
    Medium("card in a simulated reader", 12 * MIB,
           **usb("20100201396000000 (usb-descriptor, weak: %s)" % SLOT, "0bda:0129", **inquiry("Generic-", "SD/MMC", "1.00"))),
    Medium("empty slot beside it", 0, find="MicroSD", state="no-medium",
           **usb("20100201396000000 (usb-descriptor, weak: %s)" % SLOT, "0bda:0129", **inquiry("Generic-", "MicroSD", "1.00"),
                 flags="removable hotplug rotational", plan="refused: no-medium")),
]
CONTROLLERS = ["-device", "megasas,id=mega", "-device", "nvme,id=twins,serial=S4EWNX0R123456", "-device", "nvme,id=zones,serial=ZNS0001ABCDEF",
               "-device", "sdhci-pci", "-device", "isa-fdc,id=fdc", "-device", "usb-uas,id=uas,bus=xhci.0,serial=UASBRIDGE0001"]


# ---- plugging in

IMAGES = {}  # what -> path


def cold_media(work):
    """qemu's arguments for what is there from the start; makes the images of all media."""
    os.mkdir(work + "/media")
    arguments = list(CONTROLLERS)
    for n, medium in enumerate(MEDIA):
        path = IMAGES[medium.what] = work + "/media/" + medium.image
        make_file(path, 0 if medium.size == EMPTY_DRIVE else medium.size)
        subprocess.run(medium.content.replace("{}", path), shell=True, check=True, capture_output=True, cwd=ROOT)
        medium.size = medium.size or os.path.getsize(path)
        if medium.size == EMPTY_DRIVE:
            arguments += ["-device", medium.cold]
        elif medium.cold:
            arguments += image_device("m%d" % n, path, medium.cold, read_only="ide-cd" in medium.cold)
    return arguments


def plug_usb(lab, what, bus, serial, read_only=False):
    node = "image-" + serial
    lab.guest.add_image(node, IMAGES[what], read_only=read_only)
    lab.guest.qmp.cmd("device_add", driver="usb-storage", id="stick-" + serial, drive=node, bus=bus, serial=serial, removable=True)


def plug_reader(lab, serial, slots):
    """A reader stays detached until both slots are there."""
    lab.guest.qmp.cmd("device_add", driver="usb-bot", id="reader", bus="xhci.0", serial=serial)
    for lun, (what, product) in enumerate(slots.items()):
        lab.guest.add_image("slot%d" % lun, IMAGES[what])
        lab.guest.qmp.cmd("device_add", driver="scsi-hd", id="card%d" % lun, bus="reader.0", drive="slot%d" % lun, scsi_id=0, lun=lun,
                          removable=True, vendor="Generic", product=product)
    lab.guest.qmp.cmd("qom-set", path="/machine/peripheral/reader", property="attached", value=True)


def plug_remote(lab, medium):
    """NVMe over TCP."""
    drive = NvmeTcp(Flash(IMAGES[medium.what]), serial=medium.serial).start()
    medium.told["port"] %= drive.port
    made = lab.guest.run("modprobe nvme-tcp && nvme connect -t tcp -a 10.0.2.2 -s %d -n %s && udevadm settle" % (drive.port, drive.nqn))
    assert made.rc == 0, made


def plug_in(lab):
    """What is not there from the start."""
    made = lab.guest.run("modprobe floppy && modprobe scsi_debug dev_size_mb=72 zbc=host-managed zone_size_mb=4 && udevadm settle")
    assert made.rc == 0, made
    plug_remote(lab, next(medium for medium in MEDIA if "another machine" in medium.what))
    before = lab.blocks()
    plug_usb(lab, "USB stick", "xhci.0", "60A44C3FAE93")
    plug_usb(lab, "write-protected USB stick", "ehci.0", "WPROT01ABCDE", read_only=True)
    plug_reader(lab, "READER0001AB", {"first slot of a reader": "Compact Flash", "second slot of a reader": "SD/MMC"})
    lab.wait_new(before, 4)
    lab.plug(Bot(Disk(Flash(IMAGES["simulated USB stick"]), vendor="Kingston", product="DataTraveler 3.0"), serial="60A44C3FAE94"))
    card = Disk(Flash(IMAGES["card in a simulated reader"]), vendor="Generic-", product="SD/MMC")
    lab.plug(Bot([card, Disk(None, vendor="Generic-", product="MicroSD")],
                 vid=0x0BDA, pid=0x0129, maker="Generic", product="USB3.0 Card Reader", serial="20100201396000000"))


# ---- looking

class Seen:
    """What certwipe says of everything, asked once: one test for each medium looks into it."""

    def __init__(self, lab):
        plug_in(lab)
        lines = json.loads(lab.guest.run("lsblk -J -b -o PATH,SIZE,MODEL -d -e 7,254").out)["blockdevices"]
        self.node = {m.what: self.find(m, lines) for m in MEDIA}
        self.folder = lab.guest.share + "/seen"
        os.makedirs(self.folder, exist_ok=True)
        script = ["C='--state /state/S'"]
        for node in self.node.values():
            name = "/lab/seen/" + os.path.basename(node)
            script += ["certwipe inspect %s $C >%s" % (node, name), "certwipe inspect %s $C --json >%s.json" % (node, name)]
        script.append("certwipe wipe %s --dry-run --json $C >/lab/seen/plans" % " ".join(self.node.values()))
        # Last: the kernel knows a floppy disk from when its drive is opened.
        script += ["certwipe list --all $C >/lab/seen/list", "certwipe list --all $C --json >/lab/seen/list.json"]
        lab.guest.run("\n".join(script), timeout_s=300)
        self.plans = {result["node"]: result for result in self.json("plans")["results"]}

    @staticmethod
    def find(medium, lines):
        nodes = [line["path"] for line in lines if (medium.find or medium.size) in (line["path"], line["model"], line["size"])]
        assert len(nodes) == 1, "%s: one node expected among %s" % (medium.what, lines)
        return nodes[0]

    def raw(self, name):
        with open("%s/%s" % (self.folder, os.path.basename(name)), "rb") as f:
            return f.read()

    def json(self, name):
        return json.loads(self.raw(name))


def look(lab):
    lab.seen = Seen(lab)


def contents_words(inspected):
    """gpt, 1 vfat BOOT"""
    words = []
    for part in inspected["contents"]:
        of = [str(part["number"])] if part["number"] else []
        words.append(" ".join(of + [part.get("table") or part["type"]] + ([part["label"]] if "label" in part else [])))
    return ", ".join(words)


def plan_words(plan):
    if "plan" in plan:
        return plan["plan"]["level"]
    return "refused: " + plan["error"]["code"]


def printed(text):
    """As certwipe shows what it does not show."""
    return "".join(c if c.isprintable() else "".join(r"\x%02x" % byte for byte in c.encode()) for c in text)


def raw_of(medium, name):
    """The bytes of an identity field, as evidence."""
    return bytes.fromhex(medium[name]["rawHex"]) if name in medium else b""


def told_by(inspected, plan):
    """The facts in the form of the table."""
    medium = inspected["medium"]
    told = {"size": medium["sizeBytes"], "bus": medium["bus"], "kind": medium["class"],
            "blocks": "%d/%d" % (medium["logicalBytes"], medium["physicalBytes"]),
            "flags": {name for name, value in medium.items() if value is True},
            "state": inspected["state"], "hidden": medium["hidden"]["state"], "contents": contents_words(inspected), "plan": plan_words(plan)}
    if told["bus"] == "nvme" and not inspected["attachment"]["port"].startswith("pci-"):
        told["port"] = inspected["attachment"]["port"]
    if "namespaces" in medium:
        told["namespaces"] = medium["namespaces"]
    for name, value in medium.items():
        if isinstance(value, dict) and "source" in value:
            quality = "" if value["quality"] == "good" else ", %s: %s" % (value["quality"], value["why"])
            told[name] = "%s (%s%s)" % (value["text"], value["source"], quality)
            assert raw_of(medium, name).decode().strip() == value["text"].replace(printed(HARMFUL), HARMFUL), value
    assert medium.get("fullSerial", "") == medium["serial"]["text"], medium
    return told


def check_json(medium, all_seen):
    node = all_seen.node[medium.what]
    told = told_by(all_seen.json(node + ".json"), all_seen.plans[node])
    expected = {"size": 0 if medium.told["state"] == "no-medium" else medium.size, **medium.told}
    wrong = {key: (expected.get(key), told.get(key)) for key in {**expected, **told} if expected.get(key) != told.get(key)}
    assert not wrong, "expected and told: %s\n%s" % (wrong, told)
    rows = [row for row in all_seen.json("list.json")["media"] if row["node"] == node]
    assert [(row["class"], row["sizeBytes"], row["state"]) for row in rows] == [(told["kind"], told["size"], told["state"])], rows


def masked(serial):
    return serial[:-6] + "......" if serial else ""


def check_text(medium, all_seen):
    node, told = all_seen.node[medium.what], medium.told
    rows = [row for row in table(printable(all_seen.raw("list"))) if row[0] == node]
    assert len(rows) == 1, "one row expected: %s" % rows
    text = printable(all_seen.raw(node))
    size = 0 if told["state"] == "no-medium" else medium.size
    assert text.startswith(node + "  ") and ("%d bytes" % size in text or not size), text
    for field in ("vendor", "model", "firmware", "wwn", "usbId", "port"):
        assert field not in told or told[field].replace(" (", "  (", 1).replace(")", "") in text, (field, text)
    for shown in (text, "  ".join(rows[0])):
        assert masked(medium.serial) in shown, (masked(medium.serial), shown)
        assert not medium.serial or medium.serial[-6:] not in shown, "the serial number %s is there to be read: %s" % (medium.serial, shown)
    assert "model" not in told or told["model"].split(" (")[0] in rows[0][1], rows


def test_of(medium):
    def function(lab):
        check_json(medium, lab.seen)
        check_text(medium, lab.seen)
    function.__name__ = medium.what.replace(" ", "_") + "_is_seen_as_what_it_is"
    return function


for each in MEDIA:
    test(test_of(each))


@test
def a_card_at_a_host_is_asked_for_its_sd_status(lab):
    """The one of this lab does not tell how long it erases itself."""
    node = lab.seen.node["SD card"]
    told = lab.seen.json(node + ".json")["capabilities"]
    assert told["asked"] and told["passThrough"] == "yes", told
    erase = told["features"]["sd-erase"]
    assert erase["state"] == "unknown" and erase["says"] == "SD status bits 423:400: 0000h 00h" and "how long" in erase["why"], erase
    plan = lab.seen.plans[node]["plan"]
    assert plan["technique"] == "overwrite" and any(row["what"] == "sd_erase" for row in plan["rejected"]), plan


@test
def a_wiped_namespace_is_not_the_drive(lab):
    first, second = (lab.seen.node["NVMe namespace %d of 2" % n] for n in (1, 2))
    with open(IMAGES["NVMe namespace 2 of 2"], "rb") as f:
        before = f.read()
    plan = lab.seen.plans[first]["plan"]
    assert any(second[5:] in row["why"] for row in plan["rejected"]), plan
    rows = {row[0]: row[1] for row in table(printable(lab.seen.raw("list")))}
    assert "one of 2 namespaces" in rows[first] and "one of 2 namespaces" in rows[second], rows
    wiped = lab.wipe(first)
    wiped.is_report(7)
    evidence = wiped.evidence()
    assert evidence["sanitization"]["levelClaimed"] == "none" and second[5:] in evidence["medium"]["hiddenArea"]["why"], evidence
    with open(IMAGES["NVMe namespace 2 of 2"], "rb") as f:
        assert f.read() == before, "the other namespace was written to"


# ---- strings that want to do harm

ESCAPES = b"\x1b[2J\x1b]0;owned\x07"  # clears the screen, names the window
OVERRIDE, ISOLATE = "\u202e", "\u2066"  # from right to left from here on
# Printable, and yet: a formula, delimiters, quotation marks, a combining mark, characters of two cells, a command
TRICKY = '=1+1,";}]\'|&e\u0301\u4e2d\U0001f4be%n$(id)SN0042'


def label_ext4(path, label):
    """Any sixteen bytes."""
    subprocess.run(["mkfs.ext4", "-q", "-O", "^metadata_csum", path], check=True)
    with open(path, "r+b") as f:
        f.seek(1024 + 120)  # s_volume_name
        f.write(label[:16].ljust(16, b"\0"))


def label_f2fs(path, label):
    """A superblock that is just enough for a label of up to 512 characters."""
    block = bytearray(3072)
    struct.pack_into("<IHHIIIIIIQ", block, 0, 0xF2F52010, 1, 16, 9, 3, 12, 9, 1, 1, 0)
    block[108:124] = bytes(range(16))  # UUID
    raw = label.encode("utf-16le", "surrogatepass")
    block[124:124 + len(raw)] = raw
    with open(path, "r+b") as f:
        f.seek(1024)
        f.write(block)


HOSTILE = {  # MiB: INQUIRY vendor, product, revision; USB serial number; label of the file system
    2: (ESCAPES[:8], ESCAPES, b"a\tb\n", "\x1b[1A\x1b[2Kl1\nl2\r\n\tl3,SN0001", lambda path: label_ext4(path, b"\x1b[31mRED\x1b[0m\t\r\n")),
    3: (b"\0" * 8, b"\xff" * 16, b"\0\xff\xc3\x28", "\xff\xff\x01\ud800x\udfffSN0002",
        lambda path: label_ext4(path, b"\xff\xfe\0\xc3\x28\xed\xa0\x80END")),
    4: (b"gnp" + OVERRIDE.encode(), ("e\u0301" * 4 + ISOLATE).encode(), b"\xe2\x80\x8f ",
        "\u0301" + "a\u0489\u0300" * 30 + OVERRIDE + ISOLATE + "SN0003",
        lambda path: label_f2fs(path, "photo" + OVERRIDE + "gpj.exe" + ISOLATE + "\u0301\u0327" * 100 + "\ud800")),
    5: (b'",";=1+1', b'\\";}]{[,|\'`$(id)', b"%n%s", '{"' * 60 + "SN0004", lambda path: label_f2fs(path, "L" * 299 + OVERRIDE + "X" * 200)),
}


def kernels(field, length):
    """What the kernel lets anybody have of a field of INQUIRY data: blanks from the first NUL on, and for what is no printable ASCII."""
    return bytes(c if 0x20 <= c <= 0x7E else 0x20 for c in field[:length].split(b"\0")[0].ljust(length))


def hostile_stick(lab, mib, vendor, product, revision, serial, label):
    image = lab.image(mib, old=None)
    label(image)
    disk = Disk(Flash(image), vendor=vendor, product=product, revision=revision)
    lab.plug(Bot(disk, serial=serial, maker=serial[:-6], product=serial[:-6]), serial, wait=False)


@test
def no_string_of_a_device_reaches_the_screen(lab):
    before = lab.blocks()
    for mib, strings in HOSTILE.items():
        hostile_stick(lab, mib, *strings)
    nodes = lab.wait_new(before, len(HOSTILE))
    script = ["cd $(mktemp -d) && C='--state /state/S'", "LC_ALL=C certwipe list --all $C >list 2>&1",
              "certwipe wipe %s --dry-run $C >dry 2>&1" % " ".join(nodes)]
    script += ["certwipe inspect %s $C >%s 2>&1; certwipe inspect %s $C --json >%s.json" % (node, node[5:], node, node[5:]) for node in nodes]
    folder = lab.fetch(lab.guest.run("\n".join(script + ["pwd"])).out.strip())
    said = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
    for raw in said.values():
        printable(raw)
    rows = [row[0] for row in table(said["list"].decode())]
    assert [rows.count(node) for node in nodes] == [1] * len(nodes) and all(row.startswith("/dev/") for row in rows), said["list"].decode()
    for node in nodes:
        medium = json.loads(said[node[5:] + ".json"])["medium"]
        vendor, product, revision, serial, _ = HOSTILE[medium["sizeBytes"] // MIB]
        assert raw_of(medium, "vendor") == kernels(vendor, 8) or not kernels(vendor, 8).strip(), medium
        assert raw_of(medium, "model") == kernels(product, 16) or medium["model"]["source"] == "udev", medium
        assert raw_of(medium, "firmware") == kernels(revision, 4) or not kernels(revision, 4).strip(), medium
        assert raw_of(medium, "serial") == serial.encode("utf-8", "ignore")[:256], medium
        text = said[node[5:]].decode()
        assert all(line.startswith("  ") for line in text.rstrip().split("\n")[1:]), text
        assert serial[-6:] not in said["list"].decode() + text, "the serial number is there to be read"


def texts_about(lab, answer):
    """Everything that is said of a finished wipe to a person."""
    document = answer.result["path"]
    commands = ["jobs", "register list", "register show 1", "certificate show " + os.path.basename(document),
                "verify %s --trust /lab/root.pem" % document]
    return lab.guest.run("\n".join("certwipe %s --state /state/S" % command for command in commands))


@test
def a_stick_with_such_strings_is_certified(lab):
    image = lab.image(4)
    label_f2fs(image, "secret plans of " + OVERRIDE * 100)
    stick = lab.stick("hostile", image, disk={"vendor": ESCAPES[:8], "product": '";}]{[,|\\\'`$(id)'}, bot={"serial": TRICKY})
    wiped = lab.wipe(stick)
    wiped.is_certificate()
    folder = wiped.folder
    with open(folder + "/journal.jsonl") as f:
        medium = json.loads(f.readline())["medium"]
    assert (raw_of(medium, "vendor"), raw_of(medium, "serial")) == (kernels(ESCAPES, 8), TRICKY.encode()), medium
    evidence = wiped.evidence()
    assert evidence["medium"]["serial"] == TRICKY and "label" not in evidence["medium"]["contentsBefore"][0], evidence["medium"]
    said = texts_about(lab, wiped)
    printable((said.out + said.err).encode())
    assert TRICKY in said.out, said


@test
def a_serial_that_nobody_can_read_authorises_nothing(lab):
    """A row of a list does not, an asset tag does; the evidence holds the bytes."""
    serial = "AB\x1b[2J" + OVERRIDE + "SN0061"
    stick = lab.stick("hostile", lab.image(4), bot={"serial": serial})
    listed = lab.list_file(stick.node)
    lab.certwipe("wipe", stick.node, "--authorise", listed).refused(8)
    assert stick.flash.written == 0, "%d bytes were written" % stick.flash.written
    lab.guest.run("printf '[case]\\nassetTag = T-1\\n' >/lab/tag.case; printf 'asset_tag,approval_number\\nT-1,A-1\\n' >/lab/tag.csv")
    wiped = lab.certwipe("wipe", stick.node, "--case", "/lab/tag.case", "--authorise", "/lab/tag.csv")
    wiped.media = [stick]
    wiped.is_certificate()
    with open(wiped.folder + "/journal.jsonl") as f:
        assert raw_of(json.loads(f.readline())["medium"], "serial") == serial.encode()


main(devices=cold_media, prepare=look, network=True)
