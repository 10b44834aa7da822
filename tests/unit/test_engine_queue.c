/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps with many requests in flight, answered in any order: the result must be the one of a sweep that makes one request after the other. */
#include "sim/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SLOT ((uint64_t)CW_SLOT_BYTES)
#define SEEDS 4u /* 0: newest first */

static const watch_sweep_fn sweeps[] = { cw_sweep_write, cw_sweep_verify };

/* ---- order ---- */

static void answers_in_any_order_are_counted_in_the_order_of_offsets(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\x00", 1), watch_pattern("\x55\xaa", 2), watch_pattern("\x92\x49\x24", 3), watch_keystream(1), watch_complement(1) };
	const uint64_t from[] = { 0, 3 * SLOT - 512 };
	uint64_t size = 11 * SLOT + 3 * 512;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(from); j++)
			for (uint32_t seed = 0; seed < SEEDS; seed++) {
				uint32_t n_slots = seed % 2 ? 8 : 4;
				struct sim *sim = sim_new(size, 512, 4096);
				struct shuffle *sh = shuffle_new(&sim->t, n_slots, seed);
				struct cw_sweep_result r = watch_sweep(cw_sweep_write, &sim->t, &streams[i], from[j], size);

				assert_true(watch_claims_success(&r, from[j], size));
				assert_true(watch_holds_old_data(sim, 0, from[j]) && watch_holds_stream(sim, &streams[i], from[j], size));
				r = watch_sweep(cw_sweep_verify, &sim->t, &streams[i], from[j], size);
				assert_true(watch_claims_success(&r, from[j], size));
				assert_int_equal(sh->most_pending, n_slots);
				assert_true(sh->overtaken > 0);
				cw_transport_free(&sim->t);
			}
}

/* What went wrong, by bits: any set of it. */
static struct cw_transport *broken_medium(unsigned what, uint64_t size, struct sim **sim_out)
{
	struct sim *sim = sim_new(size, 512, 4096);
	struct fault *f = fault_new(&sim->t);

	if (what & 1) /* a block in the middle of a full queue */
		fault_add(f, FAULT_ON_BOTH, 2 * SLOT + 5 * 4096, 2 * SLOT + 6 * 4096, EIO, 0);
	if (what & 2) /* and in the slot behind */
		fault_add(f, FAULT_ON_BOTH, 3 * SLOT + 512, 3 * SLOT + 1024, ENODATA, 0);
	if (what & 4) /* across the border of two slots */
		fault_add(f, FAULT_ON_BOTH, 6 * SLOT - 4096, 6 * SLOT + 8192, EREMOTEIO, 0);
	if (what & 8) /* a slot and more without anything good */
		fault_add(f, FAULT_ON_BOTH, 7 * SLOT, 8 * SLOT + 512, ETIMEDOUT, 0);
	if (what & 16) /* the first and the last sector */
		fault_add(f, FAULT_ON_BOTH, 0, 1, EIO, 0), fault_add(f, FAULT_ON_BOTH, size - 1, size, EIO, 0);
	if (what & 32)
		sim->short_bytes = 200 * 512;
	if (what & 64)
		sim->drops_from_bytes = 9 * SLOT + 512;
	*sim_out = sim;
	return &f->t;
}

static struct cw_sweep_result sweep_broken(unsigned what, uint64_t size, watch_sweep_fn fn, const struct cw_stream *s, uint32_t n_slots, uint32_t seed)
{
	struct sim *sim;
	struct cw_transport *t = broken_medium(what, size, &sim);
	struct cw_sweep_result r;

	if (n_slots)
		(void)shuffle_new(t, n_slots, seed);
	if (fn == cw_sweep_verify)
		(void)watch_sweep(cw_sweep_write, t, s, 0, size);
	r = watch_sweep(fn, t, s, 0, size);
	/* Nothing skipped, nothing counted twice. */
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes + r.bad.total_bytes - r.mismatch_bytes, size);
	cw_transport_free(t);
	return r;
}

