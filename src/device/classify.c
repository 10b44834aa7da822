/* SPDX-License-Identifier: Apache-2.0 */
#include "classify.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Name made of a prefix and a number: "sr0", "zram1". */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && name[n] && name[n + strspn(name + n, "0123456789")] == '\0';
}

/* The drivers of media that exist in software only; everything else below devices/virtual/block is built on other media. */
static uint32_t software_bus(const char *name)
{
	static const struct {
		const char *prefix;
		uint32_t bus;
	} drivers[] = { { "loop", CW_BUS_LOOP }, { "zram", CW_BUS_RAM }, { "ram", CW_BUS_RAM }, { "nbd", CW_BUS_VIRTUAL }, { "nullb", CW_BUS_VIRTUAL } };

	for (size_t i = 0; i < CW_ARRAY_LEN(drivers); i++)
		if (is_numbered(name, drivers[i].prefix))
			return drivers[i].bus;
	return CW_BUS_UNKNOWN;
}

static bool is_virtual(const struct cw_dev *d)
{
	return !strncmp(d->dir + strlen(d->root), "/devices/virtual/block/", strlen("/devices/virtual/block/"));
}

bool cw_is_mmc_area(const char *name)
{
	if (strncmp(name, "mmcblk", 6))
		return false;
	name += 6 + strspn(name + 6, "0123456789");
	return !strncmp(name, "boot", 4) || !strncmp(name, "rpmb", 4) || !strncmp(name, "gp", 2);
}

enum cw_kind cw_kind_of(const struct cw_dev *d)
{
	const char *name = cw_dev_name(d);

	if (cw_attr_exists(d->dir, "partition"))
		return CW_KIND_PARTITION;
	if (cw_is_mmc_area(name) || cw_attr_is(d->dir, "hidden", "1"))
		return CW_KIND_AREA;
	if (!is_virtual(d))
		return CW_KIND_MEDIUM;
	switch (software_bus(name)) {
	case CW_BUS_UNKNOWN: return CW_KIND_STACKED;
	case CW_BUS_LOOP: return cw_attr_exists(d->dir, "loop/backing_file") ? CW_KIND_MEDIUM : CW_KIND_EMPTY;
	default: return cw_attr_u64(d->dir, "size", 0) ? CW_KIND_MEDIUM : CW_KIND_EMPTY;
	}
}

/* libata names its ports ata1, ata2 ... in the device path; it has no subsystem of that name. */
static bool has_ata_port(const struct cw_dev *d)
{
	for (const char *p = strstr(d->dir, "/ata"); p; p = strstr(p + 1, "/ata")) {
		size_t digits = strspn(p + 4, "0123456789");

		if (digits && p[4 + digits] == '/')
			return true;
	}
	return false;
}

/* The kernel's driver of UFS hosts shows each logical unit of a chip as a SCSI disk, and its own name at the host that these hang below. */
static bool has_ufs_host(const struct cw_dev *d)
{
	char dir[PATH_MAX], attribute[NAME_MAX + 32];

	if (!cw_strlcpy(dir, d->dir, sizeof(dir)))
		return false;
	while (cw_sysfs_up(d->root, dir)) {
		const char *name = strrchr(dir, '/') + 1;

		if (!is_numbered(name, "host"))
			continue;
		snprintf(attribute, sizeof(attribute), "scsi_host/%.*s/proc_name", NAME_MAX, name);
		return cw_attr_is(dir, attribute, "ufshcd");
	}
	return false;
}

/* What a SCSI device hangs on: USB and FireWire stand above it in the path, and SATA behind any adapter calls its vendor "ATA". */
static uint32_t bus_of_subsystem(const struct cw_dev *d, const char *subsystem)
{
	static const struct {
		const char *subsystem;
		uint32_t bus;
	} known[] = { { "usb", CW_BUS_USB },   { "firewire", CW_BUS_FIREWIRE },       { "ieee1394", CW_BUS_FIREWIRE }, { "nvme", CW_BUS_NVME },
		      { "mmc", CW_BUS_MMC },   { "nvme-subsystem", CW_BUS_NVME }, { "virtio", CW_BUS_VIRTIO } };

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (!strcmp(subsystem, known[i].subsystem))
			return known[i].bus;
	if (!strcmp(subsystem, "scsi"))
		return has_ata_port(d) || cw_attr_is(d->dir, "device/vendor", "ATA     ") ? CW_BUS_ATA : has_ufs_host(d) ? CW_BUS_UFS : CW_BUS_SCSI;
	return CW_BUS_UNKNOWN;
}

