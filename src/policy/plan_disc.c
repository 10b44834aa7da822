/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discs that are recorded in sequence.  What can be read of one is what was recorded, and a blanking takes all of that away; the plan is for all that the disc could hold, because
 * old data may lie where nothing seems to be recorded.
 */
#include "plan.h"

#include <string.h>

bool plan_is_in_sequence(const struct cw_medium *m, const struct cw_capabilities *c, struct cw_medium *whole)
{
	uint64_t told_bytes = !c || !c->asked ? 0 : c->disc.whole_bytes ? c->disc.whole_bytes : c->disc.capacity_known ? c->disc.capacity_bytes : 0;

	if (!cw_class_is_in_sequence(m->class_))
		return false;
	*whole = *m;
	whole->size_bytes = told_bytes > m->size_bytes ? told_bytes : m->size_bytes;
	return true;
}

bool plan_is_unformatted(const struct cw_medium *m, const struct cw_capabilities *c, struct cw_medium *whole)
{
	bool offered = c && c->asked && c->features[CW_FEATURE_DISC_FORMAT].state == CW_KNOWN_YES && c->disc.capacity_known && !c->disc.formatted;

	if (!cw_class_is_optical(m->class_) || cw_class_is_in_sequence(m->class_) || m->size_bytes || !offered)
		return false;
	*whole = *m;
	whole->size_bytes = c->disc.capacity_bytes;
	return true;
}

bool cw_plan_resizes(const struct cw_plan *p)
{
	const struct cw_technique *t = cw_technique_get(p->technique);

	return cw_class_is_in_sequence(p->class_) || (t && t->native && t->native->leaves_data);
}

void cw_plan_settle_size(const struct cw_plan *p, struct cw_medium *m)
{
	if (cw_plan_resizes(p))
		m->size_bytes = p->recorded_bytes;
}

static void add(struct cw_plan *p, enum cw_step_kind kind, const char *reason)
{
	struct cw_plan_step *step = &p->steps[p->n_steps++];

	step->kind = kind;
	cw_strlcpy(step->reason, reason, sizeof(step->reason));
}

static void add_keystream(struct cw_plan *p)
{
	static const struct cw_pass keystream = { .kind = CW_PASS_KEYSTREAM };

	plan_add_pass(p, &keystream);
	plan_add_reload(p);
	plan_add_check(p, &keystream, false);
	add(p, CW_STEP_NATIVE, N_("The drive blanks the disc again, so that it can be used, and is asked until it has ended."));
}

static void clear(struct cw_plan *out)
{
	out->n_steps = out->n_passes = 0;
	memset(out->steps, 0, sizeof(out->steps));
	memset(&out->keys, 0, sizeof(out->keys));
}

void plan_set_format_steps(struct cw_plan *out)
{
	clear(out);
	cw_strlcpy(out->scheme, CW_SCHEME_NONE, sizeof(out->scheme));
	add(out, CW_STEP_NATIVE, N_("The drive formats the disc, so that it can be overwritten, and is asked until it has ended."));
}

void plan_set_blank_steps(bool overwrite, struct cw_plan *out)
{
	clear(out);
	cw_strlcpy(out->scheme, overwrite ? PLAN_OVERWRITE_SCHEME : CW_SCHEME_NONE, sizeof(out->scheme));
	add(out, CW_STEP_NATIVE, N_("The drive blanks the disc, and is asked until it has ended."));
	if (overwrite)
		add_keystream(out);
	add(out, CW_STEP_LOOK, N_("Asks for every block of the disc: none may be given any more, unless it holds zeros."));
}
