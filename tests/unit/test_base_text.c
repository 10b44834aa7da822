/* SPDX-License-Identifier: Apache-2.0 */
/* Text from strangers, widths on a terminal, numbers for people.  Runs in the "C" locale on purpose: nothing may depend on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/base.h"

#define XIAO "\xe9\x8a\xb7"      /* a Chinese character, two cells */
#define ACUTE "\xcc\x81"         /* combining, no cell */
#define DISC "\xf0\x9f\x92\xbe"  /* a symbol beyond the BMP, two cells */

static void check_printable(const char *raw, size_t len, const char *expected)
{
	char out[128];

	cw_text_printable(out, sizeof out, raw, len);
	assert_string_equal(out, expected);
	assert_true(cw_text_is_printable(out));
}
#define PRINTABLE(raw, expected) check_printable(raw, sizeof(raw) - 1, expected)

static void test_printable_keeps_what_people_read(void **state)
{
	(void)state;
	PRINTABLE("  SanDisk Ultra  \0\0", "SanDisk Ultra");
	PRINTABLE(XIAO DISC "e" ACUTE, XIAO DISC "e" ACUTE);
	PRINTABLE("\xee\x80\x80", "\xee\x80\x80"); /* private use: names in Taiwan's registers need it */
	PRINTABLE("", "");
	PRINTABLE("   \0", "");
}

static void test_printable_shows_what_is_hidden(void **state)
{
	(void)state;
	PRINTABLE("a\0b", "a\\x00b");
	PRINTABLE("\x1b[2J", "\\x1b[2J");
	PRINTABLE("a\\x41", "a\\x5cx41"); /* so that an escape cannot be forged */
	PRINTABLE("a\x7f\xc2\x85z", "a\\x7f\\xc2\\x85z");
	PRINTABLE("\xe2\x80\xae" "exe", "\\xe2\\x80\\xaeexe"); /* right-to-left override */
	PRINTABLE("\xe2\x80\x8e\xe2\x81\xa6\xd8\x9c", "\\xe2\\x80\\x8e\\xe2\\x81\\xa6\\xd8\\x9c");
	PRINTABLE("A\xe2\x80\x8b" "B", "A\\xe2\\x80\\x8bB"); /* zero-width space */
	PRINTABLE("\xe2\x80\xa8", "\\xe2\\x80\\xa8");        /* line separator */
	PRINTABLE("\xef\xbb\xbf", "\\xef\\xbb\\xbf");        /* byte order mark */
}

static void test_printable_refuses_ill_formed_utf8(void **state)
{
	(void)state;
	PRINTABLE("\xff\xc0\x80", "\\xff\\xc0\\x80");             /* overlong NUL */
	PRINTABLE("\xed\xa0\x80", "\\xed\\xa0\\x80");             /* surrogate */
	PRINTABLE("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");    /* above U+10FFFF */
	PRINTABLE("\xe9\x8a", "\\xe9\\x8a");                      /* cut off */
	PRINTABLE("\xf0\x80\x82\xac", "\\xf0\\x80\\x82\\xac");    /* overlong euro */
	PRINTABLE("\xcd\xb8", "\\xcd\\xb8");                      /* unassigned U+0378 */
	assert_false(cw_text_is_printable("\xff"));
	assert_false(cw_text_is_printable("a\nb"));
	assert_true(cw_text_is_printable("a\\b " XIAO));
}

static void test_printable_cuts_between_characters(void **state)
{
	char out[8];

	(void)state;
	cw_text_printable(out, 7, XIAO XIAO XIAO, 9);
	assert_string_equal(out, XIAO XIAO);
	cw_text_printable(out, 6, XIAO XIAO XIAO, 9);
	assert_string_equal(out, XIAO);
	cw_text_printable(out, 5, "a\x01", 2); /* no half escape either */
	assert_string_equal(out, "a");
	cw_text_printable(out, 1, "abc", 3);
	assert_string_equal(out, "");
}

/* Every two-byte combination and every first byte: the output is always printable, terminated and within bounds. */
static void test_printable_on_all_byte_pairs(void **state)
{
	char out[9];

	(void)state;
	for (unsigned v = 0; v < 65536; v++) {
		char raw[2] = { (char)(v >> 8), (char)(v & 255) };

		memset(out, 'Z', sizeof out);
		cw_text_printable(out, sizeof out, raw, 2);
		assert_non_null(memchr(out, '\0', sizeof out));
		assert_true(cw_text_is_printable(out));
	}
}

