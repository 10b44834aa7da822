/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport: how commands reach a medium.  One table of operations with interchangeable implementations: block (the kernel's block
 * layer) in the product; sim, fault and trace in test binaries only (tests/sim).  Native commands join this table later.
 */
#ifndef CERTWIPE_TRANSPORT_H
#define CERTWIPE_TRANSPORT_H

#include "certwipe/base.h"

struct cw_transport;

/* Offsets and lengths are multiples of logical_bytes, buffers aligned to CW_IO_ALIGN. */
#define CW_IO_ALIGN 4096u

struct cw_transport_ops {
	const char *name; /* stands in evidence: "block" */
	/* Bytes done (may be short), or -errno.  0 means the end of the medium. */
	ssize_t (*read)(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes);
	ssize_t (*write)(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes);
	int (*flush)(struct cw_transport *t);        /* the medium's own cache; 0 or -errno */
	void (*drop_caches)(struct cw_transport *t); /* ours, as far as the kernel lets us, so that reads reach the medium */
	int (*size)(struct cw_transport *t, uint64_t *bytes); /* as it is now; 0 or -errno */
	void (*free)(struct cw_transport *t);
};

struct cw_transport {
	const struct cw_transport_ops *ops;
	uint32_t logical_bytes;  /* smallest unit of I/O */
	uint32_t physical_bytes; /* unit to which a failing range is narrowed down */
};

/* Takes fd (a whole-medium block device opened O_RDWR or O_RDONLY with O_DIRECT); closes it with the transport, after a failure it stays the caller's. */
CW_MUST_CHECK int cw_transport_block_new(int fd, struct cw_transport **out, struct cw_error *err);
void cw_transport_free(struct cw_transport *t); /* NULL is fine */

#endif
