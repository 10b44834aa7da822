/* SPDX-License-Identifier: Apache-2.0 */
/* Levels and the decision matrix: what may be claimed at most for a technique on a class of media. */
#include "certwipe/policy.h"

#include <string.h>

#include "caveats.h"

/* Words of levels.def: a level and how sure it is. */
enum {
	NONE = CW_LEVEL_NONE,
	CLEAR = CW_LEVEL_CLEAR,
	PURGE = CW_LEVEL_PURGE,
	DESTROY = CW_LEVEL_DESTROY,
	UNCONFIRMED = 0x10,
	ARGUABLE = 0x20,
	LEVEL_MASK = 0x0f,
};

static const struct cw_level_row rows[] = {
#define LEVEL(class_name, code, r1_word, r2_word, condition_bits, caveat_list) \
	{ .class_ = CW_CLASS_##class_name, .technique = code, \
	  .r1 = (r1_word) & LEVEL_MASK, .r2 = (r2_word) & LEVEL_MASK, \
	  .r1_unconfirmed = ((r1_word) & UNCONFIRMED) != 0, .r2_unconfirmed = ((r2_word) & UNCONFIRMED) != 0, \
	  .r1_arguable = ((r1_word) & ARGUABLE) != 0, .r2_arguable = ((r2_word) & ARGUABLE) != 0, \
	  .conditions = condition_bits, .caveats = caveat_list },
#include "levels.def"
#undef LEVEL
};

static const char *const level_names[] = { "none", "clear", "purge", "destroy" };

/* Wording of standards.md 8.2, by number. */
static const char *const condition_texts[CW_CONDITIONS_MAX + 1] = {
	[1] = N_("full native capacity reached (HPA/DCO/accessible-max cleared, or the hidden size printed)"),
	[2] = N_("zero unwritable/unreadable/pending sectors, otherwise they are listed and the wipe is incomplete"),
	[3] = N_("device advertises the command and its own status says completed without error"),
	[4] = N_("every condition of cryptographic erase attested by a person"),
	[5] = N_("all namespaces and unallocated capacity covered"),
	[6] = N_("pass-through proven: identity read through the bridge equals the drive label and completion registers are returned"),
	[7] = N_("pattern then complement"),
	[8] = N_("position-dependent verification, capacity plausible"),
	[9] = N_("magnetic media only, field ≥ coercivity with evidence"),
	[10] = N_("size/level and machine recorded, witnessed"),
	[11] = N_("low security category only"),
	[12] = N_("not frozen or locked, passwords known and cleared"),
	[13] = N_("all sessions/layers read back, including lead-in area where the drive allows"),
};

const char *cw_level_name(uint32_t level)
{
	return level < CW_ARRAY_LEN(level_names) ? level_names[level] : "unknown";
}

int cw_level_of_name(const char *name)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(level_names); i++) {
		if (strcmp(level_names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

const struct cw_level_row *cw_level_row_at(size_t index)
{
	return index < CW_ARRAY_LEN(rows) ? &rows[index] : NULL;
}

const struct cw_level_row *cw_level_row_get(uint32_t class_, const char *code)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		if (rows[i].class_ == class_ && strcmp(rows[i].technique, code) == 0)
			return &rows[i];
	}
	return NULL;
}

uint32_t cw_level_of_row(const struct cw_level_row *row, enum cw_column column, bool accept_unconfirmed)
{
	uint32_t level = column == CW_COLUMN_R1 ? row->r1 : row->r2;
	bool unconfirmed = column == CW_COLUMN_R1 ? row->r1_unconfirmed : row->r2_unconfirmed;

	if (!unconfirmed || accept_unconfirmed)
		return level;
	/* "purge?" is clear at least; of "clear?" and "destroy?" nothing is left (standards.md 8.2). */
	return level == CW_LEVEL_PURGE ? CW_LEVEL_CLEAR : CW_LEVEL_NONE;
}

const char *cw_condition_text(unsigned n)
{
	return n >= 1 && n <= CW_CONDITIONS_MAX ? _(condition_texts[n]) : "";
}

static const char *level_suffix(bool unconfirmed, bool arguable)
{
	if (unconfirmed)
		return "?";
	return arguable ? "+?" : "";
}

static void export_row(struct cw_buf *csv, const struct cw_level_row *row)
{
	const char *separator = "";

	cw_buf_printf(csv, "%s,%s,%s%s,%s%s,", cw_class_name(row->class_), row->technique, cw_level_name(row->r1),
		      level_suffix(row->r1_unconfirmed, row->r1_arguable), cw_level_name(row->r2),
		      level_suffix(row->r2_unconfirmed, row->r2_arguable));
	for (unsigned n = 1; n <= CW_CONDITIONS_MAX; n++) {
		if (row->conditions & CW_C(n)) {
			cw_buf_printf(csv, "%sc%u", separator, n);
			separator = "+";
		}
	}
	cw_buf_printf(csv, ",%s\n", row->caveats);
}

int cw_matrix_export(struct cw_buf *csv, struct cw_error *err)
{
	cw_buf_str(csv, "media,technique,r1,r2_2883,conditions,caveats\n");
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++)
		export_row(csv, &rows[i]);
	cw_buf_str(csv, "\ncondition,en\n");
	/* Quoted without escapes: no sentence here or in caveats.def holds a quotation mark (test_policy_levels sees to it). */
	for (unsigned n = 1; n <= CW_CONDITIONS_MAX; n++)
		cw_buf_printf(csv, "c%u,\"%s\"\n", n, condition_texts[n]);
	cw_buf_str(csv, "\n");
	caveats_export(csv);
	if (csv->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while the decision matrix was written out."));
	return CW_OK;
}

int cw_matrix_sha256(char out[CW_SHA256_HEX], struct cw_error *err)
{
	struct cw_buf csv CW_AUTO_BUF = { 0 };
	int rc = cw_matrix_export(&csv, err);

	if (!rc)
		cw_sha256_hex(csv.data, csv.len, out);
	return rc;
}
