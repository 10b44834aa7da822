/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: an io_uring that is good for one thing.  Its memory and the one file it knows are registered while there is privilege to do so; then it is restricted to
 * moving bytes between the two, because no system-call filter sees what a ring is asked to do.
 */
#include "queue.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/uio.h>

#define THE_FILE 0   /* number of the only registered file */
#define THE_BUFFER 0 /* and of the only registered buffer: all slots */

struct ring {
	struct cw_queue q; /* first, so that one pointer is both */
	struct io_uring uring;
	bool set_up;
};

static struct ring *ring_of(struct cw_queue *q)
{
	return (struct ring *)q;
}

struct io_uring *ring_get(struct cw_queue *q)
{
	return &ring_of(q)->uring;
}

/* ---- requests ---- */

static int ring_submit(struct cw_queue *q, uint32_t slot, bool write, void *buf, size_t len, uint64_t offset_bytes)
{
	struct ring *r = ring_of(q);
	struct io_uring_sqe *sqe = io_uring_get_sqe(&r->uring);
	int n;

	if (!sqe)
		return -EBUSY;
	if (write)
		io_uring_prep_write_fixed(sqe, THE_FILE, buf, (unsigned)len, offset_bytes, THE_BUFFER);
	else
		io_uring_prep_read_fixed(sqe, THE_FILE, buf, (unsigned)len, offset_bytes, THE_BUFFER);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data64(sqe, slot);
	do
		n = io_uring_submit(&r->uring);
	while (n == -EINTR);
	return n == 1 ? 0 : n < 0 ? n : -EIO;
}

static int ring_reap(struct cw_queue *q, uint32_t *slot, ssize_t *answer)
{
	struct ring *r = ring_of(q);
	struct io_uring_cqe *cqe;
	int rc;

	do
		rc = io_uring_wait_cqe(&r->uring, &cqe);
	while (rc == -EINTR);
	if (rc < 0)
		return rc;
	*slot = (uint32_t)io_uring_cqe_get_data64(cqe);
	*answer = cqe->res;
	io_uring_cqe_seen(&r->uring, cqe);
	return *slot < q->n_slots ? 0 : -EIO;
}

/* ---- begin and end ---- */

/* Leaving the file to the end of the ring would keep the medium busy a while longer: the kernel takes a ring down in the background. */
static void ring_free(struct cw_queue *q)
{
	struct ring *r = ring_of(q);

	if (r->set_up) {
		(void)io_uring_unregister_files(&r->uring);
		io_uring_queue_exit(&r->uring);
	}
	queue_unmap(q);
	free(r);
}

static const struct cw_queue_ops ring_ops = {
	.name = "ring",
	.submit = ring_submit,
	.reap = ring_reap,
	.free = ring_free,
};

/* Disabled until it is restricted.  The first flags save interrupts to the thread that submits; kernels before 6.1 do not know them all. */
static int set_up(struct ring *r, uint32_t n_slots)
{
	const unsigned flags[] = { IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN, 0 };
	int rc = -EINVAL;

	for (size_t i = 0; i < CW_ARRAY_LEN(flags) && rc == -EINVAL; i++)
		rc = io_uring_queue_init(n_slots, &r->uring, flags[i] | IORING_SETUP_R_DISABLED);
	r->set_up = !rc;
	return rc;
}

static int register_all(struct ring *r, int fd)
{
	const struct iovec memory = { .iov_base = r->q.memory, .iov_len = (size_t)r->q.n_slots * CW_SLOT_BYTES };
	int rc = io_uring_register_buffers(&r->uring, &memory, 1);

	return rc ? rc : io_uring_register_files(&r->uring, &fd, 1);
}

/* By the plain system call: liburing 2.3 declares functions for the two and does not export them. */
static int restrict_and_enable(struct ring *r)
{
	struct io_uring_restriction allowed[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_READ_FIXED },
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_WRITE_FIXED },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED, .sqe_flags = IOSQE_FIXED_FILE },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP, .register_op = IORING_UNREGISTER_FILES },
	};
	unsigned fd = (unsigned)r->uring.ring_fd;
	int rc = io_uring_register(fd, IORING_REGISTER_RESTRICTIONS, allowed, CW_ARRAY_LEN(allowed));

	return rc ? rc : io_uring_register(fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
}

int ring_new(int fd, uint32_t n_slots, struct cw_queue **out)
{
	struct ring *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->q.ops = &ring_ops;
	rc = queue_map(&r->q, n_slots);
	if (!rc)
		rc = set_up(r, n_slots);
	if (!rc)
		rc = register_all(r, fd);
	if (!rc)
		rc = restrict_and_enable(r);
	if (rc)
		ring_free(&r->q);
	else
		*out = &r->q;
	return rc;
}
