/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: medium, policy and wish become ordered steps with reasons, the level in reach, and what was not taken.  Pure. */
#include "plan.h"

#include <string.h>

#include "caveats.h"

/* Bytes a second that media of a class usually take: a guess for the person who waits, nothing is decided by it. */
static const uint64_t nominal_rates[CW_CLASS_COUNT] = {
	[CW_CLASS_UNKNOWN] = 20000000,
	[CW_CLASS_HDD_ATA] = 150000000,
	[CW_CLASS_HDD_SCSI] = 150000000,
	[CW_CLASS_SSD_ATA] = 400000000,
	[CW_CLASS_SSD_SAS] = 600000000,
	[CW_CLASS_NVME] = 1500000000,
	[CW_CLASS_USB_STICK] = 20000000,
	[CW_CLASS_USB_BRIDGE_HDD] = 100000000,
	[CW_CLASS_USB_BRIDGE_SSD] = 300000000,
	[CW_CLASS_SD_CARD] = 20000000,
	[CW_CLASS_EMMC] = 80000000,
	[CW_CLASS_FLOPPY] = 30000,
	[CW_CLASS_SED] = 150000000,
	[CW_CLASS_VIRTUAL] = 500000000,
};

static uint64_t expected_seconds(const struct cw_plan *p)
{
	uint64_t rate = p->class_ < CW_CLASS_COUNT ? nominal_rates[p->class_] : 0, seconds = 0;

	if (rate == 0)
		rate = nominal_rates[CW_CLASS_UNKNOWN];
	for (uint32_t i = 0; i < p->n_steps; i++)
		seconds += 1 + p->size_bytes / (p->steps[i].kind == CW_STEP_SAMPLE ? 10 * rate : rate);
	return seconds;
}

static void set_caveats(const struct cw_medium *m, const struct cw_policy *policy, const struct cw_level_row *row, struct cw_plan *p)
{
	cw_strlcpy(p->caveats, row ? row->caveats : "", sizeof(p->caveats));
	if (p->steps[p->n_steps - 1].kind == CW_STEP_SAMPLE)
		caveats_add(p->caveats, "K16");
	if (policy->withdrawn_caveat)
		caveats_add(p->caveats, "K17");
	if (m->hidden == CW_HIDDEN_PRESENT)
		caveats_add(p->caveats, "K20");
	if (m->virtual_ || m->class_ == CW_CLASS_VIRTUAL)
		caveats_add(p->caveats, "K27");
}

/* ---- the technique ---- */

/* The technique that was wished for, or else the one that reaches most; at equal levels the first. */
static int choose_technique(const struct plan_subject *s, const char *wished, struct cw_plan *p, struct plan_reach *best, struct cw_error *err)
{
	const struct cw_medium *m = s->m;
	char why[CW_TEXT_MAX] = "";

	*best = (struct plan_reach){ 0 };
	if (wished[0] && !cw_technique_get(wished))
		return cw_fail(err, CW_E_USAGE, 0, m->node, _("Leave --technique away: the plan then takes the best there is."), _("There is no technique \"%s\"."), wished);
	for (const struct cw_technique *const *t = cw_techniques; *t; t++) {
		struct plan_reach reach;

		if (wished[0] && strcmp((*t)->id, wished) != 0)
			continue;
		if (!(*t)->applies(m, why, sizeof(why))) {
			plan_reject(p, (*t)->id, N_("The medium does not support this technique."));
			continue;
		}
		reach = plan_reach_of(s, *t, p);
		if (best->technique)
			plan_reject(p, reach.level > best->level ? best->technique->id : (*t)->id, N_("Another technique reaches at least as much."));
		if (!best->technique || reach.level > best->level)
			*best = reach;
	}
	if (!best->technique)
		return cw_fail(err, wished[0] ? CW_E_POLICY : CW_E_REFUSED, 0, m->node, _("Destroy it physically and record that in the case."),
			       _("No technique can be used on %s: %s"), m->node, why);
	return CW_OK;
}

