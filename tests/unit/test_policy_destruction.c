/* SPDX-License-Identifier: Apache-2.0 */
/* Physical destruction: what a record must say, what does nothing to a medium, and what may be claimed for what was done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

#define NOW 1800000000 /* 2027-01-15 */

/* Good in itself: each test changes what it is about. */
static struct cw_destruction done(uint32_t method)
{
	return (struct cw_destruction){ .method = method, .machine = "HSM D-100", .place = "苗栗", .operator_name = "王小明", .count = 1, .particle_um2 = 1000000, .field_oersted = 10000,
					.coercivity_oersted = 5000, .field_verified = "2026-10-01", .started = "2026-11-30T06:00:00Z", .ended = "2026-11-30T06:20:00Z" };
}

static struct cw_destruction_judgement judged(uint32_t class_, uint32_t column, const struct cw_destruction *d)
{
	const struct cw_destruction_terms t = { .class_ = class_, .column = column };
	struct cw_destruction_judgement j;
	cw_destruction_judge(&t, d, true, &j);
	return j;
}

/* ---- levels ---- */

static void each_way_reaches_what_the_matrix_says(void **state)
{
	static const struct { uint32_t class_, method, r1, r2; bool second_step; } rows[] = {
		{ CW_CLASS_USB_STICK, CW_DESTROY_DISINTEGRATE, CW_LEVEL_DESTROY, CW_LEVEL_DESTROY, true },
		{ CW_CLASS_USB_STICK, CW_DESTROY_INCINERATE, CW_LEVEL_DESTROY, CW_LEVEL_DESTROY, true },
		{ CW_CLASS_NVME, CW_DESTROY_MELT, CW_LEVEL_DESTROY, CW_LEVEL_DESTROY, true },
		{ CW_CLASS_USB_STICK, CW_DESTROY_SHRED, CW_LEVEL_NONE, CW_LEVEL_NONE, true },
		{ CW_CLASS_SD_CARD, CW_DESTROY_SHRED, CW_LEVEL_NONE, CW_LEVEL_NONE, true },
		{ CW_CLASS_HDD_ATA, CW_DESTROY_PULVERIZE, CW_LEVEL_NONE, CW_LEVEL_NONE, true },
		{ CW_CLASS_FLOPPY, CW_DESTROY_SHRED, CW_LEVEL_DESTROY, CW_LEVEL_NONE, true },
		{ CW_CLASS_CD_R, CW_DESTROY_GRIND, CW_LEVEL_DESTROY, CW_LEVEL_NONE, true },
		{ CW_CLASS_CD_RW, CW_DESTROY_GRIND, CW_LEVEL_DESTROY, CW_LEVEL_NONE, true },
		{ CW_CLASS_HDD_ATA, CW_DESTROY_DEGAUSS, CW_LEVEL_PURGE, CW_LEVEL_PURGE, true },
		{ CW_CLASS_FLOPPY, CW_DESTROY_DEGAUSS, CW_LEVEL_PURGE, CW_LEVEL_PURGE, true },
		{ CW_CLASS_HDD_ATA, CW_DESTROY_CRUSH, CW_LEVEL_NONE, CW_LEVEL_NONE, false },
		{ CW_CLASS_HDD_SCSI, CW_DESTROY_PUNCH, CW_LEVEL_NONE, CW_LEVEL_NONE, false },
		{ CW_CLASS_VIRTUAL, CW_DESTROY_INCINERATE, CW_LEVEL_NONE, CW_LEVEL_NONE, true },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		struct cw_destruction d = done(rows[i].method);
		struct cw_destruction_judgement r1 = judged(rows[i].class_, CW_COLUMN_R1, &d), r2 = judged(rows[i].class_, CW_COLUMN_R2_2883, &d);
		print_message("# %s %s\n", cw_class_name(rows[i].class_), cw_destruction_method_name(d.method));
		assert_int_equal(r1.level, rows[i].r1);
		assert_int_equal(r2.level, rows[i].r2);
		assert_int_equal(r2.is_second_step, rows[i].second_step);
		assert_true((r2.level == CW_LEVEL_NONE) == (r2.reason != NULL));
	}
}

