/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a page: in both languages for all that the evidence can say, the same on every machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/render/sheet.h"
#include "certwipe/technique.h"
#include "sim/fixture_journal.h"
#include "sim/native_job.h"
#include "sim/paper_fixture.h"

/* A reason that shares the sentence of those about a journal that does not hang together has none of its own. */
static size_t look_for_untranslated(const char *file, const char *mark)
{
	CW_AUTO_BUF struct cw_buf source = { 0 };
	const char *shared = sheet_reason_zh("no such reason");
	struct cw_error err = { 0 };
	size_t n = 0;

	assert_int_equal(cw_file_read(AT_FDCWD, file, 1 << 20, &source, &err), 0);
	for (char *rest = source.data, *line; (line = strsep(&rest, "\n"));) {
		char reason[CW_TEXT_MAX], *at = strstr(line, mark) ? strstr(line, "N_(\"") : NULL, *end = at ? strstr(at, "\")") : NULL;

		if (!end)
			continue;
		snprintf(reason, sizeof reason, "%.*s", (int)(end - at - 4), at + 4);
		if (!strcmp(sheet_reason_zh(reason), shared))
			fail_msg("not in Chinese: %s", reason);
		n++;
	}
	return n;
}

/* What verdict.c gives as its reason, and what level.c says of a condition that does not hold. */
static void every_reason_of_a_verdict_has_a_chinese_sentence(void **state)
{
	(void)state;
	assert_true(look_for_untranslated("src/evidence/verdict.c", "") > 15);
	assert_true(look_for_untranslated("src/evidence/level.c", "{ false,") > 8);
	assert_true(look_for_untranslated("src/evidence/level.c", "return N_(") > 0);
	/* How techniques say that a failure or an early end leaves a medium. */
	assert_int_equal(look_for_untranslated("src/technique/scsi_format.c", ".left = "), 1);
	assert_int_equal(look_for_untranslated("src/technique/scsi_format.c", ".unfinished = "), 1);
	assert_int_equal(look_for_untranslated("src/technique/native_mmc.h", "MMC_UNFINISHED "), 1);
	assert_int_equal(look_for_untranslated("src/technique/sd_erase.c", ".unfinished = "), 1);
	assert_int_equal(look_for_untranslated("src/technique/native_scsi_sanitize.c", "left = "), 2);
}

static void every_kind_of_medium_and_level_has_words(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < CW_CLASS_COUNT; c++)
		if (!sheet_word("class", cw_class_name(c)).zh)
			fail_msg("not in Chinese: %s", cw_class_name(c));
	for (uint32_t l = CW_LEVEL_NONE; l <= CW_LEVEL_DESTROY; l++)
		assert_non_null(sheet_word("level", cw_level_name(l)).zh);
}

static void every_technique_has_words(void **state)
{
	(void)state;
	for (const struct cw_technique *const *t = cw_techniques; *t; t++)
		if (!sheet_word("technique", (*t)->id).zh)
			fail_msg("not in Chinese: %s", (*t)->id);
}

static void the_words_of_a_case_have_translations(void **state)
{
	static const char *const kinds[] = {
#define X(field, key, kind) kind,
		CW_CASE_FIELDS(X)
#undef X
	};
	(void)state;

	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++) {
		char words[128], *rest = words, *word;

		cw_strlcpy(words, kinds[i], sizeof words);
		while ((word = strsep(&rest, "|")))
			if (strcmp(word, "text") != 0 && strcmp(word, "unknown") != 0 && !sheet_word("case", word).zh)
				fail_msg("not in Chinese: %s", word);
	}
}

static struct sheet sheet_of(struct paper_fixture *f)
{
	struct sheet s;
	struct cw_error err = { 0 };

	if (sheet_make(&f->paper, &s, &err))
		fail_msg("%s", err.message);
	return s;
}

