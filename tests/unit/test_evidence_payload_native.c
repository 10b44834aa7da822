/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of media that sanitised themselves, or said so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/native_job.h"
#include "sim/payload_mutants.h"

#define SIZE (1024u * 1024u)

static json_t *document(const struct native_wish *w, bool lies)
{
	static struct native_job n;
	struct cw_error err = { 0 };
	char status[16];
	json_t *lines;

	native_job_begin(&n, SIZE, w);
	*(n.nvme ? &n.nvme->op.erases_nothing : n.drive->ata ? &n.drive->ata->op.erases_nothing : &n.drive->op.erases_nothing) = lies;
	native_job_authorise(&n);
	assert_int_equal(native_job_run(&n, false, status, &err), 0);
	lines = native_job_lines(&n);
	native_job_end(&n);
	return payload_make(lines);
}

static const char *text_at(json_t *doc, const char *path)
{
	const char *s = json_string_value(payload_at(doc, path));

	if (!s)
		fail_msg("no text at %s", path);
	return s;
}

static void it_says_what_the_drive_was_told_and_answered(void **state)
{
	CW_AUTO_JSON json_t *doc = document(NULL, false);

	(void)state;
	assert_string_equal(text_at(doc, "type"), CW_TYPE_CERTIFICATE);
	assert_string_equal(text_at(doc, "sanitization.levelClaimed"), "purge");
	assert_string_equal(text_at(doc, "sanitization.technique"), "ata_sanitize_block");
	assert_string_equal(text_at(doc, "sanitization.scheme"), "none");
	assert_string_equal(text_at(doc, "native.feature"), "ata-sanitize-block");
	assert_string_equal(text_at(doc, "native.says"), "IDENTIFY DEVICE word 59: f000h");
	assert_string_equal(text_at(doc, "native.submitted.requestHex"), "8507200012000042720045006b40b400");
	assert_string_equal(text_at(doc, "native.ended.requestHex"), "8507200000000000000000000040b400");
	assert_string_equal(text_at(doc, "verification.method"), "look");
	assert_int_equal(json_integer_value(payload_at(doc, "verification.coverageBytes")), SIZE);
	assert_int_equal(json_integer_value(payload_at(doc, "native.looks.0.zerosBytes")), SIZE);
	assert_int_equal(json_array_size(payload_at(doc, "passes")), 0);
	assert_string_equal(text_at(doc, "sanitization.levelBasis.0.rule"), "c3");
	assert_true(payload_agreed(doc, "a certificate"));
}

static void who_vouches_for_what_stands_in_it(void **state)
{
	const struct native_wish w = { .technique = "ata_sanitize_crypto", .attested = true };
	CW_AUTO_JSON json_t *doc = document(&w, false);
	const json_t *caveat;
	size_t i;
	bool named = false;

	(void)state;
	assert_string_equal(text_at(doc, "native.attestation.name"), "Chen Mei-ling");
	json_array_foreach(payload_at(doc, "caveats"), i, caveat)
		named |= !strcmp(cw_json_str(caveat, "id", ""), "K5") && strstr(cw_json_str(caveat, "en", ""), "attested by Chen Mei-ling.");
	assert_true(named);
	assert_true(payload_agreed(doc, "a certificate"));
}

static void the_password_stands_in_it_and_that_it_is_gone(void **state)
{
	const struct native_wish w = { .technique = "ata_erase" };
	CW_AUTO_JSON json_t *doc = document(&w, false), *lied = document(&w, true);

	(void)state;
	assert_string_equal(text_at(doc, "type"), CW_TYPE_CERTIFICATE);
	assert_string_equal(text_at(doc, "sanitization.levelClaimed"), "clear");
	assert_string_equal(text_at(doc, "native.password.passwordText"), "certwipe");
	assert_true(json_is_true(payload_at(doc, "native.password.cleared")));
	assert_string_equal(text_at(doc, "sanitization.levelBasis.1.rule"), "c12");
	assert_int_equal(json_integer_value(payload_at(doc, "sanitization.levelBasis.1.line")), json_integer_value(payload_at(doc, "native.password.clearedLine")));
	assert_true(payload_agreed(doc, "a certificate"));
	assert_string_equal(text_at(lied, "type"), CW_TYPE_REPORT);
	assert_true(payload_agreed(lied, "a report"));
}

/* An NVMe drive with two namespaces, by a command that is not confirmed. */
static void what_died_besides_stands_in_it(void **state)
{
	const struct native_wish w = { .technique = "nvme_format_user", .allow_unconfirmed = true, .namespaces = 2, .whole_drive = true, .fna = 2 };
	CW_AUTO_JSON json_t *doc = document(&w, false), *lied = document(&w, true), *usual = document(NULL, false);

	(void)state;
	assert_string_equal(text_at(doc, "type"), CW_TYPE_CERTIFICATE);
	assert_string_equal(text_at(doc, "sanitization.levelClaimed"), "clear");
	assert_true(json_is_true(payload_at(doc, "sanitization.unconfirmed")));
	assert_int_equal(json_integer_value(payload_at(doc, "native.alsoErased.0.namespace")), 2);
	assert_int_equal(json_integer_value(payload_at(doc, "native.alsoErased.0.sizeBytes")), SIZE);
	assert_string_equal(text_at(doc, "sanitization.levelBasis.1.rule"), "c5");
	assert_true(payload_agreed(doc, "a certificate"));
	assert_string_equal(text_at(lied, "type"), CW_TYPE_REPORT);
	assert_true(payload_agreed(lied, "a report"));
	assert_null(payload_at(usual, "sanitization.unconfirmed"));
	assert_null(payload_at(usual, "native.alsoErased"));
}

