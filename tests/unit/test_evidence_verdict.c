/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict: a journal with anything wrong in it is never one of a sanitised medium, and people are told why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/fixture_journal.h"

#define HALF (FIXTURE_SIZE / 2)

static const struct fixture_wish stick = { .scheme = "keystream" };
static const struct fixture_wish disk = { .class_ = CW_CLASS_HDD_ATA, .bus = CW_BUS_ATA };
static const struct fixture_wish disk_sampled = { .class_ = CW_CLASS_HDD_ATA, .bus = CW_BUS_ATA, .sample = true };
static const struct fixture_wish stick_r1 = { .scheme = "nist-r1-flash", .r1 = true };

static struct cw_verdict judge(json_t *lines_take)
{
	struct cw_verdict v;
	assert_true(fixture_judge(lines_take, &v));
	json_decref(lines_take);
	return v;
}

static bool holds(const struct cw_verdict *v, const char *claim)
{
	for (uint32_t i = 0; i < v->n_support; i++)
		if (strcmp(v->support[i].claim, claim) == 0)
			return v->support[i].holds != 0;
	fail_msg("no claim %s", claim);
	return false;
}

static bool has_caveat(const struct cw_verdict *v, const char *id)
{
	const char *at = strstr(v->caveats, id);
	return at && (at[strlen(id)] == '+' || !at[strlen(id)]) && (at == v->caveats || at[-1] == '+');
}

static void set_int(json_t *object, const char *key, uint64_t value)
{
	assert_int_equal(json_object_set_new(object, key, json_integer((json_int_t)value)), 0);
}

static void set_str(json_t *object, const char *key, const char *value)
{
	assert_int_equal(json_object_set_new(object, key, json_string(value)), 0);
}

static void assert_unproven(json_t *lines_take, int exit_code)
{
	struct cw_verdict v = judge(lines_take);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	assert_int_equal(v.exit_code, exit_code);
	assert_true(*v.reason);
}

/* ---- success ---- */

static void perfect_job_is_sanitised(void **state)
{
	(void)state;
	struct cw_verdict v = judge(fixture_perfect(&stick));
	assert_string_equal(v.reason, "Every planned byte was written, read back and is equal.");
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_string_equal(cw_outcome_name(v.outcome), "sanitised");
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_int_equal(v.exit_code, CW_EXIT_DONE);
	assert_int_equal(v.exceptions.n, 0);
	assert_false(v.laboratory);
	assert_true(v.attempted && !v.stopped);
	assert_string_equal(v.caveats, "K1+K2+K19");
	assert_int_equal(v.n_conditions, 3);
	for (uint32_t i = 0; i < v.n_conditions; i++)
		assert_true(v.conditions[i].satisfied);
	for (uint32_t i = 0; i < v.n_support; i++)
		assert_true(v.support[i].holds);
}

static void support_names_the_lines(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	size_t authorised = fixture_index(lines, "authorised", 0), read = fixture_index(lines, "step-end", 1), end = fixture_index(lines, "end", 0);
	struct cw_verdict v = judge(lines);
	assert_string_equal(v.support[0].claim, "authorised");
	assert_int_equal(v.support[0].line, authorised);
	for (uint32_t i = 0; i < v.n_support; i++) {
		if (strcmp(v.support[i].claim, "all-verified") == 0)
			assert_int_equal(v.support[i].line, read);
		if (strcmp(v.support[i].claim, "ended") == 0)
			assert_int_equal(v.support[i].line, end);
	}
}

static void document_signed_later_changes_nothing(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	fixture_line(lines, "attested", "{s:s, s:s, s:s, s:s, s:s}", "documentId", "2026-000017", "type", "destruction-certificate", "jsonSha256", FIXTURE_SHA, "p7sSha256",
		     FIXTURE_SHA, "outcome", "sanitised");
	assert_int_equal(judge(lines).outcome, CW_SANITISED);
}

static void sampled_disk_says_so(void **state)
{
	(void)state;
	struct cw_verdict v = judge(fixture_perfect(&disk_sampled));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_true(has_caveat(&v, "K16"));
}

