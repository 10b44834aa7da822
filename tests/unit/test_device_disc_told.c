/* SPDX-License-Identifier: Apache-2.0 */
/* What an optical drive tells of the disc in it: kind, state, capacity, maker; and what it could do about it. */
#include "certwipe/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/burner.h"
#include "sim/capture_bench.h"

static const struct cw_capabilities *ask(struct sim_burner *d, uint32_t class_, uint64_t size_bytes)
{
	static struct cw_capabilities c;
	struct cw_medium m = { .class_ = class_, .bus = CW_BUS_USB, .size_bytes = size_bytes, .logical_bytes = 2048, .physical_bytes = 2048, .has_medium = 1 };

	sim_burner_begin(d);
	cw_capabilities_ask(&d->t, &m, &c);
	assert_int_equal(d->asked_others, 0);
	return &c;
}

static void a_closed_cd_rw_is_described_and_could_be_blanked(void **state)
{
	struct sim_burner d = { .profile = 0x0a, .way = 0x37, .flags = 0x1e, .sessions = 2, .capacity_type = 2, .blocks = 1000, .id = 0xc0ffee01, .lead_in = { 97, 15, 17 } };
	const struct cw_capabilities *c = ask(&d, CW_CLASS_CD_RW, 2048000);
	CW_AUTO_JSON json_t *j = cw_capabilities_json(c, false);
	const json_t *disc = json_object_get(j, "disc");

	(void)state;
	assert_string_equal(cw_json_str(disc, "profileName", ""), "CD-RW");
	assert_string_equal(cw_json_str(disc, "status", ""), "complete");
	assert_string_equal(cw_json_str(disc, "driveWrites", ""), "yes");
	assert_string_equal(cw_json_str(disc, "idHex", ""), "c0ffee01");
	assert_string_equal(cw_json_str(json_object_get(disc, "maker"), "text", ""), "97:15:17");
	assert_true(cw_json_bool(disc, "erasable", false));
	assert_int_equal(cw_json_u64(disc, "sessions", 0), 2);
	assert_int_equal(cw_json_u64(disc, "capacityBytes", 0), 2048000);
	assert_int_equal(c->features[CW_FEATURE_DISC_BLANK].state, CW_KNOWN_YES);
}

static void a_blank_disc_without_a_size_is_asked_too(void **state)
{
	struct sim_burner d = { .profile = 0x14, .way = 0x2f, .flags = 0x10, .sessions = 1, .capacity_type = 1, .blocks = 2298496 };
	const struct cw_capabilities *c = ask(&d, CW_CLASS_DVD_RW, 0);

	(void)state;
	assert_int_equal(c->disc.status, CW_DISC_STATUS_EMPTY);
	assert_int_equal(c->disc.capacity_bytes, UINT64_C(2298496) * 2048);
	assert_false(c->disc.formatted);
}

static void only_what_the_drive_writes_and_says_can_be_erased_can_be_blanked(void **state)
{
	struct sim_burner reader = { .profile = 0x08, .flags = 0x0e, .sessions = 1 }, once = { .profile = 0x09, .way = 0x2d, .flags = 0x0e, .sessions = 1 };
	struct sim_burner says_no = { .profile = 0x0a, .way = 0x37, .flags = 0x0e, .sessions = 1 }, plus = { .profile = 0x1a, .way = 0x2a, .flags = 0x1e, .sessions = 1 };

	(void)state;
	assert_int_equal(ask(&reader, CW_CLASS_OPTICAL_PRESSED, 2048)->features[CW_FEATURE_DISC_BLANK].state, CW_KNOWN_NOT);
	assert_int_equal(ask(&reader, CW_CLASS_OPTICAL_PRESSED, 2048)->disc.drive_writes, CW_KNOWN_NO);
	assert_int_equal(ask(&once, CW_CLASS_CD_R, 2048)->features[CW_FEATURE_DISC_BLANK].state, CW_KNOWN_NOT);
	assert_int_equal(ask(&says_no, CW_CLASS_CD_RW, 2048)->features[CW_FEATURE_DISC_BLANK].state, CW_KNOWN_NO);
	assert_int_equal(ask(&plus, CW_CLASS_DVD_PLUS_RW, 2048)->features[CW_FEATURE_DISC_BLANK].state, CW_KNOWN_NOT);
}

#define LAST_OF_80_MINUTES ((UINT64_C(79) * 60 + 59) * 75 + 74 - 150 - 2)

