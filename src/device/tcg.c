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
	bool reverts;       /* Enterprise erases band by band */
} classes[] = {
	{ 0x0203, "opal-2", true, true }, { 0x0200, "opal-1", true, true }, { 0x0301, "opalite", true, true }, { 0x0304, "ruby", true, true },
	{ 0x0100, "enterprise", true, false }, { 0x0303, "pyrite-2", false, true }, { 0x0302, "pyrite-1", false, true },
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

/* TCG Block SID Authentication feature set: bit 0, the owner has set a PIN of his own. */
static void take_sid(struct cw_tcg_told *out, uint8_t bits)
{
	out->sid_is_default = bits & 1 ? CW_KNOWN_NO : CW_KNOWN_YES;
	out->sid_blocked = bits >> 1 & 1;
}

static void take_feature(struct cw_tcg_told *out, const uint8_t *f, size_t len)
{
	uint16_t code = (uint16_t)be(f, 2);

	if (code == FEATURE_LOCKING && len > FEATURE_HEAD)
		take_locking(out, f[4]);
	else if (code == FEATURE_BLOCK_SID && len > FEATURE_HEAD)
		take_sid(out, f[4]);
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

bool cw_tcg_discovered(const uint8_t *data, size_t len, struct cw_tcg_told *out)
{
	*out = (struct cw_tcg_told){ .answered = 1 };
	if (parse(data, len, out))
		return true;
	*out = (struct cw_tcg_told){ 0 };
	return false;
}

/* ---- reverting ---- */

/* Why it erases nothing, or cannot be done; NULL: nothing stands against it, with the right PIN. */
static const char *obstacle(const struct cw_tcg_told *t)
{
	size_t rank = rank_of(t->ssc);

	if (rank == CW_ARRAY_LEN(classes))
		return N_("The drive names no class of TCG drives that this program knows.");
	if (!classes[rank].erases_by_key || !t->encrypts)
		return N_("The drive does not encrypt what it stores, so that reverting it erases nothing.");
	if (!classes[rank].reverts)
		return N_("Drives of the TCG Enterprise class are not reverted by this program: take another command of the drive.");
	/* Markers could not be written, and without them nobody could tell what became of the data. */
	if (t->locked)
		return N_("The drive is locked, so that nothing can be written by which to tell afterwards: unlock it or revert it (sedutil-cli), and plan again.");
	if (t->mbr_enabled && !t->mbr_done)
		return N_("The drive shows its start-up area (MBR shadow) instead of its data: unlock it or revert it (sedutil-cli), and plan again.");
	return NULL;
}

static const char *owner_obstacle(const struct cw_tcg_told *t)
{
	if (t->sid_blocked)
		return N_("The computer's firmware has blocked the owner's PIN (Block SID): allow it in the firmware's settings and switch the drive off and on, or take the PSID on its label.");
	if (t->sid_is_default == CW_KNOWN_NO)
		return N_("The drive has an owner's PIN that somebody set: take the PSID on its label (--technique tcg_psid_revert).");
	if (t->sid_is_default != CW_KNOWN_YES)
		return N_("The drive does not tell whether its owner's PIN is the one that it was made with: take the PSID on its label (--technique tcg_psid_revert).");
	return NULL;
}

/* ---- changing the key of one range ---- */

/*
 * What GenKey and Erase would take is told by nobody: whether the PIN of whoever may do it is still the one that the drive was made with, and how many ranges or bands there are, all
 * of which would have to be done.  A revert changes all keys, and by the PSID it needs no other PIN.
 */
static const char *key_obstacle(const struct cw_tcg_told *t)
{
	if (!classes[rank_of(t->ssc)].erases_by_key || !t->encrypts)
		return N_("The drive does not encrypt what it stores, so that changing a key erases nothing.");
	if (!classes[rank_of(t->ssc)].reverts)
		return N_("Each band is erased by itself, with the EraseMaster's PIN, and the drive tells neither how many there are nor whether that PIN is the one that it was made with: take SANITIZE, or revert it by its PSID (sedutil-cli).");
	if (!t->locking_enabled)
		return N_("Nobody has activated the drive's locking, so that there is no administrator who could change a key: a revert changes all of them (tcg_revert, or by the PSID on the label tcg_psid_revert).");
	return N_("It takes the PIN of the drive's locking administrator, which the drive tells nobody, and changes the key of one range only: a revert by the PSID on the label changes all of them (tcg_psid_revert).");
}

static void tell_keys(struct ask *a, const struct cw_tcg_told *t, const char *says)
{
	size_t rank = rank_of(t->ssc);
	bool bands = rank < CW_ARRAY_LEN(classes) && classes[rank].erases_by_key && !classes[rank].reverts;

	if (rank < CW_ARRAY_LEN(classes))
		ask_tell(a, bands ? CW_FEATURE_TCG_ERASE : CW_FEATURE_TCG_GENKEY, CW_KNOWN_NO, says, key_obstacle(t));
}

#define REVERT_SECONDS 60u /* device-commands.md 0.8 */

static void tell_revert(struct ask *a, const struct cw_tcg_told *t)
{
	const char *why = obstacle(t), *owner_why = why ? why : owner_obstacle(t);
	bool owner_unknown = !why && !t->sid_blocked && t->sid_is_default == CW_KNOWN_NOT;
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "level 0 discovery: %s", t->ssc[0] ? t->ssc : "no known class");
	ask_tell(a, CW_FEATURE_TCG_PSID_REVERT, why ? CW_KNOWN_NO : CW_KNOWN_YES, says, why ? why : N_("It needs the PSID on the drive's label."));
	ask_tell(a, CW_FEATURE_TCG_REVERT, owner_unknown ? CW_KNOWN_NOT : owner_why ? CW_KNOWN_NO : CW_KNOWN_YES, says, owner_why);
	a->out->features[CW_FEATURE_TCG_PSID_REVERT].expected_seconds = why ? 0 : REVERT_SECONDS;
	a->out->features[CW_FEATURE_TCG_REVERT].expected_seconds = owner_why ? 0 : REVERT_SECONDS;
	tell_keys(a, t, says);
}

void ask_take_discovery(struct ask *a, const uint8_t *data, size_t len)
{
	struct cw_tcg_told told;

	if (!cw_tcg_discovered(data, len, &told))
		return;
	a->out->tcg = told;
	tell_revert(a, &told);
}
