/* SPDX-License-Identifier: Apache-2.0 */
/* names: the words of the enums, and what a class says of the stuff the medium is made of. */
#include "certwipe/device.h"

#include <string.h>

#define X(name, slug) [CW_BUS_##name] = slug,
static const char *const buses[] = { CW_BUSES(X) };
#undef X
#define X(name) [CW_CLASS_##name] = #name,
static const char *const classes[] = { CW_CLASSES(X) };
#undef X
#define X(name, slug) [CW_SOURCE_##name] = slug,
static const char *const sources[] = { CW_SOURCES(X) };
#undef X
#define X(name, slug) [CW_DISC_##name] = slug,
static const char *const discs[] = { CW_DISCS(X) };
#undef X
static const char *const qualities[] = { [CW_QUALITY_NONE] = "none", [CW_QUALITY_WEAK] = "weak", [CW_QUALITY_GOOD] = "good" };

const char *cw_bus_name(uint32_t bus)
{
	return bus < CW_ARRAY_LEN(buses) ? buses[bus] : buses[CW_BUS_UNKNOWN];
}

const char *cw_class_name(uint32_t class)
{
	return class < CW_CLASS_COUNT ? classes[class] : classes[CW_CLASS_UNKNOWN];
}

const char *cw_source_name(uint32_t source)
{
	return source < CW_ARRAY_LEN(sources) ? sources[source] : sources[CW_SOURCE_NONE];
}

const char *cw_disc_name(uint32_t disc)
{
	return disc < CW_DISC_COUNT ? discs[disc] : discs[CW_DISC_UNKNOWN];
}

const char *cw_quality_name(uint32_t quality)
{
	return quality < CW_ARRAY_LEN(qualities) ? qualities[quality] : qualities[CW_QUALITY_NONE];
}

uint32_t cw_class_of_name(const char *name)
{
	for (uint32_t c = 0; c < CW_CLASS_COUNT; c++)
		if (!strcmp(classes[c], name))
			return c;
	return CW_CLASS_UNKNOWN;
}

const char *cw_class_words(uint32_t class)
{
	switch (class) {
	case CW_CLASS_HDD_ATA: return _("hard disk (ATA)");
	case CW_CLASS_HDD_SCSI: return _("hard disk (SCSI)");
	case CW_CLASS_SSD_ATA: return _("solid-state drive (ATA)");
	case CW_CLASS_SSD_SAS: return _("solid-state drive (SCSI)");
	case CW_CLASS_NVME: return _("solid-state drive (NVMe)");
	case CW_CLASS_USB_STICK: return _("USB stick");
	case CW_CLASS_USB_BRIDGE_HDD: return _("external hard disk");
	case CW_CLASS_USB_BRIDGE_SSD: return _("external solid-state drive");
	case CW_CLASS_SD_CARD: return _("SD card");
	case CW_CLASS_EMMC: return _("eMMC chip");
	case CW_CLASS_CD_R: return _("CD-R disc");
	case CW_CLASS_DVD_R: return _("DVD-R or DVD+R disc");
	case CW_CLASS_BD_R: return _("BD-R disc");
	case CW_CLASS_CD_RW: return _("CD-RW disc");
	case CW_CLASS_DVD_RW: return _("DVD-RW disc");
	case CW_CLASS_DVD_PLUS_RW: return _("DVD+RW disc");
	case CW_CLASS_DVD_RAM: return _("DVD-RAM disc");
	case CW_CLASS_BD_RE: return _("BD-RE disc");
	case CW_CLASS_OPTICAL_PRESSED: return _("pressed disc");
	case CW_CLASS_FLOPPY: return _("floppy disk");
	case CW_CLASS_SED: return _("self-encrypting drive");
	case CW_CLASS_VIRTUAL: return _("virtual medium (laboratory)");
	default: return _("unknown kind of medium");
	}
}

const char *cw_medium_words(const struct cw_medium *m)
{
	if (!m->has_medium)
		return _("empty drive or slot");
	if (m->class_ == CW_CLASS_OPTICAL_PRESSED && m->read_only)
		return _("disc in a drive that only reads such discs");
	if (m->bus == CW_BUS_UFS)
		return _("UFS chip");
	return cw_class_words(m->class_);
}

bool cw_class_is_flash(uint32_t class)
{
	switch (class) {
	case CW_CLASS_SSD_ATA:
	case CW_CLASS_SSD_SAS:
	case CW_CLASS_NVME:
	case CW_CLASS_USB_STICK:
	case CW_CLASS_USB_BRIDGE_SSD:
	case CW_CLASS_SD_CARD:
	case CW_CLASS_EMMC:
		return true;
	default:
		return false;
	}
}

bool cw_class_is_write_once(uint32_t class)
{
	return class == CW_CLASS_CD_R || class == CW_CLASS_DVD_R || class == CW_CLASS_BD_R || class == CW_CLASS_OPTICAL_PRESSED;
}

bool cw_class_is_in_sequence(uint32_t class)
{
	return class == CW_CLASS_CD_RW || class == CW_CLASS_DVD_RW;
}

bool cw_class_is_optical(uint32_t class)
{
	switch (class) {
	case CW_CLASS_CD_RW:
	case CW_CLASS_DVD_RW:
	case CW_CLASS_DVD_PLUS_RW:
	case CW_CLASS_DVD_RAM:
	case CW_CLASS_BD_RE:
		return true;
	default:
		return cw_class_is_write_once(class);
	}
}
