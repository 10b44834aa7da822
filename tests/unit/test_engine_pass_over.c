/* SPDX-License-Identifier: Apache-2.0 */
/* Places where requests hang or fail for long: all else comes first, then they are tried from their far end, and no mark stands behind them before. */
#include "sim/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOT ((uint64_t)CW_SLOT_BYTES)
#define BLOCK 4096u
#define HANG_MS 12u
#define NEVER_LOOK UINT64_MAX

static const watch_sweep_fn sweeps[] = { cw_sweep_write, cw_sweep_verify };

/* ---- a sweep whose checkpoints are looked at ---- */

struct clerk {
	struct watcher w;
	const struct sim *sim;
	const struct cw_stream *s; /* NULL: a verification, whose marks say nothing of the cells */
	uint64_t bad_from_bytes, bad_upto_bytes; /* cannot hold the stream */
	uint64_t mark_bytes;
	unsigned marks_held_back;  /* checkpoints with something left for later */
};

static bool clerk_stop(void *user)
{
	struct clerk *c = user;

	return c->w.stop_after && c->w.progresses >= c->w.stop_after;
}

static void clerk_progress(void *user, uint64_t completed_bytes)
{
	struct clerk *c = user;

	watch_hooks(&c->w).progress(&c->w, completed_bytes);
}

/* What is below the mark must be there after a power cut at this very moment. */
static int clerk_checkpoint(void *user, const struct cw_sweep_result *r, struct cw_error *err)
{
	struct clerk *c = user;
	uint64_t before = r->upto_bytes < c->bad_from_bytes ? r->upto_bytes : c->bad_from_bytes;

	(void)err;
	assert_true(r->upto_bytes >= c->mark_bytes && r->upto_bytes <= r->furthest_bytes);
	assert_int_equal(r->from_bytes + r->done_bytes + r->bad.total_bytes - r->mismatch_bytes + r->passed_over_bytes, r->furthest_bytes);
	assert_int_equal(r->passed_over_bytes != 0, r->upto_bytes != r->furthest_bytes);
	c->mark_bytes = r->upto_bytes;
	c->marks_held_back += r->passed_over_bytes != 0;
	if (c->s) {
		struct sim flushed = *c->sim;

		flushed.bytes = flushed.flushed;
		assert_true(watch_holds_stream(&flushed, c->s, 0, before));
		assert_true(r->upto_bytes <= c->bad_upto_bytes || watch_holds_stream(&flushed, c->s, c->bad_upto_bytes, r->upto_bytes));
	}
	return 0;
}

static struct cw_sweep_result sweep_with(struct clerk *c, watch_sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t from, uint64_t size,
					 uint64_t patience_ms)
{
	struct cw_sweep_hooks hooks = { .user = c, .stop = clerk_stop, .progress = clerk_progress, .checkpoint = clerk_checkpoint, .checkpoint_interval_ms = 1,
					.patience_ms = patience_ms, .pass_over_ms = HANG_MS / 2, .retry_pause_ms = 1 };
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal(fn(t, s, from, size, &hooks, &r, &err), 0);
	assert_int_equal(r.passed_over_bytes != 0, r.upto_bytes != r.furthest_bytes);
	return r;
}

/* ---- order ---- */

/* Index of the last call that succeeded outside of [from, upto), and of the first inside that did. */
static void assert_all_else_came_first(const struct trace *tr, uint64_t from, uint64_t upto, char op)
{
	size_t last_outside = 0, first_inside = SIZE_MAX;
	uint64_t farthest = 0;

	for (size_t i = 0; i < tr->n; i++) {
		const struct trace_call *c = &tr->calls[i];

		if (c->op != op || c->result <= 0)
			continue;
		farthest = c->offset_bytes > farthest ? c->offset_bytes : farthest;
		if (c->offset_bytes >= from && c->offset_bytes < upto && first_inside == SIZE_MAX)
			first_inside = i;
		else if (c->offset_bytes == farthest)
			last_outside = i;
	}
	assert_true(first_inside != SIZE_MAX && first_inside > last_outside);
}

