/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROOF_H
#define PROOF_H

#include "store.h"

/* The proof of an entry up to this checkpoint, which is signed anew. */
CW_MUST_CHECK int proof_at(struct cw_register *r, const struct cw_note_key *key, uint64_t index, uint64_t previous_size, const struct cw_checkpoint *c, struct cw_buf *out,
			   struct cw_error *err);
bool is_document_id(const char *id); /* "2026-000017": only such a name may become a path */

#endif