static void nothing_is_claimed_without_a_witness(void **state)
{
	(void)state;
	for (uint32_t method = CW_DESTROY_UNNAMED + 1; method < CW_DESTROY_COUNT; method++) {
		const struct cw_destruction_terms t = { .class_ = CW_CLASS_HDD_ATA, .column = CW_COLUMN_R2_2883 };
		struct cw_destruction d = done(method);
		struct cw_destruction_judgement j;
		cw_destruction_judge(&t, &d, false, &j);
		assert_int_equal(j.level, CW_LEVEL_NONE);
		assert_false(j.is_second_step);
	}
}

static void shredding_carries_its_caveat_and_counts_only_for_the_lowest_category(void **state)
{
	struct cw_destruction d = done(CW_DESTROY_SHRED);
	(void)state;
	struct cw_destruction_judgement j = judged(CW_CLASS_USB_STICK, CW_COLUMN_R1, &d);
	assert_string_equal(j.caveats, "K12");
	assert_int_equal(j.level, CW_LEVEL_NONE);
	assert_non_null(strstr(j.reason, "lowest security category"));
	d.low_category = 1;
	assert_int_equal(judged(CW_CLASS_USB_STICK, CW_COLUMN_R1, &d).level, CW_LEVEL_DESTROY);
	assert_int_equal(judged(CW_CLASS_USB_STICK, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_NONE);
}

static void a_field_counts_only_when_it_was_strong_enough_and_verified(void **state)
{
	struct cw_destruction d = done(CW_DESTROY_DEGAUSS);
	(void)state;
	assert_int_equal(judged(CW_CLASS_HDD_ATA, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_PURGE);
	assert_string_equal(judged(CW_CLASS_HDD_ATA, CW_COLUMN_R2_2883, &d).caveats, "K10");
	d.field_oersted = d.coercivity_oersted;
	assert_int_equal(judged(CW_CLASS_HDD_ATA, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_PURGE);
	d.field_oersted--;
	assert_int_equal(judged(CW_CLASS_HDD_ATA, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_NONE);
	d = done(CW_DESTROY_DEGAUSS);
	d.coercivity_oersted = 0;
	assert_int_equal(judged(CW_CLASS_HDD_ATA, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_NONE);
	d = done(CW_DESTROY_DEGAUSS);
	d.field_verified[0] = '\0';
	assert_int_equal(judged(CW_CLASS_HDD_ATA, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_NONE);
}

/* ---- sizes ---- */

static void particles_are_measured_against_the_level_of_the_policy(void **state)
{
	static const struct { uint32_t class_, level; uint64_t um2; } limits[] = {
		{ CW_CLASS_DVD_R, 4, 30000000 }, { CW_CLASS_DVD_R, 7, 200000 }, { CW_CLASS_USB_STICK, 5, 10000000 }, { CW_CLASS_HDD_ATA, 4, 2000000000 }, { CW_CLASS_FLOPPY, 7, 2500000 },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(limits); i++) {
		struct cw_destruction_terms t = { .class_ = limits[i].class_, .column = CW_COLUMN_R2_2883, .particle_level = limits[i].level };
		struct cw_destruction d = done(CW_DESTROY_DISINTEGRATE);
		struct cw_destruction_judgement j;
		assert_int_equal(cw_particle_limit_um2(t.class_, t.particle_level), limits[i].um2);
		d.particle_um2 = limits[i].um2;
		cw_destruction_judge(&t, &d, true, &j);
		assert_int_equal(j.level, CW_LEVEL_DESTROY);
		d.particle_um2++;
		cw_destruction_judge(&t, &d, true, &j);
		assert_int_equal(j.level, CW_LEVEL_NONE);
		d.particle_um2 = 0;
		cw_destruction_judge(&t, &d, true, &j);
		assert_int_equal(j.level, CW_LEVEL_NONE);
	}
}

static void rev_1_asks_for_quarter_of_a_square_millimetre_of_a_disc(void **state)
{
	struct cw_destruction d = done(CW_DESTROY_DISINTEGRATE);
	(void)state;
	d.particle_um2 = 250000;
	assert_int_equal(judged(CW_CLASS_BD_R, CW_COLUMN_R1, &d).level, CW_LEVEL_DESTROY);
	d.particle_um2++;
	assert_int_equal(judged(CW_CLASS_BD_R, CW_COLUMN_R1, &d).level, CW_LEVEL_NONE);
	assert_int_equal(judged(CW_CLASS_BD_R, CW_COLUMN_R2_2883, &d).level, CW_LEVEL_DESTROY);
}

/* ---- refused ---- */

static void what_does_nothing_is_refused(void **state)
{
	(void)state;
	for (uint32_t c = CW_CLASS_UNKNOWN; c < CW_CLASS_COUNT; c++) {
		struct cw_destruction degaussed = done(CW_DESTROY_DEGAUSS), ground = done(CW_DESTROY_GRIND), burnt = done(CW_DESTROY_INCINERATE);
		bool magnetic = c == CW_CLASS_HDD_ATA || c == CW_CLASS_HDD_SCSI || c == CW_CLASS_USB_BRIDGE_HDD || c == CW_CLASS_FLOPPY;
		bool cd = c == CW_CLASS_CD_R || c == CW_CLASS_CD_RW;
		struct cw_error err = { 0 };
		assert_int_equal(cw_destruction_refuse(c, &degaussed, &err), magnetic ? 0 : CW_E_POLICY);
		assert_int_equal(cw_destruction_refuse(c, &ground, &err), cd ? 0 : CW_E_POLICY);
		assert_int_equal(cw_destruction_refuse(c, &burnt, &err), 0);
		/* What the matrix allows and what is refused are two tables of one truth. */
		const struct cw_level_row *row = cw_level_row_get(c, "DEG");
		assert_int_equal(magnetic, row != NULL && row->r2 >= CW_LEVEL_PURGE);
	}
}

static void a_level_of_another_kind_of_medium_or_of_finer_particles_is_an_error(void **state)
{
	struct cw_destruction d = done(CW_DESTROY_SHRED);
	struct cw_error err = { 0 };
	(void)state;
	cw_strlcpy(d.particle_level, "O-5", sizeof(d.particle_level));
	d.particle_um2 = 10000000;
	assert_int_equal(cw_destruction_refuse(CW_CLASS_DVD_R, &d, &err), 0);
	d.particle_um2++;
	assert_int_equal(cw_destruction_refuse(CW_CLASS_DVD_R, &d, &err), CW_E_SYNTAX);
	d.particle_um2 = 1;
	assert_int_equal(cw_destruction_refuse(CW_CLASS_USB_STICK, &d, &err), CW_E_SYNTAX);
	cw_strlcpy(d.particle_level, "O-8", sizeof(d.particle_level));
	assert_int_equal(cw_destruction_refuse(CW_CLASS_DVD_R, &d, &err), CW_E_SYNTAX);
}

/* ---- the record ---- */

static void what_is_needed_is_named(void **state)
{
	static const char *const keys[] = { "method", "place", "operator", "count", "started", "ended", "machine" };
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++) {
		struct cw_destruction d = done(CW_DESTROY_SHRED);
		struct cw_error err = { 0 };
		assert_int_equal(cw_destruction_check(&d, NOW, &err), 0);
		assert_int_equal(d.statutory_method, 1);
		switch (i) {
		case 0: d.method = CW_DESTROY_UNNAMED; break;
		case 1: d.place[0] = '\0'; break;
		case 2: d.operator_name[0] = '\0'; break;
		case 3: d.count = 0; break;
		case 4: d.started[0] = '\0'; break;
		case 5: d.ended[0] = '\0'; break;
		default: d.machine[0] = '\0';
		}
		assert_int_equal(cw_destruction_check(&d, NOW, &err), CW_E_CASE);
		assert_string_equal(err.where, keys[i]);
	}
}

static void times_must_be_possible(void **state)
{
	struct cw_destruction d = done(CW_DESTROY_MELT);
	struct cw_error err = { 0 };
	(void)state;
	assert_int_equal(cw_destruction_check(&d, 1796019599 /* a second too early */, &err), CW_E_SYNTAX);
	cw_strlcpy(d.ended, "2026-11-30T05:00:00Z", sizeof(d.ended));
	assert_int_equal(cw_destruction_check(&d, NOW, &err), CW_E_SYNTAX);
	cw_strlcpy(d.ended, "yesterday", sizeof(d.ended));
	assert_int_equal(cw_destruction_check(&d, NOW, &err), CW_E_SYNTAX);
}

static void a_file_is_read_strictly(void **state)
{
	static const struct { const char *text; int rc; } files[] = {
		{ "[destruction]\nmethod = shred\nparticle-mm2 = 0.25\nphoto-1 = a b.jpg\n[medium]\nkind = CD_R\n", 0 },
		{ "[destruction]\nmethod = burn\n", CW_E_SYNTAX },          { "[destruction]\nparticle-mm2 = 0\n", CW_E_SYNTAX },
		{ "[destruction]\nparticle-mm2 = 1,5\n", CW_E_SYNTAX },     { "[destruction]\nparticle-mm2 = 1.\n", CW_E_SYNTAX },
		{ "[destruction]\nparticle-mm2 = 1.1234567\n", CW_E_SYNTAX }, { "[destruction]\nparticle-mm2 = -1\n", CW_E_SYNTAX },
		{ "[destruction]\ncount = many\n", CW_E_SYNTAX },           { "[destruction]\ncount = -3\n", CW_E_SYNTAX },
		{ "[destruction]\nlow-category = perhaps\n", CW_E_SYNTAX }, { "[destruction]\ncolour = red\n", CW_E_SYNTAX },
		{ "[destruction]\nphoto-0 = a\n", CW_E_SYNTAX },            { "[medium]\nkind = VIRTUAL\n", CW_E_SYNTAX },
		{ "[medium]\nkind = stick\n", CW_E_SYNTAX },                { "[medium]\nweight = 3\n", CW_E_SYNTAX },
		{ "[shredder]\nmachine = x\n", CW_E_SYNTAX },               { "method = shred\n", CW_E_SYNTAX },
	};
	struct cw_destruction_form form;
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(files); i++) {
		struct cw_error err = { 0 };
		print_message("# %s\n", files[i].text);
		assert_int_equal(cw_destruction_parse("r.ini", files[i].text, strlen(files[i].text), &form, &err), files[i].rc);
	}
	struct cw_error err = { 0 };
	assert_int_equal(cw_destruction_parse("r.ini", files[0].text, strlen(files[0].text), &form, &err), 0);
	assert_int_equal(form.record.particle_um2, 250000);
	assert_string_equal(form.photos[0], "a b.jpg");
	assert_int_equal(form.label.class_, CW_CLASS_CD_R);
}

static void a_record_survives_the_journal_and_nothing_else_passes_for_one(void **state)
{
	struct cw_destruction d = done(CW_DESTROY_DEGAUSS), back;
	struct cw_error err = { 0 };
	(void)state;
	d.statutory_method = 5;
	CW_AUTO_JSON json_t *j = cw_destruction_json(&d);
	assert_int_equal(cw_destruction_of_json(j, &back, &err), 0);
	assert_memory_equal(&d, &back, sizeof(d));
	json_object_set_new(j, "colour", json_string("red"));
	assert_int_equal(cw_destruction_of_json(j, &back, &err), CW_E_INVALID);
	json_object_del(j, "colour");
	json_object_set_new(j, "count", json_integer(0));
	assert_int_equal(cw_destruction_of_json(j, &back, &err), CW_E_INVALID);
	json_object_set_new(j, "count", json_integer(1));
	json_object_set_new(j, "method", json_string("burn"));
	assert_int_equal(cw_destruction_of_json(j, &back, &err), CW_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_reaches_what_the_matrix_says),
		cmocka_unit_test(nothing_is_claimed_without_a_witness),
		cmocka_unit_test(shredding_carries_its_caveat_and_counts_only_for_the_lowest_category),
		cmocka_unit_test(a_field_counts_only_when_it_was_strong_enough_and_verified),
		cmocka_unit_test(particles_are_measured_against_the_level_of_the_policy),
		cmocka_unit_test(rev_1_asks_for_quarter_of_a_square_millimetre_of_a_disc),
		cmocka_unit_test(what_does_nothing_is_refused),
		cmocka_unit_test(a_level_of_another_kind_of_medium_or_of_finer_particles_is_an_error),
		cmocka_unit_test(what_is_needed_is_named),
		cmocka_unit_test(times_must_be_possible),
		cmocka_unit_test(a_file_is_read_strictly),
		cmocka_unit_test(a_record_survives_the_journal_and_nothing_else_passes_for_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
