/* SPDX-License-Identifier: Apache-2.0 */
/* SCSI commands that a drive carries out on its own for a while (SANITIZE, FORMAT UNIT): how it is asked where it stands, and what its answers show. */
#ifndef CERTWIPE_TECHNIQUE_SCSI_H
#define CERTWIPE_TECHNIQUE_SCSI_H

#include "certwipe/technique.h"

struct scsi_operation {
	uint8_t running;  /* qualifier of "not ready" while it is at it (SPC-5 annex F) */
	bool begins_anew; /* a format that was cut off, or failed, is mended by the command itself */
	const char *left; /* as cw_native_seen has it, of a failure */
};
/* REQUEST SENSE, and where that tells of nothing TEST UNIT READY.  0 or -errno, as of cw_native. */
int scsi_operation_ask(struct cw_transport *t, const struct scsi_operation *op);
/* Answers to those two; all others show nothing. */
void scsi_operation_read(const struct cw_heard *h, const struct scsi_operation *op, struct cw_native_seen *out);
/* Of the answer to a command that was to begin it.  NOTHING: it was certainly not carried out, and may be sent again. */
void scsi_operation_read_submission(const struct cw_heard *h, struct cw_native_seen *out);
/* Answers like a drive that has the operation, is not at it any more, and takes it. */
void scsi_operation_obey(bool begun, uint32_t set, void *command);

#endif
