/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict: the one place that may say "sanitised".  It is built from what the journal shows was written and compared; the status that the
 * executor gave itself can only spoil it.  Every way out that is not complete success comes before the one that is.
 */
#include "destruction.h"
#include "level.h"
#include "replay.h"

#include <string.h>


const char *cw_outcome_name(uint32_t outcome)
{
	static const char *const names[] = { [CW_NOT_SANITISED] = "not-sanitised", [CW_INCONCLUSIVE] = "inconclusive", [CW_SANITISED] = "sanitised" };
	return outcome < CW_ARRAY_LEN(names) && names[outcome] ? names[outcome] : "unknown";
}

/* ---- exceptions: planned bytes that were not written or not read back ---- */

/* Markers, and looks at their places, stand for something else than the bytes there. */
static bool covers_medium(uint32_t kind)
{
	return kind <= CW_STEP_SAMPLE || kind == CW_STEP_LOOK || kind == CW_STEP_LOOK_SAMPLE;
}

/* Where everything is overwritten afterwards, that says what was reached. */
static void add_unreached_keys(struct cw_replay *r, uint32_t step)
{
	const struct cw_keys *k = &r->plan.keys;
	uint32_t fault = r->plan.steps[step - 1].kind == CW_STEP_KEYS ? CW_FAULT_WRITE : CW_FAULT_READ;
	if (r->steps[step].done || r->plan.n_passes)
		return;
	for (uint32_t i = 0; i < k->n_spans; i++)
		cw_faults_add(&r->faults, k->spans[i].offset_bytes, k->spans[i].len_bytes, fault, 0);
}

static void add_unreached(struct cw_replay *r, uint32_t step)
{
	const struct cw_step_record *s = &r->steps[step];
	uint32_t kind = r->plan.steps[step - 1].kind;
	bool write = kind == CW_STEP_WRITE, sample = kind == CW_STEP_SAMPLE || kind == CW_STEP_LOOK_SAMPLE;
	if (cw_step_is_of_keys(kind))
		add_unreached_keys(r, step);
	if (!covers_medium(kind))
		return;
	uint64_t reached = write || (!sample && s->from_bytes == 0) || s->done ? s->watermark_bytes : 0;
	if (reached < r->plan.size_bytes)
		cw_faults_add(&r->faults, reached, r->plan.size_bytes - reached, write ? CW_FAULT_WRITE : CW_FAULT_READ, 0);
}

static void take_exceptions(struct cw_replay *r, struct cw_verdict *v)
{
	for (uint32_t step = 1; step <= r->plan.n_steps; step++)
		add_unreached(r, step);
	cw_faults_join(&r->faults, r->plan.size_bytes);
	for (size_t i = 0; i < r->faults.n; i++) {
		const struct cw_extent *e = &r->faults.at[i];
		cw_extents_add(&v->exceptions, e->offset_bytes, e->len_bytes, (enum cw_fault)e->fault, e->sys_errno);
	}
	v->unwritten_bytes = cw_faults_bytes(&r->faults, CW_FAULT_WRITE);
	v->unverified_bytes = cw_faults_bytes(&r->faults, CW_FAULT_READ);
	v->mismatch_bytes = cw_faults_bytes(&r->faults, CW_FAULT_MISMATCH);
}

/* ---- support ---- */

static void support(struct cw_verdict *v, const char *claim, bool holds, uint64_t line, uint64_t last_line)
{
	if (v->n_support == CW_SUPPORT_MAX)
		return;
	struct cw_support *s = &v->support[v->n_support++];
	cw_strlcpy(s->claim, claim, sizeof(s->claim));
	s->holds = holds;
	s->line = line != CW_NO_LINE ? line : last_line;
}

static bool reads(uint32_t kind)
{
	return kind != CW_STEP_WRITE && kind != CW_STEP_MARK && kind != CW_STEP_NATIVE && kind != CW_STEP_OPEN &&
	       kind != CW_STEP_KEYS && kind != CW_STEP_RELOAD;
}

static uint64_t last_read_line(const struct cw_replay *r)
{
	for (uint32_t step = r->plan.n_steps; step >= 1; step--)
		if (reads(r->plan.steps[step - 1].kind) && r->steps[step].attempts)
			return r->steps[step].end_line;
	return CW_NO_LINE;
}

