/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for a disc is for the disc that was in the drive: by what a disc says of itself the next one there is the same medium. */
#include "certwipe/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct cw_plan planned(void)
{
	static const char *const folders[] = { "share/policy", NULL };
	const struct cw_medium m = { .node = "/dev/sr0", .class_ = CW_CLASS_BD_RE, .bus = CW_BUS_USB, .size_bytes = UINT64_C(2295104) * 2048, .logical_bytes = 2048,
				     .physical_bytes = 2048, .has_medium = 1 };
	struct cw_wish w = { 0 };
	struct cw_policy p;
	struct cw_plan plan;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(folders, "default", &p, &err), 0);
	assert_int_equal(cw_plan_make(&m, NULL, &p, &w, &plan, &err), 0);
	return plan;
}

static void a_plan_is_none_for_the_next_disc_in_the_drive(void **state)
{
	struct cw_plan plan = planned();
	char first[CW_SHA256_HEX], second[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	(void)state;
	cw_sha256_hex("boot 7", 6, plan.attachment_sha256);
	assert_int_equal(cw_plan_digest(&plan, first, &err), 0);
	cw_sha256_hex("boot 8", 6, plan.attachment_sha256);
	assert_int_equal(cw_plan_digest(&plan, second, &err), 0);
	assert_string_not_equal(first, second);
}

static void what_it_is_bound_to_survives_the_journal(void **state)
{
	struct cw_plan plan = planned(), again;
	char first[CW_SHA256_HEX], second[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	(void)state;
	cw_sha256_hex("boot 7", 6, plan.attachment_sha256);
	CW_AUTO_JSON json_t *doc = cw_plan_json(&plan);

	assert_int_equal(cw_plan_of_json(doc, &again, &err), 0);
	assert_int_equal(cw_plan_digest(&plan, first, &err) | cw_plan_digest(&again, second, &err), 0);
	assert_string_equal(first, second);
	json_object_set_new(doc, "attachmentSha256", json_string("7"));
	assert_int_not_equal(cw_plan_of_json(doc, &again, &err), 0);
}

/* Sizes are those that the drive tells, whatever the kernel has of a disc: one that no number of 32 bits counts would be another one to the drive. */
static void what_a_drive_tells_of_a_disc_is_bounded(void **state)
{
	static const char *const folders[] = { "share/policy", NULL };
	const struct cw_medium m = { .node = "/dev/sr0", .class_ = CW_CLASS_DVD_RW, .bus = CW_BUS_USB, .logical_bytes = 2048, .physical_bytes = 2048, .has_medium = 1, .disc = CW_DISC_BLANK };
	static struct cw_capabilities c = { .asked = 1, .passthrough = CW_KNOWN_YES, .features[CW_FEATURE_DISC_BLANK].state = CW_KNOWN_YES };
	struct cw_wish w = { 0 };
	struct cw_policy p;
	struct cw_plan plan;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_policy_load(folders, "default", &p, &err), 0);
	c.disc.whole_bytes = (uint64_t)UINT32_MAX * 2048;
	assert_int_equal(cw_plan_make(&m, &c, &p, &w, &plan, &err), 0);
	c.disc.whole_bytes += 2 * 2048; /* a single block, to whoever drops what is beyond */
	assert_int_equal(cw_plan_make(&m, &c, &p, &w, &plan, &err), CW_E_REFUSED);
	c.disc.whole_bytes = 2048 + 1;
	assert_int_equal(cw_plan_make(&m, &c, &p, &w, &plan, &err), CW_E_SECTOR_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_is_none_for_the_next_disc_in_the_drive),
		cmocka_unit_test(what_it_is_bound_to_survives_the_journal),
		cmocka_unit_test(what_a_drive_tells_of_a_disc_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
