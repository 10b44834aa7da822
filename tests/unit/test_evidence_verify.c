/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier's answer on whole bundles.  Most of the bad ones are signed by the genuine key: a station that lies, or a program that errs.  Numbers are those of the list of
 * negative vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "certwipe/evidence.h"
#include "sim/cms_forge.h"
#include "sim/fixture_journal.h"

#define ISSUED "2026-11-24T00:00:00Z"

static struct forge_pki pki;

struct bundle {
	struct cw_payload_frame frame;
	json_t *payload;
	struct cw_buf json, p7s, journal;
	int64_t signing_delay_s;
};

static const struct cw_payload_frame FRAME = {
	.document_id = "2026-000017", .uuid = "019368f1-7c3a-7bcd-8e01-23456789abcd", .issued_at = ISSUED, .organisation = "苗栗縣政府", .unit = "政風處", .station = "station-07",
	.register_origin = "county/station", .previous_root = FIXTURE_SHA, .previous_size = 41,
};

static void good(int rc, const struct cw_error *err)
{
	if (rc)
		fail_msg("%d: %s", rc, err->message);
}

/* ---- building ---- */

static void begin(struct bundle *b, json_t *lines_take)
{
	struct cw_journal_text text = { 0 };
	struct cw_error err = { 0 };
	uint8_t hash[CW_SHA256_BYTES];

	good(fixture_chain(lines_take, &text, &err), &err);
	if (!b->frame.document_id[0])
		b->frame = FRAME;
	assert_int_equal(X509_digest(pki.cert, EVP_sha256(), hash, NULL), 1);
	if (!b->frame.signer_cert_sha256[0])
		cw_hex(b->frame.signer_cert_sha256, hash, sizeof(hash));
	good(cw_payload_make(&text, &b->frame, &b->payload, &err), &err);
	cw_buf_add(&b->journal, text.bytes.data, text.bytes.len);
	cw_journal_text_clear(&text);
	json_decref(lines_take);
}

static void sign(struct bundle *b)
{
	struct forge f = { .content = b->json.data, .content_len = b->json.len, .cert = pki.cert, .key = pki.key, .certs = { pki.cert, pki.root }, .n_certs = 2 };

	assert_true(cw_time_parse(ISSUED, &f.signing_time));
	f.signing_time += b->signing_delay_s;
	cw_buf_clear(&b->p7s);
	forge_prepare(&f);
	forge_finish(&f, &b->p7s);
}

static void finish(struct bundle *b)
{
	struct cw_error err = { 0 };

	cw_buf_clear(&b->json);
	good(cw_json_canonical(b->payload, &b->json, &err), &err);
	sign(b);
}

static void make(struct bundle *b, json_t *lines_take)
{
	begin(b, lines_take);
	finish(b);
}

static void clear(struct bundle *b)
{
	json_decref(b->payload);
	cw_buf_clear(&b->json);
	cw_buf_clear(&b->p7s);
	cw_buf_clear(&b->journal);
	*b = (struct bundle){ 0 };
}

static json_t *perfect(void)
{
	return fixture_perfect(&(struct fixture_wish){ 0 });
}

static json_t *stopped(void)
{
	json_t *lines = fixture_begin(&(struct fixture_wish){ 0 });

	fixture_step_broken(lines, 1, 0, FIXTURE_SIZE / 2, "stopped");
	fixture_stop(lines, 1, FIXTURE_SIZE / 2);
	return lines;
}

/* ---- asking ---- */

static struct cw_verify_result result;

static int verify_with(const struct bundle *b, const struct cw_buf *roots, bool lab)
{
	struct cw_evidence_files files = { b->json.data, b->json.len, (const uint8_t *)b->p7s.data, b->p7s.len, b->journal.data, b->journal.len, NULL, 0, { 0 }, { 0 } };

	cw_verify(&files, roots ? roots->data : NULL, roots ? roots->len : 0, lab, &result);
	return result.exit_code;
}

static int verify(const struct bundle *b)
{
	return verify_with(b, &pki.root_pem, false);
}