/* Formatting it takes blocks for the links between its packets, which a track does not; and of a closed disc the drive does not tell where a lead-out may be. */
static void all_that_a_cd_rw_holds_is_not_what_a_format_of_it_would(void **state)
{
	struct sim_burner d = { .profile = 0x0a, .way = 0x37, .flags = 0x1e, .sessions = 1, .capacity_type = 2, .blocks = 1000, .offers_format = true, .format_blocks = 295264,
				.lead_in = { 97, 15, 17 }, .told_lead_out = { 0xff, 0xff, 0xff, 0xff } };

	(void)state;
	assert_int_equal(ask(&d, CW_CLASS_CD_RW, 2048000)->disc.whole_bytes, 0);
	d.capacity_type = 1;
	assert_int_equal(ask(&d, CW_CLASS_CD_RW, 0)->disc.whole_bytes, 0);
	memcpy(d.lead_out, "\x4f\x3b\x4a", 3); /* 79:59:74, in its groove */
	assert_int_equal(ask(&d, CW_CLASS_CD_RW, 2048000)->disc.whole_bytes, LAST_OF_80_MINUTES * 2048);
	memcpy(d.told_lead_out, "\0\x40\0\0", 4); /* less: one of the two is wrong, and all that there may be is what counts */
	assert_int_equal(ask(&d, CW_CLASS_CD_RW, 2048000)->disc.whole_bytes, LAST_OF_80_MINUTES * 2048);
}

static void a_dvd_plus_rw_tells_its_maker_and_protection(void **state)
{
	struct sim_burner d = { .profile = 0x1a, .way = 0x2a, .flags = 0x1e, .sessions = 1, .protected_ = true };
	const struct cw_capabilities *c = ask(&d, CW_CLASS_DVD_PLUS_RW, 2048);

	(void)state;
	assert_string_equal(c->disc.maker.text, "RICOHJPNW11");
	assert_int_equal(c->disc.maker.quality, CW_QUALITY_WEAK);
	assert_int_equal(c->disc.is_protected, CW_KNOWN_YES);
}

static void what_was_cut_or_not_answered_is_not_known(void **state)
{
	struct sim_burner whole = { .profile = 0x0a, .way = 0x37, .flags = 0x1e, .sessions = 1, .capacity_type = 2, .blocks = 9 };
	CW_AUTO_JSON json_t *silent = NULL;

	(void)state;
	for (whole.cut = 3; whole.cut < 300; whole.cut++) {
		const struct cw_capabilities *c = ask(&whole, CW_CLASS_CD_RW, 2048);

		assert_true(whole.cut <= 10 || c->features[CW_FEATURE_DISC_BLANK].state != CW_KNOWN_YES);
		assert_int_not_equal(c->disc.drive_writes, CW_KNOWN_NO);
		assert_false(c->disc.capacity_known);
	}
	whole.is_silent = true;
	assert_int_equal(ask(&whole, CW_CLASS_CD_RW, 2048)->disc.profile, 0);
	silent = cw_capabilities_json(ask(&whole, CW_CLASS_CD_RW, 2048), false);
	assert_null(json_object_get(silent, "disc"));
}

/* Neither the drive's number nor the disc's leaves the station. */
static void a_masked_capture_tells_neither_number(void **state)
{
	struct sim_burner d = { .profile = 0x10, .flags = 0x0e, .sessions = 1, .id = 0xc0ffee01, .serial = "K98D2GH1" };
	CW_AUTO_JSON json_t *doc = capture_fixture("sata-dvd-pressed"), *capabilities = NULL;
	CW_AUTO_BUF struct cw_buf text = { 0 }, masked = { 0 };
	static struct cw_capabilities told;
	struct cw_error err = { 0 };
	struct replay r;
	struct cw_medium m;

	(void)state;
	capture_canonical(doc, &text);
	capture_good(replay_open(text.data, text.len, &r, &err), &err);
	m = replay_describe(&r);
	replay_close(&r);
	sim_burner_begin(&d);
	cw_capabilities_ask(&d.t, &m, &told);
	capabilities = cw_capabilities_json(&told, true);
	json_object_set(json_object_get(doc, "seen"), "answers", json_object_get(capabilities, "answers"));
	json_object_del(capabilities, "answers");
	json_object_set(json_object_get(doc, "told"), "capabilities", capabilities);
	capture_masked(doc, &masked);
	assert_null(strcasestr(masked.data, "c0ffee01"));
	assert_null(strstr(masked.data, "4b39384432474831"));
	capture_assert_replays("masked", &masked);
}

static void words_can_be_had_of_any_number(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 0x10000; i++)
		assert_non_null(cw_profile_words(i));
	assert_string_equal(cw_disc_status_name(4), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_cd_rw_is_described_and_could_be_blanked),
		cmocka_unit_test(a_blank_disc_without_a_size_is_asked_too),
		cmocka_unit_test(only_what_the_drive_writes_and_says_can_be_erased_can_be_blanked),
		cmocka_unit_test(all_that_a_cd_rw_holds_is_not_what_a_format_of_it_would),
		cmocka_unit_test(a_dvd_plus_rw_tells_its_maker_and_protection),
		cmocka_unit_test(what_was_cut_or_not_answered_is_not_known),
		cmocka_unit_test(a_masked_capture_tells_neither_number),
		cmocka_unit_test(words_can_be_had_of_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
