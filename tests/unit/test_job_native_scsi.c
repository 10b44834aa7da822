/* SPDX-License-Identifier: Apache-2.0 */
/* SAS drives that sanitise or format themselves, from the plan to the verdict: what stands on the medium, against what is claimed of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "sim/fixture_journal.h"
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

/* One run, its status and its verdict; and the rule for all of them. */
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
	if (n.drive->op.begun < 2) /* begun anew, it has less behind it */
		assert_int_equal(n.backwards, 0);
}

static void assert_certified(uint32_t level)
{
	if (v.outcome != CW_SANITISED)
		fail_msg("%s: %s", cw_outcome_name(v.outcome), v.reason);
	assert_int_equal(v.level, level);
	assert_int_equal(v.exit_code, CW_EXIT_DONE);
	for (uint32_t i = 0; i < v.n_support; i++)
		if (!v.support[i].holds)
			fail_msg("%s does not hold", v.support[i].claim);
	for (uint32_t i = 0; i < v.n_conditions; i++)
		assert_true(v.conditions[i].satisfied);
}

static void assert_says(const char *part)
{
	if (!strstr(v.reason, part))
		fail_msg("%s", v.reason);
}

/* Does the journal say it, too? */
static bool is_in_journal(const char *detail)
{
	CW_AUTO_JSON json_t *lines = native_job_lines(&n);
	json_t *line;
	bool found = false;
	size_t i;

	json_array_foreach(lines, i, line)
		found |= strstr(cw_json_str(line, "detail", ""), detail) != NULL;
	return found;
}

static unsigned sent(const char *request)
{
	CW_AUTO_JSON json_t *lines = native_job_lines(&n);
	unsigned found = 0;
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
		found += !strcmp(cw_json_str(line, "requestHex", ""), request);
	return found;
}

/* ---- it does as it is told ---- */

static const struct native_wish wishes[] = {
	{ .technique = "scsi_sanitize_block" }, { .technique = "scsi_sanitize_crypto", .attested = true }, { .technique = "scsi_sanitize_overwrite" },
	{ .technique = "scsi_sanitize_overwrite", .disk = true }, { .technique = "scsi_sanitize_crypto", .disk = true, .attested = true }, { .technique = "scsi_format" },
	{ .technique = "scsi_format", .disk = true }, { .technique = "scsi_sanitize_block", .overwrite = true }, { .technique = "scsi_sanitize_block", .sample = true },
	{ .technique = "scsi_sanitize_block", .wabereq = 1 }, { .technique = "scsi_sanitize_block", .wabereq = 2 }, { .technique = "scsi_sanitize_block", .wabereq = 3 },
	{ .technique = "scsi_sanitize_crypto", .wacereq = 3, .attested = true }, { .technique = "scsi_format", .overwrite = true },
};

static bool is_format(const struct native_wish *w)
{
	return !strcmp(w->technique, "scsi_format");
}

/* Formatting is no sanitising (levels.def): Clear is all that it reaches. */
static void each_way_ends_at_its_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(&wishes[i]);
		run(false, "complete");
		assert_certified(is_format(&wishes[i]) ? CW_LEVEL_CLEAR : CW_LEVEL_PURGE);
		assert_int_equal(n.last.total_done_bytes, n.last.total_bytes);
		assert_int_equal(n.drive->op.begun, 1);
		native_job_end(&n);
	}
}

/* All of a medium that cannot be read before it is written is written. */
static void what_cannot_be_read_is_overwritten_besides(void **state)
{
	(void)state;
	begin(&(struct native_wish){ .technique = "scsi_sanitize_block", .wabereq = 3 });
	assert_int_equal(n.f.plan.n_passes, 1);
	native_job_end(&n);
	begin(&(struct native_wish){ .technique = "scsi_sanitize_block", .wacereq = 3 });
	assert_int_equal(n.f.plan.n_passes, 0);
	native_job_end(&n);
}

/* Nor do the rules of a policy take it for a bad medium. */
static void what_need_not_be_readable_breaks_no_rule(void **state)
{
	(void)state;
	begin(&(struct native_wish){ .technique = "scsi_sanitize_block", .wabereq = 3 });
	n.policy.stop.bad_blocks = 10;
	run(false, "complete");
	assert_certified(CW_LEVEL_PURGE);
	native_job_end(&n);
}

