/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PDFs of documents: sealed ones hold, and nothing holds that differs in any byte or says anything else than its evidence, whoever signed it.  Numbers are those of the
 * list of negative vectors (certificate.md 9.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/render/pdf.h"
#include "sim/fixture_journal.h"
#include "sim/paper_fixture.h"

static struct paper_fixture good, other;
static struct cw_buf sealed;
static struct cw_verify_result result;

static int make_documents(void **state)
{
	(void)state;
	paper_make(&good, paper_rich_lines(false));
	paper_make(&other, fixture_perfect(&(struct fixture_wish){ .sample = true, .class_ = CW_CLASS_FLOPPY }));
	paper_seal(&good, &sealed);
	return 0;
}

static int clear_documents(void **state)
{
	(void)state;
	paper_clear(&good);
	paper_clear(&other);
	cw_buf_clear(&sealed);
	return 0;
}

static int verify(const struct cw_buf *pdf)
{
	cw_pdf_verify(pdf->data, pdf->len, good.root.data, good.root.len, false, paper_typesetter, &result);
	return result.exit_code;
}

static struct cw_buf copy_of(const struct cw_buf *b)
{
	struct cw_buf copy = { 0 };

	cw_buf_add(&copy, b->data, b->len);
	return copy;
}

/* INVALID, and the reason has these words in it. */
static void assert_invalid(struct cw_buf *pdf_take, const char *words)
{
	int exit_code = verify(pdf_take);

	if (exit_code != CW_EXIT_INVALID || result.finding != CW_FINDING_INVALID || !strstr(result.reason, words))
		fail_msg("finding %s, exit %d: %s", cw_finding_name(result.finding), exit_code, result.reason);
	cw_buf_clear(pdf_take);
}

static void replace(struct cw_buf *pdf, const char *text, const char *by)
{
	char *at = memmem(pdf->data, pdf->len, text, strlen(text));

	assert_int_equal(strlen(text), strlen(by));
	assert_non_null(at);
	memcpy(at, by, strlen(by));
}

/* ---- what holds ---- */

static void a_sealed_certificate_is_valid(void **state)
{
	(void)state;
	assert_int_equal(verify(&sealed), CW_EXIT_DONE);
	assert_int_equal(result.finding, CW_FINDING_VALID);
	assert_string_equal(result.document_id, "2026-000017");
	assert_int_equal(result.n_remarks, 0);
	for (uint32_t i = 0; i < result.n_checks; i++)
		assert_true(result.checks[i].passed);
	assert_string_equal(result.checks[result.n_checks - 1].name, "pdf-seal");
}

static void a_certificate_takes_at_most_80_kb(void **state)
{
	(void)state;
	assert_in_range(sealed.len, 20000, 80 * 1024);
}

static void two_renderings_have_the_same_signed_ranges(void **state)
{
	CW_AUTO_BUF struct cw_buf again = { 0 };
	(void)state;
	char *gap = memmem(sealed.data, sealed.len, "/Contents<", 10);

	paper_seal(&good, &again);
	assert_int_equal(again.len, sealed.len);
	assert_non_null(gap);
	size_t from = (size_t)(gap - sealed.data), upto = (size_t)((char *)memchr(gap, '>', sealed.len - from) - sealed.data);

	assert_memory_equal(again.data, sealed.data, from);
	assert_memory_equal(again.data + upto, sealed.data + upto, sealed.len - upto);
	assert_memory_not_equal(again.data + from, sealed.data + from, upto - from);
}

static void without_a_root_nobody_can_tell(void **state)
{
	(void)state;
	cw_pdf_verify(sealed.data, sealed.len, NULL, 0, false, paper_typesetter, &result);
	assert_int_equal(result.finding, CW_FINDING_CANNOT_TELL);
	assert_int_equal(result.exit_code, CW_EXIT_INCONCLUSIVE);
}

static void without_the_font_it_is_genuine_with_a_remark(void **state)
{
	(void)state;
	cw_pdf_verify(sealed.data, sealed.len, good.root.data, good.root.len, false, NULL, &result);
	assert_int_equal(result.finding, CW_FINDING_REMARKS);
	assert_non_null(strstr(result.reason, "letters"));
}

/* Another version of the font: nobody can say whether it is the letters that are others. */
static int other_version(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err)
{
	int rc = paper_typesetter(request, len, out, err);

	if (!rc)
		strcpy((*out)->origin, "00112233445566778899aabbccddeeff HarfBuzz 99.0");
	return rc;
}

static void another_version_of_the_font_is_a_remark(void **state)
{
	(void)state;
	cw_pdf_verify(sealed.data, sealed.len, good.root.data, good.root.len, false, other_version, &result);
	assert_int_equal(result.finding, CW_FINDING_REMARKS);
}

static void an_unsealed_copy_says_so(void **state)
{
	CW_AUTO_BUF struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };
	struct cw_paper copy = good.paper;
	(void)state;

	copy.sealed_at = NULL;
	copy.face = NULL;
	assert_true(paper_face(&copy, cw_renderer_get("pdf"), &err));
	assert_int_equal(cw_renderer_get("pdf")->print(&copy, &pdf, &err), 0);
	assert_int_equal(verify(&pdf), CW_EXIT_INCONCLUSIVE);
	assert_int_equal(result.finding, CW_FINDING_REMARKS);
	assert_non_null(strstr(result.reason, "unsealed copy"));
	cw_typeface_free(copy.face);
}

