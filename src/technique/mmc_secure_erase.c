/* SPDX-License-Identifier: Apache-2.0 */
/* Secure erase of an eMMC chip (JESD84-B51 6.6.9): all of its erase groups, and the copies that it made of them.  From version 4.5 on SANITIZE takes its place. */
#include "native_mmc.h"

#define SECURE_ERASE 0x80000000u

static int submit(struct cw_transport *t, uint32_t timeout_ms)
{
	return mmc_erase_all(t, MMC_ERASE_FROM, SECURE_ERASE, timeout_ms);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	mmc_read_erase(h, SECURE_ERASE, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_MMC_SECURE_ERASE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES),
	.leaves_areas = true,
	.on_request = MMC_ON_REQUEST,
	.unfinished = MMC_UNFINISHED,
	.poll_ms = 1000,
	.ask = mmc_ask,
	.submit_within = submit,
	.read = said,
	.obey = mmc_obey,
};

const struct cw_technique cw_technique_mmc_secure_erase = {
	.id = "mmc_secure_erase",
	.name = "eMMC secure erase", /* msgid */
	.matrix_single = "FLASH_ERASE",
	.matrix_besides = "OW1",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
