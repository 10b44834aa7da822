/* SPDX-License-Identifier: Apache-2.0 */
/* What an auditor finds in a register: gaps, failures, clocks that went back, and a log that is not the one of the paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fixture_register.h"

static struct cw_audit_wish wish;

/* "kind kind ..." of all findings, sorted by the order in which they were made. */
static void audit(struct state *s, const struct cw_asset *assets, size_t n, char *kinds, size_t size)
{
	CW_AUTO_JSON json_t *findings = NULL;
	struct cw_error err = { 0 };
	const json_t *one;
	uint64_t from;
	size_t i;

	good(cw_register_audit(s->r, -1, NULL, &wish, assets, n, &findings, &from, &err), &err);
	kinds[0] = '\0';
	json_array_foreach(findings, i, one) {
		size_t len = strlen(kinds);

		snprintf(kinds + len, size - len, "%s%s", len ? " " : "", cw_json_str(one, "kind", "?"));
		assert_int_equal(strcmp(cw_json_str(one, "severity", ""), strcmp(cw_json_str(one, "kind", ""), "broken") == 0 ? "error" : "finding"), 0);
	}
}

static void expect(struct state *s, const char *wanted)
{
	char kinds[512];

	audit(s, NULL, 0, kinds, sizeof(kinds));
	assert_string_equal(kinds, wanted);
}

static void expect_asset(struct state *s, const char *serial, const char *tag, const char *wanted)
{
	struct cw_asset a = { .serial = "" };
	char kinds[512];

	cw_strlcpy(a.serial, serial, sizeof(a.serial));
	cw_strlcpy(a.asset_tag, tag, sizeof(a.asset_tag));
	audit(s, &a, 1, kinds, sizeof(kinds));
	assert_string_equal(kinds, wanted);
}

static int setup(void **state)
{
	memset(&wish, 0, sizeof(wish));
	return register_setup(state);
}

/* What a person said of the document of a job: kind "voided", "rejected", "approved", "superseded". */
static struct cw_entry said(const char *job, const char *kind)
{
	struct cw_entry e = ended(job, kind, "", true);

	cw_strlcpy(e.json_sha256, H2, sizeof(e.json_sha256));
	return e;
}

/* ---- what was begun ---- */

static void nothing_is_found_where_all_was_done(void **state)
{
	struct state *s = *state;

	expect(s, "");
	append(s, started("job-1"));
	append(s, ended("job-1", "certificate", "2026-000001", true));
	expect(s, "");
}

static void what_was_not_brought_to_its_end_is_found(void **state)
{
	struct state *s = *state;
	struct cw_entry e;

	append(s, started("job-1"));
	expect(s, "start-without-end");
	append(s, ended("job-1", "report", "2026-000001", false));
	expect(s, "failure-without-destruction");
	e = started("job-2");
	cw_strlcpy(e.asset_tag, "A-18", sizeof(e.asset_tag));
	append(s, e);
	e = ended("job-2", "certificate", "2026-000002", false);
	cw_strlcpy(e.asset_tag, "A-18", sizeof(e.asset_tag));
	append(s, e);
	expect(s, "failure-without-destruction destruction-not-recorded");
	append(s, started("job-3")); /* the first medium again, and now it succeeds */
	append(s, ended("job-3", "certificate", "2026-000003", true));
	expect(s, "destruction-not-recorded");
}

/* A certificate that was withdrawn closes nothing and retires nothing; what was approved, or has another in its place, still does. */
static void a_withdrawn_certificate_counts_no_more(void **state)
{
	struct state *s = *state;

	append(s, started("job-1"));
	append(s, ended("job-1", "certificate", "2026-000001", true));
	append(s, said("job-1", "approved"));
	append(s, said("job-1", "superseded"));
	expect(s, "");
	expect_asset(s, "SN-0001", "", "");
	append(s, said("job-1", "voided"));
	expect(s, "failure-without-destruction");
	expect_asset(s, "SN-0001", "", "asset-without-certificate failure-without-destruction");
	append(s, started("job-2"));
	append(s, ended("job-2", "certificate", "2026-000002", true));
	expect_asset(s, "SN-0001", "", "");
	append(s, said("job-2", "rejected"));
	expect_asset(s, "SN-0001", "", "asset-without-certificate failure-without-destruction failure-without-destruction");
}

/* Nothing was written to the medium: that is no failure, and needs no destruction. */
static void a_refusal_is_no_failure(void **state)
{
	struct state *s = *state;

	append(s, ended("job-1", "report", "2026-000001", false));
	expect(s, "");
}

static void virtual_media_are_no_matter_unless_asked_for(void **state)
{
	struct state *s = *state;
	struct cw_entry start = started("job-1"), end = ended("job-1", "report", "2026-000001", false);

	start.laboratory = end.laboratory = 1;
	append(s, start);
	append(s, end);
	expect(s, "");
	wish.laboratory = 1;
	expect(s, "failure-without-destruction");
}

/* ---- assets ---- */

static void every_retired_asset_needs_a_certificate(void **state)
{
	struct state *s = *state;

	expect_asset(s, "SN-0001", "", "asset-without-certificate");
	append(s, started("job-1"));
	append(s, ended("job-1", "report", "2026-000001", false));
	expect_asset(s, "SN-0001", "", "asset-without-certificate failure-without-destruction");
	append(s, started("job-2"));
	append(s, ended("job-2", "certificate", "2026-000002", true));
	expect_asset(s, "SN-0001", "", "");
	expect_asset(s, "", "A-17", "");
	expect_asset(s, "SN-0001", "A-99", ""); /* known by one of them */
	expect_asset(s, "SN-000", "", "asset-without-certificate"); /* in full, or not at all */
	expect_asset(s, "A-17", "", "asset-without-certificate");   /* a tag is no serial number */
}

