/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over a medium.  Requests of a slot's size keep the transport's queue full; whatever order they are answered in, they are counted from the oldest on,
 * so that everything below upto_bytes was dealt with at any moment, but for what was passed over.  A request that fails is repeated in halves, alone, until a
 * single physical block is left, which is tried again and then recorded; each success doubles the next request again.  So one bad block costs a handful of
 * requests, and stop and checkpoints stay prompt on a dying medium.
 */
#include "sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_MS 60000u /* design section 3 */
#define BARREN_SLOTS_MAX 3u  /* so many slots without a good sector raise doubts whether there is a medium at all */
#define PAUSES_MS (2u * 60u * 1000u) /* a medium with thousands of bad blocks is not waited for at each of them */
#define LOGICAL_MIN 512u
#define LOGICAL_MAX 65536u

static uint64_t round_down(uint64_t v, uint64_t unit)
{
	return v - v % unit;
}

bool sweep_means_gone(int sys_errno)
{
	return sys_errno == ENODEV || sys_errno == ENXIO || sys_errno == ENOMEDIUM;
}

void sweep_end(struct sweep *w, enum cw_sweep_end end, int sys_errno)
{
	w->over = true;
	w->result->end = end;
	w->result->lost_errno = sys_errno;
}

/* ---- checkpoints ---- */

static int flush_medium(struct cw_transport *t)
{
	int rc;

	do
		rc = t->ops->flush(t);
	while (rc == -EINTR);
	return rc;
}

/* A medium that shrank has lost what was written to the part that is missing. */
void sweep_check_size(struct sweep *w)
{
	uint64_t now_bytes = 0;
	int rc = w->t->ops->size(w->t, &now_bytes);

	if (rc < 0)
		sweep_end(w, CW_SWEEP_LOST, -rc);
	else if (now_bytes < w->size_bytes)
		sweep_end(w, CW_SWEEP_LOST, ENOSPC);
}

static int tell_checkpoint(struct sweep *w, struct cw_error *err)
{
	struct cw_sweep_result so_far = *w->result;

	sweep_settle(w, &so_far);
	return w->hooks->checkpoint(w->hooks->user, &so_far, err);
}

int sweep_checkpoint(struct sweep *w, struct cw_error *err)
{
	int rc = w->kind->writes ? flush_medium(w->t) : 0;

	if (rc < 0) {
		sweep_end(w, sweep_means_gone(-rc) ? CW_SWEEP_LOST : CW_SWEEP_FLUSH_FAILED, -rc);
		return 0;
	}
	sweep_check_size(w);
	if (w->over)
		return 0;
	w->checkpoint_ms = cw_monotonic_ms();
	w->failing = false;
	return tell_checkpoint(w, err);
}

/* A sixth of the interval is left for the requests in flight, the flush and the fsync of the journal. */
static bool checkpoint_is_due(const struct sweep *w)
{
	uint64_t interval_ms = w->hooks->checkpoint_interval_ms ? w->hooks->checkpoint_interval_ms : CHECKPOINT_MS;

	return cw_monotonic_ms() - w->checkpoint_ms >= interval_ms - interval_ms / 6;
}

int sweep_checkpoint_if_due(struct sweep *w, struct cw_error *err)
{
	return checkpoint_is_due(w) ? sweep_checkpoint(w, err) : 0;
}

/* ---- what became of a request ---- */

static void advance(struct sweep *w, uint64_t len)
{
	w->result->upto_bytes += len;
}

void sweep_succeeded(struct sweep *w, uint64_t offset_bytes, size_t len)
{
	w->result->done_bytes += len;
	w->good_ms = cw_monotonic_ms();
	w->good_at_bytes = offset_bytes;
	w->good_len = len;
	w->slot_has_good = true;
	w->failing = w->leaping = false;
	w->leap_bytes = w->bad_in_a_row = w->tries = 0;
	w->chunk_bytes = 2 * w->chunk_bytes < CW_SLOT_BYTES ? 2 * w->chunk_bytes : CW_SLOT_BYTES;
}

