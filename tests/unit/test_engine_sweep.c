/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps on media that lie, break and vanish: what a result claims must be true of what really stands on the medium. */
#include "certwipe/engine.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KIB 1024u
#define SLOT ((uint64_t)CW_SLOT_BYTES)

/* ---- what a test looks through ---- */

/* Hooks that count and, on request, stop, fail or dawdle. */
struct watcher {
	struct sim *sim;          /* to see that it was flushed, may be NULL */
	unsigned checkpoints, progresses, flushes_seen;
	uint64_t checkpoint_upto, progress_upto;
	unsigned stop_after;      /* progresses; 0: never */
	bool fail_checkpoint, dawdle;
};

static bool watch_stop(void *user)
{
	struct watcher *w = user;

	return w->stop_after && w->progresses >= w->stop_after;
}

static void watch_progress(void *user, uint64_t upto_bytes)
{
	struct watcher *w = user;

	assert_true(upto_bytes >= w->progress_upto);
	w->progress_upto = upto_bytes;
	w->progresses++;
	if (w->dawdle)
		usleep(2000);
}

static int watch_checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	struct watcher *w = user;

	if (w->sim) {
		assert_int_equal(w->sim->flushes, w->flushes_seen + 1);
		w->flushes_seen = w->sim->flushes;
	}
	w->checkpoints++;
	w->checkpoint_upto = so_far->upto_bytes;
	return w->fail_checkpoint ? cw_fail(err, CW_E_STATE, EIO, "journal", NULL, "The journal cannot be written.") : 0;
}

static struct cw_sweep_hooks hooks_of(struct watcher *w)
{
	return (struct cw_sweep_hooks){ .user = w, .stop = watch_stop, .progress = watch_progress, .checkpoint = watch_checkpoint };
}

static struct cw_stream keystream(uint64_t pass)
{
	return (struct cw_stream){ .kind = CW_STREAM_KEYSTREAM, .pass = pass, .key = "thirty-two bytes that are a key" };
}

static struct cw_stream complement(uint64_t pass)
{
	struct cw_stream s = keystream(pass);

	s.kind = CW_STREAM_KEYSTREAM_COMPLEMENT;
	return s;
}

static struct cw_stream pattern(const char *bytes, uint32_t len)
{
	struct cw_stream s = { .kind = CW_STREAM_PATTERN, .pattern_len = len };

	memcpy(s.pattern, bytes, len);
	return s;
}

typedef int (*sweep_fn)(struct cw_transport *, const struct cw_stream *, uint64_t, uint64_t, const struct cw_sweep_hooks *, struct cw_sweep_result *,
			struct cw_error *);

static struct cw_sweep_result sweep(sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t from, uint64_t size)
{
	struct watcher w = { 0 };
	struct cw_sweep_hooks hooks = hooks_of(&w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal(fn(t, s, from, size, &hooks, &r, &err), 0);
	return r;
}

/* The only result from which a verdict may conclude that [from, size) holds the stream. */
static bool claims_success(const struct cw_sweep_result *r, uint64_t from, uint64_t size)
{
	return r->end == CW_SWEEP_DONE && r->from_bytes == from && r->upto_bytes == size && r->done_bytes == size - from && !r->mismatch_bytes && !r->bad.n &&
	       !r->bad.total_bytes;
}

static bool holds_stream(const struct sim *sim, const struct cw_stream *s, uint64_t from, uint64_t upto)
{
	CW_AUTO_FREE uint8_t *want = malloc(upto - from + 1);
	struct cw_stream_ctx *c = NULL;
	struct cw_error err = { 0 };

	assert_non_null(want);
	assert_int_equal(cw_stream_new(s, &c, &err), 0);
	assert_int_equal(cw_stream_fill(c, from, want, upto - from, &err), 0);
	cw_stream_free(c);
	return !memcmp(want, sim->bytes + from, upto - from);
}

static bool holds_old_data(const struct sim *sim, uint64_t from, uint64_t upto)
{
	for (uint64_t i = from; i < upto; i++)
		if (sim->bytes[i] != sim_old_byte(i))
			return false;
	return true;
}

/* ---- honest media ---- */

static void honest_media_of_any_size_are_written_and_verified(void **state)
{
	const struct cw_stream streams[] = { pattern("\x00", 1), pattern("\x92\x49\x24", 3), pattern("\xe4\xff\xff\xff", 4), keystream(1), complement(1) };
	const uint32_t sectors[] = { 512, 4096 };
	const uint64_t counts[] = { 0, 1, 31, 129, 263 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sectors); j++)
			for (size_t k = 0; k < CW_ARRAY_LEN(counts); k++) {
				uint64_t size = counts[k] * sectors[j];
				struct sim *sim = sim_new(size, sectors[j], 4096);
				struct trace *tr = trace_new(&sim->t);
				struct cw_sweep_result r = sweep(cw_sweep_write, &tr->t, &streams[i], 0, size);

				assert_true(claims_success(&r, 0, size));
				assert_true(holds_stream(sim, &streams[i], 0, size));
				r = sweep(cw_sweep_verify, &tr->t, &streams[i], 0, size);
				assert_true(claims_success(&r, 0, size));
				for (size_t n = 0; n < tr->n; n++)
					assert_true(tr->calls[n].aligned);
				cw_transport_free(&tr->t);
			}
}