static void reports_and_laboratory_documents_stay_what_they_are(void **state)
{
	struct paper_fixture f;
	CW_AUTO_BUF struct cw_buf report = { 0 }, laboratory = { 0 };
	(void)state;

	paper_make(&f, paper_stopped_lines());
	paper_seal(&f, &report);
	assert_int_equal(verify(&report), CW_EXIT_INCONCLUSIVE);
	assert_int_equal(result.finding, CW_FINDING_REMARKS);
	paper_clear(&f);

	paper_make(&f, paper_rich_lines(true));
	paper_seal(&f, &laboratory);
	assert_int_equal(verify(&laboratory), CW_EXIT_INCONCLUSIVE);
	cw_pdf_verify(laboratory.data, laboratory.len, f.root.data, f.root.len, true, paper_typesetter, &result);
	assert_int_equal(result.exit_code, CW_EXIT_DONE);
	paper_clear(&f);
}

static void the_attached_files_come_out_as_they_were(void **state)
{
	struct cw_pdf_parts parts;
	struct cw_error err = { 0 };
	(void)state;

	assert_int_equal(cw_pdf_take_apart(sealed.data, sealed.len, &parts, &err), 0);
	assert_int_equal(parts.json.len, good.json.len);
	assert_memory_equal(parts.json.data, good.json.data, good.json.len);
	assert_memory_equal(parts.p7s.data, good.p7s.data, good.p7s.len);
	assert_memory_equal(parts.journal.data, good.journal.data, good.journal.len);
	assert_memory_equal(parts.note.data, good.note.data, good.note.len);
	assert_memory_equal(parts.root.data, good.root.data, good.root.len);
	cw_pdf_parts_clear(&parts);
}

/* ---- changed files ---- */

static void no_byte_can_be_changed(void **state)
{
	CW_AUTO_BUF struct cw_buf pdf = copy_of(&sealed);
	(void)state;

	for (size_t at = 0; at < pdf.len; at += at < 64 || at + 600 > pdf.len ? 1 : 419) {
		pdf.data[at] ^= 1;
		if (verify(&pdf) != CW_EXIT_INVALID)
			fail_msg("byte %zu changed: %s", at, cw_finding_name(result.finding));
		pdf.data[at] ^= 1;
	}
	assert_int_equal(verify(&pdf), CW_EXIT_DONE);
}

static void no_part_can_be_cut_off(void **state)
{
	CW_AUTO_BUF struct cw_buf pdf = copy_of(&sealed);
	(void)state;

	for (size_t len = 0; len < sealed.len; len += len < 16 || len + 16 > sealed.len ? 1 : 3989) {
		pdf.len = len;
		assert_int_equal(verify(&pdf), CW_EXIT_INVALID);
	}
	pdf.len = sealed.len;
}

static void nothing_may_stand_behind_it(void **state) /* 82 */
{
	struct cw_buf pdf = copy_of(&sealed);
	(void)state;

	cw_buf_str(&pdf, "\n");
	assert_invalid(&pdf, "Behind the end of the document stand 1 more bytes");
}

static void no_update_may_follow(void **state) /* 81: a shadow of the page */
{
	struct cw_buf pdf = copy_of(&sealed);
	(void)state;

	cw_buf_str(&pdf, "200 0 obj\n<</Type/Page>>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 201/Prev 1>>\nstartxref\n9\n%%EOF\n");
	assert_invalid(&pdf, "Behind the end of the document stand");
}

