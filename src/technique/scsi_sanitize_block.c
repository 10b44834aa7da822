/* SPDX-License-Identifier: Apache-2.0 */
/* SCSI SANITIZE, BLOCK ERASE: a solid-state drive erases its cells. */
#include "native_scsi_sanitize.h"

static const struct scsi_sanitize block = { .action = 0x02 };

static int submit(struct cw_transport *t)
{
	return scsi_sanitize_submit(t, &block);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	scsi_sanitize_read(h, &block, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_SCSI_SANITIZE_BLOCK,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_UNIFORM),
	.unreadable = CW_UNREADABLE_BLOCK_ERASE,
	.poll_ms = 1000,
	.ask = scsi_sanitize_ask,
	.submit = submit,
	.recover = scsi_sanitize_recover,
	.read = said,
	.obey = scsi_operation_obey,
};

const struct cw_technique cw_technique_scsi_sanitize_block = {
	.id = "scsi_sanitize_block",
	.name = "SCSI SANITIZE, block erase", /* msgid */
	.matrix_single = "SAN_BLK",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
