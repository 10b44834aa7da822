/* SPDX-License-Identifier: Apache-2.0 */
/* What a person and a script get to see of an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "certwipe/base.h"

static void test_fail_fills_all_fields(void **state)
{
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_fail(&err, CW_E_BUSY, EBUSY, "/dev/sdx", "Unmount it.", "%s is in use by %d programs.", "/dev/sdx", 2), CW_E_BUSY);
	assert_int_equal(err.code, CW_E_BUSY);
	assert_int_equal(err.sys_errno, EBUSY);
	assert_string_equal(err.where, "/dev/sdx");
	assert_string_equal(err.hint, "Unmount it.");
	assert_string_equal(err.message, "/dev/sdx is in use by 2 programs.");
}

static void test_hostile_text_cannot_steer_the_terminal(void **state)
{
	struct cw_error err;

	(void)state;
	(void)cw_fail(&err, CW_E_IO, 0, "a\x1b[2Jb", "x\ny", "model \x1b]0;owned\a and \xe2\x80\xae" "gpj \xff");
	assert_string_equal(err.where, "a\\x1b[2Jb");
	assert_string_equal(err.hint, "x\\x0ay");
	assert_string_equal(err.message, "model \\x1b]0;owned\\x07 and \\xe2\\x80\\xaegpj \\xff");
	assert_true(cw_text_is_printable(err.message));
}

static void test_text_made_printable_before_is_not_escaped_twice(void **state)
{
	struct cw_error err;
	char serial[32];

	(void)state;
	cw_text_printable(serial, sizeof serial, "A\x01", 2);
	(void)cw_fail(&err, CW_E_IO, 0, NULL, NULL, "Serial %s.", serial);
	assert_string_equal(err.message, "Serial A\\x01.");
}

static void test_an_error_can_wrap_itself(void **state)
{
	struct cw_error err;

	(void)state;
	(void)cw_fail(&err, CW_E_IO, EIO, "sdx", "Plug it in again.", "It is gone.");
	(void)cw_fail(&err, CW_E_LOST, err.sys_errno, err.where, err.hint, "While writing: %s", err.message);
	assert_string_equal(err.message, "While writing: It is gone.");
	assert_string_equal(err.where, "sdx");
	assert_string_equal(err.hint, "Plug it in again.");
}

static void test_a_long_message_is_cut_between_characters(void **state)
{
	struct cw_error err;
	char text[3001];

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 3 * i, "\xe9\x8a\xb7", 3);
	text[3000] = '\0';
	(void)cw_fail(&err, CW_E_IO, 0, text, text, "%s", text);
	assert_int_equal(strlen(err.message) % 3, 0);
	assert_true(cw_text_is_printable(err.message));
	assert_true(cw_text_is_printable(err.where));
}

static void test_errno_survives(void **state)
{
	struct cw_error err;

	(void)state;
	errno = ENOSPC;
	(void)cw_fail(&err, CW_E_IO, errno, NULL, NULL, "Full.");
	assert_int_equal(errno, ENOSPC);
}

static void test_every_code_has_a_slug_and_an_exit(void **state)
{
	(void)state;
	for (int code = CW_E_BASE + 1; code < CW_E_LAST; code++) {
		assert_string_not_equal(cw_code_slug(code), "unknown");
		assert_int_equal(cw_code_of_slug(cw_code_slug(code)), code);
		assert_int_not_equal(cw_code_exit(code), CW_EXIT_DONE);
	}
	assert_string_equal(cw_code_slug(-5), "unknown");
	assert_int_equal(cw_code_exit(-5), CW_EXIT_FAILED);
	assert_int_equal(cw_code_exit(CW_OK), CW_EXIT_DONE);
	assert_int_equal(cw_code_of_slug("no-such-slug"), 0);
	assert_int_equal(cw_code_exit(CW_E_VERIFY), CW_EXIT_VERIFY_FAILED);
}

/* The order is a contract with scripts (design section 5). */
static void test_worst_exit_of_several_media(void **state)
{
	static const int order[] = { 6, 7, 9, 1, 130, 4, 5, 3, 8, 2, 10, 0 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(order); i++) {
		for (size_t k = i; k < CW_ARRAY_LEN(order); k++) {
			assert_int_equal(cw_exit_worst(order[i], order[k]), order[i]);
			assert_int_equal(cw_exit_worst(order[k], order[i]), order[i]);
		}
	}
	assert_int_not_equal(cw_exit_worst(0, 77), 0);
}

static void test_an_error_from_another_process_is_not_trusted(void **state)
{
	struct cw_error err;

	(void)state;
	memset(&err, 0x1b, sizeof err);
	cw_error_receive(&err);
	assert_int_equal(err.code, CW_E_PROTOCOL);
	assert_true(strlen(err.message) < sizeof err.message);
	assert_true(cw_text_is_printable(err.message));
	assert_true(cw_text_is_printable(err.where));
	assert_true(cw_text_is_printable(err.hint));
}

static void test_error_json(void **state)
{
	struct cw_error err;
	CW_AUTO_JSON json_t *j = NULL;

	(void)state;
	(void)cw_fail(&err, CW_E_NOT_FOUND, ENOENT, "sdz\xff", NULL, "There is no medium sdz.");
	j = cw_error_json(&err);
	assert_non_null(j);
	assert_string_equal(cw_json_str(j, "code", ""), "not-found");
	assert_int_equal(cw_json_u64(j, "exit", 0), CW_EXIT_NOT_FOUND);
	assert_string_equal(cw_json_str(j, "message", ""), "There is no medium sdz.");
	assert_string_equal(cw_json_str(j, "where", ""), "sdz\\xff");
	assert_string_equal(cw_json_str(j, "hint", "?"), "");
	assert_int_equal(cw_json_u64(j, "errno", 0), ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail_fills_all_fields),
		cmocka_unit_test(test_hostile_text_cannot_steer_the_terminal),
		cmocka_unit_test(test_text_made_printable_before_is_not_escaped_twice),
		cmocka_unit_test(test_an_error_can_wrap_itself),
		cmocka_unit_test(test_a_long_message_is_cut_between_characters),
		cmocka_unit_test(test_errno_survives),
		cmocka_unit_test(test_every_code_has_a_slug_and_an_exit),
		cmocka_unit_test(test_worst_exit_of_several_media),
		cmocka_unit_test(test_an_error_from_another_process_is_not_trusted),
		cmocka_unit_test(test_error_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
