/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both modes of ATA's SECURITY ERASE UNIT have in common (ACS-3 7.45, device-commands.md 1.5).  The drive takes the command only with a password, answers at its end, and
 * then has no password any more: that, and not the answer, is what tells that it ended well, for a reset in the middle may look like an answer.  Whatever else happens the
 * password stays, and a drive that loses its power is locked by it.
 */
#include "native_ata_erase.h"

#include <errno.h>
#include <string.h>

#include "native_ata_password.h"

int ata_erase_ask(struct cw_transport *t)
{
	struct cw_ata_security s;

	return ata_security_ask(t, &s);
}

int ata_erase_prepare(struct cw_transport *t)
{
	struct cw_ata_security s;
	struct cw_ata a;
	int rc = ata_password_send(t, ATA_SET_PASSWORD, false, ATA_PASSWORD_TIMEOUT_MS, &a);

	if (rc || a.end != CW_ATA_DONE)
		return rc ? rc : -EIO;
	rc = ata_security_ask(t, &s);
	return rc ? rc : s.enabled && !s.locked ? 0 : -EIO;
}

/* Nothing may come between the two. */
int ata_erase_submit(struct cw_transport *t, bool enhanced, uint32_t timeout_ms)
{
	struct cw_ata a = { .command = ATA_ERASE_PREPARE, .protocol = CW_ATA_NO_DATA, .want_registers = true, .timeout_ms = ATA_PASSWORD_TIMEOUT_MS };
	int rc = cw_ata_send(t, &a);

	if (rc || a.end != CW_ATA_DONE)
		return rc ? rc : -EIO;
	return ata_password_send(t, ATA_ERASE_UNIT, enhanced, timeout_ms, &a);
}

/* ---- what an answer shows ---- */

/* Of ATA PASS-THROUGH (16) or (12); 0: it is neither. */
static uint8_t command_of(const struct cw_heard *h)
{
	if (h->set != CW_SET_SCSI)
		return 0;
	if (h->request_len == 16 && h->request[0] == 0x85)
		return h->request[14];
	return h->request_len == 12 && h->request[0] == 0xa1 ? h->request[9] : 0;
}

static bool carries_ours(const struct cw_heard *h, bool enhanced)
{
	uint8_t block[CW_ATA_SECTOR_BYTES];

	ata_password_block(block, enhanced);
	return h->dir == CW_DATA_OUT && h->data && h->data_len == sizeof(block) && !memcmp(h->data, block, sizeof(block));
}

static bool is_gone(const struct cw_heard *h, const struct cw_ata *a)
{
	return a ? a->end == CW_ATA_GONE : h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

static uint32_t read_identify(const struct cw_ata *a)
{
	struct cw_ata_security s;

	if (!a || a->end != CW_ATA_DONE || !a->data || a->data_done != CW_ATA_SECTOR_BYTES || !cw_ata_security_of(a->data, &s) || !s.supported)
		return CW_SHOWS_NOTHING;
	return s.enabled || s.locked ? CW_SHOWS_ARMED : CW_SHOWS_QUIET;
}

/* An abort without registers may be the host adapter's own, after a reset. */
static uint32_t read_erase(const struct cw_ata *a)
{
	if (!a || !a->registers)
		return CW_SHOWS_PERHAPS;
	return a->end == CW_ATA_DONE ? CW_SHOWS_ACCEPTED : a->end == CW_ATA_ABORTED ? CW_SHOWS_REFUSED : CW_SHOWS_PERHAPS;
}

static uint32_t shown_by(const struct cw_heard *h, const struct cw_ata *a, bool enhanced)
{
	switch (command_of(h)) {
	case ATA_IDENTIFY_DEVICE:
		return is_gone(h, a) ? CW_SHOWS_GONE : read_identify(a);
	case ATA_SET_PASSWORD:
		return CW_SHOWS_ARMING;
	case ATA_ERASE_PREPARE:
		return a && a->registers && a->end == CW_ATA_ABORTED ? CW_SHOWS_REFUSED : CW_SHOWS_NOTHING;
	case ATA_ERASE_UNIT:
		return carries_ours(h, enhanced) ? read_erase(a) : CW_SHOWS_NOTHING;
	case ATA_UNLOCK:
	case ATA_DISABLE_PASSWORD:
		return CW_SHOWS_UNDOING;
	default:
		return CW_SHOWS_NOTHING;
	}
}

void ata_erase_read(const struct cw_heard *h, bool enhanced, struct cw_native_seen *out)
{
	struct cw_ata a;
	bool answered = cw_ata_of(h, &a);

	*out = (struct cw_native_seen){ .shows = shown_by(h, answered ? &a : NULL, enhanced) };
}

/* ---- rehearsal ---- */

static void put_identify(bool password_set, struct cw_scsi *c)
{
	uint8_t *data = c->data;

	if (c->data_len < CW_ATA_SECTOR_BYTES)
		return;
	memset(data, 0, CW_ATA_SECTOR_BYTES);
	data[0] = 0x40;
	data[2 * 128] = password_set ? 0x03 : 0x01; /* supported; enabled */
}

/* CHECK CONDITION with the registers of a drive that has nothing to complain of (SAT-4 12.2.2.7). */
void ata_erase_obey(bool begun, uint32_t set, void *command)
{
	static const uint8_t sense[22] = { 0x72, 0x01, 0x00, 0x1d, 0, 0, 0, 14, 0x09, 12, [21] = CW_ATA_DRDY | 0x10 };
	struct cw_scsi *c = command;

	if (set != CW_SET_SCSI)
		return;
	if (c->dir == CW_DATA_IN) {
		put_identify(begun, c);
		return;
	}
	c->status = 0x02;
	memcpy(c->sense, sense, sizeof(sense));
	c->sense_len = sizeof(sense);
}