static void a_fraction_of_a_sector_is_never_claimed(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(3 * 4096 + 1000, 4096, 4096);
	const sweep_fn sweeps[] = { cw_sweep_write, cw_sweep_verify };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sweeps); i++) {
		struct cw_sweep_result r = sweep(sweeps[i], &sim->t, &s, 0, sim->size_bytes);

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
	struct cw_stream s = pattern("\x92\x49\x24", 3);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(shorts); i++) {
		struct sim *sim = sim_new(300 * 512, 512, 512);
		struct fault *f = fault_new(&sim->t);
		struct cw_sweep_result r;

		sim->short_bytes = shorts[i];
		f->interrupt_every = 3;
		r = sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
		assert_true(claims_success(&r, 0, sim->size_bytes));
		assert_true(holds_stream(sim, &s, 0, sim->size_bytes));
		r = sweep(cw_sweep_verify, &f->t, &s, 0, sim->size_bytes);
		assert_true(claims_success(&r, 0, sim->size_bytes));
		cw_transport_free(&f->t);
	}
}

static void less_than_a_sector_a_request_is_no_progress(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(4 * 512, 512, 512);
	struct cw_sweep_result r;

	(void)state;
	sim->short_bytes = 100;
	r = sweep(cw_sweep_write, &sim->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.done_bytes, 0);
	assert_int_equal(r.bad.total_bytes, sim->size_bytes);
	cw_transport_free(&sim->t);
}

static void verification_drops_our_caches_before_it_reads(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(16 * 512, 512, 512);
	struct trace *tr = trace_new(&sim->t);
	size_t first = 0;

	(void)state;
	(void)sweep(cw_sweep_write, &tr->t, &s, 0, sim->size_bytes);
	assert_int_equal(trace_count(tr, 'd'), 0);
	(void)sweep(cw_sweep_verify, &tr->t, &s, 0, sim->size_bytes);
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
	const struct cw_stream streams[] = { pattern("\x00", 1), pattern("\x92\x49\x24", 3), keystream(2), complement(2) };
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
				(void)sweep(cw_sweep_write, &sim->t, &streams[i], 0, sim->size_bytes);
				r = sweep(cw_sweep_verify, &sim->t, &streams[i], 0, sim->size_bytes);
				assert_int_equal(claims_success(&r, 0, sim->size_bytes), lie == 0);
				if (lie == 0)
					assert_true(holds_stream(sim, &streams[i], 0, sim->size_bytes));
				else
					assert_int_equal(r.mismatch_bytes, r.bad.total_bytes);
				cw_transport_free(&sim->t);
			}
}

static void a_wrong_byte_costs_its_sector(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(SLOT, 512, 4096);
	struct cw_sweep_result r;

	(void)state;
	(void)sweep(cw_sweep_write, &sim->t, &s, 0, SLOT);
	sim->bytes[100 * 512] ^= 1;
	sim->bytes[101 * 512 + 511] ^= 0x80;
	sim->bytes[SLOT - 1] ^= 1;
	r = sweep(cw_sweep_verify, &sim->t, &s, 0, SLOT);
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
	struct cw_sweep_result r = sweep(cw_sweep_verify, &sim->t, s, 0, sim->size_bytes);

	assert_true(r.mismatch_bytes > 0);
	return r.first_mismatch;
}

