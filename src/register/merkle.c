/* SPDX-License-Identifier: Apache-2.0 */
/* Merkle tree of RFC 6962 2.1, built leaf by leaf: the stack holds the roots of the full subtrees, largest first, one for each 1 bit of n. */
#include <string.h>

#include "merkle.h"

static void node(const uint8_t left[CW_SHA256_BYTES], const uint8_t right[CW_SHA256_BYTES], uint8_t out[CW_SHA256_BYTES])
{
	uint8_t pair[1 + 2 * CW_SHA256_BYTES] = { 0x01 };

	memcpy(pair + 1, left, CW_SHA256_BYTES);
	memcpy(pair + 1 + CW_SHA256_BYTES, right, CW_SHA256_BYTES);
	cw_sha256(pair, sizeof(pair), out);
}

void merkle_add(struct merkle *m, const uint8_t leaf_hash[CW_SHA256_BYTES])
{
	memcpy(m->stack[m->depth++], leaf_hash, CW_SHA256_BYTES);
	for (uint64_t n = m->n++; n & 1; n >>= 1) {
		m->depth--;
		node(m->stack[m->depth - 1], m->stack[m->depth], m->stack[m->depth - 1]);
	}
}

void merkle_root(const struct merkle *m, uint8_t out[CW_SHA256_BYTES])
{
	if (m->n == 0) {
		cw_sha256("", 0, out);
		return;
	}
	memcpy(out, m->stack[m->depth - 1], CW_SHA256_BYTES);
	for (unsigned i = m->depth - 1; i > 0; i--)
		node(m->stack[i - 1], out, out);
}

void cw_merkle_leaf(const void *leaf, size_t len, uint8_t out[CW_SHA256_BYTES])
{
	const struct iovec parts[] = { { .iov_base = (uint8_t[]){ 0x00 }, .iov_len = 1 }, { .iov_base = (void *)(uintptr_t)leaf, .iov_len = len } };

	cw_sha256_parts(parts, CW_ARRAY_LEN(parts), out);
}

void cw_merkle_root(const uint8_t (*leaf_hashes)[CW_SHA256_BYTES], size_t n, uint8_t out[CW_SHA256_BYTES])
{
	struct merkle m = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		merkle_add(&m, leaf_hashes[i]);
	merkle_root(&m, out);
}
