/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a journal shows of a medium that sanitised itself.  The answers are decoded again from their bytes: nothing is taken from the words that the executor wrote beside them,
 * but that it was about to send a command.
 */
#include "replay.h"

#include <string.h>

static uint32_t kind_of(const struct cw_replay *r, uint32_t step)
{
	return step ? r->plan.steps[step - 1].kind : 0;
}

/* Of two the last is the one that counts; the one before it is another technique's, or a round of its own. */
void cw_replay_native_begin(struct cw_replay *r)
{
	const struct cw_technique *t = cw_technique_get(r->plan.technique), *first;
	r->native.native = t ? t->native : NULL;
	for (uint32_t step = 1; step <= r->plan.n_steps; step++) {
		if (kind_of(r, step) != CW_STEP_NATIVE)
			continue;
		r->first.step = r->native.step;
		r->native.step = step;
	}
	first = r->first.step ? cw_plan_technique(&r->plan, r->first.step) : NULL;
	r->first.native = first ? first->native : NULL;
}

const struct cw_native_record *cw_replay_native_at(const struct cw_replay *r)
{
	return r->first.native && r->step == r->first.step ? &r->first : &r->native;
}

static struct cw_native_record *record_of(struct cw_replay *r)
{
	return r->first.native && r->step == r->first.step ? &r->first : &r->native;
}

static bool are_steps(const struct cw_plan *p, const uint32_t *kinds, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (p->n_steps != n || p->steps[i].kind != kinds[i])
			return false;
	return true;
}

/* Of a disc: blanked and asked for every block; or recorded whole and read back in between, and blanked again. */
static bool blank_plan_is_sound(const struct cw_plan *p)
{
	static const uint32_t once[] = { CW_STEP_NATIVE, CW_STEP_LOOK };
	static const uint32_t twice[] = { CW_STEP_NATIVE, CW_STEP_WRITE, CW_STEP_RELOAD, CW_STEP_VERIFY, CW_STEP_NATIVE, CW_STEP_LOOK };
	return p->n_passes ? p->n_passes == 1 && are_steps(p, twice, CW_ARRAY_LEN(twice)) : are_steps(p, once, CW_ARRAY_LEN(once));
}

/* Markers, read back; the command, or the one that goes first and it; a look, or a look at the markers and a pass that is read back, or a sample. */
bool cw_native_plan_is_sound(const struct cw_plan *p)
{
	const struct cw_technique *t = cw_technique_get(p->technique);
	static const uint32_t sound[][CW_STEP_KINDS] = {
		{ CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK },
		{ CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK_MARKS, CW_STEP_LOOK_SAMPLE },
		{ CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK_MARKS, CW_STEP_WRITE, CW_STEP_VERIFY },
		{ CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK_MARKS, CW_STEP_WRITE, CW_STEP_SAMPLE },
	};
	uint32_t opening = p->shown_bytes != 0, first = p->first[0] != '\0', more = opening + first; /* opening comes before all of them */
	if (t && t->native && t->native->leaves_nothing)
		return !more && blank_plan_is_sound(p);
	if (t && t->native && t->native->leaves_data)
		return !more && !p->n_passes && p->n_steps == 1; /* nothing can come of it that is to be looked at */
	if (first && (p->n_steps <= opening + 2 || p->steps[opening + 2].kind != CW_STEP_NATIVE))
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(sound); i++) {
		uint32_t n = 0;
		while (n + more < p->n_steps && n < CW_STEP_KINDS && p->steps[n < 2 ? n + opening : n + more].kind == sound[i][n])
			n++;
		if (n + more == p->n_steps && n < CW_STEP_KINDS && !sound[i][n])
			return p->n_passes == (sound[i][4] == CW_STEP_WRITE);
	}
	return false;
}

/* ---- attestation ---- */

void cw_replay_on_attestation(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	bool whole = *cw_json_str(line, "name", "") && cw_json_bool(line, "encryptedFromFirstUse", false) && cw_json_bool(line, "noKeyCopies", false);
	if (r->authorised_line != CW_NO_LINE || r->attempted)
		cw_replay_breach(r, seq, N_("What somebody vouches for was written down only after the job had been allowed."));
	else if (whole)
		r->native.attestation_line = seq;
}

/* ---- commands ---- */

static bool is_under_way(const struct cw_replay *r, const json_t *line)
{
	const struct cw_native_record *n = cw_replay_native_at(r);
	return n->native && r->step == n->step && r->steps[r->step].open && cw_json_u64(line, "step", 0) == r->step;
}