static void true_capacity_shows_in_the_first_mismatch(void **state)
{
	const struct cw_stream streams[] = { keystream(1), complement(1) };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++) {
		struct sim *sim = sim_new(256 * KIB, 512, 512);
		struct cw_mismatch_info m;

		sim->wraps_at_bytes = 96 * KIB;
		(void)sweep(cw_sweep_write, &sim->t, &streams[i], 0, sim->size_bytes);
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
		{ keystream(1), keystream(2), 1 }, { keystream(1), complement(1), 1 }, { complement(3), keystream(3), 3 }, { keystream(5), complement(6), 5 },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct sim *sim = sim_new(64 * KIB, 512, 512);
		struct cw_mismatch_info m;

		(void)sweep(cw_sweep_write, &sim->t, &cases[i].first, 0, sim->size_bytes);
		sim->drops_from_bytes = 32 * KIB;
		(void)sweep(cw_sweep_write, &sim->t, &cases[i].then, 0, sim->size_bytes);
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
	struct cw_stream zeros = keystream(1), stream = keystream(1);
	struct sim *sim = sim_new(64 * KIB, 512, 512);
	struct cw_mismatch_info m;

	(void)state;
	zeros.kind = CW_STREAM_PATTERN;
	zeros.pattern_len = 1;
	(void)sweep(cw_sweep_write, &sim->t, &stream, 0, sim->size_bytes);
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
	struct cw_stream s = keystream(1);

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

/* ---- breaking media ---- */

static void a_bad_block_is_narrowed_down_and_passed_over(void **state)
{
	const int errnos[] = { EIO, ENODATA, EREMOTEIO, ETIMEDOUT, ENOSPC, EILSEQ, EPERM, EBADE, EOPNOTSUPP, 0 };
	struct cw_stream s = keystream(1);
	uint64_t size = 2 * SLOT + 3 * 512, bad = SLOT + 77 * 4096;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(errnos); i++) {
		struct sim *sim = sim_new(size, 512, 4096);
		struct fault *f = fault_new(&sim->t);
		struct trace *tr = trace_new(&f->t);
		struct cw_sweep_result r;

		fault_add(f, FAULT_ON_WRITE, bad + 512, bad + 1024, errnos[i], 0);
		r = sweep(cw_sweep_write, &tr->t, &s, 0, size);
		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_int_equal(r.done_bytes, size - 4096);
		assert_int_equal(r.bad.n, 1);
		assert_int_equal(r.bad.at[0].offset_bytes, bad);
		assert_int_equal(r.bad.at[0].len_bytes, 4096);
		assert_int_equal(r.bad.at[0].fault, CW_FAULT_WRITE);
		assert_int_equal(r.bad.at[0].sys_errno, errnos[i] ? errnos[i] : ENOSPC);
		assert_true(holds_stream(sim, &s, 0, bad) && holds_old_data(sim, bad, bad + 4096) && holds_stream(sim, &s, bad + 4096, size));
		assert_true(trace_count(tr, 'w') < 40);
		for (size_t n = 0; n < tr->n; n++)
			assert_true(tr->calls[n].aligned);
		cw_transport_free(&tr->t);
	}
}

static void an_unreadable_block_is_not_compared(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_READ, 1000 * 512, 1001 * 512, EIO, 0);
	fault_add(f, FAULT_ON_READ, 1003 * 512, 1004 * 512, ENODATA, 0);
	(void)sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	r = sweep(cw_sweep_verify, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, sim->size_bytes - 2 * 512);
	assert_int_equal(r.mismatch_bytes, 0);
	assert_int_equal(r.bad.n, 2);
	assert_int_equal(r.bad.at[0].fault, CW_FAULT_READ);
	assert_int_equal(r.bad.at[1].offset_bytes, 1003 * 512);
	assert_int_equal(r.bad.at[1].sys_errno, ENODATA);
	assert_false(claims_success(&r, 0, sim->size_bytes));
	cw_transport_free(&f->t);
}

static void a_passing_error_is_healed_by_retries(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_BOTH, 8192, 8704, EIO, 1);
	fault_add(f, FAULT_ON_WRITE, SLOT, SLOT + 512, EIO, 8); /* as often as it takes to get down to 4096, and once more */
	r = sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_true(claims_success(&r, 0, sim->size_bytes));
	assert_true(holds_stream(sim, &s, 0, sim->size_bytes));
	cw_transport_free(&f->t);
}