/* In a reading, or in the early look. */
static uint64_t differed_line(const struct cw_replay *r)
{
	return r->mismatch_line != CW_NO_LINE ? r->mismatch_line : r->spot_line;
}

static uint64_t end_line_of(const struct cw_replay *r, uint32_t kind)
{
	for (uint32_t step = 1; step <= r->plan.n_steps; step++)
		if (r->plan.steps[step - 1].kind == kind)
			return r->steps[step].attempts ? r->steps[step].end_line : CW_NO_LINE;
	return CW_NO_LINE;
}

static void take_native_support(const struct cw_replay *r, struct cw_verdict *v, uint64_t last)
{
	const struct cw_native_record *n = &r->native;
	uint32_t check = cw_plan_has(&r->plan, CW_STEP_MARK_CHECK) ? CW_STEP_MARK_CHECK : CW_STEP_VERIFY;
	if (cw_replay_has_marks(r))
		support(v, "markers-seen", cw_replay_marked(r), end_line_of(r, check), last);
	support(v, "command-accepted", n->course.accepted && n->announced_line != CW_NO_LINE, n->submitted_line, last);
	support(v, "device-succeeded", cw_replay_native_succeeded(r), n->ended_line, last);
	if (r->first.native)
		support(v, "first-succeeded", cw_replay_first_succeeded(r), r->first.ended_line, last);
	support(v, "nothing-left", cw_replay_nothing_left(r), n->left_line != CW_NO_LINE ? n->left_line : last_read_line(r), last);
}

/* Nothing is overwritten where the medium sanitised itself, and that is all. */
static bool has_passes(const struct cw_replay *r)
{
	return !r->native.native || r->plan.n_passes;
}

/* What is missing is refuted by the whole journal: its last line stands for that. */
static void take_support(const struct cw_replay *r, struct cw_verdict *v)
{
	size_t lines = json_array_size(r->text->lines);
	uint64_t last = lines ? lines - 1 : 0, read = last_read_line(r);
	uint64_t differed = differed_line(r);
	bool kept = r->identity_current && r->end_identity_line != CW_NO_LINE;
	support(v, "authorised", r->authorised_line != CW_NO_LINE, r->authorised_line, last);
	support(v, "registered", r->registered_line != CW_NO_LINE, r->registered_line, last);
	support(v, "stream-recorded", r->stream_line != CW_NO_LINE, r->stream_line, last);
	support(v, "identity-kept", kept, kept ? r->end_identity_line : r->identity_line, last);
	support(v, "plan-kept", !r->breach, r->breach ? r->breach_line : last, last);
	if (r->plan.shown_bytes)
		support(v, "hidden-area-opened", r->opening.done, r->opening.shown_line, last);
	if (r->native.native)
		take_native_support(r, v, last);
	if (cw_plan_has(&r->plan, CW_STEP_RELOAD))
		support(v, "reloaded", cw_replay_reloaded(r), end_line_of(r, CW_STEP_RELOAD), last);
	if (has_passes(r)) {
		support(v, "all-written", cw_replay_all_clean(r, true), r->last_write_line, last);
		support(v, "all-verified", cw_replay_all_clean(r, false), read, last);
	}
	support(v, "none-failed", r->fault_line == CW_NO_LINE, r->fault_line != CW_NO_LINE ? r->fault_line : read, last);
	support(v, "none-differed", differed == CW_NO_LINE, differed != CW_NO_LINE ? differed : read, last);
	support(v, "ended", r->complete, r->end_line, last);
}

/* ---- outcome ---- */

static void decide(struct cw_verdict *v, uint32_t outcome, int exit_code, const char *reason)
{
	v->outcome = outcome;
	v->exit_code = exit_code;
	cw_strlcpy(v->reason, reason, sizeof(v->reason));
}

/* A refusal's own code says why; without a known one the job simply failed. */
static int refusal_exit(const struct cw_replay *r)
{
	const json_t *line = json_array_get(r->text->lines, r->refused_line);
	int code = cw_code_of_slug(cw_json_str(line, "code", ""));
	int exit_code = code ? cw_code_exit(code) : CW_EXIT_FAILED;
	return exit_code != CW_EXIT_DONE ? exit_code : CW_EXIT_FAILED;
}

