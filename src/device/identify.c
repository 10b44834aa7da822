/* SPDX-License-Identifier: Apache-2.0 */
#include "identify.h"

#include <string.h>

#define SIGNATURE 0xa5 /* byte before the checksum */

static uint16_t word(const uint8_t *data, unsigned n)
{
	return (uint16_t)(data[2 * n] | data[2 * n + 1] << 8);
}

static uint64_t words(const uint8_t *data, unsigned n, unsigned count)
{
	uint64_t v = 0;

	for (unsigned i = count; i-- > 0;)
		v = v << 16 | word(data, n + i);
	return v;
}

/* Words that say of themselves that they are filled in: bit 15 zero, bit 14 one. */
static bool is_valid(uint16_t w)
{
	return (w & 0xc000) == 0x4000;
}

static bool sums_to_zero(const uint8_t data[ATA_SECTOR_BYTES])
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < ATA_SECTOR_BYTES; i++)
		sum = (uint8_t)(sum + data[i]);
	return sum == 0;
}

/* The first character of each pair stands in the upper byte of its word. */
static void take_text(const uint8_t *data, unsigned n, char *dst, size_t len)
{
	for (size_t i = 0; i < len; i++)
		dst[i] = (char)data[2 * n + (i ^ 1)];
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\0')
			return false;
	return true;
}

/* ---- fields ---- */

static void take_capacity(const uint8_t *data, struct identify *out)
{
	uint16_t form = word(data, 106);

	out->long_addresses = is_valid(word(data, 83)) && (word(data, 83) & 1u << 10);
	out->sectors = out->long_addresses ? words(data, 100, 4) : words(data, 60, 2);
	/* Extended Number of User Addressable Sectors */
	if (out->long_addresses && (word(data, 69) & 1u << 3) && words(data, 230, 4))
		out->sectors = words(data, 230, 4);
	out->sector_bytes = ATA_SECTOR_BYTES;
	if (is_valid(form) && (form & 1u << 12))
		out->sector_bytes = (uint32_t)words(data, 117, 2) * 2;
	out->rotation = word(data, 217);
}

static void take_features(const uint8_t *data, struct identify *out)
{
	bool supported = is_valid(word(data, 83)), enabled = is_valid(word(data, 87));
	uint16_t has = supported && enabled ? word(data, 82) & word(data, 85) : 0;

	out->smart = has & 1u << 0;
	out->write_cache = has & 1u << 5;
	/* "Enabled" says only that the set is; a drive that has it may hide sectors whatever the bit says. */
	out->hpa = supported && (word(data, 82) & 1u << 10);
	out->dco = supported && (word(data, 83) & 1u << 11);
	out->ama = is_valid(word(data, 119)) && (word(data, 119) & 1u << 8);
	out->logs = enabled && is_valid(word(data, 84)) && (word(data, 84) & 1u << 5);
	out->trusted = is_valid(word(data, 48)) && (word(data, 48) & 1u << 0);
}

/* Words 89 and 90: bit 15 tells which form it is; the largest value means "longer than can be told". */
static uint32_t minutes(uint16_t w)
{
	if (w == 0xffff)
		return 0;
	return (w & 1u << 15 ? w & 0x7fffu : w & 0xffu) * 2;
}

static void take_security(const uint8_t *data, struct identify *out)
{
	uint16_t w = word(data, 128);

	if (w == 0xffff || !(w & SECURITY_SUPPORTED))
		return;
	out->security = w;
	out->erase_minutes = minutes(word(data, 89));
	out->enhanced_minutes = minutes(word(data, 90));
}

/* Bit 15 is a packet device, bit 2 an answer that is not complete. */
static bool is_whole(const uint8_t data[ATA_SECTOR_BYTES])
{
	return !(word(data, 0) & 0x8004) && (data[510] != SIGNATURE || sums_to_zero(data));
}

