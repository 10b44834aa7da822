/* SPDX-License-Identifier: Apache-2.0 */
/* What a journal shows of a hidden area that was opened: by the drive's own answers, decoded again from their bytes. */
#include "replay.h"

#include <string.h>

void cw_replay_open_begin(struct cw_replay *r)
{
	struct cw_medium whole;
	struct cw_error err = {0};
	if (!r->plan.shown_bytes)
		return;
	cw_plan_opened(&r->plan, &r->medium, &whole);
	if (cw_identity_digest(&whole, r->opening.identity_sha256, &err) < 0)
		cw_replay_breach(r, 0, N_("Plan or medium in the journal cannot be read."));
}

bool cw_replay_is_opening(const struct cw_replay *r)
{
	return r->step && r->plan.steps[r->step - 1].kind == CW_STEP_OPEN;
}

/* While it is being opened nobody can say which of the two it is. */
bool cw_replay_is_subject(const struct cw_replay *r, const json_t *line)
{
	const char *digest = cw_json_str(line, "identitySha256", "");
	bool is_whole = r->opening.identity_sha256[0] && strcmp(digest, r->opening.identity_sha256) == 0;
	return is_whole || (!r->opening.done && strcmp(digest, r->identity_sha256) == 0);
}

void cw_replay_on_open(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	uint8_t room[CW_HEARD_DATA_MAX];
	struct cw_area_seen seen;
	struct cw_heard h;
	struct cw_error ignored = {0};
	if (!r->steps[r->step].open || cw_json_u64(line, "step", 0) != r->step) {
		cw_replay_breach(r, seq, N_("The journal tells of a command to the medium outside of the step for it."));
		return;
	}
	r->end_identity_line = CW_NO_LINE;
	if (cw_heard_of_json(line, room, sizeof(room), &h, &ignored) < 0)
		return;
	cw_area_read(&h, &seen);
	if (!seen.shown_bytes)
		return;
	r->opening.shown_bytes = seen.shown_bytes;
	r->opening.shown_line = seq;
}

void cw_replay_on_open_end(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_step_record *s = &r->steps[r->step];
	bool done = strcmp(cw_json_str(line, "end", ""), "done") == 0, shows_all = r->opening.shown_bytes == r->plan.size_bytes;
	if (!s->open || cw_json_u64(line, "step", 0) != r->step) {
		cw_replay_breach(r, seq, N_("The journal tells of work on a step that was not under way."));
		return;
	}
	if (done && !shows_all)
		cw_replay_breach(r, seq, N_("The journal says that the hidden area was opened, and the answers of the drive do not."));
	s->open = false;
	s->end_line = seq;
	s->done = r->opening.done = done && shows_all;
	/* It has another size now: who it is is asked again, before anything else. */
	r->identity_current = false;
	r->end_identity_line = CW_NO_LINE;
}
