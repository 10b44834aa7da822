/* SPDX-License-Identifier: Apache-2.0 */
/* Which authorised media begin now, and which wait because the policy lets only so many run at once. */
#include <dirent.h>
#include <string.h>

#include "internal.h"

#define AGAIN_MS 10000 /* a front that was slow may have missed it */

/* One that does not answer takes nobody's place: it may stay so for ever. */
static bool takes_a_place(const struct cw_broker *b, const char *job)
{
	struct cw_beat beat;
	CW_AUTO_FD int beat_fd = cw_beat_open(b->state.journals, job);

	return cw_beat_read(beat_fd, &beat) && !cw_beat_is_silent(&beat) && cw_broker_job_runs(b, job);
}

/* Of this station, whoever began them: those with a beat. */
static uint32_t count_running(const struct cw_broker *b)
{
	struct dirent **names = NULL;
	uint32_t running = 0;
	int n = scandirat(b->state.journals, ".", &names, NULL, NULL);

	for (int i = 0; i < n; i++) {
		char *dot = strrchr(names[i]->d_name, '.');

		if (dot && !strcmp(dot, CW_BEAT_SUFFIX)) {
			*dot = 0;
			running += takes_a_place(b, names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
	return running;
}

static void keep_waiting(struct cw_broker *b, uint32_t slot, enum cw_note kind)
{
	struct cw_slot *s = &b->slots[slot];
	uint64_t now = cw_monotonic_ms();

	if (s->told_ms && now - s->told_ms < AGAIN_MS)
		return;
	s->told_ms = now;
	cw_broker_note(b, slot, kind, 0);
}

/* 1: it is held again; 0: not yet; negative: it cannot be had, and the slot is done. */
static int await_return(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error why = { 0 };
	int back = s->tray ? cw_broker_is_reloaded(b, s, &why) : cw_broker_is_replugged(b, s, &why);

	if (!back && cw_broker_waited_in_vain(b, s)) {
		cw_broker_settle(b, slot, result);
		return CW_E_STOPPED;
	}
	if (!back && (!s->tray || cw_broker_needs_hand(s)))
		keep_waiting(b, slot, s->tray ? CW_NOTE_RELOAD : CW_NOTE_REPLUG);
	if (back < 0)
		cw_broker_done(b, slot, &why, result);
	return back;
}

/* A medium that was pulled out after it was confirmed is refused: its job never begins. */
static int start(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error why = { 0 };

	if (s->replug_due) {
		int back = await_return(b, slot, result);

		if (back <= 0)
			return back;
	}
	if (!s->resumed && cw_broker_compare_held(&s->medium, s->medium_fd, &why)) {
		cw_broker_refuse(b, s, &why, result);
		return why.code;
	}
	if (!cw_broker_start_slot(b, slot, &why))
		return 0;
	cw_broker_done(b, slot, &why, result);
	return why.code;
}

static bool has_room(const struct cw_broker *b, const struct cw_slot *s)
{
	return !s->policy.at_once || count_running(b) < s->policy.at_once;
}

bool cw_broker_start_next(struct cw_broker *b, uint32_t *slot, struct cw_msg_result *result)
{
	bool room = true; /* counted anew only as long as there was some: all of a call follow one policy */

	for (; *slot < b->n_slots; ++*slot) {
		if (b->slots[*slot].state != CW_SLOT_AUTHORISED)
			continue;
		room = room && has_room(b, &b->slots[*slot]);
		if (!room)
			keep_waiting(b, *slot, CW_NOTE_WAITING);
		else if (start(b, *slot, result))
			return true;
	}
	b->queued_ms = cw_monotonic_ms();
	return false;
}

void cw_broker_stop_waiting(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error why = { 0 };

	if (s->replug_due) {
		cw_broker_settle(b, slot, result);
		return;
	}
	cw_fail(&why, CW_E_STOPPED, 0, s->medium.node, NULL, _("%s was stopped while it waited for its turn; nothing was done to it."), s->medium.node);
	/* A refusal would end the job that was to be gone on with. */
	if (s->resumed)
		cw_broker_done(b, slot, &why, result);
	else
		cw_broker_refuse(b, s, &why, result);
}

bool cw_broker_queue_is_due(const struct cw_broker *b)
{
	return cw_broker_waits(b) && (!b->queued_ms || cw_monotonic_ms() - b->queued_ms >= CW_LISTEN_MS);
}

bool cw_broker_waits(const struct cw_broker *b)
{
	for (uint32_t i = 0; i < b->n_slots; i++)
		if (b->slots[i].state == CW_SLOT_AUTHORISED)
			return true;
	return false;
}
