/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the three commands of ATA's SANITIZE DEVICE have in common (ACS-4 7.36, device-commands.md 1.6): how they are sent, what SANITIZE STATUS EXT says, and which answers prove
 * nothing.  Registers count only where they came back whole: COUNT has its bits in the upper byte, which fixed-format sense data has no room for.
 */
#include "native_ata_sanitize.h"

#include <errno.h>
#include <string.h>

#define SANITIZE_DEVICE 0xb4
#define STATUS_EXT 0x0000
#define LBA_MODE 0x40
#define TIMEOUT_MS 30000 /* it begins, and answers at once */

/* COUNT of STATUS EXT */
#define COMPLETED 0x8000
#define IN_PROGRESS 0x4000
#define FROZEN 0x2000

/* LBA 7:0 of a command that was aborted */
#define REASON_LEFT_SECTORS 1
#define REASON_UNSUPPORTED 2
#define REASON_FROZEN 3

static int send(struct cw_transport *t, const struct ata_sanitize *s)
{
	struct cw_ata a = { .command = SANITIZE_DEVICE, .device = LBA_MODE, .feature = s->feature, .count = s->count, .lba = s->lba, .extend = true, .protocol = CW_ATA_NO_DATA,
			    .want_registers = true, .timeout_ms = TIMEOUT_MS };

	return cw_ata_send(t, &a);
}

int ata_sanitize_ask(struct cw_transport *t)
{
	return send(t, &(struct ata_sanitize){ .feature = STATUS_EXT });
}

int ata_sanitize_submit(struct cw_transport *t, const struct ata_sanitize *s)
{
	return send(t, s);
}

/* ---- what an answer shows ---- */

/* What was asked, whatever became of it: ATA PASS-THROUGH (16) as this program sends it, which wants the registers back, and as nobody else might. */
static bool take_request(const struct cw_heard *h, struct ata_sanitize *s)
{
	const uint8_t *b = h->request;

	if (h->set != CW_SET_SCSI || h->dir != CW_DATA_NONE || h->request_len != 16 || b[0] != 0x85 || b[1] != (CW_ATA_NO_DATA << 1 | 1) || b[2] != 0x20 || b[13] != LBA_MODE ||
	    b[14] != SANITIZE_DEVICE || b[15])
		return false;
	s->feature = (uint16_t)(b[3] << 8 | b[4]);
	s->count = (uint16_t)(b[5] << 8 | b[6]);
	s->lba = (uint64_t)b[11] << 40 | (uint64_t)b[9] << 32 | (uint64_t)b[7] << 24 | (uint64_t)b[12] << 16 | (uint64_t)b[10] << 8 | b[8];
	return true;
}

static bool is_gone(const struct cw_heard *h)
{
	return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

static const char *reason_of(unsigned reason)
{
	switch (reason) {
	case REASON_LEFT_SECTORS:
		return N_("The drive says that it ended, and that it left some sectors out.");
	case REASON_UNSUPPORTED:
		return N_("The drive says that it does not know this command.");
	case REASON_FROZEN:
		return N_("The drive says that SANITIZE is frozen.");
	default:
		return NULL;
	}
}

static void read_status(const struct cw_ata *a, struct cw_native_seen *out)
{
	unsigned reason = a->lba_after & 0xff;

	if (a->end == CW_ATA_GONE) {
		out->shows = CW_SHOWS_GONE;
	} else if (a->end == CW_ATA_ABORTED && a->registers && reason != REASON_UNSUPPORTED && reason != REASON_FROZEN) {
		out->shows = CW_SHOWS_FAILED;
		out->why = reason_of(reason);
	} else if (a->end == CW_ATA_DONE && a->registers && a->complete) {
		/* Frozen says nothing of an earlier one; one that runs cannot be frozen. */
		out->shows = a->count_after & IN_PROGRESS ? CW_SHOWS_RUNNING : a->count_after & COMPLETED ? CW_SHOWS_SUCCEEDED : CW_SHOWS_IDLE;
		out->progress = (uint32_t)(a->lba_after & 0xffff);
	}
}

static void read_submission(const struct cw_ata *a, struct cw_native_seen *out)
{
	out->shows = CW_SHOWS_PERHAPS;
	if (a->end == CW_ATA_DONE && a->registers) {
		out->shows = CW_SHOWS_ACCEPTED;
	} else if (a->end == CW_ATA_ABORTED && a->registers) {
		out->shows = CW_SHOWS_REFUSED;
		out->why = reason_of((unsigned)a->lba_after & 0xff);
	}
}

void ata_sanitize_read(const struct cw_heard *h, const struct ata_sanitize *s, struct cw_native_seen *out)
{
	struct ata_sanitize asked;
	struct cw_ata a;
	bool ours;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (!take_request(h, &asked))
		return;
	ours = asked.feature == s->feature && asked.count == s->count && asked.lba == s->lba;
	if (!cw_ata_of(h, &a))
		out->shows = ours ? CW_SHOWS_PERHAPS : is_gone(h) ? CW_SHOWS_GONE : CW_SHOWS_NOTHING;
	else if (ours)
		read_submission(&a, out);
	else if (asked.feature == STATUS_EXT)
		read_status(&a, out);
}

/* ---- rehearsal ---- */

/* CHECK CONDITION with the registers of a drive that has nothing to complain of (SAT-4 12.2.2.7). */
void ata_sanitize_obey(bool begun, uint32_t set, void *command)
{
	static const uint8_t sense[22] = { 0x72, 0x01, 0x00, 0x1d, 0, 0, 0, 14, 0x09, 12, 0x01, [20] = LBA_MODE, [21] = CW_ATA_DRDY | 0x10 };
	struct cw_scsi *c = command;

	if (set != CW_SET_SCSI)
		return;
	c->status = 0x02;
	memcpy(c->sense, sense, sizeof(sense));
	c->sense_len = sizeof(sense);
	c->sense[12] = begun ? COMPLETED >> 8 : 0;
}
