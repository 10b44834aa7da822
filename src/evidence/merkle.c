/* SPDX-License-Identifier: Apache-2.0 */
/* Merkle tree of RFC 6962 2.1: its root, leaf by leaf, and whether proofs hold (as RFC 9162 2.1.3.2 and 2.1.4.2 check them). */
#include <string.h>

#include "certwipe/evidence.h"

void cw_merkle_leaf(const void *leaf, size_t len, uint8_t out[CW_SHA256_BYTES])
{
	const struct iovec parts[] = { { .iov_base = (uint8_t[]){ 0x00 }, .iov_len = 1 }, { .iov_base = (void *)(uintptr_t)leaf, .iov_len = len } };

	cw_sha256_parts(parts, CW_ARRAY_LEN(parts), out);
}

void cw_merkle_node(const uint8_t left[CW_SHA256_BYTES], const uint8_t right[CW_SHA256_BYTES], uint8_t out[CW_SHA256_BYTES])
{
	uint8_t pair[1 + 2 * CW_SHA256_BYTES] = { 0x01 };

	memcpy(pair + 1, left, CW_SHA256_BYTES);
	memcpy(pair + 1 + CW_SHA256_BYTES, right, CW_SHA256_BYTES);
	cw_sha256(pair, sizeof(pair), out);
}

void cw_merkle_add(struct cw_merkle *m, const uint8_t leaf_hash[CW_SHA256_BYTES])
{
	memcpy(m->stack[m->depth++], leaf_hash, CW_SHA256_BYTES);
	for (uint64_t n = m->n++; n & 1; n >>= 1) {
		m->depth--;
		cw_merkle_node(m->stack[m->depth - 1], m->stack[m->depth], m->stack[m->depth - 1]);
	}
}

void cw_merkle_root(const struct cw_merkle *m, uint8_t out[CW_SHA256_BYTES])
{
	if (m->n == 0) {
		cw_sha256("", 0, out);
		return;
	}
	memcpy(out, m->stack[m->depth - 1], CW_SHA256_BYTES);
	for (unsigned i = m->depth - 1; i > 0; i--)
		cw_merkle_node(m->stack[i - 1], out, out);
}

/* ---- inclusion ---- */

struct climb { uint64_t node, last; }; /* index of our node on this level, and of the last one */

/* Is the sibling that comes next on our left?  Steps to the level above it. */
static bool climb_left(struct climb *c)
{
	bool left = (c->node & 1) || c->node == c->last;

	if (left)
		for (; c->node && !(c->node & 1); c->node >>= 1)
			c->last >>= 1; /* an only child has no sibling to be hashed with */
	c->node >>= 1;
	c->last >>= 1;
	return left;
}

bool cw_merkle_included(const uint8_t leaf_hash[CW_SHA256_BYTES], uint64_t index, uint64_t size, const struct cw_hashes *path, const uint8_t root[CW_SHA256_BYTES])
{
	struct climb c = { index, size - 1 };
	uint8_t hash[CW_SHA256_BYTES];

	if (index >= size)
		return false;
	memcpy(hash, leaf_hash, sizeof(hash));
	for (uint32_t i = 0; i < path->n; i++) {
		if (c.last == 0)
			return false; /* more hashes than levels */
		if (climb_left(&c))
			cw_merkle_node(path->at[i], hash, hash);
		else
			cw_merkle_node(hash, path->at[i], hash);
	}
	return c.last == 0 && memcmp(hash, root, sizeof(hash)) == 0;
}

/* What is on the left of a path are the full subtrees of all leaves before it, the smallest first. */
void cw_merkle_root_before(uint64_t index, uint64_t size, const struct cw_hashes *path, uint8_t out[CW_SHA256_BYTES])
{
	struct climb c = { index, size - 1 };
	bool any = false;

	for (uint32_t i = 0; i < path->n; i++) {
		if (!climb_left(&c))
			continue;
		if (any)
			cw_merkle_node(path->at[i], out, out);
		else
			memcpy(out, path->at[i], CW_SHA256_BYTES);
		any = true;
	}
	if (!any)
		cw_sha256("", 0, out);
}

/* ---- consistency ---- */

bool cw_merkle_consistent(uint64_t old_size, const uint8_t old_root[CW_SHA256_BYTES], uint64_t size, const uint8_t root[CW_SHA256_BYTES], const struct cw_hashes *proof)
{
	struct climb c = { old_size - 1, size - 1 };
	uint8_t before[CW_SHA256_BYTES], now[CW_SHA256_BYTES];
	uint32_t i = 0;

	if (old_size == size || old_size == 0) {
		cw_sha256("", 0, before);
		return old_size <= size && proof->n == 0 && memcmp(old_root, old_size ? root : before, sizeof(before)) == 0;
	}
	if (old_size > size)
		return false;
	for (; c.node & 1; c.node >>= 1)
		c.last >>= 1;
	/* The old tree is full: its root is where the way up begins, and the proof leaves it out. */
	if (c.node && !proof->n)
		return false;
	memcpy(before, c.node ? proof->at[i++] : old_root, sizeof(before));
	memcpy(now, before, sizeof(now));
	for (; i < proof->n; i++) {
		if (c.last == 0)
			return false;
		if (climb_left(&c)) {
			cw_merkle_node(proof->at[i], before, before);
			cw_merkle_node(proof->at[i], now, now);
		} else {
			cw_merkle_node(now, proof->at[i], now);
		}
	}
	return c.last == 0 && memcmp(before, old_root, sizeof(before)) == 0 && memcmp(now, root, sizeof(now)) == 0;
}
