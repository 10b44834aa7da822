/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MERKLE_H
#define MERKLE_H

#include "certwipe/register.h"

struct merkle {
	uint64_t n; /* leaves so far */
	unsigned depth;
	uint8_t stack[65][CW_SHA256_BYTES];
};
void merkle_add(struct merkle *m, const uint8_t leaf_hash[CW_SHA256_BYTES]);
void merkle_root(const struct merkle *m, uint8_t out[CW_SHA256_BYTES]);

#endif
