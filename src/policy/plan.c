/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: medium, policy and wish become ordered steps with reasons, the level in reach, and what was not taken.  Pure. */
#include "plan.h"

#include <stdlib.h>
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
	[CW_CLASS_CD_RW] = 600000,
	[CW_CLASS_DVD_RW] = 2500000,
	[CW_CLASS_DVD_PLUS_RW] = 5000000,
	[CW_CLASS_DVD_RAM] = 3000000,
	[CW_CLASS_BD_RE] = 5000000,
	[CW_CLASS_FLOPPY] = 30000,
	[CW_CLASS_SED] = 150000000,
	[CW_CLASS_VIRTUAL] = 500000000,
};

/* Moving the heads of a disk from one marker to the next, or from one window of a sample. */
#define SEEKING_SECONDS 40u
#define OPENING_SECONDS 5u
#define RELOAD_SECONDS 40u
#define KEY_CHANGE_SECONDS 10u
#define BLOCK_ERASE_SECONDS 120u

static uint64_t native_seconds(const struct plan_subject *s, const struct cw_native *n, uint64_t rate)
{
	uint64_t told = plan_was_asked(s) ? s->c->features[n->feature].expected_seconds : 0;

	if (told)
		return told;
	if (n->writes_all)
		return 1 + s->m->size_bytes / rate;
	return n->destroys_key ? KEY_CHANGE_SECONDS : BLOCK_ERASE_SECONDS;
}

static uint64_t step_seconds(const struct cw_plan *p, uint32_t kind, uint64_t rate)
{
	switch (kind) {
	case CW_STEP_OPEN:
		return OPENING_SECONDS;
	case CW_STEP_RELOAD:
		return RELOAD_SECONDS;
	case CW_STEP_SAMPLE:
	case CW_STEP_LOOK_SAMPLE:
		return 1 + p->size_bytes / (10 * rate);
	case CW_STEP_MARK:
	case CW_STEP_MARK_CHECK:
	case CW_STEP_LOOK_MARKS:
		return 1 + (cw_class_is_flash(p->class_) ? 0 : SEEKING_SECONDS);
	default:
		return 1 + cw_plan_step_bytes(p, kind) / rate;
	}
}

static uint64_t expected_seconds(const struct plan_subject *s, const struct cw_plan *p)
{
	uint64_t rate = p->class_ < CW_CLASS_COUNT ? nominal_rates[p->class_] : 0, seconds = 0;

	if (rate == 0)
		rate = nominal_rates[CW_CLASS_UNKNOWN];
	for (uint32_t i = 0; i < p->n_steps; i++)
		seconds += p->steps[i].kind == CW_STEP_NATIVE ? native_seconds(s, cw_plan_technique(p, i + 1)->native, rate) : step_seconds(p, p->steps[i].kind, rate);
	return seconds;
}

static void set_caveats(const struct cw_medium *m, const struct cw_policy *policy, const struct plan_reach *reach, struct cw_plan *p)
{
	const struct cw_level_row *row = reach->row;
	const struct cw_native *native = reach->technique->native;

	cw_strlcpy(p->caveats, row ? row->caveats : "", sizeof(p->caveats));
	if (p->steps[p->n_steps - 1].kind == CW_STEP_SAMPLE || p->steps[p->n_steps - 1].kind == CW_STEP_LOOK_SAMPLE)
		caveats_add(p->caveats, "K16");
	if (policy->withdrawn_caveat)
		caveats_add(p->caveats, "K17");
	if (m->hidden == CW_HIDDEN_PRESENT && !(native && native->takes_unallocated))
		caveats_add(p->caveats, "K20");
	if (native && native->leaves_data && !row)
		caveats_add(p->caveats, "K8");
	if (m->virtual_ || m->class_ == CW_CLASS_VIRTUAL)
		caveats_add(p->caveats, "K27");
}

/* ---- the technique ---- */

/* What is asked for, and by whom. */
struct wanted {
	const struct cw_policy *policy;
	const struct cw_wish *wish;
	const struct cw_scheme *scheme; /* NULL: a native technique was wished for, and none is needed */
};

/* A plan as far as the technique decides about it. */
struct choice {
	struct plan_reach reach;
	struct cw_plan plan;
};

