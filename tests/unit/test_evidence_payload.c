/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.json: what it says follows from the journal, it is the same whoever makes it, and no other document passes for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "certwipe/evidence.h"
#include "sim/fixture_journal.h"
#include "sim/payload_mutants.h"

#define HALF (FIXTURE_SIZE / 2)

static const struct fixture_wish stick = { .scheme = "keystream" };

static json_t *certificate(void)
{
	return payload_make(fixture_perfect(&stick));
}

static json_t *stopped_lines(void)
{
	json_t *lines = fixture_begin(&stick);
	fixture_step_broken(lines, 1, 0, HALF, "stopped");
	fixture_stop(lines, 1, HALF);
	return lines;
}

/* Unplugged between writing and reading back, and gone on with at another station. */
static json_t *travelled_lines(void)
{
	json_t *lines = fixture_begin(&stick);
	size_t first = json_array_size(lines), i;
	json_t *line;
	json_object_set_new(json_object_get(json_array_get(lines, 0), "plan"), "replug", json_true());
	fixture_step(lines, 1, 0);
	fixture_line(lines, "stopped", "{s:s, s:i, s:i}", "by", "replug", "step", 2, "watermarkBytes", 0);
	fixture_line(lines, "end", "{s:s}", "status", "stopped");
	fixture_line(lines, "registered", "{s:s, s:i, s:s, s:s}", "origin", "county/station", "size", 41, "root", FIXTURE_SHA, "kind", "started");
	fixture_resume(lines, 2, 0);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	fixture_reseal(lines);
	json_array_foreach(lines, i, line)
		if (i > first && strcmp(cw_json_str(line, "event", ""), "resumed") == 0)
			json_object_set_new(json_object_get(line, "attachment"), "diskseq", json_integer(8));
		else if (i > first && strcmp(cw_json_str(line, "event", ""), "identity") == 0)
			json_object_set_new(line, "diskseq", json_integer(8));
	return lines;
}

static const char *text_at(json_t *doc, const char *path)
{
	const char *s = json_string_value(payload_at(doc, path));
	if (!s)
		fail_msg("no text at %s", path);
	return s;
}

static json_int_t int_at(json_t *doc, const char *path)
{
	if (!json_is_integer(payload_at(doc, path)))
		fail_msg("no number at %s", path);
	return json_integer_value(payload_at(doc, path));
}

static const char *caveat(json_t *doc, const char *id, const char *lang)
{
	size_t i;
	json_t *item;
	json_array_foreach(payload_at(doc, "caveats"), i, item)
		if (strcmp(cw_json_str(item, "id", ""), id) == 0)
			return cw_json_str(item, lang, "");
	return "";
}

/* ---- what it says ---- */

static void certificate_says_what_was_done(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = certificate();
	assert_string_equal(text_at(doc, "type"), "destruction-certificate");
	assert_string_equal(text_at(doc, "title.zh_TW"), "資料清除證明書");
	assert_string_equal(text_at(doc, "title.en"), "Certificate of Sanitization");
	assert_string_equal(text_at(doc, "outcome"), "success");
	assert_string_equal(text_at(doc, "verdict.result"), "sanitised");
	assert_string_equal(text_at(doc, "sanitization.levelClaimed"), "clear");
	assert_string_equal(text_at(doc, "sanitization.technique"), "overwrite");
	assert_string_equal(text_at(doc, "verification.result"), "pass");
	assert_int_equal(int_at(doc, "verification.coverageBytes"), FIXTURE_SIZE);
	assert_string_equal(text_at(doc, "validation.decision"), "awaiting");
	assert_string_equal(text_at(doc, "medium.class"), "USB_STICK");
	assert_string_equal(text_at(doc, "medium.serial"), "AC0123456789XY");
	assert_string_equal(text_at(doc, "keystream.cipher"), "AES-256-CTR");
	assert_string_equal(text_at(doc, "keystream.keyHex"), FIXTURE_SHA);
	assert_int_equal(int_at(doc, "keystream.passes.0.keystreamPass"), 1);
	assert_string_equal(text_at(doc, "signatories.0.certSha256"), FIXTURE_SHA);
	assert_string_equal(text_at(doc, "authorisation.number"), "115-0001");
	assert_int_equal(int_at(doc, "register.started.size"), 41);
	assert_int_equal(json_array_size(payload_at(doc, "exceptions")), 0);
	assert_int_equal(json_array_size(payload_at(doc, "interruptions")), 0);
	assert_false(json_is_true(payload_at(doc, "laboratory")));
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "approves or rejects"));
	assert_string_equal(caveat(doc, "K19", "zh_TW"), "尚未經權責人員確認，媒體不得放行。");
	assert_null(payload_at(doc, "supersedes"));
}

