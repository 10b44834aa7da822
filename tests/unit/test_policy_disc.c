/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for rewritable discs: how, and what is claimed of it. */
#include "certwipe/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cw_policy policy(void)
{
	static const char *const folders[] = { "share/policy", NULL };
	struct cw_policy p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(folders, "default", &p, &err), 0);
	return p;
}

static struct cw_medium disc(uint32_t class_)
{
	return (struct cw_medium){ .node = "/dev/sr0", .class_ = class_, .bus = CW_BUS_USB, .size_bytes = UINT64_C(2295104) * 2048, .logical_bytes = 2048, .physical_bytes = 2048,
				   .has_medium = 1 };
}

static bool sends_to_destruction(const struct cw_plan *p)
{
	for (uint32_t i = 0; i < p->n_rejected; i++)
		if (strcmp(p->rejected[i].what, "destroy") == 0)
			return true;
	return false;
}

/* What the drive tells of a disc that one session fills. */
static struct cw_capabilities told_of_disc(uint64_t size_bytes)
{
	struct cw_capabilities c;

	cw_capabilities_none("", &c);
	c.asked = 1;
	c.disc = (struct cw_disc_told){ .profile = 0x1a, .informed = 1, .status = CW_DISC_STATUS_COMPLETE, .erasable = 1, .sessions = 1, .capacity_known = 1, .formatted = 1,
					.capacity_bytes = size_bytes };
	return c;
}

static uint32_t level_of_disc(const struct cw_medium *m, const struct cw_capabilities *c, bool accept)
{
	struct cw_policy p = policy();
	struct cw_wish w = { 0 };
	struct cw_plan plan;
	struct cw_error err = { 0 };

	p.accept_unconfirmed = accept;
	assert_int_equal(cw_plan_make(m, c, &p, &w, &plan, &err), 0);
	assert_string_equal(plan.technique, "optical_overwrite");
	assert_string_equal(plan.code, "OPT_OW");
	assert_string_equal(plan.caveats, "K8");
	assert_int_equal(plan.n_steps, 3);
	assert_int_equal(plan.steps[0].kind, CW_STEP_WRITE);
	assert_int_equal(plan.steps[1].kind, CW_STEP_RELOAD);
	assert_int_equal(plan.steps[2].kind, CW_STEP_VERIFY);
	assert_true(plan.level > CW_LEVEL_NONE || sends_to_destruction(&plan));
	return plan.level;
}

/* Only in writing, and only where the drive says that nothing of it lies outside of what is read back. */
static void a_disc_that_is_written_at_any_block_is_cleared_for_who_accepts_it(void **state)
{
	static const uint32_t classes[] = { CW_CLASS_DVD_PLUS_RW, CW_CLASS_DVD_RAM, CW_CLASS_BD_RE };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++) {
		struct cw_medium m = disc(classes[i]);
		struct cw_capabilities whole = told_of_disc(m.size_bytes), larger = told_of_disc(m.size_bytes + 2048), two = whole;

		two.disc.sessions = 2;
		assert_int_equal(level_of_disc(&m, &whole, true), CW_LEVEL_CLEAR);
		assert_int_equal(level_of_disc(&m, &whole, false), CW_LEVEL_NONE);
		assert_int_equal(level_of_disc(&m, &larger, true), CW_LEVEL_NONE);
		assert_int_equal(level_of_disc(&m, &two, true), CW_LEVEL_NONE);
		assert_int_equal(level_of_disc(&m, NULL, true), CW_LEVEL_NONE);
	}
}

/* Losing its power takes more from a drive than losing its disc; and what is authorised is what is read back from the journal. */
static void a_disc_goes_out_and_in_before_it_is_read_back(void **state)
{
	struct cw_policy p = policy();
	struct cw_medium m = disc(CW_CLASS_DVD_RAM);
	struct cw_capabilities c = told_of_disc(m.size_bytes);
	struct cw_error err = { 0 };

	(void)state;
	for (uint32_t replug = 0; replug <= 1; replug++) {
		struct cw_wish w = { .replug = replug };
		struct cw_plan plan, again;
		CW_AUTO_JSON json_t *j = NULL;

		assert_int_equal(cw_plan_make(&m, &c, &p, &w, &plan, &err), 0);
		assert_int_equal(plan.n_steps, replug ? 2 : 3);
		j = cw_plan_json(&plan);
		assert_int_equal(cw_plan_of_json(j, &again, &err), 0);
		assert_int_equal(json_array_remove(json_object_get(j, "steps"), 1), 0);
		assert_int_not_equal(cw_plan_of_json(j, &again, &err), 0);
	}
}

