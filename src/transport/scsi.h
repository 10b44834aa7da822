/* SPDX-License-Identifier: Apache-2.0 */
/* Private to transport: the one SCSI command that the block layer may leave out. */
#ifndef CERTWIPE_TRANSPORT_SCSI_H
#define CERTWIPE_TRANSPORT_SCSI_H

#include "certwipe/base.h"

#define SCSI_SENSE_BYTES 32

/* As the SCSI layer gives them back. */
struct scsi_answer {
	unsigned status;      /* SAM-5 5.3 */
	unsigned host_status; /* DID_* of the kernel: the command did not get through */
	uint8_t sense[SCSI_SENSE_BYTES];
	size_t sense_len;
};

/* SYNCHRONIZE CACHE(10) of everything (SBC-4 5.27).  0: flushed; 1: nobody knows that command here; -EAGAIN: ask again; otherwise -errno. */
CW_MUST_CHECK int scsi_synchronize_cache(int fd);
/* What an answer to it means, in the same numbers. */
int scsi_synchronize_meaning(const struct scsi_answer *a);

#endif
