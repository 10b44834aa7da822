/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include <string.h>


/* Where a claim could not be made whatever follows.  The first one is the reason that people read. */
void cw_replay_breach(struct cw_replay *r, uint64_t line, const char *why)
{
	if (r->breach)
		return;
	r->breach = why;
	r->breach_line = line;
}

static void breach(struct cw_replay *r, uint64_t line, const char *why)
{
	cw_replay_breach(r, line, why);
}

static bool same(const json_t *line, const char *key, const char *expected)
{
	const char *found = cw_json_str(line, key, NULL);
	return found && expected[0] && strcmp(found, expected) == 0;
}

/* Missing or foreign numbers become one that no rule below accepts. */
static uint64_t number(const json_t *line, const char *key)
{
	return cw_json_u64(line, key, UINT64_MAX);
}

/* ---- line 0: plan and medium ---- */

static void take_attachment(struct cw_replay *r, const json_t *attachment, const char *boot_id)
{
	uint64_t diskseq = number(attachment, "diskseq");
	r->replugged = r->replugged || diskseq != r->diskseq || strcmp(boot_id, r->boot_id) != 0;
	cw_strlcpy(r->node, cw_json_str(attachment, "node", ""), sizeof(r->node));
	r->diskseq = diskseq;
	r->boot_id = boot_id;
}

/* Where keys stood, if anywhere; then passes 1, 2, 3 ... each written once, whole, and read back before the next is written; the last one must be read back. */
static bool plan_is_sound(const struct cw_plan *p)
{
	uint32_t written = 0, read = 0, open = p->shown_bytes != 0, keys = cw_keys_steps(p), first = open + keys;
	if (open != cw_plan_has(p, CW_STEP_OPEN) || (open && p->steps[0].kind != CW_STEP_OPEN) || keys == UINT32_MAX)
		return false;
	if (cw_plan_destroys_only_keys(p))
		return keys && !open && p->n_steps == keys && !p->n_passes;
	if (cw_plan_has(p, CW_STEP_NATIVE))
		return !keys && cw_native_plan_is_sound(p);
	for (uint32_t i = first; i < p->n_steps; i++) {
		const struct cw_plan_step *s = &p->steps[i];
		if (s->kind == CW_STEP_RELOAD) {
			if (i == first || s[-1].kind != CW_STEP_WRITE)
				return false;
			continue;
		}
		if (s->kind == CW_STEP_WRITE ? s->pass != written + 1 : s->pass != written || !written)
			return false;
		if (s->kind == CW_STEP_WRITE)
			written++;
		else
			read = s->pass;
	}
	return written && written == p->n_passes && read == written;
}

/* What the medium was as large as when it was authorised. */
static uint64_t authorised_bytes(const struct cw_plan *p)
{
	return cw_plan_resizes(p) ? p->recorded_bytes : p->shown_bytes ? p->shown_bytes : p->size_bytes;
}

static void check_plan(struct cw_replay *r, const json_t *line)
{
	const struct cw_plan *p = &r->plan;
	const json_t *policy = json_object_get(line, "policy");
	if (!same(line, "planSha256", r->plan_sha256))
		breach(r, 0, N_("The digest in the journal is not that of the plan beside it."));
	if (strcmp(p->identity_sha256, r->identity_sha256) != 0)
		breach(r, 0, N_("The plan was made for another medium than the one that the journal describes."));
	if (authorised_bytes(p) != r->medium.size_bytes || p->logical_bytes != r->medium.logical_bytes || p->class_ != r->medium.class_)
		breach(r, 0, N_("The plan is for another size or kind of medium than the one that the journal describes."));
	if (!same(policy, "id", p->policy) || !same(policy, "sha256", p->policy_sha256))
		breach(r, 0, N_("The plan was made under another policy than the journal names."));
	if (!plan_is_sound(p))
		breach(r, 0, N_("The plan does not read back what it writes."));
}

static uint64_t bytes_of(const struct cw_plan *p, uint32_t kind)
{
	return cw_plan_step_bytes(p, kind);
}