/* Without that the drive said so, a read that fails is one. */
static void reads_that_were_not_announced_to_fail_are_no_success(void **state)
{
	(void)state;
	begin(&(struct native_wish){ .technique = "scsi_sanitize_block", .wabereq = 1 });
	n.drive->reads_fail_after = true;
	run(false, "lost");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	native_job_end(&n);
}

/* Nor do words help beside an answer that says something else. */
static void that_reads_may_fail_is_what_the_drive_answered(void **state)
{
	(void)state;
	begin(&(struct native_wish){ .technique = "scsi_sanitize_block", .wabereq = 1 });
	n.capabilities.scsi.after_block_erase = 3;
	n.drive->reads_fail_after = true;
	run(false, "complete");
	assert_int_not_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	native_job_end(&n);
}

/* ---- the key first ---- */

static const struct native_wish firsts[] = {
	{ .technique = "scsi_sanitize_block", .first = true }, { .technique = "scsi_sanitize_overwrite", .first = true, .disk = true },
	{ .technique = "scsi_sanitize_block", .first = true, .overwrite = true }, { .technique = "scsi_sanitize_block", .first = true, .sample = true },
};

static void a_policy_may_ask_for_a_change_of_keys_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(firsts); i++) {
		begin(&firsts[i]);
		assert_string_equal(n.f.plan.first, "scsi_sanitize_crypto");
		run(false, "complete");
		assert_certified(CW_LEVEL_PURGE);
		assert_int_equal(n.last.total_done_bytes, n.last.total_bytes);
		assert_int_equal(sent("48a30000000000000000"), 1);
		assert_int_equal(n.drive->op.begun, 2);
		native_job_end(&n);
	}
	/* Nothing goes before what changes keys itself, nor before what is of another set. */
	begin(&(struct native_wish){ .technique = "scsi_sanitize_crypto", .first = true, .attested = true });
	assert_string_equal(n.f.plan.first, "");
	native_job_end(&n);
	begin(&(struct native_wish){ .technique = "scsi_format", .first = true });
	assert_string_equal(n.f.plan.first, "");
	native_job_end(&n);
}

static void a_drive_that_lies_twice_is_found_out(void **state)
{
	(void)state;
	begin(&firsts[0]);
	n.drive->op.erases_nothing = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_says("markers that were on it before are still there");
	native_job_end(&n);
}

/* What was planned and failed is no success, and nothing is sent behind it. */
static void without_the_change_of_keys_there_is_no_success(void **state)
{
	(void)state;
	begin(&firsts[0]);
	n.drive->op.fails = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_says("made usable again");
	assert_int_equal(n.drive->op.begun, 1);
	native_job_end(&n);
	begin(&firsts[0]);
	n.drive->refusal.status = 2;
	n.drive->refusal.key = 5;
	n.drive->refusal.asc = 0x20;
	n.drive->refusals = 1;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_string_equal(v.reason, "The medium refused to sanitise itself.");
	assert_int_equal(n.drive->op.begun, 0);
	native_job_end(&n);
}

static void either_is_gone_on_with(void **state)
{
	(void)state;
	for (unsigned at = 3; at < 20; at += 12) {
		begin(&firsts[0]);
		n.drive->op.asks = 10;
		n.stop_at_wait = at;
		run(false, "stopped");
		assert_says("it goes on with that");
		n.stop_at_wait = 0;
		run(true, "complete");
		assert_certified(CW_LEVEL_PURGE);
		assert_int_equal(n.drive->op.begun, 2);
		native_job_end(&n);
	}
}

/* ---- what the drive had said beforehand ---- */

/* The words beside its answers are the program's: an answer that says no is not outdone by them. */
static void that_it_has_the_command_is_read_from_its_answer(void **state)
{
	CW_AUTO_JSON json_t *lines = NULL;
	struct cw_journal_text t = { 0 };
	json_t *answers, *answer;
	bool altered = false;
	size_t i;

	(void)state;
	begin(&wishes[0]);
	run(false, "complete");
	lines = native_job_lines(&n);
	answers = json_object_get(json_object_get(json_array_get(lines, 0), "capabilities"), "answers");
	json_array_foreach(answers, i, answer) {
		if (strcmp(cw_json_str(answer, "requestHex", ""), "a30c03480002000000400000") != 0)
			continue;
		json_object_set_new(answer, "dataInHex", json_string("0001000000000000000000000000"));
		altered = true;
	}
	assert_true(altered);
	assert_int_equal(fixture_chain(lines, &t, &err), 0);
	cw_verdict_of(&t, &v);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_says("had not said that it has the command");
	cw_journal_text_clear(&t);
	native_job_end(&n);
}

