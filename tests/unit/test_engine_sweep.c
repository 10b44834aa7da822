/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps on media that lie: what a result claims must be true of what really stands on the medium. */
#include "sim/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KIB 1024u
#define SLOT ((uint64_t)CW_SLOT_BYTES)

/* ---- honest media ---- */

static void honest_media_of_any_size_are_written_and_verified(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\x00", 1), watch_pattern("\x92\x49\x24", 3), watch_pattern("\xe4\xff\xff\xff", 4), watch_keystream(1), watch_complement(1) };
	const uint32_t sectors[] = { 512, 4096 };
	const uint64_t counts[] = { 0, 1, 31, 129, 263 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sectors); j++)
			for (size_t k = 0; k < CW_ARRAY_LEN(counts); k++) {
				uint64_t size = counts[k] * sectors[j];
				struct sim *sim = sim_new(size, sectors[j], 4096);
				struct trace *tr = trace_new(&sim->t);
				struct cw_sweep_result r = watch_sweep(cw_sweep_write, &tr->t, &streams[i], 0, size);

				assert_true(watch_claims_success(&r, 0, size));
				assert_true(watch_holds_stream(sim, &streams[i], 0, size));
				r = watch_sweep(cw_sweep_verify, &tr->t, &streams[i], 0, size);
				assert_true(watch_claims_success(&r, 0, size));
				for (size_t n = 0; n < tr->n; n++)
					assert_true(tr->calls[n].aligned);
				cw_transport_free(&tr->t);
			}
}

static void a_fraction_of_a_sector_is_never_claimed(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(3 * 4096 + 1000, 4096, 4096);
	const watch_sweep_fn sweeps[] = { cw_sweep_write, cw_sweep_verify };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sweeps); i++) {
		struct cw_sweep_result r = watch_sweep(sweeps[i], &sim->t, &s, 0, sim->size_bytes);

		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_int_equal(r.done_bytes, 3 * 4096);
		assert_int_equal(r.bad.n, 1);
		assert_int_equal(r.bad.at[0].offset_bytes, 3 * 4096);
		assert_int_equal(r.bad.at[0].len_bytes, 1000);
	}
	cw_transport_free(&sim->t);
}

static void short_and_interrupted_requests_go_on(void **state)
{
	const size_t shorts[] = { 512, 1536, 7 * 512 + 100 };
	struct cw_stream s = watch_pattern("\x92\x49\x24", 3);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(shorts); i++) {
		struct sim *sim = sim_new(300 * 512, 512, 512);
		struct fault *f = fault_new(&sim->t);
		struct cw_sweep_result r;

		sim->short_bytes = shorts[i];
		fault_add(f, FAULT_ON_BOTH, 512, 513, EINTR, 50); /* more often than a failure would be retried */
		r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
		assert_true(watch_claims_success(&r, 0, sim->size_bytes));
		assert_true(watch_holds_stream(sim, &s, 0, sim->size_bytes));
		r = watch_sweep(cw_sweep_verify, &f->t, &s, 0, sim->size_bytes);
		assert_true(watch_claims_success(&r, 0, sim->size_bytes));
		cw_transport_free(&f->t);
	}
}

static void less_than_a_sector_a_request_is_no_progress(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(4 * 512, 512, 512);
	struct cw_sweep_result r;

	(void)state;
	sim->short_bytes = 100;
	r = watch_sweep(cw_sweep_write, &sim->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.done_bytes, 0);
	assert_int_equal(r.bad.total_bytes, sim->size_bytes);
	cw_transport_free(&sim->t);
}

static void verification_drops_our_caches_before_it_reads(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(16 * 512, 512, 512);
	struct trace *tr = trace_new(&sim->t);
	size_t first = 0;

	(void)state;
	(void)watch_sweep(cw_sweep_write, &tr->t, &s, 0, sim->size_bytes);
	assert_int_equal(trace_count(tr, 'd'), 0);
	(void)watch_sweep(cw_sweep_verify, &tr->t, &s, 0, sim->size_bytes);
	assert_int_equal(trace_count(tr, 'd'), 1);
	while (tr->calls[first].op != 'd' && tr->calls[first].op != 'r')
		first++;
	assert_int_equal(tr->calls[first].op, 'd');
	cw_transport_free(&tr->t);
}

/* ---- lying media ---- */