static void on_job(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_error err = {0};
	if (seq) {
		breach(r, seq, N_("The journal holds a second job."));
		return;
	}
	take_attachment(r, json_object_get(line, "attachment"), cw_json_str(json_object_get(line, "host"), "bootId", ""));
	r->readable = cw_job_plan(r->text, &r->plan, &err) == 0 && cw_job_medium(r->text, &r->medium, &err) == 0 &&
		      cw_json_digest(json_object_get(line, "plan"), r->plan_sha256, &err) == 0 &&
		      cw_identity_digest(&r->medium, r->identity_sha256, &err) == 0;
	if (r->readable) {
		check_plan(r, line);
		cw_replay_native_begin(r);
		cw_replay_open_begin(r);
		cw_replay_keys_begin(r, line);
		r->sample_bytes = cw_plan_is_sampled(&r->plan) ? bytes_of(&r->plan, CW_STEP_SAMPLE) : 0;
		r->marks_bytes = cw_plan_has(&r->plan, CW_STEP_MARK) ? bytes_of(&r->plan, CW_STEP_MARK) : 0;
		if (cw_class_is_in_sequence(r->plan.class_) && r->plan.n_passes)
			r->marks_bytes = r->plan.size_bytes;
	} else {
		breach(r, 0, N_("Plan or medium in the journal cannot be read."));
	}
}

/* ---- permission ---- */

static void on_authorised(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	if (same(line, "planSha256", r->plan_sha256) && same(line, "identitySha256", r->identity_sha256))
		r->authorised_line = seq;
	else
		breach(r, seq, N_("What was authorised is another plan or another medium."));
}

static void on_refused(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	(void)line;
	if (r->attempted)
		breach(r, seq, N_("A refusal stands behind a write in the journal."));
	r->refused_line = seq;
}

static void on_registered(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	if (same(line, "kind", "started") && cw_json_u64(line, "size", 0))
		r->registered_line = seq;
	else
		breach(r, seq, N_("The start was not entered in the register as it should be."));
}

/* Every pass must be one that anybody can regenerate from this line. */
static void on_stream(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_job_secrets secrets;
	struct cw_stream stream;
	struct cw_error err = {0};
	bool present = false;
	bool ok = r->readable && r->stream_line == CW_NO_LINE && same(line, "cipher", "AES-256-CTR") &&
		  cw_job_secrets_of(r->text, &secrets, &present, &err) == 0 && present;
	for (uint32_t pass = 1; ok && pass <= r->plan.n_passes; pass++)
		ok = cw_job_stream(&r->plan, pass, &secrets, &stream, &err) == 0;
	if (ok)
		r->stream_line = seq;
	else
		breach(r, seq, N_("What was to be written cannot be regenerated from the journal."));
}

static void on_identity(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	bool match = cw_json_bool(line, "match", false) && cw_replay_is_subject(r, line) && same(line, "node", r->node) &&
		     number(line, "diskseq") == r->diskseq;
	if (!match)
		breach(r, seq, N_("The medium was not the one that was authorised when it was compared."));
	if (same(line, "phase", "end")) {
		r->end_identity_line = match ? seq : CW_NO_LINE;
	} else {
		r->identity_line = seq;
		r->identity_current = match;
	}
}

/* ---- work ---- */

static void check_permission(struct cw_replay *r, uint64_t seq)
{
	if (r->refused_line != CW_NO_LINE)
		breach(r, seq, N_("The job went on although it had been refused."));
	if (r->authorised_line == CW_NO_LINE)
		breach(r, seq, N_("The job began without authorisation."));
	if (r->registered_line == CW_NO_LINE)
		breach(r, seq, N_("The job began before its start was entered in the register."));
	if (r->stream_line == CW_NO_LINE)
		breach(r, seq, N_("The job began before the journal said what would be written."));
	if (!r->identity_current)
		breach(r, seq, N_("The job began or went on without comparing the medium with the authorised one."));
}