static const struct sheet_row *row_of(const struct sheet_section *part, const char *label)
{
	for (size_t i = 0; i < part->n; i++)
		if (!strcmp(part->rows[i].label.en, label))
			return &part->rows[i];
	fail_msg("no row %s", label);
	return NULL;
}

static void a_page_says_what_the_evidence_says(void **state)
{
	struct paper_fixture f;
	(void)state;

	paper_make(&f, paper_rich_lines(false));
	struct sheet s = sheet_of(&f);

	assert_string_equal(s.verdict.zh, "已完成資料清除，等級：清除（Clear）。預定之位元組均已寫入並讀回，比對相符。");
	assert_string_equal(s.verdict.en, "Sanitised to the level Clear. Every planned byte was written, read back and is equal.");
	assert_string_equal(row_of(&s.medium, "Serial no.")->value.en, "AC0123456789XY");
	assert_string_equal(row_of(&s.medium, "Capacity")->value.en, "8.4 MB (8,388,608 位元組 bytes)");
	assert_string_equal(row_of(&s.people, "Approval no.")->value.en, "府政字第1150001234號");
	assert_string_equal(row_of(&s.people, "Operator")->value.en, "王小明 (clerk)");
	assert_string_equal(row_of(&s.work, "Time")->value.en, "2026-11-23 18:55:22 to 18:55:36 UTC");
	assert_string_equal(row_of(&s.work, "Time")->value.zh, "民國115年11月24日 02:55:22 至 02:55:36（臺灣時間）");
	assert_int_equal(s.n_limits, json_array_size(json_object_get(f.payload, "caveats")) + json_array_size(json_object_get(f.payload, "limits")));
	sheet_clear(&s);
	paper_clear(&f);
}

/* A drive that sanitised itself: lied, or did it. */
static json_t *native_lines_of(const struct native_wish *w, bool lies)
{
	static struct native_job n;
	struct cw_error err = { 0 };
	char status[16];
	json_t *lines;

	native_job_begin(&n, 1u << 20, w);
	*(n.nvme ? &n.nvme->op.erases_nothing : &n.drive->ata->op.erases_nothing) = lies;
	native_job_authorise(&n);
	assert_int_equal(native_job_run(&n, false, status, &err), 0);
	lines = native_job_lines(&n);
	native_job_end(&n);
	return lines;
}

static json_t *native_lines(bool lies)
{
	return native_lines_of(NULL, lies);
}

static void what_was_allowed_and_what_died_besides_stand_there(void **state)
{
	const struct native_wish w = { .technique = "nvme_format_user", .allow_unconfirmed = true, .namespaces = 3, .whole_drive = true, .fna = 2 };
	struct paper_fixture f;
	(void)state;

	paper_make(&f, native_lines_of(&w, false));
	struct sheet s = sheet_of(&f);

	assert_string_equal(row_of(&s.work, "Method")->value.en, "NVMe Format, user data erase, by the drive itself");
	assert_string_equal(row_of(&s.work, "Standing")->value.en, "what the method is worth is not confirmed; it was used because that was allowed");
	assert_string_equal(row_of(&s.work, "Also erased")->value.en, "2 other namespaces of the drive, listed in the evidence; nobody looked at them afterwards");
	sheet_clear(&s);
	paper_clear(&f);
}

static void of_a_drive_that_sanitised_itself_it_says_what_was_found(void **state)
{
	struct paper_fixture f;
	(void)state;

	paper_make(&f, native_lines(false));
	struct sheet s = sheet_of(&f);

	assert_string_equal(s.verdict.zh, "已完成資料清除，等級：徹底清除（Purge）。媒體回報已自行清除，且其上各處均無清除後不應存在之內容。");
	assert_string_equal(row_of(&s.work, "Method")->value.en, "ATA SANITIZE, block erase, by the drive itself");
	assert_string_equal(row_of(&s.work, "The drive says")->value.en, "ended without an error");
	assert_non_null(strstr(row_of(&s.work, "Markers before")->value.en, "written and read back: yes"));
	assert_string_equal(row_of(&s.work, "Verification")->value.en, "all of it was looked at afterwards: nothing left; 1,048,576 bytes read, 0 that this does not leave, 0 unreadable");
	sheet_clear(&s);
	paper_clear(&f);
}

