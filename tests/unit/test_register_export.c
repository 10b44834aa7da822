/* SPDX-License-Identifier: Apache-2.0 */
/* What an auditor is given of a register, and that nothing in it is believed which does not follow from the pinned root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/cms_forge.h"
#include "sim/fixture_register.h"

#define ISSUED "2026-11-25T00:00:00Z"

static struct forge_pki pki;
static struct cw_export x;

/* ---- making one ---- */

static void put(int dir, const char *name, const char *data, size_t len)
{
	struct cw_error err = { 0 };

	good(cw_file_write(dir, name, data, len, 0600, true, &err), &err);
}

static void sign_manifest(int dir, const struct cw_buf *manifest)
{
	struct forge f = { .content = manifest->data, .content_len = manifest->len, .cert = pki.cert, .key = pki.key, .certs = { pki.cert, pki.root }, .n_certs = 2 };
	CW_AUTO_BUF struct cw_buf p7s = { 0 };

	assert_true(cw_time_parse(ISSUED, &f.signing_time));
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	put(dir, CW_EXPORT_MANIFEST, manifest->data, manifest->len);
	put(dir, CW_EXPORT_SIGNATURE, p7s.data, p7s.len);
}

/* Manifest and checkpoint over this state, signed by the station. */
static void put_head(struct state *s, int dir, const struct cw_checkpoint *c)
{
	struct cw_payload_frame frame = { .issued_at = ISSUED, .organisation = "Test County", .station = "station 1" };
	CW_AUTO_BUF struct cw_buf manifest = { 0 }, note = { 0 };
	struct cw_error err = { 0 };
	uint8_t hash[CW_SHA256_BYTES];

	assert_int_equal(X509_digest(pki.cert, EVP_sha256(), hash, NULL), 1);
	cw_hex(frame.signer_cert_sha256, hash, sizeof(hash));
	cw_strlcpy(frame.note_key, cw_note_key_hex(s->key), sizeof(frame.note_key));
	good(cw_export_manifest(&frame, c, &manifest, &err), &err);
	good(cw_checkpoint_sign(s->key, c, &note, &err), &err);
	sign_manifest(dir, &manifest);
	put(dir, CW_EXPORT_CHECKPOINT, note.data, note.len);
}

