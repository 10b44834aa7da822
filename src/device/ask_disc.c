/* SPDX-License-Identifier: Apache-2.0 */
/* Asks an optical drive what kind of disc is in it, what is recorded there, and what the drive can do about it (MMC-6). */
#include <string.h>

#include "ask.h"

#define BD 0x01 /* media type of READ DISC STRUCTURE, MMC-6 6.22 */

#define PART_BYTES 252u     /* of one answer: more is not needed of any, and drives take it */
#define FEATURES_BYTES 2048u

/* ---- profiles (MMC-6 5.3.1) ---- */

enum family { NO_DISC, CD, DVD_MINUS, DVD_PLUS, BLU_RAY };
static const struct profile {
	uint16_t number;
	uint8_t family;
	bool is_blanked;  /* it knows BLANK */
	bool at_any_block; /* it is written at any block */
	const char *name;
} profiles[] = {
	{ 0x08, CD, false, false, "CD-ROM" },
	{ 0x09, CD, false, false, "CD-R" },
	{ 0x0a, CD, true, false, "CD-RW" },
	{ 0x10, DVD_MINUS, false, false, "DVD-ROM" },
	{ 0x11, DVD_MINUS, false, false, "DVD-R" },
	{ 0x12, DVD_MINUS, false, true, "DVD-RAM" },
	{ 0x13, DVD_MINUS, true, true, "DVD-RW, restricted overwrite" },
	{ 0x14, DVD_MINUS, true, false, "DVD-RW, sequential recording" },
	{ 0x15, DVD_MINUS, false, false, "DVD-R DL" },
	{ 0x16, DVD_MINUS, false, false, "DVD-R DL, layer jump" },
	{ 0x17, DVD_MINUS, true, false, "DVD-RW DL" },
	{ 0x1a, DVD_PLUS, false, true, "DVD+RW" },
	{ 0x1b, DVD_PLUS, false, false, "DVD+R" },
	{ 0x2a, DVD_PLUS, false, true, "DVD+RW DL" },
	{ 0x2b, DVD_PLUS, false, false, "DVD+R DL" },
	{ 0x40, BLU_RAY, false, false, "BD-ROM" },
	{ 0x41, BLU_RAY, false, false, "BD-R, sequential recording" },
	{ 0x42, BLU_RAY, false, false, "BD-R, random recording" },
	{ 0x43, BLU_RAY, false, true, "BD-RE" },
};

static const struct profile *profile_of(uint32_t number)
{
	static const struct profile none = { 0 };

	for (size_t i = 0; i < CW_ARRAY_LEN(profiles); i++)
		if (profiles[i].number == number)
			return &profiles[i];
	return &none;
}

const char *cw_profile_words(uint32_t profile)
{
	const char *name = profile_of(profile)->name;

	return name ? name : "";
}

const char *cw_disc_status_name(uint32_t status)
{
	static const char *const names[] = { [CW_DISC_STATUS_EMPTY] = "empty", [CW_DISC_STATUS_APPENDABLE] = "appendable", [CW_DISC_STATUS_COMPLETE] = "complete",
					     [CW_DISC_STATUS_OTHER] = "other" };

	return status < CW_ARRAY_LEN(names) ? names[status] : "";
}

bool cw_disc_is_whole(const struct cw_disc_told *d, uint64_t size_bytes)
{
	return d->informed && d->sessions == 1 && d->capacity_known && d->formatted && d->capacity_bytes == size_bytes;
}

/* ---- bytes ---- */

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

/* How much of the answer is there, by its own length and by what came. */
static size_t ask_part(struct ask *a, struct cw_scsi *c, uint8_t *data, uint32_t room)
{
	c->dir = CW_DATA_IN;
	c->data = data;
	c->data_len = room;
	c->timeout_ms = ASK_TIMEOUT_MS;
	return ask_scsi(a, c) && c->resid <= room ? room - c->resid : 0;
}

/* ---- GET CONFIGURATION ---- */

/* Each a way of writing, current only where the drive can use it with this disc as it is (MMC-6 5.3). */
static bool is_way_of_writing(uint32_t feature)
{
	static const uint16_t ways[] = { 0x0020 /* random */, 0x0021 /* incremental */, 0x0026 /* restricted overwrite */, 0x002a /* DVD+RW */, 0x002b /* DVD+R */,
					 0x002d /* track at once */, 0x002e /* session at once */, 0x002f /* DVD-R/-RW */, 0x0037 /* CD-RW */, 0x0041 /* BD */ };

	for (size_t i = 0; i < CW_ARRAY_LEN(ways); i++)
		if (ways[i] == feature)
			return true;
	return false;
}

