/* SPDX-License-Identifier: Apache-2.0 */
/* The sampling plan keeps the numbers of NIST SP 800-88r1 4.7 on media of every size, anyone can redo it, and it is carried out as planned. */
#include "certwipe/engine.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t seed[32] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };

static int note_checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	(void)so_far, (void)err;
	++*(unsigned *)user;
	return 0;
}

static bool stop_at_once(void *user)
{
	(void)user;
	return true;
}

static struct cw_sweep_result sample(struct cw_transport *t, const struct cw_stream *s, uint64_t size, bool stop)
{
	unsigned checkpoints = 0;
	struct cw_sweep_hooks hooks = { .user = &checkpoints, .checkpoint = note_checkpoint, .stop = stop ? stop_at_once : NULL };
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal(cw_sweep_sample(t, s, seed, size, &hooks, &r, &err), 0);
	assert_int_equal(checkpoints, r.end == CW_SWEEP_LOST ? 0 : 1);
	return r;
}

static uint64_t planned_bytes(uint64_t size, uint32_t logical)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < cw_sample_windows(size, logical); i++) {
		uint64_t offset, len;

		cw_sample_window(seed, size, logical, i, &offset, &len);
		sum += len;
	}
	return sum;
}

/* Whole sectors, inside, ascending, disjoint, first and last sector in, a tenth of the medium at least. */
static void check_plan(uint64_t size, uint32_t logical)
{
	uint32_t n = cw_sample_windows(size, logical);
	uint64_t whole = size - size % logical, behind = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t offset, len;

		cw_sample_window(seed, size, logical, i, &offset, &len);
		assert_true(len > 0 && offset % logical == 0 && len % logical == 0);
		assert_true(i == 0 ? offset == 0 : offset >= behind);
		behind = offset + len;
	}
	assert_true(behind == whole);
	assert_true(planned_bytes(size, logical) >= whole / 10);
}

static void plans_keep_the_standard_at_every_size(void **state)
{
	const uint64_t sectors[] = { 1, 2, 999, 2002, 2003, 2004, 2999, 20001, 40000, 3906250, 39062500000, UINT64_C(1) << 50 };
	const uint32_t logicals[] = { 512, 2048, 4096 };

	(void)state;
	assert_int_equal(cw_sample_windows(511, 512), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(sectors); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(logicals); j++) {
			check_plan(sectors[i] * logicals[j], logicals[j]);
			check_plan(sectors[i] * logicals[j] + 17, logicals[j]);
		}
}

static void small_media_are_read_whole(void **state)
{
	uint64_t offset, len;

	(void)state;
	assert_int_equal(cw_sample_windows(2002 * 512, 512), 1);
	cw_sample_window(seed, 2002 * 512, 512, 0, &offset, &len);
	assert_int_equal(offset, 0);
	assert_int_equal(len, 2002 * 512);
}

