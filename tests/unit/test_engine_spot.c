/* SPDX-License-Identifier: Apache-2.0 */
/* The early look at a medium that is being written: counterfeits show within the first third of it, and nobody else is accused. */
#include "sim/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1024ull * 1024)
#define SIZE (64 * MIB) /* the least that is looked at; of larger ones a test would take long */

struct look {
	struct watcher w;
	unsigned times;
	struct cw_spot found;
	uint64_t written_bytes; /* of the medium, when it was told */
	struct sim *sim;
	bool forgets; /* once, at the first checkpoint, all that was written ahead */
	unsigned checkpoints;
};

static bool look_stop(void *user)
{
	struct look *l = user;

	return l->w.stop_after && l->w.progresses >= l->w.stop_after;
}

static void look_progress(void *user, uint64_t upto_bytes)
{
	struct look *l = user;

	watch_hooks(&l->w).progress(&l->w, upto_bytes);
}

static int look_checkpoint(void *user, const struct cw_sweep_result *r, struct cw_error *err)
{
	struct look *l = user;

	(void)err;
	if (l->forgets && !l->checkpoints++)
		for (uint64_t i = r->upto_bytes; i < SIZE; i++)
			l->sim->bytes[i] = sim_old_byte(i);
	return 0;
}

static int look_told(void *user, const struct cw_spot *found, struct cw_error *err)
{
	struct look *l = user;

	(void)err;
	l->times++;
	l->found = *found;
	l->written_bytes = l->sim->written_bytes;
	assert_int_equal(found->n_equal + found->n_differing, found->n_probes);
	return 0;
}

static struct cw_sweep_result sweep_from(struct look *l, watch_sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t from, uint64_t size)
{
	struct cw_sweep_hooks hooks = { .user = l, .stop = look_stop, .progress = look_progress, .checkpoint = look_checkpoint, .spot = look_told, .retry_pause_ms = 1 };
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal(fn(t, s, from, size, &hooks, &r, &err), 0);
	return r;
}

/* Writes all of it; what the look says of the medium. */
static struct cw_capacity look_at(struct look *l, struct sim *sim)
{
	struct cw_stream s = watch_keystream(1);
	struct cw_capacity c;
	struct cw_sweep_result r;

	l->sim = sim;
	(void)shuffle_new(&sim->t, 4, 3);
	r = sweep_from(l, cw_sweep_write, &sim->t, &s, 0, sim->size_bytes);
	assert_true(watch_claims_success(&r, 0, sim->size_bytes));
	assert_int_equal(l->times, 1);
	cw_spot_capacity(&l->found, &c);
	return c;
}

static void assert_nothing_is_concluded(struct cw_capacity c)
{
	assert_int_equal(c.lie, CW_LIE_NONE);
	assert_int_equal(c.real_bytes, 0);
}

/* ---- honest media ---- */

static void an_honest_medium_is_written_as_without(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SIZE + 512, 512, 4096);
	struct look l = { 0 };

	(void)state;
	assert_nothing_is_concluded(look_at(&l, sim));
	assert_int_equal(l.found.n_differing, 0);
	assert_true(l.found.n_probes >= 16);
	assert_true(watch_holds_stream(sim, &s, 0, SIZE + 512));
	assert_true(sim->written_bytes - SIZE < MIB); /* a few blocks twice */
	cw_transport_free(&sim->t);
}

static void it_is_taken_where_it_can_tell_something_and_is_wanted(void **state)
{
	const struct cw_stream keystream = watch_keystream(1), zeros = watch_pattern("\x00", 1);
	struct sim *sim = sim_new(SIZE, 512, 512);
	struct look l = { .sim = sim };
	struct trace *tr;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		l.w = (struct watcher){ 0 };
		(void)sweep_from(&l, i == 3 ? cw_sweep_verify : cw_sweep_write, &sim->t, i == 0 ? &zeros : &keystream, i == 1 ? 512 : 0, i == 2 ? SIZE - 512 : SIZE);
		assert_int_equal(l.times, 0);
	}
	tr = trace_new(&sim->t);
	(void)watch_sweep(cw_sweep_write, &tr->t, &keystream, 0, SIZE);
	assert_int_equal(trace_count(tr, 'w'), SIZE / CW_SLOT_BYTES);
	assert_int_equal(trace_count(tr, 'r'), 0);
	cw_transport_free(&tr->t);
}

