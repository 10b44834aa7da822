/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as RFC 4648 section 4 writes it.  libcrypto's decoder skips blanks and stray bits, and what can be written in two ways can be changed unseen. */
#include "certwipe/base.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void cw_base64(struct cw_buf *out, const void *src, size_t len)
{
	const uint8_t *p = src;

	for (; len; len -= len < 3 ? len : 3, p += 3) {
		uint32_t group = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0) | (len > 2 ? p[2] : 0);
		char quad[4] = { digits[group >> 18], digits[group >> 12 & 63], len > 1 ? digits[group >> 6 & 63] : '=', len > 2 ? digits[group & 63] : '=' };

		cw_buf_add(out, quad, sizeof quad);
	}
}

/* Bytes of a quad whose first n characters are digits; 0: not the one way to write any. */
static size_t read_quad(const char *quad, size_t n, uint8_t bytes[3])
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *at = i < n ? memchr(digits, quad[i], sizeof digits - 1) : digits;

		if (!at)
			return 0;
		group = group << 6 | (uint32_t)(at - digits);
	}
	bytes[0] = (uint8_t)(group >> 16);
	bytes[1] = (uint8_t)(group >> 8);
	bytes[2] = (uint8_t)group;
	/* bits behind the last byte are zero */
	return (n < 4 && bytes[2]) || (n < 3 && bytes[1]) ? 0 : n - 1;
}

bool cw_unbase64(void *dst, size_t size, size_t *len, const char *text, size_t text_len)
{
	uint8_t *out = dst, bytes[3];

	*len = 0;
	if (text_len % 4)
		return false;
	for (size_t at = 0; at < text_len; at += 4) {
		bool last = at + 4 == text_len;
		size_t n = read_quad(text + at, last && text[at + 3] == '=' ? text[at + 2] == '=' ? 2 : 3 : 4, bytes);

		if (n == 0 || n > size - *len)
			return false;
		memcpy(out + *len, bytes, n);
		*len += n;
	}
	return true;
}
