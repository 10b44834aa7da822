/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a SCSI drive stands (device-commands.md 2.4, SPC-5 4.4 and 5.10).  It tells that something runs and that it failed, but never that it ended well: then it is just quiet.
 * So whatever may have made it forget what it was told must be noticed: a reset, a time-out, an answer that did not come.
 */
#include "native_scsi.h"

#include <errno.h>
#include <string.h>

#define TEST_UNIT_READY 0x00
#define REQUEST_SENSE 0x03
#define SENSE_BYTES 252
#define TIMEOUT_MS 30000
#define ATTENTIONS_MAX 4 /* that may stand before an answer */

#define GOOD 0x00 /* SAM-5 5.3 */
#define RESERVATION_CONFLICT 0x18

/* Sense keys, and additional sense codes with their qualifiers (SPC-5 4.4.6, annex F) */
#define NO_SENSE 0x00
#define NOT_READY 0x02
#define MEDIUM_ERROR 0x03
#define ILLEGAL_REQUEST 0x05
#define UNIT_ATTENTION 0x06
#define DATA_PROTECT 0x07
#define LOGICAL_UNIT_NOT_READY 0x04
#define FORMAT_IN_PROGRESS 0x04 /* qualifiers of it */
#define SANITIZE_IN_PROGRESS 0x1b
#define FORMAT_CORRUPTED 0x3100
#define FORMAT_FAILED 0x3101
#define SANITIZE_FAILED 0x3103
#define INCOMPATIBLE_FORMAT 0x30
#define RESET_OCCURRED 0x29

/* ---- what sense data show ---- */

static bool is_running(const struct cw_sense *s, const struct scsi_operation *op)
{
	return (s->key == NOT_READY || s->key == NO_SENSE) && s->asc == LOGICAL_UNIT_NOT_READY && s->ascq == op->running && !s->deferred;
}

/* Also as the deferred error of what was going on in the background. */
static void read_failure(const struct cw_sense *s, const struct scsi_operation *op, struct cw_native_seen *out)
{
	unsigned code = (unsigned)s->asc << 8 | s->ascq;

	if (code == SANITIZE_FAILED || ((code == FORMAT_FAILED || code == FORMAT_CORRUPTED) && !op->begins_anew)) {
		out->shows = CW_SHOWS_FAILED;
		out->left = op->left;
	} else if (code == FORMAT_FAILED || code == FORMAT_CORRUPTED || s->asc == INCOMPATIBLE_FORMAT) {
		out->shows = op->begins_anew ? CW_SHOWS_IDLE : CW_SHOWS_NOTHING;
		out->left = op->begins_anew ? op->left : NULL;
	}
	if (code == SANITIZE_FAILED)
		out->why = N_("The drive says that a sanitize operation failed.");
	else if (out->shows != CW_SHOWS_NOTHING)
		out->why = N_("The drive says that it is not formatted to its end.");
}

static void read_sense(const struct cw_sense *s, const struct scsi_operation *op, struct cw_native_seen *out)
{
	if (!s->present)
		return;
	if (is_running(s, op)) {
		out->shows = CW_SHOWS_RUNNING;
		out->progress = s->has_progress ? s->progress : 0;
	} else if (s->key == MEDIUM_ERROR) {
		read_failure(s, op, out);
	} else if (s->key == UNIT_ATTENTION && s->asc == RESET_OCCURRED) {
		out->shows = CW_SHOWS_RESET;
	}
}

/* ---- asking ---- */

