/* SPDX-License-Identifier: Apache-2.0 */
/* The stored tree and what is shown of it: proofs beside documents, registers of an earlier version, and logs that were rewritten with all that belongs to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/fixture_journal.h"
#include "sim/fixture_register.h"

#define ENTRIES 37

static void grow(struct state *s, size_t n)
{
	char job[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(job, sizeof(job), "job-%zu", i);
		append(s, started(job));
	}
}

static void leaf_of(struct state *s, uint64_t index, uint8_t out[CW_SHA256_BYTES])
{
	CW_AUTO_JSON json_t *row = NULL;
	struct cw_error err = { 0 };

	good(cw_register_show(s->r, index, &row, &err), &err);
	assert_true(cw_unhex(out, CW_SHA256_BYTES, cw_json_str(row, "leafSha256", "")));
}

static void root_of(struct state *s, uint64_t size, uint8_t out[CW_SHA256_BYTES])
{
	char hex[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	good(cw_register_root(s->r, size, hex, &err), &err);
	assert_true(cw_unhex(out, CW_SHA256_BYTES, hex));
}

/* ---- the tree that is kept ---- */

static void every_state_of_the_log_is_remembered(void **state)
{
	struct state *s = *state;
	struct cw_merkle m = { .n = 0 };
	struct cw_checkpoint now;
	struct cw_error err = { 0 };
	uint8_t leaf[CW_SHA256_BYTES], root[CW_SHA256_BYTES], kept[CW_SHA256_BYTES];
	char hex[CW_SHA256_HEX];

	grow(s, ENTRIES);
	for (uint64_t n = 0; n <= ENTRIES; n++) {
		root_of(s, n, kept);
		cw_merkle_root(&m, root);
		assert_memory_equal(kept, root, sizeof(root));
		if (n == ENTRIES)
			break;
		leaf_of(s, n, leaf);
		cw_merkle_add(&m, leaf);
	}
	good(cw_register_checkpoint(s->r, &now, &err), &err);
	cw_hex(hex, root, sizeof(root));
	assert_string_equal(now.root, hex);
	assert_int_equal(cw_register_root(s->r, ENTRIES + 1, hex, &err), CW_E_NOT_FOUND);
}

static void every_entry_and_every_beginning_is_proved(void **state)
{
	struct state *s = *state;
	struct cw_hashes p;
	struct cw_error err = { 0 };
	uint8_t leaf[CW_SHA256_BYTES], root[CW_SHA256_BYTES], old[CW_SHA256_BYTES];

	grow(s, ENTRIES);
	for (uint64_t n = 1; n <= ENTRIES; n++) {
		root_of(s, n, root);
		for (uint64_t i = 0; i < n; i++) {
			good(cw_register_path(s->r, i, n, &p, &err), &err);
			leaf_of(s, i, leaf);
			assert_true(cw_merkle_included(leaf, i, n, &p, root));
			root_of(s, i, old);
			good(cw_register_consistency(s->r, i, n, &p, &err), &err);
			assert_true(cw_merkle_consistent(i, old, n, root, &p));
		}
	}
	assert_int_equal(cw_register_path(s->r, ENTRIES, ENTRIES, &p, &err), CW_E_NOT_FOUND);
	assert_int_equal(cw_register_path(s->r, 0, ENTRIES + 1, &p, &err), CW_E_NOT_FOUND);
	assert_int_equal(cw_register_consistency(s->r, 2, 1, &p, &err), CW_E_NOT_FOUND);
	assert_int_equal(cw_register_consistency(s->r, 1, ENTRIES + 1, &p, &err), CW_E_NOT_FOUND);
}

/* ---- a register of the version before ---- */

#define AS_VERSION_1 "DROP TABLE nodes; DELETE FROM meta WHERE key = 'head'; PRAGMA user_version = 1;"

static void an_older_register_becomes_a_new_one(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint before, after;
	struct cw_hashes p;
	struct cw_error err = { 0 };
	uint8_t leaf[CW_SHA256_BYTES], root[CW_SHA256_BYTES];

	grow(s, ENTRIES);
	good(cw_register_checkpoint(s->r, &before, &err), &err);
	tamper(s, AS_VERSION_1);
	reopen(s);
	good(cw_register_checkpoint(s->r, &after, &err), &err);
	assert_string_equal(after.root, before.root);
	append(s, started("job-new"));
	good(cw_register_path(s->r, 3, ENTRIES + 1, &p, &err), &err);
	leaf_of(s, 3, leaf);
	root_of(s, ENTRIES + 1, root);
	assert_true(cw_merkle_included(leaf, 3, ENTRIES + 1, &p, root));
	assert_false(found(s, "error", "", true));
}

static void an_older_register_with_foreign_objects_is_left_alone(void **state)
{
	struct state *s = *state;
	struct cw_register *r = NULL;
	struct cw_error err = { 0 };

	grow(s, 3);
	tamper(s, AS_VERSION_1 "CREATE TRIGGER evil AFTER INSERT ON meta BEGIN DELETE FROM meta; END");
	assert_int_equal(cw_register_open(s->db, ORIGIN, true, &r, &err), CW_E_INVALID);
	assert_null(r);
	tamper(s, "DROP TRIGGER evil");
	reopen(s);
	assert_false(found(s, "error", "", true));
}