static int export_to(struct state *s)
{
	CW_AUTO_BUF struct cw_buf leaves = { 0 }, subjects = { 0 };
	CW_AUTO_JSON json_t *page = NULL;
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	const json_t *line;
	char name[64];
	size_t i;
	int dir;

	mkdirat(s->dirfd, "export", 0700);
	mkdirat(s->dirfd, "export/proofs", 0700);
	dir = openat(s->dirfd, "export", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good(cw_register_checkpoint(s->r, &c, &err), &err);
	good(cw_register_page(s->r, s->key, 0, c.size, &page, &err), &err);
	json_array_foreach(page, i, line) {
		cw_buf_printf(&leaves, "%s\n", cw_json_str(line, "leaf", ""));
		cw_buf_printf(&subjects, "%s\n", cw_json_str(line, "subject", ""));
		snprintf(name, sizeof(name), CW_EXPORT_PROOFS "/%s.tlog-proof", cw_json_str(line, "documentId", ""));
		if (json_object_get(line, "proof"))
			put(dir, name, cw_json_str(line, "proof", ""), strlen(cw_json_str(line, "proof", "")));
	}
	put(dir, CW_EXPORT_LEAVES, leaves.data ? leaves.data : "", leaves.len);
	put(dir, CW_EXPORT_SUBJECTS, subjects.data ? subjects.data : "", subjects.len);
	put_head(s, dir, &c);
	return dir;
}

static uint32_t read_again(int dir)
{
	cw_export_clear(&x);
	cw_export_read(dir, pki.root_pem.data, pki.root_pem.len, &x);
	return x.result.finding;
}

static void expect(const char *name, int dir, uint32_t finding)
{
	if (read_again(dir) != finding)
		fail_msg("%s: %s: %s", name, cw_finding_name(x.result.finding), x.result.reason);
	if (finding == CW_FINDING_INVALID && x.log)
		fail_msg("%s: believed all the same", name);
}

static int setup(void **state)
{
	register_setup(state);
	register_key(*state);
	fill(*state);
	return 0;
}

static int teardown(void **state)
{
	cw_export_clear(&x);
	return register_teardown(state);
}

/* ---- good ones ---- */

static void an_export_is_the_register(void **state)
{
	struct state *s = *state;
	CW_AUTO_FD int dir = export_to(s);
	CW_AUTO_JSON json_t *own = NULL, *exported = NULL;
	struct cw_error err = { 0 };

	expect("whole", dir, CW_FINDING_VALID);
	assert_int_equal(x.result.exit_code, CW_EXIT_DONE);
	assert_string_equal(x.result.type, CW_TYPE_EXPORT);
	assert_int_equal(x.checkpoint.size, 5);
	good(cw_register_list(s->r, NULL, &own, &err), &err);
	good(cw_register_list(x.log, NULL, &exported, &err), &err);
	assert_true(json_equal(own, exported));
}

static void an_empty_register_can_be_exported(void **state)
{
	struct state *s = *state;
	CW_AUTO_FD int dir = -1;

	register_key(s);
	dir = export_to(s);
	expect("empty", dir, CW_FINDING_VALID);
	cw_export_clear(&x);
}

static void pages_follow_one_another(void **state)
{
	struct state *s = *state;
	CW_AUTO_JSON json_t *first = NULL, *rest = NULL;
	struct cw_error err = { 0 };
	char job[32];

	for (unsigned i = 0; i < CW_EXPORT_PAGE; i++) {
		snprintf(job, sizeof(job), "more-%u", i);
		append(s, started(job));
	}
	good(cw_register_page(s->r, s->key, 0, CW_EXPORT_PAGE + 5, &first, &err), &err);
	good(cw_register_page(s->r, s->key, CW_EXPORT_PAGE, CW_EXPORT_PAGE + 5, &rest, &err), &err);
	assert_int_equal(json_array_size(first), CW_EXPORT_PAGE);
	assert_int_equal(json_array_size(rest), 5);
	assert_non_null(strstr(cw_json_str(json_array_get(rest, 0), "leaf", ""), "\"index\":500,"));
}

static void without_subjects_it_names_no_media(void **state)
{
	struct state *s = *state;
	CW_AUTO_FD int dir = export_to(s);
	CW_AUTO_JSON json_t *rows = NULL;
	struct cw_error err = { 0 };

	assert_int_equal(unlinkat(dir, CW_EXPORT_SUBJECTS, 0), 0);
	expect("no subjects", dir, CW_FINDING_VALID);
	assert_false(x.has_subjects);
	good(cw_register_list(x.log, "SN-0001", &rows, &err), &err);
	assert_int_equal(json_array_size(rows), 0);
}

static void without_a_root_nobody_can_tell(void **state)
{
	CW_AUTO_FD int dir = export_to(*state);

	cw_export_clear(&x);
	cw_export_read(dir, "", 0, &x);
	assert_int_equal(x.result.finding, CW_FINDING_CANNOT_TELL);
	assert_int_equal(x.result.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_non_null(x.log); /* it can still be compared with a checkpoint on paper */
}

/* ---- bad ones ---- */

static void change(int dir, const char *name, const char *from, const char *to)
{
	CW_AUTO_BUF struct cw_buf text = { 0 }, out = { 0 };
	struct cw_error err = { 0 };
	const char *at;

	good(cw_file_read(dir, name, 1 << 20, &text, &err), &err);
	at = strstr(text.data, from);
	assert_non_null(at);
	cw_buf_add(&out, text.data, (size_t)(at - text.data));
	cw_buf_str(&out, to);
	cw_buf_str(&out, at + strlen(from));
	put(dir, name, out.data, out.len);
}

static void any_change_is_seen(void **state)
{
	static const struct { const char *file, *from, *to; } changes[] = {
		{ CW_EXPORT_LEAVES, "not-sanitised", "sanitised" }, { CW_EXPORT_LEAVES, "\"index\":1,", "\"index\":2," }, { CW_EXPORT_LEAVES, "\"v\":1}\n{", "\"v\":1}\n\n{" },
		{ CW_EXPORT_LEAVES, "{\"at\"", " {\"at\"" }, { CW_EXPORT_LEAVES, "\"v\":1}", "\"v\":1,\"v\":1}" }, { CW_EXPORT_LEAVES, "\"v\":1}\n{", "\"v\":1}\r\n{" },
		{ CW_EXPORT_SUBJECTS, "SN-0001", "SN-0002" }, { CW_EXPORT_SUBJECTS, "\"closesCase\":true", "\"closesCase\":false" }, { CW_EXPORT_SUBJECTS, "}\n{", "}{" },
		{ CW_EXPORT_CHECKPOINT, "\n5\n", "\n4\n" }, { CW_EXPORT_CHECKPOINT, "Test%20", "Best%20" }, { CW_EXPORT_CHECKPOINT, "\u2014 Test", "\u2014 Best" },
		{ CW_EXPORT_MANIFEST, "\"size\":5", "\"size\":4" }, { CW_EXPORT_MANIFEST, "Test County", "Rest County" }, { CW_EXPORT_MANIFEST, "{\"issuedAt\"", "{ \"issuedAt\"" },
		{ CW_EXPORT_PROOFS "/2026-000002.tlog-proof", "index 3", "index 2" }, { CW_EXPORT_PROOFS "/2026-000001.tlog-proof", "\u2014 Test", "\u2014 Best" },
	};
	static const char *const needed[] = { CW_EXPORT_LEAVES, CW_EXPORT_CHECKPOINT, CW_EXPORT_MANIFEST, CW_EXPORT_SIGNATURE };
	struct state *s = *state;

	for (size_t i = 0; i < CW_ARRAY_LEN(changes); i++) {
		CW_AUTO_FD int dir = export_to(s);

		change(dir, changes[i].file, changes[i].from, changes[i].to);
		if (read_again(dir) == CW_FINDING_VALID)
			fail_msg("not seen: %s: %s", changes[i].file, changes[i].to);
		assert_null(x.log);
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(needed); i++) {
		CW_AUTO_FD int dir = export_to(s);

		assert_int_equal(unlinkat(dir, needed[i], 0), 0);
		expect(needed[i], dir, CW_FINDING_INVALID);
	}
}

static void lines_at_the_end_are_seen(void **state)
{
	static const char *const ends[] = { "{}\n", "\n", "x", "{\"v\":2}\n" };
	struct state *s = *state;

	for (size_t i = 0; i < 2 * CW_ARRAY_LEN(ends); i++) {
		const char *name = i % 2 ? CW_EXPORT_LEAVES : CW_EXPORT_SUBJECTS;
		CW_AUTO_FD int dir = export_to(s);
		CW_AUTO_BUF struct cw_buf text = { 0 };
		struct cw_error err = { 0 };

		good(cw_file_read(dir, name, 1 << 20, &text, &err), &err);
		cw_buf_str(&text, ends[i / 2]);
		put(dir, name, text.data, text.len);
		if (read_again(dir) == CW_FINDING_VALID)
			fail_msg("%s with \"%s\" at its end", name, ends[i / 2]);
	}
}

/* The station's own old export with a newer head, and the other way round. */
static void parts_of_two_exports_do_not_mix(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint old, now;
	struct cw_error err = { 0 };
	CW_AUTO_FD int dir = export_to(s);

	good(cw_register_checkpoint(s->r, &old, &err), &err);
	append(s, started("later"));
	good(cw_register_checkpoint(s->r, &now, &err), &err);
	put_head(s, dir, &now);
	expect("an entry was left out", dir, CW_FINDING_INVALID);
	close(dir);
	dir = export_to(s);
	put_head(s, dir, &old);
	expect("older than its entries", dir, CW_FINDING_INVALID);
}

static void somebody_elses_signature_is_none(void **state)
{
	struct state *s = *state;
	struct forge_pki own = pki;
	CW_AUTO_FD int dir = -1;
	uint32_t finding;

	forge_pki_make(&pki); /* another organisation of the same name */
	dir = export_to(s);
	cw_export_clear(&x);
	cw_export_read(dir, own.root_pem.data, own.root_pem.len, &x);
	finding = x.result.finding;
	forge_pki_clear(&pki);
	pki = own;
	assert_int_equal(finding, CW_FINDING_INVALID);
}

/* A manifest signed as such is no certificate, and a document is no manifest (20). */
static void a_document_is_no_manifest(void **state)
{
	CW_AUTO_FD int dir = export_to(*state);
	CW_AUTO_BUF struct cw_buf manifest = { 0 }, other = { 0 };
	CW_AUTO_JSON json_t *j = NULL;
	struct cw_error err = { 0 };

	good(cw_file_read(dir, CW_EXPORT_MANIFEST, 1 << 16, &manifest, &err), &err);
	good(cw_json_parse_canonical(manifest.data, manifest.len, &j, &err), &err);
	json_object_set_new(j, "type", json_string(CW_TYPE_CERTIFICATE));
	good(cw_json_canonical(j, &other, &err), &err);
	sign_manifest(dir, &other);
	expect("type", dir, CW_FINDING_INVALID);
}

/* ---- a document that somebody holds ---- */

static void compare(struct state *s, const char *document, const struct cw_order *o, int expected)
{
	struct cw_error err = { 0 };
	int rc = cw_register_compare(s->r, document, o, &err);

	if (rc != expected)
		fail_msg("%s: %d, expected %d: %s", document, rc, expected, err.message);
}

static void a_document_is_compared_with_the_register(void **state)
{
	struct state *s = *state;
	struct cw_order o = { .origin = ORIGIN, .previous_size = 1, .json_sha256 = H1, .p7s_sha256 = H2 }, wrong;
	struct cw_error err = { 0 };

	good(cw_register_root(s->r, 1, o.previous_root, &err), &err);
	compare(s, "2026-000001", &o, 0);
	wrong = o;
	cw_strlcpy(wrong.p7s_sha256, H1, sizeof(wrong.p7s_sha256));
	compare(s, "2026-000001", &wrong, CW_E_INVALID); /* 76 */
	wrong = o;
	cw_strlcpy(wrong.previous_root, H1, sizeof(wrong.previous_root));
	compare(s, "2026-000001", &wrong, CW_E_INVALID); /* 77 */
	compare(s, "2026-000009", &o, CW_E_INVALID); /* issued, and never entered, or taken out */
	wrong = o;
	wrong.proven = true;
	wrong.index = 1;
	wrong.size = 4;
	cw_strlcpy(wrong.root, H1, sizeof(wrong.root));
	compare(s, "2026-000001", &wrong, CW_E_INVALID); /* 73 */
	good(cw_register_root(s->r, 4, wrong.root, &err), &err);
	compare(s, "2026-000001", &wrong, 0);
	wrong = o;
	wrong.previous_size = 5; /* issued after this export */
	good(cw_register_root(s->r, 5, wrong.previous_root, &err), &err);
	compare(s, "2026-000009", &wrong, 0);
	wrong.previous_size = 50;
	compare(s, "2026-000009", &wrong, 0);
	wrong = o;
	cw_strlcpy(wrong.origin, "Other/station", sizeof(wrong.origin));
	compare(s, "2026-000009", &wrong, 0);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_export_is_the_register), cmocka_unit_test_setup_teardown(an_empty_register_can_be_exported, register_setup, register_teardown), TEST(pages_follow_one_another),
		TEST(without_subjects_it_names_no_media), TEST(without_a_root_nobody_can_tell), TEST(any_change_is_seen), TEST(lines_at_the_end_are_seen),
		TEST(parts_of_two_exports_do_not_mix), TEST(somebody_elses_signature_is_none), TEST(a_document_is_no_manifest), TEST(a_document_is_compared_with_the_register),
	};

	return cmocka_run_group_tests(tests, make_pki, clear_pki);
}
