/* SPDX-License-Identifier: Apache-2.0 */
/* What READ FORMAT CAPACITIES says of a disc (MMC-6 6.23): whether it is formatted, and how it could be. */
#include "certwipe/device.h"

#define HEAD_BYTES 4u
#define DESCRIPTOR_BYTES 8u

/* Format types (MMC-6 table 462), the better ones first: full format of a DVD+RW; full format of what has no other; BD-RE with spare areas, and without. */
static const uint8_t types[] = { 0x26, 0x00, 0x30, 0x31 };

static uint32_t be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | be24(p + 1);
}

static bool find(const uint8_t *data, size_t len, uint8_t type, struct cw_disc_format *out)
{
	for (size_t at = HEAD_BYTES + DESCRIPTOR_BYTES; at + DESCRIPTOR_BYTES <= len; at += DESCRIPTOR_BYTES) {
		const uint8_t *d = data + at;

		if (d[4] >> 2 != type || !be32(d))
			continue;
		out->offered = true;
		out->type = type;
		out->blocks = be32(d);
		out->parameter = be24(d + 5);
		return true;
	}
	return false;
}

bool cw_disc_format_of(const uint8_t *data, size_t len, struct cw_disc_format *out)
{
	*out = (struct cw_disc_format){ .offered = false };
	if (len < HEAD_BYTES + DESCRIPTOR_BYTES || data[3] < DESCRIPTOR_BYTES)
		return false;
	len = HEAD_BYTES + data[3] < len ? HEAD_BYTES + data[3] : len;
	out->state = data[8] & 3;
	out->capacity_bytes = (uint64_t)be32(data + 4) * be24(data + 9);
	for (size_t i = 0; i < CW_ARRAY_LEN(types); i++)
		if (find(data, len, types[i], out))
			break;
	return true;
}
