/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the actions of NVMe's Sanitize have in common (device-commands.md 3.4): how they are sent, what the Sanitize Status log says, and which of its answers prove nothing.  The log
 * tells of the last one, whoever asked for it: ours is one with our command dword 10, behind which nothing was written.  The markers were, so that an earlier one is never ours.
 *
 * Unrestricted exit is not allowed (AUSE 0): a drive that could not sanitise itself stays closed until it can, and nobody reads what it kept.
 */
#include "native_nvme_sanitize.h"

#include <string.h>

#include "native_nvme.h"

#define GET_LOG_PAGE 0x02
#define SANITIZE 0x84
#define LOG_SANITIZE 0x81
#define LOG_BYTES 512u
#define LOG_DWORD10 ((LOG_BYTES / 4 - 1) << 16 | LOG_SANITIZE)
#define ALL_NAMESPACES 0xffffffffu
#define ASK_MS 10000u
#define SUBMIT_MS 120000u /* it answers at once, and goes on by itself; what comes later than that the kernel takes for a dead controller */

/* Of the log: SSTAT, SCDW10 */
#define STATE(sstat) ((sstat) & 7)
#define NEVER 0
#define ENDED_WELL 1
#define RUNNING 2
#define FAILED 3
#define ENDED_DEALLOCATED 4 /* well, and with its blocks deallocated although that was not asked for */
#define GLOBAL_DATA_ERASED 0x0100
#define LOG_MEANS 8u /* bytes that say it */

/* Where it stands in the course of one (SSI, NVM Express Base 2.1): a drive that does not know that says 0. */
#define SSI_AT 36u
#define SSI_RESTRICTED_FAILURE 2
#define SSI_UNRESTRICTED_FAILURE 4

int nvme_sanitize_ask(struct cw_transport *t)
{
	uint8_t log[LOG_BYTES] = { 0 };
	struct cw_nvme c = { .opcode = GET_LOG_PAGE, .nsid = ALL_NAMESPACES, .cdw10 = LOG_DWORD10, .dir = CW_DATA_IN, .data = log, .data_len = sizeof(log), .timeout_ms = ASK_MS };

	return cw_nvme_send(t, &c);
}

int nvme_sanitize_submit(struct cw_transport *t, const struct nvme_sanitize *s)
{
	struct cw_nvme c = { .opcode = SANITIZE, .cdw10 = s->dword10, .cdw11 = s->pattern, .timeout_ms = SUBMIT_MS };

	return cw_nvme_send(t, &c);
}

uint32_t nvme_sanitize_scope(const struct cw_nvme_told *n)
{
	(void)n;
	return CW_SCOPE_DRIVE;
}

/* ---- what an answer shows ---- */

/* What ended well and was not ours says no more than that nothing runs. */
static void read_end(const struct nvme_sanitize *s, uint16_t sstat, uint32_t scdw10, struct cw_native_seen *out)
{
	out->shows = CW_SHOWS_IDLE;
	if (scdw10 != s->dword10)
		out->why = N_("The drive tells of another Sanitize than the one that it was told to do.");
	else if (!(sstat & GLOBAL_DATA_ERASED))
		out->why = N_("The drive says that data was written to it behind its last Sanitize.");
	else
		out->shows = CW_SHOWS_SUCCEEDED;
}

/* Erased is not yet ended: it may have to be looked at first, or to be deallocated behind that. */
static uint32_t state_of(uint16_t sstat, uint8_t ssi)
{
	if (ssi == SSI_RESTRICTED_FAILURE || ssi == SSI_UNRESTRICTED_FAILURE)
		return FAILED;
	return ssi && STATE(sstat) != FAILED ? RUNNING : STATE(sstat);
}

static void read_log(const uint8_t *log, uint8_t ssi, const struct nvme_sanitize *s, struct cw_native_seen *out)
{
	uint16_t sprog = (uint16_t)(log[0] | log[1] << 8), sstat = (uint16_t)(log[2] | log[3] << 8);
	uint32_t scdw10 = log[4] | (uint32_t)log[5] << 8 | (uint32_t)log[6] << 16 | (uint32_t)log[7] << 24;

	switch (state_of(sstat, ssi)) {
	case NEVER:
		out->shows = CW_SHOWS_IDLE;
		break;
	case RUNNING:
		out->shows = CW_SHOWS_RUNNING;
		out->progress = sprog;
		break;
	case FAILED:
		out->shows = CW_SHOWS_FAILED;
		out->left = N_("The medium said that sanitising itself failed, and stays closed until it has done so: have it do it again (nvme sanitize), or destroy it physically.");
		break;
	case ENDED_WELL:
	case ENDED_DEALLOCATED:
		read_end(s, sstat, scdw10, out);
		break;
	default:
		break;
	}
}

static void read_asked(const struct cw_heard *h, const struct nvme_sanitize *s, struct cw_native_seen *out)
{
	struct cw_nvme c;

	if (!cw_nvme_of(h, &c))
		out->shows = nvme_is_gone(h) ? CW_SHOWS_GONE : CW_SHOWS_NOTHING;
	else if (!c.status && h->data && h->data_len >= LOG_MEANS)
		read_log(h->data, h->data_len > SSI_AT ? ((const uint8_t *)h->data)[SSI_AT] & 0x0f : 0, s, out);
}

static void read_submission(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_nvme c;

	out->shows = CW_SHOWS_PERHAPS;
	if (!cw_nvme_of(h, &c))
		return;
	if (c.status)
		nvme_read_refusal(c.status, out);
	else
		out->shows = CW_SHOWS_ACCEPTED;
}

void nvme_sanitize_read(const struct cw_heard *h, const struct nvme_sanitize *s, struct cw_native_seen *out)
{
	struct cw_nvme asked;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (!nvme_take_request(h, &asked))
		return;
	if (asked.opcode == GET_LOG_PAGE && asked.cdw10 == LOG_DWORD10)
		read_asked(h, s, out);
	else if (asked.opcode == SANITIZE && asked.cdw10 == s->dword10 && asked.cdw11 == s->pattern)
		read_submission(h, out);
}

/* ---- rehearsal ---- */

void nvme_sanitize_obey(bool begun, uint32_t set, void *command, const struct nvme_sanitize *s)
{
	struct cw_nvme *c = set == CW_SET_NVME ? command : NULL;
	uint8_t *log = c && c->opcode == GET_LOG_PAGE ? c->data : NULL;

	if (!log || !begun)
		return;
	log[2] = ENDED_WELL;
	log[3] = GLOBAL_DATA_ERASED >> 8;
	for (unsigned i = 0; i < 4; i++)
		log[4 + i] = (uint8_t)(s->dword10 >> 8 * i);
}