/* The same step again only behind a resumption, the next only behind a finished one: none is skipped, none is repeated. */
static void check_order(struct cw_replay *r, uint64_t step, uint64_t from, uint64_t seq)
{
	const struct cw_step_record *now = &r->steps[r->step];
	bool again = step == r->step, next = step == (uint64_t)r->step + 1;
	if (r->resumed.pending ? r->resumed.step != step || r->resumed.from_bytes != from : again)
		breach(r, seq, N_("A step was begun again, or elsewhere than the resumption says."));
	if (!again && !(next && (r->step == 0 || now->done)))
		breach(r, seq, N_("A step was skipped, or begun before the one before it had finished."));
	if (now->open)
		breach(r, seq, N_("A step was begun while another was under way."));
	if (from > (again ? now->watermark_bytes : 0))
		breach(r, seq, N_("A step began behind a range that nothing shows as done."));
}

/* Nothing is to be read from a cache. */
static void check_returned(struct cw_replay *r, uint32_t step, uint64_t seq)
{
	const struct cw_plan_step *planned = &r->plan.steps[step - 1];
	if (planned->kind == CW_STEP_WRITE) {
		r->replugged = false;
		r->tray = CW_TRAY_NONE;
		return;
	}
	if (r->plan.replug && !r->replugged && !cw_step_is_of_keys(planned->kind))
		breach(r, seq, N_("The medium was read back without having been unplugged since it was written, as the plan asks."));
	if (step > 1 && planned[-1].kind == CW_STEP_RELOAD && !cw_replay_reloaded(r))
		breach(r, seq, N_("The disc was read back without having been out of the drive since it was written, as the plan asks."));
}

static void on_intent(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	uint64_t step = number(line, "step"), from = number(line, "fromBytes");
	r->attempted = r->attempted || same(line, "do", "write") || same(line, "do", "mark") || same(line, "do", "native") || same(line, "do", "keys");
	r->end_identity_line = CW_NO_LINE;
	check_permission(r, seq);
	if (!step || step > r->plan.n_steps) {
		breach(r, seq, N_("The journal tells of a step that the plan does not have."));
		return;
	}
	const struct cw_plan_step *planned = &r->plan.steps[step - 1];
	if (!same(line, "do", cw_step_name(planned->kind)) || cw_json_u64(line, "pass", 0) != planned->pass || number(line, "sizeBytes") != r->plan.size_bytes)
		breach(r, seq, N_("A step was not carried out as the plan says."));
	check_order(r, step, from, seq);
	check_returned(r, (uint32_t)step, seq);
	r->resumed.pending = false;
	r->step = (uint32_t)step;
	struct cw_step_record *s = &r->steps[step];
	if (!s->attempts++)
		s->first_line = seq;
	s->intent_line = seq;
	s->end_line = s->look_line = CW_NO_LINE;
	s->from_bytes = s->upto_bytes = s->furthest_bytes = from;
	s->passed_over_bytes = 0;
	s->done_bytes = s->bad_bytes = s->mismatch_bytes = 0;
	s->open = true;
	s->done = false;
}

/* What a step on windows covers in all; 0: it covers the medium. */
static uint64_t window_bytes(const struct cw_replay *r, uint32_t kind)
{
	switch (kind) {
	case CW_STEP_SAMPLE:
	case CW_STEP_LOOK_SAMPLE:
		return r->sample_bytes;
	case CW_STEP_MARK:
	case CW_STEP_MARK_CHECK:
	case CW_STEP_LOOK_MARKS:
		return r->marks_bytes;
	case CW_STEP_KEYS:
	case CW_STEP_KEYS_CHECK:
		return bytes_of(&r->plan, kind);
	default:
		return 0;
	}
}

/* A sample reads its windows only; it tells of all of them at its end. */
static bool counts_add_up(const struct cw_replay *r, const struct cw_step_record *s, uint64_t upto, uint64_t done)
{
	uint64_t windows = window_bytes(r, r->plan.steps[r->step - 1].kind);
	if (!windows)
		return done == s->furthest_bytes - s->passed_over_bytes - s->from_bytes;
	if (upto == r->plan.size_bytes)
		return done == windows;
	/* The last place of a key is seldom the end of the medium. */
	return cw_step_is_of_keys(r->plan.steps[r->step - 1].kind) ? done <= windows : done < windows;
}