static void unknown_is_written_out(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = certificate();
	assert_string_equal(text_at(doc, "case.personalData"), "unknown");
	assert_string_equal(text_at(doc, "case.unit"), "政風處");
	assert_string_equal(text_at(doc, "medium.firmware"), "unknown");
}

static void every_claim_has_a_line(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = certificate();
	size_t i;
	json_t *item;
	json_array_foreach(payload_at(doc, "verdict.support"), i, item) {
		assert_true(cw_json_bool(item, "holds", false));
		assert_true(cw_json_u64(item, "line", UINT64_MAX) < (uint64_t)int_at(doc, "journalLines"));
	}
	assert_string_equal(text_at(doc, "sanitization.levelBasis.0.rule"), "c1");
}

static void county_must_shred(void **state)
{
	(void)state;
	struct fixture_wish w = stick;
	w.case_stays_open = true;
	CW_AUTO_JSON json_t *doc = payload_make(fixture_perfect(&w));
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "Now destroy the medium physically (shred it)"));
	assert_true(json_is_false(payload_at(doc, "policy.wipeClosesCase")));
}

static void laboratory_is_stamped(void **state)
{
	(void)state;
	struct fixture_wish w = { .class_ = CW_CLASS_VIRTUAL, .bus = CW_BUS_LOOP, .virtual_ = true };
	CW_AUTO_JSON json_t *doc = payload_make(fixture_perfect(&w));
	assert_true(json_is_true(payload_at(doc, "laboratory")));
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "Laboratory"));
	assert_true(*caveat(doc, "K27", "en"));
}

static void sample_prints_its_bound(void **state)
{
	(void)state;
	struct fixture_wish w = { .class_ = CW_CLASS_HDD_ATA, .bus = CW_BUS_ATA, .sample = true };
	CW_AUTO_JSON json_t *doc = payload_make(fixture_perfect(&w));
	assert_string_equal(text_at(doc, "verification.method"), "sample");
	assert_int_equal(int_at(doc, "verification.sampleWindows"), 2002);
	assert_true(int_at(doc, "verification.coverageBytes") < (json_int_t)FIXTURE_SIZE);
	assert_string_equal(caveat(doc, "K16", "en"), "Sampled verification: no residue found; with 95 % confidence the residual fraction is below 0.15 %.");
}

static void two_passes_name_their_streams(void **state)
{
	(void)state;
	struct fixture_wish w = { .scheme = "nist-r1-flash", .r1 = true };
	CW_AUTO_JSON json_t *doc = payload_make(fixture_perfect(&w));
	assert_int_equal(json_array_size(payload_at(doc, "passes")), 2);
	assert_string_equal(text_at(doc, "keystream.passes.1.kind"), "keystream-complement");
	assert_int_equal(int_at(doc, "keystream.passes.1.keystreamPass"), 1);
	assert_true(*caveat(doc, "K17", "zh_TW"));
}

