/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX 8192

/* The next one of the recording, if it is this request with these bytes; NULL when it is not. */
static const struct cw_heard *next_if(struct recorded *r, const struct cw_heard *asked, uint8_t room[DATA_MAX])
{
	static struct cw_heard h;
	struct cw_error err = { 0 };
	const json_t *j = r->strayed ? NULL : json_array_get(r->commands, r->next);
	bool same = j && !cw_heard_of_json(j, room, DATA_MAX, &h, &err) && h.set == asked->set && h.request_len == asked->request_len &&
		    !memcmp(h.request, asked->request, h.request_len);

	if (same && asked->dir == CW_DATA_OUT)
		same = h.data_len == asked->data_len && h.data && !memcmp(h.data, asked->data, h.data_len);
	r->strayed |= !same;
	r->next += same;
	return same ? &h : NULL;
}

static int recorded_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct recorded *r = (struct recorded *)t;
	uint8_t room[DATA_MAX];
	const struct cw_heard *h;
	struct cw_heard asked;
	struct cw_scsi was;

	cw_scsi_to(c, &asked);
	h = next_if(r, &asked, room);
	if (!h || h->sys_errno)
		return h ? -h->sys_errno : -EIO;
	if (!cw_scsi_of(h, &was))
		abort();
	c->status = was.status;
	c->driver_status = was.driver_status;
	c->host_status = was.host_status;
	c->resid = was.resid;
	c->sense_len = was.sense_len;
	memcpy(c->sense, was.sense, sizeof(c->sense));
	if (c->dir == CW_DATA_IN && h->data)
		memcpy(c->data, h->data, h->data_len < c->data_len ? h->data_len : c->data_len);
	return 0;
}

static int recorded_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	struct recorded *r = (struct recorded *)t;
	uint8_t room[DATA_MAX];
	const struct cw_heard *h;
	struct cw_heard asked;
	struct cw_nvme was;

	cw_nvme_to(c, &asked);
	h = next_if(r, &asked, room);
	if (!h || h->sys_errno)
		return h ? -h->sys_errno : -EIO;
	if (!cw_nvme_of(h, &was))
		abort();
	c->status = was.status;
	c->more = was.more;
	c->do_not_retry = was.do_not_retry;
	c->result = was.result;
	if (c->dir == CW_DATA_IN && h->data)
		memcpy(c->data, h->data, h->data_len < c->data_len ? h->data_len : c->data_len);
	return 0;
}

static int recorded_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	struct recorded *r = (struct recorded *)t;
	uint8_t room[DATA_MAX];
	const struct cw_heard *h;
	struct cw_heard asked;
	struct cw_mmc was;

	cw_mmc_to(c, &asked);
	h = next_if(r, &asked, room);
	if (!h || h->sys_errno)
		return h ? -h->sys_errno : -EIO;
	if (!cw_mmc_of(h, &was))
		abort();
	memcpy(c->response, was.response, sizeof(c->response));
	if (c->dir == CW_DATA_IN && h->data)
		memcpy(c->data, h->data, h->data_len < c->block_bytes * c->blocks ? h->data_len : c->block_bytes * c->blocks);
	return 0;
}

static int recorded_size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = ((struct recorded *)t)->size_bytes;
	return 0;
}

static void recorded_free(struct cw_transport *t)
{
	json_decref(((struct recorded *)t)->commands);
	free(t);
}

static const struct cw_transport_ops recorded_ops = { .name = "recorded", .size = recorded_size, .scsi = recorded_scsi, .nvme = recorded_nvme,
						     .mmc = recorded_mmc, .free = recorded_free };

struct recorded *recorded_new(json_t *commands_take)
{
	struct recorded *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	*r = (struct recorded){ .t = { .ops = &recorded_ops, .logical_bytes = 512, .physical_bytes = 512 }, .commands = commands_take };
	return r;
}

/* ---- hearing ---- */

static void note(void *user, const struct cw_heard *h)
{
	struct hearing *all = user;

	if (json_array_append_new(all->commands, cw_heard_json(h, DATA_MAX)))
		abort();
}

void hear(struct hearing *h, struct cw_transport *t)
{
	h->commands = json_array();
	t->heard = note;
	t->heard_user = h;
}

void hearing_clear(struct hearing *h)
{
	json_decref(h->commands);
	h->commands = NULL;
}
