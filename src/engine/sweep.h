/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the engine: one walk over ranges of a medium.  sweep.c owns the order of things (slots, failures, checkpoints, stop, loss); a sweep_kind
 * owns the bytes; the transport's queue owns what is in flight.
 */
#ifndef CERTWIPE_ENGINE_SWEEP_H
#define CERTWIPE_ENGINE_SWEEP_H

#include "stream.h"

struct sweep;

/* A request: in flight, or answered and waiting until those before it are counted. */
struct slot {
	struct cw_window held; /* its piece of the queue's memory; of a write, what stands in it */
	uint64_t from_bytes;
	size_t len;
	bool answered;
	ssize_t answer;
};

struct sweep_kind {
	enum cw_fault fault; /* what a failed request is recorded as */
	bool writes;
	/* Before a request for [offset, offset + len) is made, and after the medium took or gave so much of it.  The bytes begin where the slot does. */
	int (*prepare)(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err);
	int (*complete)(struct sweep *w, const struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err);
};
extern const struct sweep_kind sweep_writes, sweep_verifies;

struct sweep {
	const struct sweep_kind *kind;
	struct cw_transport *t;
	const struct cw_sweep_hooks *hooks;
	struct cw_sweep_result *result;
	struct cw_stream_ctx *stream;
	struct cw_window expected;  /* verification: the stream beside the slot */
	uint64_t size_bytes;        /* what the medium must still have at each checkpoint */
	uint32_t logical_bytes, physical_bytes;

	struct cw_queue *queue;     /* the transport's, or own_queue where it has none */
	struct cw_queue *own_queue;
	struct slot slots[CW_QUEUE_SLOTS_MAX];
	uint32_t oldest, in_flight; /* slots are used in turn: the oldest request is the next to count */
	uint64_t next_bytes;        /* where the next request begins */

	size_t chunk_bytes;     /* while a failure is narrowed down: the next request */
	bool retried;           /* the request at hand was refused once already */
	bool slot_has_good;     /* something in the slot at hand succeeded */
	uint32_t barren_slots;  /* slots in a row without anything good */
	int bad_errno;          /* of the bad range recorded last */
	bool failing;           /* nothing succeeded since run_from_bytes, and no checkpoint has told of it */
	uint64_t run_from_bytes;
	struct cw_extents before_run; /* bad ranges as they were then */
	bool over;              /* the medium ended it; result->end says how */
	bool stopped;           /* the operator wanted out */
	uint64_t checkpoint_ms; /* when the last one was made */
	uint64_t good_ms;       /* when a request last succeeded, at first when the sweep began */
};

/* Fills *w in and *result out; sweep_clear frees what w owns, also after a failure. */
CW_MUST_CHECK int sweep_begin(struct sweep *w, const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes,
			      uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
bool sweep_goes_on(const struct sweep *w); /* neither over nor stopped */
/* Works through [from, upto), as far as it gets.  Afterwards nothing is in flight. */
CW_MUST_CHECK int sweep_range(struct sweep *w, uint64_t from_bytes, uint64_t upto_bytes, struct cw_error *err);
/* Last flush and checkpoint; the result says how it ended. */
CW_MUST_CHECK int sweep_finish(struct sweep *w, struct cw_error *err);
/* The three above over one range. */
CW_MUST_CHECK int sweep_whole(const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes,
			      const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
void sweep_clear(struct sweep *w);

#endif
