/* SPDX-License-Identifier: Apache-2.0 */
/* The signed summary of the QR: what it says, and that nobody else's or changed one passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fixture_journal.h"
#include "sim/paper_fixture.h"

static struct paper_fixture f;

static int make(void **state)
{
	(void)state;
	paper_make(&f, paper_rich_lines(false));
	return 0;
}

static int clear(void **state)
{
	(void)state;
	paper_clear(&f);
	return 0;
}

static int check(const char *note, size_t len)
{
	struct cw_error err = { 0 };

	return cw_summary_check(f.payload, &f.paper.files, note, len, &err);
}

static void it_says_the_document_in_nine_lines(void **state)
{
	char expected[512], sha256[CW_SHA256_HEX];
	(void)state;

	cw_sha256_hex(f.json.data, f.json.len, sha256);
	int n = snprintf(expected, sizeof expected,
			 "certwipe1\n2026-000017\n%s\nStick 8\nAC0123456789XY\ncertificate sanitised clear overwrite\nfull pass 8388608 0\n%s\n苗栗縣政府/station-07 42\n\n"
			 "— 苗栗縣政府/station-07 ",
			 cw_json_str(f.payload, "issuedAt", ""), sha256);

	assert_true(f.note.len > (size_t)n);
	assert_memory_equal(f.note.data, expected, (size_t)n);
	assert_int_equal(check(f.note.data, f.note.len), 0);
}

static void no_byte_of_it_can_be_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < f.note.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			f.note.data[i] ^= (char)(1 << bit);
			if (!check(f.note.data, f.note.len))
				fail_msg("bit %d of byte %zu changed, and it passes", bit, i);
			f.note.data[i] ^= (char)(1 << bit);
		}
	for (size_t len = 0; len < f.note.len; len++)
		assert_int_not_equal(check(f.note.data, len), 0);
	cw_buf_str(&f.note, "\n");
	assert_int_not_equal(check(f.note.data, f.note.len), 0);
	f.note.len--;
}

static void that_of_another_document_does_not_pass(void **state)
{
	struct paper_fixture other;
	(void)state;

	paper_make(&other, paper_stopped_lines());
	assert_int_equal(check(other.note.data, other.note.len), CW_E_INVALID);
	paper_clear(&other);
}

static void a_report_and_a_laboratory_say_what_they_are(void **state)
{
	struct paper_fixture other;
	(void)state;

	paper_make(&other, paper_stopped_lines());
	assert_non_null(strstr(other.note.data, "\nreport inconclusive none overwrite\n"));
	paper_clear(&other);
	paper_make(&other, paper_rich_lines(true));
	assert_non_null(strstr(other.note.data, " clear overwrite laboratory\n"));
	paper_clear(&other);
}

/* The code on paper has room for so much; the hash stands for the rest. */
static void long_texts_are_cut_and_say_so(void **state)
{
	CW_AUTO_JSON json_t *document = json_deep_copy(f.payload);
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err = { 0 };
	char serial[600];
	(void)state;

	memset(serial, 'S', sizeof serial - 1);
	serial[sizeof serial - 1] = 0;
	json_object_set_new(json_object_get(document, "medium"), "serial", json_string(serial));
	json_object_set_new(json_object_get(document, "medium"), "model", json_string(serial));
	assert_int_equal(cw_summary_text(document, f.json.data, f.json.len, NULL, &text, &err), 0);
	assert_true(text.len < 400);
	assert_non_null(strstr(text.data, "S..\n"));
	assert_string_equal(text.data + text.len - 3, " -\n");
}

static void a_name_with_blanks_becomes_the_name_of_a_key(void **state)
{
	static const char text[] = "certwipe1\nExample County/Room 204+1 7\n";
	CW_AUTO_BUF struct cw_buf note = { 0 };
	struct cw_error err = { 0 };
	(void)state;

	assert_int_equal(cw_summary_sign(f.signer, text, strlen(text), &note, &err), 0);
	assert_non_null(strstr(note.data, "\n\n— Example_County/Room_204_1 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_the_document_in_nine_lines),
		cmocka_unit_test(no_byte_of_it_can_be_changed),
		cmocka_unit_test(that_of_another_document_does_not_pass),
		cmocka_unit_test(a_report_and_a_laboratory_say_what_they_are),
		cmocka_unit_test(long_texts_are_cut_and_say_so),
		cmocka_unit_test(a_name_with_blanks_becomes_the_name_of_a_key),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
