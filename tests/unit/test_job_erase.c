/* SPDX-License-Identifier: Apache-2.0 */
/* ATA SECURITY ERASE UNIT, from the plan to the verdict: what stands on the medium against what is claimed of it, and no drive that stays locked without a word. */
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

#define SMALL (2u * 1024u * 1024u)
#define SET_PASSWORD 0xf1
#define UNLOCK 0xf2
#define ERASE_PREPARE 0xf3
#define ERASE_UNIT 0xf4
#define DISABLE_PASSWORD 0xf6

static struct native_job n;
static struct cw_verdict v;
static struct cw_error err;

static void begin(const struct native_wish *w)
{
	memset(&err, 0, sizeof(err));
	native_job_begin(&n, SMALL, w);
}

static void judge(void)
{
	native_job_judge(&n, &v);
	if (v.outcome == CW_SANITISED && native_job_left(&n))
		fail_msg("A FALSE VERDICT: %s", v.reason);
	if (v.outcome == CW_SANITISED && (n.drive->ata->has_password || n.drive->ata->locked))
		fail_msg("certified, and left locked");
	if ((n.drive->ata->has_password || n.drive->ata->locked) && !strstr(v.reason, "hdparm"))
		fail_msg("left locked without a word: %s", v.reason);
}

static void run(bool resumed, const char *status)
{
	char found[16];

	if (!resumed)
		native_job_authorise(&n);
	if (native_job_run(&n, resumed, found, &err))
		fail_msg("%s", err.message);
	assert_string_equal(found, status);
	judge();
}

static void assert_certified(uint32_t level)
{
	if (v.outcome != CW_SANITISED)
		fail_msg("%s: %s", cw_outcome_name(v.outcome), v.reason);
	assert_int_equal(v.level, level);
	for (uint32_t i = 0; i < v.n_support; i++)
		if (!v.support[i].holds)
			fail_msg("%s does not hold", v.support[i].claim);
	for (uint32_t i = 0; i < v.n_conditions; i++)
		assert_true(v.conditions[i].satisfied);
}

static unsigned sent(uint8_t command)
{
	return sim_ata_count(n.drive->ata, command, 0);
}

static const struct native_wish normal = { .technique = "ata_erase" }, enhanced = { .technique = "ata_erase_enhanced" };

/* ---- it does as it is told ---- */

static void each_mode_reaches_its_level(void **state)
{
	static const struct { struct native_wish wish; uint32_t level; } each[] = {
		{ { .technique = "ata_erase" }, CW_LEVEL_CLEAR },
		{ { .technique = "ata_erase", .disk = true }, CW_LEVEL_CLEAR },
		{ { .technique = "ata_erase", .overwrite = true }, CW_LEVEL_CLEAR },
		{ { .technique = "ata_erase_enhanced" }, CW_LEVEL_CLEAR },
		{ { .technique = "ata_erase_enhanced", .unconfirmed = true }, CW_LEVEL_PURGE },
		{ { .technique = "ata_erase_enhanced", .disk = true, .r1 = true }, CW_LEVEL_PURGE },
		{ { .technique = "ata_erase_enhanced", .r1 = true }, CW_LEVEL_CLEAR },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(each); i++) {
		begin(&each[i].wish);
		run(false, "complete");
		assert_certified(each[i].level);
		assert_int_equal(n.drive->ata->op.begun, 1);
		assert_non_null(strstr(v.caveats, "K4"));
		native_job_end(&n);
	}
}

static const json_t *find(const json_t *lines, const char *event, const char *key, const char *begins, size_t *at)
{
	json_t *line;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)lines, i, line)
		if (!strcmp(cw_json_str(line, "event", ""), event) && !strncmp(cw_json_str(line, key, ""), begins, strlen(begins))) {
			*at = i;
			return line;
		}
	return NULL;
}

/* Whoever finds the drive locked finds the password in the journal, for it stood there before it was set. */
static void the_password_is_told_before_it_is_set(void **state)
{
	CW_AUTO_JSON json_t *lines = NULL;
	size_t told = 0, set = 0, erased = 0;

	(void)state;
	begin(&normal);
	run(false, "complete");
	lines = native_job_lines(&n);
	assert_non_null(find(lines, "password", "passwordText", CW_ATA_PASSWORD, &told));
	assert_non_null(find(lines, "command", "requestHex", "850a26000000010000000000000" "0f100", &set));
	assert_non_null(find(lines, "command", "requestHex", "850a26000000010000000000000" "0f400", &erased));
	assert_true(told < set && set < erased);
	native_job_end(&n);
}

/* A journal in which that line is missing, or tells of another, is of no truthful job. */
static void a_journal_without_the_password_proves_nothing(void **state)
{
	size_t at = 0;

	(void)state;
	begin(&normal);
	run(false, "complete");
	for (int missing = 0; missing < 2; missing++) {
		CW_AUTO_JSON json_t *lines = native_job_lines(&n);
		json_t *line = (json_t *)(uintptr_t)find(lines, "password", "passwordText", "", &at);

		assert_non_null(line);
		if (missing)
			json_array_remove(lines, at);
		else
			json_object_set_new(line, "passwordText", json_string("another"));
		assert_true(fixture_judge(lines, &v));
		assert_int_not_equal(v.outcome, CW_SANITISED);
	}
	native_job_end(&n);
}