static bool is_submission(uint32_t shows)
{
	return shows == CW_SHOWS_ACCEPTED || shows == CW_SHOWS_COMPLETED || shows == CW_SHOWS_REFUSED || shows == CW_SHOWS_PERHAPS || shows == CW_SHOWS_CARRIED;
}

static void take_command(struct cw_native_record *n, const struct cw_native_seen *seen, uint64_t seq)
{
	if (is_submission(seen->shows) && n->submitted_line == CW_NO_LINE)
		n->submitted_line = seq;
	if (n->course.state == CW_NATIVE_SUCCEEDED || n->course.state == CW_NATIVE_FAILED || n->course.state == CW_NATIVE_REFUSED)
		n->ended_line = n->ended_line == CW_NO_LINE ? seq : n->ended_line;
	else
		n->ended_line = CW_NO_LINE;
}

/* Whoever finds the medium locked must be able to unlock it. */
static void check_password(struct cw_replay *r, uint32_t shows, uint64_t seq)
{
	struct cw_native_record *n = record_of(r);
	if (shows == CW_SHOWS_QUIET && n->password_line != CW_NO_LINE)
		n->unlocked_line = seq;
	if ((shows == CW_SHOWS_ARMING || (n->native->password && is_submission(shows))) && n->password_line == CW_NO_LINE)
		cw_replay_breach(r, seq, N_("A password was set on the medium that the journal had not told of."));
}

void cw_replay_on_password(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_native_record *n = record_of(r);
	if (!is_under_way(r, line) || !n->native->password || strcmp(cw_json_str(line, "passwordText", ""), n->native->password) != 0) {
		cw_replay_breach(r, seq, N_("The journal tells of a password that is not the technique's."));
		return;
	}
	cw_job_native_line(n->native, line, &n->course);
	if (n->password_line == CW_NO_LINE)
		n->password_line = seq;
}

void cw_replay_on_native(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_native_record *n = record_of(r);
	struct cw_native_seen seen;
	uint32_t before = n->course.state;
	if (cw_replay_is_opening(r) && strcmp(cw_json_str(line, "event", ""), "command") == 0) {
		cw_replay_on_open(r, line, seq);
		return;
	}
	if (cw_replay_is_reloading(r) && strcmp(cw_json_str(line, "event", ""), "command") == 0) {
		cw_replay_on_reload_command(r, line, seq);
		return;
	}
	if (!is_under_way(r, line)) {
		cw_replay_breach(r, seq, N_("The journal tells of a command to the medium outside of the step for it."));
		return;
	}
	r->end_identity_line = CW_NO_LINE;
	cw_job_native_line(n->native, line, &n->course);
	if (before != CW_NATIVE_SENT && n->course.state == CW_NATIVE_SENT) {
		n->announced_line = seq;
		n->submitted_line = n->ended_line = CW_NO_LINE;
	}
	if (!cw_job_native_seen(n->native, line, &seen))
		return;
	n->n_commands++;
	check_password(r, seen.shows, seq);
	if (seen.left)
		n->left_as = seen.left;
	if (is_submission(seen.shows) && before != CW_NATIVE_SENT)
		cw_replay_breach(r, seq, N_("A command was sent to the medium that the journal had not announced."));
	take_command(n, &seen, seq);
}

/* It may have forgotten what it was told, and what it says from here on is looked at anew. */
void cw_replay_on_native_resumed(struct cw_replay *r, const json_t *line)
{
	struct cw_native_record *n = record_of(r);
	if (n->native && r->step == n->step && r->step && !r->steps[r->step].done)
		cw_job_native_line(n->native, line, &n->course);
}

static bool has_counts(const json_t *line)
{
	static const char *const keys[] = { "uptoBytes", "doneBytes", "badBytes", "mismatchBytes" };
	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++)
		if (cw_json_u64(line, keys[i], 1))
			return true;
	return json_array_size(json_object_get(line, "bad")) != 0;
}

void cw_replay_on_native_end(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_step_record *s = &r->steps[r->step];
	const struct cw_native_record *n = record_of(r);
	bool done = strcmp(cw_json_str(line, "end", ""), "done") == 0;
	if (!is_under_way(r, line)) {
		cw_replay_breach(r, seq, N_("The journal tells of work on a step that was not under way."));
		return;
	}
	if (has_counts(line))
		cw_replay_breach(r, seq, N_("The journal's byte counts do not add up."));
	if (done && n->course.state != CW_NATIVE_SUCCEEDED)
		cw_replay_breach(r, seq, N_("The journal says that the medium ended well, and the answers of the medium do not."));
	s->open = false;
	s->end_line = seq;
	s->done = done && n->course.state == CW_NATIVE_SUCCEEDED;
	/* Who answers after it is asked again, before anything else. */
	r->identity_current = false;
	r->end_identity_line = CW_NO_LINE;
}

