/* SPDX-License-Identifier: Apache-2.0 */
/* ATA SECURITY ERASE UNIT, normal: a drive writes zeros to every sector up to its native maximum. */
#include "native_ata_erase.h"

static int submit(struct cw_transport *t, uint32_t timeout_ms)
{
	return ata_erase_submit(t, false, timeout_ms);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	ata_erase_read(h, false, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_ATA_ERASE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS),
	.writes_all = true,
	.untold_seconds = ATA_ERASE_UNTOLD_SECONDS,
	.poll_ms = 1000,
	.ask = ata_erase_ask,
	.password = CW_ATA_PASSWORD,
	.left_locked = ATA_ERASE_LEFT_LOCKED,
	.prepare = ata_erase_prepare,
	.submit_within = submit,
	.undo = cw_ata_unlock,
	.read = said,
	.obey = ata_erase_obey,
};

const struct cw_technique cw_technique_ata_erase = {
	.id = "ata_erase",
	.name = "ATA SECURITY ERASE UNIT", /* msgid */
	.matrix_single = "ATA_SE",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