static void a_laboratory_certificate_retires_nothing(void **state)
{
	struct state *s = *state;
	struct cw_entry start = started("job-1"), end = ended("job-1", "certificate", "2026-000001", true);

	start.laboratory = end.laboratory = 1;
	append(s, start);
	append(s, end);
	expect_asset(s, "SN-0001", "", "asset-without-certificate");
	wish.laboratory = 1;
	expect_asset(s, "SN-0001", "", "");
}

/* ---- time ---- */

static void at(struct state *s, const char *job, const char *time)
{
	struct cw_entry e = started(job);

	cw_strlcpy(e.at, time, sizeof(e.at));
	append(s, e);
	e = ended(job, "certificate", "", true);
	cw_strlcpy(e.at, time, sizeof(e.at));
	snprintf(e.document_id, sizeof(e.document_id), "%.4s-%06d", time, 1 + (int)strtol(job + 4, NULL, 10));
	append(s, e);
}

static void a_clock_that_was_set_back_is_found(void **state)
{
	struct state *s = *state;

	at(s, "job-0", "2026-11-20T10:00:00Z");
	at(s, "job-1", "2026-11-20T09:58:00Z"); /* as a clock is disciplined */
	expect(s, "");
	at(s, "job-2", "2026-10-01T10:00:00Z");
	expect(s, "clock-went-back clock-went-back");
	at(s, "job-3", "2026-11-21T10:00:00Z");
	expect(s, "clock-went-back clock-went-back");
}

static void since_a_day_hides_no_backdated_entry(void **state)
{
	struct state *s = *state;
	struct cw_entry old = started("old");

	at(s, "job-0", "2026-11-01T10:00:00Z");
	cw_strlcpy(old.at, "2026-11-02T10:00:00Z", sizeof(old.at));
	append(s, old);
	at(s, "job-1", "2026-11-20T10:00:00Z");
	at(s, "job-2", "2026-10-01T10:00:00Z"); /* claims a day before the one asked for */
	cw_strlcpy(wish.since_at, "2026-11-15T00:00:00Z", sizeof(wish.since_at));
	expect(s, "clock-went-back clock-went-back");
	cw_strlcpy(wish.since_at, "2026-12-01T00:00:00Z", sizeof(wish.since_at));
	expect(s, "");
	wish.since_at[0] = '\0';
	expect(s, "clock-went-back clock-went-back start-without-end");
}

static void numbers_that_are_missing_are_found(void **state)
{
	struct state *s = *state;

	append(s, started("job-1"));
	append(s, ended("job-1", "certificate", "2026-000001", true));
	append(s, ended("job-1", "certificate", "2026-000003", true));
	expect(s, "missing-number");
	append(s, ended("job-1", "certificate", "2027-000001", true));
	expect(s, "missing-number");
	append(s, ended("job-1", "certificate", "2027-000002", true));
	append(s, ended("job-1", "certificate", "2026-000004", true));
	expect(s, "missing-number");
}

/* ---- the checkpoint on paper ---- */

static void hold(struct state *s)
{
	struct cw_checkpoint c;
	struct cw_error err = { 0 };

	good(cw_register_checkpoint(s->r, &c, &err), &err);
	cw_log_name(c.origin, wish.since.name);
	wish.since.size = c.size;
	cw_strlcpy(wish.since.root, c.root, sizeof(wish.since.root));
}

static void what_grew_is_still_the_log_of_the_paper(void **state)
{
	struct state *s = *state;

	fill(s);
	hold(s);
	expect(s, ""); /* what was found before is not told again */
	append(s, started("job-4"));
	expect(s, "start-without-end");
}

static void what_was_changed_set_back_or_exchanged_is_not(void **state)
{
	struct state *s = *state;

	fill(s);
	hold(s);
	wish.since.root[5] = wish.since.root[5] == '0' ? '1' : '0';
	expect(s, "broken");
	hold(s);
	wish.since.size++;
	expect(s, "broken start-without-end failure-without-destruction");
	hold(s);
	cw_strlcpy(wish.since.name, "Other/station", sizeof(wish.since.name));
	expect(s, "broken start-without-end failure-without-destruction");
	hold(s);
	tamper(s, DROP_GUARDS "UPDATE entries SET leaf_sha256 = zeroblob(32) WHERE idx = 1");
	reopen(s);
	expect(s, "broken");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_found_where_all_was_done), TEST(what_was_not_brought_to_its_end_is_found), TEST(a_withdrawn_certificate_counts_no_more), TEST(a_refusal_is_no_failure),
		TEST(virtual_media_are_no_matter_unless_asked_for), TEST(every_retired_asset_needs_a_certificate), TEST(a_laboratory_certificate_retires_nothing),
		TEST(a_clock_that_was_set_back_is_found), TEST(since_a_day_hides_no_backdated_entry), TEST(numbers_that_are_missing_are_found),
		TEST(what_grew_is_still_the_log_of_the_paper), TEST(what_was_changed_set_back_or_exchanged_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
