/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds of BLANK have in common: how a drive is asked how far it is with it, and what its answers show. */
#ifndef CERTWIPE_TECHNIQUE_BLANK_H
#define CERTWIPE_TECHNIQUE_BLANK_H

#include "certwipe/technique.h"

enum blank_type { BLANK_WHOLE_DISC, BLANK_MINIMAL }; /* MMC-6 6.2.2.5 */

extern const struct cw_native blank_whole_disc; /* optical_blank.c */
int blank_ask(struct cw_transport *t);
int blank_submit(struct cw_transport *t, enum blank_type type);
void blank_read(const struct cw_heard *h, enum blank_type type, struct cw_native_seen *out);
void blank_obey(bool begun, uint32_t set, void *command);
/* The steps around it. */
int blank_step(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result,
	       struct cw_error *err);

#endif
