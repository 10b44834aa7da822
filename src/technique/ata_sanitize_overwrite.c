/* SPDX-License-Identifier: Apache-2.0 */
/* ATA SANITIZE DEVICE, OVERWRITE EXT: a drive overwrites all its sectors, those too that it does not show any more. */
#include "native_ata_sanitize.h"

#define ONE_PASS 0x0001
#define PATTERN 0xa55a5aa5 /* the same bytes whichever end a drive begins with, and not what unwritten sectors read as */

static const struct ata_sanitize overwrite = { .feature = 0x0014, .count = ONE_PASS, .lba = UINT64_C(0x4f57) << 32 /* "OW" */ | PATTERN };

static int submit(struct cw_transport *t)
{
	return ata_sanitize_submit(t, &overwrite);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	ata_sanitize_read(h, &overwrite, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_ATA_SANITIZE_OVERWRITE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_PATTERN),
	.pattern = { 0xa5, 0x5a, 0x5a, 0xa5 },
	.pattern_len = 4,
	.writes_all = true,
	.poll_ms = 10000,
	.ask = ata_sanitize_ask,
	.submit = submit,
	.read = said,
	.obey = ata_sanitize_obey,
};

const struct cw_technique cw_technique_ata_sanitize_overwrite = {
	.id = "ata_sanitize_overwrite",
	.name = "ATA SANITIZE, overwrite", /* msgid */
	.matrix_single = "SAN_OW",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
