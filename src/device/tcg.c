/* SPDX-License-Identifier: Apache-2.0 */
/* Level 0 discovery (TCG Storage Architecture Core 2.01, 3.3.6): a header and a list of features, each with its length; every step is checked against the end. */
#include <string.h>

#include "ask.h"

#define HEADER_BYTES 48u
#define FEATURE_HEAD 4u /* code, version, length */

#define FEATURE_LOCKING 0x0002
#define FEATURE_BLOCK_SID 0x0402

static uint32_t be(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* Each names the set of rules by which a drive plays; that of the highest rank counts, where it names several. */
static const struct {
	uint16_t code;
	const char *ssc;
	bool erases_by_key; /* Pyrite only locks */
} classes[] = {
	{ 0x0203, "opal-2", true }, { 0x0200, "opal-1", true }, { 0x0301, "opalite", true }, { 0x0304, "ruby", true }, { 0x0100, "enterprise", true },
	{ 0x0303, "pyrite-2", false }, { 0x0302, "pyrite-1", false },
};

static size_t rank_of(const char *ssc)
{
	size_t i = 0;

	while (i < CW_ARRAY_LEN(classes) && strcmp(classes[i].ssc, ssc) != 0)
		i++;
	return i;
}

static void take_class(struct cw_tcg_told *out, uint16_t code, const uint8_t *f, size_t len)
{
	for (size_t i = 0; i < rank_of(out->ssc); i++) {
		if (classes[i].code != code || len < FEATURE_HEAD + 2)
			continue;
		cw_strlcpy(out->ssc, classes[i].ssc, sizeof(out->ssc));
		out->com_id = be(f + 4, 2);
	}
}

static void take_locking(struct cw_tcg_told *out, uint8_t bits)
{
	out->locking_enabled = bits >> 1 & 1;
	out->locked = bits >> 2 & 1;
	out->encrypts = bits >> 3 & 1;
	out->mbr_enabled = bits >> 4 & 1;
	out->mbr_done = bits >> 5 & 1;
}

static void take_feature(struct cw_tcg_told *out, const uint8_t *f, size_t len)
{
	uint16_t code = (uint16_t)be(f, 2);

	if (code == FEATURE_LOCKING && len > FEATURE_HEAD)
		take_locking(out, f[4]);
	else if (code == FEATURE_BLOCK_SID && len > FEATURE_HEAD)
		out->sid_blocked = f[4] >> 1 & 1;
	else
		take_class(out, code, f, len);
}

static bool parse(const uint8_t *data, size_t len, struct cw_tcg_told *out)
{
	size_t end = len >= HEADER_BYTES ? 4 + (size_t)be(data, 4) : 0;

	if (end < HEADER_BYTES || end > len)
		return false;
	for (size_t at = HEADER_BYTES; at + FEATURE_HEAD <= end;) {
		size_t n = FEATURE_HEAD + data[at + 3];

		if (n > end - at)
			return false;
		take_feature(out, data + at, n);
		at += n;
	}
	return true;
}

static void tell_revert(struct ask *a, const struct cw_tcg_told *t)
{
	size_t rank = rank_of(t->ssc);
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "level 0 discovery: %s", t->ssc[0] ? t->ssc : "no known class");
	if (rank == CW_ARRAY_LEN(classes))
		ask_tell(a, CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, says, N_("The drive names no class of TCG drives that this program knows."));
	else if (!classes[rank].erases_by_key || !t->encrypts)
		ask_tell(a, CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, says, N_("The drive does not encrypt what it stores, so that reverting it erases nothing."));
	else
		ask_tell(a, CW_FEATURE_TCG_REVERT, CW_KNOWN_YES, says, N_("It needs the PSID on the drive's label."));
}

void ask_take_discovery(struct ask *a, const uint8_t *data, size_t len)
{
	struct cw_tcg_told told = { .answered = 1 };

	if (!parse(data, len, &told))
		return;
	a->out->tcg = told;
	tell_revert(a, &told);
}
