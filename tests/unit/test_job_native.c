/* SPDX-License-Identifier: Apache-2.0 */
/* Drives that sanitise themselves, from the plan to the verdict: what stands on the medium, against what is claimed of it. */
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

#include "sim/native_job.h"

#define SMALL (2u * 1024u * 1024u)
#define LARGE (36u * 1024u * 1024u) /* markers lie apart */

static struct native_job n;
static struct cw_verdict v;
static struct cw_error err;

static void begin(uint64_t size, const struct native_wish *w)
{
	memset(&err, 0, sizeof(err));
	native_job_begin(&n, size, w);
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

/* ---- it does as it is told ---- */

static const struct native_wish wishes[] = {
	{ .technique = "ata_sanitize_block" }, { .technique = "ata_sanitize_crypto", .attested = true }, { .technique = "ata_sanitize_overwrite" },
	{ .technique = "ata_sanitize_overwrite", .disk = true }, { .technique = "ata_sanitize_crypto", .disk = true, .attested = true },
	{ .overwrite = true }, { .sample = true }, { .overwrite = true, .sample = true },
};

static void each_way_ends_in_purge(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(i == 0 ? LARGE : SMALL, &wishes[i]);
		run(false, "complete");
		assert_certified(CW_LEVEL_PURGE);
		assert_int_equal(n.last.total_done_bytes, n.last.total_bytes);
		assert_int_equal(n.drive->ata->op.begun, 1);
		assert_non_null(strstr(v.caveats, "K4"));
		assert_int_equal(strstr(v.caveats, "K16") != NULL, wishes[i].sample);
		assert_int_equal(strstr(v.caveats, "K5") != NULL, wishes[i].attested);
		native_job_end(&n);
	}
}

/* The journal tells of a command before it is sent: whoever finds it cut off knows that it may have been. */
static void it_is_announced_before_it_is_sent(void **state)
{
	CW_AUTO_JSON json_t *lines = NULL;
	size_t announced = 0, sent = 0, i;
	json_t *line;

	(void)state;
	begin(SMALL, NULL);
	run(false, "complete");
	lines = native_job_lines(&n);
	json_array_foreach(lines, i, line) {
		if (!strcmp(cw_json_str(line, "state", ""), "submitting"))
			announced = i;
		if (!strcmp(cw_json_str(line, "requestHex", ""), "8507200012000042720045006b40b400"))
			sent = i;
	}
	assert_true(announced && sent == announced + 1);
	native_job_end(&n);
}

/* ---- it does not, and says so or not ---- */

static void a_success_that_erased_nothing_is_found_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wishes); i++) {
		begin(i == 0 ? LARGE : SMALL, &wishes[i]);
		n.drive->ata->op.erases_nothing = true;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.level, CW_LEVEL_NONE);
		assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
		assert_string_equal(v.reason, "The medium said that it had sanitised itself, and markers that were on it before are still there.");
		assert_true(native_job_left(&n));
		native_job_end(&n);
	}
}

/* One sector is enough, wherever it is, whether a marker stood there or what was there before. */
static void a_region_that_was_left_out_is_found(void **state)
{
	static const uint64_t places[] = { 0, 512, 7 * 1024 * 1024 + 512, LARGE / 2, LARGE - 512 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++) {
		begin(LARGE, NULL);
		n.drive->ata->op.keeps_from_bytes = places[i];
		n.drive->ata->op.keeps_upto_bytes = places[i] + 512;
		run(false, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.mismatch_bytes, 512);
		native_job_end(&n);
	}
}

/* What one command leaves, another may not. */
static void the_wrong_kind_of_nothing_is_no_proof(void **state)
{
	static const struct { const char *technique; enum sim_fill fill; bool fits; } left[] = {
		{ "ata_sanitize_block", SIM_FILL_ONES, true }, { "ata_sanitize_block", SIM_FILL_UNIFORM, true }, { "ata_sanitize_block", SIM_FILL_RANDOM, false },
		{ "ata_sanitize_block", SIM_FILL_PATTERN, false }, { "ata_sanitize_overwrite", SIM_FILL_ZEROS, false }, { "ata_sanitize_overwrite", SIM_FILL_RANDOM, false },
		{ "ata_sanitize_crypto", SIM_FILL_ZEROS, true }, { "ata_sanitize_crypto", SIM_FILL_ONES, false },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(left); i++) {
		begin(SMALL, &(struct native_wish){ .technique = left[i].technique, .attested = true });
		n.drive->ata->op.leaves = left[i].fill;
		n.drive->ata->op.leaves_other = true;
		run(false, left[i].fits ? "complete" : "failed");
		assert_int_equal(v.outcome, left[i].fits ? CW_SANITISED : CW_NOT_SANITISED);
		native_job_end(&n);
	}
}