/* Within the region what succeeds comes in falling order. */
static void assert_backwards(const struct trace *tr, uint64_t from, uint64_t upto, char op)
{
	uint64_t at = upto;

	for (size_t i = 0; i < tr->n; i++) {
		const struct trace_call *c = &tr->calls[i];

		if (c->op != op || c->result <= 0 || c->offset_bytes < from || c->offset_bytes >= upto)
			continue;
		assert_true(c->offset_bytes + c->len <= at);
		at = c->offset_bytes;
	}
}

static void where_requests_hang_all_else_comes_first(void **state)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 16 * SLOT + 3 * 512, bad = 5 * SLOT + 3 * BLOCK, bad_end = bad + 6 * BLOCK;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sweeps); i++)
		for (uint32_t n_slots = 0; n_slots <= 4; n_slots += 4) {
			struct sim *sim = sim_new(size, 512, BLOCK);
			struct fault *f = fault_new(&sim->t);
			struct trace *tr = trace_new(&f->t);
			bool writes = sweeps[i] == cw_sweep_write;
			struct clerk c = { .sim = sim, .s = writes ? &s : NULL, .bad_from_bytes = bad, .bad_upto_bytes = bad_end };
			struct cw_sweep_result r;

			if (!writes)
				(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, size);
			if (n_slots)
				(void)shuffle_new(&tr->t, n_slots, 1);
			fault_add_hang(f, FAULT_ON_BOTH, bad, bad_end, HANG_MS, 0);
			r = sweep_with(&c, sweeps[i], &tr->t, &s, 0, size, 0);
			assert_int_equal(r.end, CW_SWEEP_DONE);
			assert_int_equal(r.upto_bytes, size);
			assert_int_equal(r.done_bytes, size - 6 * BLOCK);
			assert_int_equal(r.mismatch_bytes, 0);
			assert_int_equal(r.bad.n, 1);
			assert_int_equal(r.bad.at[0].offset_bytes, bad);
			assert_int_equal(r.bad.at[0].len_bytes, 6 * BLOCK);
			assert_int_equal(r.bad.at[0].sys_errno, ETIMEDOUT);
			assert_true(c.marks_held_back > 0);
			assert_int_equal(c.mark_bytes, size);
			assert_all_else_came_first(tr, 5 * SLOT, 6 * SLOT, writes ? 'w' : 'r');
			assert_backwards(tr, 5 * SLOT, 6 * SLOT, writes ? 'w' : 'r');
			if (writes)
				assert_true(watch_holds_stream(sim, &s, 0, bad) && watch_holds_old_data(sim, bad, bad_end) &&
					    watch_holds_stream(sim, &s, bad_end, size));
			cw_transport_free(&tr->t);
		}
}

/* Several places, of which some heal, on a medium with a pattern that all slots share. */
static void places_that_come_back_are_done_like_all_others(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\x55", 1), watch_pattern("\x92\x49\x24", 3), watch_keystream(1) };
	uint64_t size = 40 * SLOT + 512;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sweeps); j++) {
			struct sim *sim = sim_new(size, 512, BLOCK);
			struct fault *f = fault_new(&sim->t);
			struct clerk c = { .sim = sim, .s = sweeps[j] == cw_sweep_write ? &streams[i] : NULL, .bad_from_bytes = size, .bad_upto_bytes = size };
			struct cw_sweep_result r;

			(void)watch_sweep(cw_sweep_write, &sim->t, &streams[i], 0, sweeps[j] == cw_sweep_verify ? size : 0);
			fault_add_hang(f, FAULT_ON_BOTH, 0, 512, HANG_MS, 2);
			fault_add_hang(f, FAULT_ON_BOTH, 7 * SLOT, 9 * SLOT, HANG_MS, 2);
			fault_add_hang(f, FAULT_ON_BOTH, 20 * SLOT + 512, 26 * SLOT, HANG_MS, 3);
			fault_add_hang(f, FAULT_ON_BOTH, size - 512, size, HANG_MS, 1);
			(void)shuffle_new(&f->t, 4, 2);
			r = sweep_with(&c, sweeps[j], &f->t, &streams[i], 0, size, 0);
			assert_true(watch_claims_success(&r, 0, size));
			assert_true(watch_holds_stream(sim, &streams[i], 0, size));
			assert_true(c.marks_held_back > 0);
			cw_transport_free(&f->t);
		}
}

