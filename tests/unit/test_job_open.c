/* SPDX-License-Identifier: Apache-2.0 */
/* Hidden areas are opened before anything else: what stands on all of the drive, against what is claimed of it. */
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
#include "sim/payload_mutants.h"

#define SIZE (2u * 1024u * 1024u)
#define SHOWN (SIZE - 512u * 1024u)

static struct native_job n;
static struct cw_verdict v;
static struct cw_error err;

static void begin(const char *technique, bool ama)
{
	memset(&err, 0, sizeof(err));
	native_job_begin(&n, SIZE, &(struct native_wish){ .technique = technique, .shown_bytes = SHOWN, .ama = ama });
}

static void judge(void)
{
	native_job_judge(&n, &v);
	if (v.outcome == CW_SANITISED && native_job_left(&n))
		fail_msg("A FALSE VERDICT: %s", v.reason);
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
	assert_null(strstr(v.caveats, "K20"));
}

/* ---- it shows what it hides ---- */

/* What the plan says of a thing that it does not do. */
static const char *why_not(const char *what)
{
	for (uint32_t i = 0; i < n.f.plan.n_rejected; i++)
		if (!strcmp(n.f.plan.rejected[i].what, what))
			return n.f.plan.rejected[i].why;
	return "";
}

static void the_whole_drive_is_sanitised(void **state)
{
	static const struct { const char *technique; uint32_t level; } each[] = { { "overwrite", CW_LEVEL_CLEAR }, { "ata_sanitize_block", CW_LEVEL_PURGE },
										  { "ata_erase", CW_LEVEL_CLEAR } };

	(void)state;
	for (size_t i = 0; i < 2 * CW_ARRAY_LEN(each); i++) {
		begin(each[i / 2].technique, i % 2);
		assert_int_equal(n.f.plan.size_bytes, SIZE);
		assert_int_equal(n.f.plan.shown_bytes, SHOWN);
		assert_int_equal(n.f.plan.steps[0].kind, CW_STEP_OPEN);
		assert_non_null(strstr(why_not("hiding it again"), "stays open"));
		run(false, "complete");
		assert_certified(each[i / 2].level);
		assert_int_equal(n.drive->ata->sectors * 512, SIZE);
		assert_int_equal(n.backwards, 0);
		native_job_end(&n);
	}
}

/* It must outlast the power, and READ NATIVE MAX must stand right before it. */
static void it_is_opened_for_good(void **state)
{
	const struct sim_ata_call *log;
	unsigned set = 0;

	(void)state;
	begin("overwrite", false);
	run(false, "complete");
	log = n.drive->ata->log;
	for (unsigned i = 0; i < n.drive->ata->calls; i++)
		if (log[i].command == 0x37)
			set = i;
	assert_true(set > 0);
	assert_int_equal(log[set - 1].command, 0x27);
	assert_int_equal(log[set].count, 1);
	assert_int_equal(log[set].lba, SIZE / 512 - 1);
	native_job_end(&n);
}

static void what_would_be_sent_is_what_is_sent(void **state)
{
	(void)state;
	for (int ama = 0; ama < 2; ama++) {
		CW_AUTO_JSON json_t *commands = NULL;

		begin("overwrite", ama);
		commands = cw_area_rehearse(&n.capabilities);
		run(false, "complete");
		assert_int_equal(json_array_size(commands), n.drive->ata->calls);
		for (unsigned i = 0; i < n.drive->ata->calls; i++) {
			uint8_t request[16];

			assert_true(cw_unhex(request, sizeof(request), cw_json_str(json_array_get(commands, i), "requestHex", "")));
			assert_int_equal(request[14], n.drive->ata->log[i].command);
			assert_int_equal(request[8] | request[10] << 8 | request[12] << 16, n.drive->ata->log[i].lba);
			assert_int_equal(request[6], n.drive->ata->log[i].count);
		}
		native_job_end(&n);
	}
}

