/* SPDX-License-Identifier: Apache-2.0 */
#include "describe.h"

#include <string.h>

#define SECTOR_BYTES 512u /* unit of `size` in sysfs, whatever the medium's own sectors are */

/* ---- identity fields ---- */

static void set_id(struct cw_id *id, const void *raw, size_t len, uint32_t source)
{
	cw_text_printable(id->text, sizeof(id->text), raw, len);
	if (!id->text[0])
		return;
	id->raw_len = len < CW_RAW_MAX ? (uint32_t)len : CW_RAW_MAX;
	memcpy(id->raw, raw, id->raw_len);
	id->source = source;
}

/* An attribute without the newline that sysfs puts behind it; 0 when there is nothing in it. */
static size_t attr_bytes(const char *dir, const char *name, char raw[CW_SERIAL_MAX])
{
	ssize_t n = cw_attr_raw(dir, name, raw, CW_SERIAL_MAX);

	if (n > 0 && raw[n - 1] == '\n')
		n--;
	return n > 0 ? (size_t)n : 0;
}

static bool id_of_attr(struct cw_id *id, const char *dir, const char *name, uint32_t source)
{
	char raw[CW_SERIAL_MAX];

	set_id(id, raw, attr_bytes(dir, name, raw), source);
	return id->text[0] != '\0';
}

static bool id_of_property(struct cw_id *id, const struct cw_dev *d, const char *name)
{
	const char *value = cw_dev_property(d, name);

	set_id(id, value, strlen(value), CW_SOURCE_UDEV);
	return id->text[0] != '\0';
}

/* ---- serial number ---- */

static bool set_serial(struct cw_medium *m, const void *raw, size_t len, uint32_t source)
{
	set_id(&m->serial, raw, len, source);
	cw_text_printable(m->full_serial, sizeof(m->full_serial), raw, len);
	return m->serial.text[0] != '\0';
}

static bool serial_of_attr(struct cw_medium *m, const char *dir, const char *name, uint32_t source)
{
	char raw[CW_SERIAL_MAX];

	return set_serial(m, raw, attr_bytes(dir, name, raw), source);
}

/* Unit serial number page: four bytes of header with the length behind (SPC-4 7.8.14). */
static bool serial_of_vpd80(struct cw_medium *m, const char *dir)
{
	uint8_t page[4 + 255];
	ssize_t n = cw_attr_raw(dir, "device/vpd_pg80", page, sizeof(page));
	size_t len;

	if (n < 4 || page[1] != 0x80)
		return false;
	len = (size_t)page[2] << 8 | page[3];
	if (len > (size_t)n - 4)
		len = (size_t)n - 4;
	return set_serial(m, page + 4, len, CW_SOURCE_VPD80);
}

static bool serial_of_usb(struct cw_medium *m, const struct cw_dev *d)
{
	char usb[PATH_MAX];

	return m->bus == CW_BUS_USB && cw_sysfs_above_with(d, "idVendor", usb) && serial_of_attr(m, usb, "serial", CW_SOURCE_USB);
}

/* Sources in the order of what stands closest to the medium itself. */
static void describe_serial(const struct cw_dev *d, struct cw_medium *m)
{
	const char *udev = cw_dev_property(d, "ID_SERIAL_SHORT");

	if (m->bus == CW_BUS_NVME && serial_of_attr(m, d->dir, "device/serial", CW_SOURCE_NVME))
		return;
	if (serial_of_vpd80(m, d->dir) || serial_of_usb(m, d))
		return;
	if (m->bus == CW_BUS_MMC && serial_of_attr(m, d->dir, "device/serial", CW_SOURCE_MMC))
		return;
	if (m->bus == CW_BUS_VIRTIO && serial_of_attr(m, d->dir, "serial", CW_SOURCE_SYSFS))
		return;
	set_serial(m, udev, strlen(udev), CW_SOURCE_UDEV);
}

/* ---- vendor, model, world-wide name ---- */