static void a_broken_medium_gives_the_same_result_as_one_request_at_a_time(void **state)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 10 * SLOT + 1024;

	const unsigned sets[] = { 1, 2, 4, 8, 16, 32, 64, 1 | 2, 2 | 8, 1 | 32 | 64, 127 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sweeps); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sets); j++) {
			struct cw_sweep_result alone = sweep_broken(sets[j], size, sweeps[i], &s, 0, 0), queued;

			for (uint32_t seed = 0; seed < 2; seed++) {
				queued = sweep_broken(sets[j], size, sweeps[i], &s, seed % 2 ? 8 : 4, seed);
				assert_memory_equal(&queued, &alone, sizeof(alone));
			}
		}
}

static void a_bad_block_in_a_full_queue_is_recorded_exactly(void **state)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 10 * SLOT, bad = 2 * SLOT + 5 * 4096;

	(void)state;
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct sim *sim;
		struct cw_transport *t = broken_medium(1, size, &sim);
		struct cw_sweep_result r;

		(void)shuffle_new(t, 4, seed);
		r = watch_sweep(cw_sweep_write, t, &s, 0, size);
		assert_int_equal(r.bad.n, 1);
		assert_int_equal(r.bad.at[0].offset_bytes, bad);
		assert_int_equal(r.bad.at[0].len_bytes, 4096);
		assert_int_equal(r.bad.at[0].sys_errno, EIO);
		assert_true(watch_holds_stream(sim, &s, 0, bad) && watch_holds_old_data(sim, bad, bad + 4096) && watch_holds_stream(sim, &s, bad + 4096, size));
		cw_transport_free(t);
	}
}

static void passing_errors_in_a_full_queue_are_healed(void **state)
{
	struct cw_stream s = watch_pattern("\x92\x49\x24", 3);

	(void)state;
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct sim *sim = sim_new(9 * SLOT, 512, 4096);
		struct fault *f = fault_new(&sim->t);
		struct cw_sweep_result r;

		(void)shuffle_new(&f->t, 4, seed);
		fault_add(f, FAULT_ON_BOTH, SLOT, SLOT + 512, EIO, 3);
		fault_add(f, FAULT_ON_BOTH, 2 * SLOT, 2 * SLOT + 512, EINTR, 40);
		fault_add(f, FAULT_ON_WRITE, 5 * SLOT, 5 * SLOT + 512, EAGAIN, 1);
		r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
		assert_true(watch_claims_success(&r, 0, sim->size_bytes));
		assert_true(watch_holds_stream(sim, &s, 0, sim->size_bytes));
		r = watch_sweep(cw_sweep_verify, &f->t, &s, 0, sim->size_bytes);
		assert_true(watch_claims_success(&r, 0, sim->size_bytes));
		cw_transport_free(&f->t);
	}
}

/* ---- lies ---- */

/* What was written may still stand in the queue's memory, at the very place where a read of the same offset would put it. */
static void a_bridge_that_moves_nothing_is_found_out(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\x00", 1), watch_pattern("\x92\x49\x24", 3), watch_keystream(1) };
	const uint64_t sizes[] = { 512, SLOT, 4 * SLOT, 9 * SLOT + 512 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sizes); j++) {
			struct sim *sim = sim_new(sizes[j], 512, 512);
			struct cw_sweep_result r;

			(void)shuffle_new(&sim->t, 4, 0);
			(void)watch_sweep(cw_sweep_write, &sim->t, &streams[i], 0, sizes[j]);
			sim->reads_fill_nothing = true;
			r = watch_sweep(cw_sweep_verify, &sim->t, &streams[i], 0, sizes[j]);
			assert_int_equal(r.end, CW_SWEEP_DONE);
			assert_int_equal(r.mismatch_bytes, sizes[j]);
			cw_transport_free(&sim->t);
		}
}