/* ---- looks ---- */

void cw_replay_on_look(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_step_record *s = &r->steps[r->step];
	if (!cw_step_looks(kind_of(r, r->step)) || !s->open || cw_json_u64(line, "step", 0) != r->step || s->look_line != CW_NO_LINE) {
		cw_replay_breach(r, seq, N_("The journal tells of a look that was not under way."));
		return;
	}
	s->look_line = seq;
	cw_job_look_of(line, &s->look);
}

/* By the words, and by the answers that they were concluded from. */
static uint32_t may_be(const struct cw_replay *r)
{
	uint32_t may_leave = r->native.native ? cw_native_may_leave(r->native.native, cw_replay_words(r)) : 0;
	struct cw_capabilities c;
	if (may_leave && cw_replay_told(r, &c) && !cw_native_is_unreadable(r->native.native, &c.scsi))
		may_leave &= r->native.native->may_leave;
	return may_leave & ~(CW_LOOK_BIT(CW_LOOK_OTHER) | CW_LOOK_BIT(CW_LOOK_MARKER));
}

/* Each sector that was looked at is of one kind, and those that may not be were counted as differing. */
void cw_replay_on_look_end(struct cw_replay *r, uint64_t seq)
{
	const struct cw_step_record *s = &r->steps[r->step];
	uint64_t all = s->look_line != CW_NO_LINE ? cw_look_bytes(&s->look, ~0u) : 0;
	uint64_t wrong = s->look_line != CW_NO_LINE ? cw_look_bytes(&s->look, ~may_be(r)) : 0;
	if ((s->done && s->look_line == CW_NO_LINE) || all != s->done_bytes || wrong != s->mismatch_bytes)
		cw_replay_breach(r, seq, N_("What a look found does not add up."));
}

/* ---- what of it holds ---- */

static bool all_clean(const struct cw_replay *r, uint32_t kind)
{
	for (uint32_t step = 1; step <= r->plan.n_steps; step++)
		if (kind_of(r, step) == kind && !cw_replay_step_clean(r, step))
			return false;
	return r->readable;
}

static bool leaves_nothing(const struct cw_replay *r)
{
	return r->native.native && r->native.native->leaves_nothing;
}

/* On a disc only what was recorded between two blankings is. */
bool cw_replay_has_marks(const struct cw_replay *r)
{
	return cw_plan_has(&r->plan, CW_STEP_MARK) || (leaves_nothing(r) && r->plan.n_passes);
}

bool cw_replay_marked(const struct cw_replay *r)
{
	if (leaves_nothing(r))
		return r->plan.n_passes && all_clean(r, CW_STEP_WRITE) && all_clean(r, CW_STEP_VERIFY);
	return r->marks_bytes && all_clean(r, CW_STEP_MARK) && all_clean(r, CW_STEP_MARK_CHECK);
}

static bool succeeded(const struct cw_replay *r, const struct cw_native_record *n)
{
	return n->native && n->step && r->steps[n->step].done && n->course.state == CW_NATIVE_SUCCEEDED && n->course.accepted && n->announced_line != CW_NO_LINE &&
	       n->submitted_line != CW_NO_LINE && n->ended_line != CW_NO_LINE;
}

bool cw_replay_native_succeeded(const struct cw_replay *r)
{
	return succeeded(r, &r->native);
}

bool cw_replay_first_succeeded(const struct cw_replay *r)
{
	return !r->first.native || succeeded(r, &r->first);
}

bool cw_replay_left_locked(const struct cw_replay *r)
{
	return r->native.native && r->native.course.has_password;
}

bool cw_replay_nothing_left(const struct cw_replay *r)
{
	bool looked = false;
	for (uint32_t step = 1; step <= r->plan.n_steps; step++) {
		const struct cw_step_record *s = &r->steps[step];
		if (!cw_step_looks(kind_of(r, step)))
			continue;
		looked = true;
		if (!cw_replay_step_clean(r, step) || s->look_line == CW_NO_LINE || cw_look_bytes(&s->look, ~may_be(r)))
			return false;
	}
	return looked;
}
