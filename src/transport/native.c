/* SPDX-License-Identifier: Apache-2.0 */
/* The one door for a medium's own commands: what passes it is heard, as bytes, by whoever listens. */
#include "certwipe/transport.h"

#include <errno.h>

static void tell(struct cw_transport *t, struct cw_heard *h, int rc)
{
	h->sys_errno = -rc;
	if (rc)
		h->answer_len = 0;
	/* What was to come in and did not is no data. */
	if (rc && h->dir == CW_DATA_IN)
		h->data_len = 0;
	t->heard(t->heard_user, h);
}

int cw_scsi_send(struct cw_transport *t, struct cw_scsi *c)
{
	int rc = t->ops->scsi ? t->ops->scsi(t, c) : -ENOTTY;
	struct cw_heard h;

	if (t->heard) {
		cw_scsi_to(c, &h);
		tell(t, &h, rc);
	}
	return rc;
}

int cw_nvme_send(struct cw_transport *t, struct cw_nvme *c)
{
	int rc = t->ops->nvme ? t->ops->nvme(t, c) : -ENOTTY;
	struct cw_heard h;

	if (t->heard) {
		cw_nvme_to(c, &h);
		tell(t, &h, rc);
	}
	return rc;
}

int cw_mmc_send(struct cw_transport *t, struct cw_mmc *c)
{
	int rc = t->ops->mmc ? t->ops->mmc(t, c) : -ENOTTY;
	struct cw_heard h;

	if (t->heard) {
		cw_mmc_to(c, &h);
		tell(t, &h, rc);
	}
	return rc;
}
