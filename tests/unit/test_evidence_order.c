/* SPDX-License-Identifier: Apache-2.0 */
/* A document and the proof beside it, through the whole verifier.  Numbers are those of the list of negative vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cms_forge.h"
#include "sim/fixture_journal.h"
#include "sim/fixture_register.h"

#define ISSUED "2026-11-24T00:00:00Z"
#define BEFORE 5 /* entries before the document's */
#define BEHIND 4

static struct forge_pki pki;
static struct cw_verify_result result;

struct bundle {
	struct state *s;
	struct cw_payload_frame frame;
	struct cw_entry entry;
	struct cw_buf json, p7s, journal, proof;
};

/* ---- a document of a register ---- */

static void sign(struct bundle *b)
{
	struct forge f = { .content = b->json.data, .content_len = b->json.len, .cert = pki.cert, .key = pki.key, .certs = { pki.cert, pki.root }, .n_certs = 2 };

	assert_true(cw_time_parse(ISSUED, &f.signing_time));
	cw_buf_clear(&b->p7s);
	forge_prepare(&f);
	forge_finish(&f, &b->p7s);
}

static void begin(struct bundle *b, struct state *s)
{
	struct cw_entry start = started(FIXTURE_JOB);
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	char job[32];

	*b = (struct bundle){ .s = s };
	for (int i = 0; i < BEFORE; i++) {
		snprintf(job, sizeof(job), "before-%d", i);
		if (i == 0)
			append(s, start);
		else
			append(s, started(job));
	}
	good(cw_register_checkpoint(s->r, &c, &err), &err);
	b->frame = (struct cw_payload_frame){ .document_id = "2026-000001", .uuid = "01931e5e-0000-7000-8000-000000000000", .issued_at = ISSUED, .organisation = "Test County",
					      .unit = "Ethics", .station = "station 1", .register_origin = ORIGIN, .previous_size = c.size };
	cw_strlcpy(b->frame.previous_root, c.root, CW_SHA256_HEX);
	cw_strlcpy(b->frame.note_key, cw_note_key_hex(s->key), CW_SHA256_HEX);
}

/* The document of a perfect wipe that was entered in this register, with its entry. */
static void issue_as(struct bundle *b)
{
	CW_AUTO_JSON json_t *lines = fixture_perfect(&(struct fixture_wish){ 0 }), *payload = NULL;
	json_t *registered = fixture_find(lines, "registered", 0);
	struct cw_journal_text text = { 0 };
	struct cw_error err = { 0 };
	uint8_t hash[CW_SHA256_BYTES];

	json_object_set_new(registered, "origin", json_string(b->frame.register_origin));
	json_object_set_new(registered, "size", json_integer(1));
	good(fixture_chain(lines, &text, &err), &err);
	assert_int_equal(X509_digest(pki.cert, EVP_sha256(), hash, NULL), 1);
	cw_hex(b->frame.signer_cert_sha256, hash, sizeof(hash));
	good(cw_payload_make(&text, &b->frame, &payload, &err), &err);
	good(cw_json_canonical(payload, &b->json, &err), &err);
	cw_buf_add(&b->journal, text.bytes.data, text.bytes.len);
	cw_journal_text_clear(&text);
	sign(b);
	b->entry = ended(FIXTURE_JOB, "certificate", b->frame.document_id, true);
	cw_strlcpy(b->entry.at, ISSUED, sizeof(b->entry.at));
	cw_sha256_hex(b->json.data, b->json.len, b->entry.json_sha256);
	cw_sha256_hex(b->p7s.data, b->p7s.len, b->entry.p7s_sha256);
}

static void enter(struct bundle *b)
{
	char job[32];

	append(b->s, b->entry);
	for (int i = 0; i < BEHIND; i++) {
		snprintf(job, sizeof(job), "behind-%d", i);
		append(b->s, started(job));
	}
}

static void prove_at(struct bundle *b, uint64_t index)
{
	struct cw_error err = { 0 };

	cw_buf_clear(&b->proof);
	good(cw_register_proof(b->s->r, b->s->key, index, b->frame.previous_size, &b->proof, &err), &err);
}

static void make(struct bundle *b, struct state *s)
{
	begin(b, s);
	issue_as(b);
	enter(b);
	prove_at(b, BEFORE);
}