/* The other namespaces that die with it: those that fit, in the order of their numbers. */
static void list_others(const struct cw_nvme_told *n, char *dst, size_t size)
{
	struct cw_buf list CW_AUTO_BUF = { 0 };

	for (uint32_t i = 0; i < n->n_others; i++) {
		const struct cw_nvme_namespace *other = &n->others[i];
		char bytes[32];

		cw_text_bytes(bytes, sizeof(bytes), other->size_bytes);
		if (list.len + CW_NODE_MAX > size) {
			cw_buf_str(&list, " ..");
			break;
		}
		cw_buf_str(&list, i ? ", " : "");
		if (other->node[0])
			cw_buf_printf(&list, "%s (%s)", other->node, bytes);
		else
			cw_buf_printf(&list, "namespace %u (%s)", other->nsid, bytes);
	}
	cw_strlcpy(dst, list.data ? list.data : "", size);
}

/* It could be done, and is only done for who says so. */
static const char *not_allowed(const struct plan_subject *s, const struct cw_technique *t, const struct wanted *w, char room[CW_TEXT_MAX])
{
	char others[CW_TEXT_MAX / 2];

	if (t->unconfirmed && !w->wish->allow_unconfirmed)
		return t->unconfirmed;
	if (!cw_native_takes_others(t->native, s->c) || w->wish->whole_drive)
		return NULL;
	list_others(&s->c->nvme, others, sizeof(others));
	snprintf(room, CW_TEXT_MAX, "It erases the whole drive, with what was not named: %s. It is only planned with --whole-drive.", others);
	return room;
}

/* Nothing stands against the medium: it is not asked for it. */
static const char *not_wanted(const struct cw_technique *t, const struct wanted *w, const struct cw_plan *p)
{
	if (!t->native && !t->only_keys)
		return NULL;
	if (t->native && t->native->on_request && !w->wish->technique[0])
		return t->native->on_request;
	if (t->only_keys && !w->wish->technique[0])
		return N_("Everything but the keys would stay on the medium: this is only done where it is asked for (--technique key_destroy).");
	if (t->native && t->native->needs_psid && !w->wish->technique[0])
		return N_("It needs the PSID on the drive's label, and is only done where it is asked for (--technique).");
	if (w->wish->scheme[0])
		return N_("A scheme was asked for, which is a way of overwriting.");
	if (p->replug)
		return N_("The medium is to be unplugged before it is read back, which is only done after overwriting.");
	return NULL;
}

/* Of a medium that was not asked nothing is said: it is not known what it could do.  Nor of what it does not have any word for. */
static void explain_native(const struct plan_subject *s, const struct cw_technique *t, const char *why, struct cw_plan *p)
{
	if (plan_was_asked(s) && (s->c->features[t->native->feature].says[0] || s->c->features[t->native->feature].state == CW_KNOWN_YES))
		plan_reject(p, t->id, why);
}

/* What drives have, and this program does not do: each says why, and what to do instead. */
static void explain_undone(const struct plan_subject *s, struct cw_plan *p)
{
	static const enum cw_feature undone[] = { CW_FEATURE_TCG_GENKEY, CW_FEATURE_TCG_ERASE };

	for (size_t i = 0; plan_was_asked(s) && i < CW_ARRAY_LEN(undone); i++)
		if (s->c->features[undone[i]].why[0])
			plan_reject(p, cw_feature_slug(undone[i]), s->c->features[undone[i]].why);
}

/* Nor of keys where there are none. */
static void explain_keys(const struct cw_technique *t, const char *why, struct cw_plan *p)
{
	if (p->keys.n_spans)
		plan_reject(p, t->id, why);
}