static void a_wrong_byte_is_found_wherever_it_stands(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\xff", 1), watch_keystream(1) };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (uint32_t slot = 0; slot < 6; slot++) {
			struct sim *sim = sim_new(6 * SLOT, 512, 4096);
			struct cw_sweep_result r;

			(void)shuffle_new(&sim->t, 4, slot);
			(void)watch_sweep(cw_sweep_write, &sim->t, &streams[i], 0, sim->size_bytes);
			sim->bytes[slot * SLOT + 1000 * 512 + 17] ^= 1;
			r = watch_sweep(cw_sweep_verify, &sim->t, &streams[i], 0, sim->size_bytes);
			assert_int_equal(r.mismatch_bytes, 512);
			assert_int_equal(r.first_mismatch.offset_bytes, slot * SLOT + 1000 * 512);
			cw_transport_free(&sim->t);
		}
}

/* ---- checkpoints and stop ---- */

struct clerk {
	struct watcher w;
	struct shuffle *sh;
	const struct cw_stream *s;
	unsigned submitted_at_stop;
};

static bool clerk_stop(void *user)
{
	struct clerk *c = user;
	bool stop = c->w.stop_after && c->w.progresses >= c->w.stop_after;

	if (stop && !c->submitted_at_stop)
		c->submitted_at_stop = c->sh->submitted;
	return stop;
}

static void clerk_progress(void *user, uint64_t upto_bytes)
{
	struct clerk *c = user;

	watch_hooks(&c->w).progress(&c->w, upto_bytes);
}

/* What a checkpoint tells must survive a power cut at that very moment, but for what it names bad. */
static int clerk_checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	struct clerk *c = user;

	assert_int_equal(c->sh->pending, 0);
	assert_int_equal(so_far->done_bytes + so_far->bad.total_bytes, so_far->furthest_bytes - so_far->passed_over_bytes);
	if (!so_far->bad.n) {
		struct sim flushed = *c->w.sim;

		flushed.bytes = flushed.flushed;
		assert_true(watch_holds_stream(&flushed, c->s, 0, so_far->upto_bytes));
	}
	return watch_hooks(&c->w).checkpoint(&c->w, so_far, err);
}

static struct cw_sweep_result sweep_with_clerk(struct clerk *c, struct cw_transport *t, uint64_t size)
{
	struct cw_sweep_hooks hooks = { .user = c, .stop = clerk_stop, .progress = clerk_progress, .checkpoint = clerk_checkpoint,
					.checkpoint_interval_ms = c->w.dawdle ? 1 : 0, .retry_pause_ms = 1 };
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal(cw_sweep_write(t, c->s, 0, size, &hooks, &r, &err), 0);
	return r;
}

static void a_checkpoint_waits_until_nothing_is_in_flight(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct sim *sim = sim_new(13 * SLOT, 512, 512);
		struct clerk c = { .w = { .sim = sim, .dawdle = true }, .sh = shuffle_new(&sim->t, 4, seed), .s = &s };
		struct cw_sweep_result r = sweep_with_clerk(&c, &sim->t, sim->size_bytes);

		assert_true(watch_claims_success(&r, 0, sim->size_bytes));
		assert_int_equal(c.w.checkpoints, 5); /* each queue-full takes longer than the interval: 4 + 4 + 4 + 1, and the last */
		cw_transport_free(&sim->t);
	}
}

static void a_checkpoint_in_a_broken_slot_is_true(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct sim *sim;
		struct cw_transport *t = broken_medium(1 | 2 | 4 | 8, 10 * SLOT, &sim);
		struct clerk c = { .w = { .sim = sim, .dawdle = true }, .sh = shuffle_new(t, 4, seed), .s = &s };
		struct cw_sweep_result r = sweep_with_clerk(&c, t, sim->size_bytes);

		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_int_equal(r.bad.total_bytes, 4096 + 4096 + 3 * 4096 + SLOT + 4096);
		cw_transport_free(t);
	}
}

