/* SPDX-License-Identifier: Apache-2.0 */
/* The broker and media that do not answer: noticed by the silence of their executors, told to the front, and held against nobody else. */
#include <time.h>

#include "internal.h"

#define SILENT_S 30
#define AGAIN_MS 10000 /* a front that was slow may have missed it */

uint64_t cw_broker_silent_after_ms(const struct cw_policy *p)
{
	return 1000u * (uint64_t)(p->silent_after_s ? p->silent_after_s : SILENT_S);
}

/* A drive that is erasing itself and answers at its end is not one that does not answer: given up, it would be left locked. */
uint64_t cw_slot_silent_after_ms(const struct cw_slot *s)
{
	const struct cw_technique *t = cw_technique_get(s->plan.technique);
	uint64_t least_ms = cw_broker_silent_after_ms(&s->policy);

	if (!t || !t->native || !t->native->submit_within)
		return least_ms;
	return least_ms + 1000u * cw_native_limit_seconds(t->native, s->plan.size_bytes, s->capabilities.features[t->native->feature].expected_seconds);
}

void cw_broker_note(const struct cw_broker *b, uint32_t slot, enum cw_note kind, uint64_t quiet_ms)
{
	const struct cw_msg_note m = { .slot = slot, .kind = kind, .since_unix_s = (uint64_t)time(NULL) - quiet_ms / 1000u };
	struct cw_error ignored = { 0 };

	/* A front that has gone is noticed where it is listened to. */
	if (b->front >= 0 && cw_msg_send(b->front, CW_MSG_NOTE, &m, false, &ignored))
		return;
}

void cw_broker_heard(struct cw_broker *b, uint32_t slot)
{
	struct cw_slot *s = &b->slots[slot];

	if (s->silent)
		cw_broker_note(b, slot, CW_NOTE_ANSWERS, 0);
	s->silent = false;
	s->heard_ms = cw_monotonic_ms();
}

static void notice_silence(struct cw_broker *b, uint32_t slot, uint64_t now)
{
	struct cw_slot *s = &b->slots[slot];
	uint64_t quiet = now - s->heard_ms;

	if (quiet < cw_slot_silent_after_ms(s) || (s->silent && now - s->told_ms < AGAIN_MS))
		return;
	s->silent = true;
	s->told_ms = now;
	cw_broker_note(b, slot, CW_NOTE_SILENT, quiet);
}

bool cw_broker_listen(struct cw_broker *b, uint32_t slot)
{
	struct cw_slot *s = &b->slots[slot];
	uint64_t now = cw_monotonic_ms();

	/* The others that talk wake us up far more often than there is anything to see. */
	if (now - s->looked_ms < CW_LISTEN_MS)
		return false;
	s->looked_ms = now;
	notice_silence(b, slot, now);
	return cw_broker_is_abandoned(s);
}

bool cw_broker_is_abandoned(const struct cw_slot *s)
{
	struct cw_beat beat;

	return cw_beat_read(s->beat_fd, &beat) && beat.abandoned;
}
