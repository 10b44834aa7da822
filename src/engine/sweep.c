/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over a medium.  A request that fails is repeated in halves until a single physical block is left, which is tried once more and then
 * recorded and passed over; each success doubles the next request again.  So one bad block costs a handful of requests, everything below
 * upto_bytes was tried at any moment, and stop and checkpoints stay prompt on a dying medium.
 */
#include "sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_MS 60000u /* design section 3 */
#define BARREN_SLOTS_MAX 3u  /* a medium that fails this many slots whole is gone, whatever errno it gives */
/*
 * On a medium that hangs the kernel retries each command for minutes before it fails, so counting slots would take weeks.  Narrowing a drive's single bad
 * block down costs a dozen such failures at the worst.
 */
#define PATIENCE_MS (30u * 60u * 1000u)
#define LOGICAL_MIN 512u
#define LOGICAL_MAX 65536u

static uint64_t round_down(uint64_t v, uint64_t unit)
{
	return v - v % unit;
}

static bool means_gone(int sys_errno)
{
	return sys_errno == ENODEV || sys_errno == ENXIO || sys_errno == ENOMEDIUM;
}

static void end_by_medium(struct sweep *w, enum cw_sweep_end end, int sys_errno)
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
static void check_size(struct sweep *w)
{
	uint64_t now_bytes = 0;
	int rc = w->t->ops->size(w->t, &now_bytes);

	if (rc < 0)
		end_by_medium(w, CW_SWEEP_LOST, -rc);
	else if (now_bytes < w->size_bytes)
		end_by_medium(w, CW_SWEEP_LOST, ENOSPC);
}

static int checkpoint(struct sweep *w, struct cw_error *err)
{
	int rc = w->kind->writes ? flush_medium(w->t) : 0;

	if (rc < 0) {
		end_by_medium(w, means_gone(-rc) ? CW_SWEEP_LOST : CW_SWEEP_FLUSH_FAILED, -rc);
		return 0;
	}
	check_size(w);
	if (w->over)
		return 0;
	w->checkpoint_ms = cw_monotonic_ms();
	w->failing = false;
	return w->hooks->checkpoint(w->hooks->user, w->result, err);
}

/* A sixth of the interval is left for the request in flight, the flush and the fsync of the journal. */
static bool checkpoint_is_due(const struct sweep *w)
{
	uint64_t interval_ms = w->hooks->checkpoint_interval_ms ? w->hooks->checkpoint_interval_ms : CHECKPOINT_MS;

	return cw_monotonic_ms() - w->checkpoint_ms >= interval_ms - interval_ms / 6;
}

/* ---- one request ---- */

static void advance(struct sweep *w, uint64_t len)
{
	w->result->upto_bytes += len;
	w->retried = false;
}

static int request_succeeded(struct sweep *w, size_t len, struct cw_error *err)
{
	int rc = w->kind->complete(w, w->result->upto_bytes, len, err);

	if (rc)
		return rc;
	w->result->done_bytes += len;
	w->slot_has_good = true;
	w->failing = false;
	w->good_ms = cw_monotonic_ms();
	w->chunk_bytes = 2 * w->chunk_bytes < CW_SLOT_BYTES ? 2 * w->chunk_bytes : CW_SLOT_BYTES;
	advance(w, len);
	return 0;
}

/* A medium that was pulled out fails like a bad one; its size is the first to tell that it is gone. */
static void begin_run(struct sweep *w)
{
	if (w->failing)
		return;
	w->failing = true;
	w->run_from_bytes = w->result->upto_bytes;
	w->before_run = w->result->bad;
	check_size(w);
}

/* What looked like bad blocks was a medium that is not there: they were not reached, and whoever finds it again goes on before them. */
static void give_up(struct sweep *w, int sys_errno)
{
	if (w->failing) {
		w->result->bad = w->before_run;
		w->result->upto_bytes = w->run_from_bytes;
	}
	end_by_medium(w, CW_SWEEP_LOST, sys_errno);
}

static bool patience_is_over(const struct sweep *w)
{
	return cw_monotonic_ms() - w->good_ms >= (w->hooks->patience_ms ? w->hooks->patience_ms : PATIENCE_MS);
}

static void request_failed(struct sweep *w, size_t len, int sys_errno)
{
	if (means_gone(sys_errno)) {
		end_by_medium(w, CW_SWEEP_LOST, sys_errno);
		return;
	}
	if (patience_is_over(w)) {
		give_up(w, sys_errno);
		return;
	}
	if (len > w->physical_bytes) {
		w->chunk_bytes = (size_t)round_down(len / 2 + w->physical_bytes - 1, w->physical_bytes);
		return;
	}
	w->chunk_bytes = w->physical_bytes;
	if (!w->retried) {
		w->retried = true;
		return;
	}
	begin_run(w);
	if (w->over)
		return;
	cw_extents_add(&w->result->bad, w->result->upto_bytes, len, w->kind->fault, sys_errno);
	w->bad_errno = sys_errno;
	advance(w, len);
}

/* Whole sectors that were transferred, or -errno.  Nothing at all where the medium should go on is a failure, too. */
static ssize_t transfer(struct sweep *w, uint64_t offset_bytes, size_t len)
{
	ssize_t n;

	do
		n = w->kind->transfer(w, offset_bytes, len);
	while (n == -EINTR);
	if (n < 0)
		return n;
	if ((size_t)n > len)
		return -EIO;
	n -= n % (ssize_t)w->logical_bytes;
	return n ? n : -(w->kind->writes ? ENOSPC : ENODATA);
}