/* ---- liars ---- */

static void a_success_that_erased_nothing_is_found_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(&wishes[i]);
		n.drive->op.erases_nothing = true;
		n.drive->reads_fail_after = false;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.level, CW_LEVEL_NONE);
		assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
		assert_says("markers that were on it before are still there");
		assert_true(native_job_left(&n));
		native_job_end(&n);
	}
}

static void a_region_that_was_left_out_is_found(void **state)
{
	static const uint64_t places[] = { 0, 512, SIZE / 2, SIZE - 512 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++) {
		begin(&wishes[i % 2 ? 0 : 5]);
		n.drive->op.keeps_from_bytes = places[i];
		n.drive->op.keeps_upto_bytes = places[i] + 512;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.mismatch_bytes, 512);
		native_job_end(&n);
	}
}

static void the_wrong_kind_of_nothing_is_no_proof(void **state)
{
	static const struct { const char *technique; enum sim_fill fill; bool fits; } left[] = {
		{ "scsi_sanitize_block", SIM_FILL_ONES, true }, { "scsi_sanitize_block", SIM_FILL_RANDOM, false }, { "scsi_sanitize_overwrite", SIM_FILL_ZEROS, false },
		{ "scsi_sanitize_crypto", SIM_FILL_ZEROS, true }, { "scsi_sanitize_crypto", SIM_FILL_ONES, false }, { "scsi_format", SIM_FILL_UNIFORM, true },
		{ "scsi_format", SIM_FILL_RANDOM, false },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(left); i++) {
		begin(&(struct native_wish){ .technique = left[i].technique, .attested = true });
		n.drive->op.leaves = left[i].fill;
		n.drive->op.leaves_other = true;
		run(false, left[i].fits ? "complete" : "failed");
		assert_int_equal(v.outcome, left[i].fits ? CW_SANITISED : CW_NOT_SANITISED);
		native_job_end(&n);
	}
}

/* ---- failures, and what is left of them ---- */

static void a_failure_is_one_and_the_drive_is_opened_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		begin(&wishes[i]);
		n.drive->op.fails = true;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
		assert_says("made usable again");
		assert_true(is_in_journal("made usable again"));
		assert_int_equal(sent("481f0000000000000000"), 1);
		assert_false(n.drive->op.failed);
		native_job_end(&n);
	}
}

static void a_drive_that_stays_in_its_failure_mode_is_told_with_the_way_out(void **state)
{
	(void)state;
	begin(&wishes[0]);
	n.drive->no_exit = true;
	n.drive->op.fails = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_says("takes no reads or writes until");
	assert_says("sg_sanitize");
	assert_true(is_in_journal("sg_sanitize"));
	assert_true(n.drive->op.failed);
	native_job_end(&n);
}

static void a_format_that_failed_is_told_with_the_way_out(void **state)
{
	(void)state;
	begin(&wishes[5]);
	n.drive->op.fails = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_says("sg_format");
	assert_true(is_in_journal("sg_format"));
	native_job_end(&n);
}

static void without_the_flag_for_it_it_is_sent_again(void **state)
{
	(void)state;
	begin(&wishes[2]);
	n.drive->no_exit = true;
	run(false, "complete");
	assert_certified(CW_LEVEL_PURGE);
	assert_int_equal(sent("48a10000000000000800"), 1);
	assert_int_equal(sent("48810000000000000800"), 1);
	assert_int_equal(n.drive->op.begun, 1);
	native_job_end(&n);
}

static void a_refusal_changes_nothing(void **state)
{
	static const struct { uint8_t status, key, asc, ascq; } known[] = { { 2, 5, 0x20, 0 }, { 2, 5, 0x24, 0 }, { 2, 7, 0x27, 0 }, { 0x18, 0, 0, 0 }, { 2, 2, 0x04, 0x04 } };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++) {
		begin(&wishes[i % 2 ? 0 : 5]);
		n.drive->refusal.status = known[i].status;
		n.drive->refusal.key = known[i].key;
		n.drive->refusal.asc = known[i].asc;
		n.drive->refusal.ascq = known[i].ascq;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
		assert_string_equal(v.reason, "The medium refused to sanitise itself.");
		assert_int_equal(n.drive->op.begun, 0);
		native_job_end(&n);
	}
}

