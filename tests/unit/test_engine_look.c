/* SPDX-License-Identifier: Apache-2.0 */
/* Markers and the look for them: where they stand, that none is overlooked, and that data never passes for what erasing leaves. */
#include "sim/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (1024ull * 1024)
#define SMALL (4 * MIB)
#define LARGE (48 * MIB)
#define ALL_ERASED (CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_UNIFORM) | CW_LOOK_BIT(CW_LOOK_RANDOM))

static const uint8_t seed[32] = "a seed of thirty-two bytes, here";

static struct cw_stream markers(void)
{
	return watch_keystream(0);
}

static struct cw_look_for looking_for(uint32_t may_be)
{
	return (struct cw_look_for){ .markers = markers(), .may_be = may_be };
}

static struct cw_sweep_result look_by(struct cw_transport *t, const struct cw_look_for *f, enum cw_where where, uint64_t size, struct watcher *w)
{
	const struct cw_sweep_hooks hooks = watch_hooks(w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	if (cw_sweep_look(t, f, where, seed, size, &hooks, &r, &err))
		fail_msg("%s", err.message);
	return r;
}

static struct cw_sweep_result look(struct sim *s, const struct cw_look_for *f, enum cw_where where)
{
	struct watcher w = { 0 };

	return look_by(&s->t, f, where, s->size_bytes, &w);
}

static struct cw_sweep_result mark(struct sim *s, bool check)
{
	struct watcher w = { 0 };
	const struct cw_sweep_hooks hooks = watch_hooks(&w);
	const struct cw_stream m = markers();
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal((check ? cw_sweep_mark_check : cw_sweep_mark)(&s->t, &m, seed, s->size_bytes, &hooks, &r, &err), 0);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	return r;
}

static struct sim *erased(uint64_t size, uint32_t logical)
{
	struct sim *s = sim_new(size, logical, logical);

	memset(s->bytes, 0, size);
	return s;
}

static void fill_random(uint8_t *p, size_t len)
{
	struct cw_error err = { 0 };

	assert_int_equal(cw_random(p, len, &err), 0);
}

/* ---- where markers stand ---- */

static void markers_ascend_never_overlap_and_are_all_over(void **state)
{
	static const struct { uint64_t size; uint32_t logical; } cases[] = { { LARGE, 512 }, { 64 * MIB + 512, 512 }, { 1000 * MIB, 4096 }, { 20000000000000ull, 512 }, { 20000000004096ull, 4096 } };

	(void)state;
	for (size_t c = 0; c < CW_ARRAY_LEN(cases); c++) {
		uint64_t size = cases[c].size, end = 0, offset, len, widest = 0;
		uint32_t n = cw_mark_windows(size, cases[c].logical);

		assert_true(n > 4000);
		for (uint32_t i = 0; i < n; i++) {
			cw_mark_window(seed, size, cases[c].logical, i, &offset, &len);
			assert_true(offset >= end && len && offset % cases[c].logical == 0 && len % cases[c].logical == 0);
			widest = offset - end > widest ? offset - end : widest;
			end = offset + len;
			if (i == 0)
				assert_true(offset == 0 && len == MIB);
		}
		assert_int_equal(end, size - size % cases[c].logical);
		assert_true(widest <= size / 4096 * 2);
	}
}

static void a_small_medium_is_marked_whole(void **state)
{
	uint64_t offset, len;

	(void)state;
	assert_int_equal(cw_mark_windows(SMALL, 512), 1);
	cw_mark_window(seed, SMALL, 512, 0, &offset, &len);
	assert_true(offset == 0 && len == SMALL);
	assert_int_equal(cw_mark_windows(511, 512), 0);
}

static void other_seeds_mark_other_places(void **state)
{
	uint8_t other[32] = { 0 };
	unsigned same = 0;
	uint64_t a, b, len;

	(void)state;
	for (uint32_t i = 1; i < 4097; i++) {
		cw_mark_window(seed, 1000 * MIB, 512, i, &a, &len);
		cw_mark_window(other, 1000 * MIB, 512, i, &b, &len);
		same += a == b;
	}
	assert_true(same < 100);
}

static void marking_writes_the_markers_and_nothing_else(void **state)
{
	struct sim *s = sim_new(LARGE, 512, 512);
	struct cw_sweep_result r = mark(s, false);
	const struct cw_stream m = markers();
	uint64_t offset, len, end = 0;

	(void)state;
	assert_int_equal(r.done_bytes, 2 * MIB + 4096 * 4096);
	assert_true(s->flushes > 0);
	for (uint32_t i = 0; i < cw_mark_windows(LARGE, 512); i++) {
		cw_mark_window(seed, LARGE, 512, i, &offset, &len);
		assert_true(watch_holds_stream(s, &m, offset, offset + len));
		assert_true(watch_holds_old_data(s, end, offset));
		end = offset + len;
	}
	r = mark(s, true);
	assert_int_equal(r.mismatch_bytes, 0);
	assert_int_equal(r.done_bytes, 2 * MIB + 4096 * 4096);
	s->bytes[LARGE - 1] ^= 1;
	assert_int_equal(mark(s, true).mismatch_bytes, 512);
	cw_transport_free(&s->t);
}

/* ---- what is found ---- */

static void each_kind_is_counted(void **state)
{
	struct sim *s = erased(SMALL, 512);
	struct cw_look_for f = looking_for(ALL_ERASED | CW_LOOK_BIT(CW_LOOK_PATTERN));
	struct cw_sweep_result r;

	(void)state;
	memcpy(f.pattern, "\xa5\x5a\x5a\xa5", 4);
	f.pattern_len = 4;
	memset(s->bytes + 512, 0xff, 1024);
	memset(s->bytes + 4096, 0x6b, 1536);
	for (size_t i = 0; i < 2048; i++)
		s->bytes[MIB + i] = f.pattern[i % 4];
	fill_random(s->bytes + 2 * MIB, 64 * 1024);
	r = look(s, &f, CW_WHERE_ALL);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.mismatch_bytes, 0);
	assert_int_equal(r.done_bytes, SMALL);
	assert_int_equal(r.look.bytes[CW_LOOK_ONES], 1024);
	assert_int_equal(r.look.bytes[CW_LOOK_UNIFORM], 1536);
	assert_int_equal(r.look.bytes[CW_LOOK_PATTERN], 2048);
	assert_int_equal(r.look.bytes[CW_LOOK_RANDOM], 64 * 1024);
	assert_int_equal(cw_look_bytes(&r.look, ~0u), SMALL);
	cw_transport_free(&s->t);
}

