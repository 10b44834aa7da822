/* SPDX-License-Identifier: Apache-2.0 */
/* The case: reading what records staff wrote, and refusing what the policy misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

static const char *const folders[] = { "share/policy", NULL };

#define COUNTY_CASE                                                                                                             \
	"[case]\napprovalNumber = 府政字第1150001234號\nunit = 政風處\ncustodian = 王小明\npersonalData = yes\nrecordRelation = copy\n" \
	"backedUp = no\nretentionChecked = yes\nholdChecked = yes\n"

static int parse(const char *text, struct cw_case *c, struct cw_error *err)
{
	return cw_case_parse("my.case", text, strlen(text), c, err);
}

static struct cw_policy policy(const char *id)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(folders, id, &p, &err), 0);
	return p;
}

static void test_a_filled_form_is_read_whole(void **state)
{
	struct cw_case c;
	struct cw_error err = { 0 };
	json_t *j CW_AUTO_JSON = NULL;

	(void)state;
	assert_int_equal(parse(COUNTY_CASE "note =\n", &c, &err), 0);
	assert_string_equal(c.approval_number, "府政字第1150001234號");
	assert_string_equal(c.record_relation, "copy");
	assert_string_equal(c.note, "");
	j = cw_case_json(&c);
	assert_int_equal(json_object_size(j), 8);
	assert_string_equal(cw_json_str(j, "custodian", ""), "王小明");
	assert_null(json_object_get(j, "note"));
}

static void test_bad_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *line;
	} bad[] = {
		{ "[case]\nunit = x\nserial = y\n", "3" },	 /* unknown key */
		{ "unit = x\n", "1" },				 /* outside the section */
		{ "[medium]\nunit = x\n", "2" },		 /* foreign section */
		{ "[case]\npersonalData = maybe\n", "2" },	 /* no such word */
		{ "[case]\npersonalData = yes|no\n", "2" },	 /* the list is no word */
		{ "[case]\nretentionChecked = unknown\n", "2" }, /* of another field */
		{ "[case]\nunit = x\nunit = y\n", "3" },	 /* twice */
		{ "[case]\nunit\n", "2" },			 /* no INI */
		{ "[case]\nunit = \x1b[2J\n", "2" },		 /* steers the terminal */
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		struct cw_case c;
		struct cw_error err = { 0 };

		assert_int_equal(parse(bad[i].text, &c, &err), CW_E_SYNTAX);
		assert_non_null(strstr(err.message, "my.case"));
		assert_non_null(strstr(err.message, bad[i].line));
	}
}

static void test_an_over_long_value_is_refused_not_cut(void **state)
{
	char text[512] = "[case]\nnote = ";
	struct cw_case c;
	struct cw_error err = { 0 };
	size_t start = strlen(text);

	(void)state;
	memset(text + start, 'x', CW_TEXT_MAX - 1);
	assert_int_equal(parse(text, &c, &err), 0);
	text[start + CW_TEXT_MAX - 1] = 'x';
	assert_int_equal(parse(text, &c, &err), CW_E_SYNTAX);
}

static void test_county_names_every_missing_field(void **state)
{
	static const char *const wanted[] = { "approvalNumber", "unit", "custodian", "personalData", "recordRelation", "backedUp", "retentionChecked", "holdChecked" };
	struct cw_policy p = policy("tw-county");
	struct cw_case c = { 0 };
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_case_check(&c, &p, &err), CW_E_CASE);
	for (size_t i = 0; i < CW_ARRAY_LEN(wanted); i++)
		assert_non_null(strstr(err.message, wanted[i]));
	assert_null(strstr(err.message, "assetTag"));
	assert_int_equal(parse(COUNTY_CASE, &c, &err), 0);
	assert_int_equal(cw_case_check(&c, &p, &err), 0);
}

