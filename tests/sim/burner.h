/* SPDX-License-Identifier: Apache-2.0 */
/* burner: an optical drive that tells of the disc in it, with bytes as MMC-6 lays them out; and, where there are cells, reads and blanks it. */
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
	uint8_t lead_in[3], lead_out[3]; /* of a CD, in its groove: where it begins, and where the lead-out may at the latest */
	uint8_t told_lead_out[4]; /* the latter as READ DISC INFORMATION has it */
	uint32_t format_blocks; /* of the format that is offered; 0: `blocks` */
	const char *serial;    /* its own; eight characters; NULL: it tells none */
	bool protected_, is_silent;
	size_t cut;            /* so many bytes of each answer are lost */
	uint32_t asked_others; /* commands that it may not be sent before anybody has authorised anything */

	/* The disc, blocks * 2048 bytes of it; borrowed.  NULL: it is only told of. */
	uint8_t *cells;
	uint32_t recorded;     /* so many of its blocks can be read */
	/* How a BLANK goes. */
	bool offers_format;    /* of this type; what FORMAT UNIT does is to make capacity_type 2 */
	uint8_t format_type;
	unsigned asks;         /* so many questions are answered with "still at it" */
	bool refuses;
	bool tells_zeros;      /* all of its READ DISC INFORMATION, as some bridges make up what they do not know */
	bool does_nothing;     /* it says that it began, and then that all is as before */
	bool keeps_data;       /* it says that the disc is blank, and gives its blocks all the same */
	uint32_t drops_from;   /* what is recorded from this block on is taken and forgotten; 0: nothing is */
	uint32_t scratched_from, scratched_upto; /* blocks that cannot be read for another reason than that nothing is recorded; from == upto: none */
	/* What is. */
	bool is_away;          /* there is no drive any more */
	bool was_reset;        /* and says so once */
	bool running, broken;  /* broken: what a power cut has left is no disc to it, or, where `flags` say so, a blank one */
	unsigned begun, asked; /* BLANKs or FORMAT UNITs, and questions to the last */
	uint8_t list[12];      /* of the last FORMAT UNIT */
	uint8_t type;          /* of the last: 0 the whole disc, 1 minimal */
};
void sim_burner_begin(struct sim_burner *d); /* of one whose other fields are filled in */
void sim_burner_power_cut(struct sim_burner *d, bool looks_blank); /* half of what it was blanking is gone; and back */
void sim_burner_reset(struct sim_burner *d, uint32_t recorded); /* it lost its power, and what is in it then holds so many blocks */

#endif
