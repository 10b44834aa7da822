/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict over journals of media that break and lie: what was left out, why a job stopped, and what a medium really holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/fixture_journal.h"

#define HALF (FIXTURE_SIZE / 2)

static const struct fixture_wish stick = { .scheme = "keystream" };

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

static void set_int(json_t *object, const char *key, uint64_t value)
{
	assert_int_equal(json_object_set_new(object, key, json_integer((json_int_t)value)), 0);
}

static void assert_unproven(json_t *lines_take)
{
	struct cw_verdict v = judge(lines_take);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	assert_false(holds(&v, "plan-kept"));
}

/* ---- what was left for the end of a step ---- */

/* What was left for later and never done is told like all that was not reached. */
static void what_was_passed_over_is_not_reached(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "stopped");
	for (size_t i = 0; i < 2; i++) {
		json_t *line = i ? fixture_find(lines, "step-end", 0) : fixture_find(lines, "checkpoint", 1);
		set_int(line, "furthestBytes", FIXTURE_SIZE);
		set_int(line, "passedOverBytes", 8192);
		set_int(line, "doneBytes", FIXTURE_SIZE - 8192);
	}
	fixture_stop(lines, 1, HALF);
	struct cw_verdict v = judge(json_incref(lines));
	assert_int_equal(v.exit_code, CW_EXIT_STOPPED);
	assert_true(holds(&v, "plan-kept"));
	assert_int_equal(v.unwritten_bytes, HALF);
	fixture_resume(lines, 1, HALF);
	fixture_step(lines, 1, HALF);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	assert_int_equal(judge(lines).outcome, CW_SANITISED);
}

static void a_leap_that_cannot_be_is_a_contradiction(void **state)
{
	static const uint64_t leaps[][3] = { /* furthest, passed over, done */
		{ FIXTURE_SIZE + 512, 512, FIXTURE_SIZE }, { HALF - 512, 512, HALF - 1024 }, { HALF + 512, 1024, HALF - 512 }, { FIXTURE_SIZE, 8192, FIXTURE_SIZE },
		{ FIXTURE_SIZE, 8192, HALF },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(leaps); i++) {
		json_t *lines = fixture_perfect(&stick), *checkpoint = fixture_find(lines, "checkpoint", 0);
		assert_int_equal(cw_json_u64(checkpoint, "watermarkBytes", 0), HALF);
		set_int(checkpoint, "furthestBytes", leaps[i][0]);
		set_int(checkpoint, "passedOverBytes", leaps[i][1]);
		set_int(checkpoint, "doneBytes", leaps[i][2]);
		assert_unproven(lines);
	}
	/* At its end nothing may be left. */
	json_t *lines = fixture_perfect(&stick), *end[] = { fixture_find(lines, "checkpoint", 1), fixture_find(lines, "step-end", 0) };
	for (size_t i = 0; i < 2; i++) {
		set_int(end[i], "furthestBytes", FIXTURE_SIZE);
		set_int(end[i], "passedOverBytes", 512);
		set_int(end[i], "doneBytes", FIXTURE_SIZE - 512);
	}
	assert_unproven(lines);
}

/* ---- media that are not genuine ---- */

static void a_wrapping_medium_is_named_with_its_true_capacity(void **state)
{
	(void)state;
	struct cw_verdict v = judge(fixture_wrapped(&stick, HALF));
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_int_equal(v.capacity.lie, CW_LIE_WRAP);
	assert_int_equal(v.capacity.real_bytes, HALF);
	assert_string_equal(v.reason, "The medium returned data that was written for another place: it does not hold as much as it reports.");
	assert_non_null(strstr(v.caveats, "K18"));
}

/* Each of them alone keeps the medium from being accused, or shows that the journal is made up; none makes it a good one. */
static void an_accusation_needs_all_of_its_evidence(void **state)
{
	static const struct { const char *key; int64_t more; } changes[] = {
		{ "offsetBytes", HALF }, { "uptoBytes", -512 }, { "uptoBytes", 512 }, { "leastDistanceBytes", -512 }, { "leastDistanceBytes", 512 },
		{ "commonDistanceBytes", -512 }, { "backwardBytes", 65536 },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(changes); i++) {
		json_t *lines = fixture_wrapped(&stick, HALF), *away = json_object_get(json_object_get(fixture_find(lines, "step-end", 1), "mismatches"), "elsewhere");
		set_int(away, changes[i].key, (uint64_t)((int64_t)cw_json_u64(away, changes[i].key, 0) + changes[i].more));
		struct cw_verdict v = judge(lines);
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_true(v.capacity.lie != CW_LIE_WRAP);
	}
}

static void kinds_that_do_not_add_up_are_a_contradiction(void **state)
{
	static const char *const keys[] = { "zerosBytes", "otherOffsetBytes", "foreignBytes" };
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++) {
		json_t *lines = fixture_wrapped(&stick, HALF), *kinds = json_object_get(fixture_find(lines, "step-end", 1), "mismatches");
		set_int(kinds, keys[i], cw_json_u64(kinds, keys[i], 0) + 512);
		struct cw_verdict v = judge(lines);
		assert_false(holds(&v, "plan-kept"));
		assert_int_equal(v.capacity.lie, CW_LIE_NONE);
	}
	json_t *lines = fixture_perfect(&stick);
	json_object_set_new(fixture_find(lines, "step-end", 1), "mismatches", json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "zerosBytes", 0, "onesBytes", 0, "uniformBytes", 512,
											"otherOffsetBytes", 0, "otherPassBytes", 0, "foreignBytes", 0));
	assert_unproven(lines);
}

