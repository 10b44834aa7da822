/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: which of them a medium in the hand may belong to, and what an approval that the policy wants does to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/fixture_journal.h"
#include "sim/fixture_register.h"

#define MOST 3

/* "job-3 job-1": of this identity, serial number or asset tag, in the order they were found. */
static void expect_found(struct state *s, const char *identity, const char *serial, const char *asset_tag, const char *jobs)
{
	struct cw_case_found found[MOST];
	struct cw_buf text CW_AUTO_BUF = { 0 };
	struct cw_error err = { 0 };
	uint32_t n;

	good(cw_register_cases_of(s->r, identity, serial, asset_tag, "", found, MOST, &n, &err), &err);
	for (uint32_t i = 0; i < n; i++)
		cw_buf_printf(&text, "%s%s", i ? " " : "", found[i].job_id);
	assert_string_equal(text.data ? text.data : "", jobs);
}

static void a_medium_is_found_by_identity_serial_or_tag_newest_first(void **state)
{
	struct state *s = *state;
	struct cw_entry other = started("job-9");

	fill(s);
	cw_strlcpy(other.identity_sha256, H2, sizeof(other.identity_sha256));
	cw_strlcpy(other.serial, "", sizeof(other.serial));
	cw_strlcpy(other.asset_tag, "", sizeof(other.asset_tag));
	append(s, other);
	expect_found(s, H1, "", "", "job-3 job-2 job-1");
	expect_found(s, H2, "", "", "job-9");
	expect_found(s, "", "sn-0001", "", "job-3 job-2 job-1");
	expect_found(s, H2, "SN-0001", "", "job-9 job-3 job-2");
	expect_found(s, "", "SN-00", "", "");
	expect_found(s, "", "", "A-17", "job-3 job-2 job-1");
	expect_found(s, "", "", "A-1", "");
	expect_found(s, "", "", "", "");
}

static void what_is_known_of_each_goes_with_it(void **state)
{
	struct state *s = *state;
	struct cw_case_found found[MOST];
	struct cw_error err = { 0 };
	uint32_t n;

	fill(s);
	good(cw_register_cases_of(s->r, H1, "", "", "", found, MOST, &n, &err), &err);
	assert_int_equal(n, 3);
	assert_true(found[0].open && !found[0].certificate && !*found[0].document_id);
	assert_true(found[1].open && !found[1].certificate);
	assert_string_equal(found[1].document_id, "2026-000002");
	assert_true(!found[2].open && found[2].certificate);
	assert_string_equal(found[2].asset_tag, "A-17");
}

static struct cw_entry said(const char *kind, bool closes)
{
	struct cw_entry e = ended("job-1", "certificate", "", closes);

	cw_strlcpy(e.kind, kind, sizeof(e.kind));
	return e;
}

/* All discs that were wiped in one drive may share an identity: the job that is meant is found behind any number of them. */
static void a_job_is_found_however_many_there_are_of_its_identity(void **state)
{
	struct state *s = *state;
	struct cw_case_found found[MOST];
	struct cw_error err = { 0 };
	uint32_t n;

	fill(s);
	append(s, said("rejected", false));
	append(s, started("job-4"));
	good(cw_register_cases_of(s->r, "", "", "", "job-1", found, MOST, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_string_equal(found[0].job_id, "job-1");
	assert_true(found[0].withdrawn && found[0].open);
}

/* ---- approval ---- */

static void expect_awaits(struct state *s, const char *awaits)
{
	CW_AUTO_JSON json_t *cases = NULL;
	struct cw_error err = { 0 };

	good(cw_register_cases(s->r, false, &cases, &err), &err);
	assert_int_equal(json_array_size(cases), 1);
	assert_string_equal(cw_json_str(json_array_get(cases, 0), "awaits", ""), awaits);
	assert_string_equal(cw_json_str(json_array_get(cases, 0), "state", ""), strcmp(awaits, "nothing") == 0 ? "closed" : "open");
}

static void begin(struct state *s, const char *outcome)
{
	struct cw_entry e = started("job-1");

	cw_strlcpy(e.outcome, outcome, sizeof(e.outcome));
	append(s, e);
}

static void a_certificate_that_wants_approval_closes_nothing_before_it(void **state)
{
	struct state *s = *state;

	begin(s, CW_START_TO_DO_BOTH);
	expect_awaits(s, "destruction");
	append(s, ended("job-1", "report", "2026-000001", false));
	expect_awaits(s, "destruction");
	append(s, ended("job-1", "certificate", "2026-000002", true));
	expect_awaits(s, "approval");
	append(s, said("approved", true));
	expect_awaits(s, "nothing");
}

/* The approval of the wipe is none of the destruction that must follow it, whenever it comes. */
static void the_approval_of_the_first_step_does_not_count_for_the_second(void **state)
{
	struct state *s = *state;

	begin(s, CW_START_TO_APPROVE);
	append(s, ended("job-1", "certificate", "2026-000001", false));
	expect_awaits(s, "destruction");
	append(s, ended("job-1", "certificate", "2026-000002", true));
	append(s, said("approved", false));
	expect_awaits(s, "approval");
	append(s, said("approved", true));
	expect_awaits(s, "nothing");
}

static void what_was_rejected_is_destroyed_further(void **state)
{
	struct state *s = *state;

	begin(s, CW_START_TO_DO_BOTH);
	append(s, ended("job-1", "certificate", "2026-000001", true));
	append(s, said("rejected", false));
	expect_awaits(s, "destruction");
	append(s, ended("job-1", "certificate", "2026-000002", true));
	expect_awaits(s, "approval");
	append(s, said("approved", true));
	expect_awaits(s, "nothing");
}

static void without_the_wish_for_it_only_a_rejection_changes_anything(void **state)
{
	struct state *s = *state;

	begin(s, "");
	append(s, ended("job-1", "certificate", "2026-000001", true));
	expect_awaits(s, "nothing");
	append(s, said("approved", true));
	expect_awaits(s, "nothing");
	append(s, said("rejected", false));
	expect_awaits(s, "wipe-or-destruction");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, register_setup, register_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_medium_is_found_by_identity_serial_or_tag_newest_first),
		TEST(what_is_known_of_each_goes_with_it),
		TEST(a_job_is_found_however_many_there_are_of_its_identity),
		TEST(a_certificate_that_wants_approval_closes_nothing_before_it),
		TEST(the_approval_of_the_first_step_does_not_count_for_the_second),
		TEST(what_was_rejected_is_destroyed_further),
		TEST(without_the_wish_for_it_only_a_rejection_changes_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
