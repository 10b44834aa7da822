/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing of an SD card by itself (SD Physical Layer 4.3.5, device-commands.md 5.4): nothing is promised of the cells.  A card is addressed by a number of its own, which only the
 * kernel knows: where it stands shows in the response to the question for its SD status, for which the kernel addresses it.
 */
#include "native_mmc.h"

#define SD_STATUS 13u      /* behind CMD55 */
#define STATUS_BYTES 64u
#define DATA_TRANSFER 0x20u /* MMC_CMD_ADTC */
#define APP_COMMAND_AT 15u  /* last byte of it in a request */
#define PLAIN_ERASE 0u
#define ASK_MS 10000u

static int ask(struct cw_transport *t)
{
	uint8_t status[STATUS_BYTES] = { 0 };
	struct cw_mmc c = { .opcode = SD_STATUS, .app_command = 1, .flags = MMC_RESPONSE_R1 | DATA_TRANSFER, .block_bytes = STATUS_BYTES, .blocks = 1, .dir = CW_DATA_IN,
			    .data = status, .timeout_ms = ASK_MS };

	return cw_mmc_send(t, &c);
}

static int submit(struct cw_transport *t, uint32_t timeout_ms)
{
	return mmc_erase_all(t, SD_ERASE_FROM, PLAIN_ERASE, timeout_ms);
}

static bool is_question(const struct cw_heard *h)
{
	return mmc_is(h, SD_STATUS, 0) && h->request_len > APP_COMMAND_AT && h->request[APP_COMMAND_AT];
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_mmc answer;
	const struct cw_mmc *c = !h->sys_errno && cw_mmc_of(h, &answer) ? &answer : NULL;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (is_question(h))
		out->shows = mmc_read_erased(h, c);
	else if (mmc_is(h, MMC_ERASE, PLAIN_ERASE))
		out->shows = mmc_read_submission(h, c, CW_SHOWS_ACCEPTED);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_SD_ERASE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES),
	.on_request = MMC_ON_REQUEST,
	.unfinished = N_("The job ended while the card was erasing itself; what was interrupted is lost: resume the job, and it begins anew."),
	.poll_ms = 1000,
	.ask = ask,
	.submit_within = submit,
	.read = said,
	.obey = mmc_obey,
};

const struct cw_technique cw_technique_sd_erase = {
	.id = "sd_erase",
	.name = "SD erase", /* msgid */
	.matrix_single = "FLASH_ERASE",
	.matrix_besides = "OW1",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
