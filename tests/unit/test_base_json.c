/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical JSON: what is signed, and what the verifier must not accept in its place (certificate.md sections 8 and 9.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "certwipe/base.h"

static int canonical_rc(const char *text, size_t len)
{
	struct cw_error err;
	json_t *j = NULL;
	int rc = cw_json_parse_canonical(text, len, &j, &err);

	assert_true((rc == 0) == (j != NULL));
	assert_true(rc == 0 || rc == CW_E_INVALID);
	json_decref(j);
	return rc;
}
#define REFUSED(text) assert_int_equal(canonical_rc(text, sizeof(text) - 1), CW_E_INVALID)
#define ACCEPTED(text) assert_int_equal(canonical_rc(text, sizeof(text) - 1), 0)

static void check_canonical(const char *text, const char *expected)
{
	CW_AUTO_JSON json_t *j = NULL;
	CW_AUTO_BUF struct cw_buf out = { 0 };
	struct cw_error err;

	assert_int_equal(cw_json_parse(text, strlen(text), &j, &err), 0);
	assert_int_equal(cw_json_canonical(j, &out, &err), 0);
	assert_string_equal(out.data, expected);
}

static void test_canonical_form(void **state)
{
	(void)state;
	check_canonical(" { \"b\" : [ 1, true , false, {} , [] ], \"a\" : \"x\" } ", "{\"a\":\"x\",\"b\":[1,true,false,{},[]]}");
	check_canonical("{\"a\":\"\\u0041\\/\\\"\\\\ \\u92b7\"}", "{\"a\":\"A/\\\"\\\\ \xe9\x8a\xb7\"}");
	check_canonical("{\"n\":9007199254740991,\"m\":0}", "{\"m\":0,\"n\":9007199254740991}");
	check_canonical("{\"aa\":1,\"a\":2,\"\":3,\"B\":4}", "{\"\":3,\"B\":4,\"a\":2,\"aa\":1}");
}

/* RFC 8785 section 3.2.3, without its control characters: UTF-16 order puts U+1F600 (D83D) before U+FB33. */
static void test_keys_in_utf16_order(void **state)
{
	(void)state;
	check_canonical("{\"\\u20ac\":1,\"\\ufb33\":2,\"1\":3,\"\\ud83d\\ude00\":4,\"\\u00f6\":5}",
		"{\"1\":3,\"\xc3\xb6\":5,\"\xe2\x82\xac\":1,\"\xf0\x9f\x98\x80\":4,\"\xef\xac\xb3\":2}");
	check_canonical("{\"\\ue000\":1,\"\\ud7ff\":2,\"\\udbff\\udfff\":3,\"\\ud800\\udc00\":4}",
		"{\"\xed\x9f\xbf\":2,\"\xf0\x90\x80\x80\":4,\"\xf4\x8f\xbf\xbf\":3,\"\xee\x80\x80\":1}");
}

static void test_one_document_has_one_form(void **state)
{
	(void)state;
	ACCEPTED("{\"a\":1}");
	REFUSED("{\"a\":1,\"a\":1}");
	REFUSED("{\"a\":1,\"\\u0061\":1}");
	REFUSED("\xef\xbb\xbf{\"a\":1}");
	REFUSED("{\"a\":1}\n");
	REFUSED("{\"a\":1} ");
	REFUSED("{\"a\": 1}");
	REFUSED("{\"a\":1}{}");
	REFUSED("{\"a\":1}\0");
	REFUSED("{\"b\":1,\"a\":1}");
	REFUSED("{\"a\":\"\\u0041\"}");
	REFUSED("{\"a\":\"\\/\"}");
	REFUSED("{\"a\":1");
	REFUSED("");
	REFUSED("1");
	REFUSED("\"a\"");
}

static void test_numbers_outside_the_subset(void **state)
{
	(void)state;
	ACCEPTED("{\"a\":9007199254740991}");
	REFUSED("{\"a\":9007199254740992}");
	REFUSED("{\"a\":18446744073709551616}");
	REFUSED("{\"a\":-1}");
	REFUSED("{\"a\":-0}");
	REFUSED("{\"a\":01}");
	REFUSED("{\"a\":1.0}");
	REFUSED("{\"a\":1e2}");
	REFUSED("{\"a\":1e400}");
	REFUSED("{\"a\":NaN}");
	REFUSED("{\"a\":null}");
}

static void test_strings_outside_the_subset(void **state)
{
	(void)state;
	REFUSED("{\"a\":\"\\u0000\"}");
	REFUSED("{\"a\":\"\\ud800\"}");
	REFUSED("{\"a\":\"\xed\xa0\x80\"}");
	REFUSED("{\"a\":\"\xff\"}");
	REFUSED("{\"a\":\"\t\"}");
	REFUSED("{\"a\":\"\\u001f\"}");
	REFUSED("{\"a\":\"\x7f\"}");
	REFUSED("{\"a\":\"\xc2\x80\"}");
	REFUSED("{\"a\\n\":1}");
}

static void test_nul_in_a_string_of_ours(void **state)
{
	CW_AUTO_JSON json_t *j = json_pack("{s:s#}", "a", "x\0y", 3);
	CW_AUTO_BUF struct cw_buf out = { 0 };
	struct cw_error err;

	(void)state;
	assert_non_null(j);
	assert_int_equal(cw_json_canonical(j, &out, &err), CW_E_INVALID);
	assert_int_equal(cw_json_canonical(NULL, &out, &err), CW_E_INVALID);
}

static int nested_rc(size_t depth)
{
	char text[2 * 64];

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return canonical_rc(text, 2 * depth);
}

static void test_depth(void **state)
{
	CW_AUTO_FREE char *deep = malloc(100000);

	(void)state;
	assert_int_equal(nested_rc(CW_JSON_MAX_DEPTH), 0);
	assert_int_equal(nested_rc(CW_JSON_MAX_DEPTH + 1), CW_E_INVALID);
	ACCEPTED("[\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"]"); /* brackets in strings are no depth */
	assert_non_null(deep);
	memset(deep, '[', 100000);
	assert_int_equal(canonical_rc(deep, 100000), CW_E_INVALID);
}

static void test_size(void **state)
{
	size_t len = CW_JSON_MAX_BYTES + 1;
	CW_AUTO_FREE char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, "[\"", 2);
	memcpy(text + len - 2, "\"]", 2);
	assert_int_equal(canonical_rc(text, len), CW_E_INVALID);
	memcpy(text + len - 3, "\"]", 2);
	assert_int_equal(canonical_rc(text, len - 1), 0);
}