static int request_succeeded(struct sweep *w, const struct slot *s, size_t len, struct cw_error *err)
{
	int rc = w->kind->complete(w, s, w->result->upto_bytes, len, err);

	if (rc)
		return rc;
	sweep_succeeded(w, w->result->upto_bytes, len);
	advance(w, len);
	return 0;
}

static void request_failed(struct sweep *w, size_t len, int sys_errno)
{
	switch (sweep_judge(w, len, sys_errno)) {
	case FAILURE_NARROW:
		w->chunk_bytes = (size_t)round_down(len / 2 + w->physical_bytes - 1, w->physical_bytes);
		return;
	case FAILURE_BAD:
		sweep_record_bad(w, w->result->upto_bytes, len);
		if (!w->over)
			advance(w, len);
		return;
	case FAILURE_PASS:
		w->passing = true;
		return;
	default:
		return;
	}
}

ssize_t sweep_whole_sectors(const struct sweep *w, ssize_t answer, size_t len)
{
	if (answer < 0)
		return answer;
	if ((size_t)answer > len)
		return -EIO;
	answer -= answer % (ssize_t)w->logical_bytes;
	/* Nothing at all where the medium should go on is a failure, too. */
	return answer ? answer : -(w->kind->writes ? ENOSPC : ENODATA);
}

void sweep_tell_progress(struct sweep *w)
{
	if (w->hooks->progress)
		w->hooks->progress(w->hooks->user, w->result->upto_bytes - sweep_passed_over_bytes(w));
}

/* What became of the request for the len bytes behind upto_bytes. */
static int count_answer(struct sweep *w, const struct slot *s, size_t len, ssize_t answer, struct cw_error *err)
{
	ssize_t n = sweep_whole_sectors(w, answer, len);
	int rc = 0;

	if (n > 0)
		rc = request_succeeded(w, s, (size_t)n, err);
	else
		request_failed(w, len, (int)-n);
	if (!rc && !w->over)
		sweep_tell_progress(w);
	return rc;
}

/* ---- one request alone ---- */

ssize_t sweep_transfer(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len)
{
	const struct cw_transport_ops *ops = w->t->ops;
	ssize_t n;

	do
		n = w->kind->writes ? ops->write(w->t, s->held.buf, len, offset_bytes) : ops->read(w->t, s->held.buf, len, offset_bytes);
	while (n == -EINTR);
	return n;
}

/* Requests end at borders of physical blocks, because writing a part of a bad block fails where the whole would heal it.  A chunk is never smaller. */
static size_t request_len(const struct sweep *w, uint64_t upto_bytes)
{
	uint64_t at = w->result->upto_bytes;
	uint64_t end = round_down(at + w->chunk_bytes, w->physical_bytes);

	return (size_t)((end < upto_bytes ? end : upto_bytes) - at);
}

static int request(struct sweep *w, struct slot *s, uint64_t upto_bytes, struct cw_error *err)
{
	uint64_t at = w->result->upto_bytes;
	size_t len = request_len(w, upto_bytes);
	int rc = w->kind->prepare(w, s, at, len, err);

	return rc ? rc : count_answer(w, s, len, sweep_transfer(w, s, at, len), err);
}

/* ---- the queue ---- */

static int queue_failed(int sys_errno, struct cw_error *err)
{
	return cw_fail(err, CW_E_FAILED, sys_errno, NULL, _("Resume the job."), _("The kernel takes no more requests for the medium, or does not answer them."));
}

static struct slot *slot_in_turn(struct sweep *w, uint32_t turn)
{
	uint32_t i = w->oldest + turn, n = w->queue->n_slots;

	return &w->slots[i < n ? i : i - n];
}

struct slot *sweep_slot(struct sweep *w)
{
	return slot_in_turn(w, 0);
}