/* ---- lies ---- */

static void a_wrap_shows_early(void **state)
{
	(void)state;
	for (uint64_t real = 8 * MIB; real <= 32 * MIB; real *= 2)
		for (uint64_t size = SIZE; size <= SIZE + 30 * MIB; size += 30 * MIB) {
			struct sim *sim = sim_new(size, 512, 4096);
			struct look l = { 0 };
			struct cw_capacity c;

			sim->wraps_at_bytes = real;
			c = look_at(&l, sim);
			assert_int_equal(c.lie, CW_LIE_WRAP);
			assert_int_equal(c.real_bytes, real);
			assert_int_equal(c.exact, 0);
			assert_true(l.written_bytes < size / 2);
			cw_transport_free(&sim->t);
		}
}

/* Whatever is said of one that does not wrap at a power of two is true. */
static void an_odd_wrap_is_not_misjudged(void **state)
{
	const uint64_t reals[] = { 5 * MIB + 7 * 512, 12 * MIB, 16 * MIB + 512, 31 * MIB };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(reals); i++) {
		struct sim *sim = sim_new(SIZE, 512, 512);
		struct look l = { 0 };
		struct cw_capacity c;

		sim->wraps_at_bytes = reals[i];
		c = look_at(&l, sim);
		assert_true(c.lie == CW_LIE_NONE || (c.lie == CW_LIE_WRAP && c.real_bytes >= reals[i] && c.real_bytes < SIZE));
		cw_transport_free(&sim->t);
	}
}

/* Of a broken address line it would be too much to say that all behind it wraps. */
static void a_deaf_address_line_is_not_misjudged(void **state)
{
	(void)state;
	for (uint64_t line = 8 * MIB; line <= 32 * MIB; line *= 2) {
		struct sim *sim = sim_new(SIZE + 3 * MIB, 512, 512);
		struct look l = { 0 };
		struct cw_capacity c;

		sim->deaf_bytes = line;
		c = look_at(&l, sim);
		assert_true(l.found.n_differing > 0);
		assert_true(c.lie == CW_LIE_NONE || (c.lie == CW_LIE_WRAP && line == 32 * MIB && c.real_bytes >= 32 * MIB));
		cw_transport_free(&sim->t);
	}
}

static void what_stores_nothing_from_some_point_on_shows_early(void **state)
{
	const int answers[] = { 0x00, 0xff, -1 }; /* -1: what stood there before */
	const uint64_t ends[] = { 10 * MIB, 20 * MIB + 512, 40 * MIB };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(answers); i++) {
		struct sim *sim = sim_new(SIZE, 512, 512);
		struct look l = { 0 };
		struct cw_capacity c;

		sim->drops_from_bytes = ends[i];
		if (answers[i] >= 0)
			memset(sim->bytes + ends[i], answers[i], SIZE - ends[i]);
		c = look_at(&l, sim);
		assert_int_equal(c.lie, CW_LIE_DROP);
		assert_true(c.real_bytes >= ends[i] && c.real_bytes <= 2 * ends[i] && !c.exact);
		cw_transport_free(&sim->t);
	}
}

/* Old data behind a point say nothing by themselves; but when nothing arrived there early, either, nothing ever does. */
static void what_was_seen_early_makes_the_reading_tell_more(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SIZE, 512, 512);
	struct look l = { 0 };
	struct cw_capacity early, c;
	struct cw_sweep_result r;

	(void)state;
	sim->drops_from_bytes = 40 * MIB;
	early = look_at(&l, sim);
	r = watch_sweep(cw_sweep_verify, &sim->t, &s, 0, SIZE);
	cw_capacity_of(&r.tally, r.done_bytes - r.mismatch_bytes, SIZE, NULL, &c);
	assert_nothing_is_concluded(c);
	cw_capacity_of(&r.tally, r.done_bytes - r.mismatch_bytes, SIZE, &early, &c);
	assert_int_equal(c.lie, CW_LIE_DROP);
	assert_int_equal(c.real_bytes, 40 * MIB);
	assert_int_equal(c.exact, 1);
	cw_transport_free(&sim->t);
}

