/* SPDX-License-Identifier: Apache-2.0 */
/* destruction: what a journal shows of the physical destruction of its medium, and of the wipe before it.  What it means for a claim is verdict.c's to say. */
#ifndef CERTWIPE_EVIDENCE_DESTRUCTION_H
#define CERTWIPE_EVIDENCE_DESTRUCTION_H

#include "replay.h"

struct cw_destroyed {
	bool readable;                    /* medium, terms and lines could be read; without them nothing can be claimed */
	struct cw_job_destruction told;
	struct cw_destruction_terms terms;
	char standard[CW_TEXT_MAX];
	struct cw_medium medium;
	char identity_sha256[CW_SHA256_HEX];
	struct cw_destruction_judgement judged;
	struct cw_journal_text wipe;      /* the lines before, when there was one; lines are owned */
	uint64_t registered_line;         /* CW_NO_LINE: none */
	bool two_people;                  /* the witness is another one than the operator, and says the same */
};
void cw_destroyed_read(const struct cw_journal_text *t, struct cw_destroyed *out);
void cw_destroyed_clear(struct cw_destroyed *d);
/* Caveats ("K1+K2", ascending): of the destruction; wiped: NULL, or those of the wipe whose level counts. */
void cw_destroyed_caveats(const struct cw_destroyed *d, const char *wiped, char out[CW_TEXT_MAX]);

#endif
