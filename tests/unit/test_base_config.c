/* SPDX-License-Identifier: Apache-2.0 */
/* INI and CSV: what a person wrote is read in exactly one way, or refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "certwipe/base.h"

#define XIAO "\xe9\x8a\xb7"
#define BOM "\xef\xbb\xbf"

static int note_key(void *user, const char *section, const char *key, const char *value, unsigned line, struct cw_error *err)
{
	if (strcmp(key, "bad") == 0)
		return cw_fail(err, CW_E_POLICY, 0, NULL, NULL, "Line %u is bad.", line);
	cw_buf_printf(user, "%u[%s]%s=%s|", line, section, key, value);
	return 0;
}

static void check_ini(const char *text, size_t len, const char *expected)
{
	CW_AUTO_BUF struct cw_buf seen = { 0 };
	struct cw_error err;

	assert_int_equal(cw_ini_parse("f", text, len, note_key, &seen, &err), 0);
	assert_string_equal(seen.data ? seen.data : "", expected);
}
#define INI(text, expected) check_ini(text, sizeof(text) - 1, expected)

static void check_bad_ini(const char *text, size_t len, const char *in_message)
{
	CW_AUTO_BUF struct cw_buf seen = { 0 };
	CW_AUTO_FREE char *unterminated = malloc(len + 1);
	struct cw_error err;

	assert_non_null(unterminated);
	memcpy(unterminated, text, len);
	unterminated[len] = 'X';
	assert_int_equal(cw_ini_parse("f", unterminated, len, note_key, &seen, &err), CW_E_SYNTAX);
	assert_non_null(strstr(err.message, in_message));
}
#define BAD_INI(text, in_message) check_bad_ini(text, sizeof(text) - 1, in_message)

static void test_ini(void **state)
{
	(void)state;
	INI("", "");
	INI("a=1", "1[]a=1|");
	INI(BOM "# note\r\n\r\na = 1\r\n[s]\r\nb = two words \r\n; note\r\n[t]\r\nb=3", "3[]a=1|5[s]b=two words|8[t]b=3|");
	INI("name = " XIAO "\n", "1[]name=" XIAO "|");
	INI("  a\t=\t1  \n", "1[]a=1|");
	INI("a =\n", "1[]a=|");
}

/* Each of these is changed or dropped by inih as it comes. */
static void test_ini_values_are_kept_whole(void **state)
{
	char text[1001], expected[1010];

	(void)state;
	INI("a = A ; B # C\n", "1[]a=A ; B # C|");
	INI("a = x = y : z\n", "1[]a=x = y : z|");
	INI("a = 1\n  b = 2\n", "1[]a=1|2[]b=2|"); /* no continuation of a */
	memset(text, 'v', 1000);
	memcpy(text, "a=", 2);
	text[1000] = '\0';
	snprintf(expected, sizeof expected, "1[]%s|", text);
	check_ini(text, 1000, expected);
}

static void test_ini_refuses_what_is_no_ini(void **state)
{
	char text[1100];

	(void)state;
	BAD_INI("a=1\nnonsense\n", "line 2");
	BAD_INI("a: 1\n", "line 1");
	BAD_INI("= 1\n", "line 1");
	BAD_INI("[s\n", "line 1");
	BAD_INI("[\n", "line 1");
	BAD_INI("[]\n", "line 1");
	BAD_INI("[s] x\n", "line 1");
	BAD_INI("[a]b]\n", "line 1");
	BAD_INI("two words = 1\n", "line 1");
	BAD_INI("a\0=1\n", "line 1");
	BAD_INI("a=\0\n", "line 1");
	BAD_INI("a=\xff\n", "line 1");
	BAD_INI("# \x1b[2J\n", "line 1");
	BAD_INI("a=\xe2\x80\xae\n", "line 1");
	BAD_INI("a=1\rb=2\n", "line 1");
	BAD_INI("\n\na=1\na=2\n", "line 4");
	BAD_INI("[s]\na=1\n[t]\n[s]\na=2\n", "line 5");
	memset(text, 'k', sizeof text);
	text[60] = '=';
	check_bad_ini(text, 100, "line 1");          /* a key that inih would cut */
	text[1] = '=';
	check_bad_ini(text, sizeof text, "line 1");  /* a line that inih would split */
}

static void test_ini_size(void **state)
{
	size_t len = 65537;
	CW_AUTO_FREE char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	check_bad_ini(text, len, "65537");
	check_ini(text, len - 1, "");
}

static void test_ini_handler_stops_the_reading(void **state)
{
	static const char text[] = "a=1\nbad=2\nc=3\nnonsense";
	CW_AUTO_BUF struct cw_buf seen = { 0 };
	struct cw_error err;

	(void)state;
	assert_int_equal(cw_ini_parse("f", text, sizeof text - 1, note_key, &seen, &err), CW_E_POLICY);
	assert_string_equal(err.message, "Line 2 is bad.");
	assert_string_equal(seen.data, "1[]a=1|");
}

static int note_row(void *user, unsigned line, size_t n, const char *const *columns, const char *const *values, struct cw_error *err)
{
	if (strcmp(values[0], "bad") == 0)
		return cw_fail(err, CW_E_POLICY, 0, NULL, NULL, "Line %u is bad.", line);
	cw_buf_printf(user, "%u:", line);
	for (size_t i = 0; i < n; i++)
		cw_buf_printf(user, "%s=%s|", columns[i], values[i]);
	return 0;
}

