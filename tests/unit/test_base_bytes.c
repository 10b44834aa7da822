/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers, hex, SHA-256, random bytes and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "certwipe/base.h"

static void test_buffer_grows_and_is_terminated(void **state)
{
	CW_AUTO_BUF struct cw_buf b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		cw_buf_printf(&b, "%03d,", i);
	cw_buf_str(&b, "end");
	assert_false(b.failed);
	assert_int_equal(b.len, 4003);
	assert_int_equal(b.data[b.len], '\0');
	assert_memory_equal(b.data + 4 * 999, "999,end", 8);
}

static void test_a_buffer_over_its_limit_says_so(void **state)
{
	CW_AUTO_BUF struct cw_buf b = { .max_bytes = 5 };

	(void)state;
	cw_buf_str(&b, "12345");
	assert_false(b.failed);
	cw_buf_str(&b, "6");
	assert_true(b.failed);
	assert_string_equal(b.data, "12345");
	cw_buf_add(&b, "", 0);
	assert_null(cw_buf_take(&b));
}

static void test_take_hands_over(void **state)
{
	struct cw_buf b = { 0 };
	CW_AUTO_FREE char *empty = cw_buf_take(&b), *text = NULL;

	(void)state;
	assert_string_equal(empty, "");
	cw_buf_str(&b, "x");
	text = cw_buf_take(&b);
	assert_string_equal(text, "x");
	assert_null(b.data);
}

static void test_base64(void **state)
{
	static const char *const rows[][2] = { /* RFC 4648 section 10 */
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbf", "+/+/" },
	};
	static const char *const wrong[] = { "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm9v\n", " Zm9v", "Zm-v", "Zm9v=", "Zg=v" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CW_AUTO_BUF struct cw_buf text = { 0 };
		char back[8];
		size_t len;

		cw_base64(&text, rows[i][0], strlen(rows[i][0]));
		assert_string_equal(text.data ? text.data : "", rows[i][1]);
		assert_true(cw_unbase64(back, sizeof back, &len, rows[i][1], strlen(rows[i][1])));
		assert_int_equal(len, strlen(rows[i][0]));
		assert_memory_equal(back, rows[i][0], len);
		assert_int_equal(cw_unbase64(back, len, &len, rows[i][1], strlen(rows[i][1])), true);
		assert_int_equal(len && cw_unbase64(back, len - 1, &len, rows[i][1], strlen(rows[i][1])), false);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char back[16];
		size_t len;

		if (cw_unbase64(back, sizeof back, &len, wrong[i], strlen(wrong[i])))
			fail_msg("taken: %s", wrong[i]);
	}
}

static void test_hex(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0xa5, 0xff };
	char hex[7];
	uint8_t back[3];

	(void)state;
	cw_hex(hex, bytes, sizeof bytes);
	assert_string_equal(hex, "00a5ff");
	assert_true(cw_unhex(back, 3, hex));
	assert_memory_equal(back, bytes, 3);
	assert_false(cw_unhex(back, 3, "00a5f"));
	assert_false(cw_unhex(back, 3, "00a5ff0"));
	assert_false(cw_unhex(back, 3, "00A5ff"));
	assert_false(cw_unhex(back, 3, "0x5ff0"));
	assert_false(cw_unhex(back, 3, ""));
}

static void test_sha256(void **state)
{
	char hex[CW_SHA256_HEX];

	(void)state;
	cw_sha256_hex("abc", 3, hex); /* FIPS 180-4 example */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	cw_sha256_hex(NULL, 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_sha256_of_parts_is_that_of_the_whole(void **state)
{
	const struct iovec parts[] = { { (char[]){ "a" }, 1 }, { NULL, 0 }, { (char[]){ "bc" }, 2 } };
	uint8_t of_parts[CW_SHA256_BYTES], whole[CW_SHA256_BYTES];

	(void)state;
	cw_sha256_parts(parts, CW_ARRAY_LEN(parts), of_parts);
	cw_sha256("abc", 3, whole);
	assert_memory_equal(of_parts, whole, sizeof whole);
}

static void test_random_differs(void **state)
{
	uint8_t a[600] = { 0 }, b[600] = { 0 };
	struct cw_error err;

	(void)state;
	assert_int_equal(cw_random(a, sizeof a, &err), 0);
	assert_int_equal(cw_random(b, sizeof b, &err), 0);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a + 500, b + 500, 100);
}

static void test_time_round_trip(void **state)
{
	char text[CW_TIME_TEXT];
	int64_t seconds;

	(void)state;
	cw_time_format(1795460122, text);
	assert_string_equal(text, "2026-11-23T18:55:22Z");
	assert_true(cw_time_parse(text, &seconds));
	assert_int_equal(seconds, 1795460122);
	assert_true(cw_time_parse("2024-02-29T23:59:59Z", &seconds));
	assert_true(cw_time_parse("9999-12-31T23:59:59Z", &seconds));
	cw_time_format(seconds + 1, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	cw_time_format(INT64_MIN, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
}

static void test_time_has_one_form(void **state)
{
	static const char *const bad[] = { "", "2026-11-23", "2026-11-23T18:55:22", "2026-11-23T18:55:22z", "2026-11-23T18:55:22Z ",
		"2026-11-23 18:55:22Z", "2026-11-23T18:55:22+00", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T18:60:22Z", "2026-12-31T23:59:60Z", "1999-12-31T23:59:59Z",
		"+026-11-23T18:55:22Z", "2026-11-23T18:55:2 Z" };
	int64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++)
		assert_false(cw_time_parse(bad[i], &seconds));
	assert_int_equal(seconds, 7);
}

static void test_clocks(void **state)
{
	CW_AUTO_JSON json_t *clock = cw_clock_json();
	CW_AUTO_BUF struct cw_buf out = { 0 };
	uint64_t boot = cw_boot_ms(), monotonic = cw_monotonic_ms();
	char now[CW_TIME_TEXT], id[33];
	int64_t seconds;
	struct cw_error err;

	(void)state;
	cw_time_now(now);
	assert_true(cw_time_parse(now, &seconds));
	assert_true(llabs((long long)seconds - (long long)time(NULL)) <= 1);
	assert_true(boot >= monotonic - 1000 && cw_boot_ms() >= boot && cw_monotonic_ms() >= monotonic);
	cw_boot_id(id);
	assert_int_equal(strspn(id, "0123456789abcdef"), 32);
	assert_int_equal(cw_json_canonical(clock, &out, &err), 0); /* fit for a journal */
	assert_string_equal(cw_json_str(clock, "source", ""), cw_json_bool(clock, "synchronised", false) ? "kernel" : "unsynchronised");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buffer_grows_and_is_terminated),
		cmocka_unit_test(test_a_buffer_over_its_limit_says_so),
		cmocka_unit_test(test_take_hands_over),
		cmocka_unit_test(test_hex), cmocka_unit_test(test_base64),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_sha256_of_parts_is_that_of_the_whole),
		cmocka_unit_test(test_random_differs),
		cmocka_unit_test(test_time_round_trip),
		cmocka_unit_test(test_time_has_one_form),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
