/* SPDX-License-Identifier: Apache-2.0 */
/* What all transports and queues have in common. */
#include "queue.h"

#include <errno.h>
#include <sys/mman.h>

#define THREADS_MAX 4u /* performance.md section 3.1: as fast as the ring, for a fifth more of the processor */

void cw_transport_free(struct cw_transport *t)
{
	if (!t)
		return;
	cw_queue_free(t->queue);
	t->ops->free(t);
}

const char *cw_transport_engine(const struct cw_transport *t)
{
	return t->queue ? t->queue->ops->name : "sweep";
}

int cw_transport_celsius(struct cw_transport *t, int *celsius)
{
	return t->ops->celsius ? t->ops->celsius(t, celsius) : -EOPNOTSUPP;
}

int queue_map(struct cw_queue *q, uint32_t n_slots)
{
	void *memory = mmap(NULL, (size_t)n_slots * CW_SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	q->memory = memory;
	q->n_slots = n_slots;
	return 0;
}

void queue_unmap(struct cw_queue *q)
{
	if (q->memory)
		munmap(q->memory, (size_t)q->n_slots * CW_SLOT_BYTES);
}

int cw_queue_new(struct cw_transport *t, int fd, uint32_t n_slots, struct cw_queue **out, struct cw_error *err)
{
	if (!ring_new(fd, n_slots, out))
		return 0;
	return cw_queue_threads_new(t, n_slots, n_slots < THREADS_MAX ? n_slots : THREADS_MAX, out, err);
}

void cw_queue_free(struct cw_queue *q)
{
	if (q)
		q->ops->free(q);
}
