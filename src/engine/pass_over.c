/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left for the end of the pass.  Where requests fail for long, each costs minutes, and a dying medium may not last: all else comes first.  So the sweep
 * leaps ahead, twice as far each time that it lands badly.  Regions that it leapt over are then tried from their far end backwards: first each as far as it works,
 * for that is quick and most of what was leapt over is good; then what is left of them block by block.  Until a region was dealt with the mark stays before it.
 */
#include "sweep.h"

#include <errno.h>

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return v + (unit - v % unit) % unit;
}

/* ---- on the way forward ---- */

static struct sweep_region *last_region(struct sweep *w)
{
	return w->n_regions ? &w->regions[w->n_regions - 1] : NULL;
}

static bool goes_on_from(const struct sweep_region *r, uint64_t at_bytes)
{
	return r && r->upto_bytes == at_bytes;
}

bool sweep_may_pass_over(const struct sweep *w)
{
	return w->n_regions < SWEEP_REGIONS_MAX || goes_on_from(&w->regions[w->n_regions - 1], w->result->upto_bytes);
}

void sweep_pass_over(struct sweep *w, uint64_t upto_bytes)
{
	struct sweep_region *last = last_region(w);
	uint64_t from_bytes = w->result->upto_bytes;

	sweep_begin_run(w);
	if (w->over)
		return;
	if (goes_on_from(last, from_bytes))
		last->upto_bytes = upto_bytes;
	else
		w->regions[w->n_regions++] = (struct sweep_region){ from_bytes, upto_bytes };
	w->result->upto_bytes = upto_bytes;
	w->leaping = true;
	w->tries = 0;
}

/* The last slot of the range is tried before the range is given up. */
void sweep_leap(struct sweep *w, uint64_t upto_bytes)
{
	uint64_t at = w->result->upto_bytes, last = upto_bytes - 1 - (upto_bytes - 1) % CW_SLOT_BYTES;

	w->leap_bytes = w->leap_bytes ? 2 * w->leap_bytes : CW_SLOT_BYTES;
	if (at < last && sweep_may_pass_over(w))
		sweep_pass_over(w, w->leap_bytes < last - at ? at - at % CW_SLOT_BYTES + w->leap_bytes : last);
	w->next_bytes = w->result->upto_bytes;
}

/* ---- backwards ---- */

static int succeeded(struct sweep *w, struct sweep_region *r, uint64_t from_bytes, size_t len, struct cw_error *err)
{
	int rc = w->kind->complete(w, sweep_slot(w), from_bytes, len, err);

	if (rc)
		return rc;
	sweep_succeeded(w, from_bytes, len);
	r->upto_bytes = from_bytes;
	return 0;
}

static void failed(struct sweep *w, struct sweep_region *r, uint64_t from_bytes, size_t len, int sys_errno)
{
	switch (sweep_judge(w, len, sys_errno)) {
	case FAILURE_NARROW:
		w->chunk_bytes = (size_t)round_up(len / 2, w->physical_bytes);
		return;
	case FAILURE_BAD:
		sweep_record_bad(w, from_bytes, len);
		if (!w->over)
			r->upto_bytes = from_bytes;
		return;
	case FAILURE_PASS:
		w->passing = true;
		return;
	default:
		return;
	}
}

/* A request that was answered only in part counts for nothing: it is its end that is in question. */
static int try_far_end(struct sweep *w, struct sweep_region *r, struct cw_error *err)
{
	struct slot *s = sweep_slot(w);
	uint64_t room = r->upto_bytes - r->from_bytes;
	uint64_t from_bytes = room > w->chunk_bytes ? round_up(r->upto_bytes - w->chunk_bytes, w->physical_bytes) : r->from_bytes;
	size_t len = (size_t)(r->upto_bytes - from_bytes);
	int rc = w->kind->prepare(w, s, from_bytes, len, err);
	ssize_t n;

	if (rc)
		return rc;
	n = sweep_whole_sectors(w, sweep_transfer(w, s, from_bytes, len), len);
	if (n == (ssize_t)len)
		rc = succeeded(w, r, from_bytes, len, err);
	else
		failed(w, r, from_bytes, len, n < 0 ? (int)-n : w->kind->writes ? ENOSPC : ENODATA);
	if (!rc && !w->over)
		sweep_tell_progress(w);
	return rc;
}

/* Nothing in it was good for as long as patience lasts, but the medium is there. */
static void give_region_up(struct sweep *w, struct sweep_region *r)
{
	uint64_t len = r->upto_bytes - r->from_bytes;

	cw_extents_add(&w->result->bad, r->from_bytes, len, w->kind->fault, w->bad_errno);
	w->result->given_up_bytes += len;
	w->given_up++;
	r->upto_bytes = r->from_bytes;
}

static int work_backwards(struct sweep *w, struct sweep_region *r, struct cw_error *err)
{
	int rc = 0;

	w->region = r;
	w->chunk_bytes = CW_SLOT_BYTES;
	w->tries = 0;
	w->passing = false;
	while (!rc && sweep_goes_on(w) && !w->passing && r->upto_bytes > r->from_bytes && !sweep_should_stop(w)) {
		rc = try_far_end(w, r, err);
		if (!rc && !w->over)
			rc = sweep_checkpoint_if_due(w, err);
	}
	if (!rc && sweep_goes_on(w) && w->passing && !w->trimming)
		give_region_up(w, r);
	w->region = NULL;
	return rc;
}

static void forget_empty_regions(struct sweep *w)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < w->n_regions; i++)
		if (w->regions[i].upto_bytes > w->regions[i].from_bytes)
			w->regions[kept++] = w->regions[i];
	w->n_regions = kept;
}

/* In the order of offsets, so that the mark can follow. */
static int each_region(struct sweep *w, bool trimming, struct cw_error *err)
{
	int rc = 0;

	w->trimming = trimming;
	for (uint32_t i = 0; !rc && i < w->n_regions && sweep_goes_on(w); i++)
		rc = work_backwards(w, &w->regions[i], err);
	w->trimming = false;
	forget_empty_regions(w);
	return rc;
}

/* What erased itself may answer no read at all before it is written. */
static bool may_all_fail(const struct sweep *w)
{
	return w->sought && (w->sought->may_be & CW_LOOK_BIT(CW_LOOK_ERROR));
}

int sweep_regions(struct sweep *w, struct cw_error *err)
{
	int rc;

	if (!w->n_regions || !sweep_goes_on(w))
		return 0;
	/* Nothing worked as far as the end: then it is not these places that fail. */
	if (!sweep_answers(w) && !may_all_fail(w)) {
		sweep_give_up(w);
		return 0;
	}
	rc = each_region(w, true, err);
	return rc ? rc : each_region(w, false, err);
}

/* ---- what others are told ---- */

uint64_t sweep_passed_over_bytes(const struct sweep *w)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < w->n_regions; i++)
		sum += w->regions[i].upto_bytes - w->regions[i].from_bytes;
	return sum;
}

void sweep_settle(const struct sweep *w, struct cw_sweep_result *r)
{
	r->furthest_bytes = r->upto_bytes;
	r->passed_over_bytes = sweep_passed_over_bytes(w);
	for (uint32_t i = 0; i < w->n_regions; i++)
		if (w->regions[i].upto_bytes > w->regions[i].from_bytes && w->regions[i].from_bytes < r->upto_bytes)
			r->upto_bytes = w->regions[i].from_bytes;
}