static void note_faults(struct cw_replay *r, struct cw_step_record *s, uint64_t seq)
{
	bool looks = cw_step_looks(r->plan.steps[r->step - 1].kind);
	if (s->mismatch_bytes && looks && r->native.left_line == CW_NO_LINE)
		r->native.left_line = seq;
	if (s->mismatch_bytes && r->mismatch_line == CW_NO_LINE)
		r->mismatch_line = seq;
	if (s->bad_bytes && r->fault_line == CW_NO_LINE)
		r->fault_line = seq;
	s->faulty = s->faulty || s->bad_bytes || s->mismatch_bytes;
}

/* Where nothing was passed over, it came as far as its mark.  False when the numbers cannot be true. */
static bool take_passed_over(const struct cw_replay *r, const json_t *line, struct cw_step_record *s, uint64_t upto)
{
	s->passed_over_bytes = cw_json_u64(line, "passedOverBytes", 0);
	s->furthest_bytes = s->passed_over_bytes ? number(line, "furthestBytes") : upto;
	return s->furthest_bytes <= r->plan.size_bytes && s->furthest_bytes >= upto && s->passed_over_bytes <= s->furthest_bytes - upto;
}

/* What checkpoint and step-end have in common: how far the attempt came, and whether its numbers can be true. */
static struct cw_step_record *take_counts(struct cw_replay *r, const json_t *line, const char *upto_key, uint64_t seq)
{
	struct cw_step_record *s = &r->steps[r->step];
	uint64_t upto = number(line, upto_key), done = number(line, "doneBytes"), bad = number(line, "badBytes"), mismatch = number(line, "mismatchBytes");
	if (!s->open || number(line, "step") != r->step) {
		breach(r, seq, N_("The journal tells of work on a step that was not under way."));
		r->mismatch_line = mismatch && r->mismatch_line == CW_NO_LINE ? seq : r->mismatch_line;
		return NULL;
	}
	bool ahead = take_passed_over(r, line, s, upto);
	if (upto < s->upto_bytes || !ahead || done < s->done_bytes || bad < s->bad_bytes || mismatch < s->mismatch_bytes)
		breach(r, seq, N_("The journal's byte counts run backwards or beyond the medium."));
	else if (!bad && !mismatch && !counts_add_up(r, s, upto, done))
		breach(r, seq, N_("The journal's byte counts do not add up."));
	r->end_identity_line = CW_NO_LINE; /* what was compared before is not what the work left behind */
	s->upto_bytes = upto > s->upto_bytes ? upto : s->upto_bytes;
	s->furthest_bytes = s->furthest_bytes > s->upto_bytes ? s->furthest_bytes : s->upto_bytes;
	s->done_bytes = done;
	s->bad_bytes = bad;
	s->mismatch_bytes = mismatch;
	note_faults(r, s, seq);
	return s;
}

static void on_checkpoint(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_step_record *s = take_counts(r, line, "watermarkBytes", seq);
	if (s)
		s->watermark_bytes = s->upto_bytes;
}

static uint32_t fault_of(const json_t *item)
{
	if (same(item, "fault", "mismatch"))
		return CW_FAULT_MISMATCH;
	return same(item, "fault", "read") ? CW_FAULT_READ : CW_FAULT_WRITE;
}

/* Failed bytes that no list accounts for may lie anywhere in what the attempt passed over. */
static void fault_anywhere(struct cw_replay *r, const struct cw_step_record *s, uint64_t listed_bytes)
{
	uint32_t kind = r->plan.steps[r->step - 1].kind, fault = kind == CW_STEP_WRITE || kind == CW_STEP_MARK || kind == CW_STEP_KEYS ? CW_FAULT_WRITE : CW_FAULT_READ;
	if (listed_bytes < s->bad_bytes + s->mismatch_bytes)
		cw_faults_add(&r->faults, s->from_bytes, s->furthest_bytes - s->from_bytes, s->mismatch_bytes ? CW_FAULT_MISMATCH : fault, 0);
}