static void a_resume_inside_a_physical_block_stays_inside_it(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(64 * KIB, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 4096 + 1024, 4096 + 1536, EIO, 0);
	r = sweep(cw_sweep_write, &f->t, &s, 4096 + 512, sim->size_bytes);
	assert_int_equal(r.bad.n, 1);
	assert_int_equal(r.bad.at[0].offset_bytes, 4096 + 512);
	assert_int_equal(r.bad.at[0].len_bytes, 4096 - 512);
	assert_true(holds_old_data(sim, 0, 8192) && holds_stream(sim, &s, 8192, sim->size_bytes));
	cw_transport_free(&f->t);
}

static void many_bad_blocks_are_counted_exactly(void **state)
{
	struct cw_extents list = { 0 };

	(void)state;
	for (uint64_t i = 0; i < CW_EXTENTS_MAX + 100; i++)
		cw_extents_add(&list, 8192 * i, 512, CW_FAULT_READ, EIO);
	assert_int_equal(list.n, CW_EXTENTS_MAX);
	assert_int_equal(list.total_bytes, 512 * (CW_EXTENTS_MAX + 100));
	assert_int_equal(list.at[CW_EXTENTS_MAX - 1].offset_bytes, 8192 * (CW_EXTENTS_MAX - 1));
	assert_int_equal(list.at[CW_EXTENTS_MAX - 1].len_bytes, 8192 * 100 + 512);
}

static void neighbours_merge_by_fault(void **state)
{
	struct cw_extents list = { 0 };

	(void)state;
	cw_extents_add(&list, 0, 0, CW_FAULT_READ, EIO);
	assert_int_equal(list.n, 0);
	cw_extents_add(&list, 512, 512, CW_FAULT_READ, EIO);
	cw_extents_add(&list, 1024, 512, CW_FAULT_READ, ENODATA);
	cw_extents_add(&list, 1536, 512, CW_FAULT_MISMATCH, 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.at[0].len_bytes, 1024);
	assert_int_equal(list.at[0].sys_errno, EIO);
	assert_int_equal(list.total_bytes, 1536);
}

/* ---- media that end the sweep ---- */

static void assert_lost(const struct cw_sweep_result *r, const struct watcher *w, int sys_errno)
{
	assert_int_equal(r->end, CW_SWEEP_LOST);
	assert_int_equal(r->lost_errno, sys_errno);
	assert_int_equal(w->checkpoints, 0);
}

static struct cw_sweep_result watched(sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t size, struct watcher *w, int expected_rc)
{
	struct cw_sweep_hooks hooks = hooks_of(w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	hooks.checkpoint_interval_ms = w->dawdle ? 1 : 0;
	assert_int_equal(fn(t, s, 0, size, &hooks, &r, &err), expected_rc);
	return r;
}

static void a_pulled_cable_ends_it_at_once(void **state)
{
	const int errnos[] = { ENODEV, ENXIO, ENOMEDIUM };
	const sweep_fn sweeps[] = { cw_sweep_write, cw_sweep_verify };
	struct cw_stream s = keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(errnos); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sweeps); j++) {
			struct sim *sim = sim_new(4 * SLOT, 512, 512);
			struct fault *f = fault_new(&sim->t);
			struct watcher w = { 0 };
			struct cw_sweep_result r;

			f->vanishes_after_bytes = SLOT + 1;
			f->vanish_errno = errnos[i];
			r = watched(sweeps[j], &f->t, &s, sim->size_bytes, &w, 0);
			assert_lost(&r, &w, errnos[i]);
			assert_int_equal(r.done_bytes, f->moved_bytes);
			assert_int_equal(r.upto_bytes, 2 * SLOT);
			cw_transport_free(&f->t);
		}
}

