/* SPDX-License-Identifier: Apache-2.0 */
/* The level of a disc that was overwritten and read back whole: what is accepted in writing, and what the drive itself told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/burner.h"
#include "sim/fixture_journal.h"

/* A disc that one session fills. */
static struct sim_burner whole(void)
{
	return (struct sim_burner){ .profile = 0x43, .way = 0x20, .flags = 0x1e, .sessions = 1, .capacity_type = 2, .blocks = FIXTURE_SIZE / 2048 };
}

/* A perfect job on it, under a policy that accepts what the matrix marks as unconfirmed. */
static json_t *accepted_job(void)
{
	static const struct fixture_wish wish = { .class_ = CW_CLASS_BD_RE };
	json_t *lines = fixture_perfect(&wish);

	json_object_set_new(json_object_get(json_array_get(lines, 0), "plan"), "acceptUnconfirmed", json_true());
	json_object_set_new(json_object_get(json_array_get(lines, 0), "plan"), "level", json_string("clear"));
	fixture_reseal(lines);
	return lines;
}

static void tell(json_t *lines, struct sim_burner d)
{
	static struct cw_capabilities c;
	const struct cw_medium m = { .class_ = CW_CLASS_BD_RE, .bus = CW_BUS_USB, .size_bytes = FIXTURE_SIZE, .logical_bytes = 2048, .has_medium = 1 };

	sim_burner_begin(&d);
	cw_capabilities_ask(&d.t, &m, &c);
	json_object_set_new(json_array_get(lines, 0), "capabilities", cw_capabilities_json(&c, true));
}

static struct cw_verdict judge(json_t *lines_take)
{
	struct cw_verdict v;

	assert_true(fixture_judge(lines_take, &v));
	json_decref(lines_take);
	assert_int_equal(v.outcome, v.level == CW_LEVEL_CLEAR ? CW_SANITISED : CW_INCONCLUSIVE);
	assert_memory_equal(v.caveats, "K8", 2);
	return v;
}

static uint32_t level_after(struct sim_burner d)
{
	json_t *lines = accepted_job();

	tell(lines, d);
	return judge(lines).level;
}

static void a_disc_is_cleared_where_one_session_fills_it(void **state)
{
	struct sim_burner larger = whole(), two = whole(), unformatted = whole(), silent = whole();

	(void)state;
	larger.blocks++;
	two.sessions = 2;
	unformatted.capacity_type = 1;
	silent.is_silent = true;
	assert_int_equal(level_after(whole()), CW_LEVEL_CLEAR);
	assert_int_equal(level_after(larger), CW_LEVEL_NONE);
	assert_int_equal(level_after(two), CW_LEVEL_NONE);
	assert_int_equal(level_after(unformatted), CW_LEVEL_NONE);
	assert_int_equal(level_after(silent), CW_LEVEL_NONE);
}

/* The words beside the answers are the program's that wrote the journal: without answers there is nothing. */
static void words_without_answers_count_for_nothing(void **state)
{
	json_t *lines = accepted_job(), *untold = accepted_job();

	(void)state;
	tell(lines, whole());
	json_object_del(json_object_get(json_array_get(lines, 0), "capabilities"), "answers");
	assert_int_equal(judge(lines).level, CW_LEVEL_NONE);
	assert_int_equal(judge(untold).level, CW_LEVEL_NONE);
}

static void nobody_accepted_it_nobody_claims_it(void **state)
{
	static const struct fixture_wish wish = { .class_ = CW_CLASS_DVD_RAM };
	json_t *lines = fixture_perfect(&wish);

	(void)state;
	tell(lines, whole());
	assert_int_equal(judge(lines).level, CW_LEVEL_NONE);
}

/* Whatever the journal says that the drive did: only a disc that the kernel found anew was out of it. */
static void a_disc_that_was_never_out_proves_nothing(void **state)
{
	json_t *lines = accepted_job(), *untold = accepted_job();

	(void)state;
	tell(lines, whole());
	json_object_set_new(json_object_get(fixture_find(lines, "resumed", 0), "attachment"), "diskseq", json_integer(7));
	for (size_t i = 1; i <= 2; i++)
		json_object_set_new(fixture_find(lines, "identity", i), "diskseq", json_integer(7));
	assert_int_equal(judge(lines).level, CW_LEVEL_NONE);
	tell(untold, whole());
	json_array_remove(untold, fixture_index(untold, "reload", 0));
	assert_int_equal(judge(untold).level, CW_LEVEL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disc_is_cleared_where_one_session_fills_it),
		cmocka_unit_test(words_without_answers_count_for_nothing),
		cmocka_unit_test(nobody_accepted_it_nobody_claims_it),
		cmocka_unit_test(a_disc_that_was_never_out_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
