/* SPDX-License-Identifier: Apache-2.0 */
/* An eMMC chip or an SD card in memory, with the kernel before it: over a sim, whose bytes are the truth.  Abort when out of memory. */
#ifndef CERTWIPE_TESTS_MMC_H
#define CERTWIPE_TESTS_MMC_H

#include "sim/sim.h"

struct sim_mmc_call { uint32_t opcode, arg; };
struct sim_mmc {
	struct cw_transport t;
	struct sim *medium;
	uint8_t ext_csd[512];
	bool card;                 /* an SD card: it has this in its place */
	uint8_t sd_status[64];
	/* How it goes; nothing of it: well. */
	bool erase_keeps;          /* erasing is answered and not done */
	uint64_t keeps_from_bytes, keeps_upto_bytes; /* a region that it leaves out */
	uint32_t erase_error, sanitize_error; /* bits of the response */
	uint32_t status_error;     /* of the response to the next question behind an erasing */
	int sanitize_errno;        /* the kernel's own answer */
	unsigned sanitize_fails_times; /* so often; 0: always */
	unsigned busy;             /* so many questions are answered with "programming", after a command that the kernel gave up */
	bool gone;
	/* What happened. */
	bool dirty;                /* what was erased is not purged yet */
	bool marked;               /* by step 1 of a secure trim */
	uint32_t first, last;
	unsigned sanitised;        /* carried out */
	struct sim_mmc_call log[256];
	unsigned calls;
};
struct sim_mmc *sim_mmc_new(struct sim *medium_take);
struct sim_mmc *sim_sd_new(struct sim *medium_take); /* it erases 15 units of 4 MiB in a second, and 2 seconds besides */
unsigned sim_mmc_count(const struct sim_mmc *c, uint32_t opcode);

#endif