static bool any_way_is_current(const uint8_t *data, size_t len)
{
	for (size_t at = 8; at + 4 <= len; at += 4u + data[at + 3])
		if (data[at + 2] & 1 && is_way_of_writing(be16(data + at)))
			return true;
	return false;
}

static void ask_configuration(struct ask *a)
{
	uint8_t data[FEATURES_BYTES] = { 0 };
	struct cw_scsi c = { .cdb = { 0x46, 1 /* current features only */, 0, 0, 0, 0, 0, FEATURES_BYTES >> 8, FEATURES_BYTES & 0xff, 0 }, .cdb_len = 10 };
	size_t len = ask_part(a, &c, data, sizeof(data));

	if (len < 8)
		return;
	a->out->disc.profile = be16(data + 6);
	/* A list that was cut may have lost the feature. */
	if (any_way_is_current(data, len))
		a->out->disc.drive_writes = CW_KNOWN_YES;
	else if (be32(data) <= len - 4)
		a->out->disc.drive_writes = CW_KNOWN_NO;
}

/* ---- READ DISC INFORMATION (MMC-6 6.21) ---- */

#define CD_RW 0x0a
#define FRAMES_A_SECOND 75u
#define PREGAP_FRAMES 150u /* LBA 0 is at 00:02:00 */
#define RUN_OUT_FRAMES 2u  /* behind a track that is recorded at once, MMC-6 4.2.5 */

/* Up to the last place where its lead-out may begin: minute, second, frame. */
static uint64_t track_bytes_of_cd(const uint8_t *lead_out)
{
	uint64_t frames = ((uint64_t)lead_out[0] * 60 + lead_out[1]) * FRAMES_A_SECOND + lead_out[2];

	if (lead_out[0] > 99 || lead_out[1] > 59 || lead_out[2] >= FRAMES_A_SECOND || frames <= PREGAP_FRAMES + RUN_OUT_FRAMES)
		return 0;
	return (frames - PREGAP_FRAMES - RUN_OUT_FRAMES) * 2048;
}

/* It is told in two places: what may be recorded up to the farther one may hold old data. */
static void take_lead_out(struct cw_disc_told *told, const uint8_t *lead_out)
{
	uint64_t bytes = track_bytes_of_cd(lead_out);

	if (told->profile == CD_RW && bytes > told->whole_bytes)
		told->whole_bytes = bytes;
}

static void ask_information(struct ask *a)
{
	uint8_t d[PART_BYTES] = { 0 };
	struct cw_scsi c = { .cdb = { 0x51, 0, 0, 0, 0, 0, 0, 0, PART_BYTES, 0 }, .cdb_len = 10 };
	struct cw_disc_told *told = &a->out->disc;

	if (ask_part(a, &c, d, sizeof(d)) < 24 || be16(d) < 22)
		return;
	told->informed = 1;
	a->out->passthrough = CW_KNOWN_YES; /* nothing but a disc drive knows what that is */
	told->status = d[2] & 3;
	told->erasable = d[2] >> 4 & 1;
	told->sessions = (uint32_t)d[9] << 8 | d[4];
	told->tracks = (uint32_t)d[11] << 8 | d[6];
	told->has_id = d[7] >> 7;
	told->id = be32(d + 12);
	if (!d[20]) /* hours; of a closed disc all of it is FFh */
		take_lead_out(told, d + 21);
}

/* ---- READ FORMAT CAPACITIES (MMC-6 6.23) ---- */

/* A protected disc takes no format; whether it is one is asked later. */
static void tell_formatting(struct ask *a, const struct cw_disc_format *f)
{
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "format type %02xh", f->type);
	if (f->offered)
		ask_tell(a, CW_FEATURE_DISC_FORMAT, CW_KNOWN_YES, says, NULL);
}

/* All that can be formatted of a DVD is all that can be recorded (format type 00h), whatever is there now.  Of a CD it is less: links between packets take their part. */
static uint64_t largest_format(const uint8_t *d, size_t len)
{
	size_t end = 4u + d[3];
	uint64_t blocks = 0;

	for (size_t at = 12; at + 8 <= len && at + 8 <= end; at += 8)
		if (!(d[at + 4] >> 2) && be32(d + at) > blocks)
			blocks = be32(d + at);
	return blocks * 2048;
}