static void an_admitted_failure_is_one(void **state)
{
	(void)state;
	begin(SMALL, NULL);
	n.drive->ata->op.fails = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_string_equal(v.reason, "The medium said that sanitising itself failed.");
	native_job_end(&n);
	begin(SMALL, NULL);
	n.drive->ata->accepts_only = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	native_job_end(&n);
}

/* Frozen behind the plan, as a power cut or another program may do it. */
static void a_refusal_changes_nothing(void **state)
{
	(void)state;
	begin(SMALL, NULL);
	n.drive->ata->sanitize_frozen = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_string_equal(v.reason, "The medium refused to sanitise itself.");
	native_job_end(&n);
}

static void what_cannot_be_watched_is_not_begun(void **state)
{
	static const enum sim_registers poor[] = { SIM_REGISTERS_FIXED, SIM_REGISTERS_GOOD, SIM_REGISTERS_EMPTY };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(poor); i++) {
		begin(SMALL, NULL);
		n.drive->ata->registers = poor[i];
		run(false, "lost");
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		assert_int_equal(n.drive->ata->op.begun, 0);
		native_job_end(&n);
	}
}

/* Markers that cannot be read back prove nothing later: it is not told at all. */
static void without_markers_it_is_not_told(void **state)
{
	(void)state;
	begin(SMALL, NULL);
	n.medium->drops_from_bytes = SMALL / 2;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(n.drive->ata->op.begun, 0);
	native_job_end(&n);
	begin(SMALL, NULL);
	n.medium->reads_fill_nothing = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(n.drive->ata->op.begun, 0);
	native_job_end(&n);
}

static void what_cannot_be_read_afterwards_is_no_success(void **state)
{
	(void)state;
	begin(SMALL, NULL);
	native_job_authorise(&n);
	fault_add(n.fault, FAULT_ON_READ, SMALL / 2, SMALL / 2 + 512, EIO, 0);
	{
		char status[16];
		assert_int_equal(native_job_run(&n, false, status, &err), 0);
	}
	native_job_judge(&n, &v);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_true(v.unverified_bytes >= 512);
	native_job_end(&n);
}

/* ---- somebody's word ---- */

static bool holds(uint32_t condition)
{
	for (uint32_t i = 0; i < v.n_conditions; i++)
		if (v.conditions[i].number == condition)
			return v.conditions[i].satisfied;
	return false;
}

/* A bridge is judged by what it brought back, whatever is written beside it. */
static void words_of_a_bridge_count_for_nothing(void **state)
{
	static struct cw_capabilities lost;

	(void)state;
	for (unsigned forged = 0; forged < 2; forged++) {
		begin(SMALL, &(struct native_wish){ .usb = true });
		assert_int_equal(n.capabilities.passthrough, CW_KNOWN_YES);
		n.drive->ata->registers = SIM_REGISTERS_EMPTY;
		cw_capabilities_ask(&n.drive->t, &n.f.medium, &lost);
		assert_int_equal(lost.passthrough, CW_KNOWN_NO);
		if (forged)
			n.capabilities.raws = lost.raws;
		n.drive->ata->registers = SIM_REGISTERS_DESCRIPTOR;
		run(false, "complete");
		assert_int_equal(holds(6), !forged);
		assert_int_equal(v.outcome, forged ? CW_INCONCLUSIVE : CW_SANITISED);
		native_job_end(&n);
	}
}

