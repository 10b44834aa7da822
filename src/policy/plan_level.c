/* SPDX-License-Identifier: Apache-2.0 */
/* What a technique can reach on a medium with the steps of a plan, and what stands against more. */
#include "plan.h"

#include <string.h>

#include "words.h"

/* ---- conditions that can be told before a byte is written ---- */

static bool complements(const struct cw_pass *a, const struct cw_pass *b)
{
	if (a->kind == CW_PASS_KEYSTREAM)
		return b->kind == CW_PASS_COMPLEMENT;
	if (a->kind == CW_PASS_DRAWN)
		return b->kind == CW_PASS_DRAWN_COMPLEMENT && a->slot == b->slot;
	if (a->kind != CW_PASS_PATTERN || b->kind != CW_PASS_PATTERN || a->pattern_len != b->pattern_len)
		return false;
	for (uint32_t i = 0; i < a->pattern_len; i++) {
		if ((a->pattern[i] ^ b->pattern[i]) != 0xff)
			return false;
	}
	return true;
}

/* c7: a pass followed by its complement. */
static bool has_complement(const struct cw_plan *p)
{
	const struct cw_pass *before = NULL;

	for (uint32_t i = 0; i < p->n_steps; i++) {
		if (p->steps[i].kind != CW_STEP_WRITE)
			continue;
		if (before && complements(before, &p->steps[i].what))
			return true;
		before = &p->steps[i].what;
	}
	return false;
}

/* c8: bytes that differ by place, all of them read back. */
static bool has_placed_verification(const struct cw_plan *p)
{
	for (uint32_t i = 0; i < p->n_steps; i++) {
		uint32_t what = p->steps[i].what.kind;

		if (p->steps[i].kind == CW_STEP_VERIFY && (what == CW_PASS_KEYSTREAM || what == CW_PASS_COMPLEMENT))
			return true;
	}
	return false;
}

bool plan_was_asked(const struct plan_subject *s)
{
	return s->c && s->c->asked;
}

/* c1 accepts a hidden area whose size is printed (K20).  Not where the drive itself told of it, because there it can be opened first. */
static bool reaches_all(const struct plan_subject *s)
{
	if (s->m->hidden == CW_HIDDEN_PRESENT)
		return s->m->hidden_bytes > 0 && (!plan_was_asked(s) || s->m->class_ == CW_CLASS_EMMC);
	return s->m->hidden == CW_HIDDEN_NONE;
}

/* c5: the namespace is all that there is, or the command erases the others too and may. */
static bool covers_drive(const struct plan_subject *s, const struct cw_technique *t)
{
	const struct cw_nvme_told *n = plan_was_asked(s) ? &s->c->nvme : NULL;

	if (!n || (n->unallocated_bytes && !(t->native && t->native->takes_unallocated)))
		return false;
	if (n->n_allocated == 1 && n->n_active == 1)
		return true;
	return t->native && t->native->scope && t->native->scope(n) == CW_SCOPE_DRIVE && s->whole_drive && n->n_others && !n->others_untold;
}

/* c3: the medium says that it has the command. */
static bool has_command(const struct plan_subject *s, const struct cw_technique *t)
{
	return t->native && plan_was_asked(s) && s->c->features[t->native->feature].state == CW_KNOWN_YES;
}

/* c13: one session fills the disc, or will when it is recorded, and all of it is read back. */
static bool reads_whole_disc(const struct plan_subject *s, const struct cw_plan *p)
{
	if (plan_was_asked(s) && cw_class_is_in_sequence(s->m->class_))
		return s->c->disc.whole_bytes == s->m->size_bytes && has_placed_verification(p);
	return plan_was_asked(s) && cw_disc_is_whole(&s->c->disc, s->m->size_bytes) && has_placed_verification(p);
}

/* Bits of the conditions that cannot come true whatever the job does. */
static uint32_t failing_conditions(const struct plan_subject *s, const struct cw_technique *t, const struct cw_plan *p)
{
	uint32_t failing = 0;

	if (!has_command(s, t))
		failing |= CW_C(3);
	/* One that takes a password clears it again, and is not offered where another is set. */
	if (!has_command(s, t) || !t->native->password)
		failing |= CW_C(12);
	if (!s->attested)
		failing |= CW_C(4);
	if (!plan_was_asked(s) || s->c->passthrough != CW_KNOWN_YES)
		failing |= CW_C(6);

	if (!reaches_all(s))
		failing |= CW_C(1);
	if (!covers_drive(s, t))
		failing |= CW_C(5);
	if (!has_complement(p))
		failing |= CW_C(7);
	if (!has_placed_verification(p))
		failing |= CW_C(8);
	if (!reads_whole_disc(s, p))
		failing |= CW_C(13);
	return failing;
}

/* ---- the level ---- */

static uint32_t level_in(const struct cw_level_row *row, const struct cw_plan *p)
{
	return cw_level_of_row(row, (enum cw_column)p->column, p->accept_unconfirmed != 0);
}

struct plan_reach plan_reach_of(const struct plan_subject *s, const struct cw_technique *t, const struct cw_plan *p)
{
	/* Several passes hold a single one too: they are worth at least what it is worth. */
	const char *const codes[] = { p->n_passes > 1 && t->matrix_multi ? t->matrix_multi : t->matrix_single,
				      p->n_passes && t->matrix_besides ? t->matrix_besides : t->matrix_single };
	struct plan_reach best = { .technique = t, .code = codes[0], .level = CW_LEVEL_NONE };
	uint32_t failing = failing_conditions(s, t, p);

