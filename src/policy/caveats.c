/* SPDX-License-Identifier: Apache-2.0 */
/* Caveats: sentences that limit what a document claims, and lists of them ("K1+K2"). */
#include "certwipe/policy.h"

#include <string.h>

#include "caveats.h"
#include "words.h"

static const struct caveat {
	const char *id, *en, *zh_tw;
} caveats[] = {
#define CAVEAT(id, en, zh_tw) { #id, en, zh_tw },
#include "caveats.def"
#undef CAVEAT
};

const char *cw_caveat_text(const char *id, const char *lang)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(caveats); i++) {
		if (strcmp(caveats[i].id, id) != 0)
			continue;
		if (strcmp(lang, "en") == 0)
			return caveats[i].en;
		return strcmp(lang, "zh_TW") == 0 ? caveats[i].zh_tw : NULL;
	}
	return NULL;
}

void caveats_export(struct cw_buf *csv)
{
	cw_buf_str(csv, "caveat,en,zh_TW\n");
	for (size_t i = 0; i < CW_ARRAY_LEN(caveats); i++)
		cw_buf_printf(csv, "%s,\"%s\",\"%s\"\n", caveats[i].id, caveats[i].en, caveats[i].zh_tw);
}

/* A list of all of them fits: "K1+" to "K99+". */
_Static_assert(CW_ARRAY_LEN(caveats) < 100 && CW_ARRAY_LEN(caveats) * sizeof("K99") < CW_TEXT_MAX, "every list of caveats has room");

void caveats_add(char list[CW_TEXT_MAX], const char *id)
{
	size_t used = strlen(list);

	if (!words_have(list, '+', id, strlen(id)))
		snprintf(list + used, CW_TEXT_MAX - used, "%s%s", used ? "+" : "", id);
}

void caveats_drop(char list[CW_TEXT_MAX], const char *id)
{
	char kept[CW_TEXT_MAX] = "", one[8];
	size_t len;

	for (const char *at = list; *at; at += len + (at[len] == '+')) {
		len = strcspn(at, "+");
		if (len < sizeof(one) && (len != strlen(id) || strncmp(at, id, len) != 0)) {
			snprintf(one, sizeof(one), "%.*s", (int)len, at);
			caveats_add(kept, one);
		}
	}
	cw_strlcpy(list, kept, CW_TEXT_MAX);
}
