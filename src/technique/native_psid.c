/* SPDX-License-Identifier: Apache-2.0 */
/* PSIDs as they stand on labels: in groups, with dashes or blanks between. */
#include <string.h>

#include "certwipe/technique.h"

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == '-' || c == '\r' || c == '\n';
}

static bool is_sign(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool cw_psid_normalise(const char *typed, char out[CW_PSID_CHARS + 1])
{
	size_t n = 0;

	memset(out, 0, CW_PSID_CHARS + 1);
	for (; *typed; typed++) {
		char c = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A') : *typed;

		if (is_between(c))
			continue;
		if (!is_sign(c) || n == CW_PSID_CHARS) {
			explicit_bzero(out, CW_PSID_CHARS + 1);
			return false;
		}
		out[n++] = c;
	}
	return n == CW_PSID_CHARS;
}