static void take_bad_list(struct cw_replay *r, const struct cw_step_record *s, const json_t *line, uint64_t seq)
{
	size_t i;
	json_t *item;
	uint64_t listed = 0;
	json_array_foreach(json_object_get(line, "bad"), i, item) {
		uint64_t len = number(item, "lengthBytes");
		listed += len;
		cw_faults_add(&r->faults, number(item, "offsetBytes"), len, fault_of(item), (int32_t)(cw_json_u64(item, "errno", 0) & INT32_MAX));
	}
	if (listed && !s->faulty)
		breach(r, seq, N_("The journal lists failed ranges that its byte counts do not hold."));
	fault_anywhere(r, s, listed);
}

/* It is no reading that counts; but what it found wrong stays wrong. */
static void on_spot_check(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	const struct cw_step_record *s = &r->steps[r->step];
	struct cw_spot found;
	bool sound = cw_job_spot_of(line, &found);
	if (!s->open || number(line, "step") != r->step || r->plan.steps[r->step - 1].kind != CW_STEP_WRITE)
		breach(r, seq, N_("The journal tells of work on a step that was not under way."));
	if (!sound)
		breach(r, seq, N_("The journal's early look does not add up."));
	if (!found.n_differing)
		return;
	r->spot_line = r->spot_line == CW_NO_LINE ? seq : r->spot_line;
	for (uint32_t i = 0; i < found.n_differing; i++)
		r->other_offset = r->other_offset || found.differing[i].class == CW_MISMATCH_OTHER_OFFSET;
	if (r->breach)
		return;
	cw_spot_capacity(&found, &r->capacity);
	r->capacity_line = seq;
}

/* Only one reading of the whole medium lets anything be concluded. */
static void take_capacity(struct cw_replay *r, const struct cw_step_record *s, const struct cw_tally *t, uint64_t seq)
{
	struct cw_capacity found;
	if (r->breach || !s->done || s->from_bytes || r->plan.steps[r->step - 1].kind != CW_STEP_VERIFY)
		return;
	cw_capacity_of(t, s->done_bytes - s->mismatch_bytes, r->plan.size_bytes, &r->capacity, &found);
	r->capacity = found;
	r->capacity_line = seq;
}

/* The kinds add up to what the counts say, or one of the two is made up. */
static void take_tally(struct cw_replay *r, const struct cw_step_record *s, const json_t *line, uint64_t seq)
{
	struct cw_tally t;
	if (!json_object_get(line, "mismatches") && s->mismatch_bytes)
		return;
	cw_job_tally_of(line, &t);
	if (cw_tally_bytes(&t) == s->mismatch_bytes && s->mismatch_bytes <= s->done_bytes)
		take_capacity(r, s, &t, seq);
	else
		breach(r, seq, N_("The journal's kinds of mismatches do not add up to their number."));
}

static void on_sweep_end(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_step_record *s = take_counts(r, line, "uptoBytes", seq);
	if (!s)
		return;
	bool done = same(line, "end", "done");
	take_bad_list(r, s, line, seq);
	if (same(json_object_get(line, "firstMismatch"), "class", "other-offset"))
		r->other_offset = true;
	if (json_object_get(line, "firstMismatch") && !s->mismatch_bytes)
		breach(r, seq, N_("The journal tells of a mismatch that its byte counts do not hold."));
	/* Only a checkpoint says that something is on the medium, so the last one must stand at its end. */
	if (done && (s->upto_bytes != r->plan.size_bytes || s->watermark_bytes != r->plan.size_bytes))
		breach(r, seq, N_("A step ended as done before the end of the medium."));
	s->open = false;
	s->done = done && s->upto_bytes == r->plan.size_bytes && s->watermark_bytes == r->plan.size_bytes;
	s->end_line = seq;
	take_tally(r, s, line, seq);
	if (cw_step_looks(r->plan.steps[r->step - 1].kind))
		cw_replay_on_look_end(r, seq);
	if (same(line, "end", "flush-failed"))
		r->flush_line = seq;
	if (r->plan.steps[r->step - 1].kind == CW_STEP_WRITE || r->plan.steps[r->step - 1].kind == CW_STEP_KEYS)
		r->last_write_line = seq;
}