static void what_would_be_sent_is_what_is_sent(void **state)
{
	static const uint8_t order[] = { 0xec, SET_PASSWORD, 0xec, ERASE_PREPARE, ERASE_UNIT, 0xec };
	CW_AUTO_JSON json_t *commands = cw_native_rehearse(cw_technique_get("ata_erase_enhanced")->native, SMALL);

	(void)state;
	begin(&enhanced);
	run(false, "complete");
	assert_int_equal(json_array_size(commands), CW_ARRAY_LEN(order));
	assert_int_equal(n.drive->ata->calls, CW_ARRAY_LEN(order));
	for (size_t i = 0; i < CW_ARRAY_LEN(order); i++) {
		uint8_t request[16];

		assert_true(cw_unhex(request, sizeof(request), cw_json_str(json_array_get(commands, i), "requestHex", "")));
		assert_int_equal(request[14], order[i]);
		assert_int_equal(n.drive->ata->log[i].command, order[i]);
	}
	assert_string_equal(cw_json_str(json_array_get(commands, 3), "requestHex", ""), "8506200000000000000000000000f300");
	native_job_end(&n);
}

/* ---- it does not, and says so or not ---- */

static void liars_are_found_out(void **state)
{
	(void)state;
	begin(&normal);
	n.drive->ata->op.erases_nothing = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	native_job_end(&n);
	begin(&enhanced);
	n.drive->ata->op.keeps_from_bytes = 512;
	n.drive->ata->op.keeps_upto_bytes = 1024;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	native_job_end(&n);
	begin(&normal);
	n.drive->ata->op.leaves_other = true;
	n.drive->ata->op.leaves = SIM_FILL_RANDOM;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	native_job_end(&n);
}

/* A success of which the drive's own state says nothing is none; and the drive can be used again. */
static void a_password_that_stays_is_a_failure_and_is_taken_away(void **state)
{
	(void)state;
	begin(&normal);
	n.drive->ata->erase_keeps_password = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_string_equal(v.reason, "The medium said that sanitising itself failed.");
	assert_false(n.drive->ata->has_password);
	native_job_end(&n);
}

static void a_failure_leaves_no_password(void **state)
{
	(void)state;
	begin(&enhanced);
	n.drive->ata->op.fails = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_false(n.drive->ata->has_password);
	native_job_end(&n);
}

static void a_refusal_leaves_no_password(void **state)
{
	(void)state;
	begin(&normal);
	n.drive->ata->erase_is_refused = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_string_equal(v.reason, "The medium refused to sanitise itself.");
	assert_int_equal(n.drive->ata->op.begun, 0);
	assert_false(n.drive->ata->has_password);
	assert_int_equal(sent(DISABLE_PASSWORD), 1);
	native_job_end(&n);
}

/* Frozen behind the plan: nothing is set, and nothing is erased. */
static void one_that_was_frozen_meanwhile_takes_no_password(void **state)
{
	(void)state;
	begin(&normal);
	n.drive->ata->frozen = true;
	run(false, "failed");
	assert_int_not_equal(v.outcome, CW_SANITISED);
	assert_int_equal(n.drive->ata->op.begun, 0);
	assert_int_equal(sent(ERASE_UNIT), 0);
	native_job_end(&n);
}

/* ---- somebody else's ---- */

static void somebody_elses_password_is_not_touched(void **state)
{
	char status[16];

	(void)state;
	begin(&normal);
	n.drive->ata->has_password = true;
	memcpy(n.drive->ata->password, "theirs", 6);
	native_job_authorise(&n);
	assert_int_equal(native_job_run(&n, false, status, &err), 0);
	native_job_judge(&n, &v);
	assert_int_not_equal(v.outcome, CW_SANITISED);
	assert_int_equal(sent(SET_PASSWORD) + sent(UNLOCK) + sent(ERASE_UNIT) + sent(DISABLE_PASSWORD), 0);
	assert_memory_equal(n.drive->ata->password, "theirs", 6);
	native_job_end(&n);
}

static const char *why_not(bool bridge, void (*change)(struct sim_ata *a))
{
	static struct cw_capabilities c;
	struct cw_medium m;

	begin(&normal);
	m = n.f.medium;
	if (bridge) {
		m.bus = CW_BUS_USB;
		m.class_ = CW_CLASS_USB_BRIDGE_SSD;
	}
	if (change)
		change(n.drive->ata);
	cw_capabilities_ask(&n.drive->t, &m, &c);
	native_job_end(&n);
	return c.features[CW_FEATURE_ATA_ERASE].state == CW_KNOWN_YES ? NULL : c.features[CW_FEATURE_ATA_ERASE].why;
}

static void freeze(struct sim_ata *a)
{
	a->frozen = true;
}

static void lock(struct sim_ata *a)
{
	a->has_password = a->locked = true;
}