static void test_a_check_that_was_not_made_counts_as_missing(void **state)
{
	struct cw_policy p = policy("tw-county");
	struct cw_case c;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse(COUNTY_CASE, &c, &err), 0);
	cw_strlcpy(c.hold_checked, "no", sizeof(c.hold_checked));
	assert_int_equal(cw_case_check(&c, &p, &err), CW_E_CASE);
	assert_non_null(strstr(err.message, "holdChecked"));
	assert_null(strstr(err.message, "retentionChecked"));
}

static void test_an_original_record_needs_a_witness(void **state)
{
	struct cw_policy p = policy("tw-county"), lax = policy("default");
	struct cw_case c;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse(COUNTY_CASE, &c, &err), 0);
	cw_strlcpy(c.record_relation, "original", sizeof(c.record_relation));
	assert_int_equal(cw_case_check(&c, &p, &err), CW_E_CASE);
	assert_non_null(strstr(err.message, "witnesses"));
	assert_int_equal(cw_case_check(&c, &lax, &err), 0);
	cw_strlcpy(c.witnesses, "李小華", sizeof(c.witnesses));
	assert_int_equal(cw_case_check(&c, &p, &err), 0);
}

static void test_default_policy_asks_for_nothing(void **state)
{
	struct cw_policy p = policy("default");
	struct cw_case c = { 0 };
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_case_check(&c, &p, &err), 0);
}

static void test_form_explains_every_field_and_reads_back(void **state)
{
	static const char *const keys[] = {
#define X(field, key, kind) key,
		CW_CASE_FIELDS(X)
#undef X
	};
	struct cw_policy p = policy("tw-county");
	struct cw_buf form CW_AUTO_BUF = { 0 };
	struct cw_case back;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_case_template(&p, NULL, &form, &err), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n%s = \n", keys[i]);
		assert_non_null(strstr(form.data, line));
	}
	assert_null(strstr(form.data, "(null)"));
	assert_non_null(strstr(form.data, "approves the disposal.\n# This field must be filled in.\napprovalNumber"));
	assert_non_null(strstr(form.data, "# Persons who watch.\nwitnesses"));
	assert_int_equal(cw_case_parse("form", form.data, form.len, &back, &err), 0);
	assert_string_equal(back.unit, "");
}

static void test_form_keeps_what_is_filled_in(void **state)
{
	struct cw_policy p = policy("tw-county");
	struct cw_buf form CW_AUTO_BUF = { 0 };
	struct cw_case c, back;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse(COUNTY_CASE, &c, &err), 0);
	cw_strlcpy(c.note, "box 3 ; shelf # 4 = [left]", sizeof(c.note));
	assert_int_equal(cw_case_template(&p, &c, &form, &err), 0);
	assert_int_equal(cw_case_parse("form", form.data, form.len, &back, &err), 0);
	assert_string_equal(back.note, c.note);
	assert_string_equal(back.approval_number, c.approval_number);
}

static void test_form_refuses_values_that_would_not_read_back(void **state)
{
	static const char *const values[] = { " leading", "trailing ", "two\nlines", "x\nunit = other" };
	struct cw_policy p = policy("default");

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(values); i++) {
		struct cw_buf form CW_AUTO_BUF = { 0 };
		struct cw_case c = { 0 };
		struct cw_error err = { 0 };

		cw_strlcpy(c.note, values[i], sizeof(c.note));
		assert_int_equal(cw_case_template(&p, &c, &form, &err), CW_E_SYNTAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_filled_form_is_read_whole),
		cmocka_unit_test(test_bad_files_are_refused_with_their_line),
		cmocka_unit_test(test_an_over_long_value_is_refused_not_cut),
		cmocka_unit_test(test_county_names_every_missing_field),
		cmocka_unit_test(test_a_check_that_was_not_made_counts_as_missing),
		cmocka_unit_test(test_an_original_record_needs_a_witness),
		cmocka_unit_test(test_default_policy_asks_for_nothing),
		cmocka_unit_test(test_form_explains_every_field_and_reads_back),
		cmocka_unit_test(test_form_keeps_what_is_filled_in),
		cmocka_unit_test(test_form_refuses_values_that_would_not_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
