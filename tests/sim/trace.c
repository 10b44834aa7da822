/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>

static struct trace *trace_of(struct cw_transport *t)
{
	return (struct trace *)t;
}

static void note(struct trace *tr, char op, const void *buf, size_t len, uint64_t offset_bytes, ssize_t result)
{
	uint32_t unit = tr->t.logical_bytes;
	bool aligned = len % unit == 0 && offset_bytes % unit == 0 && (uintptr_t)buf % CW_IO_ALIGN == 0;

	if (tr->n == tr->cap) {
		tr->cap = tr->cap ? 2 * tr->cap : 64;
		tr->calls = realloc(tr->calls, tr->cap * sizeof(*tr->calls));
		if (!tr->calls)
			abort();
	}
	tr->calls[tr->n++] = (struct trace_call){ op, offset_bytes, len, result, aligned };
}

static ssize_t trace_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct trace *tr = trace_of(t);
	ssize_t n = tr->inner->ops->read(tr->inner, buf, len, offset_bytes);

	note(tr, 'r', buf, len, offset_bytes, n);
	return n;
}

static ssize_t trace_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct trace *tr = trace_of(t);
	ssize_t n = tr->inner->ops->write(tr->inner, buf, len, offset_bytes);

	note(tr, 'w', buf, len, offset_bytes, n);
	return n;
}

static int trace_flush(struct cw_transport *t)
{
	struct trace *tr = trace_of(t);
	int rc = tr->inner->ops->flush(tr->inner);

	note(tr, 'f', NULL, 0, 0, rc);
	return rc;
}

static void trace_drop_caches(struct cw_transport *t)
{
	struct trace *tr = trace_of(t);

	tr->inner->ops->drop_caches(tr->inner);
	note(tr, 'd', NULL, 0, 0, 0);
}

static int trace_size(struct cw_transport *t, uint64_t *bytes)
{
	struct trace *tr = trace_of(t);
	int rc = tr->inner->ops->size(tr->inner, bytes);

	note(tr, 's', NULL, 0, 0, rc);
	return rc;
}

static int trace_celsius(struct cw_transport *t, int *celsius)
{
	return cw_transport_celsius(trace_of(t)->inner, celsius);
}

static int trace_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct trace *tr = trace_of(t);
	int rc = tr->inner->ops->scsi ? tr->inner->ops->scsi(tr->inner, c) : -ENOTTY;

	note(tr, 'c', NULL, 0, 0, rc);
	return rc;
}

static int trace_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	struct trace *tr = trace_of(t);
	int rc = tr->inner->ops->nvme ? tr->inner->ops->nvme(tr->inner, c) : -ENOTTY;

	note(tr, 'c', NULL, 0, 0, rc);
	return rc;
}

static void trace_free(struct cw_transport *t)
{
	struct trace *tr = trace_of(t);

	cw_transport_free(tr->inner);
	free(tr->calls);
	free(tr);
}

static const struct cw_transport_ops trace_ops = {
	.name = "trace",
	.read = trace_read,
	.write = trace_write,
	.flush = trace_flush,
	.drop_caches = trace_drop_caches,
	.size = trace_size,
	.celsius = trace_celsius,
	.scsi = trace_scsi,
	.nvme = trace_nvme,
	.free = trace_free,
};

struct trace *trace_new(struct cw_transport *inner_take)
{
	struct trace *tr = calloc(1, sizeof(*tr));

	if (!tr)
		abort();
	tr->t = *inner_take;
	tr->t.ops = &trace_ops;
	tr->t.queue = NULL; /* past us */
	tr->inner = inner_take;
	return tr;
}

size_t trace_count(const struct trace *tr, char op)
{
	size_t count = 0;

	for (size_t i = 0; i < tr->n; i++)
		count += tr->calls[i].op == op;
	return count;
}