/* A sample cannot show that a stick holds what it reports. */
static void sampled_stick_reaches_no_level(void **state)
{
	(void)state;
	struct fixture_wish w = stick;
	w.sample = true;
	struct cw_verdict v = judge(fixture_perfect(&w));
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_string_equal(v.reason, "No keystream was read back whole.");
}

static void two_passes_of_revision_1(void **state)
{
	(void)state;
	struct cw_verdict v = judge(fixture_perfect(&stick_r1));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_true(has_caveat(&v, "K13") && has_caveat(&v, "K17"));
	assert_int_equal(v.conditions[2].number, 7);
}

static void one_pass_is_not_enough_for_revision_1(void **state)
{
	(void)state;
	struct fixture_wish w = stick;
	w.r1 = true;
	struct cw_verdict v = judge(fixture_perfect(&w));
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_true(has_caveat(&v, "K17"));
}

/* Constant passes on flash get a verified keystream besides; without it wrapping would go unnoticed. */
static void constant_on_a_disk(void **state)
{
	(void)state;
	struct fixture_wish w = disk;
	w.scheme = "zero";
	struct cw_verdict v = judge(fixture_perfect(&w));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_string_equal(v.caveats, "K1+K19");
}

static void virtual_medium_is_laboratory(void **state)
{
	(void)state;
	struct fixture_wish w = { .class_ = CW_CLASS_VIRTUAL, .bus = CW_BUS_LOOP, .virtual_ = true };
	struct cw_verdict v = judge(fixture_perfect(&w));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_true(v.laboratory);
	assert_true(has_caveat(&v, "K27"));
}

static void hidden_area_of_known_size_is_told(void **state)
{
	(void)state;
	struct fixture_wish w = disk;
	w.hidden = CW_HIDDEN_PRESENT;
	struct cw_verdict v = judge(fixture_perfect(&w));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_true(has_caveat(&v, "K20"));
}

static void unknown_hidden_area_reaches_no_level(void **state)
{
	(void)state;
	struct fixture_wish w = disk;
	w.unknown_hidden = true;
	struct cw_verdict v = judge(fixture_perfect(&w));
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_string_equal(v.reason, "Whether the medium has a hidden area is not known.");
	assert_false(v.conditions[0].satisfied);
}

/* ---- resumed ---- */

static void resumed_write_is_sanitised(void **state)
{
	(void)state;
	struct cw_verdict v = judge(fixture_resumed(&stick, HALF));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_false(v.stopped);
	assert_int_equal(judge(fixture_resumed(&stick, HALF - 512)).outcome, CW_SANITISED);
}

static void resumed_behind_a_gap_is_not(void **state)
{
	(void)state;
	assert_unproven(fixture_resumed(&stick, HALF + 512), CW_EXIT_INCONCLUSIVE);
}

static void resumed_after_a_power_cut(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "");
	fixture_resume(lines, 1, HALF);
	fixture_step(lines, 1, HALF);
	fixture_step_broken(lines, 2, 0, HALF, "");
	fixture_resume(lines, 2, 0);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	assert_int_equal(judge(lines).outcome, CW_SANITISED);
}

static void resumed_when_only_the_end_was_missing(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step(lines, 1, 0);
	fixture_step(lines, 2, 0);
	fixture_resume(lines, 3, 0);
	fixture_end(lines);
	assert_int_equal(judge(lines).outcome, CW_SANITISED);
}

static void half_a_reading_resumed_is_no_reading(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step(lines, 1, 0);
	fixture_step_broken(lines, 2, 0, HALF, "");
	fixture_resume(lines, 2, HALF);
	fixture_step(lines, 2, HALF);
	fixture_end(lines);
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_false(holds(&v, "all-verified"));
}

