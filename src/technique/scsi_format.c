/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCSI FORMAT UNIT (SBC-4 5.3, device-commands.md 2.5): a drive writes all its blocks anew, or only says so.  The default format: nothing is left out of the list of defects, and
 * nothing is put on it.  FFMT, with which it erases nothing, is not set.
 */
#include <string.h>

#include "native_scsi.h"

#define FORMAT_UNIT 0x04
#define FMTDATA 0x10
#define IMMED 0x02
#define IN_PROGRESS 0x04
#define TIMEOUT_MS 60000

static const uint8_t cdb[6] = { FORMAT_UNIT, FMTDATA };
static const uint8_t list[4] = { 0, IMMED, 0, 0 };

static const struct scsi_operation formatting = {
	.running = IN_PROGRESS,
	.begins_anew = true,
	.left = N_("The medium said that formatting failed, and cannot be used until it has been formatted to its end: format it again (sg_format --format), or destroy it physically."),
};

static int ask(struct cw_transport *t)
{
	return scsi_operation_ask(t, &formatting);
}

static int submit(struct cw_transport *t)
{
	struct cw_scsi c = { .cdb_len = sizeof(cdb), .dir = CW_DATA_OUT, .data = (void *)(uintptr_t)list, .data_len = sizeof(list), .timeout_ms = TIMEOUT_MS };

	memcpy(c.cdb, cdb, sizeof(cdb));
	return cw_scsi_send(t, &c);
}

static bool is_ours(const struct cw_heard *h)
{
	return h->set == CW_SET_SCSI && h->dir == CW_DATA_OUT && h->request_len == sizeof(cdb) && !memcmp(h->request, cdb, sizeof(cdb)) && h->data &&
	       h->data_len == sizeof(list) && !memcmp(h->data, list, sizeof(list));
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	scsi_operation_read(h, &formatting, out);
	if (is_ours(h))
		scsi_operation_read_submission(h, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_SCSI_FORMAT,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_UNIFORM),
	.writes_all = true,
	.on_request = N_("Drives differ in what they do at it: it is only used where it is asked for by name (--technique)."),
	.unfinished = N_("The job ended while the medium was formatting itself; if that is cut off, it cannot be used until it has been formatted to its end: resume the job, or format it again (sg_format --format)."),
	.poll_ms = 10000,
	.ask = ask,
	.submit = submit,
	.read = said,
	.obey = scsi_operation_obey,
};

const struct cw_technique cw_technique_scsi_format = {
	.id = "scsi_format",
	.name = "SCSI FORMAT UNIT", /* msgid */
	.matrix_single = "FMT_UNIT",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