bool cw_ata_security_of(const uint8_t identify[CW_ATA_SECTOR_BYTES], struct cw_ata_security *out)
{
	uint16_t w = word(identify, 128);

	memset(out, 0, sizeof(*out));
	if (!is_whole(identify))
		return false;
	if (w == 0xffff || !(w & SECURITY_SUPPORTED))
		return true;
	*out = (struct cw_ata_security){ .supported = true, .enabled = w & SECURITY_ENABLED, .locked = w & SECURITY_LOCKED, .frozen = w & SECURITY_FROZEN,
					 .expired = w & SECURITY_EXPIRED };
	return true;
}

bool identify_parse(const uint8_t data[ATA_SECTOR_BYTES], struct identify *out)
{
	memset(out, 0, sizeof(*out));
	out->checked = data[510] == SIGNATURE;
	if (!is_whole(data))
		return false;
	take_text(data, 10, out->serial, sizeof(out->serial));
	take_text(data, 23, out->firmware, sizeof(out->firmware));
	take_text(data, 27, out->model, sizeof(out->model));
	if (is_blank(out->model, sizeof(out->model)))
		return false;
	take_capacity(data, out);
	if (!out->sectors || out->sector_bytes < 512 || out->sector_bytes > 65536 || out->sectors > UINT64_MAX / out->sector_bytes)
		return false;
	out->sanitize = word(data, 59) == 0xffff || !(word(data, 59) & IDENTIFY_SANITIZE) ? 0 : word(data, 59);
	take_features(data, out);
	take_security(data, out);
	return true;
}

/* ---- SMART ---- */

#define ATTRIBUTES_AT 2u
#define ATTRIBUTES 30u
#define ATTRIBUTE_BYTES 12u
#define RAW_AT 5u

/* Six bytes; drives put other things into the upper ones of hours, so that only the lower four are hours for certain. */
static uint64_t raw_value(const uint8_t *attribute, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | attribute[RAW_AT + i];
	return v;
}

bool smart_parse(const uint8_t data[ATA_SECTOR_BYTES], struct cw_health *out)
{
	if (!sums_to_zero(data))
		return false;
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		const uint8_t *a = data + ATTRIBUTES_AT + i * ATTRIBUTE_BYTES;

		switch (a[0]) {
		case 5:
			out->reallocated_sectors = raw_value(a, 6);
			break;
		case 9:
			out->power_on_hours = raw_value(a, 4);
			break;
		case 197:
			out->pending_sectors = raw_value(a, 6);
			break;
		case 198:
			out->uncorrectable_sectors = raw_value(a, 6);
			break;
		}
	}
	return true;
}

/* ---- log 30h, page 06h ---- */

static uint64_t quad(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

bool security_page_parse(const uint8_t data[ATA_SECTOR_BYTES], uint32_t *encrypts, uint32_t *overrides_security)
{
	const uint64_t valid = UINT64_C(1) << 63;
	uint64_t header = quad(data), capabilities = quad(data + 48);

	*encrypts = *overrides_security = CW_KNOWN_NOT;
	/* Page number in byte 2, revision 1 below it. */
	if ((header >> 16 & 0xff) != 0x06 || !(header & 0xffff))
		return false;
	if (!(capabilities & valid))
		return true;
	*encrypts = capabilities & 1 ? CW_KNOWN_YES : CW_KNOWN_NO;
	*overrides_security = capabilities & 1u << 7 ? CW_KNOWN_YES : CW_KNOWN_NO;
	return true;
}

/* ---- DEVICE CONFIGURATION IDENTIFY ---- */

/* Nothing was ever sold with so much hidden; a larger number is a field that is none. */
#define DCO_FACTOR_MAX 1024u

bool dco_parse(const uint8_t data[ATA_SECTOR_BYTES], uint64_t native_sectors, uint64_t *sectors)
{
	uint64_t max_lba = quad(data + 6);

	*sectors = 0;
	if (data[510] != SIGNATURE || !sums_to_zero(data) || max_lba >= UINT64_C(1) << 48)
		return false;
	if (max_lba + 1 < native_sectors || max_lba / DCO_FACTOR_MAX > native_sectors)
		return false;
	*sectors = max_lba + 1;
	return true;
}
