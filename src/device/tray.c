/* SPDX-License-Identifier: Apache-2.0 */
/* tray: a disc goes out of its drive and in again, so that what is read afterwards comes from the disc and not from the memory of the drive (MMC-6 6.42). */
#include <errno.h>
#include <string.h>

#include "certwipe/device.h"

#define PREVENT_ALLOW 0x1e
#define START_STOP 0x1b
#define TEST_UNIT_READY 0x00
#define EJECT 0x02 /* LoEj, and not Start */
#define LOAD 0x03  /* LoEj and Start */
#define MOVES_MS 60000u
#define ANSWERS_MS 10000u
#define READY_TRIES 60 /* a second apart: drives look at a disc for so long */
#define ABSENT_TRIES 10 /* for so long they say that there is none while the tray goes in */
#define ATTENTIONS_MAX 5

/* Additional sense codes (SPC-5 annex F). */
#define MEDIUM_NOT_PRESENT 0x3a

/* 0: taken; 1: not, or nobody knows; s may say why; negative: it is gone. */
static int tell(struct cw_transport *t, uint8_t opcode, uint8_t byte4, uint32_t timeout_ms, struct cw_sense *s)
{
	for (int tries = 0; tries < ATTENTIONS_MAX; tries++) {
		struct cw_scsi c = { .cdb = { opcode, 0, 0, 0, byte4 }, .cdb_len = 6, .timeout_ms = timeout_ms };
		int rc = cw_scsi_send(t, &c);
		uint32_t end = rc ? CW_SCSI_UNKNOWN : cw_scsi_end(&c, s);

		if (rc)
			return rc;
		if (end != CW_SCSI_ANSWERED)
			return end == CW_SCSI_GONE ? -ENODEV : 1;
		if (cw_sense_action(s) == CW_SENSE_GOOD)
			return 0;
		if (cw_sense_action(s) != CW_SENSE_ATTENTION)
			return 1;
	}
	return 1;
}

static int await_ready(struct cw_transport *t, const struct cw_tray_hooks *h, enum cw_tray *by)
{
	struct cw_sense s = { 0 };

	*by = CW_TRAY_PERSON;
	for (int tries = 0, absent = 0; tries < READY_TRIES && absent < ABSENT_TRIES; tries++) {
		int rc = tell(t, TEST_UNIT_READY, 0, ANSWERS_MS, &s);

		if (rc <= 0) {
			*by = rc ? *by : CW_TRAY_DRIVE;
			return rc;
		}
		absent += s.asc == MEDIUM_NOT_PRESENT;
		h->wait_a_second(h->user);
	}
	return 0;
}

int cw_tray_reload(struct cw_transport *t, const struct cw_tray_hooks *h, enum cw_tray *by)
{
	struct cw_sense s = { 0 };
	int rc;

	*by = CW_TRAY_PERSON;
	/* Whoever locked the tray did it so that nobody else takes the disc out.  One that has none has nothing to unlock. */
	rc = tell(t, PREVENT_ALLOW, 0, ANSWERS_MS, &s);
	if (rc >= 0)
		rc = tell(t, START_STOP, EJECT, MOVES_MS, &s);
	if (!rc)
		rc = tell(t, START_STOP, LOAD, MOVES_MS, &s);
	/* What does not go in by itself somebody has to push in, or take out first. */
	if (rc > 0)
		return 0;
	return rc ? rc : await_ready(t, h, by);
}

const char *cw_tray_name(uint32_t by)
{
	return by == CW_TRAY_DRIVE ? "drive" : by == CW_TRAY_PERSON ? "person" : "";
}

/* ---- which commands those are, for who wants to know beforehand ---- */

static int obey(struct cw_transport *t, struct cw_scsi *c)
{
	(void)t, (void)c;
	return 0;
}

static void wait_for_nothing(void *user)
{
	(void)user;
}

static void keep(void *user, const struct cw_heard *h)
{
	char hex[2 * CW_REQUEST_MAX + 1];

	cw_hex(hex, h->request, h->request_len);
	(void)json_array_append_new(user, json_pack("{s:s, s:s}", "set", cw_set_name(h->set), "requestHex", hex));
}

json_t *cw_tray_rehearse(void)
{
	static const struct cw_transport_ops ops = { .name = "rehearsal", .scsi = obey };
	const struct cw_tray_hooks hooks = { .wait_a_second = wait_for_nothing };
	json_t *commands = json_array();
	struct cw_transport t = { .ops = &ops, .heard = keep, .heard_user = commands };
	enum cw_tray by;

	if (commands && !cw_tray_reload(&t, &hooks, &by))
		return commands;
	json_decref(commands);
	return NULL;
}
