/* SPDX-License-Identifier: Apache-2.0 */
#include "disc.h"

#include <string.h>

/* sr holds this many 512-byte sectors for a drive that did not answer; no disc has them, whose blocks are of 2048 bytes. */
#define INVENTED_BYTES (UINT64_C(0x1fffff) * 512)

static bool is_set(const struct cw_dev *d, const char *property)
{
	return !strcmp(cw_dev_property(d, property), "1");
}

static bool any_set(const struct cw_dev *d, const char *const *properties)
{
	for (; *properties; properties++)
		if (is_set(d, *properties))
			return true;
	return false;
}

bool cw_is_optical_drive(const struct cw_dev *d)
{
	const char *name = cw_dev_name(d);

	return !strncmp(name, "sr", 2) && name[2] && !name[2 + strspn(name + 2, "0123456789")];
}

bool cw_disc_is_there(const struct cw_dev *d, uint64_t kernel_bytes)
{
	/* The size says nothing: a blank disc has one block or none, and the kernel lets it shrink behind read errors near the end. */
	if (cw_dev_property(d, "ID_CDROM")[0])
		return is_set(d, "ID_CDROM_MEDIA");
	return kernel_bytes && kernel_bytes != INVENTED_BYTES;
}

uint32_t cw_disc_class(const struct cw_dev *d)
{
	/* Recordable before pressed: udev may set the general property besides. */
	static const struct {
		const char *property;
		uint32_t class_;
	} discs[] = {
		{ "ID_CDROM_MEDIA_CD_RW", CW_CLASS_CD_RW },
		{ "ID_CDROM_MEDIA_CD_R", CW_CLASS_CD_R },
		{ "ID_CDROM_MEDIA_DVD_RAM", CW_CLASS_DVD_RAM },
		{ "ID_CDROM_MEDIA_DVD_PLUS_RW", CW_CLASS_DVD_PLUS_RW },
		{ "ID_CDROM_MEDIA_DVD_PLUS_RW_DL", CW_CLASS_DVD_PLUS_RW },
		{ "ID_CDROM_MEDIA_DVD_RW", CW_CLASS_DVD_RW },
		{ "ID_CDROM_MEDIA_DVD_RW_DL", CW_CLASS_DVD_RW },
		{ "ID_CDROM_MEDIA_DVD_PLUS_R", CW_CLASS_DVD_R },
		{ "ID_CDROM_MEDIA_DVD_PLUS_R_DL", CW_CLASS_DVD_R },
		{ "ID_CDROM_MEDIA_DVD_R", CW_CLASS_DVD_R },
		{ "ID_CDROM_MEDIA_DVD_R_DL", CW_CLASS_DVD_R },
		{ "ID_CDROM_MEDIA_BD_RE", CW_CLASS_BD_RE },
		{ "ID_CDROM_MEDIA_BD_R", CW_CLASS_BD_R },
		{ "ID_CDROM_MEDIA_CD", CW_CLASS_OPTICAL_PRESSED },
		{ "ID_CDROM_MEDIA_DVD", CW_CLASS_OPTICAL_PRESSED },
		{ "ID_CDROM_MEDIA_BD", CW_CLASS_OPTICAL_PRESSED },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(discs); i++)
		if (is_set(d, discs[i].property))
			return discs[i].class_;
	return CW_CLASS_UNKNOWN;
}

/* Discs that are written at any block have no sessions to be appended or closed. */
static bool is_written_at_random(const struct cw_dev *d)
{
	static const char *const random[] = { "ID_CDROM_MEDIA_DVD_RAM", "ID_CDROM_MEDIA_DVD_RW_RO", "ID_CDROM_MEDIA_DVD_PLUS_RW", "ID_CDROM_MEDIA_DVD_PLUS_RW_DL",
					      "ID_CDROM_MEDIA_BD_RE", NULL };

	return any_set(d, random);
}

uint32_t cw_disc_recorded(const struct cw_dev *d)
{
	const char *state = cw_dev_property(d, "ID_CDROM_MEDIA_STATE");
	bool random = is_written_at_random(d);

	/*
	 * Of formatted discs udev says "blank" when it saw zeros in two blocks, which is no word of the drive: the other blocks may be full of data.  When it is
	 * the drive's, a session can follow.
	 */
	if (!strcmp(state, "blank"))
		return !random || cw_dev_property(d, "ID_CDROM_MEDIA_SESSION_NEXT")[0] ? CW_DISC_BLANK : CW_DISC_UNKNOWN;
	if (random)
		return CW_DISC_UNKNOWN;
	return !strcmp(state, "appendable") ? CW_DISC_APPENDABLE : !strcmp(state, "complete") ? CW_DISC_CLOSED : CW_DISC_UNKNOWN;
}

uint64_t cw_disc_bytes(const struct cw_dev *d, uint64_t kernel_bytes)
{
	return kernel_bytes == INVENTED_BYTES || cw_disc_recorded(d) == CW_DISC_BLANK ? 0 : kernel_bytes;
}

/* A drive that only reads takes every disc for a pressed one (MMC-6 5.4). */
static bool drive_only_reads_it(const struct cw_dev *d)
{
	static const char *const cd[] = { "ID_CDROM_CD_R", "ID_CDROM_CD_RW", NULL };
	static const char *const dvd[] = { "ID_CDROM_DVD_R", "ID_CDROM_DVD_RAM", "ID_CDROM_DVD_RW", "ID_CDROM_DVD_PLUS_R", "ID_CDROM_DVD_PLUS_RW", NULL };
	static const char *const bd[] = { "ID_CDROM_BD_R", "ID_CDROM_BD_RE", NULL };

	if (cw_disc_class(d) != CW_CLASS_OPTICAL_PRESSED)
		return false;
	return !any_set(d, is_set(d, "ID_CDROM_MEDIA_CD") ? cd : is_set(d, "ID_CDROM_MEDIA_DVD") ? dvd : bd);
}

bool cw_disc_is_read_only(const struct cw_dev *d)
{
	/* A DVD-RAM is "other" to udev, and "complete" only when it is write-protected. */
	return drive_only_reads_it(d) || (cw_disc_class(d) == CW_CLASS_DVD_RAM && !strcmp(cw_dev_property(d, "ID_CDROM_MEDIA_STATE"), "complete"));
}