static void tell_lie(struct sim *sim, unsigned lie)
{
	uint64_t half = sim->size_bytes / 2 / sim->t.logical_bytes * sim->t.logical_bytes;

	switch (lie) {
	case 1:
		sim->wraps_at_bytes = half;
		break;
	case 2:
		sim->drops_from_bytes = half;
		break;
	case 3:
		sim->stuck_at_bytes = half + 5;
		break;
	case 4:
		sim->stale_from_bytes = half;
		break;
	case 5:
		sim->reads_fill_nothing = true;
		break;
	case 6:
		sim->swaps_at_bytes = half;
		break;
	case 7:
		sim->drops_from_bytes = sim->size_bytes - 1; /* one sector */
		break;
	default:
		break;
	}
}

static void no_lie_passes_a_verification(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\x00", 1), watch_pattern("\x92\x49\x24", 3), watch_keystream(2), watch_complement(2) };
	const uint32_t sectors[] = { 512, 4096 };

	(void)state;
	for (unsigned lie = 0; lie <= 7; lie++)
		for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
			for (size_t j = 0; j < CW_ARRAY_LEN(sectors); j++) {
				bool constant = streams[i].kind == CW_STREAM_PATTERN;
				struct sim *sim = sim_new(SLOT + 13 * 4096, sectors[j], 4096);
				struct cw_sweep_result r;

				/* Addresses that move do not show in a repeating pattern: that is why the default is a keystream. */
				if (constant && (lie == 1 || lie == 6)) {
					cw_transport_free(&sim->t);
					continue;
				}
				tell_lie(sim, lie);
				(void)watch_sweep(cw_sweep_write, &sim->t, &streams[i], 0, sim->size_bytes);
				r = watch_sweep(cw_sweep_verify, &sim->t, &streams[i], 0, sim->size_bytes);
				assert_int_equal(watch_claims_success(&r, 0, sim->size_bytes), lie == 0);
				if (lie == 0)
					assert_true(watch_holds_stream(sim, &streams[i], 0, sim->size_bytes));
				else
					assert_int_equal(r.mismatch_bytes, r.bad.total_bytes);
				cw_transport_free(&sim->t);
			}
}

static void a_wrong_byte_costs_its_sector(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SLOT, 512, 4096);
	struct cw_sweep_result r;

	(void)state;
	(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, SLOT);
	sim->bytes[100 * 512] ^= 1;
	sim->bytes[101 * 512 + 511] ^= 0x80;
	sim->bytes[SLOT - 1] ^= 1;
	r = watch_sweep(cw_sweep_verify, &sim->t, &s, 0, SLOT);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, SLOT);
	assert_int_equal(r.mismatch_bytes, 3 * 512);
	assert_int_equal(r.bad.n, 2);
	assert_int_equal(r.bad.at[0].offset_bytes, 100 * 512);
	assert_int_equal(r.bad.at[0].len_bytes, 2 * 512);
	assert_int_equal(r.bad.at[0].fault, CW_FAULT_MISMATCH);
	assert_int_equal(r.bad.at[1].offset_bytes, SLOT - 512);
	assert_int_equal(r.first_mismatch.offset_bytes, 100 * 512);
	assert_int_equal(r.first_mismatch.class, CW_MISMATCH_FOREIGN);
	cw_transport_free(&sim->t);
}

/* ---- what a mismatch is called ---- */

static struct cw_mismatch_info mismatch_after(struct sim *sim, const struct cw_stream *s)
{
	struct cw_sweep_result r = watch_sweep(cw_sweep_verify, &sim->t, s, 0, sim->size_bytes);

	assert_true(r.mismatch_bytes > 0);
	return r.first_mismatch;
}

static void true_capacity_shows_in_the_first_mismatch(void **state)
{
	const struct cw_stream streams[] = { watch_keystream(1), watch_complement(1) };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++) {
		struct sim *sim = sim_new(256 * KIB, 512, 512);
		struct cw_mismatch_info m;

		sim->wraps_at_bytes = 96 * KIB;
		(void)watch_sweep(cw_sweep_write, &sim->t, &streams[i], 0, sim->size_bytes);
		m = mismatch_after(sim, &streams[i]);
		assert_int_equal(m.class, CW_MISMATCH_OTHER_OFFSET);
		assert_int_equal(m.offset_bytes, 0);
		assert_int_equal(m.written_pass, 1);
		assert_int_equal(m.written_offset_bytes % (96 * KIB), 0);
		assert_string_equal(cw_mismatch_name(m.class), "other-offset");
		cw_transport_free(&sim->t);
	}
}