static void a_stop_lets_only_those_in_flight_finish(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct sim *sim = sim_new(16 * SLOT, 512, 512);
		struct clerk c = { .w = { .sim = sim, .stop_after = 3 }, .sh = shuffle_new(&sim->t, 4, seed), .s = &s };
		struct cw_sweep_result r = sweep_with_clerk(&c, &sim->t, sim->size_bytes);

		assert_int_equal(r.end, CW_SWEEP_STOPPED);
		assert_int_equal(c.sh->submitted, c.submitted_at_stop);
		assert_int_equal(r.upto_bytes, c.sh->submitted * SLOT);
		assert_true(c.sh->submitted <= 3 + 4);
		assert_int_equal(c.w.checkpoint_upto, r.upto_bytes);
		sim_power_cut(sim);
		assert_true(watch_holds_stream(sim, &s, 0, r.upto_bytes) && watch_holds_old_data(sim, r.upto_bytes, sim->size_bytes));

		r = watch_sweep(cw_sweep_write, &sim->t, &s, r.upto_bytes, sim->size_bytes);
		assert_true(watch_claims_success(&r, c.w.checkpoint_upto, sim->size_bytes));
		assert_true(watch_holds_stream(sim, &s, 0, sim->size_bytes));
		cw_transport_free(&sim->t);
	}
}

static void a_stop_is_prompt_while_everything_in_flight_fails(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(8 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct clerk c = { .w = { .sim = sim, .stop_after = 30 }, .sh = shuffle_new(&f->t, 4, 1), .s = &s };
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 0, 8 * SLOT, EIO, 0);
	r = sweep_with_clerk(&c, &f->t, sim->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(f->requests, 4 + 29); /* those in flight, and one after the other for the first of them */
	assert_int_equal(r.bad.total_bytes, r.upto_bytes);
	cw_transport_free(&f->t);
}

/* ---- the end of the medium, and ours ---- */

static void a_medium_pulled_with_requests_in_flight_is_lost(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sweeps); i++)
		for (uint32_t seed = 0; seed < SEEDS; seed++) {
			struct sim *sim = sim_new(12 * SLOT, 512, 512);
			struct fault *f = fault_new(&sim->t);
			struct shuffle *sh = shuffle_new(&f->t, 4, seed);
			struct watcher w = { 0 };
			struct cw_sweep_result r;

			if (sweeps[i] == cw_sweep_verify)
				(void)watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
			f->vanishes_after_bytes = f->moved_bytes + 5 * SLOT;
			r = watch_sweep_by(sweeps[i], &f->t, &s, sim->size_bytes, &w, 0);
			assert_int_equal(r.end, CW_SWEEP_LOST);
			assert_int_equal(r.lost_errno, ENODEV);
			assert_int_equal(w.checkpoints, 0);
			assert_int_equal(sh->pending, 0);
			assert_int_equal(r.bad.total_bytes, 0);
			/* Only what was counted is claimed, and nothing that was answered out of turn. */
			assert_int_equal(r.done_bytes, r.upto_bytes);
			assert_true(r.upto_bytes <= 5 * SLOT && r.upto_bytes % SLOT == 0);
			assert_true(watch_holds_stream(sim, &s, 0, r.upto_bytes));
			cw_transport_free(&f->t);
		}
}

static bool holds_stream_but_for_bad(const struct sim *sim, const struct cw_stream *s, const struct cw_sweep_result *r)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < r->bad.n; i++) {
		if (!watch_holds_stream(sim, s, at, r->bad.at[i].offset_bytes))
			return false;
		at = r->bad.at[i].offset_bytes + r->bad.at[i].len_bytes;
	}
	return watch_holds_stream(sim, s, at, r->upto_bytes);
}

