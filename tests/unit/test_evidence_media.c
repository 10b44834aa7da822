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

/* A reading in which real_bytes wrap. */
static json_t *wrapped(uint64_t real)
{
	uint64_t away = FIXTURE_SIZE - real;
	json_t *lines = fixture_begin(&stick), *end;
	fixture_step(lines, 1, 0);
	fixture_step(lines, 2, 0);
	end = fixture_find(lines, "step-end", 1);
	set_int(fixture_find(lines, "checkpoint", 3), "mismatchBytes", away);
	set_int(end, "mismatchBytes", away);
	json_object_set_new(end, "bad", json_pack("[{s:i, s:I, s:s, s:i}]", "offsetBytes", 0, "lengthBytes", (json_int_t)away, "fault", "mismatch", "errno", 0));
	json_object_set_new(end, "firstMismatch", json_pack("{s:i, s:s, s:i, s:I}", "offsetBytes", 0, "class", "other-offset", "writtenPass", 1, "writtenOffsetBytes",
							    (json_int_t)real));
	json_object_set_new(end, "mismatches", json_pack("{s:i, s:i, s:i, s:I, s:i, s:i, s:{s:i, s:I, s:I, s:I, s:i, s:[{s:i, s:I}]}}", "zerosBytes", 0, "onesBytes", 0,
							 "uniformBytes", 0, "otherOffsetBytes", (json_int_t)away, "otherPassBytes", 0, "foreignBytes", 0, "elsewhere",
							 "offsetBytes", 0, "uptoBytes", (json_int_t)away, "leastDistanceBytes", (json_int_t)real, "commonDistanceBytes",
							 (json_int_t)real, "backwardBytes", 0, "places", "offsetBytes", 0, "writtenOffsetBytes", (json_int_t)real));
	fixture_line(lines, "end", "{s:s}", "status", "failed");
	return lines;
}

static void a_wrapping_medium_is_named_with_its_true_capacity(void **state)
{
	(void)state;
	struct cw_verdict v = judge(wrapped(HALF));
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
		json_t *lines = wrapped(HALF), *away = json_object_get(json_object_get(fixture_find(lines, "step-end", 1), "mismatches"), "elsewhere");
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
		json_t *lines = wrapped(HALF), *kinds = json_object_get(fixture_find(lines, "step-end", 1), "mismatches");
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
	json_t *lines = wrapped(HALF), *end = fixture_find(lines, "step-end", 1);
	json_object_set_new(end, "end", json_string("stopped"));
	struct cw_verdict v = judge(lines);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.capacity.lie, CW_LIE_NONE);
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
