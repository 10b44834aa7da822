/* SPDX-License-Identifier: Apache-2.0 */
/* Physical destruction: what a journal shows of it, what may be claimed, and that no other document passes for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "certwipe/evidence.h"
#include "sim/fixture_destruction.h"
#include "sim/fixture_journal.h"
#include "sim/payload_mutants.h"

static json_t *person(int uid, const char *name)
{
	return json_pack("{s:i, s:s}", "uid", uid, "name", name);
}

static void attested(json_t *lines, const char *type, const char *outcome)
{
	fixture_line(lines, "attested", "{s:s, s:s, s:s, s:s, s:s}", "documentId", "2026-000001", "type", type, "jsonSha256", FIXTURE_SHA, "p7sSha256", FIXTURE_SHA, "outcome", outcome);
}

static json_t *wiped_first(json_t *lines, const char *method)
{
	attested(lines, "destruction-certificate", "sanitised");
	fixture_recorded(lines, method);
	fixture_confirmed(lines, "李四", method, 1);
	return lines;
}

static struct cw_verdict judge(json_t *lines_take)
{
	static struct cw_verdict v;
	assert_true(fixture_judge(lines_take, &v));
	json_decref(lines_take);
	return v;
}

static void refused_by_the_verdict(json_t *lines_take)
{
	struct cw_verdict v = judge(lines_take);
	assert_int_not_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	assert_int_not_equal(v.exit_code, 0);
	assert_true(v.reason[0]);
}

/* ---- verdict ---- */

static void a_witnessed_destruction_reaches_its_level(void **state)
{
	(void)state;
	struct cw_verdict v = judge(fixture_destroyed(CW_CLASS_CD_R, "disintegrate"));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_DESTROY);
	assert_int_equal(v.exit_code, 0);
	assert_string_equal(v.caveats, "K19");
	refused_by_the_verdict(fixture_destroyed(CW_CLASS_USB_STICK, "shred"));
	refused_by_the_verdict(fixture_destroyed(CW_CLASS_HDD_ATA, "punch"));
	refused_by_the_verdict(fixture_destroyed(CW_CLASS_USB_STICK, "degauss"));
	refused_by_the_verdict(fixture_destroyed(CW_CLASS_DVD_R, "grind"));
}

static void one_person_is_not_two(void **state)
{
	static const struct { const char *name, *method; int count; } witnesses[] = {
		{ "王小明", "melt", 1 }, { " 王 小明", "melt", 1 }, { "王\xe3\x80\x80小明", "melt", 1 }, { "李四", "shred", 1 }, { "李四", "melt", 2 }, { "", "melt", 1 },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(witnesses); i++) {
		json_t *lines = fixture_shelf(CW_CLASS_USB_STICK);
		fixture_recorded(lines, "melt");
		fixture_confirmed(lines, witnesses[i].name, witnesses[i].method, witnesses[i].count);
		refused_by_the_verdict(lines);
	}
	assert_true(cw_is_same_name("Ann Lee", "ann  LEE"));
	assert_false(cw_is_same_name("Ann Lee", "Ann Leef"));
}

static void a_record_that_is_not_brought_to_its_end_claims_nothing(void **state)
{
	json_t *lines = fixture_shelf(CW_CLASS_USB_STICK);
	(void)state;
	refused_by_the_verdict(json_deep_copy(lines));
	fixture_recorded(lines, "melt");
	refused_by_the_verdict(json_deep_copy(lines));
	fixture_line(lines, "closed", "{s:o, s:s}", "by", person(0, "root"), "reason", "lost");
	fixture_line(lines, "end", "{s:s}", "status", "closed");
	refused_by_the_verdict(lines);
	lines = fixture_destroyed(CW_CLASS_USB_STICK, "melt");
	json_array_remove(lines, fixture_index(lines, "registered", 0));
	refused_by_the_verdict(lines);
	lines = fixture_destroyed(CW_CLASS_USB_STICK, "melt");
	json_array_remove(lines, fixture_index(lines, "end", 0));
	refused_by_the_verdict(lines);
}

static void the_last_record_counts_and_a_confirmed_one_is_not_replaced(void **state)
{
	json_t *lines = fixture_shelf(CW_CLASS_USB_STICK);
	(void)state;
	fixture_recorded(lines, "punch");
	fixture_recorded(lines, "melt");
	fixture_confirmed(lines, "李四", "melt", 1);
	assert_int_equal(judge(lines).level, CW_LEVEL_DESTROY);
	lines = fixture_shelf(CW_CLASS_USB_STICK);
	fixture_recorded(lines, "punch");
	fixture_line(lines, "witnessed", "{s:s, s:s, s:i, s:b, s:o}", "name", "李四", "method", "punch", "count", 1, "sameAccount", 1, "by", person(1000, "clerk"));
	fixture_recorded(lines, "melt");
	fixture_confirmed(lines, "李四", "melt", 1);
	refused_by_the_verdict(lines);
}