static void a_medium_that_travelled_says_so(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(travelled_lines());
	assert_string_equal(text_at(doc, "type"), "destruction-certificate");
	assert_true(json_is_true(payload_at(doc, "verification.unpluggedBefore")));
	assert_string_equal(text_at(doc, "interruptions.1.event"), "registered");
	assert_string_equal(text_at(doc, "interruptions.1.origin"), "county/station");
}

/* ---- reports ---- */

static void stopped_job_gets_a_report(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(stopped_lines());
	assert_string_equal(text_at(doc, "type"), "destruction-report");
	assert_string_equal(text_at(doc, "title.zh_TW"), "資料清除未完成報告");
	assert_string_equal(text_at(doc, "outcome"), "aborted");
	assert_string_equal(text_at(doc, "sanitization.levelClaimed"), "none");
	assert_string_equal(text_at(doc, "verification.result"), "not-done");
	assert_string_equal(text_at(doc, "interruptions.0.event"), "stopped");
	assert_string_equal(text_at(doc, "interruptions.0.by"), "operator");
	assert_int_equal(int_at(doc, "exceptions.0.offsetBytes"), HALF);
	assert_string_equal(text_at(doc, "exceptions.0.reason"), "not-written");
	assert_string_equal(caveat(doc, "K3", "en"), "16384 sectors (8388608 bytes) could not be written or read; their content was not destroyed.");
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "resume the job"));
}

static void a_broken_rule_is_named_with_its_figures(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(fixture_hot(&stick));
	assert_string_equal(text_at(doc, "type"), "destruction-report");
	assert_string_equal(text_at(doc, "verdict.reason"), "A rule of the policy stopped the job: the medium became too hot.");
	assert_string_equal(text_at(doc, "interruptions.0.by"), "rule");
	assert_string_equal(text_at(doc, "interruptions.0.rule.name"), "temperature");
	assert_int_equal(int_at(doc, "interruptions.0.rule.limit"), 60);
	assert_int_equal(int_at(doc, "interruptions.0.rule.found"), 71);
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "destroy it physically"));
}

static void a_medium_without_cells_is_not_genuine(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(fixture_blank(&stick));
	assert_string_equal(text_at(doc, "type"), "destruction-report");
	assert_string_equal(text_at(doc, "verdict.reason"), "The medium stores nothing beyond a part of what it reports to hold.");
	assert_string_equal(text_at(doc, "notGenuine.how"), "drop");
	assert_int_equal(int_at(doc, "notGenuine.claimedBytes"), FIXTURE_SIZE);
	assert_int_equal(int_at(doc, "notGenuine.realBytes"), HALF);
	assert_string_equal(text_at(doc, "notGenuine.words.en"),
			    "The medium is not genuine, or broken for good: it reports 8388608 bytes and stores nothing from byte 4194304 on.");
	assert_string_equal(text_at(doc, "notGenuine.words.zh_TW"),
			    "本媒體不實或已永久損壞：回報容量 8388608 位元組，自第 4194304 位元組起未儲存任何資料。");
	assert_int_equal(int_at(doc, "verification.mismatches.zerosBytes"), HALF);
	assert_true(*caveat(doc, "K18", "en"));
	assert_non_null(strstr(text_at(doc, "nextStep.zh_TW"), "實體銷毀"));
}

static void an_early_look_is_told_where_it_found_something(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = payload_make(fixture_accused(&stick));
	assert_string_equal(text_at(doc, "type"), "destruction-report");
	assert_string_equal(text_at(doc, "verification.result"), "not-done");
	assert_int_equal(int_at(doc, "spotCheck.differing"), 2);
	assert_int_equal(int_at(doc, "spotCheck.found.1.writtenOffsetBytes"), 5242880);
	assert_string_equal(text_at(doc, "notGenuine.how"), "wrap");
	assert_true(json_is_false(payload_at(doc, "notGenuine.exact")));
	assert_int_equal(int_at(doc, "notGenuine.realBytes"), 4194304);
}