/* ATA information page: IDENTIFY data from byte 60 on, whose strings have the bytes of each word swapped (SAT-4 12.4.2, ACS-3 7.12.7). */
static void id_of_identify(struct cw_id *id, const uint8_t *page, size_t word, size_t words)
{
	char text[64];

	for (size_t i = 0; i < words; i++) {
		text[2 * i] = (char)page[60 + 2 * (word + i) + 1];
		text[2 * i + 1] = (char)page[60 + 2 * (word + i)];
	}
	set_id(id, text, 2 * words, CW_SOURCE_VPD89);
}

/* SCSI INQUIRY has 16 characters for a model and calls every ATA drive's vendor "ATA"; the drive's own strings are in the ATA information page. */
static bool describe_ata_model(const struct cw_dev *d, struct cw_medium *m)
{
	uint8_t page[60 + 512];

	if (cw_attr_raw(d->dir, "device/vpd_pg89", page, sizeof(page)) != (ssize_t)sizeof(page) || page[1] != 0x89)
		return false;
	id_of_identify(&m->model, page, 27, 20);
	id_of_identify(&m->firmware, page, 23, 4);
	return m->model.text[0] != '\0';
}

static void describe_model(const struct cw_dev *d, struct cw_medium *m)
{
	switch (m->bus) {
	case CW_BUS_NVME:
		id_of_attr(&m->model, d->dir, "device/model", CW_SOURCE_NVME);
		id_of_attr(&m->firmware, d->dir, "device/firmware_rev", CW_SOURCE_NVME);
		return;
	case CW_BUS_MMC:
		id_of_attr(&m->vendor, d->dir, "device/manfid", CW_SOURCE_MMC);
		id_of_attr(&m->model, d->dir, "device/name", CW_SOURCE_MMC);
		id_of_attr(&m->firmware, d->dir, "device/fwrev", CW_SOURCE_MMC);
		id_of_attr(&m->cid, d->dir, "device/cid", CW_SOURCE_MMC);
		return;
	case CW_BUS_ATA:
		if (describe_ata_model(d, m))
			return;
		break;
	case CW_BUS_VIRTIO:
	case CW_BUS_FLOPPY:
	case CW_BUS_LOOP:
	case CW_BUS_RAM:
	case CW_BUS_VIRTUAL:
		return;
	default:
		break;
	}
	/* In all three the kernel has put blanks for whatever is not printable, for everybody: device/inquiry holds no more. */
	/* "ATA" is no maker; a disc drive on the same port answers INQUIRY itself. */
	if (m->bus != CW_BUS_ATA || cw_is_optical_drive(d))
		id_of_attr(&m->vendor, d->dir, "device/vendor", CW_SOURCE_INQUIRY);
	if (!id_of_attr(&m->model, d->dir, "device/model", CW_SOURCE_INQUIRY))
		id_of_property(&m->model, d, "ID_MODEL");
	id_of_attr(&m->firmware, d->dir, "device/rev", CW_SOURCE_INQUIRY);
}

static bool is_registered_name(const char *text)
{
	return !strncmp(text, "naa.", 4) || !strncmp(text, "eui.", 4) || !strncmp(text, "uuid.", 5);
}

/*
 * Only names that a registry gave out count.  "t10." and "nvme." names are vendor and serial put together by the kernel: they add nothing, and they would show
 * the serial that the person has to read from the label.
 */
static bool wwn_of_attr(struct cw_medium *m, const char *dir, const char *name, uint32_t source)
{
	char text[CW_TEXT_MAX];

	return cw_attr_text(dir, name, text, sizeof(text)) && is_registered_name(text) && id_of_attr(&m->wwn, dir, name, source);
}

