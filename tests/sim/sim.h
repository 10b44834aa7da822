/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transports for tests only: a medium in memory that lies on request, two decorators over any transport, and a queue for any of them.
 * A test sets the public fields after _new, hands &x->t to the code under test, and frees the outermost transport with cw_transport_free:
 * decorators free what they stand before.  All abort when they run out of memory.
 */
#ifndef CERTWIPE_TESTS_SIM_H
#define CERTWIPE_TESTS_SIM_H

#include "certwipe/transport.h"

#define SIM_NEVER UINT64_MAX
#define SIM_STUCK_BYTES 8u

/* ---- sim.c: the medium ---- */

struct sim {
	struct cw_transport t;
	uint8_t *bytes;      /* what really stands on it, size_bytes long; at first old data (sim_old_byte) */
	uint64_t size_bytes; /* what it says it has */

	/* Lies; sim_new gives none. */
	uint64_t wraps_at_bytes;      /* real size, whole sectors: addresses are taken modulo it */
	uint64_t deaf_bytes;          /* a power of two: that address line does nothing; 0: all do */
	uint64_t drops_from_bytes;    /* sectors that reach above it are acknowledged and forgotten */
	uint64_t stuck_at_bytes;      /* the bytes there keep their values: several, because a random one is what it should be once in 256 times */
	uint64_t stale_from_bytes;    /* reads at and above it return what stood there before the last write */
	uint64_t swaps_at_bytes;      /* the sector there and the next one are exchanged on write */
	bool reads_fill_nothing;      /* a read reports all its bytes and moves none */
	size_t short_bytes;           /* at most so many bytes a request, 0: no limit */
	uint64_t shrinks_after_bytes; /* once so many bytes were written, size() says shrunk_bytes */
	uint64_t shrunk_bytes;
	int flush_errno;              /* flushes fail with it ... */
	unsigned flush_fails_at;      /* ... from this one on, 1-based */
	int celsius;                  /* how hot it is; 0: nobody knows */

	/* What happened. */
	unsigned flushes, cache_drops;
	uint64_t written_bytes, read_bytes; /* as acknowledged */

	uint8_t *before;  /* private: contents before the last write of each byte */
	uint8_t *flushed; /* private: contents at the last flush */
};
/* size_bytes needs not be a multiple of anything. */
struct sim *sim_new(uint64_t size_bytes, uint32_t logical_bytes, uint32_t physical_bytes);
uint8_t sim_old_byte(uint64_t offset_bytes); /* the data that a fresh medium holds */
void sim_power_cut(struct sim *s);           /* forgets everything written since the last flush */

/* ---- fault.c: a decorator that refuses requests ---- */

enum fault_on { FAULT_ON_READ = 1, FAULT_ON_WRITE = 2, FAULT_ON_BOTH = 3 };
struct fault_rule {
	enum fault_on on;
	uint64_t from_bytes, upto_bytes; /* requests that touch this range fail whole, as pwrite(2) does */
	int sys_errno;                   /* 0: they answer 0 bytes */
	unsigned times;                  /* so many requests, 0: for ever */
	unsigned ms;                     /* each after so long */
};
#define FAULT_RULES_MAX 64
struct fault {
	struct cw_transport t;
	struct cw_transport *inner;
	struct fault_rule rules[FAULT_RULES_MAX];
	unsigned n_rules;
	uint64_t vanishes_after_bytes;  /* once so many bytes were moved, everything answers vanish_errno; SIM_NEVER */
	int vanish_errno;               /* ENODEV */
	uint64_t read_only_after_bytes; /* once so many bytes were written, writes answer EROFS; SIM_NEVER */
	uint64_t moved_bytes, written_bytes;
	unsigned requests;

	/* Of the commands of its own: the so many-th, 1-based; 0: none. */
	unsigned native_fails_at;
	int native_errno;              /* it answers this; 0: the kernel tells of a time-out (SCSI) */
	bool native_is_carried_out;    /* the medium got it all the same */
	unsigned native_commands;
};
struct fault *fault_new(struct cw_transport *inner_take);
void fault_add(struct fault *f, enum fault_on on, uint64_t from_bytes, uint64_t upto_bytes, int sys_errno, unsigned times);
void fault_add_hang(struct fault *f, enum fault_on on, uint64_t from_bytes, uint64_t upto_bytes, unsigned ms, unsigned times); /* then ETIMEDOUT */

/* ---- trace.c: a decorator that writes down ---- */

struct trace_call {
	char op; /* 'r' 'w' 'f'lush 'd'rop caches 's'ize, a native 'c'ommand */
	uint64_t offset_bytes;
	size_t len;
	ssize_t result;
	bool aligned; /* offset, length and buffer obey the contract of cw_transport */
};
struct trace {
	struct cw_transport t;
	struct cw_transport *inner;
	struct trace_call *calls;
	size_t n, cap;
};
struct trace *trace_new(struct cw_transport *inner_take);
size_t trace_count(const struct trace *tr, char op);

/* ---- shuffle.c: a queue that answers in any order but the one that it was asked in ---- */

/* A request is carried out when it is answered.  Aborts when the sweep breaks a rule: a slot used twice, a buffer that changed while in flight ... */
struct shuffle {
	struct cw_queue q;
	struct cw_transport *t;
	uint32_t seed;                 /* 0: the newest first; otherwise random */
	unsigned submit_fails_at, reap_fails_at; /* from this one on, 1-based, with EIO; 0: never */

	/* What happened. */
	unsigned pending, most_pending, submitted, reaped;
	unsigned overtaken; /* answers that came before an older one */

	struct shuffle_request {
		bool pending, write;
		void *buf;
		size_t len;
		uint64_t offset_bytes;
		unsigned number;
		uint8_t digest[CW_SHA256_BYTES];
	} requests[CW_QUEUE_SLOTS_MAX]; /* private, by slot */
};
/* Becomes the queue of t, and is freed with it. */
struct shuffle *shuffle_new(struct cw_transport *t, uint32_t n_slots, uint32_t seed);

#endif
