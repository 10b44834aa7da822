/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a plan on a medium.  The order is everything: a line is in the journal before the act it announces, and when the journal cannot be written the medium is not
 * written either.  What the medium does is told as it is; what it is worth is the verdict's to say.
 */
#include <errno.h>
#include <string.h>

#include "journal.h"
#include "lines.h"
#include "native.h"
#include "open.h"
#include "reload.h"
#include "resume.h"
#include "rules.h"
#include "secrets.h"

/* A run is over when outcome is set (to the status of the `end` line), or when a function returns an error because the journal can tell nothing more. */
struct run {
	struct cw_journal *j;
	struct cw_transport *medium;
	const struct cw_technique *technique;
	const struct cw_job_hooks *hooks;
	const struct cw_journal_text *text;
	struct cw_plan plan;
	struct cw_job_secrets secrets;
	const char *outcome;
	struct cw_native_course course; /* of the native step to run first */
	uint64_t kind_bytes[CW_STEP_KINDS]; /* cw_plan_step_bytes() of those that were asked for */
	bool opened; /* its hidden area was opened, where the plan says so: it has its whole size, and the digest that comes with that */
	char opened_sha256[CW_SHA256_HEX];
	bool attached_since_write; /* what is read back now was not written since the medium was plugged in */
	struct cw_job_progress progress; /* of the step in work */
	struct cw_sweep_result result; /* of it, so far */
	struct job_rules rules;
	uint64_t step_began_ms, done_before_bytes;
	uint64_t bad_before_bytes; /* of earlier attempts at the step to run first */
	bool journal_failed;
	struct cw_error journal_error;
};

static int append(struct run *r, const char *event, json_t *fields_take, struct cw_error *err)
{
	int rc = cw_journal_append(r->j, event, fields_take, err);
	if (rc < 0 && !r->journal_failed) {
		r->journal_failed = true;
		r->journal_error = *err;
	}
	return rc;
}

static int lose(struct run *r, const char *what, const char *why, struct cw_error *err)
{
	r->outcome = "lost";
	return append(r, "lost", job_line_lost(what, why), err);
}

/* What the kernel says of a medium that was pulled out may be anything, down to "no space left". */
static int lose_medium(struct run *r, int lost_errno, struct cw_error *err)
{
	char why[CW_TEXT_MAX];

	snprintf(why, sizeof(why), _("The medium does not take or give any data any more (the kernel said: %s)."), strerrordesc_np(lost_errno));
	return lose(r, "medium", why, err);
}

/* ---- identity ---- */

static uint64_t expected_bytes(const struct run *r)
{
	return r->plan.shown_bytes != 0 && !r->opened ? r->plan.shown_bytes : r->plan.size_bytes;
}

static const char *expected_sha256(const struct run *r)
{
	return r->plan.shown_bytes != 0 && r->opened ? r->opened_sha256 : r->plan.identity_sha256;
}

static int check_capacity(const struct run *r, struct cw_error *err)
{
	uint64_t bytes = 0;
	int rc = r->medium->ops->size(r->medium, &bytes);
	if (rc < 0)
		return cw_fail(err, CW_E_LOST, -rc, NULL, NULL, _("The medium does not tell its size."));
	if (cw_plan_resizes(&r->plan))
		bytes = expected_bytes(r); /* what the kernel makes of a disc says when it last looked at it */
	if (bytes != expected_bytes(r) || r->medium->logical_bytes != r->plan.logical_bytes)
		return cw_fail(err, CW_E_IDENTITY, 0, NULL, _("Look whether it is the right medium."),
			       _("The medium has %llu bytes in sectors of %u; %llu in sectors of %u were authorised."), (unsigned long long)bytes,
			       r->medium->logical_bytes, (unsigned long long)expected_bytes(r), r->plan.logical_bytes);
	return 0;
}