/* What could be signed but never verified must not be written at all. */
static void test_too_large_to_be_read_back(void **state)
{
	CW_AUTO_JSON json_t *j = json_array();
	CW_AUTO_BUF struct cw_buf out = { 0 };
	struct cw_error err;

	(void)state;
	for (unsigned i = 0; i < CW_JSON_MAX_BYTES / 2; i++)
		assert_int_equal(json_array_append_new(j, json_integer(1)), 0);
	assert_int_equal(cw_json_canonical(j, &out, &err), CW_E_INVALID);
}

static void test_digest_is_of_the_canonical_form(void **state)
{
	CW_AUTO_JSON json_t *a = json_pack("{s:i, s:i}", "x", 1, "a", 2), *b = json_pack("{s:i, s:i}", "a", 2, "x", 1);
	char da[CW_SHA256_HEX], db[CW_SHA256_HEX], expected[CW_SHA256_HEX];
	struct cw_error err;

	(void)state;
	cw_sha256_hex("{\"a\":2,\"x\":1}", 13, expected);
	assert_int_equal(cw_json_digest(a, da, &err), 0);
	assert_int_equal(cw_json_digest(b, db, &err), 0);
	assert_string_equal(da, expected);
	assert_string_equal(db, expected);
}

static void test_readers_fall_back(void **state)
{
	CW_AUTO_JSON json_t *j = json_pack("{s:s, s:i, s:b, s:i}", "s", "text", "n", 7, "b", 1, "neg", -1);

	(void)state;
	assert_string_equal(cw_json_str(j, "s", "?"), "text");
	assert_string_equal(cw_json_str(j, "n", "?"), "?");
	assert_null(cw_json_str(NULL, "s", NULL));
	assert_int_equal(cw_json_u64(j, "n", 0), 7);
	assert_int_equal(cw_json_u64(j, "neg", 5), 5);
	assert_int_equal(cw_json_u64(j, "s", 5), 5);
	assert_true(cw_json_bool(j, "b", false));
	assert_true(cw_json_bool(j, "missing", true));
	assert_false(cw_json_bool(j, "n", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical_form),
		cmocka_unit_test(test_keys_in_utf16_order),
		cmocka_unit_test(test_one_document_has_one_form),
		cmocka_unit_test(test_numbers_outside_the_subset),
		cmocka_unit_test(test_strings_outside_the_subset),
		cmocka_unit_test(test_nul_in_a_string_of_ours),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_too_large_to_be_read_back),
		cmocka_unit_test(test_digest_is_of_the_canonical_form),
		cmocka_unit_test(test_readers_fall_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
