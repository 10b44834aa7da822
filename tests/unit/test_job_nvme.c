/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe drives that sanitise themselves, from the plan to the verdict: what stands on the medium, against what is claimed of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "sim/native_job.h"

#define SIZE (2u * 1024u * 1024u)

static struct native_job n;
static struct cw_verdict v;
static struct cw_error err;

static void begin(const struct native_wish *w)
{
	memset(&err, 0, sizeof(err));
	native_job_begin(&n, SIZE, w);
}

static void run(bool resumed, const char *status)
{
	char found[16];

	if (!resumed)
		native_job_authorise(&n);
	if (native_job_run(&n, resumed, found, &err))
		fail_msg("%s", err.message);
	assert_string_equal(found, status);
	native_job_judge(&n, &v);
	if (v.outcome == CW_SANITISED && native_job_left(&n))
		fail_msg("A FALSE VERDICT: %s", v.reason);
}

static const struct native_wish wishes[] = {
	{ .technique = "nvme_sanitize_block" },
	{ .technique = "nvme_sanitize_crypto", .attested = true },
	{ .technique = "nvme_sanitize_overwrite" },
	{ .technique = "nvme_format_user", .allow_unconfirmed = true },
	{ .technique = "nvme_format_crypto", .allow_unconfirmed = true, .attested = true },
	{ .technique = "nvme_sanitize_block", .overwrite = true },
	{ .technique = "nvme_sanitize_block", .sample = true },
	{ .technique = "nvme_sanitize_block", .unallocated_bytes = 4096 },
};
static const uint32_t levels[] = { CW_LEVEL_PURGE, CW_LEVEL_PURGE, CW_LEVEL_PURGE, CW_LEVEL_CLEAR, CW_LEVEL_CLEAR, CW_LEVEL_PURGE, CW_LEVEL_PURGE, CW_LEVEL_PURGE };

static void each_way_ends_at_its_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(&wishes[i]);
		run(false, "complete");
		if (v.outcome != CW_SANITISED)
			fail_msg("%s: %s", wishes[i].technique, v.reason);
		assert_int_equal(v.level, levels[i]);
		assert_int_equal(n.nvme->n_erasing, 1);
		assert_int_equal(n.f.plan.unconfirmed, wishes[i].allow_unconfirmed);
		assert_non_null(strstr(v.caveats, "K4"));
		assert_null(strstr(v.caveats, "K20"));
		assert_int_equal(strstr(v.caveats, "K15") != NULL, wishes[i].allow_unconfirmed);
		for (uint32_t k = 0; k < v.n_conditions; k++)
			assert_true(v.conditions[k].satisfied);
		native_job_end(&n);
	}
}

static void a_success_that_erased_nothing_is_found_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(&wishes[i]);
		n.nvme->op.erases_nothing = true;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
		assert_string_equal(v.reason, "The medium said that it had sanitised itself, and markers that were on it before are still there.");
		native_job_end(&n);
	}
}

static void one_block_that_was_left_out_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		begin(&wishes[i]);
		n.nvme->op.keeps_from_bytes = SIZE / 2;
		n.nvme->op.keeps_upto_bytes = SIZE / 2 + 512;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.mismatch_bytes, 512);
		native_job_end(&n);
	}
}

/* What is deallocated behind an overwrite hides whether there was one. */
static void an_overwrite_must_show_its_pattern(void **state)
{
	(void)state;
	begin(&wishes[2]);
	n.nvme->op.leaves_other = true;
	n.nvme->op.leaves = SIM_FILL_ZEROS;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	native_job_end(&n);
}

/* Of a command that was carried out nothing remains but its own answers: a log that is not ours is no success. */
static void a_log_that_tells_of_something_else_is_no_success(void **state)
{
	(void)state;
	begin(&wishes[0]);
	n.nvme->ignores = true;
	n.nvme->op.succeeded = true;
	n.nvme->scdw10 = 2;
	run(false, "failed"); /* the markers were written behind it */
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	native_job_end(&n);
	begin(&wishes[0]);
	n.nvme->state_told = 0x106;
	run(false, "lost");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	native_job_end(&n);
}

static void wait_to_be_looked_at(struct native_job *job)
{
	job->nvme->ssi = 5;
}