static void without_an_attestation_a_key_is_not_enough(void **state)
{
	(void)state;
	begin(SMALL, &(struct native_wish){ .technique = "ata_sanitize_crypto" });
	assert_int_equal(n.f.plan.level, CW_LEVEL_NONE);
	run(false, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_string_equal(v.reason, "Nobody attested that all data was encrypted from first use and that there is no copy of the key.");
	native_job_end(&n);
}

/* ---- interruptions ---- */

static void stopped_it_runs_on_and_is_gone_on_with(void **state)
{
	(void)state;
	begin(SMALL, NULL);
	n.drive->ata->op.asks = 10;
	n.stop_at_wait = 3;
	run(false, "stopped");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_string_equal(v.reason, "The job was stopped while the medium was sanitising itself: it goes on with that, and nobody watches it.");
	n.stop_at_wait = 0;
	run(true, "complete");
	assert_certified(CW_LEVEL_PURGE);
	assert_int_equal(n.drive->ata->op.begun, 1);
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

/* The drive goes on by itself, or has forgotten it and is told again. */
static void a_power_cut_is_survived(void **state)
{
	(void)state;
	for (int forgets = 0; forgets < 2; forgets++) {
		begin(SMALL, NULL);
		n.drive->ata->op.asks = 10;
		n.drive->ata->op.forgets = forgets;
		n.on_wait = cut_power;
		run(false, "lost");
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		n.on_wait = NULL;
		n.fault->native_fails_at = 0;
		run(true, "complete");
		assert_certified(CW_LEVEL_PURGE);
		assert_int_equal(n.drive->ata->op.begun, forgets ? 2 : 1);
		native_job_end(&n);
	}
}

/* It may be another one, and nothing that this job wrote is left to tell. */
static void what_does_not_tell_who_it_is_is_not_gone_on_with(void **state)
{
	char status[16];

	(void)state;
	begin(SMALL, &(struct native_wish){ .weak = true });
	n.drive->ata->op.asks = 10;
	n.on_wait = cut_power;
	run(false, "lost");
	n.on_wait = NULL;
	n.fault->native_fails_at = 0;
	assert_int_equal(native_job_run(&n, true, status, &err), CW_E_IDENTITY);
	native_job_end(&n);
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

/* What the drive did is not known to anybody then: it is asked, and whatever it says, it is told at most once more. */
static void crash_and_go_on(uint64_t room, bool power_cut, bool forgets)
{
	char status[16];

	begin(SMALL, NULL);
	n.drive->ata->op.asks = 4;
	n.drive->ata->op.forgets = forgets;
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
	assert_certified(CW_LEVEL_PURGE);
	assert_in_range(n.drive->ata->op.begun, 1, 2);
	native_job_end(&n);
}

static void cut_off_anywhere_it_is_gone_on_with(void **state)
{
	uint64_t head, whole;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	begin(SMALL, NULL);
	n.drive->ata->op.asks = 4;
	native_job_authorise(&n);
	head = journal_bytes();
	native_job_end(&n);
	begin(SMALL, NULL);
	n.drive->ata->op.asks = 4;
	run(false, "complete");
	whole = journal_bytes();
	native_job_end(&n);
	for (uint64_t room = 1; room < whole - head - 500; room += 151)
		crash_and_go_on(room, room % 2, room % 3 == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_ends_in_purge),
		cmocka_unit_test(it_is_announced_before_it_is_sent),
		cmocka_unit_test(a_success_that_erased_nothing_is_found_out),
		cmocka_unit_test(a_region_that_was_left_out_is_found),
		cmocka_unit_test(the_wrong_kind_of_nothing_is_no_proof),
		cmocka_unit_test(an_admitted_failure_is_one),
		cmocka_unit_test(a_refusal_changes_nothing),
		cmocka_unit_test(what_cannot_be_watched_is_not_begun),
		cmocka_unit_test(without_markers_it_is_not_told),
		cmocka_unit_test(what_cannot_be_read_afterwards_is_no_success),
		cmocka_unit_test(words_of_a_bridge_count_for_nothing),
		cmocka_unit_test(without_an_attestation_a_key_is_not_enough),
		cmocka_unit_test(stopped_it_runs_on_and_is_gone_on_with),
		cmocka_unit_test(a_power_cut_is_survived),
		cmocka_unit_test(what_does_not_tell_who_it_is_is_not_gone_on_with),
		cmocka_unit_test(cut_off_anywhere_it_is_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
