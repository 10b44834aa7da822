/* SPDX-License-Identifier: Apache-2.0 */
/* SCSI SANITIZE, OVERWRITE: a drive overwrites all its blocks, those too that it does not show any more. */
#include "native_scsi_sanitize.h"

/* SBC-4 table 107: one pass, and a pattern that is not what unwritten blocks read as. */
static const uint8_t list[] = { 0x01, 0, 0, 4, 0xa5, 0x5a, 0x5a, 0xa5 };
static const struct scsi_sanitize overwrite = { .action = 0x01, .list = list, .list_len = sizeof(list) };

static int submit(struct cw_transport *t)
{
	return scsi_sanitize_submit(t, &overwrite);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	scsi_sanitize_read(h, &overwrite, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_SCSI_SANITIZE_OVERWRITE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_PATTERN),
	.pattern = { 0xa5, 0x5a, 0x5a, 0xa5 },
	.pattern_len = 4,
	.writes_all = true,
	.poll_ms = 10000,
	.ask = scsi_sanitize_ask,
	.submit = submit,
	.recover = scsi_sanitize_recover,
	.read = said,
	.obey = scsi_operation_obey,
};

const struct cw_technique cw_technique_scsi_sanitize_overwrite = {
	.id = "scsi_sanitize_overwrite",
	.name = "SCSI SANITIZE, overwrite", /* msgid */
	.matrix_single = "SAN_OW",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
