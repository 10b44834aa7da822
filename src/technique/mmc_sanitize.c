/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SANITIZE of an eMMC chip (JESD84-B51 6.6.11, device-commands.md 5.3): it removes what is not mapped any more, so everything is erased first.  The kernel sees the command that
 * begins it, runs it to its end by itself, and answers then; what is interrupted is lost and begun anew, with the erasing.  Boot and replay protected areas stay.
 */
#include "native_mmc.h"

#define SWITCH 6
#define SANITIZE_START 0x03a50101u /* write byte 165 of EXT_CSD: 1 */
#define PLAIN_ERASE 0u

static int submit(struct cw_transport *t, uint32_t timeout_ms)
{
	int rc = mmc_erase_all(t, MMC_ERASE_FROM, PLAIN_ERASE, timeout_ms);

	/* What is still mapped would stay. */
	return rc ? rc : mmc_command(t, SWITCH, SANITIZE_START, MMC_RESPONSE_R1B, timeout_ms);
}

/* The kernel answers when it has ended: without an error it ended well. */
static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_mmc answer;
	const struct cw_mmc *c = !h->sys_errno && cw_mmc_of(h, &answer) ? &answer : NULL;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (mmc_is_question(h))
		out->shows = mmc_read_state(h, c);
	else if (mmc_is(h, SWITCH, SANITIZE_START))
		out->shows = mmc_read_submission(h, c, CW_SHOWS_COMPLETED);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_MMC_SANITIZE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES),
	.leaves_areas = true,
	.unfinished = MMC_UNFINISHED,
	.poll_ms = 1000,
	.ask = mmc_ask,
	.submit_within = submit,
	.read = said,
	.obey = mmc_obey,
};

const struct cw_technique cw_technique_mmc_sanitize = {
	.id = "mmc_sanitize",
	.name = "eMMC SANITIZE", /* msgid */
	.matrix_single = "EMMC_SAN",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