static void the_range_must_cover_all_but_the_signature(void **state) /* 84 */
{
	struct cw_buf begin = copy_of(&sealed), shorter = copy_of(&sealed);
	(void)state;
	char *range = memmem(shorter.data, shorter.len, "/ByteRange[", 11);

	replace(&begin, "/ByteRange[0 ", "/ByteRange[1 ");
	paper_seal_again(&good, &begin);
	assert_invalid(&begin, "ByteRange");
	for (char *p = range + 13 + 20; *p != ']'; p++)
		if (*p > '0' && *p <= '9') {
			--*p;
			break;
		}
	paper_seal_again(&good, &shorter);
	assert_invalid(&shorter, "ByteRange");
}

static void padding_must_be_zeros(void **state)
{
	struct cw_buf pdf = copy_of(&sealed);
	(void)state;
	char *end = memmem(pdf.data, pdf.len, "00>>>\nendobj\n", 13);

	assert_non_null(end);
	end[1] = '1';
	assert_invalid(&pdf, "zeros");
}

static void there_is_one_seal(void **state)
{
	struct cw_buf pdf = { 0 };
	(void)state;
	const char *end = memmem(sealed.data, sealed.len, "startxref\n", 10);
	const char *seal = memmem(sealed.data, sealed.len, "<</Type/Sig/", 12);
	const char *line = memchr(seal, '\n', (size_t)(end - seal));

	cw_buf_add(&pdf, sealed.data, (size_t)(end - sealed.data));
	cw_buf_printf(&pdf, "200 0 obj\n%.*s\nendobj\n%s", (int)(line - seal), seal, end);
	assert_invalid(&pdf, "2 seals");
}

static void nothing_may_be_added_within(void **state) /* 85, 90, 91: a layer, a script, a second key */
{
	static const char *const extras[] = { "<</S/JavaScript/JS(app.alert\\(1\\))>>", "<</Type/OCG/Name(hidden)>>", "<</S/URI/URI(https://example.org)>>" };
	const char *end = memmem(sealed.data, sealed.len, "startxref\n", 10);
	(void)state;

	for (size_t i = 0; i < CW_ARRAY_LEN(extras); i++) {
		struct cw_buf pdf = { 0 };

		cw_buf_add(&pdf, sealed.data, (size_t)(end - sealed.data));
		cw_buf_printf(&pdf, "200 0 obj\n%s\nendobj\n%s", extras[i], end);
		assert_invalid(&pdf, "ByteRange");
	}
	struct cw_buf twice = copy_of(&sealed);

	replace(&twice, "/SubFilter/ETSI.CAdES.detached", "/SubFilter<>/Contents<00>     ");
	paper_seal_again(&good, &twice);
	assert_invalid(&twice, "");
}

/* ---- files that a genuine station made and sealed ---- */

static void the_page_must_be_that_of_the_evidence(void **state) /* 87 */
{
	struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };
	struct cw_paper mixed = good.paper;
	(void)state;

	mixed.files = other.paper.files;
	mixed.note = other.paper.note;
	mixed.note_len = other.paper.note_len;
	mixed.face = NULL;
	assert_true(paper_face(&mixed, cw_renderer_get("pdf"), &err));
	assert_int_equal(cw_pdf_seal(&mixed, good.signer, &pdf, &err), 0);
	cw_typeface_free(mixed.face);
	assert_invalid(&pdf, "The page is not");
}

static void one_word_of_the_page_cannot_differ(void **state) /* 80, with the genuine seal */
{
	struct cw_buf pdf = { 0 };
	CW_AUTO_JSON json_t *lie = json_deep_copy(good.payload);
	struct cw_error err = { 0 };
	struct cw_paper paper = good.paper;
	(void)state;

	json_object_set_new(json_object_get(lie, "medium"), "serial", json_string("AC0123456789XX"));
	paper.document = lie;
	paper.face = NULL;
	assert_true(paper_face(&paper, cw_renderer_get("pdf"), &err));
	assert_int_equal(cw_pdf_seal(&paper, good.signer, &pdf, &err), 0);
	cw_typeface_free(paper.face);
	assert_invalid(&pdf, "The page is not");
}

static void the_code_must_be_that_of_the_evidence(void **state) /* 93, 94 */
{
	struct cw_buf foreign = { 0 }, edited = { 0 };
	CW_AUTO_BUF struct cw_buf note = copy_of(&good.note);
	struct cw_error err = { 0 };
	struct cw_paper paper = good.paper;
	(void)state;

	paper.note = other.note.data;
	paper.note_len = other.note.len;
	assert_int_equal(cw_pdf_seal(&paper, good.signer, &foreign, &err), 0);
	assert_invalid(&foreign, "another document");

	note.data[note.len - 20] ^= 1;
	paper.note = note.data;
	paper.note_len = note.len;
	assert_int_equal(cw_pdf_seal(&paper, good.signer, &edited, &err), 0);
	assert_invalid(&edited, "summary");
}