static void mismatch_gets_a_report(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick), *end = fixture_find(lines, "step-end", 1);
	json_object_set_new(end, "mismatchBytes", json_integer(512));
	json_object_set_new(end, "bad", json_pack("[{s:i, s:i, s:s, s:i}]", "offsetBytes", 4096, "lengthBytes", 512, "fault", "mismatch", "errno", 0));
	json_object_set_new(end, "firstMismatch", json_pack("{s:i, s:s, s:i, s:i}", "offsetBytes", 4096, "class", "other-offset", "writtenPass", 1, "writtenOffsetBytes", 0));
	CW_AUTO_JSON json_t *doc = payload_make(lines);
	assert_string_equal(text_at(doc, "type"), "destruction-report");
	assert_string_equal(text_at(doc, "verification.result"), "fail");
	assert_int_equal(int_at(doc, "verification.mismatchBytes"), 512);
	assert_string_equal(text_at(doc, "verification.firstMismatch.class"), "other-offset");
	assert_true(*caveat(doc, "K18", "en"));
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "destroy it physically"));
}

/* Nobody recognises a level for a disc, which is no reason to say that data may still be there; where something did go wrong, it is. */
static void a_disc_that_was_overwritten_says_what_that_is_worth(void **state)
{
	static const struct fixture_wish disc = { .class_ = CW_CLASS_BD_RE };
	json_t *lines = fixture_perfect(&disc), *cut = fixture_begin(&disc);
	(void)state;
	json_object_set_new(fixture_find(lines, "step-end", 2), "mismatchBytes", json_integer(4096));
	json_object_set_new(fixture_find(lines, "step-end", 2), "bad", json_pack("[{s:i, s:i, s:s, s:i}]", "offsetBytes", 4096, "lengthBytes", 4096, "fault", "mismatch", "errno", 0));
	fixture_step_broken(cut, 1, 0, HALF, "stopped");
	fixture_stop(cut, 1, HALF);
	CW_AUTO_JSON json_t *whole = payload_make(fixture_perfect(&disc)), *wrong = payload_make(lines), *stopped = payload_make(cut);
	assert_string_equal(text_at(whole, "type"), "destruction-report");
	assert_string_equal(text_at(whole, "nextStep.en"), "Overwritten and read back. For a disc that is risk reduction only, and no level is claimed: destroy it physically and record the "
							   "destruction; do not release or reuse it.");
	assert_string_equal(text_at(whole, "nextStep.zh_TW"), "已覆寫並讀回相符；就光碟而言僅屬降低風險，未宣稱任何等級。不得放行或再使用：請將光碟實體銷毀並登錄銷毀紀錄。");
	assert_true(*caveat(whole, "K8", "en") && *caveat(whole, "K8", "zh_TW"));
	assert_non_null(strstr(text_at(wrong, "nextStep.en"), "Data may still be on the medium"));
	assert_non_null(strstr(text_at(stopped, "nextStep.en"), "resume the job"));
}

static void refused_job_gets_a_report(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *lines = fixture_begin(&stick);
	while (json_array_size(lines) > 1)
		json_array_remove(lines, 1);
	fixture_line(lines, "refused", "{s:s, s:i, s:s}", "code", "unauthorised", "exit", 8, "message", "The answer is not on the label.");
	fixture_line(lines, "end", "{s:s}", "status", "refused");
	CW_AUTO_JSON json_t *doc = payload_make(json_incref(lines));
	assert_string_equal(text_at(doc, "outcome"), "not_attempted");
	assert_string_equal(text_at(doc, "refusal.code"), "unauthorised");
	assert_null(payload_at(doc, "authorisation"));
	assert_null(payload_at(doc, "keystream"));
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "Nothing was written"));
}