static void of_a_drive_that_lied_it_says_how_much_was_left(void **state)
{
	struct paper_fixture f;
	(void)state;

	paper_make(&f, native_lines(true));
	struct sheet s = sheet_of(&f);
	const char *found = row_of(&s.work, "Verification")->value.en;

	assert_non_null(strstr(s.verdict.en, "markers that were on it before are still there"));
	assert_non_null(strstr(found, "something left"));
	assert_null(strstr(found, ", 0 that this does not leave"));
	sheet_clear(&s);
	paper_clear(&f);
}

/* What nobody stated stands there as not stated, not as a blank that nobody looked at. */
static void a_report_claims_nothing(void **state)
{
	struct paper_fixture f;
	(void)state;

	paper_make(&f, paper_stopped_lines());
	struct sheet s = sheet_of(&f);

	assert_false(s.certificate);
	assert_string_equal(s.verdict.en, "Not shown to be sanitised. The job was stopped before its end.");
	assert_non_null(strstr(s.verdict.zh, "無法證明"));
	assert_non_null(strstr(row_of(&s.work, "Method")->value.en, "planned"));
	assert_non_null(strstr(row_of(&s.work, "Exceptions")->value.en, "4,194,304 bytes not written"));
	assert_string_equal(row_of(&s.medium, "Asset tag")->value.en, "not stated");
	sheet_clear(&s);
	paper_clear(&f);
}

static void the_time_zone_of_the_machine_plays_no_part(void **state)
{
	struct sheet s = { 0 };
	(void)state;

	setenv("TZ", "America/New_York", 1);
	struct sheet_text t = sheet_time(&s, "2026-12-31T18:30:05Z");

	assert_string_equal(t.zh, "民國116年01月01日 02:30:05（臺灣時間）");
	assert_string_equal(t.en, "2026-12-31 18:30:05 UTC");
	t = sheet_period(&s, "2026-12-31T10:00:00Z", "2026-12-31T18:30:05Z");
	assert_string_equal(t.zh, "民國115年12月31日 18:00:00（臺灣時間）至民國116年01月01日 02:30:05（臺灣時間）");
	assert_string_equal(t.en, "2026-12-31 10:00:00 to 18:30:05 UTC");
	unsetenv("TZ");
	sheet_clear(&s);
}

static void sizes_and_numbers_are_those_on_the_label(void **state)
{
	struct sheet s = { 0 };
	(void)state;

	assert_string_equal(sheet_number(&s, 0), "0");
	assert_string_equal(sheet_number(&s, 1000204886016), "1,000,204,886,016");
	assert_string_equal(sheet_size(&s, 64023257088), "64.0 GB");
	assert_string_equal(sheet_size(&s, 999950000), "1.0 GB");
	assert_string_equal(sheet_size(&s, 4096), "4.1 kB");
	sheet_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_of_a_verdict_has_a_chinese_sentence),
		cmocka_unit_test(every_kind_of_medium_and_level_has_words),
		cmocka_unit_test(every_technique_has_words),
		cmocka_unit_test(the_words_of_a_case_have_translations),
		cmocka_unit_test(a_page_says_what_the_evidence_says),
		cmocka_unit_test(what_was_allowed_and_what_died_besides_stand_there),
		cmocka_unit_test(of_a_drive_that_sanitised_itself_it_says_what_was_found),
		cmocka_unit_test(of_a_drive_that_lied_it_says_how_much_was_left),
		cmocka_unit_test(a_report_claims_nothing),
		cmocka_unit_test(the_time_zone_of_the_machine_plays_no_part),
		cmocka_unit_test(sizes_and_numbers_are_those_on_the_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
