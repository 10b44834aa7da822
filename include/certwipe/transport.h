/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport: how commands reach a medium.  One table of operations with interchangeable implementations: block (the kernel's block
 * layer) in the product; sim, fault and trace in test binaries only (tests/sim).  Native commands join this table later.
 */
#ifndef CERTWIPE_TRANSPORT_H
#define CERTWIPE_TRANSPORT_H

#include "certwipe/base.h"

struct cw_transport;
struct cw_queue;

/* Offsets and lengths are multiples of logical_bytes, buffers aligned to CW_IO_ALIGN. */
#define CW_IO_ALIGN 4096u

struct cw_transport_ops {
	const char *name; /* stands in evidence: "block" */
	/* Bytes done (may be short), or -errno.  0 means the end of the medium. */
	ssize_t (*read)(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes);
	ssize_t (*write)(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes);
	int (*flush)(struct cw_transport *t);        /* the medium's own cache, nothing being in flight; 0 or -errno */
	void (*drop_caches)(struct cw_transport *t); /* ours, as far as the kernel lets us, so that reads reach the medium */
	int (*size)(struct cw_transport *t, uint64_t *bytes); /* as it is now; 0 or -errno */
	int (*celsius)(struct cw_transport *t, int *celsius); /* how hot it is; 0 or -errno.  NULL: nobody knows */
	void (*free)(struct cw_transport *t);
};

struct cw_transport {
	const struct cw_transport_ops *ops;
	struct cw_queue *queue;  /* owned; NULL: requests can only be made one at a time, by read and write above */
	uint32_t logical_bytes;  /* smallest unit of I/O */
	uint32_t physical_bytes; /* unit to which a failing range is narrowed down */
};

/*
 * queue: several requests in flight.  A request belongs to a slot, 0 .. n_slots-1, from submit until reap tells that it was answered; until then nobody
 * may touch the bytes that it moves.  Answers come in any order.  What order to count them in, and what to do about failures, is the engine's business.
 */
#define CW_SLOT_BYTES (512u * 1024u) /* performance.md section 7: largest block below L2 */
#define CW_QUEUE_SLOTS 4u            /* 2 MiB in flight keep a drive busy, and bound how long a stop takes */
#define CW_QUEUE_SLOTS_MAX 8u        /* NVMe */
struct cw_queue_ops {
	const char *name; /* stands in evidence: "ring", "threads" */
	/* buf lies anywhere in the queue's memory.  Negative: -errno, nothing can be submitted any more. */
	int (*submit)(struct cw_queue *q, uint32_t slot, bool write, void *buf, size_t len, uint64_t offset_bytes);
	/* Waits for an answer; *answer is what read or write of the transport would have returned.  Negative: -errno, no answer can be had any more. */
	int (*reap)(struct cw_queue *q, uint32_t *slot, ssize_t *answer);
	void (*free)(struct cw_queue *q);
};
struct cw_queue {
	const struct cw_queue_ops *ops;
	uint32_t n_slots;
	uint8_t *memory; /* n_slots * CW_SLOT_BYTES, page-aligned */
};
/*
 * The kernel's io_uring on fd, which may be given up in privilege afterwards: it takes reads and writes between its memory and fd, and nothing else.
 * Where it cannot be had (switched off, filtered, too old, not enough lockable memory): threads.
 */
CW_MUST_CHECK int cw_queue_new(struct cw_transport *t, int fd, uint32_t n_slots, struct cw_queue **out, struct cw_error *err);
/*
 * Threads that call read and write of t; without any (n_threads 0) submit itself does.  They start with the first request, because a thread that is there
 * already keeps its capabilities when the process gives up its own.
 */
CW_MUST_CHECK int cw_queue_threads_new(struct cw_transport *t, uint32_t n_slots, uint32_t n_threads, struct cw_queue **out, struct cw_error *err);
void cw_queue_free(struct cw_queue *q); /* nothing may be in flight; NULL is fine */
/* How requests are made, as it stands in evidence: the queue's name, or "sweep" for one at a time. */
const char *cw_transport_engine(const struct cw_transport *t);
CW_MUST_CHECK int cw_transport_celsius(struct cw_transport *t, int *celsius); /* 0, or -errno where it cannot be read */

/*
 * Takes fd (a whole-medium block device opened O_RDWR or O_RDONLY with O_DIRECT); closes it with the transport, after a failure it stays the caller's.
 * To be called before privilege is given up: a ring may need some to be had.
 */
CW_MUST_CHECK int cw_transport_block_new(int fd, struct cw_transport **out, struct cw_error *err);
void cw_transport_free(struct cw_transport *t); /* NULL is fine */

#endif