static bool applies(const struct plan_subject *s, const struct wanted *w, const struct cw_technique *t, struct cw_plan *p, char why[CW_TEXT_MAX])
{
	const char *unwanted = not_wanted(t, w, p);
	bool can = t->applies(t, s->m, s->c, why, CW_TEXT_MAX);
	char room[CW_TEXT_MAX];

	if (can && !unwanted && t->only_keys)
		unwanted = plan_keys_obstacle(s, p);
	if (can && !unwanted)
		unwanted = not_allowed(s, t, w, room);
	if (can && unwanted)
		cw_strlcpy(why, unwanted, CW_TEXT_MAX);
	if (can && !unwanted)
		return true;
	if (t->native)
		explain_native(s, t, why, p);
	else if (t->only_keys)
		explain_keys(t, why, p);
	else if (cw_level_row_get(s->m->class_, t->matrix_single))
		plan_reject(p, t->id, N_("The medium does not support this technique."));
	return false;
}

/* The whole of it can only be looked at where reads do not fail: else it is written before. */
static bool is_unreadable_after(const struct plan_subject *s, const struct cw_technique *t)
{
	return plan_was_asked(s) && cw_native_is_unreadable(t->native, &s->c->scsi);
}

/* "scsi_sanitize_block" and "scsi_sanitize_crypto" are of one set. */
static bool is_of_one_set(const struct cw_technique *a, const struct cw_technique *b)
{
	size_t n = (size_t)(strrchr(a->id, '_') - a->id);

	return !strncmp(a->id, b->id, n + 1) && !strchr(b->id + n + 1, '_');
}

/* What goes first; nobody need vouch for it, because no level hangs on it. */
static void set_first(const struct plan_subject *s, const struct wanted *w, const struct cw_technique *t, struct cw_plan *p)
{
	char why[CW_TEXT_MAX];

	for (const struct cw_technique *const *first = cw_techniques; *first && !t->native->destroys_key; first++)
		if ((*first)->native && (*first)->native->destroys_key && is_of_one_set(t, *first) && (*first)->applies(*first, s->m, s->c, why, sizeof(why)) &&
		    !(*first)->unconfirmed && !not_allowed(s, *first, w, why))
			cw_strlcpy(p->first, (*first)->id, sizeof(p->first));
}

static void set_native_steps(const struct plan_subject *s, const struct wanted *w, const struct cw_technique *t, struct cw_plan *p)
{
	if (t->native->leaves_nothing) {
		plan_set_blank_steps(t->records, p);
		return;
	}
	if (t->native->leaves_data) {
		plan_set_format_steps(p);
		return;
	}
	if (w->policy->key_first)
		set_first(s, w, t, p);
	plan_set_native_steps(p->first[0] != '\0', w->policy->then_overwrite || is_unreadable_after(s, t), w->wish->sample != 0, p);
}

static int try(const struct plan_subject *s, const struct wanted *w, const struct cw_technique *t, const struct cw_plan *frame, struct choice *out, struct cw_error *err)
{
	int rc = 0;

	out->plan = *frame;
	cw_strlcpy(out->plan.technique, t->id, sizeof(out->plan.technique));
	if (t->native)
		set_native_steps(s, w, t, &out->plan);
	else if (t->only_keys)
		plan_set_keys_steps(&out->plan);
	else
		rc = plan_set_steps(w->scheme, s->m->class_, w->wish->sample != 0, &out->plan, err);
	if (rc < 0)
		return rc;
	if (out->plan.shown_bytes)
		plan_put_open(&out->plan);
	out->reach = plan_reach_of(s, t, &out->plan);
	out->plan.expected_seconds = expected_seconds(s, &out->plan);
	return CW_OK;
}

/* The best level, and then the shortest time; but a disc is recorded all over, where that can be had, whatever level may be claimed of it. */
static bool beats(const struct choice *a, const struct choice *b)
{
	if (!b->reach.technique || a->reach.level != b->reach.level)
		return !b->reach.technique || a->reach.level > b->reach.level;
	if (a->reach.technique->records != b->reach.technique->records)
		return a->reach.technique->records;
	return a->plan.expected_seconds < b->plan.expected_seconds;
}

static void reject_choice(const struct plan_subject *s, const struct choice *c, struct cw_plan *p)
{
	const struct cw_technique *t = c->reach.technique;
	const char *obstacle = t->native ? plan_reach_obstacle(s, t, &c->plan) : "";

	plan_reject(p, t->id, obstacle[0] ? obstacle : N_("Another technique reaches at least as much."));
}

