/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of words in one string, as caveats, policies and case fields hold them. */
#include "words.h"

#include <string.h>

bool words_have(const char *list, char separator, const char *word, size_t len)
{
	const char stop[] = { separator, '\0' };

	for (const char *at = list; *at; at += strspn(at, stop)) {
		size_t here = strcspn(at, stop);

		if (here == len && memcmp(at, word, len) == 0)
			return true;
		at += here;
	}
	return false;
}