static bool is_outer_bus(uint32_t bus)
{
	return bus == CW_BUS_USB || bus == CW_BUS_FIREWIRE;
}

uint32_t cw_bus_of(const struct cw_dev *d)
{
	char dir[PATH_MAX], subsystem[NAME_MAX + 1];
	uint32_t found = CW_BUS_UNKNOWN;

	if (is_virtual(d))
		return software_bus(cw_dev_name(d));
	if (is_numbered(cw_dev_name(d), "fd"))
		return CW_BUS_FLOPPY;
	if (!cw_strlcpy(dir, d->dir, sizeof(dir)))
		return CW_BUS_UNKNOWN;
	/* Nearest first: an SD card in a USB reader with a driver of its own is an SD card.  Only a SCSI device takes its bus from further above. */
	while (cw_sysfs_up(d->root, dir)) {
		uint32_t bus = cw_sysfs_subsystem(dir, subsystem) ? bus_of_subsystem(d, subsystem) : (uint32_t)CW_BUS_UNKNOWN;

		if (bus == CW_BUS_UNKNOWN)
			continue;
		if (found == CW_BUS_UNKNOWN)
			found = bus;
		else if (is_outer_bus(bus) && (found == CW_BUS_SCSI || found == CW_BUS_ATA))
			return bus;
	}
	return found;
}

/* ---- class ---- */

enum rotation { ROTATION_UNKNOWN, ROTATION_NONE, ROTATION_SOME };

/* Medium rotation rate as in SBC-4 6.6.2 and IDENTIFY word 217: 1 means no rotation, 0401h and above revolutions a minute. */
static enum rotation rotation_of_rate(unsigned rate)
{
	return rate == 1 ? ROTATION_NONE : rate >= 0x0401 && rate < 0xFFFF ? ROTATION_SOME : ROTATION_UNKNOWN;
}

static enum rotation rotation_of(const struct cw_dev *d, const struct cw_medium *m)
{
	const char *rpm = cw_dev_property(d, "ID_ATA_ROTATION_RATE_RPM");
	enum rotation r = ROTATION_UNKNOWN;
	uint8_t page[64];

	/* The kernel assumes rotation unless it was told otherwise, so only its "no" says something. */
	if (!m->rotational)
		return ROTATION_NONE;
	if (cw_attr_raw(d->dir, "device/vpd_pgb1", page, sizeof(page)) >= 6)
		r = rotation_of_rate((unsigned)(page[4] << 8 | page[5]));
	if (r == ROTATION_UNKNOWN && rpm[0])
		r = atoi(rpm) > 0 ? ROTATION_SOME : ROTATION_NONE;
	return r;
}

/*
 * usb-storage asks for no VPD page, and udev asks no removable disk for its ATA identity: behind Bulk-Only Transport a drive in a case that calls it
 * removable tells nothing of itself, and only who made the bridge is known.  These three make no controllers of sticks.
 */
static bool is_bridge_chip(const struct cw_dev *d)
{
	static const char *const makers[] = { "152d" /* JMicron */, "174c" /* ASMedia */, "13fd" /* Initio */ };
	char usb[PATH_MAX];

	if (!cw_sysfs_above_with(d, "idVendor", usb))
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(makers); i++)
		if (cw_attr_is(usb, "idVendor", makers[i]))
			return true;
	return false;
}

static bool answers_ata(const struct cw_dev *d)
{
	return cw_attr_exists(d->dir, "device/vpd_pg89") || !strcmp(cw_dev_property(d, "ID_ATA"), "1");
}

/* Behind a bridge only a drive that says so counts as a hard disk: taking flash for one would hide its spare blocks and allow degaussing. */
static uint32_t class_behind_bridge(const struct cw_dev *d, const struct cw_medium *m)
{
	enum rotation rotation = rotation_of(d, m);
	char interface[PATH_MAX];

	/* USB interface subclass 04h is UFI: floppy drives. */
	if (cw_sysfs_above_with(d, "bInterfaceSubClass", interface) && cw_attr_is(interface, "bInterfaceSubClass", "04"))
		return CW_CLASS_FLOPPY;
	/* Some cases call the drive in them removable; one that answers ATA commands is no stick, and may have hidden areas. */
	if (m->removable && rotation != ROTATION_SOME && !answers_ata(d) && !is_bridge_chip(d))
		return m->bus == CW_BUS_USB ? CW_CLASS_USB_STICK : CW_CLASS_UNKNOWN;
	return rotation == ROTATION_SOME ? CW_CLASS_USB_BRIDGE_HDD : CW_CLASS_USB_BRIDGE_SSD;
}