static void later_document_supersedes(void **state)
{
	(void)state;
	json_t *lines = stopped_lines();
	fixture_line(lines, "attested", "{s:s, s:s, s:s, s:s, s:s}", "documentId", "2026-000016", "type", "destruction-report", "jsonSha256", FIXTURE_SHA, "p7sSha256",
		     FIXTURE_SHA, "outcome", "inconclusive");
	fixture_resume(lines, 1, HALF);
	fixture_step(lines, 1, HALF);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	CW_AUTO_JSON json_t *doc = payload_make(lines);
	assert_string_equal(text_at(doc, "type"), "destruction-certificate");
	assert_string_equal(text_at(doc, "supersedes.certificateId"), "2026-000016");
	assert_int_equal(json_array_size(payload_at(doc, "interruptions")), 2);
	assert_int_equal(int_at(doc, "passes.0.attempts"), 2);
}

/* ---- the same whoever makes it ---- */

static void same_journal_same_bytes(void **state)
{
	(void)state;
	CW_AUTO_BUF struct cw_buf one = {0}, two = {0};
	struct cw_error err = {0};
	struct cw_payload_frame again;
	struct cw_journal_text t;
	CW_AUTO_JSON json_t *lines = fixture_perfect(&stick);
	assert_int_equal(fixture_chain(lines, &t, &err), 0);
	CW_AUTO_JSON json_t *doc = payload_make_from(&t);
	assert_int_equal(cw_json_canonical(doc, &one, &err), 0);
	assert_int_equal(cw_payload_frame_of(doc, &again, &err), 0);
	assert_memory_equal(&again, &payload_frame, sizeof(payload_frame));
	setlocale(LC_ALL, "C.UTF-8");
	CW_AUTO_JSON json_t *doc2 = NULL;
	assert_int_equal(cw_payload_make(&t, &again, &doc2, &err), 0);
	assert_int_equal(cw_json_canonical(doc2, &two, &err), 0);
	setlocale(LC_ALL, "C");
	assert_string_equal(one.data, two.data);
	assert_string_equal(text_at(doc, "journalSha256"), t.sha256);
	cw_journal_text_clear(&t);
}

static void frame_without_a_part_is_refused(void **state)
{
	static const char *const parts[] = { "certificateId", "uuid", "issuedAt", "organisation", "signatories", "register" };
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(parts); i++) {
		struct cw_payload_frame out;
		struct cw_error err = {0};
		CW_AUTO_JSON json_t *doc = certificate();
		json_object_del(doc, parts[i]);
		assert_int_equal(cw_payload_frame_of(doc, &out, &err), CW_E_INVALID);
	}
}

static void hostile_text_is_made_visible(void **state)
{
	(void)state;
	json_t *lines = fixture_perfect(&stick), *case_ = payload_at(lines, "0.case");
	char longest[2000];
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 253, "臺臺", 6);
	longest[sizeof(longest) - 1] = '\0';
	json_object_set_new(case_, "custodian", json_string("evil\xe2\x80\xaetxt.exe"));
	json_object_set_new(case_, "note", json_string(longest));
	json_object_set_new(case_, "place", json_string(""));
	CW_AUTO_JSON json_t *doc = payload_make(lines);
	assert_string_equal(text_at(doc, "case.custodian"), "evil\\xe2\\x80\\xaetxt.exe");
	assert_int_equal(strlen(text_at(doc, "case.note")), 253);
	assert_string_equal(text_at(doc, "case.place"), "unknown");
}

static void journal_of_nothing_gives_no_document(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *lines = fixture_perfect(&stick);
	struct cw_journal_text t;
	struct cw_error err = {0};
	json_t *doc = NULL;
	json_object_set_new(json_array_get(lines, 0), "plan", json_object());
	assert_int_equal(fixture_chain(lines, &t, &err), 0);
	assert_int_equal(cw_payload_make(&t, &payload_frame, &doc, &err), CW_E_INVALID);
	assert_null(doc);
	cw_journal_text_clear(&t);
}

/* ---- the check ---- */

