/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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

struct cw_sweep_hooks watch_hooks(struct watcher *w)
{
	return (struct cw_sweep_hooks){ .user = w, .stop = watch_stop, .progress = watch_progress, .checkpoint = watch_checkpoint, .retry_pause_ms = 1 };
}

struct cw_stream watch_keystream(uint64_t pass)
{
	return (struct cw_stream){ .kind = CW_STREAM_KEYSTREAM, .pass = pass, .key = "thirty-two bytes that are a key" };
}

struct cw_stream watch_complement(uint64_t pass)
{
	struct cw_stream s = watch_keystream(pass);

	s.kind = CW_STREAM_KEYSTREAM_COMPLEMENT;
	return s;
}

struct cw_stream watch_pattern(const char *bytes, uint32_t len)
{
	struct cw_stream s = { .kind = CW_STREAM_PATTERN, .pattern_len = len };

	memcpy(s.pattern, bytes, len);
	return s;
}

struct cw_sweep_result watch_sweep(watch_sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t from, uint64_t size)
{
	struct watcher w = { 0 };
	struct cw_sweep_hooks hooks = watch_hooks(&w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	assert_int_equal(fn(t, s, from, size, &hooks, &r, &err), 0);
	return r;
}

bool watch_claims_success(const struct cw_sweep_result *r, uint64_t from, uint64_t size)
{
	return r->end == CW_SWEEP_DONE && r->from_bytes == from && r->upto_bytes == size && r->done_bytes == size - from && !r->mismatch_bytes && !r->bad.n &&
	       !r->bad.total_bytes;
}

bool watch_holds_stream(const struct sim *sim, const struct cw_stream *s, uint64_t from, uint64_t upto)
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

bool watch_holds_old_data(const struct sim *sim, uint64_t from, uint64_t upto)
{
	for (uint64_t i = from; i < upto; i++)
		if (sim->bytes[i] != sim_old_byte(i))
			return false;
	return true;
}

struct cw_sweep_result watch_sweep_by(watch_sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t size, struct watcher *w, int expected_rc)
{
	struct cw_sweep_hooks hooks = watch_hooks(w);
	struct cw_sweep_result r;
	struct cw_error err = { 0 };

	hooks.checkpoint_interval_ms = w->dawdle ? 1 : 0;
	assert_int_equal(fn(t, s, 0, size, &hooks, &r, &err), expected_rc);
	return r;
}
