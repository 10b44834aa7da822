/* SPDX-License-Identifier: Apache-2.0 */
/* What may be claimed at most: the decision matrix, its conditions and caveats, and the exported copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "certwipe/policy.h"

#define EXPORTED "share/matrix/matrix.csv"

static uint32_t level(uint32_t class_, const char *code, enum cw_column column, bool accept)
{
	const struct cw_level_row *row = cw_level_row_get(class_, code);

	return row ? cw_level_of_row(row, column, accept) : CW_LEVEL_NONE;
}

static void test_overwriting_is_never_more_than_clear(void **state)
{
	(void)state;
	for (uint32_t class_ = 0; class_ < CW_CLASS_COUNT; class_++) {
		for (int accept = 0; accept < 2; accept++) {
			assert_true(level(class_, "OW1", CW_COLUMN_R1, accept) <= CW_LEVEL_CLEAR);
			assert_true(level(class_, "OWN", CW_COLUMN_R1, accept) <= CW_LEVEL_CLEAR);
			assert_true(level(class_, "OW1", CW_COLUMN_R2_2883, accept) <= CW_LEVEL_CLEAR);
			assert_true(level(class_, "OWN", CW_COLUMN_R2_2883, accept) <= CW_LEVEL_CLEAR);
		}
	}
}

static void test_rev1_wants_two_passes_on_sticks_and_cards(void **state)
{
	(void)state;
	assert_int_equal(level(CW_CLASS_USB_STICK, "OW1", CW_COLUMN_R1, false), CW_LEVEL_NONE);
	assert_int_equal(level(CW_CLASS_USB_STICK, "OWN", CW_COLUMN_R1, false), CW_LEVEL_CLEAR);
	assert_int_equal(level(CW_CLASS_SD_CARD, "OW1", CW_COLUMN_R1, false), CW_LEVEL_NONE);
	assert_int_equal(level(CW_CLASS_SD_CARD, "OW1", CW_COLUMN_R2_2883, false), CW_LEVEL_CLEAR);
	assert_true(cw_level_row_get(CW_CLASS_USB_STICK, "OWN")->conditions == (CW_C(1) | CW_C(2) | CW_C(7) | CW_C(8)));
}

static void test_unconfirmed_levels_drop_unless_accepted(void **state)
{
	(void)state;
	assert_int_equal(level(CW_CLASS_HDD_ATA, "ATA_SE_ENH", CW_COLUMN_R2_2883, false), CW_LEVEL_CLEAR);
	assert_int_equal(level(CW_CLASS_HDD_ATA, "ATA_SE_ENH", CW_COLUMN_R2_2883, true), CW_LEVEL_PURGE);
	assert_int_equal(level(CW_CLASS_HDD_ATA, "ATA_SE_ENH", CW_COLUMN_R1, false), CW_LEVEL_PURGE);
	assert_int_equal(level(CW_CLASS_DVD_RAM, "OPT_OW", CW_COLUMN_R2_2883, false), CW_LEVEL_NONE);
	assert_int_equal(level(CW_CLASS_DVD_RAM, "OPT_OW", CW_COLUMN_R2_2883, true), CW_LEVEL_CLEAR);
	assert_int_equal(level(CW_CLASS_CD_R, "PHYS_SHR", CW_COLUMN_R2_2883, false), CW_LEVEL_NONE);
	assert_int_equal(level(CW_CLASS_CD_R, "PHYS_SHR", CW_COLUMN_R2_2883, true), CW_LEVEL_DESTROY);
}

static void test_arguable_levels_never_rise(void **state)
{
	(void)state;
	assert_int_equal(level(CW_CLASS_HDD_ATA, "LUKS", CW_COLUMN_R2_2883, true), CW_LEVEL_CLEAR);
	assert_int_equal(level(CW_CLASS_HDD_ATA, "PHYS_SHR", CW_COLUMN_R2_2883, true), CW_LEVEL_NONE);
	assert_int_equal(level(CW_CLASS_SD_CARD, "FLASH_ERASE", CW_COLUMN_R2_2883, true), CW_LEVEL_NONE);
}

static void test_nothing_logical_helps_a_written_disc_and_no_degausser_flash(void **state)
{
	static const uint32_t discs[] = { CW_CLASS_CD_R, CW_CLASS_DVD_R, CW_CLASS_BD_R, CW_CLASS_OPTICAL_PRESSED };
	static const uint32_t not_magnetic[] = { CW_CLASS_CD_R, CW_CLASS_DVD_R, CW_CLASS_OPTICAL_PRESSED, CW_CLASS_USB_STICK, CW_CLASS_SD_CARD, CW_CLASS_NVME };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(discs); i++) {
		assert_int_equal(level(discs[i], "ANY_LOGICAL", CW_COLUMN_R1, true), CW_LEVEL_NONE);
		assert_string_equal(cw_level_row_get(discs[i], "ANY_LOGICAL")->caveats, "K9");
		assert_null(cw_level_row_get(discs[i], "OW1"));
		assert_int_equal(level(discs[i], "PHYS_DIM", CW_COLUMN_R2_2883, false), CW_LEVEL_DESTROY);
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(not_magnetic); i++)
		assert_int_equal(level(not_magnetic[i], "DEG", CW_COLUMN_R2_2883, true), CW_LEVEL_NONE);
	assert_int_equal(level(CW_CLASS_HDD_ATA, "DEG", CW_COLUMN_R2_2883, false), CW_LEVEL_PURGE);
}

static void test_unknown_media_and_unlisted_techniques_reach_nothing(void **state)
{
	const struct cw_level_row *row;

	(void)state;
	for (size_t i = 0; (row = cw_level_row_at(i)); i++)
		assert_int_not_equal(row->class_, CW_CLASS_UNKNOWN);
	assert_null(cw_level_row_get(CW_CLASS_SED, "OWN"));
	assert_null(cw_level_row_get(CW_CLASS_HDD_ATA, "ow1"));
	assert_null(cw_level_row_get(CW_CLASS_COUNT, "OW1"));
}

static void test_every_combination_stands_once(void **state)
{
	const struct cw_level_row *row;

	(void)state;
	for (size_t i = 0; (row = cw_level_row_at(i)); i++)
		assert_ptr_equal(cw_level_row_get(row->class_, row->technique), row);
}

/* Calls check for each id of a list "K1+K2". */
static void each_caveat_is_known(const char *list)
{
	for (const char *at = list; *at; at += strspn(at, "+")) {
		char id[8] = "";
		size_t len = strcspn(at, "+");

		assert_true(len > 1 && len < sizeof(id));
		memcpy(id, at, len);
		assert_non_null(cw_caveat_text(id, "en"));
		assert_non_null(cw_caveat_text(id, "zh_TW"));
		at += len;
	}
}