/* Whatever step it says that it ends. */
static void on_step_end(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	if (r->step && r->plan.steps[r->step - 1].kind == CW_STEP_NATIVE)
		cw_replay_on_native_end(r, line, seq);
	else if (cw_replay_is_opening(r))
		cw_replay_on_open_end(r, line, seq);
	else if (cw_replay_is_reloading(r))
		cw_replay_on_reload_end(r, line, seq);
	else
		on_sweep_end(r, line, seq);
}

/* ---- interruptions and the end ---- */

static void on_stopped(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	r->stop_line = seq;
	r->rule = same(line, "by", "rule") ? cw_json_str(json_object_get(line, "rule"), "name", "") : NULL;
}

static void on_lost(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	(void)line;
	r->lost_line = seq;
}

/* The attempt under way, if there is one, ended without a step-end: its checkpoints say that bytes failed, not which. */
static void abandon_attempt(struct cw_replay *r)
{
	struct cw_step_record *s = &r->steps[r->step];
	if (s->open)
		fault_anywhere(r, s, 0);
	s->open = false;
}

/* Does anything of a pass stand on the medium, wherever a job is resumed that has not one yet? */
static bool was_written(const struct cw_replay *r, const json_t *resumed)
{
	uint64_t step = number(resumed, "step");
	bool still_there = number(json_object_get(resumed, "attachment"), "diskseq") == r->diskseq && strcmp(cw_json_str(resumed, "bootId", ""), r->boot_id) == 0;
	if ((!r->native.native && !r->plan.shown_bytes) || number(resumed, "fromBytes") || (r->attempted && !still_there && cw_identity_is_weak(&r->medium)))
		return true;
	/* Where a medium sanitises itself after that, nothing of it is to be found any more. */
	bool written = false;
	for (uint32_t i = 0; i < r->plan.n_steps && i < step; i++) {
		if (i + 1 < step && (r->plan.steps[i].kind == CW_STEP_WRITE || r->plan.steps[i].kind == CW_STEP_KEYS))
			written = true;
		else if (r->plan.steps[i].kind == CW_STEP_NATIVE)
			written = false;
	}
	return written;
}

static void on_resumed(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	if (r->complete)
		breach(r, seq, N_("A job that was complete was resumed."));
	abandon_attempt(r);
	/* Step 1 writes, so from step 2 on, or behind its first byte, the medium must have shown something of ours.  One that sanitises itself has nothing left to show. */
	if ((number(line, "step") > 1 || number(line, "fromBytes")) && !cw_json_u64(line, "checkedBytes", 0) && was_written(r, line))
		breach(r, seq, N_("The job was resumed without finding its own data on the medium."));
	take_attachment(r, json_object_get(line, "attachment"), cw_json_str(line, "bootId", ""));
	cw_replay_on_native_resumed(r, line);
	r->resumed.pending = true;
	r->resumed.step = number(line, "step");
	r->resumed.from_bytes = number(line, "fromBytes");
	r->identity_current = false;
	r->rule = NULL;
	r->end_identity_line = r->stop_line = r->lost_line = r->end_line = CW_NO_LINE;
}

static void on_end(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	r->complete = same(line, "status", "complete");
	if (r->complete && r->end_identity_line == CW_NO_LINE)
		breach(r, seq, N_("The medium was not compared again at the end."));
	r->end_line = seq;
}

static void on_attested(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	(void)line;
	if (r->end_line == CW_NO_LINE && r->refused_line == CW_NO_LINE)
		breach(r, seq, N_("A document was signed before the job had ended."));
}

static void on_closed(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	(void)line;
	r->closed_line = seq;
}