static void resumed_without_a_look_at_the_medium(void **state)
{
	(void)state;
	json_t *lines = fixture_resumed(&stick, HALF);
	json_array_remove(lines, fixture_index(lines, "identity", 1));
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
	lines = fixture_resumed(&stick, HALF);
	set_int(fixture_find(lines, "resumed", 0), "checkedBytes", 0);
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* Written, stopped, gone on with: by a plan that wants it unplugged in between. */
static json_t *replug_planned(uint64_t diskseq)
{
	json_t *lines = fixture_begin(&stick);
	fixture_step(lines, 1, 0);
	fixture_stop(lines, 2, 0);
	fixture_resume(lines, 2, 0);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	json_object_set_new(json_object_get(json_array_get(lines, 0), "plan"), "replug", json_true());
	fixture_reseal(lines);
	if (diskseq) {
		set_int(json_object_get(fixture_find(lines, "resumed", 0), "attachment"), "diskseq", diskseq);
		set_int(fixture_find(lines, "identity", 1), "diskseq", diskseq);
		set_int(fixture_find(lines, "identity", 2), "diskseq", diskseq);
	}
	return lines;
}

static void a_replug_that_the_plan_asks_for(void **state)
{
	(void)state;
	assert_int_equal(judge(replug_planned(4711)).outcome, CW_SANITISED);
	assert_unproven(replug_planned(0), CW_EXIT_INCONCLUSIVE);
	json_t *lines = fixture_perfect(&stick);
	json_object_set_new(json_object_get(json_array_get(lines, 0), "plan"), "replug", json_true());
	fixture_reseal(lines);
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

static void step_repeated_without_resumption(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "stopped");
	fixture_step(lines, 1, HALF);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* What failed once is told for ever, also when the attempt was abandoned. */
static void fault_before_a_resumption_stays(void **state)
{
	(void)state;
	json_t *lines = fixture_resumed(&stick, HALF);
	json_t *checkpoint = fixture_find(lines, "checkpoint", 1);
	set_int(checkpoint, "badBytes", 512);
	set_int(checkpoint, "doneBytes", HALF - 512);
	json_array_remove(lines, fixture_index(lines, "step-end", 0));
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_int_equal(v.unwritten_bytes, HALF);
	assert_true(has_caveat(&v, "K3"));
}

/* ---- stopped, lost, interrupted ---- */

static void stopped_job(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "stopped");
	fixture_stop(lines, 1, HALF);
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.exit_code, CW_EXIT_STOPPED);
	assert_true(v.stopped && v.attempted);
	assert_int_equal(v.unwritten_bytes, FIXTURE_SIZE - HALF);
	assert_int_equal(v.unverified_bytes, FIXTURE_SIZE);
	assert_int_equal(v.exceptions.n, 2);
	assert_int_equal(v.exceptions.at[0].offset_bytes, HALF);
}

static void stopped_before_the_first_write(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_stop(lines, 1, 0);
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_STOPPED);
	assert_false(v.attempted);
}

static void lost_medium(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "lost");
	fixture_line(lines, "lost", "{s:s, s:s}", "what", "medium", "message", "No such device");
	fixture_line(lines, "end", "{s:s}", "status", "lost");
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* Nothing is known to be on the medium but what a checkpoint before tells of. */
static void failed_flush(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "flush-failed");
	fixture_line(lines, "end", "{s:s}", "status", "failed");
	assert_string_equal(judge(json_incref(lines)).reason, "The medium took data and then did not store them: writing out its cache failed.");
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* Of a lost medium only the checkpoint before counts. */
static void lost_medium_keeps_its_last_checkpoint(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "lost");
	json_t *step_end = fixture_find(lines, "step-end", 0);
	set_int(step_end, "uptoBytes", HALF + 4096);
	set_int(step_end, "doneBytes", HALF + 4096);
	fixture_line(lines, "lost", "{s:s, s:s}", "what", "medium", "message", "No such device");
	fixture_line(lines, "end", "{s:s}", "status", "lost");
	assert_int_equal(judge(lines).unwritten_bytes, FIXTURE_SIZE - HALF);
}

