/* SPDX-License-Identifier: Apache-2.0 */
/* Private to transport: the ways to keep several requests in flight. */
#ifndef CERTWIPE_TRANSPORT_QUEUE_H
#define CERTWIPE_TRANSPORT_QUEUE_H

#include "certwipe/transport.h"

/* The memory that requests move; 0 or -errno. */
CW_MUST_CHECK int queue_map(struct cw_queue *q, uint32_t n_slots);
void queue_unmap(struct cw_queue *q);

/* 0 or -errno: what stands against a ring is no error, there are threads. */
CW_MUST_CHECK int ring_new(int fd, uint32_t n_slots, struct cw_queue **out);
struct io_uring *ring_get(struct cw_queue *q); /* borrows, for tests */

#endif