/* The hook compares field by field; the digest that was authorised is compared besides, so that a wrong hook alone cannot let a foreign medium pass. */
static int identify(struct run *r, struct cw_medium *now, char digest[CW_SHA256_HEX], struct cw_error *err)
{
	memset(now, 0, sizeof(*now));
	int rc = r->hooks->identify(r->hooks->user, now, err);
	if (rc < 0 && rc != CW_E_IDENTITY)
		return rc;
	struct cw_error why = *err;
	cw_plan_settle_size(&r->plan, now);
	int hashed = cw_identity_digest(now, digest, &why);
	if (hashed < 0) {
		*err = why;
		return hashed;
	}
	if (rc == 0 && strcmp(digest, expected_sha256(r)) != 0)
		rc = cw_fail(err, CW_E_IDENTITY, 0, now->node, _("Look whether it is the right medium."), _("The medium is not the one that was authorised."));
	return rc < 0 ? rc : check_capacity(r, err);
}

/* Not resume, which leaves the journal untouched when the medium is another one. */
static int confirm_identity(struct run *r, const char *phase, struct cw_error *err)
{
	struct cw_medium now;
	struct cw_error why = { 0 };
	char digest[CW_SHA256_HEX];
	int found = identify(r, &now, digest, &why);
	if (found < 0 && found != CW_E_IDENTITY)
		return lose(r, "medium", why.message, err);
	if (found < 0)
		r->outcome = "failed";
	return append(r, "identity", job_line_identity(phase, &now, digest, found < 0 ? why.message : NULL), err);
}

/* ---- one step ---- */

static uint64_t step_bytes(struct run *r, uint32_t kind)
{
	if (r->kind_bytes[kind] == 0)
		r->kind_bytes[kind] = cw_plan_step_bytes(&r->plan, kind);
	return r->kind_bytes[kind];
}

/* How much of the whole it is: a key is changed in no time, other commands take as long as writing. */
static uint64_t share_bytes(struct run *r, uint32_t number)
{
	uint32_t kind = r->plan.steps[number - 1].kind;
	return kind == CW_STEP_OPEN || (kind == CW_STEP_NATIVE && !cw_plan_technique(&r->plan, number)->native->writes_all) ? 0 : step_bytes(r, kind);
}

static bool stop_hook(void *user)
{
	struct run *r = user;
	return (r->hooks->stop != NULL && r->hooks->stop(r->hooks->user)) || job_rules_broken(&r->rules, &r->result, r->medium);
}

static void tell(struct run *r)
{
	struct cw_job_progress *p = &r->progress;
	p->elapsed_ms = cw_monotonic_ms() - r->step_began_ms;
	p->total_done_bytes = r->done_before_bytes + (share_bytes(r, p->step) > 0 ? p->completed_bytes : 0);
	if (r->hooks->progress != NULL)
		r->hooks->progress(r->hooks->user, p);
}

static uint64_t keys_below(const struct cw_keys *k, uint64_t upto_bytes)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < k->n_spans && k->spans[i].offset_bytes < upto_bytes; i++) {
		uint64_t into = upto_bytes - k->spans[i].offset_bytes;
		sum += into < k->spans[i].len_bytes ? into : k->spans[i].len_bytes;
	}
	return sum;
}

/* What works on windows tells the place where it is: its share of the medium is about its share of the windows. */
static uint64_t completed(const struct run *r, uint64_t upto_bytes)
{
	if (r->progress.size_bytes == r->plan.size_bytes)
		return upto_bytes;
	if (cw_step_is_of_keys(r->progress.kind))
		return keys_below(&r->plan.keys, upto_bytes);
	long double share = (long double)upto_bytes / (long double)r->plan.size_bytes;
	return (uint64_t)(share * (long double)r->progress.size_bytes);
}

static void progress_hook(void *user, uint64_t upto_bytes)
{
	struct run *r = user;
	r->progress.completed_bytes = completed(r, upto_bytes);
	tell(r);
}

static int checkpoint_hook(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	struct run *r = user;
	r->progress.bad_bytes = job_bad_bytes(so_far);
	r->progress.mismatch_bytes = so_far->mismatch_bytes;
	return append(r, "checkpoint", job_line_checkpoint(r->progress.step, so_far), err);
}