/* ---- media that are only broken ---- */

static void a_broken_block_or_a_stale_read_accuses_nobody(void **state)
{
	(void)state;
	for (unsigned what = 0; what < 3; what++) {
		struct sim *sim = sim_new(SIZE, 512, 512);
		struct look l = { 0 };

		if (what == 0) /* one of the blocks ahead */
			sim->stuck_at_bytes = 33 * MIB + 700;
		if (what == 1) /* one of those swept before */
			sim->stuck_at_bytes = MIB + 700;
		if (what == 2)
			sim->stale_from_bytes = 0;
		assert_nothing_is_concluded(look_at(&l, sim));
		assert_int_equal(l.found.n_differing, what < 2 ? 1 : 2); /* what was written twice is the same before and after */
		cw_transport_free(&sim->t);
	}
}

static void a_cache_that_was_lost_once_is_looked_at_again(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SIZE, 512, 512);
	struct look l = { .forgets = true };

	(void)state;
	assert_nothing_is_concluded(look_at(&l, sim));
	assert_int_equal(l.found.n_differing, 0);
	assert_true(watch_holds_stream(sim, &s, 0, SIZE));
	cw_transport_free(&sim->t);
}

static void where_a_block_fails_nothing_is_told(void **state)
{
	const enum fault_on sides[] = { FAULT_ON_WRITE, FAULT_ON_READ };
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sides); i++) {
		struct sim *sim = sim_new(SIZE, 512, 512);
		struct fault *f = fault_new(&sim->t);
		struct look l = { .sim = sim };
		struct cw_sweep_result r;

		fault_add(f, sides[i], 33 * MIB, 33 * MIB + 512, EIO, 1);
		r = sweep_from(&l, cw_sweep_write, &f->t, &s, 0, SIZE);
		assert_true(watch_claims_success(&r, 0, SIZE));
		assert_true(watch_holds_stream(sim, &s, 0, SIZE));
		assert_int_equal(l.times, 0);
		cw_transport_free(&f->t);
	}
}

static void a_medium_that_goes_away_meanwhile_is_lost(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SIZE, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct look l = { .sim = sim };
	struct cw_sweep_result r;

	(void)state;
	f->vanishes_after_bytes = 4 * MIB + 10000;
	r = sweep_from(&l, cw_sweep_write, &f->t, &s, 0, SIZE);
	assert_int_equal(r.end, CW_SWEEP_LOST);
	assert_int_equal(r.upto_bytes, 4 * MIB);
	assert_int_equal(l.times, 0);
	cw_transport_free(&f->t);
}

static void a_stop_meanwhile_is_prompt_and_true(void **state)
{
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (unsigned slots = 8; slots <= 24; slots += 8) {
		struct sim *sim = sim_new(SIZE, 512, 512);
		struct look l = { .w = { .stop_after = slots }, .sim = sim };
		struct cw_sweep_result r = sweep_from(&l, cw_sweep_write, &sim->t, &s, 0, SIZE);

		assert_int_equal(r.end, CW_SWEEP_STOPPED);
		assert_int_equal(r.upto_bytes, slots * (uint64_t)CW_SLOT_BYTES);
		assert_true(watch_holds_stream(sim, &s, 0, r.upto_bytes));
		assert_int_equal(l.times, 0);
		cw_transport_free(&sim->t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_medium_is_written_as_without),
		cmocka_unit_test(it_is_taken_where_it_can_tell_something_and_is_wanted),
		cmocka_unit_test(a_wrap_shows_early),
		cmocka_unit_test(an_odd_wrap_is_not_misjudged),
		cmocka_unit_test(a_deaf_address_line_is_not_misjudged),
		cmocka_unit_test(what_stores_nothing_from_some_point_on_shows_early),
		cmocka_unit_test(what_was_seen_early_makes_the_reading_tell_more),
		cmocka_unit_test(a_broken_block_or_a_stale_read_accuses_nobody),
		cmocka_unit_test(a_cache_that_was_lost_once_is_looked_at_again),
		cmocka_unit_test(where_a_block_fails_nothing_is_told),
		cmocka_unit_test(a_medium_that_goes_away_meanwhile_is_lost),
		cmocka_unit_test(a_stop_meanwhile_is_prompt_and_true),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
