/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatting a disc that is written at any block, and is not formatted (MMC-6 6.5, device-commands.md 7.5): a DVD+RW, a DVD-RAM, a BD-RE.  It only makes the disc such that its
 * blocks can be overwritten: drives differ in whether it writes any of them, and none of what it may leave can be seen before.  So nothing is ever claimed for it.
 */
#include "certwipe/technique.h"

#include <errno.h>
#include <string.h>

#include "native_scsi.h"

#define FORMAT_UNIT 0x04
#define FMTDATA_OF_DISCS 0x11 /* a list follows, in the form of discs */
#define IMMED 0x02
#define READ_FORMAT_CAPACITIES 0x23
#define ANSWER_BYTES 252u
#define FULL_FORMAT_DVD_PLUS_RW 0x26
#define ALL_BLOCKS 0xffffffffu
#define TEST_UNIT_READY 0x00
#define TIMEOUT_MS 60000u
#define ATTENTIONS_MAX 4

#define GOOD 0x00 /* SAM-5 5.3 */

/* use->stage is the format type with its parameter, use->session its blocks; use->polls of a rehearsal: it was formatted. */

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* ---- what an answer shows ---- */

static void read_sense(const struct cw_sense *s, struct cw_native_seen *out)
{
	bool not_ready = s->present && !s->deferred && s->key == 0x02;

	if (not_ready && s->asc == 0x04 && (s->ascq == 0x04 || s->ascq == 0x07 || s->ascq == 0x08)) {
		out->shows = CW_SHOWS_RUNNING;
		out->progress = s->has_progress ? s->progress : 0;
	} else if (s->asc == 0x3a) {
		out->shows = CW_SHOWS_GONE;
	} else if (s->key == 0x06 && s->asc == 0x29) {
		out->shows = CW_SHOWS_RESET;
	}
}

/* That it is formatted is all that it tells, and not by which command. */
static void read_capacities(const struct cw_heard *h, const struct cw_scsi *c, struct cw_native_seen *out)
{
	struct cw_disc_format f;

	if (c->status != GOOD || !h->data || !cw_disc_format_of(h->data, h->data_len, &f))
		return;
	if (f.state == CW_DISC_FORMATTED)
		out->shows = CW_SHOWS_QUIET;
	else if (f.state == CW_DISC_UNFORMATTED)
		out->shows = CW_SHOWS_IDLE;
}

static void read_question(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_sense sense;
	struct cw_scsi c;
	uint32_t end = cw_scsi_of(h, &c) ? cw_scsi_end(&c, &sense) : CW_SCSI_UNKNOWN;

	if (h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM || (!h->sys_errno && end == CW_SCSI_GONE)) {
		out->shows = CW_SHOWS_GONE;
	} else if (h->sys_errno || c.host_status) {
		out->shows = CW_SHOWS_RESET;
	} else if (end == CW_SCSI_ANSWERED) {
		read_sense(&sense, out);
		if (h->request[0] == READ_FORMAT_CAPACITIES)
			read_capacities(h, &c, out);
	}
}

static bool is_question(const struct cw_heard *h)
{
	static const uint8_t ready[6] = { TEST_UNIT_READY }, capacities[10] = { READ_FORMAT_CAPACITIES, [8] = ANSWER_BYTES };

	return (h->request_len == sizeof(ready) && h->dir == CW_DATA_NONE && !memcmp(h->request, ready, sizeof(ready))) ||
	       (h->request_len == sizeof(capacities) && h->dir == CW_DATA_IN && !memcmp(h->request, capacities, sizeof(capacities)));
}

static bool is_ours(const struct cw_heard *h)
{
	static const uint8_t cdb[6] = { FORMAT_UNIT, FMTDATA_OF_DISCS }, head[4] = { 0, IMMED, 0, 8 };

	return h->request_len == sizeof(cdb) && h->dir == CW_DATA_OUT && !memcmp(h->request, cdb, sizeof(cdb)) && h->data && h->data_len == 12 && !memcmp(h->data, head, sizeof(head));
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (h->set == CW_SET_SCSI && is_question(h))
		read_question(h, out);
	else if (h->set == CW_SET_SCSI && is_ours(h))
		scsi_operation_read_submission(h, out);
}

/* ---- asking and telling ---- */