static void the_document_names_both_sizes(void **state)
{
	CW_AUTO_JSON json_t *doc = NULL;

	(void)state;
	begin("overwrite", false);
	run(false, "complete");
	doc = payload_make(native_job_lines(&n));
	assert_string_equal(json_string_value(payload_at(doc, "type")), CW_TYPE_CERTIFICATE);
	assert_int_equal(json_integer_value(payload_at(doc, "medium.capacityBytes")), SIZE);
	assert_int_equal(json_integer_value(payload_at(doc, "medium.shownBytes")), SHOWN);
	assert_string_equal(json_string_value(payload_at(doc, "medium.hiddenArea.state")), "opened");
	assert_int_equal(json_integer_value(payload_at(doc, "verification.coverageBytes")), SIZE);
	assert_string_equal(json_string_value(payload_at(doc, "medium.identitySha256")), n.opened_sha256);
	assert_true(payload_agreed(doc, "a certificate"));
	native_job_end(&n);
}

/* ---- it does not ---- */

static void what_the_factory_took_away_is_not_touched(void **state)
{
	(void)state;
	native_job_begin(&n, SIZE, &(struct native_wish){ .technique = "overwrite", .shown_bytes = SHOWN, .dco = true });
	assert_int_equal(n.f.plan.shown_bytes, 0);
	assert_int_equal(n.f.plan.size_bytes, SHOWN);
	assert_int_equal(n.f.plan.level, CW_LEVEL_NONE);
	native_job_end(&n);
}

/* Some drives take it once a power cycle; then the job waits, and nothing is written. */
static void one_that_refuses_is_plugged_in_again(void **state)
{
	CW_AUTO_JSON json_t *doc = NULL;

	(void)state;
	begin("overwrite", true);
	n.drive->ata->max_was_set = true;
	run(false, "stopped");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_non_null(strstr(v.reason, "plugged in again"));
	assert_int_equal(n.medium->written_bytes, 0);
	doc = payload_make(native_job_lines(&n));
	assert_string_equal(json_string_value(payload_at(doc, "medium.hiddenArea.state")), "present");
	assert_true(payload_agreed(doc, "a report"));
	sim_scsi_power_cut(n.drive);
	n.now.diskseq++;
	run(true, "complete");
	assert_certified(CW_LEVEL_CLEAR);
	native_job_end(&n);
}

/* What the kernel does not see cannot be written. */
static void one_that_the_kernel_does_not_notice_is_plugged_in_again(void **state)
{
	(void)state;
	begin("overwrite", false);
	n.kernel_is_slow = true;
	run(false, "stopped");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_non_null(strstr(v.reason, "has not noticed"));
	assert_int_equal(n.medium->written_bytes, 0);
	n.kernel_is_slow = false;
	n.now.size_bytes = SIZE;
	n.now.diskseq++;
	run(true, "complete");
	assert_certified(CW_LEVEL_CLEAR);
	native_job_end(&n);
}

/* It says that it took the command, and shows no more than before. */
static void a_liar_is_not_believed(void **state)
{
	(void)state;
	begin("overwrite", false);
	n.drive->ata->max_lies = true;
	run(false, "stopped");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(n.medium->written_bytes, 0);
	native_job_end(&n);
}

/* The executor's word is none: without the drive's answer no area was opened. */
static void a_journal_without_the_answer_proves_nothing(void **state)
{
	size_t i;
	json_t *line, *tmp_lines;

	(void)state;
	begin("overwrite", false);
	run(false, "complete");
	tmp_lines = native_job_lines(&n);
	for (i = json_array_size(tmp_lines); i-- > 0;) {
		line = json_array_get(tmp_lines, i);
		if (!strcmp(cw_json_str(line, "event", ""), "command"))
			json_array_remove(tmp_lines, i);
	}
	assert_true(fixture_judge(tmp_lines, &v));
	assert_int_not_equal(v.outcome, CW_SANITISED);
	json_decref(tmp_lines);
	native_job_end(&n);
}

