/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes of all full subtrees above the leaves: node (level, i) covers the leaves [i << level, (i + 1) << level). */
#ifndef TREE_H
#define TREE_H

#include "store.h"

/* Entries in the log, by the last index. */
CW_MUST_CHECK int tree_size(struct cw_register *r, uint64_t *out, struct cw_error *err);
CW_MUST_CHECK int tree_hash(struct cw_register *r, unsigned level, uint64_t index, uint8_t out[CW_SHA256_BYTES], struct cw_error *err);
CW_MUST_CHECK int tree_root(struct cw_register *r, uint64_t size, uint8_t out[CW_SHA256_BYTES], struct cw_error *err); /* of the first size leaves */
/* Stores the nodes that the leaf with the index m->n completes, and adds it to m. */
CW_MUST_CHECK int tree_grow(struct cw_register *r, struct cw_merkle *m, const uint8_t leaf_hash[CW_SHA256_BYTES], struct cw_error *err);
/* m as it is after size leaves. */
CW_MUST_CHECK int tree_load(struct cw_register *r, uint64_t size, struct cw_merkle *m, struct cw_error *err);
/* Stores the nodes of all entries there are; a gap among them is CW_E_INVALID. */
CW_MUST_CHECK int tree_build(struct cw_register *r, struct cw_merkle *m, struct cw_error *err);

#endif
