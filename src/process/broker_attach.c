/* SPDX-License-Identifier: Apache-2.0 */
/* A second screen for a job that another broker, or nobody any more, looks after: it reads the job's beat, and its journal when it has ended. */
#include <string.h>
#include <time.h>

#include "internal.h"

#define AGAIN_MS 10000 /* a front that was slow may have missed it */
#define LETS_GO_MS 5000

static void forward(struct cw_broker *b, uint32_t slot, const struct cw_beat *beat)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_msg_progress m = beat->told.progress;
	struct cw_error ignored = { 0 };

	m.slot = slot;
	if (b->front < 0 || beat->told.at_ms == s->heard_ms || !m.progress.step)
		return;
	s->heard_ms = beat->told.at_ms;
	/* A front that has gone is noticed where it is listened to. */
	if (cw_msg_send(b->front, CW_MSG_PROGRESS, &m, false, &ignored))
		return;
}

static void forward_silence(struct cw_broker *b, uint32_t slot, const struct cw_beat *beat)
{
	struct cw_slot *s = &b->slots[slot];
	uint64_t now = cw_monotonic_ms();
	bool silent = cw_beat_is_silent(beat);

	if (silent ? s->silent && now - s->told_ms < AGAIN_MS : !s->silent)
		return;
	s->silent = silent;
	s->told_ms = now;
	cw_broker_note(b, slot, silent ? CW_NOTE_SILENT : CW_NOTE_ANSWERS, silent ? now - beat->told.at_ms : 0);
}

/* Given up, and its process hangs in the kernel: whoever began it has been told the same. */
static bool hangs(struct cw_slot *s, const struct cw_beat *beat)
{
	if (!beat->abandoned)
		return false;
	if (!s->abandoned_ms)
		s->abandoned_ms = cw_monotonic_ms();
	return cw_monotonic_ms() - s->abandoned_ms >= LETS_GO_MS;
}

static void tell_end(struct cw_broker *b, uint32_t slot, bool hanging, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error why = { 0 };

	memset(result, 0, sizeof *result);
	if (hanging)
		cw_broker_tell_hanging(s, &why);
	else if (cw_probe_result(s->journal_fd, result, &why))
		memset(result, 0, sizeof *result);
	if (why.code) {
		result->error = why;
		result->exit_code = cw_code_exit(why.code);
	} else if (*result->document_id) {
		cw_document_path(&b->state, result->document_id, result->path, sizeof result->path);
	}
	result->slot = slot;
	cw_strlcpy(result->node, s->medium.node, sizeof result->node);
	cw_strlcpy(result->job_id, s->job_id, sizeof result->job_id);
	cw_slot_release(s);
	s->state = CW_SLOT_DONE;
}

bool cw_broker_look(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_beat beat;
	bool running = cw_job_is_running(s->journal_fd);

	if (running && s->beat_fd < 0)
		s->beat_fd = cw_beat_open(b->state.journals, s->job_id);
	if (running && !cw_beat_read(s->beat_fd, &beat))
		return false;
	if (running && !hangs(s, &beat)) {
		forward(b, slot, &beat);
		forward_silence(b, slot, &beat);
		return false;
	}
	tell_end(b, slot, running, result);
	return true;
}
