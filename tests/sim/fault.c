/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static struct fault *fault_of(struct cw_transport *t)
{
	return (struct fault *)t;
}

static bool is_gone(const struct fault *f)
{
	return f->moved_bytes >= f->vanishes_after_bytes;
}

static struct fault_rule *rule_for(struct fault *f, enum fault_on on, size_t len, uint64_t offset_bytes)
{
	for (unsigned i = 0; i < f->n_rules; i++) {
		struct fault_rule *r = &f->rules[i];

		if ((r->on & on) && offset_bytes < r->upto_bytes && offset_bytes + len > r->from_bytes)
			return r;
	}
	return NULL;
}

/* A rule for so many times goes away after the last. */
static int use_up(struct fault *f, struct fault_rule *r)
{
	int sys_errno = r->sys_errno;

	usleep(r->ms * 1000);
	if (r->times && !--r->times)
		*r = f->rules[--f->n_rules];
	return -sys_errno;
}

/* true: the request is answered with *answer and does not reach the medium. */
static bool refuses(struct fault *f, enum fault_on on, size_t len, uint64_t offset_bytes, ssize_t *answer)
{
	struct fault_rule *r;

	f->requests++;
	if (is_gone(f))
		*answer = -f->vanish_errno;
	else if (on == FAULT_ON_WRITE && f->written_bytes >= f->read_only_after_bytes)
		*answer = -EROFS;
	else if ((r = rule_for(f, on, len, offset_bytes)))
		*answer = use_up(f, r);
	else
		return false;
	return true;
}

static ssize_t fault_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct fault *f = fault_of(t);
	ssize_t n;

	if (refuses(f, FAULT_ON_READ, len, offset_bytes, &n))
		return n;
	n = f->inner->ops->read(f->inner, buf, len, offset_bytes);
	f->moved_bytes += n > 0 ? (uint64_t)n : 0;
	return n;
}

static ssize_t fault_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct fault *f = fault_of(t);
	ssize_t n;

	if (refuses(f, FAULT_ON_WRITE, len, offset_bytes, &n))
		return n;
	n = f->inner->ops->write(f->inner, buf, len, offset_bytes);
	f->moved_bytes += n > 0 ? (uint64_t)n : 0;
	f->written_bytes += n > 0 ? (uint64_t)n : 0;
	return n;
}

static int fault_flush(struct cw_transport *t)
{
	struct fault *f = fault_of(t);

	return is_gone(f) ? -f->vanish_errno : f->inner->ops->flush(f->inner);
}

static void fault_drop_caches(struct cw_transport *t)
{
	struct fault *f = fault_of(t);

	f->inner->ops->drop_caches(f->inner);
}

static int fault_size(struct cw_transport *t, uint64_t *bytes)
{
	struct fault *f = fault_of(t);

	return is_gone(f) ? -f->vanish_errno : f->inner->ops->size(f->inner, bytes);
}

static int fault_celsius(struct cw_transport *t, int *celsius)
{
	return cw_transport_celsius(fault_of(t)->inner, celsius);
}

/* ---- commands of its own ---- */

#define DID_TIME_OUT 0x03

static bool native_fails(struct fault *f)
{
	return ++f->native_commands == f->native_fails_at || is_gone(f);
}

static int fault_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct fault *f = fault_of(t);
	bool fails = native_fails(f);
	int rc;

	if (!f->inner->ops->scsi)
		return -ENOTTY;
	rc = !fails || (f->native_is_carried_out && !is_gone(f)) ? f->inner->ops->scsi(f->inner, c) : 0;
	if (!fails)
		return rc;
	if (is_gone(f) || f->native_errno)
		return is_gone(f) ? -f->vanish_errno : -f->native_errno;
	c->host_status = DID_TIME_OUT;
	c->status = 0;
	c->sense_len = 0;
	return 0;
}

static int fault_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	struct fault *f = fault_of(t);
	bool fails = native_fails(f);
	int rc;

	if (!f->inner->ops->nvme)
		return -ENOTTY;
	rc = !fails || (f->native_is_carried_out && !is_gone(f)) ? f->inner->ops->nvme(f->inner, c) : 0;
	return !fails ? rc : is_gone(f) ? -f->vanish_errno : f->native_errno ? -f->native_errno : -ETIMEDOUT;
}

static void fault_free(struct cw_transport *t)
{
	cw_transport_free(fault_of(t)->inner);
	free(t);
}

static const struct cw_transport_ops fault_ops = {
	.name = "fault",
	.read = fault_read,
	.write = fault_write,
	.flush = fault_flush,
	.drop_caches = fault_drop_caches,
	.size = fault_size,
	.celsius = fault_celsius,
	.scsi = fault_scsi,
	.nvme = fault_nvme,
	.free = fault_free,
};

struct fault *fault_new(struct cw_transport *inner_take)
{
	struct fault *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->t = *inner_take;
	f->t.ops = &fault_ops;
	f->t.queue = NULL; /* past us */
	f->inner = inner_take;
	f->vanishes_after_bytes = f->read_only_after_bytes = SIM_NEVER;
	f->vanish_errno = ENODEV;
	return f;
}

void fault_add(struct fault *f, enum fault_on on, uint64_t from_bytes, uint64_t upto_bytes, int sys_errno, unsigned times)
{
	if (f->n_rules == FAULT_RULES_MAX)
		abort();
	f->rules[f->n_rules++] = (struct fault_rule){ on, from_bytes, upto_bytes, sys_errno, times, 0 };
}

void fault_add_hang(struct fault *f, enum fault_on on, uint64_t from_bytes, uint64_t upto_bytes, unsigned ms, unsigned times)
{
	fault_add(f, on, from_bytes, upto_bytes, ETIMEDOUT, times);
	f->rules[f->n_rules - 1].ms = ms;
}