/* ---- discs that are recorded in sequence ---- */

#define CAPACITY (UINT64_C(359847) * 2048)

static struct cw_capabilities told_of_burner(bool blank)
{
	struct cw_capabilities c = told_of_disc(CAPACITY);

	c.disc.profile = 0x0a;
	c.disc.status = blank ? CW_DISC_STATUS_EMPTY : CW_DISC_STATUS_COMPLETE;
	c.disc.formatted = !blank;
	c.passthrough = CW_KNOWN_YES;
	c.features[CW_FEATURE_DISC_BLANK].state = CW_KNOWN_YES;
	return c;
}

static struct cw_medium recorded(uint32_t class_, uint64_t size_bytes)
{
	struct cw_medium m = disc(class_);

	m.size_bytes = size_bytes;
	m.disc = size_bytes ? CW_DISC_CLOSED : CW_DISC_BLANK;
	m.read_only = 1; /* newer kernels call it that, because they do not write it */
	return m;
}

/* All that the disc could hold is blanked and looked at, also where nothing seems to be recorded; nothing is ever claimed for it. */
static void a_disc_that_is_recorded_in_sequence_is_blanked_and_nothing_is_claimed(void **state)
{
	static const uint32_t classes[] = { CW_CLASS_CD_RW, CW_CLASS_DVD_RW };
	static const uint64_t sizes[] = { UINT64_C(1000) * 2048, 0 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++)
		for (size_t k = 0; k < CW_ARRAY_LEN(sizes); k++)
			for (int minimal = 0; minimal < 2; minimal++) {
				struct cw_medium m = recorded(classes[i], sizes[k]);
				struct cw_capabilities c = told_of_burner(!sizes[k]);
				struct cw_policy p = policy();
				struct cw_wish w = { 0 };
				struct cw_plan plan, back;
				struct cw_error err = { 0 };
				CW_AUTO_JSON json_t *j = NULL;

				p.accept_unconfirmed = 1;
				cw_strlcpy(w.technique, minimal ? "optical_blank_min" : "", sizeof(w.technique));
				assert_int_equal(cw_plan_make(&m, &c, &p, &w, &plan, &err), 0);
				assert_string_equal(plan.technique, minimal ? "optical_blank_min" : "optical_blank");
				assert_string_equal(plan.caveats, "K8");
				assert_int_equal(plan.level, CW_LEVEL_NONE);
				assert_true(sends_to_destruction(&plan));
				assert_int_equal(plan.size_bytes, CAPACITY);
				assert_int_equal(plan.recorded_bytes, sizes[k]);
				j = cw_plan_json(&plan);
				assert_int_equal(cw_plan_of_json(j, &back, &err), 0);
				assert_memory_equal(&back, &plan, sizeof(plan));
			}
}

static void a_disc_of_which_nothing_is_told_is_not_blanked(void **state)
{
	struct cw_medium m = recorded(CW_CLASS_CD_RW, 0), full = recorded(CW_CLASS_CD_RW, 2048);
	struct cw_capabilities untold = told_of_burner(true), cannot = told_of_burner(false);
	struct cw_policy p = policy();
	struct cw_wish w = { 0 };
	struct cw_plan plan;
	struct cw_error err = { 0 };

	(void)state;
	untold.disc.capacity_known = 0;
	cannot.features[CW_FEATURE_DISC_BLANK].state = CW_KNOWN_NO;
	assert_int_equal(cw_plan_make(&m, &untold, &p, &w, &plan, &err), CW_E_REFUSED);
	assert_non_null(strstr(err.hint, "certwipe destroy /dev/sr0"));
	assert_int_equal(cw_plan_make(&full, &cannot, &p, &w, &plan, &err), CW_E_REFUSED);
	assert_non_null(strstr(err.hint, "certwipe destroy /dev/sr0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disc_that_is_written_at_any_block_is_cleared_for_who_accepts_it),
		cmocka_unit_test(a_disc_goes_out_and_in_before_it_is_read_back),
		cmocka_unit_test(a_disc_that_is_recorded_in_sequence_is_blanked_and_nothing_is_claimed),
		cmocka_unit_test(a_disc_of_which_nothing_is_told_is_not_blanked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
