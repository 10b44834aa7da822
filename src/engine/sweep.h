/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the engine: one walk over ranges of a medium.  sweep.c owns the order of things (slots, failures, checkpoints, stop, loss); a sweep_kind
 * owns the bytes.  The three functions of a kind are the life of a slot in a ring: before it is submitted, submission, after it completed.
 */
#ifndef CERTWIPE_ENGINE_SWEEP_H
#define CERTWIPE_ENGINE_SWEEP_H

#include "stream.h"

struct sweep;

struct sweep_kind {
	enum cw_fault fault; /* what a failed request is recorded as */
	bool writes;         /* flush before each checkpoint */
	int (*prepare)(struct sweep *w, uint64_t offset_bytes, size_t len, struct cw_error *err);
	ssize_t (*transfer)(struct sweep *w, uint64_t offset_bytes, size_t len);
	int (*complete)(struct sweep *w, uint64_t offset_bytes, size_t len, struct cw_error *err);
};
extern const struct sweep_kind sweep_writes, sweep_verifies;

struct sweep {
	const struct sweep_kind *kind;
	struct cw_transport *t;
	const struct cw_sweep_hooks *hooks;
	struct cw_sweep_result *result;
	struct cw_stream_ctx *stream;
	uint8_t *slot;          /* CW_SLOT_BYTES, aligned: what the medium reads from or writes to */
	struct cw_window expected; /* the stream: of a write in the slot itself, of a verification beside it */
	uint64_t size_bytes;    /* what the medium must still have at each checkpoint */
	uint32_t logical_bytes, physical_bytes;
	size_t chunk_bytes;     /* the next request: a whole slot, less while a failure is narrowed down */
	bool retried;           /* the request at hand was refused once already */
	bool slot_has_good;     /* something in the slot at hand succeeded */
	uint32_t barren_slots;  /* slots in a row without anything good */
	int bad_errno;          /* of the bad range recorded last */
	bool failing;           /* nothing succeeded since run_from_bytes, and no checkpoint has told of it */
	uint64_t run_from_bytes;
	struct cw_extents before_run; /* bad ranges as they were then */
	bool over;              /* the medium ended it; result->end says how */
	uint64_t checkpoint_ms; /* when the last one was made */
	uint64_t good_ms;       /* when a request last succeeded, at first when the sweep began */
};

/* Fills *w in and *result out; sweep_clear frees what w owns, also after a failure. */
CW_MUST_CHECK int sweep_begin(struct sweep *w, const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes,
			      uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
/* Works through [from, upto), as far as it gets: false in *go_on when the sweep is over or was stopped. */
CW_MUST_CHECK int sweep_range(struct sweep *w, uint64_t from_bytes, uint64_t upto_bytes, bool *go_on, struct cw_error *err);
/* Last flush and checkpoint; end is what the result says when both succeed. */
CW_MUST_CHECK int sweep_finish(struct sweep *w, enum cw_sweep_end end, struct cw_error *err);
/* The three above over one range. */
CW_MUST_CHECK int sweep_whole(const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes,
			      const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
void sweep_clear(struct sweep *w);

#endif
