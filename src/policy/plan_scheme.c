/* SPDX-License-Identifier: Apache-2.0 */
/* Which scheme a plan uses, and the steps that come of it. */
#include "plan.h"

#include <string.h>

/* What is done to keys, every pass, the keystream put before a constant scheme, and the read-back of both. */
_Static_assert(CW_PASSES_MAX + 5 <= CW_STEPS_MAX, "the longest scheme has its steps");

/* ---- which scheme ---- */

/* The policy's default for this medium; "": the person must name one. */
static const char *default_scheme(const struct cw_medium *m, const struct cw_policy *p)
{
	if (cw_class_is_flash(m->class_))
		return p->scheme_flash;
	return p->scheme_small[0] && m->size_bytes < p->small_below_bytes ? p->scheme_small : p->scheme_magnetic;
}

/* More passes than the default's are the person's choice where the policy names that scheme for larger or older media. */
static bool is_allowed(const struct cw_medium *m, const struct cw_policy *p, const struct cw_scheme *s)
{
	if (p->groups & 1u << s->group)
		return true;
	return strcmp(s->id, default_scheme(m, p)) == 0 || (!cw_class_is_flash(m->class_) && strcmp(s->id, p->scheme_small) == 0);
}

/* "Choose one of: ..." for this medium. */
static void choices(const struct cw_medium *m, const struct cw_policy *p, struct cw_buf *out)
{
	cw_buf_str(out, _("Schemes that the policy allows for this medium:"));
	for (const struct cw_scheme *s = cw_schemes; s->id; s++) {
		if (is_allowed(m, p, s))
			cw_buf_printf(out, " %s", s->id);
	}
}

int plan_choose_scheme(const struct cw_medium *m, const struct cw_policy *p, const char *wished, const struct cw_scheme **out, struct cw_error *err)
{
	const char *id = wished[0] ? wished : default_scheme(m, p);
	struct cw_buf hint CW_AUTO_BUF = { 0 };

	*out = cw_scheme_get(id);
	if (*out && is_allowed(m, p, *out))
		return CW_OK;
	choices(m, p, &hint);
	if (id[0] == '\0')
		return cw_fail(err, CW_E_POLICY, 0, m->node, hint.data, _("The policy \"%s\" wants the scheme to be named (--scheme)."), p->id);
	if (!*out)
		return cw_fail(err, CW_E_USAGE, 0, m->node, hint.data, _("There is no scheme \"%s\"."), id);
	return cw_fail(err, CW_E_POLICY, 0, m->node, hint.data, _("The policy \"%s\" does not allow the scheme \"%s\" for %s."), p->id, id, m->node);
}

/* ---- its steps ---- */

static bool is_keystream(const struct cw_pass *pass)
{
	return pass->kind == CW_PASS_KEYSTREAM || pass->kind == CW_PASS_COMPLEMENT;
}

static const char *write_reason(const struct cw_pass *pass)
{
	switch (pass->kind) {
	case CW_PASS_KEYSTREAM:
		return N_("Writes a keystream, which a medium can only give back if it has stored all of it.");
	case CW_PASS_COMPLEMENT:
		return N_("Writes the complement of the keystream, so that every bit takes both values.");
	case CW_PASS_PATTERN:
		return N_("Writes the fixed bytes that the scheme asks for.");
	case CW_PASS_DRAWN:
		return N_("Writes the byte that is drawn for this job, as the scheme asks.");
	default:
		return N_("Writes the complement of the drawn byte, as the scheme asks.");
	}
}

static void add_step(struct cw_plan *p, enum cw_step_kind kind, const struct cw_pass *what, const char *reason)
{
	struct cw_plan_step *step = &p->steps[p->n_steps++];

	if (kind == CW_STEP_WRITE)
		p->n_passes++;
	step->kind = kind;
	step->pass = p->n_passes;
	step->what = *what;
	cw_strlcpy(step->reason, reason, sizeof(step->reason));
}

void plan_add_pass(struct cw_plan *p, const struct cw_pass *what)
{
	add_step(p, CW_STEP_WRITE, what, write_reason(what));
}

void plan_add_check(struct cw_plan *p, const struct cw_pass *what, bool sample)
{
	if (sample)
		add_step(p, CW_STEP_SAMPLE, what, N_("Reads a random tenth back, as the policy allows; a small residue can be missed."));
	else
		add_step(p, CW_STEP_VERIFY, what, N_("Reads every byte back and compares it."));
}

/* Losing its power does that too, and more. */
static bool wants_reload(const struct cw_plan *p, uint32_t class_)
{
	return cw_class_is_optical(class_) && !p->replug;
}

void plan_add_reload(struct cw_plan *p)
{
	struct cw_plan_step *step = &p->steps[p->n_steps++];

	step->kind = CW_STEP_RELOAD;
	cw_strlcpy(step->reason, N_("The disc goes out of the drive and in again: what is read then comes from the disc, and not from the memory of the drive."), sizeof(step->reason));
}

int plan_set_steps(const struct cw_scheme *scheme, uint32_t class_, bool sample, struct cw_plan *out, struct cw_error *err)
{
	static const struct cw_pass keystream = { .kind = CW_PASS_KEYSTREAM };
	struct cw_pass passes[CW_PASSES_MAX];
	int n = cw_scheme_passes(scheme->passes, passes, err);

	if (n < 0)
		return n;
	cw_strlcpy(out->scheme, scheme->id, sizeof(out->scheme));
	out->n_steps = out->n_passes = 0;
	memset(out->steps, 0, sizeof(out->steps));
	plan_add_keys(out);
	if (cw_class_is_flash(class_) && !is_keystream(&passes[n - 1])) {
		add_step(out, CW_STEP_WRITE, &keystream,
			 N_("A constant that reads back cannot show wrapping, dropped writes or compression on flash: a keystream is written and verified first."));
		plan_add_check(out, &keystream, sample);
	}
	for (int i = 0; i < n; i++)
		plan_add_pass(out, &passes[i]);
	if (wants_reload(out, class_))
		plan_add_reload(out);
	plan_add_check(out, &passes[n - 1], sample);
	return CW_OK;
}