static void one_surviving_marker_is_found_wherever_it_is(void **state)
{
	static const uint64_t places[] = { 0, 7 * 512, SMALL / 2, SMALL - 512 };
	const struct cw_stream m = markers();
	struct cw_stream_ctx *ctx = NULL;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_stream_new(&m, &ctx, &err), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++)
		for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
			struct sim *s = erased(SMALL, 512);
			struct cw_look_for f = looking_for(ALL_ERASED);
			struct cw_sweep_result r;

			fill_random(s->bytes, SMALL); /* among what looks just like it */
			assert_int_equal(cw_stream_fill(ctx, elsewhere ? (places[i] + 512) % SMALL : places[i], s->bytes + places[i], 512, &err), 0);
			r = look(s, &f, CW_WHERE_ALL);
			assert_int_equal(r.mismatch_bytes, 512);
			assert_int_equal(r.look.bytes[CW_LOOK_MARKER], 512);
			assert_int_equal(r.first_mismatch.offset_bytes, places[i]);
			assert_int_equal(r.first_mismatch.class, CW_MISMATCH_OTHER_PASS);
			assert_int_equal(r.first_mismatch.written_pass, 0);
			cw_transport_free(&s->t);
		}
	cw_stream_free(ctx);
}

/* Whatever a technique allows: these two never. */
static void data_and_markers_are_never_allowed(void **state)
{
	struct sim *s = sim_new(SMALL, 512, 512); /* full of old data */
	struct cw_look_for f = looking_for(~0u);
	struct cw_sweep_result r = look(s, &f, CW_WHERE_ALL);

	(void)state;
	assert_int_equal(r.mismatch_bytes, SMALL);
	assert_int_equal(r.look.bytes[CW_LOOK_OTHER], SMALL);
	(void)mark(s, false);
	r = look(s, &f, CW_WHERE_ALL);
	assert_int_equal(r.mismatch_bytes, SMALL);
	assert_int_equal(r.look.bytes[CW_LOOK_MARKER], SMALL);
	cw_transport_free(&s->t);
}

static void what_may_not_be_is_a_mismatch(void **state)
{
	struct sim *s = erased(SMALL, 512);
	struct cw_look_for f = looking_for(CW_LOOK_BIT(CW_LOOK_RANDOM));
	struct cw_sweep_result r = look(s, &f, CW_WHERE_ALL);

	(void)state;
	assert_int_equal(r.mismatch_bytes, SMALL);
	assert_int_equal(r.first_mismatch.class, CW_MISMATCH_ZEROS);
	f.may_be = CW_LOOK_BIT(CW_LOOK_ZEROS);
	assert_int_equal(look(s, &f, CW_WHERE_ALL).mismatch_bytes, 0);
	fill_random(s->bytes + 512, 512);
	r = look(s, &f, CW_WHERE_ALL);
	assert_int_equal(r.mismatch_bytes, 512);
	assert_int_equal(r.first_mismatch.class, CW_MISMATCH_FOREIGN);
	assert_int_equal(r.bad.at[0].offset_bytes, 512);
	cw_transport_free(&s->t);
}

/* A false alarm would cost a good drive its certificate, and a large one has many sectors. */
static void random_bytes_look_random(void **state)
{
	static const uint32_t sectors[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sectors); i++) {
		struct sim *s = sim_new(LARGE, sectors[i], sectors[i]);
		struct cw_look_for f = looking_for(CW_LOOK_BIT(CW_LOOK_RANDOM));

		fill_random(s->bytes, LARGE);
		assert_int_equal(look(s, &f, CW_WHERE_ALL).mismatch_bytes, 0);
		cw_transport_free(&s->t);
	}
}