static void what_went_before_stands_in_it(void **state)
{
	const struct native_wish w = { .technique = "scsi_sanitize_block", .first = true };
	CW_AUTO_JSON json_t *doc = document(&w, false);

	(void)state;
	assert_string_equal(text_at(doc, "type"), CW_TYPE_CERTIFICATE);
	assert_string_equal(text_at(doc, "native.feature"), "scsi-sanitize-block");
	assert_string_equal(text_at(doc, "native.first.feature"), "scsi-sanitize-crypto");
	assert_string_equal(text_at(doc, "native.first.submitted.requestHex"), "48a30000000000000000");
	assert_true(payload_agreed(doc, "a certificate"));
	json_object_set_new(payload_at(doc, "native.first"), "state", json_string("failed"));
	assert_false(payload_passes(doc));
}

static void the_pattern_that_it_was_told_stands_in_it(void **state)
{
	const struct native_wish w = { .technique = "scsi_sanitize_overwrite" };
	CW_AUTO_JSON json_t *doc = document(&w, false);

	(void)state;
	assert_string_equal(text_at(doc, "native.submitted.dataOutHex"), "01000004a55a5aa5");
	assert_true(payload_agreed(doc, "a certificate"));
}

static void a_drive_that_lied_gets_a_report(void **state)
{
	CW_AUTO_JSON json_t *doc = document(NULL, true);

	(void)state;
	assert_string_equal(text_at(doc, "type"), CW_TYPE_REPORT);
	assert_string_equal(text_at(doc, "native.state"), "succeeded");
	assert_int_equal(json_integer_value(payload_at(doc, "native.looks.0.markerBytes")), SIZE);
	assert_string_equal(text_at(doc, "verification.result"), "fail");
	assert_true(payload_agreed(doc, "a report"));
}

static void check_and_schema_agree(void **state)
{
	static const struct native_wish crypto = { .technique = "ata_sanitize_crypto", .attested = true }, both = { .overwrite = true }, sampled = { .sample = true },
				  first = { .technique = "scsi_sanitize_overwrite", .first = true };
	CW_AUTO_JSON json_t *a = document(&crypto, false), *b = document(&both, false), *c = document(&sampled, false), *d = document(NULL, true), *e = document(&first, false);

	(void)state;
	payload_walk(e, payload_at(e, "native"), "certificate.native");
	payload_walk(a, a, "certificate");
	payload_walk(b, payload_at(b, "native"), "certificate.native");
	payload_walk(b, payload_at(b, "passes"), "certificate.passes");
	payload_walk(b, payload_at(b, "verification"), "certificate.verification");
	payload_walk(c, payload_at(c, "native"), "certificate.native");
	payload_walk(d, payload_at(d, "native"), "report.native");
	assert_true(payload_mutants > 3000);
	assert_true(payload_accepted < payload_mutants / 3);
}

/* What a forger would change; each alone must be refused. */
static void lies_between_fields(void **state)
{
	static const struct {
		const char *object, *key, *value; /* JSON; "": taken away */
	} lies[] = {
		{ "", "native", "" },
		{ "native", "state", "\"failed\"" },
		{ "native", "state", "\"running\"" },
		{ "native", "complete", "false" },
		{ "native", "submitted", "" },
		{ "native", "ended", "" },
		{ "native.markers", "written", "false" },
		{ "native.markers", "readBack", "false" },
		{ "native.looks.0", "notAllowedBytes", "512" },
		{ "native.looks.0", "markerBytes", "512" },
		{ "native.looks.0", "otherBytes", "512" },
		{ "native.looks.0", "unreadableBytes", "512" },
		{ "native.looks.0", "complete", "false" },
		{ "verification", "method", "\"full\"" },
		{ "verification", "coverageBytes", "1048064" },
		{ "keystream", "passes", "[{\"n\":1,\"kind\":\"keystream\",\"keystreamPass\":1}]" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		CW_AUTO_JSON json_t *doc = document(NULL, false);

		if (*lies[i].value)
			json_object_set_new(payload_at(doc, lies[i].object), lies[i].key, json_loads(lies[i].value, JSON_DECODE_ANY, NULL));
		else
			json_object_del(payload_at(doc, lies[i].object), lies[i].key);
		if (payload_passes(doc))
			fail_msg("%s.%s = %s is believed", lies[i].object, lies[i].key, lies[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_the_drive_was_told_and_answered),
		cmocka_unit_test(who_vouches_for_what_stands_in_it),
		cmocka_unit_test(the_password_stands_in_it_and_that_it_is_gone),
		cmocka_unit_test(what_died_besides_stands_in_it),
		cmocka_unit_test(what_went_before_stands_in_it),
		cmocka_unit_test(the_pattern_that_it_was_told_stands_in_it),
		cmocka_unit_test(a_drive_that_lied_gets_a_report),
		cmocka_unit_test(check_and_schema_agree),
		cmocka_unit_test(lies_between_fields),
	};

	return cmocka_run_group_tests(tests, payload_load_schema, payload_free_schema);
}