/* Nothing else is begun before that. */
static bool decide_not_opened(const struct cw_replay *r, struct cw_verdict *v)
{
	bool shows_all = r->opening.shown_bytes == r->plan.size_bytes;
	if (!cw_replay_is_opening(r) || r->opening.done || r->lost_line != CW_NO_LINE || r->steps[r->step].open)
		return false;
	if (r->stop_line == CW_NO_LINE)
		decide(v, CW_NOT_SANITISED, CW_EXIT_FAILED, N_("The hidden area of the medium could not be opened; nothing was written to the medium."));
	else if (shows_all)
		decide(v, CW_NOT_SANITISED, CW_EXIT_STOPPED,
		       N_("The drive shows its hidden area now, and the computer has not noticed: unplug it, plug it in again, and resume the job. Nothing was written yet."));
	else
		decide(v, CW_NOT_SANITISED, CW_EXIT_STOPPED,
		       N_("The drive did not open its hidden area; it may do so once after it was unplugged and plugged in again: then resume the job. Nothing was written."));
	return true;
}

static bool decide_untouched(const struct cw_replay *r, struct cw_verdict *v)
{
	if (r->attempted)
		return false;
	if (r->refused_line != CW_NO_LINE)
		decide(v, CW_NOT_SANITISED, refusal_exit(r), N_("The job was refused; nothing was written to the medium."));
	else if (decide_not_opened(r, v))
		return true;
	else if (r->stop_line != CW_NO_LINE)
		decide(v, CW_NOT_SANITISED, CW_EXIT_STOPPED, N_("The job was stopped before anything was written to the medium."));
	else if (r->lost_line != CW_NO_LINE)
		decide(v, CW_NOT_SANITISED, CW_EXIT_INCONCLUSIVE, N_("The medium was lost before anything was written to it."));
	else if (r->identity_line != CW_NO_LINE && !r->identity_current)
		decide(v, CW_NOT_SANITISED, CW_EXIT_NOT_FOUND, N_("The medium was not the one that was authorised; nothing was written to it."));
	else
		decide(v, CW_NOT_SANITISED, CW_EXIT_FAILED, N_("Nothing was written to the medium."));
	return true;
}

/* Faults that brought it about are its reason, but what was read back tells more. */
static bool decide_by_rule(const struct cw_replay *r, struct cw_verdict *v)
{
	static const char *const reasons[][2] = {
		{ "bad-blocks", N_("A rule of the policy stopped the job: the medium has too many bad blocks.") },
		{ "rate", N_("A rule of the policy stopped the job: the medium is too slow.") },
		{ "time", N_("A rule of the policy stopped the job: it took too long.") },
		{ "temperature", N_("A rule of the policy stopped the job: the medium became too hot.") },
	};
	const char *reason = N_("A rule of the policy stopped the job.");
	if (!r->rule)
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(reasons); i++)
		if (strcmp(r->rule, reasons[i][0]) == 0)
			reason = reasons[i][1];
	decide(v, r->fault_line != CW_NO_LINE ? CW_NOT_SANITISED : CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, reason);
	return true;
}

/* What was to go first, if that is where it ended. */
static const struct cw_native_record *ended_at(const struct cw_replay *r)
{
	uint32_t state = r->first.course.state;
	return state == CW_NATIVE_FAILED || state == CW_NATIVE_REFUSED ? &r->first : &r->native;
}

static bool decide_native_failed(const struct cw_replay *r, struct cw_verdict *v)
{
	const struct cw_native_record *n = ended_at(r);
	bool left = r->native.left_line != CW_NO_LINE, marker = false;
	for (uint32_t step = 1; left && step <= r->plan.n_steps; step++)
		marker = marker || r->steps[step].look.bytes[CW_LOOK_MARKER];
	if (marker)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED, N_("The medium said that it had sanitised itself, and markers that were on it before are still there."));
	else if (left)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED, N_("The medium said that it had sanitised itself, and something was found on it that this does not leave."));
	else if (n->course.state == CW_NATIVE_FAILED)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED, n->left_as ? n->left_as : N_("The medium said that sanitising itself failed."));
	else if (n->course.state == CW_NATIVE_REFUSED)
		decide(v, CW_NOT_SANITISED, CW_EXIT_INCONCLUSIVE, n->left_as ? n->left_as : N_("The medium refused to sanitise itself."));
	else
		return false;
	return true;
}

