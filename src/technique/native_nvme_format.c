/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both kinds of Format NVM that erase have in common (device-commands.md 3.3).  It is answered when it has ended, and nothing tells of it afterwards: only that answer is its
 * success.  Whoever did not get it sends it again.  The format of the namespace stays as it is.
 */
#include "native_nvme_format.h"

#include "native_nvme.h"

#define IDENTIFY 0x06
#define FORMAT_NVM 0x80
#define IDENTIFY_BYTES 4096u
#define ASK_MS 10000u
#define SUBMIT_MS 3600000u /* when it is over, the kernel resets the controller; a drive that overwrites itself takes its time */

/* Format Progress Indicator of Identify Namespace: bit 7, it is told; bits 6:0, per cent that are left */
#define PROGRESS_AT 32
#define PROGRESS_TOLD 0x80
#define PROGRESS_LEFT 0x7f

#define ERASE_SHIFT 9
#define ERASE_MASK (7u << ERASE_SHIFT)

/* FNA of Identify Controller */
#define FORMATS_ALL 1u
#define ERASES_ALL 2u

int nvme_format_ask(struct cw_transport *t)
{
	uint8_t data[IDENTIFY_BYTES] = { 0 };
	struct cw_nvme c = { .opcode = IDENTIFY, .nsid = t->target.nsid, .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data), .timeout_ms = ASK_MS };

	return cw_nvme_send(t, &c);
}

int nvme_format_submit(struct cw_transport *t, uint32_t erase)
{
	struct cw_nvme c = { .opcode = FORMAT_NVM, .nsid = t->target.nsid, .cdw10 = t->target.format | erase << ERASE_SHIFT, .timeout_ms = SUBMIT_MS };

	return cw_nvme_send(t, &c);
}

/* What formats all and does not erase all may do either to the others. */
uint32_t nvme_format_scope(const struct cw_nvme_told *n)
{
	return n->fna & ERASES_ALL ? CW_SCOPE_DRIVE : n->fna & FORMATS_ALL ? CW_SCOPE_UNSURE : CW_SCOPE_MEDIUM;
}

/* ---- what an answer shows ---- */

static void read_asked(const struct cw_heard *h, struct cw_native_seen *out)
{
	const uint8_t *data = h->data;
	struct cw_nvme c;
	uint32_t left;

	if (!cw_nvme_of(h, &c)) {
		out->shows = nvme_is_gone(h) ? CW_SHOWS_GONE : CW_SHOWS_NOTHING;
		return;
	}
	if (c.status)
		return;
	/* Journals do not keep so much data: for them it is quiet. */
	left = data && h->data_len > PROGRESS_AT && data[PROGRESS_AT] & PROGRESS_TOLD ? data[PROGRESS_AT] & PROGRESS_LEFT : 0;
	out->shows = left ? CW_SHOWS_RUNNING : CW_SHOWS_QUIET;
	out->progress = left <= 100 ? (100 - left) * 65535 / 100 : 0;
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
		out->shows = CW_SHOWS_COMPLETED;
}

void nvme_format_read(const struct cw_heard *h, uint32_t erase, struct cw_native_seen *out)
{
	struct cw_nvme asked;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (!nvme_take_request(h, &asked))
		return;
	if (asked.opcode == IDENTIFY && !asked.cdw10)
		read_asked(h, out);
	else if (asked.opcode == FORMAT_NVM && (asked.cdw10 & ERASE_MASK) == erase << ERASE_SHIFT)
		read_submission(h, out);
}

/* All zero: done, and nothing is told of progress. */
void nvme_format_obey(bool begun, uint32_t set, void *command)
{
	(void)begun, (void)set, (void)command;
}