/* ---- interruptions ---- */

static void stopped_it_runs_on_and_is_gone_on_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(&wishes[i]);
		n.drive->op.asks = 10;
		n.stop_at_wait = 3;
		run(false, "stopped");
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
		assert_says(is_format(&wishes[i]) ? "cannot be used until it has been formatted to its end: resume the job" : "it goes on with that");
		assert_int_equal(is_in_journal("resume the job"), is_format(&wishes[i]));
		n.stop_at_wait = 0;
		run(true, "complete");
		assert_certified(is_format(&wishes[i]) ? CW_LEVEL_CLEAR : CW_LEVEL_PURGE);
		assert_int_equal(n.drive->op.begun, 1);
		native_job_end(&n);
	}
}

/* Stopped, and ended before somebody went on: a quiet drive proves nothing then, and is told again. */
static void ended_unwatched_it_is_told_again(void **state)
{
	(void)state;
	begin(&wishes[0]);
	n.drive->op.asks = 10;
	n.stop_at_wait = 3;
	run(false, "stopped");
	while (sim_operation_asked(&n.drive->op))
		;
	n.stop_at_wait = 0;
	run(true, "complete");
	assert_certified(CW_LEVEL_PURGE);
	assert_int_equal(n.drive->op.begun, 2);
	native_job_end(&n);
}

static void cut_power(struct native_job *job)
{
	if (job->waits != 3)
		return;
	sim_scsi_power_cut(job->drive);
	job->now.diskseq++;
	job->fault->native_fails_at = job->fault->native_commands + 1;
	job->fault->native_errno = ENODEV;
}

static void a_power_cut_is_survived(void **state)
{
	(void)state;
	for (int forgets = 0; forgets < 2; forgets++) {
		begin(&wishes[0]);
		n.drive->op.asks = 10;
		n.drive->op.forgets = forgets;
		n.on_wait = cut_power;
		run(false, "lost");
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		n.on_wait = NULL;
		n.fault->native_fails_at = 0;
		run(true, "complete");
		assert_certified(CW_LEVEL_PURGE);
		assert_int_equal(n.drive->op.begun, forgets ? 2 : 1);
		native_job_end(&n);
	}
}

static void a_format_that_was_cut_off_is_begun_anew(void **state)
{
	(void)state;
	begin(&wishes[5]);
	n.drive->op.asks = 10;
	n.drive->op.forgets = true;
	n.on_wait = cut_power;
	run(false, "lost");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_says("cannot be used until it has been formatted to its end: resume the job");
	assert_true(is_in_journal("resume the job"));
	assert_true(n.drive->unformatted);
	n.on_wait = NULL;
	n.fault->native_fails_at = 0;
	run(true, "complete");
	assert_certified(CW_LEVEL_CLEAR);
	assert_int_equal(n.drive->op.begun, 2);
	native_job_end(&n);
}

/* The station, too: whoever closes the job afterwards is told. */
static void a_journal_that_ends_within_a_format_tells_the_way_out(void **state)
{
	CW_AUTO_JSON json_t *lines = NULL;
	struct cw_journal_text t = { 0 };
	json_t *line;
	size_t i, kept = 0;

	(void)state;
	begin(&wishes[5]);
	n.drive->op.asks = 10;
	run(false, "complete");
	lines = native_job_lines(&n);
	json_array_foreach(lines, i, line)
		if (!strcmp(cw_json_str(line, "event", ""), "native") && !strcmp(cw_json_str(line, "state", ""), "running"))
			kept = i + 1;
	assert_true(kept);
	while (json_array_size(lines) > kept)
		json_array_remove(lines, kept);
	assert_int_equal(fixture_chain(lines, &t, &err), 0);
	cw_verdict_of(&t, &v);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_says("sg_format");
	cw_journal_text_clear(&t);
	native_job_end(&n);
}

/* Of a reset only a unit attention tells; that the drive is quiet then says nothing of what it was told before. */
static void reset_bus(struct native_job *job)
{
	if (job->waits == 3)
		sim_scsi_power_cut(job->drive);
}

