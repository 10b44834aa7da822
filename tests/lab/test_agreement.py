#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
"""Other programs see the same: nvme id-ctrl and id-ns, sg_inq, sg_readcap, hdparm -I and smartctl -x, against certwipe inspect --json, field by field.

A field is compared wherever both sides tell it; a field that must be told and is not is a difference too.
"""
import json
import os
import re

from bench import MIB, main, make_file, test
from guest import image_device

MEDIA = {  # name: size in MiB, qemu device
    "disk": (40, "ide-hd,bus=ide.0,model=WDC WD40EZRZ-00GXCB0,ver=80.00A80,serial=WD-WCC4E5ABC123,wwn=0x50014ee2b1234567,rotation_rate=7200,physical_block_size=4096"),
    "ssd": (24, "ide-hd,bus=ide.1,model=Samsung SSD 860 EVO,ver=RVT01B6Q,serial=S3Z8NB0K98765P,wwn=0x5002538e40123456,rotation_rate=1"),
    "sas": (20, "scsi-hd,bus=vscsi.0,scsi-id=1,vendor=SEAGATE,product=ST4000NM0023,ver=0004,serial=Z1Z2ABCD0000R,wwn=0x5000c50012345678,rotation_rate=7200"),
    "sas4k": (28, "scsi-hd,bus=vscsi.0,scsi-id=2,vendor=KIOXIA,product=KPM6XRUG960G,ver=0104,serial=Y1G0A00LT5A1,rotation_rate=1,logical_block_size=4096,physical_block_size=4096"),
    "nvme": (32, "nvme-ns,bus=one,nsid=1"),
    "nvme4k": (36, "nvme-ns,bus=two,nsid=1,logical_block_size=4096,physical_block_size=4096"),
}


class Seen:
    """What inspect says of one medium, by short names."""

    def __init__(self, lab, name):
        size = MEDIA[name][0] * MIB
        found = [d["path"] for d in json.loads(lab.guest.run("lsblk -J -b -d -o PATH,SIZE").out)["blockdevices"] if int(d["size"]) == size]
        assert len(found) == 1, found
        self.lab, self.node = lab, found[0]
        self.answer = lab.inspect(self.node)
        medium, told = self.answer.doc["medium"], self.answer.doc["capabilities"]
        assert told["asked"], self.answer
        self.health, self.ata, self.nvme = told["health"], told.get("ata", {}), told.get("nvme", {})
        self.features = {slug: f["state"] for slug, f in told["features"].items()}
        self.fields = {"bytes": medium["sizeBytes"], "logical": medium["logicalBytes"], "physical": medium["physicalBytes"], "serial": medium["fullSerial"],
                       "rotational": medium["rotational"], **{key: medium[key]["text"] for key in ("vendor", "model", "firmware", "wwn") if key in medium}}

    def out(self, script):
        result = self.lab.guest.run(script.replace("{}", self.node))
        assert result.out.strip(), result
        return result.out

    def json(self, script):
        return json.loads(self.out(script))

    def agree(self, tool, **theirs):
        ours = {key: self.fields.get(key) for key in theirs}
        assert ours == theirs, "%s says %s, inspect %s" % (tool, theirs, ours)


def field(text, name, kind=str):
    """"  Name:   value" or "Name=value" of a tool's text."""
    found = re.search(r"%s\s*[:=]\s*([^\n]*)" % re.escape(name), text)
    assert found, "no %r in\n%s" % (name, text)
    value = found.group(1).strip()
    return kind(re.match(r"\d+", value).group()) if kind is int else value


def smart(seen):
    told = seen.json("smartctl -x -j {}; true")
    seen.agree("smartctl", bytes=told["user_capacity"]["bytes"], logical=told["logical_block_size"], serial=told["serial_number"])
    return told


def ata(lab, name, rotation):
    seen = Seen(lab, name)
    text = seen.out("hdparm -I {}")
    seen.agree("hdparm -I", model=field(text, "Model Number"), serial=field(text, "Serial Number"), firmware=field(text, "Firmware Revision"),
               wwn="naa." + field(text, "Logical Unit WWN Device Identifier"), logical=field(text, "Logical  Sector size", int), physical=field(text, "Physical Sector size", int),
               rotational=rotation > 1)
    sectors = field(text, "LBA48  user addressable sectors", int)
    assert (seen.ata["sectors"], seen.ata["sectorBytes"]) == (sectors, field(text, "Logical  Sector size", int)) and sectors * 512 == seen.fields["bytes"], seen.answer
    assert str(seen.ata["rotation"]) == {1: "1", 7200: "7200"}[rotation] and field(text, "Nominal Media Rotation Rate").startswith("Solid" if rotation == 1 else str(rotation)), text
    assert ("SANITIZE feature set" in text) == (seen.features.get("ata-sanitize-block") == "yes"), (text, seen.answer)
    assert (re.search(r"\bSecurity:", text) is not None) == bool(seen.ata["security"] & 1), (text, seen.answer)
    told = smart(seen)
    seen.agree("smartctl", model=told["model_name"], firmware=told["firmware_version"], physical=told["physical_block_size"],
               wwn="naa.%x%06x%09x" % (told["wwn"]["naa"], told["wwn"]["oui"], told["wwn"]["id"]))
    assert told["rotation_rate"] == (0 if rotation == 1 else rotation), told
    attributes = {a["id"]: a["raw"]["value"] for a in told.get("ata_smart_attributes", {}).get("table", [])}
    for number, key in ((5, "reallocatedSectors"), (197, "pendingSectors"), (198, "uncorrectableSectors")):
        assert number not in attributes or key not in seen.health or seen.health[key] == attributes[number], (attributes, seen.health)
        assert (key in seen.health) <= (number in attributes), (attributes, seen.health)
    assert "powerOnHours" not in seen.health or seen.health["powerOnHours"] == told["power_on_time"]["hours"], (told, seen.health)


