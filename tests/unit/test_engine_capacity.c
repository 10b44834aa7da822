/* SPDX-License-Identifier: Apache-2.0 */
/* How much a lying medium really holds, and that nothing of the kind is said of one that is only broken. */
#include "sim/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KIB 1024ull
#define MIB (1024ull * 1024)

static struct cw_sweep_result read_back(struct cw_transport *t, const struct cw_stream *s, uint64_t size)
{
	struct cw_sweep_result r;

	(void)watch_sweep(cw_sweep_write, t, s, 0, size);
	r = watch_sweep(cw_sweep_verify, t, s, 0, size);
	assert_int_equal(cw_tally_bytes(&r.tally), r.mismatch_bytes);
	return r;
}

static struct cw_capacity capacity(const struct cw_sweep_result *r, uint64_t size)
{
	struct cw_capacity c;

	cw_capacity_of(&r->tally, r->done_bytes - r->mismatch_bytes, size, NULL, &c);
	return c;
}

static void assert_holds(const struct cw_capacity *c, uint32_t lie, uint64_t real, uint32_t exact)
{
	assert_string_equal(cw_lie_name(c->lie), cw_lie_name(lie));
	assert_int_equal(c->real_bytes, real);
	assert_int_equal(c->exact, exact);
}

/* ---- lies ---- */

static void a_wrap_yields_the_true_capacity(void **state)
{
	const uint64_t reals[] = { MIB, MIB + 7 * 4096, 300 * KIB };
	const uint64_t more[] = { 64 * KIB, MIB, 3 * MIB + 4096 }; /* that it says it has besides */
	const struct cw_stream streams[] = { watch_keystream(1), watch_complement(2) };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(reals); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(more); j++)
			for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
				uint64_t size = reals[i] + more[j];
				struct sim *sim = sim_new(size, sector, 4096);
				struct cw_sweep_result r;
				struct cw_capacity c;

				sim->wraps_at_bytes = reals[i];
				r = read_back(&sim->t, &streams[j % 2], size);
				c = capacity(&r, size);
				assert_holds(&c, CW_LIE_WRAP, reals[i], 1);
				assert_int_equal(r.tally.class_bytes[CW_MISMATCH_OTHER_OFFSET], more[j]);
				assert_true(r.tally.n_places >= 1 && r.tally.places[0].written_offset_bytes % reals[i] == 0);
				cw_transport_free(&sim->t);
			}
}

/* Counterfeits are made of what the factory threw away. */
static void a_wrap_with_bad_blocks_is_still_one(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(3 * MIB, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;
	struct cw_capacity c;

	(void)state;
	sim->wraps_at_bytes = MIB;
	fault_add(f, FAULT_ON_WRITE, 2 * MIB + 700 * KIB, 2 * MIB + 700 * KIB + 1, EIO, 0);
	fault_add(f, FAULT_ON_READ, 0, 512, EIO, 0);
	fault_add(f, FAULT_ON_READ, 1500 * KIB, 1500 * KIB + 1, EIO, 0);
	r = read_back(&f->t, &s, 3 * MIB);
	c = capacity(&r, 3 * MIB);
	assert_holds(&c, CW_LIE_WRAP, MIB, 1);
	cw_transport_free(&f->t);
}

static void an_address_line_that_does_nothing_halves_it(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(4 * MIB, 512, 512);
	struct cw_sweep_result r;
	struct cw_capacity c;

	(void)state;
	sim->deaf_bytes = 256 * KIB;
	r = read_back(&sim->t, &s, 4 * MIB);
	c = capacity(&r, 4 * MIB);
	assert_holds(&c, CW_LIE_ALIAS, 2 * MIB, 0);
	cw_transport_free(&sim->t);
}

static struct sim *without_cells(uint64_t size, uint64_t from, int answer)
{
	struct sim *sim = sim_new(size, 512, 512);

	sim->drops_from_bytes = from;
	if (answer >= 0)
		memset(sim->bytes + from, answer, size - from);
	return sim;
}

static void what_has_no_cells_is_told_by_its_answer(void **state)
{
	const int answers[] = { 0x00, 0xff, 0x5a };
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(answers); i++) {
		struct sim *sim = without_cells(2 * MIB + 512, 700 * KIB, answers[i]);
		struct cw_sweep_result r = read_back(&sim->t, &s, sim->size_bytes);
		struct cw_capacity c = capacity(&r, sim->size_bytes);

		assert_holds(&c, CW_LIE_DROP, 700 * KIB, 1);
		cw_transport_free(&sim->t);
	}
}

/* ---- no lies ---- */