static bool decide_failed(const struct cw_replay *r, struct cw_verdict *v)
{
	bool differed = differed_line(r) != CW_NO_LINE;
	if (r->native.native && decide_native_failed(r, v))
		return true;
	if (differed && r->other_offset)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED,
		       N_("The medium returned data that was written for another place: it does not hold as much as it reports."));
	else if (differed && r->capacity.lie == CW_LIE_DROP)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED, N_("The medium stores nothing beyond a part of what it reports to hold."));
	else if (differed && r->fault_line != CW_NO_LINE)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED,
		       N_("Some sectors could not be written or read, and what was read back is not what was to be written."));
	else if (differed)
		decide(v, CW_NOT_SANITISED, CW_EXIT_VERIFY_FAILED, N_("What was read back is not what was written."));
	else if (decide_by_rule(r, v))
		return true;
	else if (r->fault_line != CW_NO_LINE)
		decide(v, CW_NOT_SANITISED, CW_EXIT_INCONCLUSIVE, N_("Some sectors could not be written or read; what they hold was not destroyed."));
	else
		return false;
	return true;
}

/* Its own answers, not the order of the lines: those count in any case. */
static bool decide_native_unfinished(const struct cw_replay *r, struct cw_verdict *v)
{
	if (cw_replay_has_marks(r) && !cw_replay_marked(r))
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("Not all markers were written and read back before the medium was to sanitise itself."));
	else if (!cw_replay_native_succeeded(r) || !cw_replay_first_succeeded(r))
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("The medium did not say that it had sanitised itself, or not so that it can be believed."));
	else if (!r->native.native->leaves_data && !cw_replay_nothing_left(r))
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("Not everything was looked at that was to be looked at after the medium had sanitised itself."));
	else
		return false;
	return true;
}

/* Stopped while it was at it: no power cut and no other computer stops it. */
static bool runs_on(const struct cw_replay *r)
{
	const struct cw_native_record *n = cw_replay_native_at(r);
	return n->native && r->step == n->step && (n->course.state == CW_NATIVE_RUNNING || n->course.state == CW_NATIVE_SENT);
}

/* What was cut off in the middle leaves some media in a state that somebody must lead them out of. */
static const char *unfinished(const struct cw_replay *r, const char *otherwise)
{
	const struct cw_native *native = cw_replay_native_at(r)->native;
	return runs_on(r) && native->unfinished ? native->unfinished : otherwise;
}

static bool decide_unfinished(const struct cw_replay *r, struct cw_verdict *v)
{
	if (r->stop_line != CW_NO_LINE && runs_on(r))
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, unfinished(r, N_("The job was stopped while the medium was sanitising itself: it goes on with that, and nobody watches it.")));
	else if (r->stop_line != CW_NO_LINE)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_STOPPED, N_("The job was stopped before its end."));
	else if (r->lost_line != CW_NO_LINE)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, unfinished(r, N_("The medium or the program that worked on it was lost before the end.")));
	else if (r->breach)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, r->breach);
	else if (r->flush_line != CW_NO_LINE)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("The medium took data and then did not store them: writing out its cache failed."));
	else if (!r->complete || r->closed_line != CW_NO_LINE)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, unfinished(r, N_("The job did not run to its end.")));
	else if (r->native.native && decide_native_unfinished(r, v))
		return true;
	else if (!cw_replay_all_clean(r, true) || r->faults.failed || v->exceptions.n)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("Not everything that was planned was written and read back."));
	else if (!cw_replay_all_clean(r, false))
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("Not everything that was written was read back."));
	else
		return false;
	return true;
}