/* Nor are words about what the drive hides, where its own answers stand beside them. */
static void words_about_a_hidden_area_are_not_believed_alone(void **state)
{
	json_t *lines, *job, *hidden;

	(void)state;
	native_job_begin(&n, SIZE, &(struct native_wish){ .technique = "overwrite", .shown_bytes = SHOWN, .dco = true });
	run(false, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	lines = native_job_lines(&n);
	job = json_array_get(lines, 0);
	hidden = json_object_get(json_object_get(job, "medium"), "hidden");
	json_object_set_new(hidden, "state", json_string("none"));
	json_object_set_new(hidden, "bytes", json_integer(0));
	json_object_set_new(hidden, "why", json_string(""));
	json_object_set_new(json_object_get(job, "plan"), "level", json_string("clear"));
	assert_true(fixture_judge(lines, &v));
	assert_int_not_equal(v.outcome, CW_SANITISED);
	for (uint32_t i = 0; i < v.n_conditions; i++)
		if (v.conditions[i].number == 1)
			assert_string_equal(v.conditions[i].why, "What the drive answered does not bear out what the journal says of a hidden area.");
	json_decref(lines);
	native_job_end(&n);
}

/* ---- how worn it is ---- */

static void judge_with_health(uint64_t reallocated, uint64_t pending, json_t **doc)
{
	static struct cw_capabilities after;
	json_t *lines, *health;

	begin("overwrite", false);
	run(false, "complete");
	assert_certified(CW_LEVEL_CLEAR);
	n.drive->ata->reallocated += reallocated;
	n.drive->ata->pending += pending;
	cw_capabilities_ask(&n.drive->t, &n.now, &after);
	health = cw_health_told_json(&after);
	assert_non_null(health);
	json_object_set_new(health, "event", json_string("health"));
	/* Words that its answers do not bear out. */
	json_object_set_new(health, "pendingSectors", json_integer(0));
	lines = native_job_lines(&n);
	json_array_append_new(lines, health);
	assert_true(fixture_judge(lines, &v));
	*doc = payload_make(lines);
	native_job_end(&n);
}

static void what_became_worse_is_named_and_costs_the_level(void **state)
{
	static const struct { uint64_t reallocated, pending; bool fine; } each[] = { { 0, 0, true }, { 1, 0, false }, { 0, 3, false } };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(each); i++) {
		CW_AUTO_JSON json_t *doc = NULL;

		judge_with_health(each[i].reallocated, each[i].pending, &doc);
		assert_int_equal(v.outcome == CW_SANITISED, each[i].fine);
		assert_int_equal(json_is_true(payload_at(doc, "medium.health.worse")), !each[i].fine);
		assert_int_equal(json_integer_value(payload_at(doc, "medium.health.after.pendingSectors")), each[i].pending);
		assert_true(payload_agreed(doc, "a document"));
	}
}

/* ---- interruptions ---- */

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

static void cut_off_anywhere_it_is_gone_on_with(void **state)
{
	char status[16];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (uint64_t room = 1; room < 6000; room += 149) {
		begin("overwrite", false);
		native_job_authorise(&n);
		limit_journal(journal_bytes() + room);
		assert_true(native_job_run(&n, false, status, &err) < 0);
		limit_journal(RLIM_INFINITY);
		judge();
		assert_int_not_equal(v.outcome, CW_SANITISED);
		memset(&err, 0, sizeof(err));
		sim_scsi_power_cut(n.drive);
		n.now.diskseq++;
		run(true, "complete");
		assert_certified(CW_LEVEL_CLEAR);
		native_job_end(&n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_drive_is_sanitised),
		cmocka_unit_test(it_is_opened_for_good),
		cmocka_unit_test(what_would_be_sent_is_what_is_sent),
		cmocka_unit_test(the_document_names_both_sizes),
		cmocka_unit_test(what_the_factory_took_away_is_not_touched),
		cmocka_unit_test(one_that_refuses_is_plugged_in_again),
		cmocka_unit_test(one_that_the_kernel_does_not_notice_is_plugged_in_again),
		cmocka_unit_test(a_liar_is_not_believed),
		cmocka_unit_test(a_journal_without_the_answer_proves_nothing),
		cmocka_unit_test(words_about_a_hidden_area_are_not_believed_alone),
		cmocka_unit_test(what_became_worse_is_named_and_costs_the_level),
		cmocka_unit_test(cut_off_anywhere_it_is_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