/* Told at once: whoever looks on may stop a job from which nothing good can come any more. */
static int spot_hook(void *user, const struct cw_spot *found, struct cw_error *err)
{
	struct run *r = user;
	struct cw_capacity capacity;
	int rc = append(r, "spot-check", job_line_spot_check(r->progress.step, found), err);
	if (rc < 0 || found->n_differing == 0)
		return rc;
	cw_spot_capacity(found, &capacity);
	r->progress.differs = 1;
	r->progress.lie = capacity.lie;
	r->progress.real_bytes = capacity.real_bytes;
	job_rules_accuse(&r->rules, &capacity, r->plan.size_bytes);
	tell(r);
	return 0;
}

static void begin_progress(struct run *r, uint32_t number, uint64_t from)
{
	const struct cw_plan_step *step = &r->plan.steps[number - 1];
	struct cw_job_progress *p = &r->progress;
	*p = (struct cw_job_progress){ .step = number, .n_steps = r->plan.n_steps, .kind = step->kind, .pass = step->pass, .n_passes = r->plan.n_passes,
				       .differs = p->differs, .lie = p->lie, .real_bytes = p->real_bytes };
	r->done_before_bytes = 0;
	for (uint32_t i = 0; i < r->plan.n_steps; i++) {
		uint64_t bytes = share_bytes(r, i + 1);
		p->total_bytes += bytes;
		r->done_before_bytes += i + 1 < number ? bytes : 0;
	}
	p->size_bytes = step_bytes(r, step->kind);
	p->completed_bytes = completed(r, from);
	r->step_began_ms = cw_monotonic_ms();
}

/* What may be found after the medium sanitised itself is for its technique to know, and for the medium. */
static uint32_t may_leave(const struct run *r)
{
	return cw_native_may_leave(r->technique->native, json_object_get(json_array_get(r->text->lines, 0), "capabilities"));
}

static bool look_may_fail(const struct run *r, uint32_t kind)
{
	return cw_step_looks(kind) && r->technique->native != NULL && (may_leave(r) & CW_LOOK_BIT(CW_LOOK_ERROR)) != 0;
}

static int prepare_step(const struct run *r, const struct cw_plan_step *planned, struct cw_step *step, struct cw_error *err)
{
	const struct cw_native *native = r->technique->native;
	*step = (struct cw_step){ .kind = planned->kind, .pass = planned->pass, .spans = r->plan.keys.spans, .n_spans = r->plan.keys.n_spans };
	memcpy(step->sample_seed, r->secrets.sample_seed, sizeof(step->sample_seed));
	int rc = cw_job_stream(&r->plan, planned->pass, &r->secrets, &step->stream, err);
	if (rc < 0 || !cw_step_looks(planned->kind) || native == NULL)
		return rc;
	step->look = (struct cw_look_for){ .markers = step->stream, .may_be = may_leave(r), .pattern_len = native->pattern_len };
	memcpy(step->look.pattern, native->pattern, sizeof(step->look.pattern));
	return 0;
}

static int sweep(struct run *r, uint32_t number, uint64_t from, struct cw_sweep_result *result, struct cw_error *err)
{
	const struct cw_plan_step *planned = &r->plan.steps[number - 1];
	const struct cw_sweep_hooks hooks = { .user = r, .stop = stop_hook, .progress = progress_hook, .checkpoint = checkpoint_hook, .spot = spot_hook,
					      .checkpoint_interval_ms = r->hooks->checkpoint_interval_ms, .pass_over_ms = r->hooks->pass_over_ms,
					      .retry_pause_ms = r->hooks->retry_pause_ms };
	struct cw_step step;
	int rc = prepare_step(r, planned, &step, err);
	if (rc == 0)
		rc = r->technique->run(r->medium, &step, from, r->plan.size_bytes, &hooks, result, err);
	if (rc == 0 && result->end == CW_SWEEP_HOOK_FAILED)
		rc = cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("The step ended without saying how."));
	return rc;
}

static int stop_at(struct run *r, uint64_t watermark, struct cw_error *err)
{
	const struct job_rule *rule = &r->rules.broken;
	bool for_good = rule->name != NULL && !job_rule_may_pass(rule);
	r->outcome = for_good ? "failed" : "stopped";
	return append(r, "stopped", rule->name != NULL ? job_line_stopped_by_rule(rule, r->progress.step, watermark) :
							  job_line_stopped("operator", r->progress.step, watermark), err);
}

