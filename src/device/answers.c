/* SPDX-License-Identifier: Apache-2.0 */
/* answers: the medium's answers as they were recorded, in its place.  What is concluded from them is concluded by the code that asked for them; what was not asked then is not told now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "certwipe/device.h"

struct answers {
	struct cw_transport t; /* first, so that one pointer is both */
	const json_t *list;
	bool used[CW_RAWS_MAX];
	uint8_t room[CW_RAW_POOL];
};

/* The first with this request that was not given yet, in *h; its data stands in room. */
static bool find(struct answers *a, const struct cw_heard *asked, struct cw_heard *h)
{
	struct cw_error ignored = { 0 };
	size_t n = json_array_size(a->list);

	for (size_t i = 0; i < n && i < CW_RAWS_MAX; i++) {
		if (a->used[i] || cw_heard_of_json(json_array_get(a->list, i), a->room, sizeof(a->room), h, &ignored) || h->set != asked->set ||
		    h->request_len != asked->request_len || memcmp(h->request, asked->request, h->request_len))
			continue;
		a->used[i] = true;
		return true;
	}
	return false;
}

static void give(const struct cw_heard *h, void *data, uint32_t room)
{
	if (h->dir == CW_DATA_IN && h->data && data)
		memcpy(data, h->data, h->data_len < room ? h->data_len : room);
}

static int answer_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct cw_scsi answered;
	struct cw_heard asked, h;

	cw_scsi_to(c, &asked);
	if (!find((struct answers *)t, &asked, &h))
		return -EINVAL;
	if (h.sys_errno || !cw_scsi_of(&h, &answered))
		return h.sys_errno ? -h.sys_errno : -EINVAL;
	give(&h, c->data, c->data_len);
	answered.data = c->data;
	answered.data_len = c->data_len;
	answered.timeout_ms = c->timeout_ms;
	answered.resid = h.dir == CW_DATA_IN && h.data_len < c->data_len ? c->data_len - h.data_len : answered.resid;
	*c = answered;
	return 0;
}

static int answer_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	struct cw_nvme answered;
	struct cw_heard asked, h;

	cw_nvme_to(c, &asked);
	if (!find((struct answers *)t, &asked, &h))
		return -EINVAL;
	if (h.sys_errno || !cw_nvme_of(&h, &answered))
		return h.sys_errno ? -h.sys_errno : -EINVAL;
	give(&h, c->data, c->data_len);
	answered.data = c->data;
	answered.data_len = c->data_len;
	answered.timeout_ms = c->timeout_ms;
	*c = answered;
	return 0;
}

static int answer_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	struct cw_mmc answered;
	struct cw_heard asked, h;

	cw_mmc_to(c, &asked);
	if (!find((struct answers *)t, &asked, &h))
		return -EINVAL;
	if (h.sys_errno || !cw_mmc_of(&h, &answered))
		return h.sys_errno ? -h.sys_errno : -EINVAL;
	give(&h, c->data, c->block_bytes * c->blocks);
	memcpy(c->response, answered.response, sizeof(c->response));
	return 0;
}

int cw_capabilities_of_answers(const json_t *answers, const struct cw_medium *m, struct cw_capabilities *out, struct cw_error *err)
{
	static const struct cw_transport_ops ops = { .name = "answers", .scsi = answer_scsi, .nvme = answer_nvme, .mmc = answer_mmc };
	struct answers *a = calloc(1, sizeof(*a));

	if (!a)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	a->t.ops = &ops;
	a->t.logical_bytes = m->logical_bytes;
	a->list = answers;
	cw_capabilities_ask(&a->t, m, out);
	free(a);
	return 0;
}