static void crashed_without_a_last_word(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	while (json_array_size(lines) > fixture_index(lines, "step-end", 0) + 1)
		json_array_remove(lines, json_array_size(lines) - 1);
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

static void given_up(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "");
	fixture_line(lines, "closed", "{s:{s:i, s:s}, s:s}", "by", "uid", 0, "name", "root", "reason", "stick broken");
	fixture_line(lines, "end", "{s:s}", "status", "closed");
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* "complete" is what the executor thinks of itself. */
static void status_alone_proves_nothing(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_end(lines);
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_FAILED);
	lines = fixture_begin(&stick);
	fixture_step(lines, 1, 0);
	fixture_end(lines);
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* ---- refused ---- */

static int exit_of_refusal(const char *code, int written_exit)
{
	json_t *lines = fixture_begin(&stick);
	fixture_line(lines, "refused", "{s:s, s:i, s:s}", "code", code, "exit", written_exit, "message", "no");
	fixture_line(lines, "end", "{s:s}", "status", "refused");
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_false(v.attempted);
	return v.exit_code;
}

static void refusals_keep_their_exit(void **state)
{
	(void)state;
	assert_int_equal(exit_of_refusal("unauthorised", 8), CW_EXIT_UNAUTHORISED);
	assert_int_equal(exit_of_refusal("identity-changed", 4), CW_EXIT_NOT_FOUND);
	assert_int_equal(exit_of_refusal("policy", 3), CW_EXIT_REFUSED);
	assert_int_equal(exit_of_refusal("policy", 0), CW_EXIT_REFUSED);
	assert_int_equal(exit_of_refusal("no-such-code", 0), CW_EXIT_FAILED);
}

static void went_on_although_refused(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick), *refused = json_pack("{s:s, s:s, s:i, s:s}", "event", "refused", "code", "policy", "exit", 3, "message", "no");
	json_array_insert_new(lines, fixture_index(lines, "intent", 0), refused);
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

/* ---- what the medium did ---- */

static void mismatch(json_t *step_end, const char *class_)
{
	set_int(step_end, "mismatchBytes", 512);
	json_object_set_new(step_end, "bad", json_pack("[{s:i, s:i, s:s, s:i}]", "offsetBytes", 4096, "lengthBytes", 512, "fault", "mismatch", "errno", 0));
	json_object_set_new(step_end, "firstMismatch", json_pack("{s:i, s:s, s:i, s:i}", "offsetBytes", 4096, "class", class_, "writtenPass", 1, "writtenOffsetBytes", 0));
}

static void mismatch_is_not_sanitised(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	mismatch(fixture_find(lines, "step-end", 1), "zeros");
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_int_equal(v.mismatch_bytes, 512);
	assert_int_equal(v.exceptions.n, 1);
	assert_int_equal(v.exceptions.at[0].offset_bytes, 4096);
	assert_false(holds(&v, "none-differed"));
	assert_true(has_caveat(&v, "K3") && !has_caveat(&v, "K18"));
}

static void counterfeit_is_named(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	mismatch(fixture_find(lines, "step-end", 1), "other-offset");
	struct cw_verdict v = judge(lines);
	assert_true(has_caveat(&v, "K18"));
	assert_string_equal(v.reason, "The medium returned data that was written for another place: it does not hold as much as it reports.");
}

/* A mismatch that only a checkpoint tells of, in an attempt that was cut off, stays one after a perfect second reading. */
static void mismatch_is_for_ever(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step(lines, 1, 0);
	fixture_step_broken(lines, 2, 0, HALF, "");
	set_int(json_array_get(lines, json_array_size(lines) - 1), "mismatchBytes", 512);
	fixture_resume(lines, 2, 0);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_int_equal(v.mismatch_bytes, HALF);
}

static void fault_in_step(size_t nth, const char *fault, uint64_t *unwritten, uint64_t *unverified)
{
	json_t *lines = fixture_perfect(&stick), *step_end = fixture_find(lines, "step-end", nth), *checkpoint = fixture_find(lines, "checkpoint", 2 * nth + 1);
	json_t *counts[] = { step_end, checkpoint };
	for (size_t i = 0; i < CW_ARRAY_LEN(counts); i++) {
		set_int(counts[i], "badBytes", 1024);
		set_int(counts[i], "doneBytes", FIXTURE_SIZE - 1024);
	}
	json_object_set_new(step_end, "bad", json_pack("[{s:i, s:i, s:s, s:i}]", "offsetBytes", 4096, "lengthBytes", 1024, "fault", fault, "errno", 5));
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_int_equal(v.exceptions.at[0].sys_errno, 5);
	assert_false(holds(&v, "none-failed"));
	*unwritten = v.unwritten_bytes;
	*unverified = v.unverified_bytes;
}

static void bad_sectors_are_not_sanitised(void **state)
{
	uint64_t unwritten, unverified;
	(void)state;
	fault_in_step(0, "write", &unwritten, &unverified);
	assert_int_equal(unwritten, 1024);
	assert_int_equal(unverified, 0);
	fault_in_step(1, "read", &unwritten, &unverified);
	assert_int_equal(unwritten, 0);
	assert_int_equal(unverified, 1024);
}

/* A list that hides bytes of the count: they may lie anywhere. */
static void unlisted_bad_bytes_count_everywhere(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick), *step_end = fixture_find(lines, "step-end", 0);
	set_int(step_end, "badBytes", 512);
	set_int(step_end, "doneBytes", FIXTURE_SIZE);
	assert_int_equal(judge(lines).unwritten_bytes, FIXTURE_SIZE);
}