static void clear(struct bundle *b)
{
	cw_buf_clear(&b->json);
	cw_buf_clear(&b->p7s);
	cw_buf_clear(&b->journal);
	cw_buf_clear(&b->proof);
}

static int verify(const struct bundle *b)
{
	const struct cw_evidence_files files = { b->json.data, b->json.len, (const uint8_t *)b->p7s.data, b->p7s.len, b->journal.data, b->journal.len, b->proof.data, b->proof.len, { 0 }, { 0 } };

	cw_verify(&files, pki.root_pem.data, pki.root_pem.len, false, &result);
	return result.exit_code;
}

static void expect(const char *name, const struct bundle *b, int exit_code)
{
	const char *failed = "";

	verify(b);
	for (uint32_t i = 0; i < result.n_checks && !*failed; i++)
		if (!result.checks[i].passed)
			failed = result.checks[i].name;
	if (result.exit_code != exit_code || strcmp(failed, exit_code ? "order" : "") != 0)
		fail_msg("%s: exit %d at \"%s\": %s", name, result.exit_code, failed, result.reason);
	assert_int_equal(result.order.proven, exit_code == 0 && b->proof.len > 0);
}

static int setup(void **state)
{
	register_setup(state);
	register_key(*state);
	return 0;
}

/* ---- good ones ---- */

static void a_document_is_proved_to_stand_in_its_register(void **state)
{
	struct bundle b;

	make(&b, *state);
	expect("proof", &b, CW_EXIT_DONE);
	assert_int_equal(result.order.index, BEFORE);
	assert_int_equal(result.order.size, BEFORE + 1 + BEHIND);
	assert_string_equal(result.order.origin, ORIGIN);
	clear(&b);
}

static void without_a_proof_it_is_as_good_as_before(void **state)
{
	struct bundle b;

	make(&b, *state);
	cw_buf_clear(&b.proof);
	expect("no proof", &b, CW_EXIT_DONE);
	clear(&b);
}

/* A signature that came days later: others were entered meanwhile, and the log is shown to have only grown. */
static void entries_in_between_need_a_proof_of_consistency(void **state)
{
	struct bundle b;
	struct cw_error err = { 0 };

	begin(&b, *state);
	issue_as(&b);
	append(b.s, started("in-between"));
	enter(&b);
	prove_at(&b, BEFORE + 1);
	expect("in between", &b, CW_EXIT_DONE);
	cw_buf_clear(&b.proof);
	good(cw_register_proof(b.s->r, b.s->key, BEFORE + 1, BEFORE + 1, &b.proof, &err), &err);
	expect("not shown", &b, CW_EXIT_INCONCLUSIVE);
	cw_buf_clear(&b.proof);
	good(cw_register_proof(b.s->r, b.s->key, BEFORE + 1, BEFORE - 1, &b.proof, &err), &err); /* of another state */
	expect("of another state", &b, CW_EXIT_INVALID);
	clear(&b);
}

static void consistency_that_is_not_asked_for_is_no_place_to_hide_bytes(void **state)
{
	struct bundle b;
	struct cw_error err = { 0 };

	make(&b, *state);
	cw_buf_clear(&b.proof);
	good(cw_register_proof(b.s->r, b.s->key, BEFORE, BEFORE - 1, &b.proof, &err), &err);
	expect("superfluous", &b, CW_EXIT_INVALID);
	clear(&b);
}

/* Documents of earlier versions name no key: a proof beside one can be anybody's. */
static void a_document_without_a_key_cannot_be_proved(void **state)
{
	struct bundle b;

	begin(&b, *state);
	b.frame.note_key[0] = '\0';
	issue_as(&b);
	enter(&b);
	expect("alone", &b, CW_EXIT_DONE);
	prove_at(&b, BEFORE);
	expect("with a proof", &b, CW_EXIT_INCONCLUSIVE);
	clear(&b);
}

/* ---- bad ones ---- */

/* Replaces the first occurrence. */
static void edit(struct cw_buf *proof, const char *from, const char *to)
{
	char *at = strstr(proof->data, from);
	CW_AUTO_BUF struct cw_buf out = { 0 };

	assert_non_null(at);
	cw_buf_add(&out, proof->data, (size_t)(at - proof->data));
	cw_buf_str(&out, to);
	cw_buf_str(&out, at + strlen(from));
	cw_buf_clear(proof);
	cw_buf_add(proof, out.data, out.len);
}