/* Slots lie at multiples of their size, also after a resume from anywhere. */
static int submit_next(struct sweep *w, uint64_t upto_bytes, struct cw_error *err)
{
	struct slot *s = slot_in_turn(w, w->in_flight);
	uint64_t end = round_down(w->next_bytes, CW_SLOT_BYTES) + CW_SLOT_BYTES;
	int rc;

	s->from_bytes = w->next_bytes;
	s->len = (size_t)((end < upto_bytes ? end : upto_bytes) - s->from_bytes);
	s->answered = false;
	rc = w->kind->prepare(w, s, s->from_bytes, s->len, err);
	if (rc)
		return rc;
	rc = w->queue->ops->submit(w->queue, (uint32_t)(s - w->slots), w->kind->writes, s->held.buf, s->len, s->from_bytes);
	if (rc)
		return queue_failed(-rc, err);
	w->in_flight++;
	w->next_bytes += s->len;
	return 0;
}

static int submit_all(struct sweep *w, uint64_t upto_bytes, struct cw_error *err)
{
	int rc = 0;

	while (!rc && w->in_flight < w->queue->n_slots && w->next_bytes < upto_bytes)
		rc = submit_next(w, upto_bytes, err);
	return rc;
}

static int wait_for(struct sweep *w, const struct slot *s, struct cw_error *err)
{
	while (!s->answered) {
		uint32_t answered;
		ssize_t answer;
		int rc = w->queue->ops->reap(w->queue, &answered, &answer);

		if (rc)
			return queue_failed(-rc, err);
		w->slots[answered].answered = true;
		w->slots[answered].answer = answer;
	}
	return 0;
}

/* Nothing moves any more; who was answered still waits for its turn. */
static int wait_for_all(struct sweep *w, struct cw_error *err)
{
	int rc = 0;

	for (uint32_t turn = 0; turn < w->in_flight && !rc; turn++)
		rc = wait_for(w, slot_in_turn(w, turn), err);
	return rc;
}

/* ---- slots and ranges ---- */

static void slot_ended(struct sweep *w)
{
	w->barren_slots = w->slot_has_good || w->passing ? 0 : w->barren_slots + 1;
	w->slot_has_good = w->passing = false;
	if (w->barren_slots >= BARREN_SLOTS_MAX)
		sweep_doubt(w);
}

bool sweep_goes_on(const struct sweep *w)
{
	return !w->over && !w->stopped;
}

static bool asks_to_stop(const struct sweep *w)
{
	return w->hooks->stop && w->hooks->stop(w->hooks->user);
}

bool sweep_should_stop(struct sweep *w)
{
	w->stopped = w->stopped || asks_to_stop(w);
	return w->stopped;
}

/* What is left of a slot whose request was refused or cut short. */
static int narrow_down(struct sweep *w, struct slot *s, uint64_t end_bytes, struct cw_error *err)
{
	int rc = wait_for_all(w, err);

	/* Before anything is sent again: it would go to the next disc, too. */
	if (!rc)
		sweep_check_size(w);
	if (!rc && !w->over)
		rc = sweep_checkpoint_if_due(w, err);
	while (!rc && sweep_goes_on(w) && !w->passing && w->result->upto_bytes < end_bytes && !sweep_should_stop(w)) {
		rc = request(w, s, end_bytes, err);
		if (!rc && !w->over)
			rc = sweep_checkpoint_if_due(w, err);
	}
	if (!rc && sweep_goes_on(w) && w->passing)
		sweep_pass_over(w, end_bytes);
	return rc;
}

/* Counts the oldest request. */
static int retire(struct sweep *w, struct cw_error *err)
{
	struct slot *s = slot_in_turn(w, 0);
	uint64_t end_bytes = s->from_bytes + s->len;
	int rc = wait_for(w, s, err);

	if (!rc)
		rc = count_answer(w, s, s->len, s->answer, err);
	if (!rc && !w->over && w->result->upto_bytes < end_bytes)
		rc = narrow_down(w, s, end_bytes, err);
	if (rc || !sweep_goes_on(w))
		return rc;
	slot_ended(w);
	w->oldest = (uint32_t)(slot_in_turn(w, 1) - w->slots);
	w->in_flight--;
	return 0;
}