static void expect(const char *name, int exit_code, uint32_t finding, const char *check)
{
	const char *failed = "";

	for (uint32_t i = 0; i < result.n_checks && !*failed; i++)
		if (!result.checks[i].passed)
			failed = result.checks[i].name;
	if (result.exit_code != exit_code || result.finding != finding || strcmp(failed, check) != 0)
		fail_msg("%s: exit %d, %s, failed at \"%s\": %s (expected %d, %s, \"%s\")", name, result.exit_code, cw_finding_name(result.finding), failed, result.reason, exit_code,
			 cw_finding_name(finding), check);
	if (finding != CW_FINDING_VALID)
		assert_true(result.reason[0] != '\0');
}

static void expect_invalid(const char *name, const struct bundle *b, const char *check)
{
	verify(b);
	expect(name, CW_EXIT_INVALID, CW_FINDING_INVALID, check);
}

/* ---- good ones ---- */

static void a_certificate_of_success_is_valid(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	make(&b, perfect());
	verify(&b);
	expect("good", 0, CW_FINDING_VALID, "");
	assert_string_equal(result.type, CW_TYPE_CERTIFICATE);
	assert_string_equal(result.document_id, "2026-000017");
	assert_string_equal(result.reason, "");
	assert_int_equal(result.n_remarks, 0);
	assert_false(result.laboratory);
	clear(&b);
}

static void a_report_is_genuine_and_proves_nothing(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	make(&b, stopped());
	verify(&b);
	expect("report", CW_EXIT_INCONCLUSIVE, CW_FINDING_REMARKS, "type");
	assert_string_equal(result.type, CW_TYPE_REPORT);
	clear(&b);
}

static void the_laboratory_must_be_asked_for(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	make(&b, fixture_perfect(&(struct fixture_wish){ .class_ = CW_CLASS_VIRTUAL, .bus = CW_BUS_LOOP, .virtual_ = true }));
	verify(&b);
	expect("laboratory", CW_EXIT_INCONCLUSIVE, CW_FINDING_REMARKS, "laboratory");
	assert_true(result.laboratory);
	verify_with(&b, &pki.root_pem, true);
	expect("laboratory, asked for", 0, CW_FINDING_VALID, "");
	assert_true(result.laboratory);
	cw_buf_clear(&b.journal);
	verify(&b);
	assert_true(result.laboratory);
	clear(&b);
}

/* ---- what is missing ---- */