static void the_form_is_strict(void **state)
{
	static const struct { const char *from, *to; } edits[] = {
		{ "index 5", "index 6" }, /* 65 */ { "index 5", "index 05" }, { "index 5", "index  5" }, { "index 5", "index" }, { "index 5\n", "" }, { "index 5\n", "index 5\n\n" },
		{ "index 5", "index -5" }, { "index 5", "index 99999999999999999999" }, { "@v1\n", "@v2\n" }, { "@v1\n", "@v1\r\n" }, { "@v1\n", "@v1\nextra AAAA\n" },
		{ "extra ", "extra" }, { "extra ", "Extra " }, { "\n10\n", "\n11\n" }, /* 66 */ { "\n10\n", "\n010\n" }, /* 79 */ { "\n\nTest", "\nTest" },
		{ "\n\n\u2014", "\n\nmore\n\n\u2014" }, { "\n\n\u2014", "\nmore\n\n\u2014" }, { "Test%20County", "Test%20county" }, /* 69 */ { "\u2014 Test", "\u2014 Best" }, /* 68 */
	};
	struct bundle b;
	CW_AUTO_BUF struct cw_buf kept = { 0 };

	make(&b, *state);
	cw_buf_add(&kept, b.proof.data, b.proof.len);
	for (size_t i = 0; i < CW_ARRAY_LEN(edits); i++) {
		cw_buf_clear(&b.proof);
		cw_buf_add(&b.proof, kept.data, kept.len);
		edit(&b.proof, edits[i].from, edits[i].to);
		expect(edits[i].to, &b, CW_EXIT_INVALID);
	}
	cw_buf_clear(&b.proof);
	cw_buf_add(&b.proof, kept.data, kept.len);
	cw_buf_str(&b.proof, "\n");
	expect("a line more", &b, CW_EXIT_INVALID);
	b.proof.len -= 2;
	expect("a line less", &b, CW_EXIT_INVALID);
	clear(&b);
}

/* Nothing in a proof can be changed unseen: not one bit. */
static void any_flipped_bit_is_seen(void **state)
{
	struct bundle b;
	CW_AUTO_JSON json_t *payload = NULL;
	struct cw_error err = { 0 };
	struct cw_order o;

	make(&b, *state);
	good(cw_json_parse_canonical(b.json.data, b.json.len, &payload, &err), &err);
	const struct cw_evidence_files files = { b.json.data, b.json.len, (const uint8_t *)b.p7s.data, b.p7s.len, NULL, 0, b.proof.data, b.proof.len, { 0 }, { 0 } };

	for (size_t bit = 0; bit < 8 * b.proof.len; bit++) {
		b.proof.data[bit / 8] = (char)(b.proof.data[bit / 8] ^ (1 << bit % 8));
		int rc = cw_order_check(payload, &b.frame, &files, &o, &err);

		if (rc == 0 || rc == CW_E_CANNOT_TELL || o.proven)
			fail_msg("bit %zu", bit);
		b.proof.data[bit / 8] = (char)(b.proof.data[bit / 8] ^ (1 << bit % 8));
	}
	expect("as it was", &b, CW_EXIT_DONE);
	clear(&b);
}

static void another_signature_over_the_same_document(void **state) /* 76 */
{
	struct bundle b;

	make(&b, *state);
	sign(&b);
	expect("signed again", &b, CW_EXIT_INVALID);
	clear(&b);
}

static void the_entry_must_be_about_the_document(void **state)
{
	struct bundle b;
	struct cw_entry wrong[5];

	begin(&b, *state);
	issue_as(&b);
	for (size_t i = 0; i < CW_ARRAY_LEN(wrong); i++)
		wrong[i] = b.entry;
	cw_strlcpy(wrong[0].kind, "report", sizeof(wrong[0].kind));
	cw_strlcpy(wrong[1].level, "purge", sizeof(wrong[1].level));
	cw_strlcpy(wrong[2].at, "2025-11-24T00:00:00Z", sizeof(wrong[2].at));
	wrong[3].laboratory = 1;
	wrong[4].json_sha256[0] = wrong[4].json_sha256[0] == '0' ? '1' : '0';
	for (size_t i = 0; i < CW_ARRAY_LEN(wrong); i++) {
		struct cw_error err = { 0 };

		snprintf(wrong[i].document_id, sizeof(wrong[i].document_id), "2026-%06zu", i + 1);
		append(b.s, wrong[i]);
		cw_buf_clear(&b.proof);
		good(cw_register_proof(b.s->r, b.s->key, BEFORE + i, BEFORE + i, &b.proof, &err), &err);
		expect("another entry", &b, CW_EXIT_INVALID);
	}
	clear(&b);
}