/* It says that it ended well, and that it is in its media verification state. */
static void a_drive_that_waits_to_be_looked_at_is_no_success(void **state)
{
	(void)state;
	begin(&wishes[0]);
	n.on_wait = wait_to_be_looked_at;
	run(false, "lost");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	native_job_end(&n);
}

static void make_unreadable(struct native_job *job)
{
	if (!job->fault->n_rules)
		fault_add(job->fault, FAULT_ON_READ, SIZE / 2, SIZE / 2 + 512, ENODATA, 0);
}

static void what_is_not_readable_is_only_allowed_where_the_standard_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bool overwrites = !strcmp(wishes[i].technique, "nvme_sanitize_overwrite");

		begin(&wishes[i]);
		n.on_wait = make_unreadable;
		run(false, "complete");
		assert_int_equal(v.outcome, overwrites ? CW_NOT_SANITISED : CW_SANITISED);
		assert_int_equal(v.unverified_bytes, overwrites ? 512 : 0);
		native_job_end(&n);
	}
}

/* ---- more than the medium ---- */

static bool holds(uint32_t number)
{
	for (uint32_t i = 0; i < v.n_conditions; i++)
		if (v.conditions[i].number == number)
			return v.conditions[i].satisfied;
	return false;
}

static void other_namespaces_die_only_where_the_plan_names_them(void **state)
{
	(void)state;
	begin(&(struct native_wish){ .technique = "nvme_sanitize_block", .namespaces = 2, .whole_drive = true });
	assert_int_equal(n.f.plan.n_others, 1);
	assert_int_equal(n.f.plan.others[0].nsid, 2);
	run(false, "complete");
	assert_int_equal(v.level, CW_LEVEL_PURGE);
	native_job_end(&n);
	begin(&(struct native_wish){ .technique = "nvme_format_user", .allow_unconfirmed = true, .namespaces = 2, .whole_drive = true, .fna = 2 });
	run(false, "complete");
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_true(holds(5));
	native_job_end(&n);
	/* It erases one only, and no level is reached. */
	begin(&(struct native_wish){ .technique = "nvme_format_user", .allow_unconfirmed = true, .namespaces = 2, .whole_drive = true });
	assert_int_equal(n.f.plan.n_others, 0);
	run(false, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_false(holds(5));
	native_job_end(&n);
}

/* The words of the program that wrote the journal are nothing where the drive's own answers say something else. */
static void what_the_drive_told_is_concluded_again_from_its_answers(void **state)
{
	static const struct { const char *key; int value; } lies[] = { { "activeNamespaces", 1 }, { "allocatedNamespaces", 1 }, { "unallocatedBytes", 0 } };
	CW_AUTO_JSON json_t *lines = NULL;
	struct cw_journal_text t = { 0 };
	json_t *nvme;

	(void)state;
	begin(&(struct native_wish){ .technique = "nvme_format_user", .allow_unconfirmed = true, .namespaces = 2, .whole_drive = true });
	run(false, "complete");
	assert_false(holds(5));
	native_job_read(&n, &t);
	lines = json_deep_copy(t.lines);
	cw_journal_text_clear(&t);
	nvme = json_object_get(json_object_get(json_array_get(lines, 0), "capabilities"), "nvme");
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++)
		json_object_set_new(nvme, lies[i].key, json_integer(lies[i].value));
	t.lines = lines;
	cw_verdict_of(&t, &v);
	assert_false(holds(5));
	json_object_del(json_object_get(json_array_get(lines, 0), "capabilities"), "answers");
	cw_verdict_of(&t, &v);
	assert_true(holds(5)); /* judged by the words alone, as journals without answers are */
	native_job_end(&n);
}