/* Takes the better of the two into best, and says why not the other. */
static void choose(const struct plan_subject *s, struct choice *best, const struct choice *next, struct cw_plan *p)
{
	bool better = beats(next, best);

	if (best->reach.technique)
		reject_choice(s, better ? best : next, p);
	if (better)
		*best = *next;
}

/* A technique that was wished for by name: can anything be done about it? */
static const char *hint_for(const struct cw_medium *m, const struct cw_technique *t, const struct wanted *w, const char *why, char hint[CW_TEXT_MAX])
{
	if (t && t->unconfirmed && !strcmp(why, t->unconfirmed) && !w->wish->allow_unconfirmed)
		return _("Add --allow-unconfirmed if that is accepted; the document says so then. Or leave --technique away.");
	if (strstr(why, "--whole-drive"))
		return _("Look what is on the other namespaces, and add --whole-drive if all of it may go. Or leave --technique away.");
	return plan_destroy_hint(m, hint);
}

static int unknown_technique(const struct cw_medium *m, const char *wished, struct cw_error *err)
{
	return cw_fail(err, CW_E_USAGE, 0, m->node, _("Leave --technique away: the plan then takes the best there is."), _("There is no technique \"%s\"."), wished);
}

/* The technique that was wished for, or else the one that reaches most. */
static int choose_technique(const struct plan_subject *s, const struct wanted *w, struct cw_plan *p, struct choice *best, struct cw_error *err)
{
	const char *wished = w->wish->technique;
	char why[CW_TEXT_MAX] = "";
	struct choice next;

	best->reach.technique = NULL;
	for (const struct cw_technique *const *t = cw_techniques; *t; t++) {
		int rc;

		if ((wished[0] && strcmp((*t)->id, wished) != 0) || !applies(s, w, *t, p, why))
			continue;
		rc = try(s, w, *t, p, &next, err);
		if (rc < 0)
			return rc;
		choose(s, best, &next, p);
	}
	if (!wished[0])
		explain_undone(s, p);
	if (!best->reach.technique)
		return cw_fail(err, wished[0] ? CW_E_POLICY : CW_E_REFUSED, 0, s->m->node, hint_for(s->m, wished[0] ? cw_technique_get(wished) : NULL, w, why, (char[CW_TEXT_MAX]){ "" }),
			       _("No technique can be used on %s: %s"), s->m->node, _(why));
	return CW_OK;
}

/* Everything but what was rejected, which is said of the whole choice. */
static void take_choice(const struct choice *c, struct cw_plan *p)
{
	uint32_t n = p->n_rejected;
	char rejected[sizeof(p->rejected)];

	memcpy(rejected, p->rejected, sizeof(rejected));
	*p = c->plan;
	memcpy(p->rejected, rejected, sizeof(rejected));
	p->n_rejected = n;
	cw_strlcpy(p->technique, c->reach.technique->id, sizeof(p->technique));
	cw_strlcpy(p->code, c->reach.code, sizeof(p->code));
	p->level = c->reach.level;
	p->conditions = c->reach.row ? c->reach.row->conditions : 0;
}

/* What is stated of it, and what dies besides. */
static void take_scope(const struct plan_subject *s, const struct cw_technique *t, struct cw_plan *p)
{
	p->unconfirmed = t->unconfirmed != NULL;
	if (cw_native_takes_others(t->native, s->c)) {
		p->n_others = s->c->nvme.n_others;
		memcpy(p->others, s->c->nvme.others, sizeof(p->others));
	} else if (s->whole_drive && plan_was_asked(s) && s->c->nvme.n_others) {
		plan_reject(p, "whole drive", N_("Nothing that can be done to it reaches the other namespaces of the drive: wipe them one by one."));
	}
}

static int too_little(const struct cw_medium *m, const struct cw_wish *w, const struct cw_plan *p, struct cw_error *err)
{
	char hint[CW_TEXT_MAX];

	return cw_fail(err, CW_E_POLICY, 0, m->node, plan_destroy_hint(m, hint),
		       _("With the scheme \"%s\" the highest level that %s can reach is %s; %s was asked for."), p->scheme, m->node, cw_level_name(p->level),
		       cw_level_name(w->level));
}