/* What failed since the last good answer was not reached; what failed before it was. */
static void turning_read_only_with_requests_in_flight_is_lost(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct sim *sim = sim_new(12 * SLOT, 512, 4096);
		struct fault *f = fault_new(&sim->t);
		struct shuffle *sh = shuffle_new(&f->t, 4, seed);
		struct watcher w = { 0 };
		struct cw_sweep_result r;

		f->read_only_after_bytes = 4 * SLOT;
		r = watch_sweep_by(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
		assert_int_equal(r.end, CW_SWEEP_LOST);
		assert_int_equal(r.lost_errno, EROFS);
		assert_int_equal(sh->pending, 0);
		assert_int_equal(r.done_bytes, 4 * SLOT);
		assert_int_equal(r.done_bytes + r.bad.total_bytes, r.upto_bytes);
		assert_true(holds_stream_but_for_bad(sim, &s, &r));
		cw_transport_free(&f->t);
	}
}

static void a_failed_flush_or_journal_leaves_nothing_in_flight(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (int journal = 0; journal < 2; journal++) {
		struct sim *sim = sim_new(12 * SLOT, 512, 512);
		struct shuffle *sh = shuffle_new(&sim->t, 4, 1);
		struct watcher w = { .sim = sim, .dawdle = true, .fail_checkpoint = journal == 1 };
		struct cw_sweep_result r;

		sim->flush_errno = journal ? 0 : EIO;
		sim->flush_fails_at = 2;
		r = watch_sweep_by(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, journal ? CW_E_STATE : 0);
		assert_int_equal(r.end, journal ? CW_SWEEP_HOOK_FAILED : CW_SWEEP_FLUSH_FAILED);
		assert_int_equal(w.checkpoint_upto, 4 * SLOT);
		assert_int_equal(sim->written_bytes, journal ? 4 * SLOT : 8 * SLOT);
		assert_int_equal(sh->pending, 0);
		cw_transport_free(&sim->t);
	}
}

static void a_queue_that_breaks_never_looks_done(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sweeps); i++)
		for (unsigned at = 1; at <= 12; at++)
			for (int reap = 0; reap < 2; reap++) {
				struct sim *sim = sim_new(12 * SLOT, 512, 512);
				struct shuffle *sh = shuffle_new(&sim->t, 4, at);
				struct watcher w = { 0 };
				struct cw_sweep_result r;

				*(reap ? &sh->reap_fails_at : &sh->submit_fails_at) = at;
				r = watch_sweep_by(sweeps[i], &sim->t, &s, sim->size_bytes, &w, CW_E_FAILED);
				assert_int_equal(r.end, CW_SWEEP_HOOK_FAILED);
				assert_int_equal(w.checkpoints, 0);
				assert_true(reap || !sh->pending);
				cw_transport_free(&sim->t);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_in_any_order_are_counted_in_the_order_of_offsets),
		cmocka_unit_test(a_broken_medium_gives_the_same_result_as_one_request_at_a_time),
		cmocka_unit_test(a_bad_block_in_a_full_queue_is_recorded_exactly),
		cmocka_unit_test(passing_errors_in_a_full_queue_are_healed),
		cmocka_unit_test(a_bridge_that_moves_nothing_is_found_out),
		cmocka_unit_test(a_wrong_byte_is_found_wherever_it_stands),
		cmocka_unit_test(a_checkpoint_waits_until_nothing_is_in_flight),
		cmocka_unit_test(a_checkpoint_in_a_broken_slot_is_true),
		cmocka_unit_test(a_stop_lets_only_those_in_flight_finish),
		cmocka_unit_test(a_stop_is_prompt_while_everything_in_flight_fails),
		cmocka_unit_test(a_medium_pulled_with_requests_in_flight_is_lost),
		cmocka_unit_test(turning_read_only_with_requests_in_flight_is_lost),
		cmocka_unit_test(a_failed_flush_or_journal_leaves_nothing_in_flight),
		cmocka_unit_test(a_queue_that_breaks_never_looks_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
