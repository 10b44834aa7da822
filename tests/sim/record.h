/* SPDX-License-Identifier: Apache-2.0 */
/* record: an optical drive that records a disc in sequence, with bytes as MMC-6 lays them out, and fails as it is told to. */
#ifndef CW_SIM_RECORD_H
#define CW_SIM_RECORD_H

#include "certwipe/transport.h"

struct sim_record {
	struct cw_transport t; /* first, so that one pointer is both */
	uint16_t profile, way; /* the feature that is current besides */
	uint8_t *cells;        /* blocks * 2048 bytes, the caller's */
	uint32_t blocks, used; /* so many of them are recorded */
	bool closed;           /* the session */
	bool is_out;           /* the tray */
	uint8_t page[60];      /* of write parameters, as it was told last, with its header */
	uint32_t busy;         /* so many commands are answered by: long write in progress */
	uint32_t write_fails_at, drops_from; /* blocks; 0: none */
	uint32_t silent_at;    /* the write of this block is carried out, and never answered; 0: none */
	bool not_carried_out;  /* nor is it */
	bool no_underrun_free; /* it does not know that */
	uint32_t writes, synchronized, closes;
};
void sim_record_begin(struct sim_record *d); /* of one whose other fields are filled in */

#endif
