/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict over what a drive told of itself and did by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/fixture_journal.h"

static const struct fixture_wish disk = { .class_ = CW_CLASS_HDD_ATA, .bus = CW_BUS_ATA };

static struct cw_verdict judge(json_t *lines_take)
{
	struct cw_verdict v;
	assert_true(fixture_judge(lines_take, &v));
	json_decref(lines_take);
	return v;
}

/* A journal of a drive that was asked: it told of more than is reached. */
static json_t *asked(json_t *lines, json_t *nvme_take)
{
	json_t *told = json_pack("{s:b}", "asked", 1);
	if (nvme_take)
		json_object_set_new(told, "nvme", nvme_take);
	json_object_set_new(json_array_get(lines, 0), "capabilities", told);
	return lines;
}

static void hidden_area_that_the_drive_told_of_reaches_no_level(void **state)
{
	(void)state;
	struct fixture_wish w = disk;
	w.hidden = CW_HIDDEN_PRESENT;
	struct cw_verdict v = judge(asked(fixture_perfect(&w), NULL));
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_string_equal(v.reason, "The drive told of a hidden area, and it was not opened.");
	w.hidden = CW_HIDDEN_NONE;
	assert_int_equal(judge(asked(fixture_perfect(&w), NULL)).outcome, CW_SANITISED);
}

static json_t *namespaces(int active, int allocated, int unallocated)
{
	return json_pack("{s:i, s:i, s:i}", "activeNamespaces", active, "allocatedNamespaces", allocated, "unallocatedBytes", unallocated);
}

static void all_namespaces_must_be_covered(void **state)
{
	(void)state;
	struct fixture_wish w = { .class_ = CW_CLASS_NVME, .bus = CW_BUS_NVME };
	static const int bad[][3] = { { 1, 2, 0 }, { 2, 2, 0 }, { 1, 1, 1 }, { 0, 0, 0 } };
	json_t *perfect = fixture_perfect(&w);
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		struct cw_verdict v = judge(asked(json_deep_copy(perfect), namespaces(bad[i][0], bad[i][1], bad[i][2])));
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		assert_int_equal(v.level, CW_LEVEL_NONE);
	}
	json_decref(perfect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_area_that_the_drive_told_of_reaches_no_level),
		cmocka_unit_test(all_namespaces_must_be_covered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
