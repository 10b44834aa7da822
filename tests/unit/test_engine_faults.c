/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps on media that break, vanish and are stopped: what was not reached is recorded, and what is reported survives. */
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

/* ---- breaking media ---- */

static void a_bad_block_is_narrowed_down_and_passed_over(void **state)
{
	const int errnos[] = { EIO, ENODATA, EREMOTEIO, ETIMEDOUT, ENOSPC, EILSEQ, EPERM, EBADE, EOPNOTSUPP, 0 };
	struct cw_stream s = watch_keystream(1);
	uint64_t size = 2 * SLOT + 3 * 512, bad = SLOT + 77 * 4096;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(errnos); i++) {
		struct sim *sim = sim_new(size, 512, 4096);
		struct fault *f = fault_new(&sim->t);
		struct trace *tr = trace_new(&f->t);
		struct cw_sweep_result r;

		fault_add(f, FAULT_ON_WRITE, bad + 512, bad + 1024, errnos[i], 0);
		r = watch_sweep(cw_sweep_write, &tr->t, &s, 0, size);
		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_int_equal(r.done_bytes, size - 4096);
		assert_int_equal(r.bad.n, 1);
		assert_int_equal(r.bad.at[0].offset_bytes, bad);
		assert_int_equal(r.bad.at[0].len_bytes, 4096);
		assert_int_equal(r.bad.at[0].fault, CW_FAULT_WRITE);
		assert_int_equal(r.bad.at[0].sys_errno, errnos[i] ? errnos[i] : ENOSPC);
		assert_true(watch_holds_stream(sim, &s, 0, bad) && watch_holds_old_data(sim, bad, bad + 4096) && watch_holds_stream(sim, &s, bad + 4096, size));
		assert_true(trace_count(tr, 'w') < 40);
		for (size_t n = 0; n < tr->n; n++)
			assert_true(tr->calls[n].aligned);
		cw_transport_free(&tr->t);
	}
}

static void an_unreadable_block_is_not_compared(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_READ, 1000 * 512, 1001 * 512, EIO, 0);
	fault_add(f, FAULT_ON_READ, 1003 * 512, 1004 * 512, ENODATA, 0);
	(void)watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	r = watch_sweep(cw_sweep_verify, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, sim->size_bytes - 2 * 512);
	assert_int_equal(r.mismatch_bytes, 0);
	assert_int_equal(r.bad.n, 2);
	assert_int_equal(r.bad.at[0].fault, CW_FAULT_READ);
	assert_int_equal(r.bad.at[1].offset_bytes, 1003 * 512);
	assert_int_equal(r.bad.at[1].sys_errno, ENODATA);
	assert_false(watch_claims_success(&r, 0, sim->size_bytes));
	cw_transport_free(&f->t);
}

static void a_passing_error_is_healed_by_retries(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_BOTH, 8192, 8704, EIO, 1);
	fault_add(f, FAULT_ON_WRITE, SLOT, SLOT + 512, EIO, 8); /* as often as it takes to get down to 4096, and once more */
	r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_true(watch_claims_success(&r, 0, sim->size_bytes));
	assert_true(watch_holds_stream(sim, &s, 0, sim->size_bytes));
	cw_transport_free(&f->t);
}

static void a_resume_inside_a_physical_block_stays_inside_it(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(64 * KIB, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 4096 + 1024, 4096 + 1536, EIO, 0);
	r = watch_sweep(cw_sweep_write, &f->t, &s, 4096 + 512, sim->size_bytes);
	assert_int_equal(r.bad.n, 1);
	assert_int_equal(r.bad.at[0].offset_bytes, 4096 + 512);
	assert_int_equal(r.bad.at[0].len_bytes, 4096 - 512);
	assert_true(watch_holds_old_data(sim, 0, 8192) && watch_holds_stream(sim, &s, 8192, sim->size_bytes));
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

static void a_pulled_cable_ends_it_at_once(void **state)
{
	const int errnos[] = { ENODEV, ENXIO, ENOMEDIUM };
	const watch_sweep_fn sweeps[] = { cw_sweep_write, cw_sweep_verify };
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(errnos); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(sweeps); j++) {
			struct sim *sim = sim_new(4 * SLOT, 512, 512);
			struct fault *f = fault_new(&sim->t);
			struct watcher w = { 0 };
			struct cw_sweep_result r;

			f->vanishes_after_bytes = SLOT + 1;
			f->vanish_errno = errnos[i];
			r = watch_sweep_by(sweeps[j], &f->t, &s, sim->size_bytes, &w, 0);
			assert_lost(&r, &w, errnos[i]);
			assert_int_equal(r.done_bytes, f->moved_bytes);
			assert_int_equal(r.upto_bytes, 2 * SLOT);
			cw_transport_free(&f->t);
		}
}