@test
def a_sata_disk_is_the_same_to_all(lab):
    ata(lab, "disk", 7200)


@test
def a_sata_solid_state_drive_is_the_same_to_all(lab):
    ata(lab, "ssd", 1)


def scsi(lab, name, rotation):
    seen = Seen(lab, name)
    text = seen.out("sg_inq {}")
    seen.agree("sg_inq", vendor=field(text, "Vendor identification"), model=field(text, "Product identification"), firmware=field(text, "Product revision level"),
               serial=field(text, "Unit serial number"))
    text = seen.out("sg_readcap --long {}")
    length = field(text, "Logical block length", int)
    last = field(text, "Last LBA", int)
    seen.agree("sg_readcap", logical=length, bytes=(last + 1) * length, physical=length << field(text, "Logical blocks per physical block exponent", int))
    told = smart(seen)
    seen.agree("smartctl", vendor=told["scsi_vendor"], model=told["scsi_product"], firmware=told["scsi_revision"], rotational=told["rotation_rate"] > 1)
    assert told["rotation_rate"] == (0 if rotation == 1 else rotation), told


@test
def a_sas_disk_is_the_same_to_all(lab):
    scsi(lab, "sas", 7200)


@test
def a_sas_drive_with_sectors_of_4096_is_the_same_to_all(lab):
    scsi(lab, "sas4k", 1)


def nvme(lab, name):
    seen = Seen(lab, name)
    controller = seen.node.rpartition("n")[0]
    told = seen.json("nvme id-ctrl %s -o json" % controller)
    seen.agree("nvme id-ctrl", model=told["mn"].strip(), serial=told["sn"].strip(), firmware=told["fr"].strip())
    ours = {key: seen.nvme[key] for key in ("sanicap", "oacs", "fna", "totalBytes", "unallocatedBytes")}
    assert ours == {"sanicap": told["sanicap"], "oacs": told["oacs"], "fna": told["fna"], "totalBytes": int(told["tnvmcap"]), "unallocatedBytes": int(told["unvmcap"])}, (told, ours)
    assert (seen.features["nvme-format-user"] == "yes") == bool(told["oacs"] & 2) and (seen.features["nvme-format-crypto"] == "yes") == bool(told["fna"] & 4), seen.features
    assert (seen.features["nvme-sanitize-block"] == "yes") == bool(told["sanicap"] & 2), seen.features
    assert seen.nvme["rpmbTargets"] == told["rpmbs"] & 7, told
    namespace = seen.json("nvme id-ns {} -o json")
    used = namespace["lbafs"][namespace["flbas"] & 15]
    seen.agree("nvme id-ns", logical=1 << used["ds"], bytes=namespace["nsze"] << used["ds"])
    assert seen.nvme["formatDword"] & 15 == namespace["flbas"] & 15 and seen.nvme["namespace"] == 1, (namespace, seen.nvme)
    health = seen.json("nvme smart-log %s -o json" % controller)
    assert seen.health["percentageUsed"] == health["percent_used" if "percent_used" in health else "percentage_used"], health
    assert seen.health["powerOnHours"] == int(health["power_on_hours"]) and seen.health["mediaErrors"] == int(health["media_errors"]), health
    told = smart(seen)
    seen.agree("smartctl", model=told["model_name"], firmware=told["firmware_version"])
    log = told["nvme_smart_health_information_log"]
    assert (seen.health["percentageUsed"], seen.health["powerOnHours"], seen.health["mediaErrors"]) == (log["percentage_used"], log["power_on_hours"], log["media_errors"]), log


@test
def an_nvme_drive_is_the_same_to_all(lab):
    nvme(lab, "nvme")


@test
def an_nvme_drive_with_sectors_of_4096_is_the_same_to_all(lab):
    nvme(lab, "nvme4k")


def cold(work):
    os.mkdir(work + "/media")
    arguments = ["-device", "nvme,id=one,serial=S4EWNX0R123456", "-device", "nvme,id=two,serial=S4EWNX0R654321"]
    for name, (mib, device) in MEDIA.items():
        path = "%s/media/%s.img" % (work, name)
        make_file(path, mib * MIB)
        arguments += image_device("m" + name, path, device)
    return arguments


main(devices=cold)