static void exhaust(struct sim_ata *a)
{
	a->wrong = 5;
}

static void what_stands_against_it_has_a_way_out(void **state)
{
	(void)state;
	assert_null(why_not(false, NULL));
	assert_non_null(strstr(why_not(false, freeze), "suspend the computer"));
	assert_non_null(strstr(why_not(false, lock), "PSID"));
	assert_non_null(strstr(why_not(false, exhaust), "plug it in again"));
	assert_non_null(strstr(why_not(true, NULL), "SATA port"));
}

/* ---- interruptions ---- */

/* At each command of the security set in turn: SET PASSWORD, ERASE PREPARE, ERASE UNIT. */
static void a_power_cut_locks_it_and_the_job_goes_on(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= 3; at++) {
		begin(at % 2 ? &normal : &enhanced);
		n.drive->ata->cut_at = at;
		n.fault->native_fails_at = at + (at == 1 ? 2 : 3); /* nothing answers behind it */
		n.fault->native_errno = ENODEV;
		run(false, at == 1 ? "failed" : "lost");
		assert_int_not_equal(v.outcome, CW_SANITISED);
		assert_true(n.drive->ata->locked);
		if (at > 1) {
			n.fault->native_fails_at = 0;
			n.now.diskseq++;
			run(true, "complete");
			assert_certified(CW_LEVEL_CLEAR);
		}
		native_job_end(&n);
	}
}

/* A reset in the middle, and the drive there again at once: it is told anew with the same password. */
static void a_time_out_is_neither_success_nor_failure(void **state)
{
	(void)state;
	begin(&normal);
	n.drive->ata->cut_at = 3;
	run(false, "complete");
	assert_certified(CW_LEVEL_CLEAR);
	assert_int_equal(sent(SET_PASSWORD), 1);
	assert_int_equal(sent(ERASE_UNIT), 2);
	native_job_end(&n);
}

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

static void crash_and_go_on(uint64_t room, bool power_cut)
{
	char status[16];

	begin(&normal);
	native_job_authorise(&n);
	limit_journal(journal_bytes() + room);
	assert_true(native_job_run(&n, false, status, &err) < 0);
	limit_journal(RLIM_INFINITY);
	judge();
	assert_int_not_equal(v.outcome, CW_SANITISED);
	memset(&err, 0, sizeof(err));
	if (power_cut) {
		sim_scsi_power_cut(n.drive);
		n.now.diskseq++;
	}
	run(true, "complete");
	assert_certified(CW_LEVEL_CLEAR);
	native_job_end(&n);
}

static void cut_off_anywhere_it_is_gone_on_with(void **state)
{
	uint64_t head, whole;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	begin(&normal);
	native_job_authorise(&n);
	head = journal_bytes();
	native_job_end(&n);
	begin(&normal);
	run(false, "complete");
	whole = journal_bytes();
	native_job_end(&n);
	for (uint64_t room = 1; room < whole - head - 500; room += 199)
		crash_and_go_on(room, room % 2);
}

/* ---- unlocking ---- */

static void unlock_takes_the_password_away(void **state)
{
	(void)state;
	begin(&normal);
	assert_int_equal(cw_ata_unlock(&n.drive->t), 0);
	n.drive->ata->has_password = n.drive->ata->locked = true;
	memcpy(n.drive->ata->password, CW_ATA_PASSWORD, strlen(CW_ATA_PASSWORD));
	assert_int_equal(cw_ata_unlock(&n.drive->t), 0);
	assert_false(n.drive->ata->has_password || n.drive->ata->locked);
	n.drive->ata->has_password = n.drive->ata->locked = true;
	memcpy(n.drive->ata->password, "theirs", 6);
	assert_int_equal(cw_ata_unlock(&n.drive->t), -EPERM);
	assert_int_equal(n.drive->ata->wrong, 1);
	n.drive->ata->frozen = true;
	assert_int_equal(cw_ata_unlock(&n.drive->t), -EBUSY);
	assert_true(n.drive->ata->locked);
	native_job_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode_reaches_its_level),
		cmocka_unit_test(the_password_is_told_before_it_is_set),
		cmocka_unit_test(a_journal_without_the_password_proves_nothing),
		cmocka_unit_test(what_would_be_sent_is_what_is_sent),
		cmocka_unit_test(liars_are_found_out),
		cmocka_unit_test(a_password_that_stays_is_a_failure_and_is_taken_away),
		cmocka_unit_test(a_failure_leaves_no_password),
		cmocka_unit_test(a_refusal_leaves_no_password),
		cmocka_unit_test(one_that_was_frozen_meanwhile_takes_no_password),
		cmocka_unit_test(somebody_elses_password_is_not_touched),
		cmocka_unit_test(what_stands_against_it_has_a_way_out),
		cmocka_unit_test(a_power_cut_locks_it_and_the_job_goes_on),
		cmocka_unit_test(a_time_out_is_neither_success_nor_failure),
		cmocka_unit_test(cut_off_anywhere_it_is_gone_on_with),
		cmocka_unit_test(unlock_takes_the_password_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