	for (size_t i = 0; i < CW_ARRAY_LEN(codes); i++) {
		const struct cw_level_row *row = cw_level_row_get(s->m->class_, codes[i]);
		uint32_t level = row && !(row->conditions & failing) ? level_in(row, p) : CW_LEVEL_NONE;

		if (row && (!best.row || level > best.level)) {
			best.code = codes[i];
			best.row = row;
			best.level = level;
		}
	}
	return best;
}

/* ---- what stands against more ---- */

void plan_reject(struct cw_plan *p, const char *what, const char *why)
{
	for (uint32_t i = 0; i < p->n_rejected; i++) {
		if (strcmp(p->rejected[i].what, what) == 0 && strcmp(p->rejected[i].why, why) == 0)
			return;
	}
	if (p->n_rejected == CW_ARRAY_LEN(p->rejected))
		return;
	cw_strlcpy(p->rejected[p->n_rejected].what, what, sizeof(p->rejected[0].what));
	cw_strlcpy(p->rejected[p->n_rejected].why, why, sizeof(p->rejected[0].why));
	p->n_rejected++;
}

static const char *why_condition_fails(const struct plan_subject *s, const struct cw_technique *t, unsigned n)
{
	const struct cw_medium *m = s->m;

	switch (n) {
	case 1:
		if (m->hidden == CW_HIDDEN_PRESENT && plan_was_asked(s) && m->class_ != CW_CLASS_EMMC)
			return N_("The drive hides an area that overwriting does not reach: have it opened first (hdparm -N), and plan again.");
		if (m->hidden_why[0] && plan_was_asked(s))
			return m->hidden_why;
		/* Which other namespaces there are says more than that something may be hidden. */
		if (m->namespaces > 1)
			return m->hidden_why;
		return N_("The size of a possible hidden area (HPA, DCO) is not known, so it cannot be shown that all of the medium is reached.");
	case 3:
		return N_("The drive does not say that it has it.");
	case 4:
		return N_("Only the key would be destroyed, and nobody attests that all data was encrypted from first use and that there is no copy of the key (case, [crypto-erase]).");
	case 6:
		return N_("Commands do not reach the drive for certain.");
	case 5:
		return t->native ? N_("The drive has more than this namespace, which the command does not reach: others, or capacity in none.") :
				   N_("Overwriting cannot show that all namespaces and unallocated capacity of the drive are covered.");
	case 7:
		return N_("The standard asks for a pattern and then its complement on this medium; the scheme does not have them.");
	case 8:
		return N_("No keystream is read back in full, so a medium that is smaller than it says could go unnoticed.");
	case 13:
		return N_("The drive does not say that one session fills the disc, or not all of it is read back as a keystream.");
	default:
		return "";
	}
}

/* The row would give more, were it not for conditions that fail. */
static void explain_conditions(const struct plan_subject *s, const struct cw_technique *t, const char *code, struct cw_plan *p)
{
	const struct cw_level_row *row = code ? cw_level_row_get(s->m->class_, code) : NULL;
	uint32_t failing = failing_conditions(s, t, p);

	if (!row || level_in(row, p) <= p->level)
		return;
	for (unsigned n = 1; n <= CW_CONDITIONS_MAX; n++) {
		if (row->conditions & failing & CW_C(n))
			plan_reject(p, cw_level_name(level_in(row, p)), why_condition_fails(s, t, n));
	}
}

const char *plan_reach_obstacle(const struct plan_subject *s, const struct cw_technique *t, const struct cw_plan *p)
{
	const struct cw_level_row *row = cw_level_row_get(s->m->class_, t->matrix_single);
	uint32_t failing = row ? row->conditions & failing_conditions(s, t, p) : 0;

	if (!row)
		return N_("For this kind of medium no level may be claimed by it.");
	for (unsigned n = 1; n <= CW_CONDITIONS_MAX; n++) {
		if (failing & CW_C(n))
			return why_condition_fails(s, t, n);
	}
	return "";
}

/* Codes of the matrix that are no command of the medium: done by hand, or to keys alone. */
static bool is_native(const char *code, const struct cw_technique *t)
{
	return !words_have("DEG GRIND PHYS_DIM PHYS_SHR LUKS OW1 OWN", ' ', code, strlen(code)) && strcmp(code, t->matrix_single) != 0 &&
	       (!t->matrix_multi || strcmp(code, t->matrix_multi) != 0);
}

void plan_explain_level(const struct plan_subject *s, const struct plan_reach *reach, struct cw_plan *p)
{
	const struct cw_level_row *row;
	uint32_t native = CW_LEVEL_NONE;

	explain_conditions(s, reach->technique, reach->technique->matrix_multi, p);
	explain_conditions(s, reach->technique, reach->technique->matrix_single, p);
	explain_conditions(s, reach->technique, p->n_passes ? reach->technique->matrix_besides : NULL, p);
	for (size_t i = 0; (row = cw_level_row_at(i)); i++) {
		if (row->class_ == s->m->class_ && is_native(row->technique, reach->technique) && level_in(row, p) > native)
			native = level_in(row, p);
	}
	if (s->m->bus == CW_BUS_UFS)
		plan_reject(p, cw_level_name(CW_LEVEL_PURGE), cw_capabilities_refusal(s->m));
	if (native > p->level)
		plan_reject(p, cw_level_name(native), N_("Only a sanitise command of the medium itself would reach it."));
	if (p->level == CW_LEVEL_NONE)
		plan_reject(p, "destroy", N_("No level can be claimed after this wipe: physical destruction remains to be done."));
}
