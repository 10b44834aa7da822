/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs of version 7 (RFC 9562 5.7): 48 bits of Unix milliseconds, and random bits. */
#include <stdio.h>
#include <time.h>

#include "certwipe/base.h"

int cw_uuid_v7(char out[CW_UUID_TEXT], struct cw_error *err)
{
	struct timespec now;
	uint8_t b[16];
	char hex[33];
	int rc = cw_random(b, sizeof b, err);

	if (rc)
		return rc;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t ms = (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;

	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)(ms >> (40 - 8 * i));
	b[6] = (uint8_t)(0x70 | (b[6] & 0x0f));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	cw_hex(hex, b, sizeof b);
	snprintf(out, CW_UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return 0;
}