/* Somebody took an entry out before: it can still be looked at, and is not added to. */
static void an_older_register_with_a_gap_says_so(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint c;
	struct cw_entry e = started("job-new");
	struct cw_error err = { 0 };

	grow(s, 7);
	tamper(s, AS_VERSION_1 "DROP TRIGGER entries_no_delete; DELETE FROM entries WHERE idx = 2");
	reopen(s);
	assert_true(found(s, "error", "Entries are missing", true));
	assert_int_equal(cw_register_append(s->r, &e, &c, &err), CW_E_INVALID);
}

/* ---- tampering with the tree ---- */

static void a_changed_hash_is_found(void **state)
{
	static const char *const changes[] = { "UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 1", "DELETE FROM nodes WHERE level = 2 AND idx = 0",
					       "UPDATE nodes SET hash = x'00' WHERE level = 1 AND idx = 0", "UPDATE meta SET value = '7 ' || substr(value, 3) WHERE key = 'head'",
					       "DELETE FROM meta WHERE key = 'head'" };
	char sql[512];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(changes); i++) {
		void *own = NULL;
		struct state *s;

		register_setup(&own);
		s = own;
		grow(s, 6);
		snprintf(sql, sizeof(sql), DROP_GUARDS "%s", changes[i]);
		tamper(s, sql);
		reopen(s);
		if (!found(s, "error", i < 3 ? "do not follow from the entries" : "ended", true))
			fail_msg("not found: %s", changes[i]);
		register_teardown(&own);
	}
}

/* ---- beside documents ---- */