static const char *native_reason(const struct cw_replay *r)
{
	bool sampled = cw_plan_is_sampled(&r->plan);
	if (r->plan.n_passes)
		return sampled ? N_("The medium said that it sanitised itself, and no marker was left; every byte was written besides, and what was sampled was read back and is equal.") :
				 N_("The medium said that it sanitised itself, and no marker was left; every byte was written besides, read back and is equal.");
	return sampled ? N_("The medium said that it sanitised itself; no marker was left, nor anything where it was sampled that this does not leave.") :
			 N_("The medium said that it sanitised itself, and nothing was found anywhere on it that this does not leave.");
}

/* A blanking by itself is worth nothing by any standard, whatever conditions hold; one that leaves the data where they are is not even begun with. */
static bool decide_blanked(const struct cw_replay *r, struct cw_verdict *v)
{
	const struct cw_native *n = r->native.native;
	if (!n || (!n->leaves_nothing && !n->leaves_data) || (r->plan.n_passes && !n->leaves_data))
		return false;
	if (n->leaves_data)
		decide(v, CW_NOT_SANITISED, CW_EXIT_INCONCLUSIVE, n->leaves_data);
	else
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE,
		       N_("The drive blanked the disc and gives no block of it any more; no level may be claimed for that: destroy it physically."));
	return true;
}

static void decide_finished(const struct cw_replay *r, uint32_t level, struct cw_verdict *v)
{
	if (decide_blanked(r, v))
		return;
	if (level < CW_LEVEL_CLEAR) {
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, cw_replay_no_level(v));
		return;
	}
	v->level = level;
	if (r->native.native) {
		decide(v, CW_SANITISED, CW_EXIT_DONE, native_reason(r));
		return;
	}
	if (cw_plan_destroys_only_keys(&r->plan)) {
		decide(v, CW_SANITISED, CW_EXIT_DONE,
		       N_("The places where the keys of the encrypted volumes stood were overwritten, read back and are equal; everything else was left on the medium."));
		return;
	}
	decide(v, CW_SANITISED, CW_EXIT_DONE,
	       cw_plan_is_sampled(&r->plan) ? N_("Every planned byte was written; what was sampled was read back and is equal.") :
					      N_("Every planned byte was written, read back and is equal."));
}

/* Whatever else there is to say: the next one who wants to use the medium, or to go on with it, must know. */
static void tell_left_locked(const struct cw_replay *r, struct cw_verdict *v)
{
	if (v->outcome != CW_SANITISED && cw_replay_left_locked(r))
		cw_strlcpy(v->reason, r->native.native->left_locked, sizeof(v->reason));
}

static void verdict_of_wipe(const struct cw_journal_text *t, struct cw_verdict *out)
{
	struct cw_replay r;
	*out = (struct cw_verdict){ .outcome = CW_INCONCLUSIVE, .level = CW_LEVEL_NONE, .exit_code = CW_EXIT_INCONCLUSIVE };
	cw_replay_run(t, &r);
	out->attempted = r.attempted;
	out->capacity = r.capacity;
	out->stopped = r.stop_line != CW_NO_LINE;
	out->laboratory = cw_replay_is_laboratory(&r);
	take_exceptions(&r, out);
	take_support(&r, out);
	uint32_t level = cw_replay_level(&r, out);
	if (!decide_untouched(&r, out) && !decide_failed(&r, out) && !decide_unfinished(&r, out))
		decide_finished(&r, level, out);
	tell_left_locked(&r, out);
	cw_replay_caveats(&r, out);
	cw_replay_clear(&r);
}

/* ---- physical destruction ---- */

struct two_steps {
	struct cw_destroyed d;
	struct cw_verdict wiped;
	bool by_wipe; /* its level counts: it is the higher one, and the destruction completes it */
};

static void take_destruction_support(const struct cw_journal_text *t, const struct two_steps *s, struct cw_verdict *v)
{
	const struct cw_job_destruction *told = &s->d.told;
	uint64_t last = json_array_size(t->lines) - 1;
	support(v, "registered", s->d.registered_line != CW_NO_LINE, s->d.registered_line, last);
	support(v, "destruction-recorded", told->recorded, told->recorded ? told->record_line : CW_NO_LINE, last);
	support(v, "witness-confirmed", s->d.two_people, told->witnessed ? told->witness_line : CW_NO_LINE, last);
	if (s->by_wipe)
		support(v, "wiped-before", true, told->wipe_lines - 1, last);
	support(v, "ended", told->ended, told->ended ? told->ended_line : CW_NO_LINE, last);
}