/* Two windows of 5 % in each of 1000 parts, wherever the parts are cut. */
static void each_part_gets_two_windows(void **state)
{
	const uint64_t part = 20000 * 512, size = 1000 * part;
	uint64_t in_part[1001] = { 0 };

	(void)state;
	assert_int_equal(cw_sample_windows(size, 512), 2002);
	for (uint32_t i = 1; i < 2001; i++) {
		uint64_t offset, len;

		cw_sample_window(seed, size, 512, i, &offset, &len);
		assert_int_equal(len, part / 20);
		in_part[offset / part]++;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(in_part[i], 2);
}

/* Computed by a second implementation (Python, hashlib) from the rule in engine.h. */
static void anyone_can_redo_the_plan(void **state)
{
	const uint64_t size = 20000000000000;
	uint64_t offset, len;

	(void)state;
	cw_sample_window(seed, size, 512, 1, &offset, &len);
	assert_int_equal(offset, 3542646784);
	assert_int_equal(len, 1000000000);
	cw_sample_window(seed, size, 512, 2, &offset, &len);
	assert_int_equal(offset, 8608733184);
	cw_sample_window(seed, size, 512, 1 + 2 * 777, &offset, &len);
	assert_int_equal(offset, 15543432578560);
	cw_sample_window(seed, size, 512, 2 + 2 * 777, &offset, &len);
	assert_int_equal(offset, 15556215626240);
}

static void another_seed_reads_elsewhere(void **state)
{
	const uint8_t other[32] = { 1 };
	unsigned same = 0;

	(void)state;
	for (uint32_t i = 1; i < 2001; i++) {
		uint64_t a, b, len;

		cw_sample_window(seed, 20000000000000, 512, i, &a, &len);
		cw_sample_window(other, 20000000000000, 512, i, &b, &len);
		same += a == b;
	}
	assert_true(same < 5);
}

static void fill(struct sim *sim, const struct cw_stream *s)
{
	struct cw_stream_ctx *c = NULL;
	struct cw_error err = { 0 };

	assert_int_equal(cw_stream_new(s, &c, &err), 0);
	assert_int_equal(cw_stream_fill(c, 0, sim->bytes, sim->size_bytes, &err), 0);
	cw_stream_free(c);
}

static const struct cw_stream stream = { .kind = CW_STREAM_KEYSTREAM, .pass = 1, .key = { 1 } };

static void a_good_medium_passes(void **state)
{
	struct sim *sim = sim_new(5003 * 512, 512, 4096);
	struct cw_sweep_result r;

	(void)state;
	fill(sim, &stream);
	r = sample(&sim->t, &stream, sim->size_bytes, false);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, planned_bytes(sim->size_bytes, 512));
	assert_int_equal(sim->read_bytes, r.done_bytes);
	assert_int_equal(sim->cache_drops, 1);
	assert_int_equal(r.upto_bytes, sim->size_bytes);
	assert_int_equal(r.mismatch_bytes, 0);
	assert_int_equal(r.bad.n, 0);
	cw_transport_free(&sim->t);
}

/* Residue as long as two parts covers a whole one: the sample cannot miss it.  Neither can it miss the ends. */
static void residue_is_found(void **state)
{
	const uint64_t size = 5003 * 512;
	const struct { uint64_t offset, len; } residues[] = { { 0, 1 }, { size - 1, 1 }, { 2500 * 512, 12 * 512 } };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(residues); i++) {
		struct sim *sim = sim_new(size, 512, 512);
		struct cw_sweep_result r;

		fill(sim, &stream);
		for (uint64_t k = 0; k < residues[i].len; k++)
			sim->bytes[residues[i].offset + k] ^= 0x55;
		r = sample(&sim->t, &stream, size, false);
		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_true(r.mismatch_bytes > 0);
		assert_int_equal(r.mismatch_bytes, r.bad.total_bytes);
		cw_transport_free(&sim->t);
	}
}

static void errors_stop_and_loss_end_it_truthfully(void **state)
{
	struct sim *sim = sim_new(5003 * 512, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fill(sim, &stream);
	r = sample(&f->t, &stream, sim->size_bytes, true);
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(r.done_bytes, 0);
	fault_add(f, FAULT_ON_READ, 0, 512, EIO, 0);
	r = sample(&f->t, &stream, sim->size_bytes, false);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.bad.total_bytes, 512);
	assert_int_equal(r.done_bytes, planned_bytes(sim->size_bytes, 512) - 512);
	f->vanishes_after_bytes = f->moved_bytes + 4096;
	r = sample(&f->t, &stream, sim->size_bytes, false);
	assert_int_equal(r.end, CW_SWEEP_LOST);
	assert_int_equal(r.lost_errno, ENODEV);
	cw_transport_free(&f->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_keep_the_standard_at_every_size),
		cmocka_unit_test(small_media_are_read_whole),
		cmocka_unit_test(each_part_gets_two_windows),
		cmocka_unit_test(anyone_can_redo_the_plan),
		cmocka_unit_test(another_seed_reads_elsewhere),
		cmocka_unit_test(a_good_medium_passes),
		cmocka_unit_test(residue_is_found),
		cmocka_unit_test(errors_stop_and_loss_end_it_truthfully),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