static void assert_nothing_is_concluded(struct sim *sim, const struct cw_stream *s)
{
	struct cw_sweep_result r = read_back(&sim->t, s, sim->size_bytes);
	struct cw_capacity c = capacity(&r, sim->size_bytes);

	assert_holds(&c, CW_LIE_NONE, 0, 0);
	cw_transport_free(&sim->t);
}

static void of_a_broken_medium_nothing_is_concluded(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim;

	(void)state;
	for (unsigned what = 0; what < 8; what++) {
		sim = sim_new(2 * MIB, 512, 512);
		if (what == 0) /* a table with two entries mixed up */
			sim->swaps_at_bytes = 64 * KIB;
		if (what == 1)
			sim->stuck_at_bytes = 64 * KIB;
		if (what == 2) /* a read cache, or all writes lost */
			sim->stale_from_bytes = 0;
		if (what == 3)
			sim->stale_from_bytes = MIB;
		if (what == 4) /* old data are there: so there are cells */
			sim->drops_from_bytes = MIB;
		if (what == 5)
			sim->reads_fill_nothing = true;
		if (what == 6) /* a part of a table is lost, which no write reached */
			sim->drops_from_bytes = 2 * MIB - 64 * KIB, memset(sim->bytes + 2 * MIB - 64 * KIB, 0, 64 * KIB);
		assert_nothing_is_concluded(sim, &s);
	}
	sim = without_cells(2 * MIB, 0, 0); /* nothing at all is stored: that is no matter of capacity */
	assert_nothing_is_concluded(sim, &s);
}

/* Blank in the middle, or up to a sector before the end. */
static void a_hole_is_no_end(void **state)
{
	const uint64_t holes[][2] = { { 512 * KIB, MIB }, { MIB, 2 * MIB - 512 }, { 0, MIB } };
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(holes); i++) {
		struct sim *sim = sim_new(2 * MIB, 512, 512);
		struct cw_sweep_result r;
		struct cw_capacity c;

		(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, 2 * MIB);
		memset(sim->bytes + holes[i][0], 0, holes[i][1] - holes[i][0]);
		r = watch_sweep(cw_sweep_verify, &sim->t, &s, 0, 2 * MIB);
		c = capacity(&r, 2 * MIB);
		assert_holds(&c, CW_LIE_NONE, 0, 0);
		cw_transport_free(&sim->t);
	}
}

/* A stream of ours for a lower place, or for one that the medium does not have, was not written later. */
static void what_cannot_have_been_written_later_proves_nothing(void **state)
{
	const uint64_t origins[] = { 0, 64 * MIB };
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(origins); i++) {
		struct sim *sim = sim_new(2 * MIB, 512, 512);
		struct cw_stream_ctx *ctx = NULL;
		struct cw_error err = { 0 };
		struct cw_sweep_result r;
		struct cw_capacity c;

		(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, 2 * MIB);
		assert_int_equal(cw_stream_new(&s, &ctx, &err), 0);
		assert_int_equal(cw_stream_fill(ctx, origins[i], sim->bytes + MIB, MIB, &err), 0);
		cw_stream_free(ctx);
		r = watch_sweep(cw_sweep_verify, &sim->t, &s, 0, 2 * MIB);
		assert_int_equal(r.tally.backward_bytes, MIB);
		c = capacity(&r, 2 * MIB);
		assert_holds(&c, CW_LIE_NONE, 0, 0);
		cw_transport_free(&sim->t);
	}
}

/* The list of places is bounded, the counts are exact. */
static void places_are_kept_where_the_distance_changes(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(40 * 64 * KIB, 512, 512);
	struct cw_sweep_result r;

	(void)state;
	sim->wraps_at_bytes = 64 * KIB;
	r = read_back(&sim->t, &s, sim->size_bytes);
	assert_int_equal(r.tally.n_places, CW_PLACES_MAX);
	for (uint32_t i = 0; i < CW_PLACES_MAX; i++) {
		assert_int_equal(r.tally.places[i].offset_bytes, i * 64 * KIB);
		assert_int_equal(r.tally.places[i].written_offset_bytes, 39 * 64 * KIB);
	}
	assert_int_equal(r.tally.elsewhere.bytes, 39 * 64 * KIB);
	cw_transport_free(&sim->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrap_yields_the_true_capacity),
		cmocka_unit_test(a_wrap_with_bad_blocks_is_still_one),
		cmocka_unit_test(an_address_line_that_does_nothing_halves_it),
		cmocka_unit_test(what_has_no_cells_is_told_by_its_answer),
		cmocka_unit_test(of_a_broken_medium_nothing_is_concluded),
		cmocka_unit_test(a_hole_is_no_end),
		cmocka_unit_test(what_cannot_have_been_written_later_proves_nothing),
		cmocka_unit_test(places_are_kept_where_the_distance_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
