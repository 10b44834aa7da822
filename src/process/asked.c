/* SPDX-License-Identifier: Apache-2.0 */
/* asked: the prober's transport.  It has no descriptor of a medium; what it wants to know, it asks the asker for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"

struct asked {
	struct cw_transport t; /* first, so that one pointer is both */
	int fd;
	struct cw_reply reply;
};

static bool is_reply(const struct cw_reply *r, uint32_t data_max)
{
	return r->sys_errno >= 0 && r->answer_len <= CW_ANSWER_MAX && r->data_len <= data_max;
}

/* Puts the request to the asker, and the bytes of its answer into *h, whose request it is. */
static int ask(struct asked *a, struct cw_heard *h, uint32_t data_len, uint32_t timeout_ms)
{
	struct cw_question q = { .set = h->set, .dir = h->dir, .data_len = data_len, .timeout_ms = timeout_ms, .request_len = h->request_len };
	struct cw_reply *r = &a->reply;

	if (data_len > CW_ASKED_DATA_MAX || h->dir == CW_DATA_OUT)
		return -EINVAL;
	memcpy(q.request, h->request, sizeof q.request);
	if (write(a->fd, &q, sizeof q) != (ssize_t)sizeof q || read(a->fd, r, sizeof *r) != (ssize_t)sizeof *r || !is_reply(r, data_len))
		return -EIO;
	if (r->sys_errno)
		return -r->sys_errno;
	h->answer_len = r->answer_len;
	memcpy(h->answer, r->answer, sizeof h->answer);
	h->data_len = r->data_len;
	h->duration_ms = r->duration_ms;
	return 0;
}

static int asked_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct asked *a = (struct asked *)t;
	struct cw_scsi answered;
	struct cw_heard h;

	cw_scsi_to(c, &h);
	int rc = ask(a, &h, c->dir == CW_DATA_NONE ? 0 : c->data_len, c->timeout_ms);

	if (rc)
		return rc;
	if (!cw_scsi_of(&h, &answered))
		return -EIO;
	if (c->dir == CW_DATA_IN)
		memcpy(c->data, a->reply.data, h.data_len);
	answered.data = c->data;
	answered.data_len = c->data_len;
	answered.timeout_ms = c->timeout_ms;
	*c = answered;
	return 0;
}

static int asked_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	struct asked *a = (struct asked *)t;
	struct cw_nvme answered;
	struct cw_heard h;

	cw_nvme_to(c, &h);
	int rc = ask(a, &h, c->dir == CW_DATA_NONE ? 0 : c->data_len, c->timeout_ms);

	if (rc)
		return rc;
	if (!cw_nvme_of(&h, &answered))
		return -EIO;
	if (c->dir == CW_DATA_IN)
		memcpy(c->data, a->reply.data, h.data_len);
	answered.data = c->data;
	answered.data_len = c->data_len;
	answered.timeout_ms = c->timeout_ms;
	*c = answered;
	return 0;
}

static int asked_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	struct asked *a = (struct asked *)t;
	struct cw_mmc answered;
	struct cw_heard h;

	cw_mmc_to(c, &h);
	int rc = ask(a, &h, c->block_bytes * c->blocks, c->timeout_ms);

	if (rc)
		return rc;
	if (!cw_mmc_of(&h, &answered))
		return -EIO;
	if (c->dir == CW_DATA_IN)
		memcpy(c->data, a->reply.data, h.data_len);
	answered.data = c->data;
	answered.timeout_ms = c->timeout_ms;
	*c = answered;
	return 0;
}

static void asked_free(struct cw_transport *t)
{
	free(t);
}

static const struct cw_transport_ops asked_ops = { .name = "asked", .scsi = asked_scsi, .nvme = asked_nvme, .mmc = asked_mmc, .free = asked_free };

int cw_transport_asked_new(int fd, struct cw_transport **out, struct cw_error *err)
{
	struct asked *a = calloc(1, sizeof *a);

	if (!a)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	a->t.ops = &asked_ops;
	a->fd = fd;
	*out = &a->t;
	return 0;
}
