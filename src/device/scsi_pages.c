/* SPDX-License-Identifier: Apache-2.0 */
#include "scsi_pages.h"

#include "certwipe/device.h"

#define VPD_HEAD 4u

const uint8_t *vpd_body(const uint8_t *page, size_t len, uint8_t code, size_t *body_len)
{
	size_t told = len >= VPD_HEAD ? (size_t)page[2] << 8 | page[3] : 0;

	*body_len = told;
	return len >= VPD_HEAD && page[1] == code && told <= len - VPD_HEAD ? page + VPD_HEAD : NULL;
}

bool vpd_lists(const uint8_t *page, size_t len, uint8_t code)
{
	size_t n;
	const uint8_t *codes = vpd_body(page, len, 0x00, &n);

	for (size_t i = 0; codes && i < n; i++)
		if (codes[i] == code)
			return true;
	return false;
}

void vpd_block_characteristics(const uint8_t *page, size_t len, uint8_t *wabereq, uint8_t *wacereq)
{
	size_t n;
	const uint8_t *body = vpd_body(page, len, 0xb1, &n);

	*wabereq = body && n > 3 ? body[3] >> 6 & 3 : 0;
	*wacereq = body && n > 3 ? body[3] >> 4 & 3 : 0;
}

/* SUPPORT, and where the usage data begin. */
#define SUPPORT_BITS 0x07
#define SUPPORT_NONE 1
#define SUPPORT_STANDARD 3
#define USAGE_AT 4u

uint32_t rsoc_support(const uint8_t *data, size_t len, uint8_t *usage)
{
	size_t cdb_len = len >= USAGE_AT ? (size_t)data[2] << 8 | data[3] : 0;
	unsigned support = len >= USAGE_AT ? data[1] & SUPPORT_BITS : 0;

	*usage = 0;
	if (support == SUPPORT_NONE)
		return CW_KNOWN_NO;
	if (support != SUPPORT_STANDARD)
		return CW_KNOWN_NOT;
	if (cdb_len > 1 && len > USAGE_AT + 1)
		*usage = data[USAGE_AT + 1];
	return CW_KNOWN_YES;
}