static const struct {
	const char *event;
	void (*take)(struct cw_replay *r, const json_t *line, uint64_t seq);
	bool behind_end; /* may follow an `end` */
} handlers[] = {
	{ "job", on_job, false },           { "authorised", on_authorised, true }, { "refused", on_refused, true },   { "registered", on_registered, true },
	{ "stream", on_stream, false },     { "identity", on_identity, false },    { "intent", on_intent, false },    { "checkpoint", on_checkpoint, false },
	{ "spot-check", on_spot_check, false },
	{ "step-end", on_step_end, false }, { "stopped", on_stopped, false },      { "lost", on_lost, false },        { "resumed", on_resumed, true },
	{ "end", on_end, true },            { "attested", on_attested, true },     { "closed", on_closed, true },
	{ "attestation", cw_replay_on_attestation, false },                        { "look", cw_replay_on_look, false },
	{ "reload", cw_replay_on_reload, false },
	{ "command", cw_replay_on_native, false },                                 { "native", cw_replay_on_native, false },
	{ "password", cw_replay_on_password, false },                              { "health", cw_replay_on_health, true },
};

static void take_line(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(handlers); i++) {
		if (!same(line, "event", handlers[i].event))
			continue;
		if (r->end_line != CW_NO_LINE && (r->complete ? handlers[i].take != on_attested && handlers[i].take != cw_replay_on_health : !handlers[i].behind_end))
			breach(r, seq, N_("The job went on behind its end."));
		handlers[i].take(r, line, seq);
		return;
	}
	breach(r, seq, N_("The journal holds an event that this version does not know."));
}

bool cw_plan_has(const struct cw_plan *p, uint32_t kind)
{
	for (uint32_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].kind == kind)
			return true;
	return false;
}

bool cw_plan_is_sampled(const struct cw_plan *p)
{
	return cw_plan_has(p, CW_STEP_SAMPLE) || cw_plan_has(p, CW_STEP_LOOK_SAMPLE);
}

bool cw_replay_step_clean(const struct cw_replay *r, uint32_t step)
{
	const struct cw_step_record *s = &r->steps[step];
	bool whole = r->plan.steps[step - 1].kind == CW_STEP_WRITE || s->from_bytes == 0;
	return s->done && !s->faulty && whole;
}

bool cw_replay_all_clean(const struct cw_replay *r, bool writes)
{
	for (uint32_t step = 1; step <= r->plan.n_steps; step++) {
		uint32_t kind = r->plan.steps[step - 1].kind;
		bool is = writes ? kind == CW_STEP_WRITE || kind == CW_STEP_KEYS : kind == CW_STEP_VERIFY || kind == CW_STEP_SAMPLE || kind == CW_STEP_KEYS_CHECK;
		if (is && !cw_replay_step_clean(r, step))
			return false;
	}
	return r->readable;
}

static void forget_native(struct cw_native_record *n)
{
	n->announced_line = n->submitted_line = n->ended_line = n->left_line = n->attestation_line = n->password_line = n->unlocked_line = CW_NO_LINE;
}

void cw_replay_run(const struct cw_journal_text *t, struct cw_replay *out)
{
	size_t seq;
	json_t *line;
	*out = (struct cw_replay){ .text = t, .boot_id = "" };
	out->authorised_line = out->registered_line = out->stream_line = out->refused_line = out->identity_line = out->end_identity_line = CW_NO_LINE;
	out->stop_line = out->lost_line = out->closed_line = out->end_line = CW_NO_LINE;
	out->opening.shown_line = out->health_line = CW_NO_LINE;
	forget_native(&out->native);
	forget_native(&out->first);
	out->capacity_line = out->spot_line = out->mismatch_line = out->fault_line = out->last_write_line = out->flush_line = CW_NO_LINE;
	if (!json_array_size(t->lines) || !same(json_array_get(t->lines, 0), "event", "job"))
		breach(out, 0, N_("The journal does not begin with its job."));
	json_array_foreach(t->lines, seq, line)
		take_line(out, line, seq);
	abandon_attempt(out);
}

void cw_replay_clear(struct cw_replay *r)
{
	cw_faults_clear(&r->faults);
}