static void a_hang_of_the_whole_medium_that_ends_does_no_harm(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(32 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct clerk c = { .sim = sim, .s = &s, .bad_from_bytes = NEVER_LOOK, .bad_upto_bytes = NEVER_LOOK };
	struct cw_sweep_result r;

	(void)state;
	fault_add_hang(f, FAULT_ON_WRITE, 9 * SLOT, 32 * SLOT, HANG_MS, 3);
	r = sweep_with(&c, cw_sweep_write, &f->t, &s, 0, sim->size_bytes, 0);
	assert_true(watch_claims_success(&r, 0, sim->size_bytes));
	assert_true(watch_holds_stream(sim, &s, 0, sim->size_bytes));
	cw_transport_free(&f->t);
}

/* A leap lands on a wrong byte as surely as a step. */
static void what_was_passed_over_is_compared_like_all_else(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(16 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct clerk c = { .sim = sim };
	struct cw_sweep_result r;

	(void)state;
	(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, sim->size_bytes);
	fault_add_hang(f, FAULT_ON_READ, 4 * SLOT, 4 * SLOT + 512, HANG_MS, 1);
	sim->bytes[5 * SLOT - 1] ^= 1;
	sim->bytes[5 * SLOT + 700] ^= 1;
	r = sweep_with(&c, cw_sweep_verify, &f->t, &s, 0, sim->size_bytes, 0);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, sim->size_bytes);
	assert_int_equal(r.mismatch_bytes, 1024);
	assert_int_equal(r.bad.total_bytes, 1024);
	assert_true(c.marks_held_back > 0);
	cw_transport_free(&f->t);
}

/* ---- media that get worse, and slow ones ---- */

struct decay {
	struct watcher w;
	struct fault *f;
	unsigned n;
};

/* Behind each third request another block in front of it goes bad. */
static void decay_progress(void *user, uint64_t completed_bytes)
{
	struct decay *d = user;

	watch_hooks(&d->w).progress(&d->w, completed_bytes);
	if (d->w.progresses % 3 == 0 && d->n < 12)
		fault_add(d->f, FAULT_ON_BOTH, completed_bytes + 2 * SLOT + d->n * BLOCK, completed_bytes + 2 * SLOT + (d->n + 1) * BLOCK, EIO, 0), d->n++;
}

static void defects_that_grow_are_recorded_where_they_are(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(80 * SLOT, 512, BLOCK);
	struct fault *f = fault_new(&sim->t);
	struct decay d = { .f = f };
	struct cw_sweep_hooks hooks = watch_hooks(&d.w);
	struct cw_sweep_result r, again;
	struct cw_error err = { 0 };

	(void)state;
	hooks.user = &d;
	hooks.progress = decay_progress;
	hooks.stop = NULL;
	assert_int_equal(cw_sweep_write(&f->t, &s, 0, sim->size_bytes, &hooks, &r, &err), 0);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_true(r.bad.n > 4);
	for (uint32_t i = 0; i < r.bad.n; i++)
		assert_true(watch_holds_old_data(sim, r.bad.at[i].offset_bytes, r.bad.at[i].offset_bytes + r.bad.at[i].len_bytes));
	again = watch_sweep(cw_sweep_verify, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(again.mismatch_bytes, 0); /* what is old cannot be read either, and nothing else is */
	assert_int_equal(again.done_bytes + again.bad.total_bytes, sim->size_bytes);
	assert_true(again.bad.total_bytes >= r.bad.total_bytes);
	cw_transport_free(&f->t);
}

static void crawl(void *user, uint64_t completed_bytes)
{
	clerk_progress(user, completed_bytes);
	if (completed_bytes >= 5 * SLOT && completed_bytes < 9 * SLOT)
		usleep(3 * 1000 * HANG_MS);
}

/* As long as it goes on it is in no need of leaps. */
static void a_slow_place_is_waited_for(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(16 * SLOT, 512, 512);
	struct clerk c = { .sim = sim, .s = &s, .bad_from_bytes = NEVER_LOOK, .bad_upto_bytes = NEVER_LOOK };
	struct cw_sweep_hooks hooks = { .user = &c, .stop = clerk_stop, .progress = crawl, .checkpoint = clerk_checkpoint, .checkpoint_interval_ms = 1,
					.pass_over_ms = HANG_MS / 2, .retry_pause_ms = 1 };
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_sweep_write(&sim->t, &s, 0, sim->size_bytes, &hooks, &r, &err), 0);
	assert_true(watch_claims_success(&r, 0, sim->size_bytes));
	assert_int_equal(c.marks_held_back, 0);
	cw_transport_free(&sim->t);
}

/* ---- bounded time ---- */

static void half_a_dead_medium_costs_bounded_time(void **state)
{
	const uint64_t dead[][2] = { { 0, 30 * SLOT }, { 30 * SLOT, 60 * SLOT }, { 15 * SLOT, 45 * SLOT } };
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 60 * SLOT;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(dead); i++) {
		struct sim *sim = sim_new(size, 512, BLOCK);
		struct fault *f = fault_new(&sim->t);
		struct clerk c = { .sim = sim, .bad_from_bytes = NEVER_LOOK, .bad_upto_bytes = NEVER_LOOK };
		struct cw_sweep_result r;

		fault_add_hang(f, FAULT_ON_WRITE, dead[i][0], dead[i][1], HANG_MS, 0);
		r = sweep_with(&c, cw_sweep_write, &f->t, &s, 0, size, 300);
		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_int_equal(r.upto_bytes, size);
		assert_int_equal(r.done_bytes, size - 30 * SLOT);
		assert_int_equal(r.bad.total_bytes, 30 * SLOT);
		assert_true(r.given_up_bytes > 0 && r.given_up_bytes <= 30 * SLOT);
		assert_true(watch_holds_stream(sim, &s, 0, dead[i][0]) && watch_holds_old_data(sim, dead[i][0], dead[i][1]) &&
			    watch_holds_stream(sim, &s, dead[i][1], size));
		assert_true(f->requests < 150);
		cw_transport_free(&f->t);
	}
}