static void test_cells(void **state)
{
	(void)state;
	assert_int_equal(cw_text_cells(""), 0);
	assert_int_equal(cw_text_cells("abc"), 3);
	assert_int_equal(cw_text_cells(XIAO "a"), 3);
	assert_int_equal(cw_text_cells("e" ACUTE), 1);
	assert_int_equal(cw_text_cells(DISC), 2);
	assert_int_equal(cw_text_cells("\xe2\x94\x82"), 1); /* ambiguous width counts one */
}

static void test_fit(void **state)
{
	char out[32];

	(void)state;
	cw_text_fit(out, sizeof out, "SanDisk", 7);
	assert_string_equal(out, "SanDisk");
	cw_text_fit(out, sizeof out, "SanDisk", 6);
	assert_string_equal(out, "SanD..");
	cw_text_fit(out, sizeof out, XIAO XIAO XIAO, 5); /* 3 cells left hold one of two cells */
	assert_string_equal(out, XIAO "..");
	cw_text_fit(out, sizeof out, "e" ACUTE "bcd", 3);
	assert_string_equal(out, "e" ACUTE "..");
	cw_text_fit(out, sizeof out, "abc", 1);
	assert_string_equal(out, "a");
	cw_text_fit(out, sizeof out, "abc", 0);
	assert_string_equal(out, "");
	cw_text_fit(out, 5, "abcdefgh", 20); /* the buffer cuts as well */
	assert_string_equal(out, "ab..");
	cw_text_fit(out, sizeof out, "a\x1b[2J", 5);
	assert_string_equal(out, "a?[2J");
}

static void test_pad(void **state)
{
	char out[16];

	(void)state;
	cw_text_pad(out, sizeof out, XIAO, 5);
	assert_string_equal(out, XIAO "   ");
	cw_text_pad(out, sizeof out, XIAO XIAO XIAO, 5);
	assert_string_equal(out, XIAO ".. "); /* no half character in the cell that is left */
	cw_text_pad(out, 4, "a", 10);
	assert_string_equal(out, "a  ");
}

static void check_bytes(uint64_t bytes, const char *expected)
{
	char out[24];

	cw_text_bytes(out, sizeof out, bytes);
	assert_string_equal(out, expected);
}

static void test_bytes(void **state)
{
	(void)state;
	check_bytes(0, "0 B");
	check_bytes(999, "999 B");
	check_bytes(1000, "1.0 kB");
	check_bytes(64000000, "64.0 MB");
	check_bytes(999949999, "999.9 MB");
	check_bytes(999950000, "1.0 GB");
	check_bytes(500107862016, "500.1 GB");
	check_bytes(2000398934016, "2.0 TB");
	check_bytes(UINT64_MAX, "18.4 EB");
}

static void check_duration(uint64_t seconds, const char *expected)
{
	char out[32];

	cw_text_duration(out, sizeof out, seconds);
	assert_string_equal(out, expected);
}

static void test_duration(void **state)
{
	(void)state;
	check_duration(0, "0 s");
	check_duration(3, "3 s");
	check_duration(80, "1 min 20 s");
	check_duration(65, "1 min 05 s");
	check_duration(7500, "2 h 05 min");
	check_duration(360000, "100 h 00 min");
}

static void test_strlcpy(void **state)
{
	char out[5];

	(void)state;
	assert_true(cw_strlcpy(out, "abcd", sizeof out));
	assert_string_equal(out, "abcd");
	assert_false(cw_strlcpy(out, "abcde", sizeof out));
	assert_string_equal(out, "abcd");
	assert_false(cw_strlcpy(out, XIAO XIAO, sizeof out));
	assert_string_equal(out, XIAO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable_keeps_what_people_read),
		cmocka_unit_test(test_printable_shows_what_is_hidden),
		cmocka_unit_test(test_printable_refuses_ill_formed_utf8),
		cmocka_unit_test(test_printable_cuts_between_characters),
		cmocka_unit_test(test_printable_on_all_byte_pairs),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_pad),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_strlcpy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