static int certificates(struct state *s)
{
	return openat(s->dirfd, "certificates", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void read_part(struct state *s, const char *name, struct cw_buf *out)
{
	char path[128];
	struct cw_error err = { 0 };

	snprintf(path, sizeof(path), ISSUED_FOLDER "/%s", name);
	good(cw_file_read(s->dirfd, path, CW_PROOF_MAX_BYTES, out, &err), &err);
}

static int order_of_issued(struct state *s, struct cw_order *o, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf json = { 0 }, p7s = { 0 }, proof = { 0 };
	CW_AUTO_JSON json_t *payload = NULL;
	struct cw_payload_frame frame;

	read_part(s, "evidence.json", &json);
	read_part(s, "evidence.json.p7s", &p7s);
	read_part(s, CW_PROOF_NAME, &proof);
	good(cw_json_parse_canonical(json.data, json.len, &payload, err), err);
	good(cw_payload_frame_of(payload, &frame, err), err);
	const struct cw_evidence_files files = { json.data, json.len, (const uint8_t *)p7s.data, p7s.len, NULL, 0, proof.data, proof.len, { 0 }, { 0 } };

	return cw_order_check(payload, &frame, &files, o, err);
}

static void a_document_gets_its_proof_once(void **state)
{
	struct state *s = *state;
	CW_AUTO_BUF struct cw_buf first = { 0 }, again = { 0 };
	struct cw_error err = { 0 };
	struct cw_order o;
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	good(cw_register_prove(s->r, s->key, dir, "2026-000001", &err), &err);
	read_part(s, CW_PROOF_NAME, &first);
	good(order_of_issued(s, &o, &err), &err);
	assert_true(o.proven);
	assert_int_equal(o.index, 1);
	assert_int_equal(o.size, 2);
	append(s, started("later"));
	good(cw_register_prove(s->r, s->key, dir, "2026-000001", &err), &err);
	read_part(s, CW_PROOF_NAME, &again);
	assert_string_equal(again.data, first.data);
	assert_int_equal(cw_register_prove(s->r, s->key, dir, "2026-000009", &err), CW_E_NOT_FOUND);
	assert_int_equal(cw_register_prove(s->r, s->key, dir, "../../etc", &err), CW_E_NOT_FOUND);
	assert_false(found(s, "error", "", true));
}

static void a_missing_proof_is_made_good_by_whoever_comes_next(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	struct cw_order o;
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	append(s, started("later"));
	good(cw_register_prove_last(s->r, s->key, dir, &err), &err);
	good(order_of_issued(s, &o, &err), &err);
	assert_int_equal(o.size, 3);
	assert_int_equal(unlinkat(s->dirfd, ISSUED_FOLDER "/" CW_PROOF_NAME, 0), 0);
	assert_false(found(s, "finding", "tlog-proof", true)); /* the check completes it */
	good(order_of_issued(s, &o, &err), &err);
}

static void a_document_without_a_key_gets_no_proof(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	CW_AUTO_FD int dir = -1;

	issue(s);
	register_key(s);
	dir = certificates(s);
	good(cw_register_prove_last(s->r, s->key, dir, &err), &err);
	assert_int_equal(faccessat(s->dirfd, ISSUED_FOLDER "/" CW_PROOF_NAME, F_OK, 0), -1);
	assert_false(found(s, "error", "", true));
	assert_false(found(s, "finding", "tlog-proof", true));
}

static void a_changed_document_gets_no_proof(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	good(cw_file_write(s->dirfd, ISSUED_FOLDER "/evidence.json", "{}", 2, 0600, true, &err), &err);
	assert_int_equal(cw_register_prove(s->r, s->key, dir, "2026-000001", &err), CW_E_INVALID);
	assert_int_equal(faccessat(s->dirfd, ISSUED_FOLDER "/" CW_PROOF_NAME, F_OK, 0), -1);
}

static void a_wrong_proof_beside_a_document_is_found(void **state)
{
	struct state *s = *state;
	CW_AUTO_BUF struct cw_buf proof = { 0 };
	struct cw_error err = { 0 };
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	good(cw_register_prove(s->r, s->key, dir, "2026-000001", &err), &err);
	read_part(s, CW_PROOF_NAME, &proof);
	proof.data[proof.len - 10] = proof.data[proof.len - 10] == 'A' ? 'B' : 'A';
	good(cw_file_write(s->dirfd, ISSUED_FOLDER "/" CW_PROOF_NAME, proof.data, proof.len, 0600, true, &err), &err);
	assert_true(found(s, "error", "tlog-proof does not hold", true));
}

/* ---- a log that was rewritten with its leaf hashes, its tree and its head: what others hold gives it away ---- */

/* Puts another whole register in the place of this one: as an administrator does it who knows this program. */
static void replace_log(struct state *s, const struct cw_entry *entries, size_t n)
{
	struct state *forger;
	void *own = NULL;
	CW_AUTO_BUF struct cw_buf db = { 0 };
	struct cw_error err = { 0 };

	register_setup(&own);
	forger = own;
	for (size_t i = 0; i < n; i++)
		append(forger, entries[i]);
	good(cw_file_read(forger->dirfd, "register.db", 1 << 24, &db, &err), &err);
	register_teardown(&own);
	cw_register_free(s->r);
	s->r = NULL;
	good(cw_file_write(s->dirfd, "register.db", db.data, db.len, 0600, true, &err), &err);
	reopen(s);
}

static void entry_of(struct state *s, const char *document, struct cw_entry *out)
{
	struct cw_error err = { 0 };

	good(cw_register_document(s->r, document, out, &err), &err);
}

static void a_rewritten_log_contradicts_document_and_proof(void **state)
{
	struct state *s = *state;
	struct cw_entry entries[2] = { started(FIXTURE_JOB) };
	struct cw_error err = { 0 };
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	good(cw_register_prove(s->r, s->key, dir, "2026-000001", &err), &err);
	entry_of(s, "2026-000001", &entries[1]);
	cw_strlcpy(entries[0].at, "2026-11-01T10:00:00Z", sizeof(entries[0].at)); /* backdated */
	replace_log(s, entries, 2);
	assert_true(found(s, "error", "when 2026-000001 was issued, its first 1 entries had another root", true));
	assert_true(found(s, "error", "the proof of 2026-000001 shows another root for its first 2 entries", true));
}

static void a_log_that_was_set_back_contradicts_the_proof(void **state)
{
	struct state *s = *state;
	struct cw_entry entries[2] = { started(FIXTURE_JOB) };
	struct cw_error err = { 0 };
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	append(s, started("later"));
	good(cw_register_prove(s->r, s->key, dir, "2026-000001", &err), &err);
	entry_of(s, "2026-000001", &entries[1]);
	replace_log(s, entries, 2); /* the last entry is gone */
	assert_true(found(s, "error", "set back: the proof of 2026-000001 shows 3 entries, and it has 2", true));
}

static void another_key_from_a_document_on_is_told(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	struct cw_note_key *other = NULL;
	CW_AUTO_FD int dir = -1;

	register_key(s);
	issue(s);
	dir = certificates(s);
	assert_int_equal(unlinkat(s->dirfd, "note.key", 0), 0);
	good(cw_note_key_open(s->dirfd, ORIGIN, &other, &err), &err);
	good(cw_register_prove_last(s->r, other, dir, &err), &err); /* not its key: no proof, and no wrong one */
	assert_int_equal(faccessat(s->dirfd, ISSUED_FOLDER "/" CW_PROOF_NAME, F_OK, 0), -1);
	cw_note_key_free(s->key);
	s->key = other;
	assert_true(found(s, "finding", "evidence.tlog-proof cannot be opened", true));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_state_of_the_log_is_remembered), TEST(every_entry_and_every_beginning_is_proved), TEST(an_older_register_becomes_a_new_one),
		TEST(an_older_register_with_foreign_objects_is_left_alone), TEST(an_older_register_with_a_gap_says_so), cmocka_unit_test(a_changed_hash_is_found),
		TEST(a_document_gets_its_proof_once), TEST(a_missing_proof_is_made_good_by_whoever_comes_next), TEST(a_document_without_a_key_gets_no_proof),
		TEST(a_changed_document_gets_no_proof), TEST(a_wrong_proof_beside_a_document_is_found), TEST(a_rewritten_log_contradicts_document_and_proof),
		TEST(a_log_that_was_set_back_contradicts_the_proof), TEST(another_key_from_a_document_on_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