static void gone_before_the_last_flush_is_lost(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_result r;

	(void)state;
	f->vanishes_after_bytes = SLOT;
	r = watch_sweep_by(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_lost(&r, &w, ENODEV);
	cw_transport_free(&f->t);
}

static void turning_read_only_half_way_is_lost(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(6 * SLOT, 512, 4096);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_result r;

	(void)state;
	f->read_only_after_bytes = 2 * SLOT;
	r = watch_sweep_by(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_lost(&r, &w, EROFS);
	assert_int_equal(r.done_bytes, 2 * SLOT);
	/* What failed since was not reached: whoever gets the medium to take writes again goes on there. */
	assert_int_equal(r.upto_bytes, 2 * SLOT);
	assert_int_equal(r.bad.total_bytes, 0);
	cw_transport_free(&f->t);
}

static void one_good_sector_a_slot_keeps_it_alive(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(5 * SLOT, 4096, 4096);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		fault_add(f, FAULT_ON_WRITE, i * SLOT, (i + 1) * SLOT - 4096, EIO, 0);
	r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, 5 * 4096);
	assert_int_equal(r.bad.n, 5);
	cw_transport_free(&f->t);
}

/* Each request takes 2 ms here, and on a real medium that hangs some minutes. */
static struct cw_sweep_result sweep_with_patience(struct fault *f, uint64_t size, uint64_t patience_ms)
{
	struct cw_stream s = watch_keystream(1);
	struct watcher w = { .dawdle = true };
	struct cw_sweep_hooks hooks = watch_hooks(&w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	hooks.patience_ms = patience_ms;
	assert_int_equal(cw_sweep_write(&f->t, &s, 0, size, &hooks, &r, &err), 0);
	return r;
}

/* What it took before it does not take any more, either. */
static void failing_for_too_long_is_lost(void **state)
{
	struct sim *sim = sim_new(2 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct cw_sweep_result r;

	(void)state;
	f->read_only_after_bytes = SLOT;
	r = sweep_with_patience(f, sim->size_bytes, 100);
	assert_int_equal(r.end, CW_SWEEP_LOST);
	assert_int_equal(r.lost_errno, EROFS);
	assert_int_equal(r.upto_bytes, SLOT);
	assert_int_equal(r.done_bytes, SLOT);
	assert_int_equal(r.bad.total_bytes, 0);
	assert_true(f->requests < 200);
	cw_transport_free(&f->t);
}

static void patience_lasts_while_something_succeeds(void **state)
{
	struct sim *sim = sim_new(2 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	uint64_t began_ms = cw_monotonic_ms();
	struct cw_sweep_result r;

	(void)state;
	for (uint64_t at = 0; at < 2 * SLOT; at += 2 * SLOT / FAULT_RULES_MAX)
		fault_add(f, FAULT_ON_WRITE, at, at + 512, EIO, 0);
	r = sweep_with_patience(f, sim->size_bytes, 1000);
	assert_true(cw_monotonic_ms() - began_ms > 1000);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.bad.n, FAULT_RULES_MAX);
	assert_int_equal(r.given_up_bytes, 0);
	cw_transport_free(&f->t);
}

static void shrinking_is_lost(void **state)
{
	const uint64_t when[] = { 0, SLOT }; /* before the first byte, and on the way */
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(when); i++) {
		struct sim *sim = sim_new(2 * SLOT, 512, 512);
		struct watcher w = { 0 };
		struct cw_sweep_result r;

		sim->shrinks_after_bytes = when[i];
		sim->shrunk_bytes = 2 * SLOT - 512;
		r = watch_sweep_by(cw_sweep_write, &sim->t, &s, 2 * SLOT, &w, 0);
		assert_lost(&r, &w, ENOSPC);
		assert_int_equal(r.done_bytes, when[i] ? 2 * SLOT : 0);
		cw_transport_free(&sim->t);
	}
}

/* Another disc fails the first request to it and takes the next. */
static void what_failed_is_not_sent_again_before_the_medium_was_looked_at(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(4 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { 0 };
	struct cw_sweep_result r;

	(void)state;
	sim->shrinks_after_bytes = SLOT;
	sim->shrunk_bytes = 0;
	fault_add(f, FAULT_ON_WRITE, SLOT, SLOT + 512, EIO, 1);
	r = watch_sweep_by(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_lost(&r, &w, ENOSPC);
	assert_int_equal(sim->written_bytes, SLOT);
	assert_int_equal(r.upto_bytes, SLOT);
	cw_transport_free(&f->t);
}

static void a_failed_flush_records_no_checkpoint(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(4 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .dawdle = true };
	struct cw_sweep_result r;

	(void)state;
	sim->flush_errno = EIO;
	sim->flush_fails_at = 3;
	r = watch_sweep_by(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, 0);
	assert_int_equal(r.end, CW_SWEEP_FLUSH_FAILED);
	assert_int_equal(r.lost_errno, EIO);
	assert_int_equal(w.checkpoints, 2);
	assert_int_equal(w.checkpoint_upto, 2 * SLOT);
	cw_transport_free(&sim->t);
}

static void a_failed_journal_stops_the_sweep(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(4 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .dawdle = true, .fail_checkpoint = true };
	struct cw_sweep_result r = watch_sweep_by(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, CW_E_STATE);

	(void)state;
	assert_int_equal(r.end, CW_SWEEP_HOOK_FAILED);
	assert_int_equal(sim->written_bytes, SLOT);
	cw_transport_free(&sim->t);
}

static void our_own_failures_never_look_done(void **state)
{
	struct cw_stream s = watch_pattern("", 0), good = watch_keystream(1);
	struct sim *sim = sim_new(4096, 512, 512);
	struct watcher w = { 0 };
	struct cw_sweep_hooks hooks = watch_hooks(&w);
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
	struct cw_stream s = watch_keystream(1);

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(physicals); i++) {
		struct sim *sim = sim_new(64 * KIB, 512, physicals[i]);
		struct fault *f = fault_new(&sim->t);
		struct cw_sweep_result r;

		fault_add(f, FAULT_ON_WRITE, 5120, 5121, EIO, 0);
		r = watch_sweep(cw_sweep_write, &f->t, &s, 0, sim->size_bytes);
		assert_int_equal(r.bad.total_bytes, 512);
		assert_int_equal(r.done_bytes, 64 * KIB - 512);
		cw_transport_free(&f->t);
	}
}

/* ---- checkpoints, stop, resume ---- */

static void checkpoints_come_in_time_and_after_a_flush(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(5 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .dawdle = true };
	struct cw_sweep_result r = watch_sweep_by(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, 0);

	(void)state;
	assert_true(watch_claims_success(&r, 0, sim->size_bytes));
	assert_int_equal(w.checkpoints, 6); /* one a slot, because each takes longer than the interval, and the last */
	assert_int_equal(w.checkpoint_upto, sim->size_bytes);
	assert_int_equal(w.progress_upto, sim->size_bytes);
	cw_transport_free(&sim->t);
}

static void what_a_stop_reports_survives_a_power_cut(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(5 * SLOT, 512, 512);
	struct watcher w = { .sim = sim, .stop_after = 2 };
	struct cw_sweep_result r = watch_sweep_by(cw_sweep_write, &sim->t, &s, sim->size_bytes, &w, 0);

	(void)state;
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(r.upto_bytes, 2 * SLOT);
	assert_int_equal(w.checkpoint_upto, 2 * SLOT);
	sim_power_cut(sim);
	assert_true(watch_holds_stream(sim, &s, 0, r.upto_bytes));
	assert_true(watch_holds_old_data(sim, r.upto_bytes, sim->size_bytes));
	cw_transport_free(&sim->t);
}

static void a_stop_is_prompt_while_everything_fails(void **state)
{
	struct cw_stream s = watch_keystream(1);
	struct sim *sim = sim_new(2 * SLOT, 512, 512);
	struct fault *f = fault_new(&sim->t);
	struct watcher w = { .stop_after = 30 };
	struct cw_sweep_result r;

	(void)state;
	fault_add(f, FAULT_ON_WRITE, 0, 2 * SLOT, EIO, 0);
	r = watch_sweep_by(cw_sweep_write, &f->t, &s, sim->size_bytes, &w, 0);
	assert_int_equal(r.end, CW_SWEEP_STOPPED);
	assert_int_equal(f->requests, 30);
	assert_int_equal(r.bad.total_bytes, r.upto_bytes);
	cw_transport_free(&f->t);
}

static void a_resume_from_the_middle_keeps_the_phase(void **state)
{
	const struct cw_stream streams[] = { watch_pattern("\x92\x49\x24", 3), watch_keystream(4), watch_complement(4) };
	const uint64_t from[] = { 512, 77 * 512, SLOT - 512, SLOT, SLOT + 1024 };
	uint64_t size = 2 * SLOT + 1536;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(from); j++) {
			struct sim *sim = sim_new(size, 512, 4096);
			struct cw_sweep_result r = watch_sweep(cw_sweep_write, &sim->t, &streams[i], 0, from[j]);

			assert_true(watch_claims_success(&r, 0, from[j]));
			assert_true(watch_holds_old_data(sim, from[j], size));
			r = watch_sweep(cw_sweep_write, &sim->t, &streams[i], from[j], size);
			assert_true(watch_claims_success(&r, from[j], size));
			r = watch_sweep(cw_sweep_verify, &sim->t, &streams[i], 0, size);
			assert_true(watch_claims_success(&r, 0, size));
			r = watch_sweep(cw_sweep_verify, &sim->t, &streams[i], from[j], size);
			assert_true(watch_claims_success(&r, from[j], size));
			assert_true(watch_holds_stream(sim, &streams[i], 0, size));
			cw_transport_free(&sim->t);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(failing_for_too_long_is_lost),
		cmocka_unit_test(patience_lasts_while_something_succeeds),
		cmocka_unit_test(shrinking_is_lost), cmocka_unit_test(what_failed_is_not_sent_again_before_the_medium_was_looked_at),
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