static void test_every_caveat_and_condition_has_its_words(void **state)
{
	const struct cw_level_row *row;
	char id[8];

	(void)state;
	for (size_t i = 0; (row = cw_level_row_at(i)); i++) {
		each_caveat_is_known(row->caveats);
		for (unsigned n = 1; n < 32; n++)
			assert_true(!(row->conditions & CW_C(n)) || cw_condition_text(n)[0] != '\0');
	}
	for (unsigned n = 1; n <= 27; n++) {
		snprintf(id, sizeof(id), "K%u", n);
		each_caveat_is_known(id);
		assert_null(strchr(cw_caveat_text(id, "en"), '"'));
		assert_null(strchr(cw_caveat_text(id, "zh_TW"), '"'));
	}
	for (unsigned n = 1; n <= CW_CONDITIONS_MAX; n++)
		assert_null(strchr(cw_condition_text(n), '"'));
	assert_string_equal(cw_condition_text(0), "");
	assert_string_equal(cw_condition_text(CW_CONDITIONS_MAX + 1), "");
	assert_null(cw_caveat_text("K28", "en"));
	assert_null(cw_caveat_text("K1", "de"));
	assert_null(cw_caveat_text("", "en"));
}

static void test_caveat_wording_is_fixed(void **state)
{
	(void)state;
	assert_string_equal(cw_caveat_text("K1", "en"), "Covers host-addressable locations only; reserved, spare or remapped areas were not reached.");
	assert_string_equal(cw_caveat_text("K9", "zh_TW"), "一次寫入光碟：無法以軟體清除，須實體銷毀。");
	assert_string_equal(cw_caveat_text("K27", "en"),
			    "Laboratory medium (image file or loop device): this document shows a test, not the disposal of a medium.");
}

static void test_level_names_go_both_ways(void **state)
{
	(void)state;
	for (uint32_t l = CW_LEVEL_NONE; l <= CW_LEVEL_DESTROY; l++)
		assert_int_equal(cw_level_of_name(cw_level_name(l)), (int)l);
	assert_int_equal(cw_level_of_name("Purge"), -1);
	assert_string_equal(cw_level_name(77), "unknown");
}

/* CW_UPDATE=1 writes the copy anew; then it shows in the diff. */
static void test_exported_copy_is_the_matrix(void **state)
{
	struct cw_buf now CW_AUTO_BUF = { 0 }, copy CW_AUTO_BUF = { 0 };
	struct cw_error err = { 0 };
	char of_copy[CW_SHA256_HEX], of_matrix[CW_SHA256_HEX];

	(void)state;
	assert_int_equal(cw_matrix_export(&now, &err), 0);
	if (getenv("CW_UPDATE"))
		assert_int_equal(cw_file_write(AT_FDCWD, EXPORTED, now.data, now.len, 0644, true, &err), 0);
	assert_int_equal(cw_file_read(AT_FDCWD, EXPORTED, 1u << 20, &copy, &err), 0);
	assert_string_equal(copy.data, now.data);
	cw_sha256_hex(copy.data, copy.len, of_copy);
	assert_int_equal(cw_matrix_sha256(of_matrix, &err), 0);
	assert_string_equal(of_copy, of_matrix);
}

static void test_exported_copy_spells_doubts_like_the_standard(void **state)
{
	struct cw_buf csv CW_AUTO_BUF = { 0 };
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_matrix_export(&csv, &err), 0);
	assert_non_null(strstr(csv.data, "\nHDD_ATA,ATA_SE_ENH,purge,purge?,c3+c12,K4+K22\n"));
	assert_non_null(strstr(csv.data, "\nHDD_ATA,LUKS,clear+?,clear+?,c4,K14\n"));
	assert_non_null(strstr(csv.data, "\nCD_RW,BLANK_FULL+OPT_OW,none,clear?,c2+c13,K8\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overwriting_is_never_more_than_clear),
		cmocka_unit_test(test_rev1_wants_two_passes_on_sticks_and_cards),
		cmocka_unit_test(test_unconfirmed_levels_drop_unless_accepted),
		cmocka_unit_test(test_arguable_levels_never_rise),
		cmocka_unit_test(test_nothing_logical_helps_a_written_disc_and_no_degausser_flash),
		cmocka_unit_test(test_unknown_media_and_unlisted_techniques_reach_nothing),
		cmocka_unit_test(test_every_combination_stands_once),
		cmocka_unit_test(test_every_caveat_and_condition_has_its_words),
		cmocka_unit_test(test_caveat_wording_is_fixed),
		cmocka_unit_test(test_level_names_go_both_ways),
		cmocka_unit_test(test_exported_copy_is_the_matrix),
		cmocka_unit_test(test_exported_copy_spells_doubts_like_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
