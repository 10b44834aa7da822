/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Representative sampling of NIST SP 800-88r1 4.7 (standards.md 1.5).  The first and the last sector are windows of their own; what lies between is
 * cut into 1000 parts, with two windows of a twentieth each in every one.  Windows never overlap and come in ascending order.
 */
#include "sweep.h"

#include <endian.h>
#include <string.h>

#define PARTS 1000u
#define WINDOW_SHARE 20u                /* each window is 1/20 = 5 % of its part */
#define WINDOWS (2u + 2u * PARTS)
#define SECTORS_MIN (2u + 2u * PARTS)   /* below, sampling would read every sector */

uint32_t cw_sample_windows(uint64_t size_bytes, uint32_t logical_bytes)
{
	uint64_t sectors = size_bytes / logical_bytes;

	return sectors == 0 ? 0 : sectors <= SECTORS_MIN ? 1 : WINDOWS;
}

/* SHA-256(seed || be64(part)): its first and second eight bytes draw the two windows. */
static void draw(const uint8_t seed[32], uint64_t part, uint64_t drawn[2])
{
	uint8_t text[32 + 8], digest[CW_SHA256_BYTES];
	uint64_t number = htobe64(part);

	memcpy(text, seed, 32);
	memcpy(text + 32, &number, sizeof(number));
	cw_sha256(text, sizeof(text), digest);
	memcpy(drawn, digest, 2 * sizeof(drawn[0]));
	drawn[0] = be64toh(drawn[0]);
	drawn[1] = be64toh(drawn[1]);
}

/* Where part number `part` of `sectors` equal ones begins; they differ by one sector at most. */
static uint64_t part_start(uint64_t sectors, uint64_t part)
{
	uint64_t rest = sectors % PARTS;

	return part * (sectors / PARTS) + (part < rest ? part : rest);
}

/* All in sectors.  Two starts drawn in what is left without the windows, the second shifted behind the first: every disjoint pair can come. */
static void part_window(const uint8_t seed[32], uint64_t sectors, uint64_t part, bool second, uint64_t *offset, uint64_t *len)
{
	uint64_t start = part_start(sectors, part);
	uint64_t room = part_start(sectors, part + 1) - start;
	uint64_t window = (room + WINDOW_SHARE - 1) / WINDOW_SHARE;
	uint64_t free_starts = room - 2 * window + 1;
	uint64_t drawn[2], a, b;

	draw(seed, part, drawn);
	a = drawn[0] % free_starts;
	b = drawn[1] % free_starts;
	*offset = start + (second ? (a > b ? a : b) + window : a < b ? a : b);
	*len = window;
}

void cw_sample_window(const uint8_t seed[32], uint64_t size_bytes, uint32_t logical_bytes, uint32_t i, uint64_t *offset_bytes, uint64_t *len_bytes)
{
	uint64_t sectors = size_bytes / logical_bytes, offset = 0, len = 1;

	if (sectors <= SECTORS_MIN)
		len = sectors;
	else if (i == WINDOWS - 1)
		offset = sectors - 1;
	else if (i > 0) {
		part_window(seed, sectors - 2, (i - 1) / 2, (i - 1) % 2 == 1, &offset, &len);
		offset += 1; /* the first sector stands before the parts */
	}
	*offset_bytes = offset * logical_bytes;
	*len_bytes = len * logical_bytes;
}

const struct sweep_windows sweep_of_sample = { cw_sample_windows, cw_sample_window };

int cw_sweep_sample(struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		    struct cw_sweep_result *result, struct cw_error *err)
{
	__attribute__((cleanup(sweep_clear))) struct sweep w;
	int rc = sweep_begin(&w, &sweep_verifies, t, s, 0, size_bytes, hooks, result, err);

	return rc ? rc : sweep_windows(&w, &sweep_of_sample, seed, err);
}