static void resign(struct bundle *b, struct state *s, const char *origin, int keys_dirfd)
{
	CW_AUTO_BUF struct cw_buf note = { 0 };
	struct cw_note_key *key = NULL;
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	char *at = strstr(b->proof.data, "\n\n");

	good(cw_register_checkpoint(s->r, &c, &err), &err);
	cw_strlcpy(c.origin, origin, sizeof(c.origin));
	good(cw_note_key_open(keys_dirfd, origin, &key, &err), &err);
	good(cw_checkpoint_sign(key, &c, &note, &err), &err);
	cw_note_key_free(key);
	b->proof.len = (size_t)(at + 2 - b->proof.data);
	b->proof.data[b->proof.len] = '\0';
	cw_buf_add(&b->proof, note.data, note.len);
}

static void only_the_registers_own_key_counts(void **state)
{
	struct state *other;
	void *own = NULL;
	struct bundle b;

	make(&b, *state);
	register_setup(&own);
	other = own;
	resign(&b, b.s, ORIGIN, b.s->dirfd);
	expect("signed by itself", &b, CW_EXIT_DONE);
	resign(&b, b.s, ORIGIN, other->dirfd);
	expect("another key", &b, CW_EXIT_INVALID); /* 68 */
	resign(&b, b.s, "Test County/station 2", b.s->dirfd);
	expect("another origin", &b, CW_EXIT_INVALID); /* 69 */
	register_teardown(&own);
	clear(&b);
}

/* 74, 77: the same key, the same document, and a log in which something before it was another. */
static void a_fork_is_no_proof(void **state)
{
	struct state *fork;
	void *own = NULL;
	struct bundle b, forked;

	make(&b, *state);
	register_setup(&own);
	fork = own;
	fork->key = b.s->key;
	append(fork, started("another"));
	for (int i = 1; i < BEFORE; i++)
		append(fork, started(i == 1 ? FIXTURE_JOB : "x"));
	forked = b;
	forked.s = fork;
	enter(&forked);
	forked.proof = (struct cw_buf){ 0 };
	prove_at(&forked, BEFORE);
	expect("fork", &forked, CW_EXIT_INVALID);
	cw_buf_clear(&forked.proof);
	fork->key = NULL;
	register_teardown(&own);
	clear(&b);
}

static void a_document_cannot_be_older_than_what_it_names(void **state)
{
	struct bundle b;
	struct cw_error err = { 0 };

	begin(&b, *state);
	b.frame.previous_size = BEFORE + 2;
	issue_as(&b);
	enter(&b);
	good(cw_register_proof(b.s->r, b.s->key, BEFORE, BEFORE, &b.proof, &err), &err);
	expect("older", &b, CW_EXIT_INVALID);
	clear(&b);
}

static int make_pki(void **state)
{
	(void)state;
	forge_pki_make(&pki);
	return 0;
}

static int clear_pki(void **state)
{
	(void)state;
	forge_pki_clear(&pki);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_document_is_proved_to_stand_in_its_register), TEST(without_a_proof_it_is_as_good_as_before), TEST(entries_in_between_need_a_proof_of_consistency),
		TEST(consistency_that_is_not_asked_for_is_no_place_to_hide_bytes), TEST(a_document_without_a_key_cannot_be_proved), TEST(the_form_is_strict),
		TEST(any_flipped_bit_is_seen), TEST(another_signature_over_the_same_document), TEST(the_entry_must_be_about_the_document),
		TEST(only_the_registers_own_key_counts), TEST(a_fork_is_no_proof), TEST(a_document_cannot_be_older_than_what_it_names),
	};

	return cmocka_run_group_tests(tests, make_pki, clear_pki);
}