static bool is_gone(const struct cw_heard *h)
{
	return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

static bool is_question(const struct cw_heard *h, uint8_t opcode)
{
	static const uint8_t zeros[4];
	uint8_t allocation = opcode == REQUEST_SENSE ? SENSE_BYTES : 0;

	return h->set == CW_SET_SCSI && h->request_len == 6 && h->request[0] == opcode && !memcmp(h->request + 1, zeros, 3) && h->request[4] == allocation && !h->request[5];
}

/* Sense data that were asked for are what the answer is about; those that came with it are of the question itself. */
static void take_sense(const struct cw_heard *h, const struct cw_scsi *c, struct cw_sense *sense)
{
	if (h->dir == CW_DATA_IN && c->status == GOOD && h->data)
		cw_sense_decode(h->data, h->data_len, sense);
}

static void read_question(const struct cw_heard *h, const struct scsi_operation *op, struct cw_native_seen *out)
{
	struct cw_sense sense;
	struct cw_scsi c;
	uint32_t end = cw_scsi_of(h, &c) ? cw_scsi_end(&c, &sense) : CW_SCSI_UNKNOWN;

	if (is_gone(h) || (!h->sys_errno && end == CW_SCSI_GONE)) {
		out->shows = CW_SHOWS_GONE;
		return;
	}
	if (h->sys_errno || c.host_status) {
		out->shows = CW_SHOWS_RESET;
		return;
	}
	if (end == CW_SCSI_BUSY)
		return;
	take_sense(h, &c, &sense);
	read_sense(&sense, op, out);
	if (out->shows == CW_SHOWS_NOTHING && end == CW_SCSI_ANSWERED && c.status == GOOD && h->request[0] == TEST_UNIT_READY && cw_sense_action(&sense) == CW_SENSE_GOOD)
		out->shows = CW_SHOWS_QUIET;
}

void scsi_operation_read(const struct cw_heard *h, const struct scsi_operation *op, struct cw_native_seen *out)
{
	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if ((is_question(h, REQUEST_SENSE) && h->dir == CW_DATA_IN) || (is_question(h, TEST_UNIT_READY) && h->dir == CW_DATA_NONE))
		read_question(h, op, out);
}

static int ask(struct cw_transport *t, struct cw_scsi *c, const struct scsi_operation *op, struct cw_native_seen *out)
{
	int rc = cw_scsi_send(t, c);
	struct cw_heard h;

	cw_scsi_to(c, &h);
	scsi_operation_read(&h, op, out);
	return rc;
}

/* Something else was to be told first. */
static bool has_attention(const struct cw_scsi *c)
{
	struct cw_sense sense;

	return cw_scsi_end(c, &sense) == CW_SCSI_ANSWERED && cw_sense_action(&sense) == CW_SENSE_ATTENTION;
}

static int ask_whether_ready(struct cw_transport *t, const struct scsi_operation *op)
{
	struct cw_native_seen seen;
	int rc = 0;

	for (int tries = 0; tries < ATTENTIONS_MAX && !rc; tries++) {
		struct cw_scsi c = { .cdb = { TEST_UNIT_READY }, .cdb_len = 6, .timeout_ms = TIMEOUT_MS };

		rc = ask(t, &c, op, &seen);
		if (!rc && !has_attention(&c))
			break;
	}
	return rc;
}

int scsi_operation_ask(struct cw_transport *t, const struct scsi_operation *op)
{
	uint8_t data[SENSE_BYTES] = { 0 };
	struct cw_scsi c = { .cdb = { REQUEST_SENSE, 0, 0, 0, SENSE_BYTES, 0 }, .cdb_len = 6, .dir = CW_DATA_IN, .data = data, .data_len = SENSE_BYTES, .timeout_ms = TIMEOUT_MS };
	struct cw_native_seen seen;
	int rc = ask(t, &c, op, &seen);

	if (rc || (seen.shows != CW_SHOWS_NOTHING && seen.shows != CW_SHOWS_RESET))
		return rc;
	return ask_whether_ready(t, op);
}

/* ---- the command that begins it ---- */

/* It stands before the drive, or the drive does not do it. */
static const char *why_refused(const struct cw_sense *s)
{
	switch (s->key) {
	case NOT_READY:
		return N_("The drive says that it is at something else.");
	case ILLEGAL_REQUEST:
		return N_("The drive says that it does not know this command, or not in this form.");
	case DATA_PROTECT:
		return N_("The drive says that it is write-protected or locked.");
	default:
		return NULL;
	}
}

static bool is_at_something(const struct cw_sense *s)
{
	return s->ascq == FORMAT_IN_PROGRESS || s->ascq == SANITIZE_IN_PROGRESS;
}

static void read_answer(const struct cw_scsi *c, const struct cw_sense *s, struct cw_native_seen *out)
{
	uint32_t action = cw_sense_action(s);

	if (c->status == GOOD && action == CW_SENSE_GOOD) {
		out->shows = CW_SHOWS_ACCEPTED;
	} else if (action == CW_SENSE_ATTENTION || (action == CW_SENSE_WAIT && !is_at_something(s))) {
		out->shows = CW_SHOWS_NOTHING;
	} else if (c->status != GOOD && action != CW_SENSE_RETRY && action != CW_SENSE_GOOD) {
		out->shows = CW_SHOWS_REFUSED;
		out->why = why_refused(s);
	}
}

void scsi_operation_read_submission(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_sense sense;
	struct cw_scsi c;
	uint32_t end = cw_scsi_of(h, &c) ? cw_scsi_end(&c, &sense) : CW_SCSI_UNKNOWN;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_PERHAPS };
	if (end == CW_SCSI_ANSWERED) {
		read_answer(&c, &sense, out);
	} else if (end == CW_SCSI_BUSY && c.status == RESERVATION_CONFLICT) {
		out->shows = CW_SHOWS_REFUSED;
		out->why = N_("Another computer has reserved the drive.");
	} else if (end == CW_SCSI_BUSY) {
		out->shows = CW_SHOWS_NOTHING;
	}
}

/* ---- rehearsal ---- */

/* GOOD to everything; REQUEST SENSE has nothing to tell. */
void scsi_operation_obey(bool begun, uint32_t set, void *command)
{
	static const uint8_t no_sense[18] = { 0x70, [7] = 10 };
	struct cw_scsi *c = command;

	(void)begun;
	if (set != CW_SET_SCSI)
		return;
	c->status = GOOD;
	if (c->dir != CW_DATA_IN || c->data_len < sizeof(no_sense))
		return;
	memcpy(c->data, no_sense, sizeof(no_sense));
	c->resid = c->data_len - (uint32_t)sizeof(no_sense);
}