static void check_accepts_what_we_make(void **state)
{
	struct fixture_wish lab = { .class_ = CW_CLASS_VIRTUAL, .bus = CW_BUS_LOOP, .virtual_ = true }, sampled = { .class_ = CW_CLASS_HDD_ATA, .sample = true };
	CW_AUTO_JSON json_t *docs = json_array();
	(void)state;
	json_array_append_new(docs, certificate());
	json_array_append_new(docs, payload_make(stopped_lines()));
	json_array_append_new(docs, payload_make(fixture_begin(&stick)));
	json_array_append_new(docs, payload_make(fixture_perfect(&lab)));
	json_array_append_new(docs, payload_make(fixture_perfect(&sampled)));
	json_array_append_new(docs, payload_make(travelled_lines()));
	json_array_append_new(docs, payload_make(fixture_hot(&stick)));
	json_array_append_new(docs, payload_make(fixture_blank(&stick)));
	json_array_append_new(docs, payload_make(fixture_accused(&stick)));
	for (size_t i = 0; i < json_array_size(docs); i++)
		assert_true(payload_agreed(json_array_get(docs, i), "our own document"));
}

/* Every key of every object: missing, of another type, too long, out of bounds, with a stranger beside it. */
static void check_and_schema_agree(void **state)
{
	(void)state;
	payload_mutants = payload_accepted = 0;
	CW_AUTO_JSON json_t *doc = certificate(), *report = payload_make(stopped_lines()), *hot = payload_make(fixture_hot(&stick)), *blank = payload_make(fixture_blank(&stick)), *accused = payload_make(fixture_accused(&stick));
	payload_walk(doc, doc, "certificate");
	payload_walk(report, report, "report");
	payload_walk(hot, payload_at(hot, "interruptions.0"), "report.interruptions");
	payload_walk(blank, payload_at(blank, "notGenuine"), "report.notGenuine");
	payload_walk(accused, payload_at(accused, "spotCheck"), "report.spotCheck");
	payload_walk(blank, payload_at(blank, "verification.mismatches"), "report.verification.mismatches");
	assert_true(payload_mutants > 3000);
	assert_true(payload_accepted < payload_mutants / 3); /* free text takes another text, a count another count */
	assert_true(payload_agreed(doc, "as it was"));
	assert_true(payload_agreed(report, "as it was"));
}

/* What a forger would change; each alone must be refused, with the field named. */
static void lies_between_fields(void **state)
{
	static const struct {
		const char *object, *key, *value; /* JSON */
	} lies[] = {
		{ "", "type", "\"destruction-report\"" },
		{ "", "outcome", "\"failed\"" },
		{ "", "exceptions", "[{\"offsetBytes\":0,\"lengthBytes\":512,\"reason\":\"not-written\"}]" },
		{ "", "laboratory", "true" },
		{ "verification", "mismatchBytes", "512" },
		{ "verification", "unverifiedBytes", "512" },
		{ "verification", "unwrittenBytes", "512" },
		{ "verification", "result", "\"incomplete\"" },
		{ "verification", "coverageBytes", "8388609" },
		{ "verification", "coverageBytes", "8388096" },
		{ "verification.readings.0", "complete", "false" },
		{ "passes.0", "complete", "false" },
		{ "verdict", "result", "\"inconclusive\"" },
		{ "verdict", "level", "\"none\"" },
		{ "verdict", "level", "\"purge\"" },
		{ "verdict.support.3", "holds", "false" },
		{ "sanitization", "levelClaimed", "\"purge\"" },
		{ "sanitization", "levelClaimed", "\"none\"" },
		{ "sanitization.levelBasis.0", "satisfied", "false" },
		{ "medium", "capacityBytes", "4096" },
		{ "medium", "capacityBytes", "16777216" },
		{ "medium", "virtual", "true" },
		{ "", "endedAt", "\"2020-01-01T00:00:00Z\"" },
		{ "", "issuedAt", "\"2026-02-30T00:00:00Z\"" },
		{ "validation", "decision", "\"approved\"" },
		{ "", "type", "\"destruction-approval\"" },
		{ "", "spotCheck", "{\"step\":1,\"probes\":3,\"differing\":1,\"line\":9,\"found\":[{\"offsetBytes\":0,\"class\":\"ones\",\"writtenOffsetBytes\":0}]}" },
		{ "", "notGenuine", "{\"claimedBytes\":8388608,\"realBytes\":4096,\"exact\":true,\"how\":\"wrap\",\"line\":9,\"words\":{\"en\":\"x\",\"zh_TW\":\"x\"}}" },
	};
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		CW_AUTO_JSON json_t *doc = certificate();
		json_object_set_new(payload_at(doc, lies[i].object), lies[i].key, json_loads(lies[i].value, JSON_DECODE_ANY, NULL));
		if (payload_passes(doc))
			fail_msg("%s.%s = %s is believed", lies[i].object, lies[i].key, lies[i].value);
	}
}