/* Requests end at borders of physical blocks, because writing a part of a bad block fails where the whole would heal it.  A chunk is never smaller. */
static size_t request_len(const struct sweep *w, uint64_t upto_bytes)
{
	uint64_t at = w->result->upto_bytes;
	uint64_t end = round_down(at + w->chunk_bytes, w->physical_bytes);

	return (size_t)((end < upto_bytes ? end : upto_bytes) - at);
}

static int request(struct sweep *w, uint64_t upto_bytes, struct cw_error *err)
{
	uint64_t at = w->result->upto_bytes;
	size_t len = request_len(w, upto_bytes);
	int rc = w->kind->prepare(w, at, len, err);
	ssize_t n;

	if (rc)
		return rc;
	n = transfer(w, at, len);
	if (n > 0)
		return request_succeeded(w, (size_t)n, err);
	request_failed(w, len, (int)-n);
	return 0;
}

/* ---- slots and ranges ---- */

static void slot_ended(struct sweep *w)
{
	w->barren_slots = w->slot_has_good ? 0 : w->barren_slots + 1;
	w->slot_has_good = false;
	if (w->barren_slots >= BARREN_SLOTS_MAX)
		give_up(w, w->bad_errno);
}

static bool should_stop(const struct sweep *w)
{
	return w->hooks->stop && w->hooks->stop(w->hooks->user);
}

/* One slot, from where the sweep stands up to upto_bytes.  *stopped: the operator wants out; everything below upto_bytes of the result was tried. */
static int sweep_slot(struct sweep *w, uint64_t upto_bytes, bool *stopped, struct cw_error *err)
{
	while (w->result->upto_bytes < upto_bytes) {
		int rc;

		*stopped = should_stop(w);
		if (*stopped)
			return 0;
		rc = request(w, upto_bytes, err);
		if (rc || w->over)
			return rc;
		if (w->hooks->progress)
			w->hooks->progress(w->hooks->user, w->result->upto_bytes);
		if (checkpoint_is_due(w)) {
			rc = checkpoint(w, err);
			if (rc || w->over)
				return rc;
		}
	}
	slot_ended(w);
	return 0;
}

int sweep_range(struct sweep *w, uint64_t from_bytes, uint64_t upto_bytes, bool *go_on, struct cw_error *err)
{
	bool stopped = false;

	w->result->upto_bytes = from_bytes;
	while (!w->over && !stopped && w->result->upto_bytes < upto_bytes) {
		/* Slots lie at multiples of their size, also after a resume from anywhere. */
		uint64_t slot_end = round_down(w->result->upto_bytes, CW_SLOT_BYTES) + CW_SLOT_BYTES;
		int rc = sweep_slot(w, slot_end < upto_bytes ? slot_end : upto_bytes, &stopped, err);

		if (rc)
			return rc;
	}
	*go_on = !w->over && !stopped;
	return 0;
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

static int allocate(struct sweep *w, const struct cw_stream *s, struct cw_error *err)
{
	size_t step = w->logical_bytes > CW_STEP_BYTES ? w->logical_bytes : CW_STEP_BYTES;
	uint8_t *expected;

	w->slot = aligned_alloc(CW_IO_ALIGN, CW_SLOT_BYTES);
	expected = w->kind->writes ? w->slot : malloc(step);
	w->expected.buf = expected;
	if (!w->slot || !expected)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	/* A read that leaves part of the slot untouched must not show what happened to be in memory. */
	memset(w->slot, 0, CW_SLOT_BYTES);
	return cw_stream_new(s, &w->stream, err);
}

int sweep_begin(struct sweep *w, const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes,
		const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	int rc;

	*w = (struct sweep){ .kind = kind, .t = t, .hooks = hooks, .result = result, .size_bytes = size_bytes, .chunk_bytes = CW_SLOT_BYTES };
	memset(result, 0, sizeof(*result));
	result->end = CW_SWEEP_HOOK_FAILED; /* until it is known better: no early return may look like success */
	result->from_bytes = result->upto_bytes = from_bytes;
	rc = take_geometry(w, from_bytes, err);
	if (!rc)
		rc = allocate(w, s, err);
	if (rc)
		return rc;
	w->checkpoint_ms = w->good_ms = cw_monotonic_ms();
	check_size(w);
	if (!kind->writes)
		t->ops->drop_caches(t); /* what is compared must come from the medium, not from our memory */
	return 0;
}

int sweep_finish(struct sweep *w, enum cw_sweep_end end, struct cw_error *err)
{
	int rc;

	if (w->over)
		return 0;
	rc = checkpoint(w, err);
	if (rc || w->over)
		return rc;
	w->result->end = end;
	return 0;
}

void sweep_clear(struct sweep *w)
{
	cw_stream_free(w->stream);
	if (w->expected.buf != w->slot)
		free(w->expected.buf);
	free(w->slot);
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
	bool go_on = false;
	int rc = sweep_begin(&w, kind, t, s, from_bytes, size_bytes, hooks, result, err);

	if (!rc) {
		uint64_t whole_bytes = round_down(size_bytes, w.logical_bytes);

		rc = sweep_range(&w, from_bytes, whole_bytes, &go_on, err);
		if (!rc && go_on)
			record_fraction(&w, whole_bytes);
	}
	return rc ? rc : sweep_finish(&w, go_on ? CW_SWEEP_DONE : CW_SWEEP_STOPPED, err);
}