/* ---- two steps ---- */

static const struct fixture_wish stick = { .scheme = "keystream" };

static void a_wipe_and_the_shredding_after_it_reach_the_level_of_the_wipe(void **state)
{
	(void)state;
	struct cw_verdict v = judge(wiped_first(fixture_perfect(&stick), "shred"));
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_string_equal(v.caveats, "K1+K2+K12+K19");
	v = judge(wiped_first(fixture_perfect(&stick), "incinerate"));
	assert_int_equal(v.level, CW_LEVEL_DESTROY);
	assert_string_equal(v.caveats, "K19");
	refused_by_the_verdict(wiped_first(fixture_perfect(&stick), "punch"));
}

static void a_wipe_that_failed_lends_nothing(void **state)
{
	(void)state;
	refused_by_the_verdict(wiped_first(fixture_blank(&stick), "shred"));
	assert_int_equal(judge(wiped_first(fixture_blank(&stick), "incinerate")).level, CW_LEVEL_DESTROY);
}

static bool is_completed_by_shredding(json_t *lines_take)
{
	const struct cw_journal_text t = { .lines = lines_take };
	bool succeeded = cw_job_wipe_succeeded(&t);
	json_decref(lines_take);
	return succeeded;
}

/* Before it is shredded: afterwards it is too late to learn that shredding was not enough. */
static void only_a_wipe_that_succeeded_is_said_to_be_completed(void **state)
{
	json_t *lines = fixture_perfect(&stick);
	(void)state;
	assert_false(is_completed_by_shredding(json_deep_copy(lines)));
	attested(lines, "destruction-report", "inconclusive");
	assert_false(is_completed_by_shredding(json_deep_copy(lines)));
	fixture_recorded(lines, "shred");
	fixture_confirmed(lines, "李四", "shred", 1);
	attested(lines, "destruction-certificate", "sanitised");
	assert_false(is_completed_by_shredding(lines));
	assert_true(is_completed_by_shredding(wiped_first(fixture_perfect(&stick), "punch")));
	assert_false(is_completed_by_shredding(fixture_destroyed(CW_CLASS_CD_RW, "shred")));
}

static void a_destruction_interrupts_no_wipe(void **state)
{
	json_t *lines = fixture_perfect(&stick);
	(void)state;
	fixture_recorded(lines, "incinerate"); /* without the document of the wipe */
	fixture_confirmed(lines, "李四", "incinerate", 1);
	refused_by_the_verdict(lines);
	lines = wiped_first(fixture_perfect(&stick), "incinerate");
	json_array_append(lines, fixture_find(lines, "intent", 0));
	refused_by_the_verdict(lines);
}

/* ---- the document ---- */

static void documents_say_what_was_done(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(fixture_destroyed(CW_CLASS_CD_R, "disintegrate")), *both = payload_make(wiped_first(fixture_perfect(&stick), "shred"));
	CW_AUTO_JSON json_t *report = payload_make(fixture_destroyed(CW_CLASS_USB_STICK, "shred"));
	assert_string_equal(json_string_value(payload_at(doc, "schema")), "certwipe/destruction/1");
	assert_string_equal(json_string_value(payload_at(doc, "title.zh_TW")), "銷毀證明書");
	assert_string_equal(json_string_value(payload_at(doc, "medium.serialSource")), "label");
	assert_string_equal(json_string_value(payload_at(doc, "destruction.witness.name")), "李四");
	assert_null(payload_at(doc, "wipe"));
	assert_string_equal(json_string_value(payload_at(both, "wipe.certificateId")), "2026-000001");
	assert_string_equal(json_string_value(payload_at(both, "wipe.sha256")), FIXTURE_SHA);
	assert_string_equal(json_string_value(payload_at(both, "wipe.verification.result")), "pass");
	assert_null(payload_at(both, "supersedes"));
	assert_string_equal(json_string_value(payload_at(report, "type")), "destruction-report");
	assert_string_equal(json_string_value(payload_at(report, "title.zh_TW")), "銷毀未完成報告");
}