static void check_csv(const char *text, size_t len, const char *expected)
{
	CW_AUTO_BUF struct cw_buf seen = { 0 };
	struct cw_error err;

	assert_int_equal(cw_csv_parse("f", text, len, note_row, &seen, &err), 0);
	assert_string_equal(seen.data ? seen.data : "", expected);
}
#define CSV(text, expected) check_csv(text, sizeof(text) - 1, expected)

static void check_bad_csv(const char *text, size_t len, const char *in_message)
{
	CW_AUTO_BUF struct cw_buf seen = { 0 };
	CW_AUTO_FREE char *exact = malloc(len ? len : 1); /* so that the sanitizer sees a read beyond */
	struct cw_error err;

	assert_non_null(exact);
	memcpy(exact, text, len);
	assert_int_equal(cw_csv_parse("f", exact, len, note_row, &seen, &err), CW_E_SYNTAX);
	assert_non_null(strstr(err.message, in_message));
}
#define BAD_CSV(text, in_message) check_bad_csv(text, sizeof(text) - 1, in_message)

static void test_csv(void **state)
{
	(void)state;
	CSV("serial,approval_number\nA1,2026-1\nB2,\n", "2:serial=A1|approval_number=2026-1|3:serial=B2|approval_number=|");
	CSV(BOM "s,t\r\n\"a,b\",\"say \"\"x\"\"\"\r\n" XIAO ",\"\"", "2:s=a,b|t=say \"x\"|3:s=" XIAO "|t=|");
	CSV("s,t\n\"two\r\nlines\",1\n\n\nlast,2\n\n", "2:s=two  lines|t=1|6:s=last|t=2|");
	CSV("only,header\n", "");
	CSV("only,header", "");
}

static void test_csv_refuses_what_can_be_read_in_two_ways(void **state)
{
	(void)state;
	BAD_CSV("", "line 1");
	BAD_CSV("\n\n", "columns");
	BAD_CSV("s,t\nA1\n", "line 2");
	BAD_CSV("s,t\nA1,x,y\n", "line 2");
	BAD_CSV("s,s\n", "same name");
	BAD_CSV("s,\n", "no name");
	BAD_CSV("s,t\nA1,\"open\n", "not closed");
	BAD_CSV("s,t\nA1,\"", "not closed");
	BAD_CSV("s,t\nA1,\"a\"b\n", "closing");
	BAD_CSV("s,t\nA1,a\"b\"\n", "line 2");
	BAD_CSV("s,t\rA1,b\r", "line 1");
	BAD_CSV("s,t\nA\0B,b\n", "line 2");
	BAD_CSV("s,t\n\"A\0B\",b\n", "line 2");
	BAD_CSV("s,t\n\xbe\x50,b\n", "line 2"); /* Big5 */
	BAD_CSV("s,t\n\x1b[2J,b\n", "line 2");
	BAD_CSV("s,t\n\xe2\x80\xae,b\n", "line 2");
}

static void test_csv_limits(void **state)
{
	size_t len = (4u << 20) + 1;
	CW_AUTO_FREE char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, ',', 100);
	check_bad_csv(text, 100, "too many columns");
	memset(text, '\n', len);
	check_bad_csv(text, len, "4194305");
}

static void test_csv_handler_stops_the_reading(void **state)
{
	static const char text[] = "s\na\nbad\nc\n";
	CW_AUTO_BUF struct cw_buf seen = { 0 };
	struct cw_error err;

	(void)state;
	assert_int_equal(cw_csv_parse("f", text, sizeof text - 1, note_row, &seen, &err), CW_E_POLICY);
	assert_string_equal(err.message, "Line 3 is bad.");
	assert_string_equal(seen.data, "2:s=a|");
}

/* No input of bytes that matter to the readers makes them crash or read beyond the end. */
static void test_readers_on_random_text(void **state)
{
	static const char alphabet[] = "a1=[];#\"\",,\r\n\n \t\\:\0\xe9\x8a\xb7";
	uint32_t random = 12345;
	struct cw_error err;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t len = round % 40;
		CW_AUTO_FREE char *text = malloc(len ? len : 1);
		CW_AUTO_BUF struct cw_buf seen = { 0 };
		int ini, csv;

		assert_non_null(text);
		for (size_t i = 0; i < len; i++) {
			random = random * 1664525 + 1013904223;
			text[i] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
		}
		ini = cw_ini_parse("f", text, len, note_key, &seen, &err);
		csv = cw_csv_parse("f", text, len, note_row, &seen, &err);
		assert_true(ini == 0 || ini == CW_E_SYNTAX);
		assert_true(csv == 0 || csv == CW_E_SYNTAX);
		assert_true(!seen.data || cw_text_is_printable(seen.data));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ini),
		cmocka_unit_test(test_ini_values_are_kept_whole),
		cmocka_unit_test(test_ini_refuses_what_is_no_ini),
		cmocka_unit_test(test_ini_size),
		cmocka_unit_test(test_ini_handler_stops_the_reading),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_refuses_what_can_be_read_in_two_ways),
		cmocka_unit_test(test_csv_limits),
		cmocka_unit_test(test_csv_handler_stops_the_reading),
		cmocka_unit_test(test_readers_on_random_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