static void waiting_for_blocks_is_bounded(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, BLOCK);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, SLOT, SLOT + 50 * BLOCK, EIO, 0);
	r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.bad.total_bytes, 50 * BLOCK);
	assert_true(f->requests < 2 * 50 + 30); /* each is tried twice, only the first more often */
	cw_transport_free(&f->t);
}

/* ---- retries ---- */

static struct cw_sweep_result with_passing_fault(unsigned tries)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, BLOCK);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	fault_add(f, FAULT_ON_WRITE, SLOT, SLOT + 512, EIO, 7 + tries); /* 7: down to a block */
	r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.bad.total_bytes != 0, !watch_holds_stream(sim, &s, 0, sim->size_bytes));
	cw_transport_free(&f->t);
	return r;
}

static void a_fault_that_passes_is_no_bad_block(void **state)
{
	(void)state;
	for (unsigned tries = 1; tries <= 4; tries++)
		assert_int_equal(with_passing_fault(tries).bad.total_bytes, 0);
	assert_int_equal(with_passing_fault(5).bad.total_bytes, BLOCK);
}

static void a_fault_that_lasts_a_while_is_waited_for(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SLOT, 512, BLOCK);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_hooks hooks = watch_hooks(&w);
	uint64_t began_ms = cw_monotonic_ms();
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	(void)state;
	hooks.retry_pause_ms = 5;
	fault_add(f, FAULT_ON_WRITE, 0, 512, EIO, 7 + 4);
	assert_int_equal(cw_sweep_write(&f->t, &s, 0, SLOT, &hooks, &r, &err), 0);
	assert_true(watch_claims_success(&r, 0, SLOT));
	assert_true(cw_monotonic_ms() - began_ms >= 5 + 15 + 45);
	cw_transport_free(&f->t);
}

static bool stop_at_once(void *user)
{
	const uint64_t *began_ms = user;

	return cw_monotonic_ms() - *began_ms > 30;
}

static void nothing_to_tell(void *user, uint64_t completed_bytes)
{
	(void)user, (void)completed_bytes;
}

static int any_checkpoint(void *user, const struct cw_sweep_result *r, struct cw_error *err)
{
	(void)user, (void)r, (void)err;
	return 0;
}