/* Sentences with figures in them are filled in from the record: there is no plan behind a medium that nobody wiped. */
static void every_way_makes_a_document_of_every_kind_of_medium(void **state)
{
	(void)state;
	for (uint32_t class_ = CW_CLASS_UNKNOWN + 1; class_ < CW_CLASS_COUNT; class_++)
		for (uint32_t method = CW_DESTROY_UNNAMED + 1; class_ != CW_CLASS_VIRTUAL && method < CW_DESTROY_COUNT; method++) {
			CW_AUTO_JSON json_t *doc = payload_make(fixture_destroyed(class_, cw_destruction_method_name(method)));
			json_t *caveat;
			size_t i;
			assert_string_equal(json_string_value(payload_at(doc, "destruction.method")), cw_destruction_method_name(method));
			json_array_foreach(json_object_get(doc, "caveats"), i, caveat) {
				assert_null(strchr(cw_json_str(caveat, "en", "{"), '{'));
				assert_null(strchr(cw_json_str(caveat, "zh_TW", "{"), '{'));
			}
		}
}

static void check_and_schema_agree(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(fixture_destroyed(CW_CLASS_CD_R, "disintegrate")), *both = payload_make(wiped_first(fixture_perfect(&stick), "shred"));
	CW_AUTO_JSON json_t *report = payload_make(fixture_destroyed(CW_CLASS_USB_STICK, "shred")), *due = payload_make(fixture_shelf(CW_CLASS_USB_STICK));
	payload_mutants = payload_accepted = 0;
	assert_true(payload_agreed(doc, "a certificate"));
	assert_true(payload_agreed(both, "one of two steps"));
	assert_true(payload_agreed(report, "a report"));
	assert_true(payload_agreed(due, "one of nothing done"));
	payload_walk(doc, doc, "a-destroyed");
	payload_walk(report, report, "b-destroyed");
	payload_walk(both, payload_at(both, "wipe"), "c-destroyed.wipe");
	assert_true(payload_mutants > 2000);
	assert_true(payload_accepted < payload_mutants / 3);
}

static void lies_between_fields(void **state)
{
	static const struct { const char *object, *key, *value; } lies[] = {
		{ "", "type", "\"destruction-report\"" },          { "", "outcome", "\"failed\"" },
		{ "destruction.witness", "name", "\"王小明\"" },   { "destruction", "method", "\"melt\"" },
		{ "sanitization", "technique", "\"punch\"" },      { "sanitization", "levelClaimed", "\"purge\"" },
		{ "verdict", "level", "\"purge\"" },               { "verdict", "result", "\"inconclusive\"" },
		{ "verdict.support.2", "holds", "false" },         { "sanitization.levelBasis.0", "satisfied", "false" },
		{ "verification", "result", "\"not-done\"" },      { "", "laboratory", "true" },
		{ "destruction", "ended", "\"2026-11-23T17:00:00Z\"" }, { "destruction.attachments.0", "name", "\"../x.jpg\"" },
		{ "signatories.0", "role", "\"operator\"" },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		CW_AUTO_JSON json_t *doc = payload_make(fixture_destroyed(CW_CLASS_CD_R, "disintegrate"));
		json_object_set_new(payload_at(doc, lies[i].object), lies[i].key, json_loads(lies[i].value, JSON_DECODE_ANY, NULL));
		if (payload_passes(doc))
			fail_msg("%s.%s = %s is believed", lies[i].object, lies[i].key, lies[i].value);
	}
}

static void names_of_files_lead_nowhere(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a", "a.", ".a", "a/b.jpg", "A.jpg", "a.b.c", "-a.jpg", "a b.jpg" };
	(void)state;
	assert_true(cw_attachment_name_ok("photo-1.jpg"));
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++)
		assert_false(cw_attachment_name_ok(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_witnessed_destruction_reaches_its_level), cmocka_unit_test(one_person_is_not_two),
		cmocka_unit_test(a_record_that_is_not_brought_to_its_end_claims_nothing), cmocka_unit_test(the_last_record_counts_and_a_confirmed_one_is_not_replaced),
		cmocka_unit_test(a_wipe_and_the_shredding_after_it_reach_the_level_of_the_wipe), cmocka_unit_test(a_wipe_that_failed_lends_nothing),
		cmocka_unit_test(only_a_wipe_that_succeeded_is_said_to_be_completed),
		cmocka_unit_test(a_destruction_interrupts_no_wipe), cmocka_unit_test(documents_say_what_was_done), cmocka_unit_test(every_way_makes_a_document_of_every_kind_of_medium), cmocka_unit_test(check_and_schema_agree),
		cmocka_unit_test(lies_between_fields), cmocka_unit_test(names_of_files_lead_nowhere),
	};
	return cmocka_run_group_tests(tests, payload_load_destruction_schema, payload_free_schema);
}
