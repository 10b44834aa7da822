/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the engine: one walk over ranges of a medium.  sweep.c owns the order of things (slots, checkpoints, stop), failure.c what a failed request means,
 * pass_over.c what is left for later; a sweep_kind owns the bytes; the transport's queue owns what is in flight.
 */
#ifndef CERTWIPE_ENGINE_SWEEP_H
#define CERTWIPE_ENGINE_SWEEP_H

#include "mismatch.h"
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

/* Ranges of a medium in ascending order, drawn from a seed. */
struct sweep_windows {
	uint32_t (*count)(uint64_t size_bytes, uint32_t logical_bytes);
	void (*at)(const uint8_t seed[32], uint64_t size_bytes, uint32_t logical_bytes, uint32_t i, uint64_t *offset_bytes, uint64_t *len_bytes);
};
extern const struct sweep_windows sweep_of_sample, sweep_of_marks, sweep_of_all;

struct sweep_kind {
	enum cw_fault fault; /* what a failed request is recorded as */
	bool writes;
	/* Before a request for [offset, offset + len) is made, and after the medium took or gave so much of it.  The bytes begin where the slot does. */
	int (*prepare)(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err);
	int (*complete)(struct sweep *w, const struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err);
};
extern const struct sweep_kind sweep_writes, sweep_verifies, sweep_looks;

/* What was passed over and is still to be tried. */
struct sweep_region {
	uint64_t from_bytes, upto_bytes;
};
#define SWEEP_REGIONS_MAX 64u /* one more is narrowed down where it lies */

struct sweep {
	const struct sweep_kind *kind;
	struct cw_transport *t;
	const struct cw_sweep_hooks *hooks;
	struct cw_sweep_result *result;
	struct cw_stream_ctx *stream;
	struct cw_window expected;  /* verification: the stream beside the slot */
	EVP_CIPHER_CTX *cipher;     /* for what differs; NULL until something does */
	const struct cw_look_for *sought; /* of a look */
	uint64_t size_bytes;        /* what the medium must still have at each checkpoint */
	uint32_t logical_bytes, physical_bytes;

	struct cw_queue *queue;     /* the transport's, or own_queue where it has none */
	struct cw_queue *own_queue;
	struct slot slots[CW_QUEUE_SLOTS_MAX];
	uint32_t oldest, in_flight; /* slots are used in turn: the oldest request is the next to count */
	uint64_t next_bytes;        /* where the next request begins */

	size_t chunk_bytes;     /* while a failure is narrowed down: the next request */
	unsigned tries;         /* how often the block at hand was refused */
	uint64_t block_ms;      /* when it was first */
	uint64_t pauses_left_ms; /* that may still be spent on waiting before a block is tried again */
	bool slot_has_good;     /* something in the slot at hand succeeded */
	uint32_t barren_slots;  /* slots in a row without anything good */
	uint32_t bad_in_a_row;  /* blocks recorded as bad since something succeeded */
	int bad_errno;          /* of the last failure */
	bool failing;           /* nothing succeeded since run_from_bytes, and no checkpoint has told of it */
	uint64_t run_from_bytes;
	struct cw_extents before_run; /* bad ranges as they were then */
	uint64_t good_at_bytes; /* the last request that succeeded */
	size_t good_len;        /* 0: none yet */

	bool passing;           /* the rest of the slot, or of the region, at hand is passed over */
	bool leaping;           /* the next request is to land further ahead */
	uint64_t leap_bytes;    /* how far the last leap went; 0: none since something succeeded */
	struct sweep_region regions[SWEEP_REGIONS_MAX]; /* ascending */
	uint32_t n_regions;
	struct sweep_region *region; /* worked on from its far end; NULL: on the way forward */
	bool trimming;          /* ... as far as it works */
	unsigned given_up;      /* regions that patience did not last for */
	struct spot *spot;      /* the early look; NULL: none */
	uint64_t spot_at_bytes; /* where it goes on */
	bool over;              /* the medium ended it; result->end says how */
	bool stopped;           /* the operator wanted out */
	uint64_t checkpoint_ms; /* when the last one was made */
	uint64_t good_ms;       /* when a request last succeeded, at first when the sweep began */
};