static void hidden_list_is_a_contradiction(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	json_object_set_new(fixture_find(lines, "step-end", 1), "bad", json_pack("[{s:i, s:i, s:s, s:i}]", "offsetBytes", 0, "lengthBytes", 512, "fault", "mismatch", "errno", 0));
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
	lines = fixture_perfect(&stick);
	json_object_set_new(fixture_find(lines, "step-end", 1), "firstMismatch",
			    json_pack("{s:i, s:s, s:i, s:i}", "offsetBytes", 0, "class", "zeros", "writtenPass", 0, "writtenOffsetBytes", 0));
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

static void wrong_medium_is_unproven(void **state)
{
	(void)state;
	for (size_t nth = 0; nth < 2; nth++) {
		json_t *lines = fixture_perfect(&stick);
		json_object_set_new(fixture_find(lines, "identity", nth), "match", json_false());
		assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
		lines = fixture_perfect(&stick);
		set_str(fixture_find(lines, "identity", nth), "identitySha256", FIXTURE_SHA);
		assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
		lines = fixture_perfect(&stick);
		set_int(fixture_find(lines, "identity", nth), "diskseq", 8);
		assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
	}
}

static void wrong_medium_found_in_time(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	json_object_set_new(fixture_find(lines, "identity", 0), "match", json_false());
	fixture_line(lines, "end", "{s:s}", "status", "failed");
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_NOT_FOUND);
}

/* Numbers that no medium can give still end as exceptions within its bounds. */
static void senseless_numbers_stay_on_the_medium(void **state)
{
	(void)state;
	json_t *lines = fixture_resumed(&stick, HALF), *step_end = fixture_find(lines, "step-end", 1);
	set_int(step_end, "uptoBytes", 0);
	set_int(step_end, "badBytes", 1ull << 52);
	json_object_set_new(step_end, "bad", json_pack("[{s:I, s:I, s:s, s:i}]", "offsetBytes", (json_int_t)FIXTURE_SIZE - 512, "lengthBytes", (json_int_t)1 << 52, "fault",
						       "read", "errno", 5));
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	for (uint32_t i = 0; i < v.exceptions.n; i++)
		assert_true(v.exceptions.at[i].offset_bytes + v.exceptions.at[i].len_bytes <= FIXTURE_SIZE);
}

/* ---- forged plans: digests agree, the plan lies ---- */

static struct cw_verdict judge_forged(json_t *lines_take)
{
	fixture_reseal(lines_take);
	return judge(lines_take);
}

static json_t *plan_in(json_t *lines)
{
	return json_object_get(json_array_get(lines, 0), "plan");
}

static void plan_cannot_claim_purge(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	set_str(plan_in(lines), "level", "purge");
	json_object_set_new(plan_in(lines), "conditions", json_array());
	json_object_set_new(plan_in(lines), "caveats", json_array());
	struct cw_verdict v = judge_forged(lines);
	assert_string_equal(v.reason, "Every planned byte was written, read back and is equal.");
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_string_equal(v.caveats, "K1+K2+K19");
	lines = fixture_perfect(&stick);
	set_str(plan_in(lines), "level", "purge");
	set_str(plan_in(lines), "code", "SAN_BLK");
	assert_int_equal(judge_forged(lines).outcome, CW_INCONCLUSIVE);
}

