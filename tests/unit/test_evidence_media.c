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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_passed_over_is_not_reached),
		cmocka_unit_test(a_leap_that_cannot_be_is_a_contradiction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
