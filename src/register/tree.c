/* SPDX-License-Identifier: Apache-2.0 */
/* The stored tree (RFC 6962 2.1): roots, paths and proofs of consistency from as many hashes as the tree is deep, instead of from all leaves. */
#include <string.h>

#include "tree.h"

int tree_size(struct cw_register *r, uint64_t *out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT coalesce(max(idx) + 1, 0) FROM entries", err);

	if (!s)
		return err->code;
	if (sqlite3_step(s) != SQLITE_ROW)
		return store_failed(r, err, _("The register cannot be read."));
	*out = (uint64_t)sqlite3_column_int64(s, 0);
	return 0;
}

static int missing(uint64_t first, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`, and restore the register from its backup."),
		       _("The register was tampered with: its entry %llu, or a hash that covers it, is missing or malformed."), (unsigned long long)first);
}

int tree_hash(struct cw_register *r, unsigned level, uint64_t index, uint8_t out[CW_SHA256_BYTES], struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, level ? "SELECT hash FROM nodes WHERE level = ?2 AND idx = ?1" : "SELECT leaf_sha256 FROM entries WHERE idx = ?1", err);
	int step;

	if (!s)
		return err->code;
	if (sqlite3_bind_int64(s, 1, (sqlite3_int64)index) != SQLITE_OK || (level && sqlite3_bind_int(s, 2, (int)level) != SQLITE_OK))
		return store_failed(r, err, _("The register cannot be read."));
	step = sqlite3_step(s);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return store_failed(r, err, _("The register cannot be read."));
	if (step == SQLITE_DONE || sqlite3_column_type(s, 0) != SQLITE_BLOB || sqlite3_column_bytes(s, 0) != CW_SHA256_BYTES)
		return missing(index << level, err);
	memcpy(out, sqlite3_column_blob(s, 0), CW_SHA256_BYTES);
	return 0;
}

/* ---- growing ---- */

static int node_add(struct cw_register *r, unsigned level, uint64_t index, const uint8_t hash[CW_SHA256_BYTES], struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "INSERT INTO nodes(level, idx, hash) VALUES(?1, ?2, ?3)", err);

	if (!s)
		return err->code;
	if (sqlite3_bind_int(s, 1, (int)level) != SQLITE_OK || sqlite3_bind_int64(s, 2, (sqlite3_int64)index) != SQLITE_OK ||
	    sqlite3_bind_blob(s, 3, hash, CW_SHA256_BYTES, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(s) != SQLITE_DONE)
		return store_failed(r, err, _("The entry could not be added to the register."));
	return 0;
}

int tree_grow(struct cw_register *r, struct cw_merkle *m, const uint8_t leaf_hash[CW_SHA256_BYTES], struct cw_error *err)
{
	uint8_t hash[CW_SHA256_BYTES];
	unsigned level = 0;
	int rc = 0;

	memcpy(hash, leaf_hash, sizeof(hash));
	for (uint64_t n = m->n; !rc && (n & 1); n >>= 1) {
		cw_merkle_node(m->stack[m->depth - 1 - level], hash, hash);
		level++;
		rc = node_add(r, level, m->n >> level, hash, err);
	}
	if (!rc)
		cw_merkle_add(m, leaf_hash);
	return rc;
}

int tree_load(struct cw_register *r, uint64_t size, struct cw_merkle *m, struct cw_error *err)
{
	int rc = 0;

	*m = (struct cw_merkle){ .n = size };
	for (unsigned level = 63; !rc && level < 64; level--)
		if (size >> level & 1)
			rc = tree_hash(r, level, (size >> level) - 1, m->stack[m->depth++], err);
	return rc;
}

int tree_build(struct cw_register *r, struct cw_merkle *m, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT idx, leaf_sha256 FROM entries ORDER BY idx", err);
	int step = SQLITE_DONE, rc = 0;

	*m = (struct cw_merkle){ .n = 0 };
	if (!s)
		return err->code;
	while (!rc && (step = sqlite3_step(s)) == SQLITE_ROW) {
		if ((uint64_t)sqlite3_column_int64(s, 0) != m->n || sqlite3_column_type(s, 1) != SQLITE_BLOB || sqlite3_column_bytes(s, 1) != CW_SHA256_BYTES)
			rc = missing(m->n, err);
		else
			rc = tree_grow(r, m, sqlite3_column_blob(s, 1), err);
	}
	return rc || step == SQLITE_DONE ? rc : store_failed(r, err, _("The register cannot be read."));
}

/* ---- hashes of ranges ---- */

struct range { uint64_t from, size; }; /* as the tree is cut: size is a power of two, or it ends where the tree does */

static unsigned level_of(uint64_t n) /* of the largest power of two that is not above n */
{
	unsigned level = 0;

	while (n >>= 1)
		level++;
	return level;
}

/* Where RFC 6962 cuts a range of more than one leaf: the left part is the largest power of two below its size. */
static uint64_t left_size(uint64_t size)
{
	return (uint64_t)1 << level_of(size - 1);
}

static int range_hash(struct cw_register *r, struct range at, uint8_t out[CW_SHA256_BYTES], struct cw_error *err)
{
	uint8_t parts[64][CW_SHA256_BYTES];
	unsigned n = 0;
	int rc = 0;

	/* Full subtrees from the left to the right, each smaller than the one before, then folded from the right. */
	for (; !rc && at.size; n++) {
		unsigned level = level_of(at.size);

		rc = tree_hash(r, level, at.from >> level, parts[n], err);
		at.from += (uint64_t)1 << level;
		at.size -= (uint64_t)1 << level;
	}
	if (rc)
		return rc;
	for (; n > 1; n--)
		cw_merkle_node(parts[n - 2], parts[n - 1], parts[n - 2]);
	memcpy(out, parts[0], CW_SHA256_BYTES);
	return 0;
}

int tree_root(struct cw_register *r, uint64_t size, uint8_t out[CW_SHA256_BYTES], struct cw_error *err)
{
	if (size)
		return range_hash(r, (struct range){ 0, size }, out, err);
	cw_sha256("", 0, out);
	return 0;
}

/* ---- proofs ---- */

static int out_of_range(struct cw_error *err)
{
	return cw_fail(err, CW_E_NOT_FOUND, 0, "register.db", NULL, _("The register has not so many entries."));
}

static void reverse(struct cw_hashes *h)
{
	uint8_t one[CW_SHA256_BYTES];

	for (uint32_t i = 0; i < h->n / 2; i++) {
		memcpy(one, h->at[i], sizeof(one));
		memcpy(h->at[i], h->at[h->n - 1 - i], sizeof(one));
		memcpy(h->at[h->n - 1 - i], one, sizeof(one));
	}
}

/* Goes down from the root to the leaf and takes the other side each time; a proof lists them from the leaf up. */
int cw_register_path(struct cw_register *r, uint64_t index, uint64_t size, struct cw_hashes *out, struct cw_error *err)
{
	struct range at = { 0, size };
	uint64_t entries = 0;
	int rc = tree_size(r, &entries, err);

	*out = (struct cw_hashes){ .n = 0 };
	if (!rc && (index >= size || size > entries))
		rc = out_of_range(err);
	while (!rc && at.size > 1) {
		struct range left = { at.from, left_size(at.size) }, right = { at.from + left.size, at.size - left.size };
		bool go_left = index < right.from;

		rc = range_hash(r, go_left ? right : left, out->at[out->n++], err);
		at = go_left ? left : right;
	}
	reverse(out);
	return rc;
}

/* SUBPROOF of RFC 6962 2.1.2: down to the subtree that ends where the old tree ended; that one is left out when it is the whole old tree. */
int cw_register_consistency(struct cw_register *r, uint64_t old_size, uint64_t size, struct cw_hashes *out, struct cw_error *err)
{
	struct range at = { 0, size };
	uint64_t entries = 0;
	int rc = tree_size(r, &entries, err);

	*out = (struct cw_hashes){ .n = 0 };
	if (!rc && (old_size > size || size > entries))
		rc = out_of_range(err);
	if (rc || old_size == 0 || old_size == size)
		return rc;
	while (!rc && at.from + at.size != old_size) {
		struct range left = { at.from, left_size(at.size) }, right = { at.from + left.size, at.size - left.size };
		bool go_left = old_size <= right.from;

		rc = range_hash(r, go_left ? right : left, out->at[out->n++], err);
		at = go_left ? left : right;
	}
	if (!rc && at.from)
		rc = range_hash(r, at, out->at[out->n++], err);
	reverse(out);
	return rc;
}

int cw_register_root(struct cw_register *r, uint64_t size, char out[CW_SHA256_HEX], struct cw_error *err)
{
	uint8_t root[CW_SHA256_BYTES];
	uint64_t entries = 0;
	int rc = tree_size(r, &entries, err);

	if (!rc && size > entries)
		rc = out_of_range(err);
	if (!rc)
		rc = tree_root(r, size, root, err);
	if (!rc)
		cw_hex(out, root, sizeof(root));
	return rc;
}
