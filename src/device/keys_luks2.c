/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of LUKS2 (LUKS2 On-Disk Format Specification 1.1.1, 2 and 3): twice the same, each a binary part and JSON, then the area of the key slots, then the data.
 * Both copies are read, and what either says must hold.
 */
#include "keys.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define BINARY_BYTES 4096u
#define CHECKSUM_AT 448u
#define CHECKSUM_BYTES 64u
#define HEADER_BYTES_MIN 0x4000u /* 16 KiB, and doubled up to ... */
#define HEADER_BYTES_MAX 0x400000u

/* What one copy says, in bytes from the beginning of the volume. */
struct copy {
	uint64_t data_bytes; /* where the first segment begins */
};

static uint64_t be64(const uint8_t *b)
{
	uint64_t n;

	memcpy(&n, b, sizeof(n));
	return be64toh(n);
}

/* ---- the binary part ---- */

static bool has_magic(const uint8_t *h, uint64_t at_bytes)
{
	static const uint8_t first[8] = { 'L', 'U', 'K', 'S', 0xba, 0xbe, 0, 2 }, second[8] = { 'S', 'K', 'U', 'L', 0xba, 0xbe, 0, 2 };

	return !memcmp(h, at_bytes ? second : first, sizeof(first));
}

/* The checksum of the whole copy, its own field being zero. */
static bool checksum_holds(uint8_t *h, size_t len)
{
	uint8_t told[CHECKSUM_BYTES], digest[CW_SHA256_BYTES];

	memcpy(told, h + CHECKSUM_AT, sizeof(told));
	memset(h + CHECKSUM_AT, 0, CHECKSUM_BYTES);
	cw_sha256(h, len, digest);
	return !memcmp(told, digest, sizeof(digest));
}

/* The copy at this place, with its JSON ended by a NUL; NULL when there is no sound one. */
static uint8_t *read_copy(const struct key_volume *v, uint64_t at_bytes, size_t *len)
{
	uint8_t binary[BINARY_BYTES], *h;

	if (!keys_read(v, at_bytes, binary, sizeof(binary)) || !has_magic(binary, at_bytes) || be64(binary + 256) != at_bytes)
		return NULL;
	*len = be64(binary + 8);
	if (*len < HEADER_BYTES_MIN || *len > HEADER_BYTES_MAX || (*len & (*len - 1)) || (at_bytes && at_bytes != *len))
		return NULL;
	h = malloc(*len + 1);
	if (!h || !keys_read(v, at_bytes, h, *len) || !checksum_holds(h, *len)) {
		free(h);
		return NULL;
	}
	h[*len] = '\0';
	return h;
}

/* ---- the JSON ---- */

/* Numbers of 64 bits are texts there. */
static bool number_of(const json_t *o, const char *key, uint64_t *out)
{
	const char *text = cw_json_str(o, key, "");
	size_t len = strlen(text);

	*out = 0;
	if (!len || len > 18 || strspn(text, "0123456789") != len)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static void check_segment(struct key_volume *v, const json_t *segment)
{
	const char *type = cw_json_str(segment, "type", "");

	if (!strncmp(type, "hw-opal", 7))
		keys_object(v, N_("A volume is encrypted by the drive itself: its key stands in the drive, not on the medium."));
	else if (json_object_get(segment, "flags"))
		keys_object(v, N_("A volume is being encrypted anew, and may hold data that are not encrypted yet: finish that first (cryptsetup reencrypt)."));
	else if (strcmp(type, "crypt") != 0)
		keys_object(v, N_("A part of an encrypted volume is not encrypted."));
	if (!strncmp(cw_json_str(segment, "encryption", ""), "cipher_null", 11))
		keys_object(v, N_("A volume that looks encrypted is not: its cipher is \"cipher_null\"."));
}

static bool read_segments(struct key_volume *v, const json_t *segments, struct copy *c)
{
	const char *name;
	json_t *segment;
	uint64_t from;

	c->data_bytes = UINT64_MAX;
	json_object_foreach((json_t *)(uintptr_t)segments, name, segment) {
		if (!number_of(segment, "offset", &from))
			return false;
		c->data_bytes = from < c->data_bytes ? from : c->data_bytes;
		check_segment(v, segment);
	}
	return json_object_size(segments) > 0;
}

/* Between the second copy of the header and the data. */
static bool slots_lie_before(struct key_volume *v, const json_t *slots, uint64_t from_bytes, uint64_t data_bytes)
{
	const char *name;
	json_t *slot;
	uint64_t at, len;

	json_object_foreach((json_t *)(uintptr_t)slots, name, slot) {
		const json_t *area = json_object_get(slot, "area");

		if (!strcmp(cw_json_str(slot, "type", ""), "reencrypt"))
			keys_object(v, N_("A volume is being encrypted anew, and may hold data that are not encrypted yet: finish that first (cryptsetup reencrypt)."));
		if (!number_of(area, "offset", &at) || !number_of(area, "size", &len) || at < from_bytes || at > data_bytes || len > data_bytes - at)
			return false;
	}
	return true;
}

static void read_json(struct key_volume *v, const json_t *j, uint64_t header_bytes, struct copy *c)
{
	if (!read_segments(v, json_object_get(j, "segments"), c))
		keys_object(v, N_("The header of an encrypted volume is damaged."));
	else if (!c->data_bytes)
		keys_object(v, N_("The header of an encrypted volume says that its data are elsewhere: what is encrypted with these keys is not known."));
	else if (c->data_bytes < 2 * header_bytes || !slots_lie_before(v, json_object_get(j, "keyslots"), 2 * header_bytes, c->data_bytes))
		keys_object(v, N_("The header of an encrypted volume has key slots where none can be."));
}

/* ---- both copies ---- */

/* False: there is none here. */
static bool take_copy(struct key_volume *v, uint64_t at_bytes, struct copy *c)
{
	struct cw_error unreadable = { 0 };
	CW_AUTO_JSON json_t *j = NULL;
	size_t len = 0;
	CW_AUTO_FREE uint8_t *h = read_copy(v, at_bytes, &len);

	if (!h)
		return false;
	if (cw_json_parse((const char *)h + BINARY_BYTES, strlen((const char *)h + BINARY_BYTES), &j, &unreadable))
		return false;
	read_json(v, j, len, c);
	if (c->data_bytes && c->data_bytes != UINT64_MAX && !keys_span(v, 0, c->data_bytes))
		keys_object(v, N_("The header of an encrypted volume says that its data begin behind its end."));
	return true;
}

void keys_luks2(struct key_volume *v)
{
	struct copy first = { 0 }, second = { 0 };
	bool has_first, has_second = false;

	v->kind = CW_VOLUME_LUKS2;
	has_first = take_copy(v, 0, &first);
	for (uint64_t at = HEADER_BYTES_MIN; at <= HEADER_BYTES_MAX && !has_second; at *= 2)
		has_second = take_copy(v, at, &second);
	if (!has_first && !has_second)
		keys_object(v, N_("The header of an encrypted volume is damaged."));
	else if (!has_first || !has_second)
		keys_object(v, N_("One of the two headers of an encrypted volume is damaged: mend it first (cryptsetup repair)."));
	else if (first.data_bytes != second.data_bytes)
		keys_object(v, N_("The two headers of an encrypted volume contradict each other."));
}