static void gone_before_the_last_flush_is_lost(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_result r;

	(void)state;
	f->vanishes_after_bytes = SLOT;
	r = watched(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_lost(&r, &w, ENODEV);
	cw_transport_free(&f->t);
}

static void turning_read_only_half_way_is_lost(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(6 * SLOT, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_result r;

	(void)state;
	f->read_only_after_bytes = 2 * SLOT;
	r = watched(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_lost(&r, &w, EROFS);
	assert_int_equal(r.done_bytes, 2 * SLOT);
	assert_int_equal(r.upto_bytes, 5 * SLOT);
	assert_int_equal(r.bad.total_bytes, 3 * SLOT);
	cw_transport_free(&f->t);
}

static void one_good_sector_a_slot_keeps_it_alive(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(5 * SLOT, 4096, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		fault_add(f, FAULT_ON_WRITE, i * SLOT, (i + 1) * SLOT - 4096, EIO, 0);
	r = sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, 5 * 4096);
	assert_int_equal(r.bad.n, 5);
	cw_transport_free(&f->t);
}

static void shrinking_is_lost(void **state)
{
	const uint64_t when[] = { 0, SLOT }; /* before the first byte, and on the way */
	struct cw_stream s = keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(when); i++) {
		struct sim *sim = sim_new(2 * SLOT, 512, 512);
		struct watcher w = { 0 };
		struct cw_sweep_result r;

		sim->shrinks_after_bytes = when[i];
		sim->shrunk_bytes = 2 * SLOT - 512;
		r = watched(cw_sweep_write, &sim->t, &s, 2 * SLOT, &w, 0);
		assert_lost(&r, &w, ENOSPC);
		assert_int_equal(r.done_bytes, when[i] ? 2 * SLOT : 0);
		cw_transport_free(&sim->t);
	}
}

static void a_failed_flush_records_no_checkpoint(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(4 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .dawdle = true };
	struct cw_sweep_result r;

	(void)state;
	sim->flush_errno = EIO;
	sim->flush_fails_at = 3;
	r = watched(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, 0);
	assert_int_equal(r.end, CW_SWEEP_FLUSH_FAILED);
	assert_int_equal(r.lost_errno, EIO);
	assert_int_equal(w.checkpoints, 2);
	assert_int_equal(w.checkpoint_upto, 2 * SLOT);
	cw_transport_free(&sim->t);
}

static void a_failed_journal_stops_the_sweep(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(4 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .dawdle = true, .fail_checkpoint = true };
	struct cw_sweep_result r = watched(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, CW_E_STATE);

	(void)state;
	assert_int_equal(r.end, CW_SWEEP_HOOK_FAILED);
	assert_int_equal(sim->written_bytes, SLOT);
	cw_transport_free(&sim->t);
}

static void our_own_failures_never_look_done(void **state)
{
	struct cw_stream s = pattern("", 0), good = keystream(1);
	struct sim *sim = sim_new(4096, 512, 512);
	struct watcher w = { 0 };
	struct cw_sweep_hooks hooks = hooks_of(&w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_sweep_write(&sim->t, &s, 0, 4096, &hooks, &r, &err), CW_E_FAILED);
	assert_int_equal(r.end, CW_SWEEP_HOOK_FAILED);
	assert_int_equal(cw_sweep_write(&sim->t, &good, 100, 4096, &hooks, &r, &err), CW_E_FAILED);
	assert_int_equal(cw_sweep_write(&sim->t, &good, 8192, 4096, &hooks, &r, &err), CW_E_FAILED);
	sim->t.logical_bytes = 520;
	assert_int_equal(cw_sweep_verify(&sim->t, &good, 0, 4096, &hooks, &r, &err), CW_E_SECTOR_SIZE);
	sim->t.logical_bytes = 0;
	assert_int_equal(cw_sweep_verify(&sim->t, &good, 0, 4096, &hooks, &r, &err), CW_E_SECTOR_SIZE);
	assert_int_equal(r.end, CW_SWEEP_HOOK_FAILED);
	assert_int_equal(sim->written_bytes, 0);
	cw_transport_free(&sim->t);
}

static void a_nonsensical_physical_block_does_not_matter(void **state)
{
	const uint32_t physicals[] = { 0, 1, 513, 100000, 1u << 31 };
	struct cw_stream s = keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(physicals); i++) {
		struct sim *sim = sim_new(64 * KIB, 512, physicals[i]);
		struct fault *f = fault_new(&sim->t);
		struct cw_sweep_result r;

		fault_add(f, FAULT_ON_WRITE, 5120, 5121, EIO, 0);
		r = sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
		assert_int_equal(r.bad.total_bytes, 512);
		assert_int_equal(r.done_bytes, 64 * KIB - 512);
		cw_transport_free(&f->t);
	}
}

/* ---- checkpoints, stop, resume ---- */

static void checkpoints_come_in_time_and_after_a_flush(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(5 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .dawdle = true };
	struct cw_sweep_result r = watched(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, 0);

	(void)state;
	assert_true(claims_success(&r, 0, sim->size_bytes));
	assert_int_equal(w.checkpoints, 6); /* one a slot, because each takes longer than the interval, and the last */
	assert_int_equal(w.checkpoint_upto, sim->size_bytes);
	assert_int_equal(w.progress_upto, sim->size_bytes);
	cw_transport_free(&sim->t);
}

static void what_a_stop_reports_survives_a_power_cut(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(5 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .stop_after = 2 };
	struct cw_sweep_result r = watched(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, 0);

	(void)state;
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(r.upto_bytes, 2 * SLOT);
	assert_int_equal(w.checkpoint_upto, 2 * SLOT);
	sim_power_cut(sim);
	assert_true(holds_stream(sim, &s, 0, r.upto_bytes));
	assert_true(holds_old_data(sim, r.upto_bytes, sim->size_bytes));
	cw_transport_free(&sim->t);
}

static void a_stop_is_prompt_while_everything_fails(void **state)
{
	struct cw_stream s = keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { .stop_after = 30 };
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 0, 2 * SLOT, EIO, 0);
	r = watched(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(f->requests, 30);
	assert_int_equal(r.bad.total_bytes, r.upto_bytes);
	cw_transport_free(&f->t);
}

static void a_resume_from_the_middle_keeps_the_phase(void **state)
{
	const struct cw_stream streams[] = { pattern("\x92\x49\x24", 3), keystream(4), complement(4) };
	const uint64_t from[] = { 512, 77 * 512, SLOT - 512, SLOT, SLOT + 1024 };
	uint64_t size = 2 * SLOT + 1536;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(from); j++) {
			struct sim *sim = sim_new(size, 512, 4096);
			struct cw_sweep_result r = sweep(cw_sweep_write, &sim->t, &streams[i], 0, from[j]);

			assert_true(claims_success(&r, 0, from[j]));
			assert_true(holds_old_data(sim, from[j], size));
			r = sweep(cw_sweep_write, &sim->t, &streams[i], from[j], size);
			assert_true(claims_success(&r, from[j], size));
			r = sweep(cw_sweep_verify, &sim->t, &streams[i], 0, size);
			assert_true(claims_success(&r, 0, size));
			r = sweep(cw_sweep_verify, &sim->t, &streams[i], from[j], size);
			assert_true(claims_success(&r, from[j], size));
			assert_true(holds_stream(sim, &streams[i], 0, size));
			cw_transport_free(&sim->t);
		}
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
		cmocka_unit_test(a_bad_block_is_narrowed_down_and_passed_over),
		cmocka_unit_test(an_unreadable_block_is_not_compared),
		cmocka_unit_test(a_passing_error_is_healed_by_retries),
		cmocka_unit_test(a_resume_inside_a_physical_block_stays_inside_it),
		cmocka_unit_test(many_bad_blocks_are_counted_exactly),
		cmocka_unit_test(neighbours_merge_by_fault),
		cmocka_unit_test(a_pulled_cable_ends_it_at_once),
		cmocka_unit_test(gone_before_the_last_flush_is_lost),
		cmocka_unit_test(turning_read_only_half_way_is_lost),
		cmocka_unit_test(one_good_sector_a_slot_keeps_it_alive),
		cmocka_unit_test(shrinking_is_lost),
		cmocka_unit_test(a_failed_flush_records_no_checkpoint),
		cmocka_unit_test(a_failed_journal_stops_the_sweep),
		cmocka_unit_test(our_own_failures_never_look_done),
		cmocka_unit_test(a_nonsensical_physical_block_does_not_matter),
		cmocka_unit_test(checkpoints_come_in_time_and_after_a_flush),
		cmocka_unit_test(what_a_stop_reports_survives_a_power_cut),
		cmocka_unit_test(a_stop_is_prompt_while_everything_fails),
		cmocka_unit_test(a_resume_from_the_middle_keeps_the_phase),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
