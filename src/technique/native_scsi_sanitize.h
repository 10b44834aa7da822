/* SPDX-License-Identifier: Apache-2.0 */
/* SANITIZE of SCSI (SBC-4 5.33): three commands of one kind, a file each. */
#ifndef CERTWIPE_TECHNIQUE_SCSI_SANITIZE_H
#define CERTWIPE_TECHNIQUE_SCSI_SANITIZE_H

#include "native_scsi.h"

struct scsi_sanitize {
	uint8_t action;      /* service action */
	const uint8_t *list; /* parameter list; NULL: none */
	uint8_t list_len;
};
/* 0 or -errno, as of cw_native. */
int scsi_sanitize_ask(struct cw_transport *t);
int scsi_sanitize_submit(struct cw_transport *t, const struct scsi_sanitize *s);
int scsi_sanitize_recover(struct cw_transport *t);
void scsi_sanitize_read(const struct cw_heard *h, const struct scsi_sanitize *s, struct cw_native_seen *out);

#endif
