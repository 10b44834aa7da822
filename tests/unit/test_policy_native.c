/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for media that told what they can do by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

static const char *const folders[] = { "share/policy", NULL };

static struct cw_policy policy(const char *id)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(folders, id, &p, &err), 0);
	return p;
}

/* A healthy medium of a class, of which it is known that nothing is hidden. */
static struct cw_medium medium(uint32_t class_)
{
	struct cw_medium m = { .class_ = class_, .bus = CW_BUS_USB, .size_bytes = UINT64_C(64000000000), .logical_bytes = 512, .physical_bytes = 4096,
			       .has_medium = 1, .hidden = CW_HIDDEN_NONE, .virtual_ = class_ == CW_CLASS_VIRTUAL };

	cw_strlcpy(m.node, "/dev/sdx", sizeof(m.node));
	cw_strlcpy(m.serial.text, "AB12CD34EF56", sizeof(m.serial.text));
	cw_strlcpy(m.full_serial, m.serial.text, sizeof(m.full_serial));
	return m;
}

static bool rejects(const struct cw_plan *p, const char *what)
{
	for (uint32_t i = 0; i < p->n_rejected; i++) {
		if (strcmp(p->rejected[i].what, what) == 0)
			return true;
	}
	return false;
}

/* What could be opened first must not be left behind: a certificate with its size on it would still be one over old data. */
static void a_hidden_area_that_the_drive_told_of_costs_the_level(void **state)
{
	static struct cw_capabilities c;
	struct cw_policy rules = policy("default");
	struct cw_medium m = medium(CW_CLASS_HDD_ATA);
	struct cw_plan p;
	struct cw_error err = { 0 };

	(void)state;
	cw_capabilities_none("", &c);
	c.asked = 1;
	m.hidden = CW_HIDDEN_PRESENT;
	m.hidden_bytes = 1048576;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_true(rejects(&p, "clear"));
	m.hidden = CW_HIDDEN_NONE;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
}

static void an_nvme_drive_that_is_one_namespace_can_be_cleared(void **state)
{
	static struct cw_capabilities c;
	struct cw_policy rules = policy("default");
	struct cw_medium m = medium(CW_CLASS_NVME);
	struct cw_plan p;
	struct cw_error err = { 0 };

	(void)state;
	cw_capabilities_none("", &c);
	c.asked = c.nvme.identified = c.nvme.n_active = c.nvme.n_allocated = 1;
	m.hidden = CW_HIDDEN_NONE;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	c.nvme.n_allocated = 2;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	c.nvme.n_allocated = 1;
	c.nvme.unallocated_bytes = 1;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hidden_area_that_the_drive_told_of_costs_the_level),
		cmocka_unit_test(an_nvme_drive_that_is_one_namespace_can_be_cleared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