/* The medium went on holding an earlier pass; each kind of later pass must name it. */
static void a_stale_pass_is_named(void **state)
{
	const struct { struct cw_stream first, then; uint64_t named; } cases[] = {
		{ watch_keystream(1), watch_keystream(2), 1 }, { watch_keystream(1), watch_complement(1), 1 }, { watch_complement(3), watch_keystream(3), 3 }, { watch_keystream(5), watch_complement(6), 5 },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct sim *sim = sim_new(64 * KIB, 512, 512);
		struct cw_mismatch_info m;

		(void)watch_sweep(cw_sweep_write, &sim->t, &cases[i].first, 0, sim->size_bytes);
		sim->drops_from_bytes = 32 * KIB;
		(void)watch_sweep(cw_sweep_write, &sim->t, &cases[i].then, 0, sim->size_bytes);
		m = mismatch_after(sim, &cases[i].then);
		assert_int_equal(m.class, CW_MISMATCH_OTHER_PASS);
		assert_int_equal(m.offset_bytes, 32 * KIB);
		assert_int_equal(m.written_pass, cases[i].named);
		assert_int_equal(m.written_offset_bytes, 32 * KIB);
		cw_transport_free(&sim->t);
	}
}

/* A constant pass over a keystream pass: the job fills the key in for both. */
static void a_stale_keystream_under_a_pattern_is_named(void **state)
{
	struct cw_stream zeros = watch_keystream(1), stream = watch_keystream(1);
	struct sim *sim = sim_new(64 * KIB, 512, 512);
	struct cw_mismatch_info m;

	(void)state;
	zeros.kind = CW_STREAM_PATTERN;
	zeros.pattern_len = 1;
	(void)watch_sweep(cw_sweep_write, &sim->t, &stream, 0, sim->size_bytes);
	m = mismatch_after(sim, &zeros);
	assert_int_equal(m.class, CW_MISMATCH_OTHER_PASS);
	assert_int_equal(m.written_pass, 1);
	cw_transport_free(&sim->t);
}

static void plain_contents_are_named(void **state)
{
	const struct { int byte; uint32_t class; const char *name; } cases[] = {
		{ 0x00, CW_MISMATCH_ZEROS, "zeros" }, { 0xff, CW_MISMATCH_ONES, "ones" }, { 0x5a, CW_MISMATCH_UNIFORM, "uniform" }, { -1, CW_MISMATCH_FOREIGN, "foreign" },
	};
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct sim *sim = sim_new(64 * KIB, 4096, 4096);
		struct cw_mismatch_info m;

		if (cases[i].byte >= 0)
			memset(sim->bytes, cases[i].byte, sim->size_bytes);
		m = mismatch_after(sim, &s);
		assert_int_equal(m.class, cases[i].class);
		assert_string_equal(cw_mismatch_name(m.class), cases[i].name);
		cw_transport_free(&sim->t);
	}
}

/* Cipher blocks in another order are no sector of ours, whatever each of them decrypts to. */
static void a_shuffled_sector_is_foreign(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(64 * KIB, 512, 512);
	uint8_t block[16];

	(void)state;
	(void)watch_sweep(cw_sweep_write, &sim->t, &s, 0, sim->size_bytes);
	memcpy(block, sim->bytes + 16, sizeof(block));
	memcpy(sim->bytes + 16, sim->bytes + 32, sizeof(block));
	memcpy(sim->bytes + 32, block, sizeof(block));
	assert_int_equal(mismatch_after(sim, &s).class, CW_MISMATCH_FOREIGN);
	cw_transport_free(&sim->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_media_of_any_size_are_written_and_verified),
		cmocka_unit_test(a_fraction_of_a_sector_is_never_claimed),
		cmocka_unit_test(short_and_interrupted_requests_go_on),
		cmocka_unit_test(less_than_a_sector_a_request_is_no_progress),
		cmocka_unit_test(verification_drops_our_caches_before_it_reads),
		cmocka_unit_test(no_lie_passes_a_verification),
		cmocka_unit_test(a_wrong_byte_costs_its_sector),
		cmocka_unit_test(true_capacity_shows_in_the_first_mismatch),
		cmocka_unit_test(a_stale_pass_is_named),
		cmocka_unit_test(a_stale_keystream_under_a_pattern_is_named),
		cmocka_unit_test(plain_contents_are_named),
		cmocka_unit_test(a_shuffled_sector_is_foreign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
