/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a failed request means.  An error that passes must not become a bad block, so a block is tried again, the first of a run of them after pauses, too; a bad
 * block must not look like a medium that is gone, and the other way round, so after many failures in a row the medium is asked for what it gave last.
 */
#include "sweep.h"

#include <time.h>

#define BAD_BLOCKS_MAX 256u /* so many in a row raise doubts, too: a slot may have only eight of them, or a thousand */
#define PASS_OVER_MS 3000u
/*
 * On a medium that hangs the kernel retries each command for minutes before it fails, so counting would take weeks.  Narrowing a drive's single bad block down
 * costs a dozen such failures at the worst.
 */
#define PATIENCE_MS (30u * 60u * 1000u)
#define PAUSE_MS 100u
#define PAUSE_GROWTH 3u
#define TRIES_MAX 5u           /* at once, once more, and behind pauses of 0.1, 0.3 and 0.9 s */
#define TRY_AGAIN_MS 5000u     /* a drive that takes longer than this for the tries so far has made its own */
#define SLICE_MS 50u           /* how long a stop may wait */

static uint64_t quiet_ms(const struct sweep *w)
{
	return cw_monotonic_ms() - w->good_ms;
}

/* Where patience has ended once, less is spent on the next place. */
static bool patience_is_over(const struct sweep *w)
{
	uint64_t patience_ms = w->hooks->patience_ms ? w->hooks->patience_ms : PATIENCE_MS;

	return quiet_ms(w) >= patience_ms >> (w->given_up < 16 ? w->given_up : 16);
}

static bool fails_for_long(const struct sweep *w)
{
	return quiet_ms(w) >= (w->hooks->pass_over_ms ? w->hooks->pass_over_ms : PASS_OVER_MS);
}

/* ---- is it there at all? ---- */

/* A medium that was pulled out fails like a bad one; its size is the first to tell that it is gone. */
void sweep_begin_run(struct sweep *w)
{
	if (w->failing)
		return;
	w->failing = true;
	w->run_from_bytes = w->region ? w->region->upto_bytes : w->result->upto_bytes;
	w->before_run = w->result->bad;
	sweep_check_size(w);
}

/* A write writes again what stands there already. */
bool sweep_answers(struct sweep *w)
{
	struct slot *s = sweep_slot(w);
	struct cw_error ignored;
	ssize_t n;

	if (!w->good_len || w->kind->prepare(w, s, w->good_at_bytes, w->good_len, &ignored))
		return false;
	n = sweep_transfer(w, s, w->good_at_bytes, w->good_len);
	if (sweep_whole_sectors(w, n, w->good_len) <= 0)
		return false;
	w->failing = false; /* what failed since was the place, not the medium */
	w->bad_in_a_row = w->barren_slots = 0;
	w->good_ms = cw_monotonic_ms();
	return true;
}

static void drop_regions_from(struct sweep *w, uint64_t from_bytes)
{
	while (w->n_regions && w->regions[w->n_regions - 1].from_bytes >= from_bytes)
		w->n_regions--;
	if (w->n_regions && w->regions[w->n_regions - 1].upto_bytes > from_bytes)
		w->regions[w->n_regions - 1].upto_bytes = from_bytes;
}

/* What looked like bad blocks was a medium that is not there: they were not reached, and whoever finds it again goes on before them. */
void sweep_give_up(struct sweep *w)
{
	if (w->failing) {
		w->result->bad = w->before_run;
		if (w->region) {
			w->region->upto_bytes = w->run_from_bytes;
		} else {
			w->result->upto_bytes = w->run_from_bytes;
			drop_regions_from(w, w->run_from_bytes);
		}
	}
	sweep_end(w, CW_SWEEP_LOST, w->bad_errno);
}

/* As long as nothing was ever good there is nothing to be asked for, and it may be only the beginning that is bad. */
void sweep_doubt(struct sweep *w)
{
	if (w->good_len && !sweep_answers(w)) {
		sweep_give_up(w);
		return;
	}
	w->barren_slots = 0;
	w->leaping = sweep_may_pass_over(w) && !w->region;
}

/* ---- once more ---- */

static void wait_a_while(struct sweep *w, uint64_t ms)
{
	while (ms && !sweep_should_stop(w)) {
		uint64_t slice_ms = ms < SLICE_MS ? ms : SLICE_MS;
		struct timespec t = { .tv_nsec = (long)slice_ms * 1000000 };

		nanosleep(&t, NULL);
		ms -= slice_ms;
	}
}

static uint64_t pause_ms(const struct sweep *w)
{
	uint64_t ms = w->hooks->retry_pause_ms ? w->hooks->retry_pause_ms : PAUSE_MS;

	for (unsigned i = 2; i < w->tries; i++)
		ms *= PAUSE_GROWTH;
	return ms;
}

/* Where one block is bad its neighbours often are: waiting for each would help nobody. */
static bool may_be_tried_again(struct sweep *w)
{
	uint64_t ms;

	if (++w->tries == 1) {
		w->block_ms = cw_monotonic_ms();
		return true;
	}
	ms = pause_ms(w);
	if (w->tries >= TRIES_MAX || w->bad_in_a_row || ms > w->pauses_left_ms || cw_monotonic_ms() - w->block_ms >= TRY_AGAIN_MS)
		return false;
	w->pauses_left_ms -= ms;
	wait_a_while(w, ms);
	return true;
}

/* ---- the judgement ---- */

void sweep_record_bad(struct sweep *w, uint64_t offset_bytes, size_t len)
{
	cw_extents_add(&w->result->bad, offset_bytes, len, w->kind->fault, w->bad_errno);
	w->tries = 0;
	if (++w->bad_in_a_row < BAD_BLOCKS_MAX)
		return;
	sweep_doubt(w);
	w->passing = w->leaping;
}

/* Nothing good for so long: either there is no medium any more, or this place is hopeless. */
static enum failure out_of_patience(struct sweep *w)
{
	bool may_pass = w->region || sweep_may_pass_over(w);

	if (!may_pass || !sweep_answers(w)) {
		sweep_give_up(w);
		return FAILURE_ENDS;
	}
	w->leap_bytes = w->size_bytes; /* to the end; from there it is tried backwards */
	return FAILURE_PASS;
}

enum failure sweep_judge(struct sweep *w, size_t len, int sys_errno)
{
	w->bad_errno = sys_errno;
	if (sweep_means_gone(sys_errno)) {
		sweep_give_up(w);
		return FAILURE_ENDS;
	}
	if (patience_is_over(w))
		return out_of_patience(w);
	if (w->trimming || (!w->region && sweep_may_pass_over(w) && (w->leaping || fails_for_long(w))))
		return FAILURE_PASS;
	if (len > w->physical_bytes)
		return FAILURE_NARROW;
	w->chunk_bytes = w->physical_bytes;
	if (may_be_tried_again(w))
		return w->stopped ? FAILURE_ENDS : FAILURE_AGAIN;
	sweep_begin_run(w);
	return w->over ? FAILURE_ENDS : FAILURE_BAD;
}