static uint32_t class_of_card(const struct cw_dev *d)
{
	char type[32];

	cw_attr_text(d->dir, "device/type", type, sizeof(type));
	return !strcmp(type, "MMC") ? CW_CLASS_EMMC : !strncmp(type, "SD", 2) ? CW_CLASS_SD_CARD : CW_CLASS_UNKNOWN;
}

/* Peripheral device types of SPC: 0 is a disk, 14h a zoned one, 0Eh a simple one; 7 is magneto-optical and no disk. */
static bool is_scsi_disk(const struct cw_dev *d)
{
	uint64_t type = cw_attr_u64(d->dir, "device/type", 0);

	return type == 0 || type == 0x0E || type == 0x14;
}

uint32_t cw_class_of(const struct cw_dev *d, const struct cw_medium *m)
{
	if (cw_is_optical_drive(d))
		return cw_disc_class(d);
	switch (m->bus) {
	case CW_BUS_LOOP:
	case CW_BUS_RAM:
	case CW_BUS_VIRTUAL:
		return CW_CLASS_VIRTUAL;
	case CW_BUS_FLOPPY:
		return CW_CLASS_FLOPPY;
	case CW_BUS_NVME:
		return CW_CLASS_NVME;
	case CW_BUS_MMC:
		return class_of_card(d);
	default:
		break;
	}
	if (!is_scsi_disk(d))
		return CW_CLASS_UNKNOWN;
	switch (m->bus) {
	case CW_BUS_USB:
	case CW_BUS_FIREWIRE:
		return class_behind_bridge(d, m);
	case CW_BUS_ATA:
		return m->rotational ? CW_CLASS_HDD_ATA : CW_CLASS_SSD_ATA;
	case CW_BUS_SCSI:
		return m->removable ? CW_CLASS_UNKNOWN : m->rotational ? CW_CLASS_HDD_SCSI : CW_CLASS_SSD_SAS;
	default:
		return CW_CLASS_UNKNOWN;
	}
}

bool cw_has_medium(const struct cw_dev *d, uint64_t size_bytes)
{
	/* The kernel says so of a floppy drive until somebody opens it, whether there is a disk in it or not. */
	const uint64_t unopened_bytes = 4096;

	if (cw_is_optical_drive(d))
		return cw_disc_is_there(d, size_bytes);
	return size_bytes != 0 && !(is_numbered(cw_dev_name(d), "fd") && size_bytes == unopened_bytes);
}

/* ---- slots ---- */

static bool count_lun(void *user, const char *dir, const char *name)
{
	unsigned *luns = user;

	(void)dir;
	*luns += name[strspn(name, "0123456789:")] == '\0' && strchr(name, ':');
	return true;
}

/* SCSI devices beside this one on its target: a reader with several slots, which all tell the same serial. */
static bool has_siblings(const struct cw_dev *d)
{
	char dir[PATH_MAX];
	unsigned luns = 0;

	/* .../target6:0:0/6:0:0:0/block/sdb */
	if (!cw_strlcpy(dir, d->dir, sizeof(dir)))
		return false;
	for (int level = 0; level < 3; level++)
		if (!cw_sysfs_up(d->root, dir))
			return false;
	cw_dir_each(dir, count_lun, &luns);
	return luns > 1;
}

static bool names_reader(const char *text)
{
	static const char *const words[] = { "READER", "CARD", "SD/MMC", "SM/XD", "MS/M2", "MICROSD" };

	for (size_t i = 0; i < CW_ARRAY_LEN(words); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

bool cw_is_slot(const struct cw_dev *d, const struct cw_medium *m)
{
	char usb[PATH_MAX], product[CW_TEXT_MAX] = "";

	if (cw_is_optical_drive(d) || m->class_ == CW_CLASS_FLOPPY)
		return true;
	if (m->bus != CW_BUS_USB || !m->removable)
		return false;
	if (cw_sysfs_above_with(d, "idVendor", usb))
		cw_attr_text(usb, "product", product, sizeof(product));
	return has_siblings(d) || names_reader(m->vendor.text) || names_reader(m->model.text) || names_reader(product);
}