/* Those of a wipe and those of a destruction are different ones, so that there is room for all. */
static void add_condition(struct cw_verdict *v, const struct cw_condition *c)
{
	if (v->n_conditions < CW_CONDITIONS_MAX)
		v->conditions[v->n_conditions++] = *c;
}

static void take_destruction_conditions(const struct two_steps *s, struct cw_verdict *v)
{
	const struct cw_job_destruction *told = &s->d.told;
	for (uint32_t i = 0; s->by_wipe && i < s->wiped.n_conditions; i++)
		add_condition(v, &s->wiped.conditions[i]);
	for (uint32_t i = 0; i < s->d.judged.n; i++) {
		struct cw_condition c = { .number = s->d.judged.conditions[i].number, .satisfied = s->d.judged.conditions[i].holds,
					  .line = told->witnessed ? told->witness_line : told->record_line };
		cw_strlcpy(c.why, s->d.judged.conditions[i].why, sizeof(c.why));
		/* What destruction alone would have needed does not bear on the level of the wipe. */
		if (c.satisfied || !s->by_wipe)
			add_condition(v, &c);
	}
}

static const char *destruction_reason(const struct two_steps *s)
{
	if (s->d.told.record.method == CW_DESTROY_DEGAUSS)
		return s->by_wipe ? N_("The medium was wiped to this level and then degaussed before a witness.") :
				    N_("The medium was degaussed before a witness, with a field that it does not withstand.");
	return s->by_wipe ? N_("The medium was wiped to this level and then destroyed physically before a witness.") : N_("The medium was destroyed physically before a witness.");
}

/* Every way out that is not complete success comes before the one that is. */
static void decide_destroyed(const struct two_steps *s, struct cw_verdict *v)
{
	const struct cw_destroyed *d = &s->d;
	uint32_t level = s->by_wipe ? s->wiped.level : d->judged.level;
	if (!d->readable)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("The record of the destruction does not hang together."));
	else if (!d->told.recorded)
		decide(v, CW_NOT_SANITISED, CW_EXIT_INCONCLUSIVE, N_("The medium was to be destroyed physically, and nothing says that it was."));
	else if (!d->told.witnessed || !d->two_people)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("The destruction was recorded, and no second person has confirmed it."));
	else if (d->registered_line == CW_NO_LINE || !d->told.ended)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, N_("The record of the destruction was not brought to its end."));
	else if (level < CW_LEVEL_CLEAR)
		decide(v, CW_INCONCLUSIVE, CW_EXIT_INCONCLUSIVE, d->judged.reason);
	else {
		v->level = level;
		decide(v, CW_SANITISED, CW_EXIT_DONE, destruction_reason(s));
	}
}

static void take_steps(const struct cw_journal_text *t, struct two_steps *s)
{
	*s = (struct two_steps){ .by_wipe = false };
	cw_destroyed_read(t, &s->d);
	if (!s->d.readable || !s->d.wipe.lines)
		return;
	verdict_of_wipe(&s->d.wipe, &s->wiped);
	s->by_wipe = s->d.judged.is_second_step && s->wiped.outcome == CW_SANITISED && s->wiped.level > s->d.judged.level && !s->wiped.exceptions.n;
}

static void verdict_of_destruction(const struct cw_journal_text *t, struct cw_verdict *out)
{
	struct two_steps s;
	*out = (struct cw_verdict){ .level = CW_LEVEL_NONE };
	take_steps(t, &s);
	out->attempted = s.d.told.recorded;
	out->laboratory = cw_medium_is_laboratory(&s.d.medium);
	decide_destroyed(&s, out);
	take_destruction_support(t, &s, out);
	take_destruction_conditions(&s, out);
	cw_destroyed_caveats(&s.d, s.by_wipe ? s.wiped.caveats : NULL, out->caveats);
	cw_destroyed_clear(&s.d);
}

void cw_verdict_of(const struct cw_journal_text *t, struct cw_verdict *out)
{
	if (cw_job_is_destruction(t))
		verdict_of_destruction(t, out);
	else
		verdict_of_wipe(t, out);
}
