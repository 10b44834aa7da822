/* SPDX-License-Identifier: Apache-2.0 */
/* What would be sent to record a track, from the code that sends it, run on a drive that is not there and does as it is told. */
#include <string.h>

#include "recorder.h"

struct rehearsal {
	struct cw_transport t; /* first, so that one pointer is both */
	uint16_t profile;
	json_t *commands;
	bool failed;
};

/* Of this kind, blank, and recorded incrementally where that can be. */
static int obey(struct cw_transport *t, struct cw_scsi *c)
{
	const struct rehearsal *r = (const struct rehearsal *)t;
	uint8_t *d = c->data;

	if (c->dir != CW_DATA_IN)
		return 0;
	memset(d, 0, c->data_len);
	if (c->cdb[0] == 0x46 && c->data_len >= 12) { /* GET CONFIGURATION */
		d[6] = (uint8_t)(r->profile >> 8);
		d[7] = (uint8_t)r->profile;
		d[9] = c->cdb[3];
		d[10] = 1;
	} else if (c->cdb[0] == 0x52 && c->data_len > 7) { /* READ TRACK INFORMATION */
		d[7] = 1;
	}
	return 0;
}

static void keep(void *user, const struct cw_heard *h)
{
	struct rehearsal *r = user;
	CW_AUTO_JSON json_t *whole = cw_heard_json(h, CW_HEARD_DATA_MAX), *command = json_pack("{s:s, s:s}", "set", "scsi", "requestHex", cw_json_str(whole, "requestHex", ""));
	json_t *data = json_object_get(whole, "dataOutHex"); /* not of blocks, which are too many to stand there */

	r->failed |= !command || (data && json_object_set(command, "dataOutHex", data)) || json_array_append(r->commands, command);
}

static int record(struct rehearsal *r)
{
	static const uint8_t blocks[RECORDER_BLOCKS_AT_ONCE * RECORDER_BLOCK_BYTES] __attribute__((aligned(CW_IO_ALIGN)));
	struct cw_transport *track = NULL;
	struct cw_error ignored = { 0 };
	int rc = cw_transport_track_new(&r->t, sizeof(blocks), &track, &ignored);

	if (!rc && track->ops->write(track, blocks, sizeof(blocks), 0) != (ssize_t)sizeof(blocks))
		rc = -1;
	if (!rc)
		rc = track->ops->flush(track);
	cw_transport_free(track);
	return rc;
}

json_t *cw_transport_track_rehearse(uint16_t profile)
{
	static const struct cw_transport_ops ops = { .name = "rehearsal", .scsi = obey };
	struct rehearsal r = { .t = { .ops = &ops, .heard = keep }, .profile = profile, .commands = json_array() };

	r.t.heard_user = &r;
	if (r.commands && !record(&r) && !r.failed)
		return r.commands;
	json_decref(r.commands);
	return NULL;
}