static void purge_by_overwrite_is_refused(void **state)
{
	(void)state;
	CW_AUTO_JSON json_t *doc = certificate();
	json_object_set_new(payload_at(doc, "sanitization"), "levelClaimed", json_string("purge"));
	json_object_set_new(payload_at(doc, "verdict"), "level", json_string("purge"));
	assert_false(payload_agreed(doc, "purge by overwrite"));
}

/* A report dressed up: it needs so many changes that each alone is refused. */
static void report_cannot_say_success(void **state)
{
	static const char *const words[][3] = { { "", "outcome", "success" }, { "verdict", "result", "sanitised" }, { "verdict", "level", "clear" } };
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(words); i++) {
		CW_AUTO_JSON json_t *doc = payload_make(stopped_lines());
		json_object_set_new(payload_at(doc, words[i][0]), words[i][1], json_string(words[i][2]));
		assert_false(payload_agreed(doc, words[i][1]));
	}
	CW_AUTO_JSON json_t *doc = payload_make(stopped_lines());
	json_object_set_new(payload_at(doc, "exceptions.0"), "lengthBytes", json_integer(FIXTURE_SIZE));
	assert_false(payload_passes(doc));
}

static void no_document_at_all(void **state)
{
	CW_AUTO_JSON json_t *list = json_array(), *empty = json_object();
	(void)state;
	assert_false(payload_agreed(list, "a list"));
	assert_false(payload_agreed(empty, "nothing"));
	assert_false(payload_passes(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_says_what_was_done), cmocka_unit_test(unknown_is_written_out), cmocka_unit_test(every_claim_has_a_line),
		cmocka_unit_test(county_must_shred), cmocka_unit_test(laboratory_is_stamped), cmocka_unit_test(sample_prints_its_bound),
		cmocka_unit_test(two_passes_name_their_streams), cmocka_unit_test(a_medium_that_travelled_says_so), cmocka_unit_test(stopped_job_gets_a_report),
		cmocka_unit_test(a_broken_rule_is_named_with_its_figures), cmocka_unit_test(a_medium_without_cells_is_not_genuine),
		cmocka_unit_test(an_early_look_is_told_where_it_found_something), cmocka_unit_test(mismatch_gets_a_report),
		cmocka_unit_test(a_disc_that_was_overwritten_says_what_that_is_worth),
		cmocka_unit_test(refused_job_gets_a_report), cmocka_unit_test(later_document_supersedes), cmocka_unit_test(same_journal_same_bytes),
		cmocka_unit_test(frame_without_a_part_is_refused), cmocka_unit_test(hostile_text_is_made_visible),
		cmocka_unit_test(journal_of_nothing_gives_no_document), cmocka_unit_test(check_accepts_what_we_make), cmocka_unit_test(check_and_schema_agree),
		cmocka_unit_test(lies_between_fields), cmocka_unit_test(purge_by_overwrite_is_refused), cmocka_unit_test(report_cannot_say_success),
		cmocka_unit_test(no_document_at_all),
	};
	return cmocka_run_group_tests(tests, payload_load_schema, payload_free_schema);
}
