/* SPDX-License-Identifier: Apache-2.0 */
/* A TPer: what of a drive answers packets of TCG.  It compares what it gets with the very bytes of device-commands.md 4.4, and knows nothing of the product's own packets. */
#ifndef CERTWIPE_TESTS_TCG_H
#define CERTWIPE_TESTS_TCG_H

#include "sim/sim.h"

struct sim_operation;

struct sim_tcg {
	/* What it is. */
	uint16_t class_, com_id;
	bool encrypts, locking_enabled, locked, mbr_shadow;
	bool tells_sid;            /* it has the feature of Block SID */
	bool sid_is_owned, sid_blocked;
	char psid[33], msid[33];
	unsigned tries_left;       /* wrong PINs that it still takes */
	/* How it goes. */
	unsigned late;             /* so many questions for an answer get an empty one */
	bool erases_nothing;       /* it says that it reverted */
	bool keeps_locking;        /* and so it says, and locking stays on */
	uint8_t revert_status;     /* what it answers to Revert, not 0: and does not revert */
	bool loses_revert;         /* it reverts, and answers nothing */
	bool garbles;              /* its answer to Revert is none */
	bool silent;               /* it never answers anything */
	struct sim_operation *op;  /* the drive's: how it erases */
	/* What is. */
	uint32_t session;          /* 0: none is open */
	bool of_owner;
	uint8_t answer[2048];
	size_t answer_len, asked;
	unsigned sessions, reverts, wrong, ended;
};
struct sim_tcg *sim_tcg_new(struct sim_operation *op); /* an Opal 2 drive that nobody owns */
void sim_tcg_power_cut(struct sim_tcg *t);
/* Both: false where it does not take such a transfer. */
bool sim_tcg_send(struct sim_tcg *t, uint8_t protocol, uint16_t com_id, const uint8_t *data, size_t len);
bool sim_tcg_receive(struct sim_tcg *t, uint8_t protocol, uint16_t com_id, uint8_t *out, size_t len);

#endif
