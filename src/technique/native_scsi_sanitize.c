/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the three commands of SCSI's SANITIZE have in common (SBC-4 4.11 and 5.33, device-commands.md 2.4).  A drive that fails takes no reads or writes any more; where it allows that
 * beforehand (AUSE), EXIT FAILURE MODE makes it usable again.
 */
#include "native_scsi_sanitize.h"

#include <string.h>

#define SANITIZE 0x48
#define IMMED 0x80
#define AUSE 0x20
#define ACTION 0x1f
#define EXIT_FAILURE_MODE 0x1f
#define IN_PROGRESS 0x1b
#define TIMEOUT_MS 60000 /* it begins, and answers at once */

static const struct scsi_operation sanitizing = {
	.running = IN_PROGRESS,
	.left = N_("The medium said that sanitising itself failed, and takes no reads or writes until it has done so: have it do it again (sg_sanitize), or destroy it physically."),
};

int scsi_sanitize_ask(struct cw_transport *t)
{
	return scsi_operation_ask(t, &sanitizing);
}

static int send(struct cw_transport *t, const struct scsi_sanitize *s, uint8_t flags, struct cw_sense *sense)
{
	struct cw_scsi c = { .cdb = { SANITIZE, (uint8_t)(flags | s->action), [8] = s->list_len }, .cdb_len = 10, .dir = s->list_len ? CW_DATA_OUT : CW_DATA_NONE,
			     .data = (void *)(uintptr_t)s->list, .data_len = s->list_len, .timeout_ms = TIMEOUT_MS };
	int rc = cw_scsi_send(t, &c);

	if (rc || cw_scsi_end(&c, sense) != CW_SCSI_ANSWERED)
		memset(sense, 0, sizeof(*sense));
	return rc;
}

/* ILLEGAL REQUEST, INVALID FIELD IN CDB. */
static bool is_invalid_field(const struct cw_sense *s)
{
	return s->present && !s->deferred && s->key == 0x05 && s->asc == 0x24;
}

/* Not every drive has AUSE; and of one that failed without it the standard wants that it is left out again. */
int scsi_sanitize_submit(struct cw_transport *t, const struct scsi_sanitize *s)
{
	struct cw_sense sense;
	int rc = send(t, s, IMMED | AUSE, &sense);

	return !rc && is_invalid_field(&sense) ? send(t, s, IMMED, &sense) : rc;
}

int scsi_sanitize_recover(struct cw_transport *t)
{
	struct cw_sense sense;

	return send(t, &(struct scsi_sanitize){ .action = EXIT_FAILURE_MODE }, 0, &sense);
}

/* ---- what an answer shows ---- */

/* As this program sends it, and as nobody else might. */
static bool is_ours(const struct cw_heard *h, const struct scsi_sanitize *s)
{
	const uint8_t flags = h->request[1] & (uint8_t)~AUSE;
	const uint8_t cdb[10] = { SANITIZE, h->request[1], [8] = s->list_len };

	return h->set == CW_SET_SCSI && h->request_len == 10 && flags == (IMMED | s->action) && !memcmp(h->request, cdb, sizeof(cdb)) &&
	       h->dir == (s->list_len ? CW_DATA_OUT : CW_DATA_NONE) && (!s->list_len || (h->data && h->data_len == s->list_len && !memcmp(h->data, s->list, s->list_len)));
}

static bool is_exit(const struct cw_heard *h)
{
	static const uint8_t cdb[10] = { SANITIZE, EXIT_FAILURE_MODE };

	return h->set == CW_SET_SCSI && h->request_len == sizeof(cdb) && !memcmp(h->request, cdb, sizeof(cdb));
}

static bool was_good(const struct cw_heard *h)
{
	struct cw_native_seen seen;

	scsi_operation_read_submission(h, &seen);
	return seen.shows == CW_SHOWS_ACCEPTED;
}

/* Only for the flag: it is sent again without. */
static bool lacks_flag(const struct cw_heard *h)
{
	struct cw_sense sense;
	struct cw_scsi c;

	return (h->request[1] & AUSE) && cw_scsi_of(h, &c) && cw_scsi_end(&c, &sense) == CW_SCSI_ANSWERED && is_invalid_field(&sense);
}

void scsi_sanitize_read(const struct cw_heard *h, const struct scsi_sanitize *s, struct cw_native_seen *out)
{
	scsi_operation_read(h, &sanitizing, out);
	if (is_exit(h)) {
		out->left = was_good(h) ? N_("The medium said that sanitising itself failed; it was made usable again, and what it holds is to be destroyed in another way.") : sanitizing.left;
	} else if (is_ours(h, s)) {
		scsi_operation_read_submission(h, out);
		if (lacks_flag(h))
			*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	}
}