static void describe_wwn(const struct cw_dev *d, struct cw_medium *m)
{
	char text[32];
	uint64_t nsid;

	if (m->bus != CW_BUS_NVME) {
		if (!wwn_of_attr(m, d->dir, "device/wwid", CW_SOURCE_VPD83) && !id_of_property(&m->wwn, d, "ID_WWN_WITH_EXTENSION"))
			id_of_property(&m->wwn, d, "ID_WWN");
		return;
	}
	nsid = cw_attr_u64(d->dir, "nsid", 0);
	if (wwn_of_attr(m, d->dir, "wwid", CW_SOURCE_NVME) || !nsid)
		return;
	/* Namespaces of one controller share its serial; without a name of their own the number is what tells them apart. */
	snprintf(text, sizeof(text), "nsid.%llu", (unsigned long long)nsid);
	set_id(&m->wwn, text, strlen(text), CW_SOURCE_NVME);
	m->wwn.quality = CW_QUALITY_WEAK;
	cw_strlcpy(m->wwn.why, _("The namespace has only a number, no name of its own."), sizeof(m->wwn.why));
}

static void weaken(struct cw_id *id, const char *why)
{
	if (!id->text[0])
		return;
	id->quality = CW_QUALITY_WEAK;
	cw_strlcpy(id->why, why, sizeof(id->why));
}

static void describe_usb(const struct cw_dev *d, struct cw_medium *m)
{
	char usb[PATH_MAX], vendor[8], product[8], text[2 * sizeof(vendor)];

	if (m->bus != CW_BUS_USB || !cw_sysfs_above_with(d, "idVendor", usb))
		return;
	cw_attr_text(usb, "idVendor", vendor, sizeof(vendor));
	cw_attr_text(usb, "idProduct", product, sizeof(product));
	snprintf(text, sizeof(text), "%s:%s", vendor, product);
	set_id(&m->usb_id, text, strlen(text), CW_SOURCE_USB);
	if (m->class_ != CW_CLASS_USB_BRIDGE_HDD && m->class_ != CW_CLASS_USB_BRIDGE_SSD)
		return;
	id_of_attr(&m->bridge_serial, usb, "serial", CW_SOURCE_USB);
	if (m->serial.text[0] && !strcmp(m->serial.text, m->bridge_serial.text))
		weaken(&m->serial, _("It is the serial number of the USB bridge; another drive in the same case would show the same."));
}

/* What a reader or an optical drive says of itself is no identity of the card or disc in it. */
static void describe_slot(const struct cw_dev *d, struct cw_medium *m)
{
	const char *why = _("It belongs to the drive or reader, not to the medium in it.");

	if (!cw_is_slot(d, m))
		return;
	weaken(&m->serial, why);
	weaken(&m->wwn, why);
}

bool cw_loop_backing(const char *dir, char path[PATH_MAX], bool *deleted)
{
	static const char mark[] = " (deleted)";
	size_t len;

	if (!cw_attr_text(dir, "loop/backing_file", path, PATH_MAX) || path[0] != '/')
		return false;
	len = strlen(path);
	*deleted = len > sizeof(mark) - 1 && !strcmp(path + len - (sizeof(mark) - 1), mark);
	if (*deleted)
		path[len - (sizeof(mark) - 1)] = '\0';
	return true;
}

static void describe_loop(const struct cw_dev *d, struct cw_medium *m)
{
	char path[PATH_MAX];
	bool deleted;

	if (!cw_loop_backing(d->dir, path, &deleted))
		return;
	set_serial(m, path, strlen(path), CW_SOURCE_FILE);
	if (deleted)
		weaken(&m->serial, _("The backing file was deleted; its path names nothing any more."));
	else if (strlen(path) >= sizeof(m->full_serial))
		weaken(&m->serial, _("The path of the backing file is too long to be kept whole."));
}

/* ---- the medium ---- */

/* NVMe over a network: the kernel's path to such a drive says nothing; the transport and the other end do.  Our own end is left out, it may move. */
static bool describe_fabric(const struct cw_dev *d, struct cw_medium *m)
{
	char transport[16], address[CW_TEXT_MAX / 2], text[CW_TEXT_MAX];
	const char *ours;

	if (strncmp(cw_dev_name(d), "nvme", 4) || !cw_attr_text(d->dir, "device/transport", transport, sizeof(transport)) || !strcmp(transport, "pcie") ||
	    !cw_attr_text(d->dir, "device/address", address, sizeof(address)))
		return false;
	ours = strstr(address, ",src_addr=");
	snprintf(text, sizeof(text), "nvme-%s %.*s", transport, (int)(ours ? ours - address : (ptrdiff_t)strlen(address)), address);
	cw_text_printable(m->port, sizeof(m->port), text, strlen(text));
	return true;
}

