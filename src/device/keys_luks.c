/* SPDX-License-Identifier: Apache-2.0 */
/* The header of LUKS1 (LUKS On-Disk Format Specification 1.2.3, figures 2 and 3): eight key slots, and behind them the data. */
#include "keys.h"

#include <endian.h>
#include <string.h>

#define SECTOR_BYTES 512u
#define HEADER_BYTES 592u
#define SLOTS 8u
#define SLOT_BYTES 48u
#define KEY_BYTES_MAX 512u
#define STRIPES_MAX 65536u /* 4000 in practice */

static uint16_t be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint32_t be32(const uint8_t *b)
{
	uint32_t n;

	memcpy(&n, b, sizeof(n));
	return be32toh(n);
}

/* Every slot has its place, used or not: one that was given up may still hold what it held. */
static bool slots_lie_before(const uint8_t *h, uint64_t data_bytes)
{
	uint64_t key_bytes = be32(h + 108);

	if (!key_bytes || key_bytes > KEY_BYTES_MAX)
		return false;
	for (uint32_t i = 0; i < SLOTS; i++) {
		const uint8_t *slot = h + 208 + i * SLOT_BYTES;
		uint64_t from = (uint64_t)be32(slot + 40) * SECTOR_BYTES, stripes = be32(slot + 44);

		if (from < HEADER_BYTES || stripes > STRIPES_MAX || from + key_bytes * stripes > data_bytes)
			return false;
	}
	return true;
}

static void luks1(struct key_volume *v)
{
	uint8_t h[HEADER_BYTES];
	uint64_t data_bytes;

	v->kind = CW_VOLUME_LUKS1;
	if (!keys_read(v, 0, h, sizeof(h))) {
		keys_object(v, N_("The header of an encrypted volume cannot be read."));
		return;
	}
	data_bytes = (uint64_t)be32(h + 104) * SECTOR_BYTES;
	if (!data_bytes)
		keys_object(v, N_("The header of an encrypted volume says that its data are elsewhere: what is encrypted with these keys is not known."));
	else if (!keys_span(v, 0, data_bytes))
		keys_object(v, N_("The header of an encrypted volume says that its data begin behind its end."));
	else if (!slots_lie_before(h, data_bytes))
		keys_object(v, N_("The header of an encrypted volume has key slots where none can be."));
	if (!strncmp((const char *)h + 8, "cipher_null", 11))
		keys_object(v, N_("A volume that looks encrypted is not: its cipher is \"cipher_null\"."));
}

/* A first copy that was wiped leaves LUKS2 its second one, which is found without this. */
void keys_luks(struct key_volume *v)
{
	static const uint8_t magic[6] = { 'L', 'U', 'K', 'S', 0xba, 0xbe };
	uint8_t start[8];

	if (keys_read(v, 0, start, sizeof(start)) && !memcmp(start, magic, sizeof(magic)) && be16(start + 6) == 1)
		luks1(v);
	else
		keys_luks2(v);
}