/* Fills *w in and *result out; sweep_clear frees what w owns, also after a failure. */
CW_MUST_CHECK int sweep_begin(struct sweep *w, const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes,
			      uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
bool sweep_goes_on(const struct sweep *w); /* neither over nor stopped */
bool sweep_should_stop(struct sweep *w);   /* asks; a yes is kept in stopped */
bool sweep_means_gone(int sys_errno);
void sweep_end(struct sweep *w, enum cw_sweep_end end, int sys_errno); /* the medium ended it */
void sweep_check_size(struct sweep *w);    /* a medium that shrank ends it */
CW_MUST_CHECK int sweep_checkpoint(struct sweep *w, struct cw_error *err); /* nothing may be in flight, here and below */
CW_MUST_CHECK int sweep_checkpoint_if_due(struct sweep *w, struct cw_error *err);
/* Works through [from, upto), as far as it gets.  Afterwards nothing is in flight. */
CW_MUST_CHECK int sweep_range(struct sweep *w, uint64_t from_bytes, uint64_t upto_bytes, struct cw_error *err);
/* Last flush and checkpoint; the result says how it ended. */
CW_MUST_CHECK int sweep_finish(struct sweep *w, struct cw_error *err);
/* The parts above over one range, with what was passed over. */
CW_MUST_CHECK int sweep_whole(const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes,
			      const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
/* The parts above over windows, behind sweep_begin(). */
CW_MUST_CHECK int sweep_windows(struct sweep *w, const struct sweep_windows *where, const uint8_t seed[32], struct cw_error *err);
void sweep_clear(struct sweep *w);

/* ---- one request alone, in the memory of the slot in turn ---- */

struct slot *sweep_slot(struct sweep *w);
ssize_t sweep_transfer(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len); /* bytes or -errno */
ssize_t sweep_whole_sectors(const struct sweep *w, ssize_t answer, size_t len);             /* that an answer stands for, or -errno */
void sweep_succeeded(struct sweep *w, uint64_t offset_bytes, size_t len);
void sweep_tell_progress(struct sweep *w);

/* ---- failure.c ---- */

enum failure {
	FAILURE_ENDS,   /* the sweep is over or stopped */
	FAILURE_NARROW, /* ask for half of it */
	FAILURE_AGAIN,  /* ask for the same once more */
	FAILURE_BAD,    /* a block is bad: it is to be recorded */
	FAILURE_PASS,   /* leave it, and what is around it */
};
/* What to do about a request for len bytes that was refused; whatever had to be waited for is over when it returns. */
CW_MUST_CHECK enum failure sweep_judge(struct sweep *w, size_t len, int sys_errno);
/* Records [offset, offset + len) as bad.  Of many in a row it is asked whether the medium is there at all. */
void sweep_record_bad(struct sweep *w, uint64_t offset_bytes, size_t len);
void sweep_begin_run(struct sweep *w); /* of failures, which a loss takes back; may find that the medium is gone */
void sweep_doubt(struct sweep *w);     /* so much failed in a row: either it is lost, or what comes next is passed over */
CW_MUST_CHECK bool sweep_answers(struct sweep *w); /* the medium takes or gives once more what it took or gave last */
void sweep_give_up(struct sweep *w);   /* it is lost */

/* ---- spot.c ---- */

CW_MUST_CHECK int spot_begin(struct sweep *w, uint64_t from_bytes, struct cw_error *err); /* where the hooks want it, and the sweep is one for it */
CW_MUST_CHECK int spot_go_on(struct sweep *w, struct cw_error *err);                     /* where it is due; nothing may be in flight */
void spot_free(struct spot *s);

/* ---- look.c ---- */

/* As of sweep_kind: before a read, and what it gave.  The sweep wants sought and cipher. */
CW_MUST_CHECK int sweep_look_poison(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err);
CW_MUST_CHECK int sweep_look_at(struct sweep *w, const struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err);

/* ---- pass_over.c ---- */

bool sweep_may_pass_over(const struct sweep *w); /* there is room for one more region */
void sweep_pass_over(struct sweep *w, uint64_t upto_bytes); /* from where the sweep is; goes on there */
void sweep_leap(struct sweep *w, uint64_t upto_bytes);      /* towards the end of the range; nothing may be in flight */
CW_MUST_CHECK int sweep_regions(struct sweep *w, struct cw_error *err); /* tries what was passed over */
uint64_t sweep_passed_over_bytes(const struct sweep *w);
/* Makes a result of the walk what it is to others: the mark below the first region. */
void sweep_settle(const struct sweep *w, struct cw_sweep_result *r);

#endif
