/* SPDX-License-Identifier: Apache-2.0 */
#include "destruction.h"

#include <ctype.h>
#include <string.h>

#include "level.h"

/* ---- two people ---- */

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || strncmp(s, "\u3000", 3) == 0)
		s += *s == ' ' ? 1 : 3;
	return s;
}

bool cw_is_same_name(const char *a, const char *b)
{
	for (a = skip_blanks(a), b = skip_blanks(b); *a && *b; a = skip_blanks(a + 1), b = skip_blanks(b + 1))
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	return !*a && !*b;
}

static bool is_confirmed(const struct cw_journal_text *t, const struct cw_job_destruction *d)
{
	const json_t *line = d->witnessed ? json_array_get(t->lines, d->witness_line) : NULL;
	const char *name = cw_json_str(line, "name", "");
	return line && *name && !cw_is_same_name(name, d->record.operator_name) && cw_json_u64(line, "count", 0) == d->record.count &&
	       strcmp(cw_json_str(line, "method", ""), cw_destruction_method_name(d->record.method)) == 0;
}

/* ---- the journal ---- */

static bool take_wipe(const struct cw_journal_text *t, struct cw_destroyed *d)
{
	d->wipe.lines = json_array();
	for (uint64_t i = 0; d->wipe.lines && i < d->told.wipe_lines; i++)
		if (json_array_append(d->wipe.lines, json_array_get(t->lines, i)))
			return false;
	return d->wipe.lines != NULL;
}

/* The start: the first that was entered. */
static uint64_t find_registered(const struct cw_journal_text *t)
{
	size_t i;
	json_t *line;
	json_array_foreach(t->lines, i, line)
		if (strcmp(cw_json_str(line, "event", ""), "registered") == 0)
			return i;
	return CW_NO_LINE;
}

void cw_destroyed_read(const struct cw_journal_text *t, struct cw_destroyed *out)
{
	struct cw_error err = {0};
	*out = (struct cw_destroyed){ .registered_line = find_registered(t) };
	out->readable = cw_job_destruction_of(t, &out->told, &err) == 0 && cw_job_terms(t, &out->terms, out->standard, &err) == 0 &&
			cw_job_medium(t, &out->medium, &err) == 0 && cw_identity_digest(&out->medium, out->identity_sha256, &err) == 0 &&
			(!out->told.of_wipe || take_wipe(t, out));
	if (!out->readable)
		return;
	out->terms.particle_level = out->told.particle_level;
	out->two_people = is_confirmed(t, &out->told);
	cw_destruction_judge(&out->terms, &out->told.record, out->two_people, &out->judged);
	/* Nothing of the kind was ever put on record here; whoever did so by hand claims nothing by it. */
	if (out->told.recorded && cw_destruction_refuse(out->terms.class_, &out->told.record, &err) < 0)
		out->judged.is_second_step = false, out->judged.level = CW_LEVEL_NONE;
}

void cw_destroyed_clear(struct cw_destroyed *d)
{
	json_decref(d->wipe.lines);
	d->wipe.lines = NULL;
}

/* ---- caveats ---- */

void cw_destroyed_caveats(const struct cw_destroyed *d, const char *wiped, char out[CW_TEXT_MAX])
{
	uint64_t bits = cw_caveat_bits("K19") | cw_caveat_bits(d->judged.caveats) | cw_caveat_bits(wiped ? wiped : "");
	if (d->terms.column == CW_COLUMN_R1)
		bits |= cw_caveat_bits("K17");
	if (cw_medium_is_laboratory(&d->medium))
		bits |= cw_caveat_bits("K27");
	cw_caveats_list(bits, out);
}