/* Something else was to be told first: the question is put again. */
static int ask_once(struct cw_transport *t, struct cw_scsi *c, struct cw_native_seen *seen)
{
	struct cw_sense sense;
	struct cw_heard h;

	for (int tries = 0; tries < ATTENTIONS_MAX; tries++) {
		int rc = cw_scsi_send(t, c);

		if (rc)
			return rc;
		cw_scsi_to(c, &h);
		said(&h, seen);
		if (cw_scsi_end(c, &sense) != CW_SCSI_ANSWERED || cw_sense_action(&sense) != CW_SENSE_ATTENTION)
			break;
	}
	return 0;
}

static int ask(struct cw_transport *t, struct cw_native_use *use)
{
	uint8_t data[ANSWER_BYTES] = { 0 };
	struct cw_scsi ready = { .cdb = { TEST_UNIT_READY }, .cdb_len = 6, .timeout_ms = TIMEOUT_MS };
	struct cw_scsi capacities = { .cdb = { READ_FORMAT_CAPACITIES, [8] = ANSWER_BYTES }, .cdb_len = 10, .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data),
				      .timeout_ms = TIMEOUT_MS };
	struct cw_native_seen seen = { .shows = CW_SHOWS_NOTHING };
	struct cw_disc_format f;
	int rc = ask_once(t, &ready, &seen);

	if (rc || seen.shows == CW_SHOWS_RUNNING || seen.shows == CW_SHOWS_GONE)
		return rc;
	rc = ask_once(t, &capacities, &seen);
	if (rc || capacities.resid > sizeof(data) || !cw_disc_format_of(data, sizeof(data) - capacities.resid, &f) || !f.offered)
		return rc;
	use->stage = (uint32_t)f.type << 24 | f.parameter;
	use->session = f.type == FULL_FORMAT_DVD_PLUS_RW ? ALL_BLOCKS : f.blocks;
	return 0;
}

static int submit(struct cw_transport *t, struct cw_native_use *use)
{
	uint8_t list[12] = { 0, IMMED, 0, 8 };
	struct cw_scsi c = { .cdb = { FORMAT_UNIT, FMTDATA_OF_DISCS }, .cdb_len = 6, .dir = CW_DATA_OUT, .data = list, .data_len = sizeof(list), .timeout_ms = TIMEOUT_MS };

	if (!use->session)
		return -EINVAL;
	put32(list + 4, use->session);
	put32(list + 8, use->stage & 0xffffff);
	list[8] = (uint8_t)(use->stage >> 24 << 2);
	if (list[8] >> 2 == FULL_FORMAT_DVD_PLUS_RW)
		memset(list + 9, 0, 3);
	return cw_scsi_send(t, &c);
}

/* ---- rehearsal ---- */

/* GOOD to everything; a DVD+RW from the shop at first, a formatted one then. */
static void obey(struct cw_native_use *use, uint32_t set, void *command)
{
	static const uint8_t answer[20] = { 0, 0, 0, 16, 0, 0x23, 0x05, 0x40, 1, 0, 8, 0, 0, 0x23, 0x05, 0x40, FULL_FORMAT_DVD_PLUS_RW << 2, 0, 0, 0 };
	struct cw_scsi *c = command;
	uint8_t *d = c->data;

	if (set != CW_SET_SCSI)
		return;
	c->status = GOOD;
	use->polls |= c->cdb[0] == FORMAT_UNIT;
	if (c->dir != CW_DATA_IN || c->data_len < sizeof(answer))
		return;
	memcpy(d, answer, sizeof(answer));
	d[8] = use->polls ? CW_DISC_FORMATTED : CW_DISC_UNFORMATTED;
	c->resid = c->data_len - (uint32_t)sizeof(answer);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_DISC_FORMAT,
	.writes_all = true,
	.leaves_data = N_("The disc was formatted, so that it can be overwritten, and nothing on it was overwritten yet: take it out, put it in again, and wipe it."),
	.unfinished = N_("The job ended while the drive was formatting the disc; if that is cut off, it has to be formatted again: wipe it anew, or destroy it physically."),
	.poll_ms = 5000,
	.ask_with = ask,
	.submit_with = submit,
	.read = said,
	.obey_with = obey,
};

/* What is formatted can be overwritten. */
static bool optical_format_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size)
{
	if (!c || !c->asked || !c->disc.capacity_known || !c->disc.formatted)
		return cw_native_applies(t, m, c, why, size);
	(void)cw_strlcpy(why, N_("The disc is formatted already."), size);
	return false;
}

const struct cw_technique cw_technique_optical_format = {
	.id = "optical_format",
	.name = "Formatting of a disc", /* msgid */
	.matrix_single = "FMT_UNIT",
	.native = &native,
	.applies = optical_format_applies,
	.run = cw_native_step,
};