static void a_stop_does_not_wait_for_a_pause(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SLOT, 512, BLOCK);
	struct fault *f = fault_new(&sim->t);
	uint64_t began_ms = cw_monotonic_ms();
	struct cw_sweep_hooks hooks = { .user = &began_ms, .stop = stop_at_once, .progress = nothing_to_tell, .checkpoint = any_checkpoint, .retry_pause_ms = 10000 };
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 0, 512, EIO, 0);
	assert_int_equal(cw_sweep_write(&f->t, &s, 0, SLOT, &hooks, &r, &err), 0);
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(r.upto_bytes, 0);
	assert_true(cw_monotonic_ms() - began_ms < 5000);
	cw_transport_free(&f->t);
}

/* ---- is it there at all? ---- */

static void a_bad_beginning_is_not_the_end(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(24 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 0, 5 * SLOT, EIO, 0);
	r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.bad.total_bytes, 5 * SLOT);
	assert_int_equal(r.done_bytes, 19 * SLOT);
	assert_true(watch_holds_stream(sim, &s, 5 * SLOT, sim->size_bytes));
	cw_transport_free(&f->t);
}

static void nothing_good_at_all_is_lost(void **state)
{
	const uint64_t from[] = { 0, 7 * SLOT + 512 };
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(from); i++) {
		struct sim *sim = sim_new(64 * SLOT, 512, 512);
		struct fault *f = fault_new(&sim->t);
		struct cw_sweep_result r;

		f->read_only_after_bytes = 0;
		r = watch_sweep(cw_sweep_write, &f->t, &s, from[i], sim->size_bytes);
		assert_int_equal(r.end, CW_SWEEP_LOST);
		assert_int_equal(r.lost_errno, EROFS);
		assert_int_equal(r.upto_bytes, from[i]);
		assert_int_equal(r.bad.total_bytes, 0);
		assert_int_equal(r.passed_over_bytes, 0);
		assert_true(f->requests < 700);
		cw_transport_free(&f->t);
	}
}

static void a_medium_that_dies_while_regions_wait_is_lost_before_them(void **state)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 16 * SLOT, region = 5 * SLOT;
	struct sim *sim = sim_new(size, 512, BLOCK);
	struct fault *f = fault_new(&sim->t);
	struct clerk c = { .sim = sim, .s = &s, .bad_from_bytes = region, .bad_upto_bytes = region + SLOT };
	struct cw_sweep_result r;

	(void)state;
	fault_add_hang(f, FAULT_ON_WRITE, region + BLOCK, region + 2 * BLOCK, HANG_MS, 0);
	f->read_only_after_bytes = 14 * SLOT; /* all but the region */
	r = sweep_with(&c, cw_sweep_write, &f->t, &s, 0, size, 0);
	assert_int_equal(r.end, CW_SWEEP_LOST);
	assert_int_equal(r.upto_bytes, region);
	assert_int_equal(r.furthest_bytes, size);
	assert_int_equal(r.passed_over_bytes, 2 * SLOT);
	assert_int_equal(r.done_bytes, 14 * SLOT);
	assert_int_equal(r.bad.total_bytes, 0);
	cw_transport_free(&f->t);
}

static void a_cable_pulled_while_regions_wait_is_lost_before_them(void **state)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 16 * SLOT, region = 5 * SLOT;

	(void)state;
	for (uint64_t more = 0; more < 2 * SLOT; more += SLOT / 2) {
		struct sim *sim = sim_new(size, 512, BLOCK);
		struct fault *f = fault_new(&sim->t);
		struct clerk c = { .sim = sim, .s = &s, .bad_from_bytes = region, .bad_upto_bytes = region + SLOT };
		struct cw_sweep_result r;

		fault_add_hang(f, FAULT_ON_WRITE, region + BLOCK, region + 2 * BLOCK, HANG_MS, 0);
		f->vanishes_after_bytes = 14 * SLOT + more;
		r = sweep_with(&c, cw_sweep_write, &f->t, &s, 0, size, 0);
		assert_int_equal(r.end, CW_SWEEP_LOST);
		assert_int_equal(r.upto_bytes, region);
		assert_int_equal(r.from_bytes + r.done_bytes + r.bad.total_bytes + r.passed_over_bytes, size);
		cw_transport_free(&f->t);
	}
}