static void describe_port(const struct cw_dev *d, struct cw_medium *m)
{
	const char *path = cw_dev_property(d, "ID_PATH");
	const char *below = path[0] ? path : d->dir + strlen(d->root);

	if (path[0] || !describe_fabric(d, m))
		cw_text_printable(m->port, sizeof(m->port), below, strlen(below));
}

static void describe_attachment(const struct cw_dev *d, struct cw_medium *m)
{
	char devname[CW_NODE_MAX], dev[32];

	cw_text_printable(m->name, sizeof(m->name), cw_dev_name(d), strlen(cw_dev_name(d)));
	/* sysfs cannot have '/' in a name and puts '!' there: cciss!c0d0 is /dev/cciss/c0d0. */
	cw_strlcpy(devname, m->name, sizeof(devname));
	for (char *p = devname; (p = strchr(p, '!')); )
		*p = '/';
	snprintf(m->node, sizeof(m->node), "/dev/%.*s", (int)sizeof(m->node) - 6, devname);
	describe_port(d, m);
	m->diskseq = cw_attr_u64(d->dir, "diskseq", 0);
	if (cw_attr_text(d->dir, "dev", dev, sizeof(dev)) && !cw_dev_parse(dev, &m->dev_major, &m->dev_minor))
		m->dev_major = m->dev_minor = 0;
}

static void describe_disc(const struct cw_dev *d, struct cw_medium *m)
{
	m->disc = cw_disc_recorded(d);
	m->size_bytes = cw_disc_bytes(d, m->size_bytes);
	m->read_only |= cw_disc_is_read_only(d);
}

static void describe_state(const struct cw_dev *d, struct cw_medium *m)
{
	char zoned[32];

	m->size_bytes = cw_attr_u64(d->dir, "size", 0) * SECTOR_BYTES;
	m->logical_bytes = (uint32_t)cw_attr_u64(d->dir, "queue/logical_block_size", SECTOR_BYTES);
	m->physical_bytes = (uint32_t)cw_attr_u64(d->dir, "queue/physical_block_size", m->logical_bytes);
	m->removable = cw_attr_u64(d->dir, "removable", 0) != 0;
	m->rotational = cw_attr_u64(d->dir, "queue/rotational", 1) != 0;
	m->read_only = cw_attr_u64(d->dir, "ro", 0) != 0;
	m->zoned = cw_attr_text(d->dir, "queue/zoned", zoned, sizeof(zoned)) && strcmp(zoned, "none");
	m->has_medium = cw_has_medium(d, m->size_bytes);
	if (!m->has_medium)
		m->size_bytes = 0;
	else if (cw_is_optical_drive(d))
		describe_disc(d, m);
}

void cw_describe(const struct cw_dev *d, struct cw_medium *out)
{
	memset(out, 0, sizeof(*out));
	describe_attachment(d, out);
	describe_state(d, out);
	out->bus = cw_bus_of(d);
	out->class_ = out->has_medium || !cw_is_optical_drive(d) ? cw_class_of(d, out) : (uint32_t)CW_CLASS_UNKNOWN;
	out->virtual_ = out->class_ == CW_CLASS_VIRTUAL;
	out->hotplug = out->bus == CW_BUS_USB || out->bus == CW_BUS_FIREWIRE || out->class_ == CW_CLASS_SD_CARD;
	describe_model(d, out);
	if (out->bus == CW_BUS_LOOP)
		describe_loop(d, out);
	else if (!out->virtual_)
		describe_serial(d, out);
	if (!out->virtual_)
		describe_wwn(d, out);
	describe_usb(d, out);
	describe_slot(d, out);
	cw_identity_grade(out);
	cw_describe_hidden(d, out);
}
