/* SPDX-License-Identifier: Apache-2.0 */
/* ATA SANITIZE DEVICE, BLOCK ERASE EXT: a solid-state drive erases its cells. */
#include "native_ata_sanitize.h"

static const struct ata_sanitize block = { .feature = 0x0012, .lba = 0x426b4572 /* "BkEr" */ };

static int submit(struct cw_transport *t)
{
	return ata_sanitize_submit(t, &block);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	ata_sanitize_read(h, &block, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_ATA_SANITIZE_BLOCK,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_UNIFORM),
	.poll_ms = 1000,
	.ask = ata_sanitize_ask,
	.submit = submit,
	.read = said,
	.obey = ata_sanitize_obey,
};

const struct cw_technique cw_technique_ata_sanitize_block = {
	.id = "ata_sanitize_block",
	.name = "ATA SANITIZE, block erase", /* msgid */
	.matrix_single = "SAN_BLK",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
