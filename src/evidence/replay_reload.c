/* SPDX-License-Identifier: Apache-2.0 */
/* What a journal shows of a disc that went out of its drive and in again: who moved it, and that the kernel found it anew. */
#include "replay.h"

#include <string.h>

bool cw_replay_is_reloading(const struct cw_replay *r)
{
	return r->step && r->plan.steps[r->step - 1].kind == CW_STEP_RELOAD;
}

static bool is_under_way(const struct cw_replay *r, const json_t *line)
{
	return cw_replay_is_reloading(r) && r->steps[r->step].open && cw_json_u64(line, "step", 0) == r->step;
}

void cw_replay_on_reload_command(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	if (!is_under_way(r, line))
		cw_replay_breach(r, seq, N_("The journal tells of a command to the medium outside of the step for it."));
	r->end_identity_line = CW_NO_LINE;
}

void cw_replay_on_reload(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	if (!is_under_way(r, line)) {
		cw_replay_breach(r, seq, N_("The journal tells of work on a step that was not under way."));
		return;
	}
	r->tray = strcmp(cw_json_str(line, "trayBy", ""), cw_tray_name(CW_TRAY_DRIVE)) == 0 ? CW_TRAY_DRIVE : CW_TRAY_PERSON;
}

void cw_replay_on_reload_end(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	struct cw_step_record *s = &r->steps[r->step];
	bool done = strcmp(cw_json_str(line, "end", ""), "done") == 0;
	if (!is_under_way(r, line)) {
		cw_replay_breach(r, seq, N_("The journal tells of work on a step that was not under way."));
		return;
	}
	if (done && r->tray == CW_TRAY_NONE)
		cw_replay_breach(r, seq, N_("A step was not carried out as the plan says."));
	s->open = false;
	s->end_line = seq;
	s->done = done;
	/* Only a disc that was attached anew was out; and who it is is asked again. */
	r->replugged = false;
	r->end_identity_line = CW_NO_LINE;
}

bool cw_replay_reloaded(const struct cw_replay *r)
{
	return r->tray != CW_TRAY_NONE && r->replugged;
}
