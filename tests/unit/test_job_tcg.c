/* SPDX-License-Identifier: Apache-2.0 */
/* Drives that are reverted, from the plan to the verdict: what stands on the medium, against what is claimed of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/native_job.h"

#define SMALL (2u * 1024u * 1024u)

static struct native_job n;
static struct cw_verdict v;
static struct cw_error err;

static void begin_on(bool nvme, const char *technique)
{
	memset(&err, 0, sizeof(err));
	native_job_begin(&n, SMALL, &(struct native_wish){ .technique = technique, .attested = true, .tcg = true, .nvme = nvme });
	native_job_authorise(&n);
}

static void begin(const char *technique)
{
	begin_on(false, technique);
}

/* One run, its status and its verdict; and the rule for all of them. */
static void run(bool resumed, const char *status)
{
	char found[16];

	if (native_job_run(&n, resumed, found, &err))
		fail_msg("%s", err.message);
	assert_string_equal(found, status);
	native_job_judge(&n, &v);
	if (v.outcome == CW_SANITISED && native_job_left(&n))
		fail_msg("A FALSE VERDICT: %s", v.reason);
}

static void assert_purged(void)
{
	if (v.outcome != CW_SANITISED)
		fail_msg("%s: %s", cw_outcome_name(v.outcome), v.reason);
	assert_int_equal(v.level, CW_LEVEL_PURGE);
	assert_non_null(strstr(v.caveats, "K5"));
	for (uint32_t i = 0; i < v.n_conditions; i++)
		assert_true(v.conditions[i].satisfied);
}

static void each_way_ends_in_purge(void **state)
{
	static const char *const ids[] = { "tcg_psid_revert", "tcg_revert" };

	(void)state;
	for (size_t i = 0; i < 2 * CW_ARRAY_LEN(ids); i++) {
		begin_on(i % 2, ids[i / 2]);
		assert_string_equal(n.f.plan.code, "TCG");
		run(false, "complete");
		assert_purged();
		assert_int_equal(n.tcg->reverts, 1);
		native_job_end(&n);
	}
}

/* The journal has every transfer, and the PSID nowhere. */
static void the_journal_has_no_psid(void **state)
{
	CW_AUTO_JSON json_t *lines = NULL;
	CW_AUTO_FREE char *text = NULL;
	char hex[2 * CW_PSID_CHARS + 1];

	(void)state;
	begin("tcg_psid_revert");
	run(false, "complete");
	lines = native_job_lines(&n);
	text = json_dumps(lines, 0);
	cw_hex(hex, n.drive->tcg->psid, CW_PSID_CHARS);
	assert_null(strstr(text, hex));
	assert_null(strstr(text, n.drive->tcg->psid));
	assert_non_null(strstr(text, "\"hidden\""));
	native_job_end(&n);
}

static void a_success_that_erased_nothing_is_found_out(void **state)
{
	(void)state;
	begin("tcg_psid_revert");
	n.drive->tcg->erases_nothing = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_true(native_job_left(&n));
	native_job_end(&n);
}

static void a_refusal_is_told_with_its_reason(void **state)
{
	(void)state;
	begin("tcg_psid_revert");
	memset(n.use.secret, 'X', CW_PSID_CHARS);
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(n.drive->tcg->wrong, 1);
	assert_true(native_job_left(&n));
	native_job_end(&n);
}

/* The answer to the revert is lost with the power, and what was on the drive is gone or not: it is done again. */
static void power_cut(struct native_job *job)
{
	if (job->drive->tcg->sessions == 1 && job->waits == 1)
		sim_scsi_power_cut(job->drive);
}

static void a_power_cut_in_between_is_got_over(void **state)
{
	(void)state;
	begin("tcg_psid_revert");
	n.on_wait = power_cut;
	run(false, "complete");
	assert_purged();
	assert_int_equal(n.drive->tcg->sessions, 2);
	native_job_end(&n);
}

static void stopped_and_gone_on_with(void **state)
{
	(void)state;
	begin("tcg_psid_revert");
	n.drive->tcg->late = 1000;
	n.stop_at_wait = 3;
	run(false, "stopped");
	assert_int_not_equal(v.outcome, CW_SANITISED);
	n.stop_at_wait = 0;
	sim_scsi_power_cut(n.drive);
	n.drive->tcg->late = 0;
	run(true, "complete");
	assert_purged();
	native_job_end(&n);
}

/* It reverted, and nobody heard so: the medium is clean, and nothing may be claimed. */
static void a_reply_that_never_came_is_no_success(void **state)
{
	(void)state;
	begin("tcg_psid_revert");
	n.drive->tcg->loses_revert = true;
	run(false, "lost");
	assert_int_not_equal(v.outcome, CW_SANITISED);
	native_job_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_ends_in_purge),
		cmocka_unit_test(the_journal_has_no_psid),
		cmocka_unit_test(a_success_that_erased_nothing_is_found_out),
		cmocka_unit_test(a_refusal_is_told_with_its_reason),
		cmocka_unit_test(a_power_cut_in_between_is_got_over),
		cmocka_unit_test(stopped_and_gone_on_with),
		cmocka_unit_test(a_reply_that_never_came_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
