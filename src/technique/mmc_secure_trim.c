/* SPDX-License-Identifier: Apache-2.0 */
/* Secure trim of an eMMC chip (JESD84-B51 6.6.10): what is to go is marked first, and then erased with the copies of it.  From version 4.5 on SANITIZE takes its place. */
#include "native_mmc.h"

#define MARK 0x80000001u  /* step 1 */
#define CARRY_OUT 0x80008000u /* step 2; the range before it says nothing */

static int submit(struct cw_transport *t, uint32_t timeout_ms)
{
	int rc = mmc_erase_all(t, MMC_ERASE_FROM, MARK, timeout_ms);

	return rc ? rc : mmc_erase_all(t, MMC_ERASE_FROM, CARRY_OUT, timeout_ms);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	mmc_read_erase(h, CARRY_OUT, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_MMC_SECURE_TRIM,
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

const struct cw_technique cw_technique_mmc_secure_trim = {
	.id = "mmc_secure_trim",
	.name = "eMMC secure trim", /* msgid */
	.matrix_single = "FLASH_ERASE",
	.matrix_besides = "OW1",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