static void ask_capacity(struct ask *a, const struct profile *p)
{
	uint8_t d[PART_BYTES] = { 0 };
	struct cw_scsi c = { .cdb = { 0x23, 0, 0, 0, 0, 0, 0, 0, PART_BYTES, 0 }, .cdb_len = 10 };
	size_t len = ask_part(a, &c, d, sizeof(d));
	struct cw_disc_format f;

	if (!cw_disc_format_of(d, len, &f))
		return;
	a->out->disc.capacity_known = f.state == CW_DISC_UNFORMATTED || f.state == CW_DISC_FORMATTED;
	a->out->disc.formatted = f.state == CW_DISC_FORMATTED;
	a->out->disc.capacity_bytes = f.capacity_bytes;
	if (p->is_blanked && p->family != CD)
		a->out->disc.whole_bytes = f.state == CW_DISC_UNFORMATTED ? f.capacity_bytes : largest_format(d, len);
	if (p->at_any_block)
		tell_formatting(a, &f);
}

/* ---- who made it ---- */

static void take_maker(struct ask *a, const void *raw, size_t len)
{
	ask_text(&a->out->disc.maker, raw, len, CW_SOURCE_NONE);
	a->out->disc.maker.quality = CW_QUALITY_WEAK;
	cw_strlcpy(a->out->disc.maker.why, N_("All discs of this make have the same."), sizeof(a->out->disc.maker.why));
}

/* Of a CD the start of the lead-in, which is registered for makers (MMC-6 6.25.3.7); and the last possible start of the lead-out. */
static void ask_atip(struct ask *a)
{
	uint8_t d[PART_BYTES] = { 0 };
	struct cw_scsi c = { .cdb = { 0x43, 2 /* MSF */, 4 /* ATIP */, 0, 0, 0, 0, 0, PART_BYTES, 0 }, .cdb_len = 10 };
	size_t len = ask_part(a, &c, d, sizeof(d));
	char code[CW_NODE_MAX];

	if (len < 11 || be16(d) < 9)
		return;
	if (len >= 15 && be16(d) >= 13)
		take_lead_out(&a->out->disc, d + 12);
	snprintf(code, sizeof(code), "%02u:%02u:%02u", d[8], d[9], d[10]);
	take_maker(a, code, strlen(code));
}

static size_t ask_structure(struct ask *a, uint8_t media, uint8_t format, uint8_t data[PART_BYTES])
{
	struct cw_scsi c = { .cdb = { 0xad, media, 0, 0, 0, 0, 0, format, 0, PART_BYTES, 0, 0 }, .cdb_len = 12 };

	return ask_part(a, &c, data, PART_BYTES);
}

/* Manufacturer and media type, behind the four bytes of the head: of a DVD+R/+RW in its groove (ADIP), of a BD in its disc information. */
static void ask_maker_at(struct ask *a, uint8_t media, uint8_t format, size_t at, size_t bytes)
{
	uint8_t d[PART_BYTES] = { 0 };

	if (ask_structure(a, media, format, d) >= 4 + at + bytes)
		take_maker(a, d + 4 + at, bytes);
}

static void ask_maker(struct ask *a, uint32_t family)
{
	if (family == CD)
		ask_atip(a);
	else if (family == DVD_PLUS)
		ask_maker_at(a, 0, 0x11, 19, 11);
	else if (family == BLU_RAY)
		ask_maker_at(a, BD, 0x00, 100, 9);
}

#define WRITE_PROTECTION 0xc0

static void ask_protection(struct ask *a)
{
	uint8_t d[PART_BYTES] = { 0 };

	if (ask_structure(a, 0, WRITE_PROTECTION, d) >= 8)
		a->out->disc.is_protected = d[4] & 0x02 ? CW_KNOWN_YES : CW_KNOWN_NO;
}

/* ---- the whole ---- */

/* A drive that only reads takes every disc for a pressed one (5.4): by the profile it is one that writes.  A closed disc it does not write before it is blanked. */
static void tell_blanking(struct ask *a, const struct profile *p)
{
	const struct cw_disc_told *told = &a->out->disc;
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "profile %04xh", told->profile);
	if (!p->is_blanked)
		return;
	if (!told->informed)
		ask_tell(a, CW_FEATURE_DISC_BLANK, CW_KNOWN_NOT, says, N_("The drive does not tell whether the disc can be erased."));
	else
		ask_tell(a, CW_FEATURE_DISC_BLANK, told->erasable ? CW_KNOWN_YES : CW_KNOWN_NO, says, told->erasable ? NULL : N_("The drive says that the disc cannot be erased."));
}

void ask_disc(struct ask *a)
{
	const struct profile *p;

	ask_configuration(a);
	p = profile_of(a->out->disc.profile);
	if (p->family == NO_DISC)
		return;
	ask_information(a);
	ask_capacity(a, p);
	ask_maker(a, p->family);
	if (p->at_any_block)
		ask_protection(a);
	tell_blanking(a, p);
}