static void without_a_root_nobody_can_tell(void **state)
{
	static const char garbage[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	struct cw_buf bad = { .data = (char *)(uintptr_t)garbage, .len = sizeof(garbage) - 1 };
	struct bundle b = { 0 };

	(void)state;
	make(&b, perfect());
	verify_with(&b, NULL, false);
	expect("no root", CW_EXIT_INCONCLUSIVE, CW_FINDING_CANNOT_TELL, "trust");
	verify_with(&b, &bad, false);
	expect("unreadable root", CW_EXIT_INCONCLUSIVE, CW_FINDING_CANNOT_TELL, "trust");
	b.journal.data[b.journal.len / 2] ^= 1;
	verify_with(&b, NULL, false);
	expect("no root, tampered", CW_EXIT_INVALID, CW_FINDING_INVALID, "trust");
	assert_non_null(strstr(result.reason, "journal"));
	clear(&b);
	make(&b, stopped());
	verify_with(&b, NULL, false);
	expect("no root, report", CW_EXIT_INCONCLUSIVE, CW_FINDING_CANNOT_TELL, "trust");
	clear(&b);
}

static void another_root_does_not_do(void **state)
{
	struct forge_pki other;
	struct bundle b = { 0 };

	(void)state;
	forge_pki_make(&other);
	make(&b, perfect());
	verify_with(&b, &other.root_pem, false);
	expect("44 other root", CW_EXIT_INVALID, CW_FINDING_INVALID, "trust");
	clear(&b);
	forge_pki_clear(&other);
}

static void missing_files(void **state)
{
	struct bundle b = { 0 };
	struct cw_buf gone;

	(void)state;
	make(&b, perfect());
	gone = b.journal;
	b.journal = (struct cw_buf){ 0 };
	verify(&b);
	expect("no journal", CW_EXIT_INCONCLUSIVE, CW_FINDING_CANNOT_TELL, "journal");
	b.journal = gone;
	gone = b.p7s;
	b.p7s = (struct cw_buf){ 0 };
	expect_invalid("no signature", &b, "size");
	b.p7s = gone;
	gone = b.json;
	b.json = (struct cw_buf){ 0 };
	expect_invalid("no document", &b, "size");
	b.json = gone;
	clear(&b);
}

/* ---- bytes ---- */

/* All bits pass, and take minutes (-DFLIP_STEP=1); an odd step visits all bit positions in turn. */
#ifndef FLIP_STEP
#ifdef CW_SANITIZED
#define FLIP_STEP 511
#else
#define FLIP_STEP 187
#endif
#endif

static void flip_through(struct bundle *b, struct cw_buf *file, const char *name)
{
	for (size_t bit = 0; bit < 8 * file->len; bit += FLIP_STEP) {
		char *byte = &file->data[bit / 8];

		*byte = (char)(*byte ^ (1 << bit % 8));
		if (verify(b) != CW_EXIT_INVALID)
			fail_msg("%s: bit %zu of byte %zu may be flipped", name, bit % 8, bit / 8);
		*byte = (char)(*byte ^ (1 << bit % 8));
	}
}

static void every_flip_is_invalid(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	make(&b, perfect());
	flip_through(&b, &b.json, "evidence.json");
	flip_through(&b, &b.p7s, "evidence.json.p7s");
	flip_through(&b, &b.journal, "journal.jsonl");
	clear(&b);
}

/* Other bytes for the same document, with a good signature over them. */
static void replace_text(struct bundle *b, const char *from, const char *to)
{
	struct cw_buf changed = { .max_bytes = 4u << 20 };
	char *at = strstr(b->json.data, from);

	assert_non_null(at);
	cw_buf_add(&changed, b->json.data, (size_t)(at - b->json.data));
	cw_buf_str(&changed, to);
	cw_buf_str(&changed, at + strlen(from));
	cw_buf_clear(&b->json);
	b->json = changed;
	sign(b);
}

static void only_canonical_json(void **state)
{
	static const struct { const char *name, *from, *to; } rows[] = {
		{ "1 duplicate key", "\"laboratory\"", "\"laboratory\":true,\"laboratory\"" }, { "4 BOM", "{\"authorisation\"", "\xef\xbb\xbf{\"authorisation\"" },
		{ "blank", "{\"authorisation\"", "{ \"authorisation\"" },
		{ "7 2^53", "\"journalLines\":", "\"journalLines\":9007199254740992,\"x\":" }, { "8 minus zero", "\"capacityBytes\":", "\"capacityBytes\":-0,\"x\":" },
		{ "9 lone surrogate", "county/station", "\\ud800" }, { "10 NUL", "county/station", "\\u0000" }, { "escaped letter", "county/station", "count\\u0079/station" },
		{ "not UTF-8", "county/station", "\xff" }, { "real", "\"previousSize\":41", "\"previousSize\":41.0" }, { "exponent", "\"previousSize\":41", "\"previousSize\":41e0" },
		{ "null", "\"previousSize\":41", "\"previousSize\":null" },
		{ "13 depth", "\"previousSize\":41", "\"previousSize\":[[[[[[[[[[[[[[[[[[41]]]]]]]]]]]]]]]]]]" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		struct bundle b = { 0 };

		make(&b, perfect());
		replace_text(&b, rows[i].from, rows[i].to);
		expect_invalid(rows[i].name, &b, "canonical");
		clear(&b);
	}
}

static void ends_of_the_file(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	make(&b, perfect());
	cw_buf_str(&b.json, "\n");
	sign(&b);
	expect_invalid("5 trailing newline", &b, "canonical");
	while (b.json.len <= CW_JSON_MAX_BYTES)
		cw_buf_str(&b.json, "                                                                ");
	expect_invalid("14 too large", &b, "size");
	clear(&b);
	make(&b, perfect());
	b.journal.len--;
	expect_invalid("journal cut", &b, "journal");
	cw_buf_str(&b.journal, "\n\n");
	expect_invalid("journal longer", &b, "journal");
	clear(&b);
}

/* ---- claims that do not follow ---- */

static void set(json_t *object, const char *key, json_t *value)
{
	assert_int_equal(json_object_set_new(object, key, value), 0);
}

static void v3_extra_key(json_t *p) { set(p, "note", json_string("x")); }
static void v11_other_serial(json_t *p) { set(json_object_get(p, "medium"), "serial", json_string("AC9999999999XY")); }
static void v17_purge(json_t *p) { set(json_object_get(p, "sanitization"), "levelClaimed", json_string("purge")); }
static void v20_approval(json_t *p) { set(p, "type", json_string("destruction-approval")); }
static void as_certificate(json_t *p) { set(p, "type", json_string(CW_TYPE_CERTIFICATE)); }
static void as_report(json_t *p) { set(p, "type", json_string(CW_TYPE_REPORT)); }
static void success(json_t *p) { set(p, "outcome", json_string("success")); }
static void other_capacity(json_t *p) { set(json_object_get(p, "medium"), "capacityBytes", json_integer(1)); }
static void no_laboratory(json_t *p) { set(p, "laboratory", json_false()); }
static void no_signatory(json_t *p) { set(p, "signatories", json_array()); }
static void two_signatories(json_t *p)
{
	json_t *list = json_object_get(p, "signatories");

	json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
}
static void v16_exceptions(json_t *p)
{
	json_array_append_new(json_object_get(p, "exceptions"), json_pack("{s:i, s:i, s:s}", "offsetBytes", 0, "lengthBytes", 512, "reason", "mismatch"));
}
static void fewer_caveats(json_t *p) { json_array_clear(json_object_get(p, "caveats")); }
static void other_end(json_t *p) { set(p, "endedAt", json_string("2026-11-23T23:00:00Z")); }

static const struct { const char *name; void (*edit)(json_t *payload); bool report; } claims[] = {
	{ "3 extra key", v3_extra_key, false }, { "11 other serial", v11_other_serial, false }, { "16 success with exceptions", v16_exceptions, false },
	{ "17 purge by overwriting", v17_purge, false }, { "19 other capacity", other_capacity, false }, { "20 approval as certificate", v20_approval, false },
	{ "report as certificate", as_certificate, true }, { "certificate as report", as_report, false }, { "failure as success", success, true },
	{ "no signatory", no_signatory, false }, { "two signatories", two_signatories, false }, { "caveats left out", fewer_caveats, false }, { "other end", other_end, false },
};

static void claims_must_follow_from_the_journal(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(claims); i++) {
		struct bundle b = { 0 };

		begin(&b, claims[i].report ? stopped() : perfect());
		claims[i].edit(b.payload);
		finish(&b);
		if (verify(&b) != CW_EXIT_INVALID)
			fail_msg("%s: exit %d, %s", claims[i].name, result.exit_code, result.reason);
		clear(&b);
	}
}

static void a_virtual_medium_is_not_made_real(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	begin(&b, fixture_perfect(&(struct fixture_wish){ .class_ = CW_CLASS_VIRTUAL, .bus = CW_BUS_LOOP, .virtual_ = true }));
	no_laboratory(b.payload);
	finish(&b);
	assert_int_equal(verify(&b), CW_EXIT_INVALID);
	clear(&b);
}

static void another_matrix_cannot_be_recomputed(void **state)
{
	struct bundle b = { 0 };

	(void)state;
	begin(&b, perfect());
	set(b.payload, "matrixSha256", json_string(FIXTURE_SHA));
	finish(&b);
	verify(&b);
	expect("other matrix", CW_EXIT_INCONCLUSIVE, CW_FINDING_CANNOT_TELL, "claim");
	clear(&b);
}

static void the_journal_of_another_job(void **state)
{
	struct bundle b = { 0 }, other = { 0 };

	(void)state;
	make(&b, stopped());
	make(&other, perfect());
	cw_buf_clear(&b.journal);
	cw_buf_add(&b.journal, other.journal.data, other.journal.len);
	expect_invalid("other journal", &b, "journal");
	clear(&b);
	clear(&other);
}

/* A journal that is no truthful one, although its digest is in the signed document. */
static void a_journal_that_is_none(void **state)
{
	struct bundle b = { 0 };
	char sha256[CW_SHA256_HEX];

	(void)state;
	begin(&b, perfect());
	cw_buf_clear(&b.journal);
	cw_buf_str(&b.journal, "{}\n");
	cw_sha256_hex(b.journal.data, b.journal.len, sha256);
	set(b.payload, "journalSha256", json_string(sha256));
	finish(&b);
	expect_invalid("no journal", &b, "journal");
	clear(&b);
}

/* ---- who, where, when ---- */

static void frame_case(const char *name, void (*edit)(struct cw_payload_frame *f), const char *check)
{
	struct bundle b = { .frame = FRAME };

	edit(&b.frame);
	make(&b, perfect());
	expect_invalid(name, &b, check);
	clear(&b);
}

static void f_signer(struct cw_payload_frame *f) { cw_strlcpy(f->signer_cert_sha256, FIXTURE_SHA, CW_SHA256_HEX); }
static void f_origin(struct cw_payload_frame *f) { cw_strlcpy(f->register_origin, "county/other", sizeof(f->register_origin)); }
static void f_size(struct cw_payload_frame *f) { f->previous_size = 40; }
static void f_root(struct cw_payload_frame *f) { f->previous_root[0] = '2'; }
static void f_empty(struct cw_payload_frame *f) { f->previous_size = 0; }
static void f_early(struct cw_payload_frame *f) { cw_strlcpy(f->issued_at, "2026-11-23T00:00:00Z", sizeof(f->issued_at)); }

static void frames(void **state)
{
	(void)state;
	frame_case("43 other signer", f_signer, "signatories");
	frame_case("69 other register", f_origin, "register");
	frame_case("66 register before the start", f_size, "register");
	frame_case("73 same size, other root", f_root, "register");
	frame_case("empty register", f_empty, "register");
	frame_case("issued before the end", f_early, "times");
}

static void a_later_register_is_fine(void **state)
{
	struct bundle b = { .frame = FRAME };

	(void)state;
	b.frame.previous_size = 45;
	b.frame.previous_root[0] = 'a';
	make(&b, perfect());
	assert_int_equal(verify(&b), 0);
	clear(&b);
}

static void signing_times(void **state)
{
	static const struct { int64_t delay_s; int exit_code; } rows[] = { { -3600, 10 }, { -60, 0 }, { 3600, 0 }, { 86400 * 2, 10 }, { 86400ll * 3000, 10 } };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		struct bundle b = { .signing_delay_s = rows[i].delay_s };

		make(&b, perfect());
		if (verify(&b) != rows[i].exit_code)
			fail_msg("signed after %lld s: exit %d, %s", (long long)rows[i].delay_s, result.exit_code, result.reason);
		clear(&b);
	}
}

static int setup(void **state)
{
	(void)state;
	forge_pki_make(&pki);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	forge_pki_clear(&pki);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_of_success_is_valid), cmocka_unit_test(a_report_is_genuine_and_proves_nothing), cmocka_unit_test(the_laboratory_must_be_asked_for),
		cmocka_unit_test(without_a_root_nobody_can_tell), cmocka_unit_test(another_root_does_not_do), cmocka_unit_test(missing_files), cmocka_unit_test(every_flip_is_invalid),
		cmocka_unit_test(only_canonical_json), cmocka_unit_test(ends_of_the_file), cmocka_unit_test(claims_must_follow_from_the_journal),
		cmocka_unit_test(a_virtual_medium_is_not_made_real), cmocka_unit_test(another_matrix_cannot_be_recomputed), cmocka_unit_test(the_journal_of_another_job),
		cmocka_unit_test(a_journal_that_is_none), cmocka_unit_test(frames), cmocka_unit_test(a_later_register_is_fine), cmocka_unit_test(signing_times),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
