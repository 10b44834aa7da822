/* SPDX-License-Identifier: Apache-2.0 */
/* SYNCHRONIZE CACHE, the one command that the block layer may leave out.  The kernel lets it pass without privilege to whoever holds the medium open for writing. */
#include "ioctl.h"

#include <errno.h>

#define SYNCHRONIZE_CACHE_10 0x35
#define TIMEOUT_MS 180000u /* discs and cards may have minutes of work left */

#define NOT_READY 0x2 /* sense key, SPC-4 4.5.6 */
#define ASC_MEDIUM_NOT_PRESENT 0x3a
#define ASC_INVALID_FIELD_IN_PARAMETER_LIST 0x26 /* of which there is none */

#define DID_TIME_OUT 0x03 /* include/scsi/scsi_status.h of the kernel */

/* All fields of our command are zero, so that a device which complains of one does not know the command either. */
static int meaning_of_sense(const struct cw_sense *s)
{
	switch (cw_sense_action(s)) {
	case CW_SENSE_GOOD:
		return 0;
	case CW_SENSE_ATTENTION:
		return -EAGAIN;
	case CW_SENSE_UNSUPPORTED:
		return s->asc == ASC_INVALID_FIELD_IN_PARAMETER_LIST ? -EIO : 1;
	default:
		return s->key == NOT_READY && s->asc == ASC_MEDIUM_NOT_PRESENT ? -ENOMEDIUM : -EIO;
	}
}

int scsi_synchronize_meaning(const struct cw_scsi *c)
{
	struct cw_sense sense;

	switch (cw_scsi_end(c, &sense)) {
	case CW_SCSI_ANSWERED:
		return meaning_of_sense(&sense);
	case CW_SCSI_GONE:
		return -ENODEV;
	default:
		return c->host_status == DID_TIME_OUT ? -ETIMEDOUT : -EIO;
	}
}

/* What the kernel says when there is no SCSI device behind the node, or when it does not let us. */
static bool means_not_here(int sys_errno)
{
	return sys_errno == ENOTTY || sys_errno == EINVAL || sys_errno == ENOSYS || sys_errno == EPERM || sys_errno == EACCES;
}

int scsi_synchronize_cache(struct cw_transport *t)
{
	struct cw_scsi c = { .cdb = { SYNCHRONIZE_CACHE_10 }, .cdb_len = 10, .timeout_ms = TIMEOUT_MS };
	int rc = cw_scsi_send(t, &c);

	if (rc)
		return means_not_here(-rc) ? 1 : rc;
	return scsi_synchronize_meaning(&c);
}