static struct face_glyph *glyph(struct cw_typeface *t, const char *text)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->glyphs[i].font == FACE_MONO && !strcmp(t->glyphs[i].text, text))
			return &t->glyphs[i];
	fail_msg("no glyph for %s", text);
	return NULL;
}

/* The text layer says 1 where the eye sees 7. */
static void letters_must_show_what_they_say(void **state) /* 89 */
{
	struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };
	uint16_t one = glyph(good.paper.face, "1")->cid, seven = glyph(good.paper.face, "7")->cid;
	(void)state;

	glyph(good.paper.face, "1")->cid = seven;
	glyph(good.paper.face, "7")->cid = one;
	assert_int_equal(cw_pdf_seal(&good.paper, good.signer, &pdf, &err), 0);
	glyph(good.paper.face, "1")->cid = one;
	glyph(good.paper.face, "7")->cid = seven;
	cw_pdf_verify(pdf.data, pdf.len, good.root.data, good.root.len, false, NULL, &result);
	assert_int_not_equal(result.finding, CW_FINDING_VALID);
	assert_invalid(&pdf, "letters");
}

static void the_font_itself_must_be_the_one(void **state) /* 89 */
{
	struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };
	char *byte = good.paper.face->program.data + good.paper.face->program.len / 2;
	(void)state;

	*byte ^= 1;
	assert_int_equal(cw_pdf_seal(&good.paper, good.signer, &pdf, &err), 0);
	*byte ^= 1;
	assert_invalid(&pdf, "font");
}

static void the_seal_is_not_older_than_the_document(void **state)
{
	struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };
	struct cw_paper paper = good.paper;
	(void)state;

	paper.sealed_at = "2026-01-01T00:00:00Z";
	paper.face = NULL;
	assert_true(paper_face(&paper, cw_renderer_get("pdf"), &err));
	assert_int_equal(cw_pdf_seal(&paper, good.signer, &pdf, &err), 0);
	cw_typeface_free(paper.face);
	assert_invalid(&pdf, "before its document was issued");
}

/* One that proves nothing does not pass because it is attached. */
static void a_proof_is_checked_like_a_loose_one(void **state)
{
	struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };
	struct cw_paper paper = good.paper;
	(void)state;

	paper.files.proof = "c2sp.org/tlog-proof@v1\nindex 42\n";
	paper.files.proof_len = strlen(paper.files.proof);
	assert_int_equal(cw_pdf_seal(&paper, good.signer, &pdf, &err), 0);
	assert_int_not_equal(verify(&pdf), CW_EXIT_DONE);
	cw_buf_clear(&pdf);
}

/* ---- another hand ---- */

static struct cw_signer *stranger(const char *folder_template, int *fd)
{
	static char folder[64];
	const struct cw_key_names names = { .organisation = "苗栗縣政府", .unit = "政風處", .station = "station-07", .years = 10 };
	char fingerprint[CW_SHA256_HEX];
	struct cw_error err = { 0 };
	struct cw_signer *s = NULL;

	snprintf(folder, sizeof folder, "%s", folder_template);
	assert_non_null(mkdtemp(folder));
	*fd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(cw_keys_create(*fd, &names, "somebody else's", fingerprint, &err), 0);
	assert_int_equal(cw_signer_pem_new(*fd, &s, &err), 0);
	for (size_t i = 0; i < 4; i++)
		unlinkat(*fd, (const char *const[]){ "root.key", "root.pem", "station.key", "station.pem" }[i], 0);
	rmdir(folder);
	return s;
}

static void another_key_cannot_seal_it(void **state)
{
	struct cw_buf pdf = copy_of(&sealed);
	struct cw_error err = { 0 };
	CW_AUTO_BUF struct cw_buf none = { 0 };
	struct paper_fixture forger = good;
	int fd;
	(void)state;

	forger.signer = stranger("/tmp/certwipe-stranger-XXXXXX", &fd);
	paper_seal_again(&forger, &pdf);
	assert_invalid(&pdf, "trusted root");
	assert_int_equal(cw_pdf_seal(&good.paper, forger.signer, &none, &err), CW_E_REFUSED);
	assert_non_null(strstr(err.message, "another key"));
	cw_signer_free(forger.signer);
	close(fd);
}

static void what_was_sealed_is_no_signature_of_other_files(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	char signer[CW_SHA256_HEX];
	struct cw_error err = { 0 };
	(void)state;

	assert_int_equal(cw_pdf_cms_sign(good.signer, good.json.data, good.json.len, &p7s, &err), 0);
	assert_int_equal(cw_cms_check(good.json.data, good.json.len, (const uint8_t *)p7s.data, p7s.len, good.root.data, good.root.len, 0, signer, &err), CW_E_INVALID);
	assert_int_equal(cw_pdf_cms_check(good.json.data, good.json.len, (const uint8_t *)good.p7s.data, good.p7s.len, good.root.data, good.root.len, 0, signer, &err), CW_E_INVALID);
}