/* What the end of a sweep means for the job; 0 when it goes on with the next step. */
static int judge(struct run *r, const struct cw_sweep_result *result, struct cw_error *err)
{
	switch (result->end) {
	case CW_SWEEP_DONE:
		/* Bad sectors in a write are for the read-back to show; bytes that differ are an answer already. */
		r->outcome = result->mismatch_bytes > 0 ? "failed" : NULL;
		if (r->outcome == NULL && r->progress.step < r->plan.n_steps && job_rules_broken(&r->rules, result, r->medium))
			return stop_at(r, result->upto_bytes, err);
		return 0;
	case CW_SWEEP_STOPPED:
		return stop_at(r, result->upto_bytes, err);
	case CW_SWEEP_LOST:
		return lose_medium(r, result->lost_errno, err);
	default:
		r->outcome = "failed";
		return 0;
	}
}

static int finish_sweep(struct run *r, uint32_t number, struct cw_error *err)
{
	int rc = 0;
	if (cw_step_looks(r->plan.steps[number - 1].kind))
		rc = append(r, "look", job_line_look(number, &r->result.look), err);
	if (rc == 0)
		rc = append(r, "step-end", job_line_step_end(number, &r->result, cw_monotonic_ms() - r->step_began_ms), err);
	return rc < 0 ? rc : judge(r, &r->result, err);
}

static int run_sweep(struct run *r, uint32_t number, uint64_t from, struct cw_error *err)
{
	int rc = sweep(r, number, from, &r->result, err);
	if (r->journal_failed) {
		*err = r->journal_error;
		return err->code;
	}
	return rc < 0 ? lose(r, "executor", err->message, err) : finish_sweep(r, number, err);
}

/* ---- the medium sanitises itself ---- */

static int append_hook(void *user, const char *event, json_t *fields_take, struct cw_error *err)
{
	return append(user, event, fields_take, err);
}

static void native_progress_hook(void *user, uint32_t progress)
{
	struct run *r = user;
	r->progress.completed_bytes = (uint64_t)((long double)r->plan.size_bytes * (progress < 65536 ? progress : 65536) / 65536);
	tell(r);
}

static void alive_hook(void *user)
{
	tell(user);
}

/* It may have cut its link, and come back as something else. */
static int judge_native(struct run *r, const struct cw_native_result *result, struct cw_error *err)
{
	switch (result->end) {
	case CW_NATIVE_END_DONE:
		return confirm_identity(r, "after-native", err);
	case CW_NATIVE_END_STOPPED:
		return stop_at(r, 0, err);
	case CW_NATIVE_END_FAILED:
		r->outcome = "failed";
		return 0;
	default:
		return lose(r, "medium", result->why, err);
	}
}

static int run_native(struct run *r, uint32_t number, struct cw_error *err)
{
	const struct cw_technique *technique = cw_plan_technique(&r->plan, number);
	const struct job_native n = { .native = technique->native, .medium = r->medium, .number = number, .so_far = r->course, .size_bytes = r->plan.size_bytes,
				      .expected_seconds = technique == r->technique ? r->hooks->native_seconds : 0, .hooks = r->hooks, .user = r, .append = append_hook,
				      .progress = native_progress_hook, .alive = alive_hook };
	struct cw_native_result result;
	tell(r);
	int rc = job_native_run(&n, &result, err);
	if (rc == 0)
		rc = append(r, "step-end", job_native_step_end(number, &result, cw_monotonic_ms() - r->step_began_ms), err);
	return rc < 0 ? rc : judge_native(r, &result, err);
}

/* ---- the medium shows what it hides ---- */

static int open_up(struct run *r, struct cw_error *err)
{
	r->opened = true;
	if (r->hooks->opened != NULL)
		r->hooks->opened(r->hooks->user, r->plan.size_bytes);
	return confirm_identity(r, "after-open", err);
}

static int judge_open(struct run *r, enum job_open_end end, struct cw_error *err)
{
	switch (end) {
	case JOB_OPEN_DONE:
		return open_up(r, err);
	case JOB_OPEN_WAITS:
		r->outcome = "stopped";
		return append(r, "stopped", job_line_stopped("hidden-area", r->progress.step, 0), err);
	case JOB_OPEN_GONE:
		return lose(r, "medium", _("The medium does not answer any more."), err);
	default:
		r->outcome = "failed";
		return 0;
	}
}

