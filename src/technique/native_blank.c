/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLANK of an optical drive (MMC-6 6.2, device-commands.md 7.4 and 7.7).  A drive is not ready while it is at it.  Then it says what is recorded on the disc, and never whether a
 * blanking ended well: an empty disc is all that there is to be seen of it, and what a power cut left behind may look as empty.  So an empty disc is a success only where nothing
 * came between; where something may have, the disc is blanked again.
 */
#include "native_blank.h"

#include <errno.h>
#include <string.h>

#include "native_scsi.h"

#define TEST_UNIT_READY 0x00
#define READ_DISC_INFORMATION 0x51
#define BLANK 0xa1
#define IMMED 0x10
#define INFORMATION_BYTES 34u /* MMC-6 6.21.3.1 */
#define TIMEOUT_MS 30000u
#define SUBMIT_TIMEOUT_MS 200000u
#define ATTENTIONS_MAX 4 /* that may stand before an answer */

#define GOOD 0x00 /* SAM-5 5.3 */

/* Sense keys, and additional sense codes (MMC-6 annex F) */
#define NOT_READY 0x02
#define UNIT_ATTENTION 0x06
#define LOGICAL_UNIT_NOT_READY 0x04
#define MEDIUM_NOT_PRESENT 0x3a
#define RESET_OCCURRED 0x29

/* ---- what an answer shows ---- */

