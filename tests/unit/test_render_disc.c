/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads of a disc that was asked about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/render/text.h"
#include "sim/burner.h"

static void assert_says(struct sim_burner d, const char *const *parts)
{
	const struct cw_medium m = { .class_ = CW_CLASS_CD_RW, .bus = CW_BUS_USB, .size_bytes = 2048, .logical_bytes = 2048, .has_medium = 1 };
	CW_AUTO_BUF struct cw_buf text = { 0 };
	CW_AUTO_JSON json_t *doc = NULL;
	static struct cw_capabilities c;

	sim_burner_begin(&d);
	cw_capabilities_ask(&d.t, &m, &c);
	doc = cw_capabilities_json(&c, false);
	cw_text_capabilities(doc, &text);
	for (; *parts; parts++)
		if (!strstr(text.data, *parts))
			fail_msg("\"%s\" is not in:\n%s", *parts, text.data);
}

static void a_recorded_disc_is_described_in_words(void **state)
{
	static const char *const parts[] = { "CD-RW (000ah), which this drive writes as it is", "complete; sessions: 2, tracks: 2; can be erased", "2.0 MB, formatted", "c0ffee01",
					     "97:15:17", "BLANK of the whole disc: yes", "(assetTag)", NULL };

	(void)state;
	assert_says((struct sim_burner){ .profile = 0x0a, .way = 0x37, .flags = 0x1e, .sessions = 2, .capacity_type = 2, .blocks = 1000, .id = 0xc0ffee01, .lead_in = { 97, 15, 17 } }, parts);
}

static void a_disc_that_the_drive_does_not_write_is_said_to_be_one(void **state)
{
	static const char *const parts[] = { "DVD-R (0011h), which this drive does not write as it is", "cannot be erased", NULL };

	(void)state;
	assert_says((struct sim_burner){ .profile = 0x11, .flags = 0x0e, .sessions = 1, .capacity_type = 2, .blocks = 1000 }, parts);
}

static void a_protected_disc_is_said_to_be_one(void **state)
{
	static const char *const parts[] = { "DVD-RAM (0012h)", "written at any block", ", write-protected", NULL };

	(void)state;
	assert_says((struct sim_burner){ .profile = 0x12, .flags = 0x1f, .sessions = 1, .capacity_type = 2, .blocks = 1000, .protected_ = true }, parts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_disc_is_described_in_words),
		cmocka_unit_test(a_disc_that_the_drive_does_not_write_is_said_to_be_one),
		cmocka_unit_test(a_protected_disc_is_said_to_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