/* ---- what cannot be printed ---- */

static void a_character_without_a_glyph_is_named(void **state)
{
	struct paper_fixture f;
	CW_AUTO_JSON json_t *document = json_deep_copy(good.payload);
	struct cw_error err = { 0 };
	(void)state;

	f = good;
	f.paper.document = document;
	f.paper.face = NULL;
	json_object_set_new(json_object_get(document, "medium"), "model", json_string("Stick \xf0\x9f\x92\xbe"));
	assert_false(paper_face(&f.paper, cw_renderer_get("pdf"), &err));
	assert_int_equal(err.code, CW_E_TYPESET);
	assert_non_null(strstr(err.message, "U+1F4BE"));
}

static void a_missing_font_is_named(void **state)
{
	CW_AUTO_BUF struct cw_buf answer = { 0 };
	struct cw_typeface *face = NULL;
	struct cw_error err = { 0 };
	(void)state;

	assert_int_equal(cw_typeset("", 0, "Rtext\n", 6, &answer, &err), 0);
	assert_int_equal(cw_typeface_answer(answer.data, answer.len, &face, &err), CW_E_TYPESET);
	assert_non_null(strstr(err.message, "Noto Sans CJK TC"));
	assert_non_null(strstr(err.hint, "fonts-noto-cjk"));
}

static void long_texts_take_more_pages(void **state)
{
	CW_AUTO_JSON json_t *document = json_deep_copy(good.payload);
	CW_AUTO_BUF struct cw_buf pdf = { 0 };
	struct cw_paper paper = good.paper;
	struct cw_error err = { 0 };
	char serial[1000];
	(void)state;

	memset(serial, 'W', sizeof serial - 1);
	serial[sizeof serial - 1] = 0;
	json_object_set_new(json_object_get(document, "medium"), "serial", json_string(serial));
	for (int i = 0; i < 40; i++)
		json_array_append(json_object_get(document, "limits"), json_array_get(json_object_get(document, "limits"), 0));
	paper.document = document;
	paper.face = NULL;
	assert_true(paper_face(&paper, cw_renderer_get("pdf"), &err));
	assert_int_equal(cw_pdf_seal(&paper, good.signer, &pdf, &err), 0);
	assert_in_range(pdf.len, sealed.len - 10000, 100000);
	cw_typeface_free(paper.face);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_certificate_is_valid),
		cmocka_unit_test(a_certificate_takes_at_most_80_kb),
		cmocka_unit_test(two_renderings_have_the_same_signed_ranges),
		cmocka_unit_test(without_a_root_nobody_can_tell),
		cmocka_unit_test(without_the_font_it_is_genuine_with_a_remark),
		cmocka_unit_test(another_version_of_the_font_is_a_remark),
		cmocka_unit_test(an_unsealed_copy_says_so),
		cmocka_unit_test(reports_and_laboratory_documents_stay_what_they_are),
		cmocka_unit_test(the_attached_files_come_out_as_they_were),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(no_part_can_be_cut_off),
		cmocka_unit_test(nothing_may_stand_behind_it),
		cmocka_unit_test(no_update_may_follow),
		cmocka_unit_test(the_range_must_cover_all_but_the_signature),
		cmocka_unit_test(padding_must_be_zeros),
		cmocka_unit_test(there_is_one_seal),
		cmocka_unit_test(nothing_may_be_added_within),
		cmocka_unit_test(the_page_must_be_that_of_the_evidence),
		cmocka_unit_test(one_word_of_the_page_cannot_differ),
		cmocka_unit_test(the_code_must_be_that_of_the_evidence),
		cmocka_unit_test(letters_must_show_what_they_say),
		cmocka_unit_test(the_font_itself_must_be_the_one),
		cmocka_unit_test(the_seal_is_not_older_than_the_document),
		cmocka_unit_test(a_proof_is_checked_like_a_loose_one),
		cmocka_unit_test(another_key_cannot_seal_it),
		cmocka_unit_test(what_was_sealed_is_no_signature_of_other_files),
		cmocka_unit_test(a_character_without_a_glyph_is_named),
		cmocka_unit_test(a_missing_font_is_named),
		cmocka_unit_test(long_texts_take_more_pages),
	};

	return cmocka_run_group_tests(tests, make_documents, clear_documents);
}