static void plan_can_lower_the_level(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	set_str(plan_in(lines), "level", "none");
	assert_int_equal(judge_forged(lines).outcome, CW_INCONCLUSIVE);
}

static void plan_for_another_class_or_size(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	set_str(plan_in(lines), "class", "HDD_ATA");
	assert_int_equal(judge_forged(lines).outcome, CW_INCONCLUSIVE);
	lines = fixture_perfect(&stick);
	set_int(json_object_get(json_array_get(lines, 0), "medium"), "sizeBytes", 2 * FIXTURE_SIZE);
	assert_int_equal(judge_forged(lines).outcome, CW_INCONCLUSIVE);
}

static void plan_without_reading_back(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	json_array_remove(json_object_get(plan_in(lines), "steps"), 1);
	fixture_step(lines, 1, 0);
	fixture_end(lines);
	assert_int_equal(judge_forged(lines).outcome, CW_INCONCLUSIVE);
}

static void other_medium_written_into_line_0(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick);
	set_str(json_object_get(json_array_get(lines, 0), "medium"), "fullSerial", "OTHER");
	assert_unproven(lines, CW_EXIT_INCONCLUSIVE);
}

static void nvme_has_capacity_that_writes_do_not_show(void **state)
{
	(void)state;
	struct fixture_wish w = { .class_ = CW_CLASS_NVME, .bus = CW_BUS_NVME };
	assert_int_equal(judge(fixture_perfect(&w)).level, CW_LEVEL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(perfect_job_is_sanitised), cmocka_unit_test(support_names_the_lines), cmocka_unit_test(document_signed_later_changes_nothing),
		cmocka_unit_test(sampled_disk_says_so), cmocka_unit_test(sampled_stick_reaches_no_level), cmocka_unit_test(two_passes_of_revision_1),
		cmocka_unit_test(one_pass_is_not_enough_for_revision_1), cmocka_unit_test(constant_on_a_disk), cmocka_unit_test(virtual_medium_is_laboratory),
		cmocka_unit_test(hidden_area_of_known_size_is_told), cmocka_unit_test(unknown_hidden_area_reaches_no_level),
		cmocka_unit_test(resumed_write_is_sanitised), cmocka_unit_test(resumed_behind_a_gap_is_not), cmocka_unit_test(resumed_after_a_power_cut),
		cmocka_unit_test(resumed_when_only_the_end_was_missing), cmocka_unit_test(half_a_reading_resumed_is_no_reading),
		cmocka_unit_test(resumed_without_a_look_at_the_medium), cmocka_unit_test(step_repeated_without_resumption), cmocka_unit_test(a_replug_that_the_plan_asks_for),
		cmocka_unit_test(fault_before_a_resumption_stays), cmocka_unit_test(stopped_job), cmocka_unit_test(stopped_before_the_first_write),
		cmocka_unit_test(failed_flush), cmocka_unit_test(lost_medium), cmocka_unit_test(lost_medium_keeps_its_last_checkpoint), cmocka_unit_test(crashed_without_a_last_word),
		cmocka_unit_test(given_up), cmocka_unit_test(status_alone_proves_nothing), cmocka_unit_test(refusals_keep_their_exit),
		cmocka_unit_test(went_on_although_refused), cmocka_unit_test(mismatch_is_not_sanitised), cmocka_unit_test(counterfeit_is_named),
		cmocka_unit_test(mismatch_is_for_ever), cmocka_unit_test(bad_sectors_are_not_sanitised), cmocka_unit_test(unlisted_bad_bytes_count_everywhere),
		cmocka_unit_test(hidden_list_is_a_contradiction), cmocka_unit_test(wrong_medium_is_unproven), cmocka_unit_test(wrong_medium_found_in_time),
		cmocka_unit_test(senseless_numbers_stay_on_the_medium), cmocka_unit_test(plan_cannot_claim_purge),
		cmocka_unit_test(plan_can_lower_the_level), cmocka_unit_test(plan_for_another_class_or_size), cmocka_unit_test(plan_without_reading_back),
		cmocka_unit_test(other_medium_written_into_line_0), cmocka_unit_test(nvme_has_capacity_that_writes_do_not_show),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