static int run_open(struct run *r, uint32_t number, struct cw_error *err)
{
	const struct job_open o = { .medium = r->medium, .number = number, .whole_bytes = r->plan.size_bytes, .hooks = r->hooks, .user = r, .append = append_hook };
	enum job_open_end end = JOB_OPEN_FAILED;
	tell(r);
	int rc = job_open_run(&o, &end, err);
	if (rc == 0)
		rc = append(r, "step-end", job_open_step_end(number, end, cw_monotonic_ms() - r->step_began_ms), err);
	return rc < 0 ? rc : judge_open(r, end, err);
}

/* ---- a disc goes out and in ---- */

static int run_reload(struct run *r, uint32_t number, struct cw_error *err)
{
	const struct job_reload reload = { .medium = r->medium, .number = number, .hooks = r->hooks, .user = r, .append = append_hook, .alive = alive_hook };
	bool gone = false;
	tell(r);
	int rc = job_reload_run(&reload, &gone, err);
	if (rc == 0)
		rc = append(r, "step-end", job_reload_step_end(number, gone, cw_monotonic_ms() - r->step_began_ms), err);
	return rc == 0 && gone ? lose(r, "medium", _("The medium does not answer any more."), err) : rc;
}

static int run_step(struct run *r, uint32_t number, uint64_t from, struct cw_error *err)
{
	int rc = append(r, "intent", job_line_intent(&r->plan, number, from), err);
	if (rc < 0)
		return rc;
	r->result = (struct cw_sweep_result){ .end = CW_SWEEP_HOOK_FAILED };
	begin_progress(r, number, from);
	job_rules_step(&r->rules, r->bad_before_bytes, look_may_fail(r, r->plan.steps[number - 1].kind));
	r->bad_before_bytes = 0;
	switch (r->plan.steps[number - 1].kind) {
	case CW_STEP_NATIVE:
		rc = run_native(r, number, err);
		break;
	case CW_STEP_OPEN:
		rc = run_open(r, number, err);
		break;
	case CW_STEP_RELOAD:
		rc = run_reload(r, number, err);
		break;
	default:
		rc = run_sweep(r, number, from, err);
	}
	memset(&r->course, 0, sizeof(r->course));
	return rc;
}

/* ---- the whole ---- */

/* Its own cache would answer for the medium: it is to lose its power, or the disc, first.  Somebody resumes the job when it is back. */
static int stop_for_return(struct run *r, uint32_t number, struct cw_error *err)
{
	r->outcome = "stopped";
	return append(r, "stopped", job_line_stopped(job_wants_reload(&r->plan, number) ? "reload" : "replug", number, 0), err);
}

static int run_steps(struct run *r, uint32_t number, uint64_t from, struct cw_error *err)
{
	int rc = 0;
	for (; rc == 0 && number <= r->plan.n_steps && r->outcome == NULL; number++, from = 0) {
		bool away = job_wants_return(&r->plan, number) && !r->attached_since_write;
		rc = away ? stop_for_return(r, number, err) : run_step(r, number, from, err);
		r->attached_since_write = false;
	}
	if (rc < 0)
		return rc;
	if (r->outcome != NULL)
		return 0;
	rc = confirm_identity(r, "end", err);
	if (rc == 0 && r->outcome == NULL)
		r->outcome = "complete";
	return rc;
}

static int begin_stream(struct run *r, struct cw_error *err)
{
	int rc = job_secrets_draw(&r->secrets, err);
	return rc < 0 ? rc : append(r, "stream", job_secrets_json(&r->secrets, job_slots_used(&r->plan), r->medium), err);
}

/* It cannot be another one: nobody unplugged it. */
static bool is_still_attached(const struct job_position *p, const struct cw_medium *now)
{
	char boot_id[33];
	cw_boot_id(boot_id);
	return now->diskseq == p->diskseq && strcmp(boot_id, p->boot_id) == 0;
}

