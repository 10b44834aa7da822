/* SPDX-License-Identifier: Apache-2.0 */
/* How tests look at a sweep: hooks that count, and what stands on a simulated medium against what a result claims. */
#ifndef CERTWIPE_TESTS_WATCH_H
#define CERTWIPE_TESTS_WATCH_H

#include "certwipe/engine.h"
#include "sim/sim.h"

/* Hooks that count and, on request, stop, fail or dawdle. */
struct watcher {
	struct sim *sim;          /* to see that it was flushed, may be NULL */
	unsigned checkpoints, progresses, flushes_seen;
	uint64_t checkpoint_upto, progress_upto;
	unsigned stop_after;      /* progresses; 0: never */
	bool fail_checkpoint, dawdle;
};
struct cw_sweep_hooks watch_hooks(struct watcher *w);

/* Streams under one key. */
struct cw_stream watch_keystream(uint64_t pass);
struct cw_stream watch_complement(uint64_t pass);
struct cw_stream watch_pattern(const char *bytes, uint32_t len);

typedef int (*watch_sweep_fn)(struct cw_transport *, const struct cw_stream *, uint64_t, uint64_t, const struct cw_sweep_hooks *, struct cw_sweep_result *,
			struct cw_error *);
/* Over [from, size), or over [0, size) with hooks that watch; dawdling ones ask for a checkpoint after each slot. */
struct cw_sweep_result watch_sweep(watch_sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t from, uint64_t size);
struct cw_sweep_result watch_sweep_by(watch_sweep_fn fn, struct cw_transport *t, const struct cw_stream *s, uint64_t size, struct watcher *w, int expected_rc);

/* The only result from which a verdict may conclude that [from, size) holds the stream. */
bool watch_claims_success(const struct cw_sweep_result *r, uint64_t from, uint64_t size);
bool watch_holds_stream(const struct sim *sim, const struct cw_stream *s, uint64_t from, uint64_t upto);
bool watch_holds_old_data(const struct sim *sim, uint64_t from, uint64_t upto);

#endif