static int set_level(const struct plan_subject *s, const struct cw_policy *policy, const struct cw_wish *w, struct cw_plan *p, struct cw_error *err)
{
	const struct cw_medium *m = s->m;
	struct plan_reach reach;
	int rc = choose_technique(s, w->technique, p, &reach, err);

	if (rc < 0)
		return rc;
	cw_strlcpy(p->technique, reach.technique->id, sizeof(p->technique));
	cw_strlcpy(p->code, reach.code, sizeof(p->code));
	p->level = reach.level;
	p->conditions = reach.row ? reach.row->conditions : 0;
	set_caveats(m, policy, reach.row, p);
	plan_explain_level(s, &reach, p);
	if (w->level > p->level)
		return cw_fail(err, CW_E_POLICY, 0, m->node, _("Destroy it physically and record that in the case, or ask for less."),
			       _("With the scheme \"%s\" the highest level that %s can reach is %s; %s was asked for."), p->scheme, m->node,
			       cw_level_name(p->level), cw_level_name(w->level));
	return CW_OK;
}

/* ---- the rest ---- */

static bool can_be_unplugged(const struct cw_plan *p)
{
	return p->class_ == CW_CLASS_USB_STICK || p->class_ == CW_CLASS_USB_BRIDGE_HDD || p->class_ == CW_CLASS_USB_BRIDGE_SSD || p->class_ == CW_CLASS_SD_CARD;
}

static void reject_choices(const struct cw_policy *policy, const struct cw_wish *w, struct cw_plan *p)
{
	if (!(policy->groups & 1u << CW_SCHEME_REQUIRED))
		plan_reject(p, "required schemes", N_("The policy names no authority or contract that requires one."));
	plan_reject(p, "historic schemes", N_("More passes do not raise the level that can be claimed."));
	if (!policy->sample_allowed)
		plan_reject(p, "sampled verification", N_("The policy asks for every byte to be read back."));
	else if (!w->sample)
		plan_reject(p, "sampled verification", N_("A small residue can be missed; every byte is read back unless sampling is asked for."));
	if (!p->replug && can_be_unplugged(p))
		plan_reject(p, "replug", N_("What a medium keeps only in its own memory comes to light when it loses its power: --replug asks for that before it is read back."));
}

static void set_frame(const struct cw_medium *m, const struct cw_policy *policy, struct cw_plan *p)
{
	memset(p, 0, sizeof(*p));
	cw_strlcpy(p->policy, policy->id, sizeof(p->policy));
	cw_strlcpy(p->policy_sha256, policy->sha256, sizeof(p->policy_sha256));
	cw_strlcpy(p->standard, policy->standard, sizeof(p->standard));
	p->column = policy->column;
	p->accept_unconfirmed = policy->accept_unconfirmed;
	p->wipe_closes_case = policy->wipe_closes_case;
	p->replug = policy->replug;
	p->class_ = m->class_;
	p->size_bytes = m->size_bytes;
	p->logical_bytes = m->logical_bytes;
}

int cw_plan_make(const struct cw_medium *m, const struct cw_capabilities *c, const struct cw_policy *policy, const struct cw_wish *w, struct cw_plan *out, struct cw_error *err)
{
	const struct plan_subject subject = { m, c };
	const struct cw_scheme *scheme;
	int rc = plan_refuse(m, policy, err);

	if (rc < 0)
		return rc;
	rc = plan_choose_scheme(m, policy, w->scheme, &scheme, err);
	if (rc < 0)
		return rc;
	if (w->sample && !policy->sample_allowed)
		return cw_fail(err, CW_E_POLICY, 0, m->node, _("Leave `--verify sample` out: then every byte is read back."),
			       _("The policy \"%s\" does not allow sampled verification."), policy->id);
	set_frame(m, policy, out);
	out->replug |= w->replug;
	rc = plan_set_steps(scheme, m->class_, w->sample != 0, out, err);
	if (rc < 0)
		return rc;
	rc = set_level(&subject, policy, w, out, err);
	if (rc < 0)
		return rc;
	reject_choices(policy, w, out);
	out->expected_seconds = expected_seconds(out);
	return cw_identity_digest(m, out->identity_sha256, err);
}
