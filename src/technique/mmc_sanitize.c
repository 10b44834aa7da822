/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SANITIZE of an eMMC chip (JESD84-B51 6.6.11, device-commands.md 5.3): it removes what is not mapped any more, so everything is erased first.  The kernel sees the command that
 * begins it, runs it to its end by itself, and answers then; what is interrupted is lost and begun anew, with the erasing.  Boot and replay protected areas stay.
 */
#include "certwipe/technique.h"

#include <errno.h>
#include <string.h>

#define SWITCH 6
#define SEND_STATUS 13
#define ERASE_GROUP_START 35
#define ERASE_GROUP_END 36
#define ERASE 38
#define SANITIZE_START 0x03a50101u /* write byte 165 of EXT_CSD: 1 */
#define RCA (1u << 16)             /* the one address that the kernel gives an eMMC chip */

/* As the kernel's MMC_RSP_R1 and R1B; of commands that address a chip and move no data (MMC_CMD_AC) nothing is added. */
#define RESPONSE_R1 0x15u
#define RESPONSE_R1B 0x1du

/* Of a response R1 (JESD84-B51 6.13): bits that tell of an error, and the state. */
#define ERRORS 0xfdf9a080u
#define STATE(r) (((r) >> 9) & 0xf)
#define STATE_TRANSFER 4
#define STATE_PROGRAMMING 7

#define ASK_MS 10000u
#define SMALL_BYTES (UINT64_C(2) << 30) /* chips that are larger are addressed in sectors */

static int command(struct cw_transport *t, uint32_t opcode, uint32_t arg, uint32_t flags, uint32_t timeout_ms)
{
	struct cw_mmc c = { .opcode = opcode, .arg = arg, .flags = flags, .timeout_ms = timeout_ms };
	int rc = cw_mmc_send(t, &c);

	return rc ? rc : c.response[0] & ERRORS ? -EIO : 0;
}

static int ask(struct cw_transport *t)
{
	struct cw_mmc c = { .opcode = SEND_STATUS, .arg = RCA, .flags = RESPONSE_R1, .timeout_ms = ASK_MS };

	return cw_mmc_send(t, &c);
}

/* The last address that there is, as the chip counts. */
static int last_address(struct cw_transport *t, uint32_t *out)
{
	uint64_t bytes = 0;
	int rc = t->ops->size(t, &bytes);

	if (rc)
		return rc;
	if (bytes < 512 || bytes / 512 > UINT32_MAX)
		return -ERANGE;
	*out = (uint32_t)(bytes > SMALL_BYTES ? bytes / 512 - 1 : bytes - 512);
	return 0;
}

static int submit(struct cw_transport *t, uint32_t timeout_ms)
{
	uint32_t last = 0;
	int rc = last_address(t, &last);

	if (!rc)
		rc = command(t, ERASE_GROUP_START, 0, RESPONSE_R1, ASK_MS);
	if (!rc)
		rc = command(t, ERASE_GROUP_END, last, RESPONSE_R1, ASK_MS);
	if (!rc)
		rc = command(t, ERASE, 0, RESPONSE_R1B, timeout_ms);
	/* What is still mapped would stay. */
	return rc ? rc : command(t, SWITCH, SANITIZE_START, RESPONSE_R1B, timeout_ms);
}

/* ---- what an answer shows ---- */

static bool is_gone(const struct cw_heard *h)
{
	return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

static bool was_not_sent(const struct cw_heard *h)
{
	return h->sys_errno == EOPNOTSUPP || h->sys_errno == EINVAL || h->sys_errno == EPERM || h->sys_errno == ENOTTY;
}

static uint32_t read_status(const struct cw_mmc *c)
{
	switch (STATE(c->response[0])) {
	case STATE_TRANSFER:
		return CW_SHOWS_QUIET;
	case STATE_PROGRAMMING:
		return CW_SHOWS_RUNNING;
	default:
		return CW_SHOWS_NOTHING;
	}
}

/* The kernel answers when it has ended: without an error it ended well. */
static uint32_t read_sanitize(const struct cw_heard *h, const struct cw_mmc *c)
{
	if (!c)
		return was_not_sent(h) ? CW_SHOWS_REFUSED : CW_SHOWS_PERHAPS;
	return c->response[0] & ERRORS ? CW_SHOWS_REFUSED : CW_SHOWS_COMPLETED;
}

static bool asks_for(const struct cw_heard *h, uint32_t opcode, uint32_t arg)
{
	const uint8_t head[8] = { [3] = (uint8_t)opcode, [4] = (uint8_t)(arg >> 24), [5] = (uint8_t)(arg >> 16), [6] = (uint8_t)(arg >> 8), [7] = (uint8_t)arg };

	return h->set == CW_SET_MMC && h->request_len >= sizeof(head) && !memcmp(h->request, head, sizeof(head));
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_mmc c;
	bool answered = !h->sys_errno && cw_mmc_of(h, &c);

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (asks_for(h, SEND_STATUS, RCA))
		out->shows = answered ? read_status(&c) : is_gone(h) ? CW_SHOWS_GONE : CW_SHOWS_NOTHING;
	else if (asks_for(h, SWITCH, SANITIZE_START))
		out->shows = read_sanitize(h, answered ? &c : NULL);
}

static void obey(bool begun, uint32_t set, void *command_)
{
	struct cw_mmc *c = command_;

	(void)begun;
	if (set == CW_SET_MMC)
		c->response[0] = STATE_TRANSFER << 9;
}

static const struct cw_native native = {
	.feature = CW_FEATURE_MMC_SANITIZE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES),
	.leaves_areas = true,
	.unfinished = N_("The job ended while the chip was erasing itself; what was interrupted is lost: resume the job, and it begins anew."),
	.poll_ms = 1000,
	.ask = ask,
	.submit_within = submit,
	.read = said,
	.obey = obey,
};

const struct cw_technique cw_technique_mmc_sanitize = {
	.id = "mmc_sanitize",
	.name = "eMMC SANITIZE", /* msgid */
	.matrix_single = "EMMC_SAN",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