/* In doubt one request goes ahead alone. */
static int submit(struct sweep *w, uint64_t upto_bytes, struct cw_error *err)
{
	if (!w->leaping)
		return submit_all(w, upto_bytes, err);
	if (w->in_flight)
		return 0;
	sweep_leap(w, upto_bytes);
	return w->over ? 0 : submit_next(w, upto_bytes, err);
}

/* What needs an empty queue. */
static bool wants_a_break(const struct sweep *w)
{
	return checkpoint_is_due(w) || w->next_bytes >= w->spot_at_bytes;
}

static int take_a_break(struct sweep *w, struct cw_error *err)
{
	int rc = sweep_checkpoint_if_due(w, err);

	return rc || w->over ? rc : spot_go_on(w, err);
}

/* Before a stop, a checkpoint or a leap the queue runs empty.  Between two checkpoints something is done, however long they take. */
static int turn(struct sweep *w, uint64_t upto_bytes, struct cw_error *err)
{
	bool stop = asks_to_stop(w), pause = stop || (w->in_flight && wants_a_break(w));
	int rc = pause ? 0 : submit(w, upto_bytes, err);

	if (rc || w->over)
		return rc;
	if (!w->in_flight) {
		w->stopped = true;
		return 0;
	}
	rc = retire(w, err);
	return rc || !sweep_goes_on(w) || w->in_flight ? rc : take_a_break(w, err);
}

int sweep_range(struct sweep *w, uint64_t from_bytes, uint64_t upto_bytes, struct cw_error *err)
{
	struct cw_error ignored;
	int rc = 0, idle;

	w->result->upto_bytes = w->next_bytes = from_bytes;
	while (!rc && sweep_goes_on(w) && w->result->upto_bytes < upto_bytes)
		rc = turn(w, upto_bytes, err);
	/* What was answered and not counted is not claimed; but it must not move bytes that somebody else uses by now. */
	idle = wait_for_all(w, rc ? &ignored : err);
	w->in_flight = 0;
	return rc ? rc : idle;
}

/* ---- begin and end ---- */

static bool is_power_of_two(uint32_t v)
{
	return v && !(v & (v - 1));
}

static int take_geometry(struct sweep *w, uint64_t from_bytes, struct cw_error *err)
{
	uint32_t logical = w->t->logical_bytes, physical = w->t->physical_bytes;

	if (!is_power_of_two(logical) || logical < LOGICAL_MIN || logical > LOGICAL_MAX)
		return cw_fail(err, CW_E_SECTOR_SIZE, 0, NULL, _("The medium needs a format by its own command first."),
			       _("The medium has sectors of %u bytes; a power of two from %u to %u is needed."), logical, LOGICAL_MIN, LOGICAL_MAX);
	if (from_bytes > w->size_bytes || from_bytes % logical)
		return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("The medium cannot be worked on from byte %llu: it has %llu bytes in sectors of %u."),
			       (unsigned long long)from_bytes, (unsigned long long)w->size_bytes, logical);
	w->logical_bytes = logical;
	/* A nonsensical physical block only costs precision of the bad ranges. */
	w->physical_bytes = is_power_of_two(physical) && physical >= logical && physical <= CW_SLOT_BYTES ? physical : logical;
	return 0;
}

static int take_queue(struct sweep *w, struct cw_error *err)
{
	int rc = w->t->queue ? 0 : cw_queue_threads_new(w->t, 1, 0, &w->own_queue, err);

	if (rc)
		return rc;
	w->queue = w->t->queue ? w->t->queue : w->own_queue;
	/* A read that leaves part of a slot untouched must not show what happened to be in memory: that may be what was written there. */
	memset(w->queue->memory, 0, (size_t)w->queue->n_slots * CW_SLOT_BYTES);
	return 0;
}