static int check_replug(const struct job_position *p, const struct cw_medium *now, struct cw_error *err)
{
	if (!p->replug_due || !is_still_attached(p, now))
		return 0;
	if (p->tray != CW_TRAY_NONE)
		return cw_fail(err, CW_E_REFUSED, 0, now->node, _("Take the disc out, put it in again, and resume the job."),
			       _("The disc in %s was not taken out since it was written, and is to be before it is read back."), now->node);
	return cw_fail(err, CW_E_REFUSED, 0, now->node, _("Unplug it, plug it in again, and resume the job."),
		       _("%s was not unplugged since it was written, and is to be before it is read back."), now->node);
}

/* One that forgot what it had only in its cache is told from another one by its identity; that it forgot is for the read-back to show. */
static int check_ours(struct run *r, const struct job_position *p, const struct cw_medium *now, uint64_t *checked_bytes, struct cw_error *err)
{
	struct cw_error why = { 0 };
	int rc = job_check_ours(r->medium, &r->plan, &r->secrets, p, checked_bytes, &why);
	if (rc == CW_E_IDENTITY && job_wants_replug(&r->plan, p->step) && !cw_identity_is_weak(now))
		return 0;
	if (rc < 0)
		*err = why;
	if (rc == 0 && *checked_bytes == 0 && p->began && (r->technique->native != NULL || r->plan.shown_bytes != 0) && cw_identity_is_weak(now) && !is_still_attached(p, now))
		rc = cw_fail(err, CW_E_IDENTITY, 0, now->node, _("Close the job, and begin a new one."),
			     _("%s does not tell who it is, and nothing of this job can be looked for on it."), now->node);
	return rc;
}

/* Nothing is appended before it is certain that the medium is the right one: whoever attached a wrong one only has to change it. */
static int begin_resumed(struct run *r, const struct job_position *p, uint64_t from, json_t *by, bool dropped_tail, struct cw_error *err)
{
	struct cw_medium now;
	char digest[CW_SHA256_HEX];
	uint64_t checked_bytes = 0;
	int rc = identify(r, &now, digest, err);
	if (rc == 0)
		rc = check_replug(p, &now, err);
	if (rc == 0)
		rc = check_ours(r, p, &now, &checked_bytes, err);
	if (rc == 0)
		rc = append(r, "resumed", job_line_resumed(by, &now, p->step, from, checked_bytes, dropped_tail, r->medium), err);
	return rc < 0 ? rc : append(r, "identity", job_line_identity("resume", &now, digest, NULL), err);
}

/* A check is one uninterrupted reading: only a write goes on where it was. */
static uint64_t resume_from(const struct cw_plan *plan, const struct job_position *p)
{
	return p->step <= plan->n_steps && plan->steps[p->step - 1].kind == CW_STEP_WRITE ? p->watermark_bytes : 0;
}

static int check_allowed(const struct run *r, const struct job_position *p, struct cw_error *err)
{
	if (!job_authorised(r->text, &r->plan))
		return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, _("Authorise the plan as `certwipe wipe` asks for it."),
			       _("Nobody authorised this plan for this medium."));
	if (!p->registered)
		return cw_fail(err, CW_E_STATE, 0, NULL, NULL, _("The start of the job was not entered in the register."));
	if (p->mismatched)
		return cw_fail(err, CW_E_VERIFY, 0, NULL, _("Close the job and destroy the medium, or wipe it anew."),
			       _("The job found bytes that differ from what it wrote, and cannot be resumed."));
	if (!job_position_can_run(p))
		return cw_fail(err, CW_E_REFUSED, 0, NULL, _("Begin a new job for the medium."), _("The job has ended and cannot be resumed."));
	return 0;
}

/* Which namespace it is stands where it stands what the medium can do. */
static void set_target(struct run *r)
{
	const json_t *nvme = json_object_get(json_object_get(json_array_get(r->text->lines, 0), "capabilities"), "nvme");
	r->medium->target = (struct cw_nvme_target){ .nsid = (uint32_t)cw_json_u64(nvme, "namespace", 0), .format = (uint32_t)cw_json_u64(nvme, "formatDword", 0) };
}