static bool is_gone(const struct cw_heard *h)
{
	return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

/* Format, operation and long write in progress: drives differ in which of them they call it. */
static bool is_running(const struct cw_sense *s)
{
	return s->present && !s->deferred && s->key == NOT_READY && s->asc == LOGICAL_UNIT_NOT_READY && (s->ascq == 0x04 || s->ascq == 0x07 || s->ascq == 0x08);
}

static void read_sense(const struct cw_sense *s, struct cw_native_seen *out)
{
	if (is_running(s)) {
		out->shows = CW_SHOWS_RUNNING;
		out->progress = s->has_progress ? s->progress : 0;
	} else if (s->asc == MEDIUM_NOT_PRESENT) {
		out->shows = CW_SHOWS_GONE;
	} else if (s->key == UNIT_ATTENTION && s->asc == RESET_OCCURRED) {
		out->shows = CW_SHOWS_RESET;
	}
}

/* What has no length is no answer, and zeros would be an empty disc (MMC-6 6.21.3.1). */
static bool tells_status(const uint8_t *d, uint32_t len)
{
	return d && len > 2 && (d[0] || d[1]);
}

/* Whether it ended well is told by nobody: an empty disc is quiet, and any other is as good as not blanked. */
static void read_information(const struct cw_heard *h, const struct cw_scsi *c, const struct cw_sense *s, struct cw_native_seen *out)
{
	const uint8_t *d = h->data;
	uint32_t action = cw_sense_action(s);

	if (c->status == GOOD && tells_status(d, h->data_len))
		out->shows = (d[2] & 3) == CW_DISC_STATUS_EMPTY ? CW_SHOWS_QUIET : CW_SHOWS_IDLE;
	else if (c->status != GOOD && out->shows == CW_SHOWS_NOTHING && (action == CW_SENSE_FATAL || action == CW_SENSE_BLOCK))
		out->shows = CW_SHOWS_IDLE; /* what lies there is no disc that it could read */
	if (out->shows == CW_SHOWS_IDLE)
		out->why = N_("The drive does not say that the disc is blank.");
}

static void read_question(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct cw_sense sense;
	struct cw_scsi c;
	uint32_t end = cw_scsi_of(h, &c) ? cw_scsi_end(&c, &sense) : CW_SCSI_UNKNOWN;

	if (is_gone(h) || (!h->sys_errno && end == CW_SCSI_GONE)) {
		out->shows = CW_SHOWS_GONE;
	} else if (h->sys_errno || c.host_status) {
		out->shows = CW_SHOWS_RESET;
	} else if (end == CW_SCSI_ANSWERED) {
		read_sense(&sense, out);
		if (h->request[0] == READ_DISC_INFORMATION)
			read_information(h, &c, &sense, out);
	}
}

static bool is_question(const struct cw_heard *h)
{
	static const uint8_t ready[6] = { TEST_UNIT_READY }, information[10] = { READ_DISC_INFORMATION, [8] = INFORMATION_BYTES };

	return h->set == CW_SET_SCSI && ((h->request_len == sizeof(ready) && h->dir == CW_DATA_NONE && !memcmp(h->request, ready, sizeof(ready))) ||
					 (h->request_len == sizeof(information) && h->dir == CW_DATA_IN && !memcmp(h->request, information, sizeof(information))));
}

/* As this program sends it, and as nobody else might. */
static bool is_ours(const struct cw_heard *h, enum blank_type type)
{
	const uint8_t cdb[12] = { BLANK, (uint8_t)(IMMED | type) };

	return h->set == CW_SET_SCSI && h->request_len == sizeof(cdb) && h->dir == CW_DATA_NONE && !memcmp(h->request, cdb, sizeof(cdb));
}

void blank_read(const struct cw_heard *h, enum blank_type type, struct cw_native_seen *out)
{
	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (is_question(h))
		read_question(h, out);
	else if (is_ours(h, type))
		scsi_operation_read_submission(h, out);
}

/* ---- asking and telling ---- */

static int send(struct cw_transport *t, struct cw_scsi *c, struct cw_native_seen *seen, struct cw_sense *sense)
{
	struct cw_heard h;
	int rc = cw_scsi_send(t, c);

	if (rc || cw_scsi_end(c, sense) != CW_SCSI_ANSWERED)
		memset(sense, 0, sizeof(*sense));
	cw_scsi_to(c, &h);
	*seen = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (!rc)
		read_question(&h, seen);
	return rc;
}

/* Something else was to be told first: the question is put again. */
static int ask_once(struct cw_transport *t, struct cw_scsi *c, struct cw_native_seen *seen)
{
	struct cw_sense sense;
	int rc = 0;

	for (int tries = 0; tries < ATTENTIONS_MAX && !rc; tries++) {
		rc = send(t, c, seen, &sense);
		if (!sense.present || cw_sense_action(&sense) != CW_SENSE_ATTENTION)
			break;
	}
	return rc;
}

/* Some drives are ready again before they are done: what they say of the disc counts. */
int blank_ask(struct cw_transport *t)
{
	uint8_t data[INFORMATION_BYTES] = { 0 };
	struct cw_scsi ready = { .cdb = { TEST_UNIT_READY }, .cdb_len = 6, .timeout_ms = TIMEOUT_MS };
	struct cw_scsi information = { .cdb = { READ_DISC_INFORMATION, [8] = INFORMATION_BYTES }, .cdb_len = 10, .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data),
				       .timeout_ms = TIMEOUT_MS };
	struct cw_native_seen seen;
	int rc = ask_once(t, &ready, &seen);

	return rc || seen.shows == CW_SHOWS_RUNNING || seen.shows == CW_SHOWS_GONE ? rc : ask_once(t, &information, &seen);
}

int blank_submit(struct cw_transport *t, enum blank_type type)
{
	struct cw_scsi c = { .cdb = { BLANK, (uint8_t)(IMMED | type) }, .cdb_len = 12, .timeout_ms = SUBMIT_TIMEOUT_MS };

	return cw_scsi_send(t, &c);
}

/* ---- rehearsal ---- */

/* GOOD to everything; a closed disc at first, an empty one then. */
void blank_obey(bool begun, uint32_t set, void *command)
{
	struct cw_scsi *c = command;
	uint8_t *d = c->data;

	if (set != CW_SET_SCSI)
		return;
	c->status = GOOD;
	if (c->dir != CW_DATA_IN || c->data_len < INFORMATION_BYTES)
		return;
	memset(d, 0, INFORMATION_BYTES);
	d[1] = INFORMATION_BYTES - 2;
	d[2] = 0x10 | (begun ? CW_DISC_STATUS_EMPTY : CW_DISC_STATUS_COMPLETE);
}

/* ---- the steps around it ---- */

int blank_step(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result,
	       struct cw_error *err)
{
	return step->kind == CW_STEP_LOOK ? cw_sweep_look_blank(t, &step->look, size_bytes, hooks, result, err) :
					    cw_native_step(t, step, from_bytes, size_bytes, hooks, result, err);
}