static int set_level(const struct plan_subject *s, const struct wanted *w, struct cw_plan *p, struct cw_error *err)
{
	struct choice *best = malloc(sizeof(*best));
	int rc = best ? choose_technique(s, w, p, best, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));

	if (!rc) {
		take_choice(best, p);
		take_scope(s, best->reach.technique, p);
		set_caveats(s->m, w->policy, &best->reach, p);
		/* Which PIN a revert takes is the technique's to say, and the matrix says it of all. */
		if (best->reach.technique->native && !best->reach.technique->native->needs_psid)
			caveats_drop(p->caveats, "K21");
		plan_explain_level(s, &best->reach, p);
		rc = w->wish->level > p->level ? too_little(s->m, w->wish, p, err) : CW_OK;
	}
	free(best);
	return rc;
}

/* ---- the rest ---- */

static bool can_be_unplugged(const struct cw_plan *p)
{
	return p->class_ == CW_CLASS_USB_STICK || p->class_ == CW_CLASS_USB_BRIDGE_HDD || p->class_ == CW_CLASS_USB_BRIDGE_SSD || p->class_ == CW_CLASS_SD_CARD;
}

static void reject_choices(const struct cw_policy *policy, const struct cw_wish *w, struct cw_plan *p)
{
	if (p->n_passes && !(policy->groups & 1u << CW_SCHEME_REQUIRED))
		plan_reject(p, "required schemes", N_("The policy names no authority or contract that requires one."));
	if (p->n_passes)
		plan_reject(p, "historic schemes", N_("More passes do not raise the level that can be claimed."));
	if (p->shown_bytes)
		plan_reject(p, "hiding it again", N_("What was opened stays open: drives take such a command once in a power cycle, and their size is part of what they are recognised by afterwards (hdparm -N hides it again)."));
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

/* A technique that was wished for and overwrites nothing needs no scheme. */
static int choose_scheme(const struct cw_medium *m, struct wanted *w, struct cw_error *err)
{
	const struct cw_technique *t = w->wish->technique[0] ? cw_technique_get(w->wish->technique) : NULL;

	if (w->wish->technique[0] && !t)
		return unknown_technique(m, w->wish->technique, err);
	if (t && (t->native || t->only_keys) && !w->wish->scheme[0])
		return CW_OK;
	return plan_choose_scheme(m, w->policy, w->wish->scheme, &w->scheme, err);
}

int cw_plan_make(const struct cw_medium *m, const struct cw_capabilities *c, const struct cw_policy *policy, const struct cw_wish *w, struct cw_plan *out, struct cw_error *err)
{
	return cw_plan_make_on(m, c, NULL, policy, w, out, err);
}

int cw_plan_make_on(const struct cw_medium *m, const struct cw_capabilities *c, const struct cw_contents *contents, const struct cw_policy *policy, const struct cw_wish *w,
		    struct cw_plan *out, struct cw_error *err)
{
	struct cw_medium whole;
	const bool opens = plan_opens(m, c, &whole), resizes = plan_is_in_sequence(m, c, &whole) || plan_is_unformatted(m, c, &whole);
	const struct plan_subject subject = { opens || resizes ? &whole : m, c, contents, w->attested != 0, w->whole_drive != 0 };
	struct wanted wanted = { policy, w, NULL };
	int rc = plan_refuse(m, subject.m, policy, err);

	if (rc == CW_OK)
		rc = choose_scheme(subject.m, &wanted, err);
	if (rc < 0)
		return rc;
	if (w->sample && !policy->sample_allowed)
		return cw_fail(err, CW_E_POLICY, 0, m->node, _("Leave `--verify sample` out: then every byte is read back."),
			       _("The policy \"%s\" does not allow sampled verification."), policy->id);
	set_frame(subject.m, policy, out);
	out->shown_bytes = opens ? m->size_bytes : 0;
	out->recorded_bytes = resizes ? m->size_bytes : 0;
	out->replug |= w->replug;
	rc = plan_take_keys(m, contents, w->veracrypt != 0, out, err);
	if (rc == CW_OK)
		rc = set_level(&subject, &wanted, out, err);
	if (rc < 0)
		return rc;
	reject_choices(policy, w, out);
	return cw_identity_digest(m, out->identity_sha256, err);
}