/* What was interrupted while it was being opened may be open or not. */
static int find_opened(struct run *r, const struct job_position *p, struct cw_error *err)
{
	struct cw_medium m, whole;
	uint64_t bytes = 0;
	if (r->plan.shown_bytes == 0)
		return 0;
	r->opened = p->step > 1 || (p->began && r->medium->ops->size(r->medium, &bytes) == 0 && bytes == r->plan.size_bytes);
	int rc = cw_job_medium(r->text, &m, err);
	if (rc < 0)
		return rc;
	cw_plan_opened(&r->plan, &m, &whole);
	return cw_identity_digest(&whole, r->opened_sha256, err);
}

static int load(struct run *r, struct job_position *p, bool *fresh, struct cw_error *err)
{
	bool present = false;
	int rc = job_journal_at(r->j, r->text, err);
	if (rc == 0)
		rc = cw_job_plan(r->text, &r->plan, err);
	if (rc == 0)
		rc = job_position_of(r->text, &r->plan, p, err);
	if (rc == 0)
		rc = check_allowed(r, p, err);
	if (rc == 0)
		rc = find_opened(r, p, err);
	if (rc == 0)
		rc = cw_job_secrets_of(r->text, &r->secrets, &present, err);
	if (rc < 0)
		return rc;
	*fresh = !present;
	set_target(r);
	r->technique = cw_technique_get(r->plan.technique);
	if (r->technique == NULL)
		return cw_fail(err, CW_E_INVALID, 0, "technique", NULL, _("The plan wants the technique \"%s\", which this version does not have."),
			       r->plan.technique);
	if (!present && p->began)
		return cw_fail(err, CW_E_INVALID, 0, "journal", NULL, _("The job began without saying what it writes."));
	return 0;
}

/* The medium as the technique works on it. */
static int reach_medium(struct run *r, struct cw_transport **track, struct cw_error *err)
{
	if (!r->technique->records)
		return 0;
	int rc = cw_transport_track_new(r->medium, r->plan.size_bytes, track, err);
	if (rc == 0)
		r->medium = *track;
	return rc;
}

static int run_loaded(struct run *r, const struct job_position *p, bool fresh, json_t *resumed_by, bool dropped_tail, char status[16], struct cw_error *err)
{
	int rc = 0;
	if (!fresh && resumed_by == NULL)
		return cw_fail(err, CW_E_EXISTS, 0, NULL, _("Resume the job."), _("The job has begun already."));
	uint64_t from = fresh ? 0 : resume_from(&r->plan, p);
	if (resumed_by != NULL)
		rc = begin_resumed(r, p, from, resumed_by, dropped_tail, err);
	/* A check starts anew, and so does its count. */
	r->bad_before_bytes = from > 0 ? p->bad_bytes[p->step] : 0;
	r->course = p->course;
	job_rules_begin(&r->rules, &r->hooks->stop_rules);
	r->attached_since_write = resumed_by != NULL && job_wants_return(&r->plan, p->step); /* or begin_resumed() had refused */
	if (rc == 0 && fresh)
		rc = begin_stream(r, err);
	if (rc == 0 && resumed_by == NULL)
		rc = confirm_identity(r, "before-write", err);
	if (rc == 0 && r->outcome == NULL)
		rc = run_steps(r, p->step, from, err);
	if (rc == 0)
		rc = append(r, "end", json_pack("{s:s}", "status", r->outcome), err);
	if (rc == 0)
		cw_strlcpy(status, r->outcome, 16);
	return rc;
}

int cw_job_run(struct cw_journal *j, const struct cw_journal_text *t, struct cw_transport *medium, const struct cw_job_hooks *hooks, json_t *resumed_by,
	       bool dropped_tail, char status[16], struct cw_error *err)
{
	struct run r = { .j = j, .medium = medium, .hooks = hooks, .text = t };
	struct cw_transport *track = NULL;
	struct job_position p;
	bool fresh = false;
	int rc = load(&r, &p, &fresh, err);
	if (rc == 0)
		rc = reach_medium(&r, &track, err);
	if (rc == 0)
		rc = run_loaded(&r, &p, fresh, resumed_by, dropped_tail, status, err);
	cw_transport_free(track);
	return rc;
}
