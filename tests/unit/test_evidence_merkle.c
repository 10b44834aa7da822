/* SPDX-License-Identifier: Apache-2.0 */
/* Merkle trees: roots against the vectors of RFC 6962's reference implementation, proofs against a prover that follows the RFC's definitions word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "certwipe/evidence.h"

typedef uint8_t hash[CW_SHA256_BYTES];
#define LEAVES 40

static hash leaves[LEAVES];

static int make_leaves(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEAVES; i++)
		cw_merkle_leaf(&i, sizeof(i), leaves[i]);
	return 0;
}

/* ---- the definitions: MTH, PATH and SUBPROOF of RFC 6962 2.1 ---- */

static size_t split(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static void mth(size_t from, size_t n, hash out)
{
	hash left, right;

	if (n == 0)
		cw_sha256("", 0, out);
	if (n == 1)
		memcpy(out, leaves[from], sizeof(hash));
	if (n < 2)
		return;
	mth(from, split(n), left);
	mth(from + split(n), n - split(n), right);
	cw_merkle_node(left, right, out);
}

static void path(size_t m, size_t from, size_t n, struct cw_hashes *out)
{
	if (n == 1)
		return;
	size_t k = split(n);

	if (m < k) {
		path(m, from, k, out);
		mth(from + k, n - k, out->at[out->n++]);
	} else {
		path(m - k, from + k, n - k, out);
		mth(from, k, out->at[out->n++]);
	}
}

static void subproof(size_t m, size_t from, size_t n, bool whole, struct cw_hashes *out)
{
	size_t k = split(n);

	if (m == n) {
		if (!whole)
			mth(from, n, out->at[out->n++]);
		return;
	}
	if (m <= k) {
		subproof(m, from, k, whole, out);
		mth(from + k, n - k, out->at[out->n++]);
	} else {
		subproof(m - k, from + k, n - k, false, out);
		mth(from, k, out->at[out->n++]);
	}
}

static void grown(size_t n, hash out)
{
	struct cw_merkle m = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		cw_merkle_add(&m, leaves[i]);
	cw_merkle_root(&m, out);
}

/* ---- tests ---- */

/* certificate-transparency, merkle_tree_test */
static void roots_are_those_of_the_reference(void **state)
{
	static const struct { const char *hex; size_t len; } inputs[] = {
		{ "", 0 }, { "00", 1 }, { "10", 1 }, { "2021", 2 }, { "3031", 2 }, { "40414243", 4 }, { "5051525354555657", 8 }, { "606162636465666768696a6b6c6d6e6f", 16 },
	};
	static const char *const roots[] = {
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct cw_merkle m = { .n = 0 };
	uint8_t root[CW_SHA256_BYTES], leaf[CW_SHA256_BYTES], bytes[16];
	char hex[CW_SHA256_HEX];

	(void)state;
	for (size_t n = 0; n < CW_ARRAY_LEN(roots); n++) {
		cw_merkle_root(&m, root);
		cw_hex(hex, root, sizeof(root));
		assert_string_equal(hex, roots[n]);
		if (n == CW_ARRAY_LEN(inputs))
			break;
		assert_true(cw_unhex(bytes, inputs[n].len, inputs[n].hex));
		cw_merkle_leaf(bytes, inputs[n].len, leaf);
		cw_merkle_add(&m, leaf);
	}
}

static void every_leaf_is_proved_to_be_where_it_is(void **state)
{
	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		hash root, before, wanted;

		mth(0, n, root);
		for (size_t i = 0; i < n; i++) {
			struct cw_hashes p = { .n = 0 };

			path(i, 0, n, &p);
			assert_true(cw_merkle_included(leaves[i], i, n, &p, root));
			cw_merkle_root_before(i, n, &p, before);
			grown(i, wanted);
			assert_memory_equal(before, wanted, sizeof(before));
		}
	}
}

/* 65, 66: a proof holds in one place, for one size, one leaf and one root. */
static void a_proof_holds_for_nothing_else(void **state)
{
	(void)state;
	for (size_t n = 2; n <= LEAVES; n++) {
		hash root, other;

		mth(0, n, root);
		mth(0, n - 1, other);
		for (size_t i = 0; i < n; i++) {
			struct cw_hashes p = { .n = 0 }, changed;

			path(i, 0, n, &p);
			for (size_t j = 0; j <= n + 1; j++)
				assert_int_equal(cw_merkle_included(leaves[i], j, n, &p, root), j == i);
			assert_false(cw_merkle_included(leaves[(i + 1) % n], i, n, &p, root));
			assert_false(cw_merkle_included(leaves[i], i, n, &p, other));
			assert_false(cw_merkle_included(leaves[i], i, 2 * n + 1, &p, root));
			assert_false(cw_merkle_included(leaves[i], i, 0, &p, root));
			for (uint32_t k = 0; k < p.n; k++) {
				changed = p;
				changed.at[k][7] ^= 1;
				assert_false(cw_merkle_included(leaves[i], i, n, &changed, root));
			}
			changed = p;
			changed.n--;
			assert_false(cw_merkle_included(leaves[i], i, n, &changed, root));
			changed = p;
			memcpy(changed.at[changed.n++], root, sizeof(root));
			assert_false(cw_merkle_included(leaves[i], i, n, &changed, root));
		}
	}
}

static void every_beginning_is_proved_to_be_one(void **state)
{
	(void)state;
	for (size_t n = 0; n <= LEAVES; n++)
		for (size_t m = 0; m <= n; m++) {
			struct cw_hashes p = { .n = 0 };
			hash old, new;

			mth(0, m, old);
			mth(0, n, new);
			if (m && m != n)
				subproof(m, 0, n, true, &p);
			assert_true(cw_merkle_consistent(m, old, n, new, &p));
		}
}

static void nothing_else_is_a_beginning(void **state)
{
	(void)state;
	for (size_t n = 2; n <= LEAVES; n++)
		for (size_t m = 1; m < n; m++) {
			struct cw_hashes p = { .n = 0 }, changed;
			hash old, new, rewritten;

			mth(0, m, old);
			mth(0, n, new);
			memcpy(rewritten, old, sizeof(old));
			rewritten[0] ^= 1;
			subproof(m, 0, n, true, &p);
			assert_false(cw_merkle_consistent(m, rewritten, n, new, &p));
			assert_false(cw_merkle_consistent(m, old, n, rewritten, &p));
			assert_false(cw_merkle_consistent(n, new, m, old, &p)); /* set back */
			assert_false(cw_merkle_consistent(m, old, m, new, &p)); /* same size, other root */
			for (uint32_t k = 0; k < p.n; k++) {
				changed = p;
				changed.at[k][31] ^= 0x80;
				assert_false(cw_merkle_consistent(m, old, n, new, &changed));
			}
			changed = p;
			changed.n--;
			assert_false(cw_merkle_consistent(m, old, n, new, &changed));
			changed = p;
			memcpy(changed.at[changed.n++], old, sizeof(old));
			assert_false(cw_merkle_consistent(m, old, n, new, &changed));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_of_the_reference), cmocka_unit_test(every_leaf_is_proved_to_be_where_it_is), cmocka_unit_test(a_proof_holds_for_nothing_else),
		cmocka_unit_test(every_beginning_is_proved_to_be_one), cmocka_unit_test(nothing_else_is_a_beginning),
	};

	return cmocka_run_group_tests(tests, make_leaves, NULL);
}