/* A pattern that repeats within a slot looks the same in all of them: it is laid down once, and every write shares it. */
static int lay_out_slots(struct sweep *w, struct cw_error *err)
{
	const struct cw_stream *s = cw_stream_get(w->stream);
	bool shared = w->kind->writes && s->kind == CW_STREAM_PATTERN && CW_SLOT_BYTES % s->pattern_len == 0;
	struct cw_window first = { .buf = w->queue->memory };
	int rc = shared ? cw_window_fill(&first, w->stream, 0, CW_SLOT_BYTES, err) : 0;

	for (uint32_t i = 0; i < w->queue->n_slots; i++) {
		w->slots[i].held = first;
		if (!shared)
			w->slots[i].held.buf += (size_t)i * CW_SLOT_BYTES;
	}
	return rc;
}

static int allocate(struct sweep *w, const struct cw_stream *s, struct cw_error *err)
{
	int rc = cw_stream_new(s, &w->stream, err);

	if (!rc)
		rc = take_queue(w, err);
	if (!rc)
		rc = lay_out_slots(w, err);
	if (rc || w->kind->writes)
		return rc;
	w->expected.buf = malloc(w->logical_bytes > CW_COMPARE_BYTES ? w->logical_bytes : CW_COMPARE_BYTES);
	return w->expected.buf ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
}

int sweep_begin(struct sweep *w, const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes,
		const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	int rc;

	*w = (struct sweep){ .kind = kind, .t = t, .hooks = hooks, .result = result, .size_bytes = size_bytes, .chunk_bytes = CW_SLOT_BYTES,
			     .pauses_left_ms = PAUSES_MS, .spot_at_bytes = UINT64_MAX };
	memset(result, 0, sizeof(*result));
	result->end = CW_SWEEP_HOOK_FAILED; /* until it is known better: no early return may look like success */
	result->from_bytes = result->upto_bytes = from_bytes;
	rc = take_geometry(w, from_bytes, err);
	if (!rc)
		rc = allocate(w, s, err);
	if (rc)
		return rc;
	w->checkpoint_ms = w->good_ms = cw_monotonic_ms();
	sweep_check_size(w);
	if (!kind->writes)
		t->ops->drop_caches(t); /* what is compared must come from the medium, not from our memory */
	return 0;
}

int sweep_finish(struct sweep *w, struct cw_error *err)
{
	int rc;

	if (w->over)
		return 0;
	rc = sweep_checkpoint(w, err);
	if (rc || w->over)
		return rc;
	w->result->end = w->stopped ? CW_SWEEP_STOPPED : CW_SWEEP_DONE;
	return 0;
}

/* However it ended: nobody may take where it was for how far everything was dealt with. */
void sweep_clear(struct sweep *w)
{
	sweep_settle(w, w->result);
	cw_stream_free(w->stream);
	cw_queue_free(w->own_queue);
	EVP_CIPHER_CTX_free(w->cipher);
	spot_free(w->spot);
	free(w->expected.buf);
}

/* What is left behind the last whole sector cannot be reached: an exception, never a success. */
static void record_fraction(struct sweep *w, uint64_t whole_bytes)
{
	cw_extents_add(&w->result->bad, whole_bytes, w->size_bytes - whole_bytes, w->kind->fault, EINVAL);
	w->result->upto_bytes = w->size_bytes;
}

int sweep_whole(const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes,
		const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	__attribute__((cleanup(sweep_clear))) struct sweep w;
	int rc = sweep_begin(&w, kind, t, s, from_bytes, size_bytes, hooks, result, err);

	if (!rc)
		rc = spot_begin(&w, from_bytes, err);
	if (!rc) {
		uint64_t whole_bytes = round_down(size_bytes, w.logical_bytes);

		rc = sweep_range(&w, from_bytes, whole_bytes, err);
		if (!rc)
			rc = sweep_regions(&w, err);
		if (!rc && sweep_goes_on(&w))
			record_fraction(&w, whole_bytes);
	}
	return rc ? rc : sweep_finish(&w, err);
}
