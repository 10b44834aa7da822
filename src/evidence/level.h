/* SPDX-License-Identifier: Apache-2.0 */
/* level: what the decision matrix allows for what a replayed journal shows.  The plan's own claims can lower the result, never raise it. */
#ifndef CERTWIPE_EVIDENCE_LEVEL_H
#define CERTWIPE_EVIDENCE_LEVEL_H

#include "replay.h"

/* Fills conditions, and returns the level, as far as the matrix goes; whether the job as a whole holds is verdict.c's to say. */
uint32_t cw_replay_level(const struct cw_replay *r, struct cw_verdict *v);
/* The sentence for "everything was done, and yet no level": which condition, or that the matrix has none. */
const char *cw_replay_no_level(const struct cw_verdict *v);
bool cw_replay_is_laboratory(const struct cw_replay *r);
bool cw_medium_is_laboratory(const struct cw_medium *m);
/* Fills caveats ("K1+K2", ascending); v's exceptions are final by now. */
void cw_replay_caveats(const struct cw_replay *r, struct cw_verdict *v);

/* Sets of caveats: of "K1+K2", and as such a list again, ascending. */
uint64_t cw_caveat_bits(const char *ids);
void cw_caveats_list(uint64_t bits, char out[CW_TEXT_MAX]);

#endif