/* What was not read whole does not tell how much there is. */
static void a_reading_that_was_cut_off_accuses_nobody(void **state)
{
	(void)state;
	json_t *lines = fixture_wrapped(&stick, HALF), *end = fixture_find(lines, "step-end", 1);
	json_object_set_new(end, "end", json_string("stopped"));
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.capacity.lie, CW_LIE_NONE);
}

/* ---- the early look ---- */

/* As a line of the first write: a wrap where away is the distance. */
static json_t *look(uint64_t away)
{
	json_t *line = json_pack("{s:s, s:i, s:i, s:i, s:[], s:[{s:i}]}", "event", "spot-check", "step", 1, "probes", 3, "equal", 1, "differing", "same", "offsetBytes", 9437184);
	for (uint64_t base = 1048576; base <= 3 * 1048576; base += 2 * 1048576)
		json_array_append_new(json_object_get(line, "differing"), json_pack("{s:I, s:s, s:i, s:I}", "offsetBytes", (json_int_t)base, "class", "other-offset",
									    "writtenPass", 1, "writtenOffsetBytes", (json_int_t)(base + away)));
	return line;
}

static json_t *looked_at(json_t *line_take)
{
	json_t *lines = fixture_perfect(&stick);
	json_array_insert_new(lines, fixture_index(lines, "checkpoint", 0) + 1, line_take);
	return lines;
}

static void a_look_without_a_finding_changes_nothing(void **state)
{
	(void)state;
	json_t *line = json_pack("{s:s, s:i, s:i, s:i, s:[]}", "event", "spot-check", "step", 1, "probes", 3, "equal", 3, "differing");
	struct cw_verdict v = judge(looked_at(line));
	assert_int_equal(v.outcome, CW_SANITISED);
}

/* Even when everything is equal later: a medium that did that once is none to rely on. */
static void what_an_early_look_found_is_for_ever(void **state)
{
	(void)state;
	struct cw_verdict v = judge(looked_at(look(4 * 1048576)));
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_false(holds(&v, "none-differed"));
	assert_int_equal(v.capacity.lie, CW_LIE_NONE); /* all of it was read equal: it does hold what it reports */
}

static void an_early_finding_stands_until_all_was_read(void **state)
{
	(void)state;
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "stopped");
	json_array_insert_new(lines, fixture_index(lines, "checkpoint", 0) + 1, look(4 * 1048576));
	fixture_line(lines, "stopped", "{s:s, s:i, s:I, s:{s:s, s:I, s:i}}", "by", "rule", "step", 1, "watermarkBytes", (json_int_t)HALF, "rule", "name", "not-genuine", "limit",
		     (json_int_t)FIXTURE_SIZE, "found", 4 * 1048576);
	fixture_line(lines, "end", "{s:s}", "status", "failed");
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.capacity.lie, CW_LIE_WRAP);
	assert_int_equal(v.capacity.real_bytes, 4 * 1048576);
	assert_int_equal(v.capacity.exact, 0);
	assert_string_equal(v.reason, "The medium returned data that was written for another place: it does not hold as much as it reports.");
}

static void a_look_that_cannot_be_is_a_contradiction(void **state)
{
	(void)state;
	for (unsigned what = 0; what < 4; what++) {
		json_t *line = json_pack("{s:s, s:i, s:i, s:i, s:[]}", "event", "spot-check", "step", 1, "probes", 3, "equal", 3, "differing"), *lines;
		if (what == 0)
			set_int(line, "equal", 2);
		if (what == 1)
			set_int(line, "step", 2);
		lines = looked_at(line);
		if (what >= 2) { /* behind the step, and in a reading */
			json_array_remove(lines, fixture_index(lines, "spot-check", 0));
			line = json_pack("{s:s, s:i, s:i, s:i, s:[]}", "event", "spot-check", "step", what == 2 ? 1 : 2, "probes", 3, "equal", 3, "differing");
			json_array_insert_new(lines, what == 2 ? fixture_index(lines, "step-end", 0) + 1 : fixture_index(lines, "checkpoint", 2), line);
		}
		assert_unproven(lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_passed_over_is_not_reached),
		cmocka_unit_test(a_leap_that_cannot_be_is_a_contradiction),
		cmocka_unit_test(a_wrapping_medium_is_named_with_its_true_capacity),
		cmocka_unit_test(an_accusation_needs_all_of_its_evidence),
		cmocka_unit_test(kinds_that_do_not_add_up_are_a_contradiction),
		cmocka_unit_test(a_reading_that_was_cut_off_accuses_nobody),
		cmocka_unit_test(a_look_without_a_finding_changes_nothing),
		cmocka_unit_test(what_an_early_look_found_is_for_ever),
		cmocka_unit_test(an_early_finding_stands_until_all_was_read),
		cmocka_unit_test(a_look_that_cannot_be_is_a_contradiction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
