/* SPDX-License-Identifier: Apache-2.0 */
/* burner: an optical drive that tells of the disc in it, with bytes as MMC-6 lays them out. */
#ifndef CW_SIM_BURNER_H
#define CW_SIM_BURNER_H

#include "certwipe/device.h"

struct sim_burner {
	struct cw_transport t; /* first, so that one pointer is both */
	uint16_t profile, way; /* the feature that is current besides; 0: none */
	uint8_t flags;         /* byte 2 of READ DISC INFORMATION */
	uint8_t sessions;
	uint8_t capacity_type; /* 1 unformatted, 2 formatted */
	uint32_t blocks, id;
	uint8_t lead_in[3];
	const char *serial;    /* its own; eight characters; NULL: it tells none */
	bool protected_, is_silent;
	size_t cut;            /* so many bytes of each answer are lost */
	uint32_t asked_others; /* commands that it may not be sent before anybody has authorised anything */
};
void sim_burner_begin(struct sim_burner *d); /* of one whose other fields are filled in */

#endif