/* ---- stop and go on ---- */

static void a_stop_at_any_request_can_be_resumed(void **state)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 12 * SLOT, region = 5 * SLOT;
	unsigned stopped_with_regions = 0;

	(void)state;
	for (unsigned stop_after = 1; ; stop_after++) {
		struct sim *sim = sim_new(size, 512, BLOCK);
		struct fault *f = fault_new(&sim->t);
		struct clerk c = { .w = { .stop_after = stop_after }, .sim = sim, .s = &s, .bad_from_bytes = region, .bad_upto_bytes = region + SLOT };
		struct cw_sweep_result r;
		bool done;

		(void)shuffle_new(&f->t, 4, stop_after);
		fault_add_hang(f, FAULT_ON_WRITE, region + BLOCK, region + 2 * BLOCK, HANG_MS, 9);
		r = sweep_with(&c, cw_sweep_write, &f->t, &s, 0, size, 0);
		done = r.end == CW_SWEEP_DONE;
		if (!done) {
			assert_int_equal(r.end, CW_SWEEP_STOPPED);
			assert_int_equal(c.mark_bytes, r.upto_bytes);
			stopped_with_regions += r.passed_over_bytes != 0;
			sim_power_cut(sim);
			f->n_rules = 0;
			r = watch_sweep(cw_sweep_write, &f->t, &s, r.upto_bytes, size);
			assert_true(watch_claims_success(&r, c.mark_bytes, size));
		}
		assert_true(watch_holds_stream(sim, &s, 0, size));
		cw_transport_free(&f->t);
		if (done)
			break;
	}
	assert_true(stopped_with_regions > 5);
}

/* ---- samples ---- */

static void a_sample_comes_back_to_what_it_passed_over(void **state)
{
	static const uint8_t seed[32] = { 7 };
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(64 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_hooks hooks = watch_hooks(&w);
	struct cw_sweep_result whole, r;
	struct cw_error err = { 0 };

	(void)state;
	(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, sim->size_bytes);
	assert_int_equal(cw_sweep_sample(&sim->t, &s, seed, sim->size_bytes, &hooks, &whole, &err), 0);
	fault_add_hang(f, FAULT_ON_READ, 20 * SLOT, 21 * SLOT, HANG_MS, 3);
	w = (struct watcher){ 0 };
	hooks.pass_over_ms = HANG_MS / 2;
	assert_int_equal(cw_sweep_sample(&f->t, &s, seed, sim->size_bytes, &hooks, &r, &err), 0);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.bad.total_bytes, 0);
	assert_int_equal(r.done_bytes, whole.done_bytes);
	assert_int_equal(r.upto_bytes, whole.upto_bytes);
	cw_transport_free(&f->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_requests_hang_all_else_comes_first),
		cmocka_unit_test(places_that_come_back_are_done_like_all_others),
		cmocka_unit_test(a_hang_of_the_whole_medium_that_ends_does_no_harm),
		cmocka_unit_test(what_was_passed_over_is_compared_like_all_else),
		cmocka_unit_test(defects_that_grow_are_recorded_where_they_are),
		cmocka_unit_test(a_slow_place_is_waited_for),
		cmocka_unit_test(half_a_dead_medium_costs_bounded_time),
		cmocka_unit_test(waiting_for_blocks_is_bounded),
		cmocka_unit_test(a_fault_that_passes_is_no_bad_block),
		cmocka_unit_test(a_fault_that_lasts_a_while_is_waited_for),
		cmocka_unit_test(a_stop_does_not_wait_for_a_pause),
		cmocka_unit_test(a_bad_beginning_is_not_the_end),
		cmocka_unit_test(nothing_good_at_all_is_lost),
		cmocka_unit_test(a_medium_that_dies_while_regions_wait_is_lost_before_them),
		cmocka_unit_test(a_cable_pulled_while_regions_wait_is_lost_before_them),
		cmocka_unit_test(a_stop_at_any_request_can_be_resumed),
		cmocka_unit_test(a_sample_comes_back_to_what_it_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