/* A plan that names what dies besides is read from its journal as it was written. */
static void a_plan_that_names_others_is_read_again(void **state)
{
	static struct cw_plan again;
	json_t *plan;
	char digest[CW_SHA256_HEX];

	(void)state;
	begin(&(struct native_wish){ .technique = "nvme_format_user", .allow_unconfirmed = true, .namespaces = 3, .whole_drive = true, .fna = 2 });
	plan = cw_plan_json(&n.f.plan);
	assert_int_equal(json_array_size(json_object_get(plan, "alsoErased")), 2);
	assert_int_equal(cw_plan_of_json(plan, &again, &err), 0);
	assert_int_equal(cw_plan_digest(&again, digest, &err), 0);
	assert_string_equal(digest, n.f.plan_sha256);
	json_object_set_new(json_array_get(json_object_get(plan, "alsoErased"), 0), "namespace", json_integer(0));
	assert_int_equal(cw_plan_of_json(plan, &again, &err), CW_E_INVALID);
	json_object_set_new(plan, "alsoErased", json_array());
	assert_int_equal(cw_plan_of_json(plan, &again, &err), CW_E_INVALID);
	json_decref(plan);
	native_job_end(&n);
}

/* ---- interruptions ---- */

static void stopped_it_runs_on_and_is_gone_on_with(void **state)
{
	(void)state;
	begin(&wishes[0]);
	n.nvme->op.asks = 10;
	n.stop_at_wait = 3;
	run(false, "stopped");
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	n.stop_at_wait = 0;
	run(true, "complete");
	assert_int_equal(v.level, CW_LEVEL_PURGE);
	assert_int_equal(n.nvme->n_erasing, 1);
	native_job_end(&n);
}

static void cut_power(struct native_job *job)
{
	if (job->waits != 3)
		return;
	sim_operation_power_cut(&job->nvme->op);
	job->now.diskseq++;
	job->fault->native_fails_at = job->fault->native_commands + 1;
	job->fault->native_errno = ENODEV;
}

static void a_power_cut_is_survived(void **state)
{
	(void)state;
	for (int forgets = 0; forgets < 2; forgets++) {
		begin(&wishes[0]);
		n.nvme->op.asks = 10;
		n.nvme->op.forgets = forgets;
		n.on_wait = cut_power;
		run(false, "lost");
		n.on_wait = NULL;
		n.fault->native_fails_at = 0;
		run(true, "complete");
		assert_int_equal(v.level, CW_LEVEL_PURGE);
		assert_int_equal(n.nvme->n_erasing, forgets ? 2 : 1);
		native_job_end(&n);
	}
}

static void leave_while_it_formats(struct native_job *job)
{
	if (job->waits != 1)
		return;
	job->now.diskseq++;
	job->fault->native_fails_at = job->fault->native_commands + 1;
	job->fault->native_errno = ENODEV;
}

/* Nothing tells afterwards what became of a Format whose answer was lost: it is sent again, at once or when the job is gone on with. */
static void a_format_that_was_cut_off_is_done_again(void **state)
{
	(void)state;
	for (int leaves = 0; leaves < 2; leaves++) {
		begin(&wishes[3]);
		n.fault->native_fails_at = 2; /* behind the question where it stands */
		n.fault->native_errno = EIO;
		n.fault->native_is_carried_out = true;
		n.on_wait = leaves ? leave_while_it_formats : NULL;
		run(false, leaves ? "lost" : "complete");
		if (leaves) {
			assert_int_equal(v.outcome, CW_INCONCLUSIVE);
			n.on_wait = NULL;
			n.fault->native_fails_at = 0;
			run(true, "complete");
		}
		assert_int_equal(v.outcome, CW_SANITISED);
		assert_int_equal(n.nvme->n_erasing, 2);
		native_job_end(&n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_ends_at_its_level),
		cmocka_unit_test(a_success_that_erased_nothing_is_found_out),
		cmocka_unit_test(one_block_that_was_left_out_is_found),
		cmocka_unit_test(an_overwrite_must_show_its_pattern),
		cmocka_unit_test(a_log_that_tells_of_something_else_is_no_success),
		cmocka_unit_test(a_drive_that_waits_to_be_looked_at_is_no_success),
		cmocka_unit_test(what_is_not_readable_is_only_allowed_where_the_standard_says_so),
		cmocka_unit_test(other_namespaces_die_only_where_the_plan_names_them),
		cmocka_unit_test(what_the_drive_told_is_concluded_again_from_its_answers),
		cmocka_unit_test(a_plan_that_names_others_is_read_again),
		cmocka_unit_test(stopped_it_runs_on_and_is_gone_on_with),
		cmocka_unit_test(a_power_cut_is_survived),
		cmocka_unit_test(a_format_that_was_cut_off_is_done_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
