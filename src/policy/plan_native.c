/* SPDX-License-Identifier: Apache-2.0 */
/* The steps around a medium's own sanitising: markers before, so that it can be seen afterwards that it was done. */
#include "plan.h"

#include <string.h>

static void add(struct cw_plan *p, enum cw_step_kind kind, const char *reason)
{
	struct cw_plan_step *step = &p->steps[p->n_steps++];

	step->kind = kind;
	cw_strlcpy(step->reason, reason, sizeof(step->reason));
}

static void add_overwrite(struct cw_plan *p, bool sample)
{
	static const struct cw_pass keystream = { .kind = CW_PASS_KEYSTREAM };

	add(p, CW_STEP_LOOK_MARKS, N_("Looks at the places of the markers: none may have survived."));
	plan_add_pass(p, &keystream);
	plan_add_check(p, &keystream, sample);
}

static void add_look(struct cw_plan *p, bool sample)
{
	if (!sample) {
		add(p, CW_STEP_LOOK, N_("Looks at all of it: no marker may have survived, and nothing may be there that sanitising does not leave."));
		return;
	}
	add(p, CW_STEP_LOOK_MARKS, N_("Looks at the places of the markers: none may have survived."));
	add(p, CW_STEP_LOOK_SAMPLE, N_("Looks at a random tenth, as the policy allows; a small residue can be missed."));
}

const struct cw_technique *cw_plan_technique(const struct cw_plan *p, uint32_t step)
{
	bool first = step && step < p->n_steps && p->steps[step - 1].kind == CW_STEP_NATIVE && p->steps[step].kind == CW_STEP_NATIVE;

	return cw_technique_get(first ? p->first : p->technique);
}

json_t *cw_plan_rehearse(const struct cw_plan *p, const struct cw_nvme_target *target, const struct cw_native_use *given)
{
	json_t *all = json_array();

	for (uint32_t step = 1; all && step <= p->n_steps; step++) {
		const struct cw_technique *t = p->steps[step - 1].kind == CW_STEP_NATIVE ? cw_plan_technique(p, step) : NULL;
		json_t *commands CW_AUTO_JSON = t ? cw_native_rehearse_at(t->native, p->size_bytes, target, given) : NULL;

		if (t && (!commands || json_array_extend(all, commands))) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

void plan_set_native_steps(bool first, bool overwrite, bool sample, struct cw_plan *out)
{
	out->n_steps = out->n_passes = 0;
	memset(out->steps, 0, sizeof(out->steps));
	memset(&out->keys, 0, sizeof(out->keys));
	cw_strlcpy(out->scheme, overwrite ? PLAN_OVERWRITE_SCHEME : CW_SCHEME_NONE, sizeof(out->scheme));
	add(out, CW_STEP_MARK, N_("Writes markers at places all over the medium, which must be gone afterwards."));
	add(out, CW_STEP_MARK_CHECK, N_("Reads the markers back: what is read at their places later can be believed."));
	if (first)
		add(out, CW_STEP_NATIVE, N_("The medium changes its key: what can be read of it without that is worth nothing whatever becomes of the rest."));
	add(out, CW_STEP_NATIVE, N_("The medium sanitises itself, and is asked until it says that it has ended well."));
	if (overwrite)
		add_overwrite(out, sample);
	else
		add_look(out, sample);
}