/* Sectors of what people store; compressed and encrypted files look random to everybody, and only markers tell them. */
static void data_does_not_look_random(void **state)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct sim *s = erased(SMALL, 512);
	struct cw_look_for f = looking_for(ALL_ERASED);
	uint8_t *p = s->bytes;
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint64_t code_bytes = 256 * 1024, random_bytes;
	struct cw_sweep_result r;

	(void)state;
	for (size_t i = 0; i < MIB; i++) {
		p[i] = (uint8_t)i;                                       /* a counter */
		p[MIB + i] = (uint8_t)base64[rand() % 64];
		p[2 * MIB + i] = (uint8_t)("0123456789abcdef"[rand() % 16]);
		p[3 * MIB + i] = (uint8_t)(i % 8 < 2 ? (size_t)rand() : i % 4);  /* a table with a column of noise */
	}
	r = look(s, &f, CW_WHERE_ALL);
	assert_int_equal(r.look.bytes[CW_LOOK_OTHER], SMALL);
	/* Machine code: nearly all of it. */
	memset(p, 0, SMALL);
	assert_int_equal(pread(self, p, code_bytes, 65536), code_bytes);
	close(self);
	random_bytes = look(s, &f, CW_WHERE_ALL).look.bytes[CW_LOOK_RANDOM];
	assert_true(random_bytes < code_bytes / 20);
	cw_transport_free(&s->t);
}

/* ---- failures ---- */

static void what_cannot_be_read_is_bad_unless_it_may_be(void **state)
{
	struct fault *fault = fault_new(&erased(SMALL, 512)->t);
	struct cw_look_for f = looking_for(ALL_ERASED);
	struct watcher w = { 0 };
	struct cw_sweep_result r;

	(void)state;
	fault_add(fault, FAULT_ON_READ, MIB, MIB + 1024, EIO, 0);
	r = look_by(&fault->t, &f, CW_WHERE_ALL, SMALL, &w);
	assert_int_equal(r.bad.total_bytes, 1024);
	assert_int_equal(r.done_bytes, SMALL - 1024);
	assert_int_equal(r.look.bytes[CW_LOOK_ERROR], 0);
	f.may_be |= CW_LOOK_BIT(CW_LOOK_ERROR);
	w = (struct watcher){ 0 };
	r = look_by(&fault->t, &f, CW_WHERE_ALL, SMALL, &w);
	assert_int_equal(r.bad.total_bytes, 0);
	assert_int_equal(r.done_bytes, SMALL);
	assert_int_equal(r.look.bytes[CW_LOOK_ERROR], 1024);
	assert_int_equal(cw_look_bytes(&r.look, ~0u), SMALL);
	cw_transport_free(&fault->t);
}

/* A bridge that reports bytes that it did not move must not make erased sectors out of those of the slot before. */
static void a_read_that_fills_nothing_is_no_erased_medium(void **state)
{
	struct sim *s = erased(SMALL, 512);
	struct cw_look_for f = looking_for(ALL_ERASED);
	struct cw_sweep_result r;

	(void)state;
	s->reads_fill_nothing = true;
	r = look(s, &f, CW_WHERE_ALL);
	assert_int_equal(r.mismatch_bytes, SMALL);
	cw_transport_free(&s->t);
}

static void only_the_windows_asked_for_are_read(void **state)
{
	struct sim *s = erased(LARGE, 512);
	struct cw_look_for f = looking_for(ALL_ERASED);
	struct cw_sweep_result r;
	uint64_t offset, len;

	(void)state;
	r = look(s, &f, CW_WHERE_MARKS);
	assert_int_equal(r.done_bytes, 2 * MIB + 4096 * 4096);
	assert_int_equal(s->read_bytes, r.done_bytes);
	cw_mark_window(seed, LARGE, 512, 2000, &offset, &len);
	s->bytes[offset + len - 1] = 1;
	assert_int_equal(look(s, &f, CW_WHERE_MARKS).mismatch_bytes, 512);
	s->bytes[offset + len - 1] = 0;
	r = look(s, &f, CW_WHERE_SAMPLE);
	assert_true(r.done_bytes >= LARGE / 10 && r.done_bytes < LARGE / 8);
	assert_int_equal(r.upto_bytes, LARGE);
	cw_transport_free(&s->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markers_ascend_never_overlap_and_are_all_over),
		cmocka_unit_test(a_small_medium_is_marked_whole),
		cmocka_unit_test(other_seeds_mark_other_places),
		cmocka_unit_test(marking_writes_the_markers_and_nothing_else),
		cmocka_unit_test(each_kind_is_counted),
		cmocka_unit_test(one_surviving_marker_is_found_wherever_it_is),
		cmocka_unit_test(data_and_markers_are_never_allowed),
		cmocka_unit_test(what_may_not_be_is_a_mismatch),
		cmocka_unit_test(random_bytes_look_random),
		cmocka_unit_test(data_does_not_look_random),
		cmocka_unit_test(what_cannot_be_read_is_bad_unless_it_may_be),
		cmocka_unit_test(a_read_that_fills_nothing_is_no_erased_medium),
		cmocka_unit_test(only_the_windows_asked_for_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