static void a_command_that_a_reset_loses_is_sent_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		begin(&wishes[i]);
		n.drive->op.asks = 10;
		n.drive->op.forgets = true;
		n.on_wait = reset_bus;
		run(false, "complete");
		assert_certified(is_format(&wishes[i]) ? CW_LEVEL_CLEAR : CW_LEVEL_PURGE);
		assert_int_equal(n.drive->op.begun, 2);
		n.on_wait = NULL;
		native_job_end(&n);
	}
}

/* The disk under the journal is full from this size on: the line that crosses it is torn. */
static void limit_journal(uint64_t bytes)
{
	struct rlimit l;

	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &l);
}

static uint64_t journal_bytes(void)
{
	struct stat st;
	char path[128];

	fixture_path(&n.f, path);
	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static void crash_and_go_on(const struct native_wish *w, uint64_t room, bool power_cut, bool forgets)
{
	char status[16];

	begin(w);
	n.drive->op.asks = 4;
	n.drive->op.forgets = forgets;
	native_job_authorise(&n);
	limit_journal(journal_bytes() + room);
	assert_true(native_job_run(&n, false, status, &err) < 0);
	limit_journal(RLIM_INFINITY);
	native_job_judge(&n, &v);
	assert_int_not_equal(v.outcome, CW_SANITISED);
	memset(&err, 0, sizeof(err));
	if (power_cut) {
		sim_scsi_power_cut(n.drive);
		n.now.diskseq++;
	}
	run(true, "complete");
	assert_certified(is_format(w) ? CW_LEVEL_CLEAR : CW_LEVEL_PURGE);
	assert_in_range(n.drive->op.begun, 1, w->first ? 3 : 2);
	native_job_end(&n);
}

static void cut_off_anywhere_it_is_gone_on_with(void **state)
{
	static const struct native_wish *const of[] = { &wishes[0], &wishes[5], &firsts[0] };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < CW_ARRAY_LEN(of); i++) {
		uint64_t head, whole;

		begin(of[i]);
		n.drive->op.asks = 4;
		native_job_authorise(&n);
		head = journal_bytes();
		native_job_end(&n);
		begin(of[i]);
		n.drive->op.asks = 4;
		run(false, "complete");
		whole = journal_bytes();
		native_job_end(&n);
		for (uint64_t room = 1; room < whole - head - 500; room += 301)
			crash_and_go_on(of[i], room, room % 2, room % 3 == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_ends_at_its_level),
		cmocka_unit_test(what_cannot_be_read_is_overwritten_besides),
		cmocka_unit_test(what_need_not_be_readable_breaks_no_rule),
		cmocka_unit_test(reads_that_were_not_announced_to_fail_are_no_success),
		cmocka_unit_test(that_reads_may_fail_is_what_the_drive_answered),
		cmocka_unit_test(that_it_has_the_command_is_read_from_its_answer),
		cmocka_unit_test(a_policy_may_ask_for_a_change_of_keys_first),
		cmocka_unit_test(a_drive_that_lies_twice_is_found_out),
		cmocka_unit_test(without_the_change_of_keys_there_is_no_success),
		cmocka_unit_test(either_is_gone_on_with),
		cmocka_unit_test(a_success_that_erased_nothing_is_found_out),
		cmocka_unit_test(a_region_that_was_left_out_is_found),
		cmocka_unit_test(the_wrong_kind_of_nothing_is_no_proof),
		cmocka_unit_test(a_failure_is_one_and_the_drive_is_opened_again),
		cmocka_unit_test(a_drive_that_stays_in_its_failure_mode_is_told_with_the_way_out),
		cmocka_unit_test(a_format_that_failed_is_told_with_the_way_out),
		cmocka_unit_test(without_the_flag_for_it_it_is_sent_again),
		cmocka_unit_test(a_refusal_changes_nothing),
		cmocka_unit_test(stopped_it_runs_on_and_is_gone_on_with),
		cmocka_unit_test(ended_unwatched_it_is_told_again),
		cmocka_unit_test(a_power_cut_is_survived),
		cmocka_unit_test(a_format_that_was_cut_off_is_begun_anew),
		cmocka_unit_test(a_journal_that_ends_within_a_format_tells_the_way_out),
		cmocka_unit_test(a_command_that_a_reset_loses_is_sent_again),
		cmocka_unit_test(cut_off_anywhere_it_is_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
