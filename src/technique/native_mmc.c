/* SPDX-License-Identifier: Apache-2.0 */
#include "native_mmc.h"

#include <errno.h>
#include <string.h>

#define SEND_STATUS 13u
#define RCA (1u << 16) /* the one address that the kernel gives an eMMC chip */

/* Of a response R1 (JESD84-B51 6.13, SD Physical Layer 4.10.1): bits that tell of an error, and the state. */
#define ERRORS 0xfdf9a080u
#define STATE(r) (((r) >> 9) & 0xf)
#define STATE_TRANSFER 4
#define STATE_PROGRAMMING 7

#define ASK_MS 10000u
#define SMALL_BYTES (UINT64_C(2) << 30) /* what is larger is addressed in sectors */

int mmc_command(struct cw_transport *t, uint32_t opcode, uint32_t arg, uint32_t flags, uint32_t timeout_ms)
{
	struct cw_mmc c = { .opcode = opcode, .arg = arg, .flags = flags, .timeout_ms = timeout_ms };
	int rc = cw_mmc_send(t, &c);

	return rc ? rc : c.response[0] & ERRORS ? -EIO : 0;
}

int mmc_ask(struct cw_transport *t)
{
	struct cw_mmc c = { .opcode = SEND_STATUS, .arg = RCA, .flags = MMC_RESPONSE_R1, .timeout_ms = ASK_MS };

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

int mmc_erase_all(struct cw_transport *t, uint32_t from, uint32_t arg, uint32_t timeout_ms)
{
	uint32_t last = 0;
	int rc = last_address(t, &last);

	if (!rc)
		rc = mmc_command(t, from, 0, MMC_RESPONSE_R1, ASK_MS);
	if (!rc)
		rc = mmc_command(t, from + 1, last, MMC_RESPONSE_R1, ASK_MS);
	return rc ? rc : mmc_command(t, MMC_ERASE, arg, MMC_RESPONSE_R1B, timeout_ms);
}

/* ---- what an answer shows ---- */

bool mmc_is(const struct cw_heard *h, uint32_t opcode, uint32_t arg)
{
	const uint8_t head[8] = { [3] = (uint8_t)opcode, [4] = (uint8_t)(arg >> 24), [5] = (uint8_t)(arg >> 16), [6] = (uint8_t)(arg >> 8), [7] = (uint8_t)arg };

	return h->set == CW_SET_MMC && h->request_len >= sizeof(head) && !memcmp(h->request, head, sizeof(head));
}

bool mmc_is_question(const struct cw_heard *h)
{
	return mmc_is(h, SEND_STATUS, RCA);
}

static bool is_gone(const struct cw_heard *h)
{
	return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

static bool was_not_sent(const struct cw_heard *h)
{
	return h->sys_errno == EOPNOTSUPP || h->sys_errno == EINVAL || h->sys_errno == EPERM || h->sys_errno == ENOTTY;
}

uint32_t mmc_read_state(const struct cw_heard *h, const struct cw_mmc *c)
{
	if (!c)
		return is_gone(h) ? CW_SHOWS_GONE : CW_SHOWS_NOTHING;
	switch (STATE(c->response[0])) {
	case STATE_TRANSFER:
		return CW_SHOWS_QUIET;
	case STATE_PROGRAMMING:
		return CW_SHOWS_RUNNING;
	default:
		return CW_SHOWS_NOTHING;
	}
}

uint32_t mmc_read_erased(const struct cw_heard *h, const struct cw_mmc *c)
{
	return c && c->response[0] & ERRORS ? CW_SHOWS_FAILED : mmc_read_state(h, c);
}

uint32_t mmc_read_submission(const struct cw_heard *h, const struct cw_mmc *c, uint32_t done)
{
	if (!c)
		return was_not_sent(h) ? CW_SHOWS_REFUSED : CW_SHOWS_PERHAPS;
	return c->response[0] & ERRORS ? CW_SHOWS_REFUSED : done;
}

void mmc_read_erase(const struct cw_heard *h, uint32_t arg, struct cw_native_seen *out)
{
	struct cw_mmc answer;
	const struct cw_mmc *c = !h->sys_errno && cw_mmc_of(h, &answer) ? &answer : NULL;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (mmc_is_question(h))
		out->shows = mmc_read_erased(h, c);
	else if (mmc_is(h, MMC_ERASE, arg))
		out->shows = mmc_read_submission(h, c, CW_SHOWS_ACCEPTED);
}

/* ---- rehearsal ---- */

void mmc_obey(bool begun, uint32_t set, void *command)
{
	struct cw_mmc *c = command;

	(void)begun;
	if (set == CW_SET_MMC)
		c->response[0] = STATE_TRANSFER << 9;
}
