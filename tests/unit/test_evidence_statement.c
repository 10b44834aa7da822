/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about documents: our check and share/schema/statement-1.schema.json say the same of each, and what contradicts itself passes neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sim/payload_mutants.h"

#define SHA "1111111111111111111111111111111111111111111111111111111111111111"

/* superseded_by: of each document; NULL: nothing takes its place. */
static json_t *statement(const char *type, const char *decision, const char *superseded_by, int n)
{
	json_t *documents = json_array();

	for (int i = 0; i < n; i++) {
		char id[32];

		snprintf(id, sizeof(id), "2026-%06d", i + 1);
		json_t *one = json_pack("{s:s, s:s, s:s}", "certificateId", id, "jsonSha256", SHA, "p7sSha256", SHA);

		if (superseded_by)
			json_object_set_new(one, "supersededBy", json_pack("{s:s, s:s}", "certificateId", superseded_by, "jsonSha256", SHA));
		json_array_append_new(documents, one);
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:i, s:s}, s:[{s:s, s:s, s:{s:s, s:s}}], s:{s:s, s:i, s:s}, s:o}", "schema", "certwipe/statement/1", "type", type, "version", "1.0",
			 "uuid", "019368f1-7c3a-7bcd-8e01-23456789abcd", "issuedAt", "2026-11-30T19:30:00Z", "decision", decision, "reason", "依清冊核對無誤。", "by", "uid", 1000, "name",
			 "lin", "signatories", "role", "approver", "certSha256", SHA, "person", "name", "林主任", "id", "E-2001", "register", "origin", "county/station", "previousSize", 41,
			 "previousRoot", SHA, "documents", documents);
}

static void whoever_states_something_may(void **state)
{
	static const struct { const char *type, *decision, *by; } kinds[] = {
		{ CW_TYPE_APPROVAL, "approved", NULL }, { CW_TYPE_APPROVAL, "rejected", NULL }, { CW_TYPE_WITHDRAWAL, "void", NULL }, { CW_TYPE_WITHDRAWAL, "superseded", "2026-000042" },
	};
	(void)state;

	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++)
		for (int n = 1; n <= (int)CW_STATED_MAX; n += (int)CW_STATED_MAX - 1) {
			CW_AUTO_JSON json_t *doc = statement(kinds[i].type, kinds[i].decision, kinds[i].by, n);

			assert_true(payload_agreed(doc, kinds[i].decision));
		}
}

static void what_contradicts_itself_passes_neither(void **state)
{
	static const struct { const char *type, *decision, *by; } kinds[] = {
		{ CW_TYPE_APPROVAL, "void", NULL }, { CW_TYPE_APPROVAL, "superseded", "2026-000042" }, { CW_TYPE_WITHDRAWAL, "approved", NULL }, { CW_TYPE_WITHDRAWAL, "rejected", NULL },
		{ CW_TYPE_WITHDRAWAL, "superseded", NULL }, { CW_TYPE_WITHDRAWAL, "void", "2026-000042" }, { CW_TYPE_APPROVAL, "approved", "2026-000042" }, { CW_TYPE_CERTIFICATE, "approved", NULL },
	};
	CW_AUTO_JSON json_t *none = statement(CW_TYPE_APPROVAL, "approved", NULL, 0), *many = statement(CW_TYPE_APPROVAL, "approved", NULL, (int)CW_STATED_MAX + 1);
	(void)state;

	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++) {
		CW_AUTO_JSON json_t *doc = statement(kinds[i].type, kinds[i].decision, kinds[i].by, 2);

		assert_false(payload_agreed(doc, kinds[i].type));
	}
	assert_false(payload_agreed(none, "about nothing"));
	assert_false(payload_agreed(many, "about too many"));
}

/* No schema can say it of two items of a list. */
static void twice_the_same_document_is_refused(void **state)
{
	CW_AUTO_JSON json_t *doc = statement(CW_TYPE_APPROVAL, "approved", NULL, 2);
	(void)state;

	json_object_set(payload_at(doc, "documents.1"), "certificateId", payload_at(doc, "documents.0.certificateId"));
	assert_false(payload_passes(doc));
}

static void every_small_lie_is_told_by_both(void **state)
{
	CW_AUTO_JSON json_t *approval = statement(CW_TYPE_APPROVAL, "approved", NULL, 2), *superseded = statement(CW_TYPE_WITHDRAWAL, "superseded", "2026-000042", 2);
	(void)state;

	payload_mutants = payload_accepted = 0;
	payload_walk(approval, approval, "approval");
	payload_walk(superseded, superseded, "superseded");
	print_message("# %u mutants, %u of them accepted by both\n", payload_mutants, payload_accepted);
	assert_true(payload_mutants > 800 && payload_accepted < payload_mutants / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_states_something_may), cmocka_unit_test(what_contradicts_itself_passes_neither), cmocka_unit_test(twice_the_same_document_is_refused),
		cmocka_unit_test(every_small_lie_is_told_by_both),
	};

	return cmocka_run_group_tests(tests, payload_load_statement_schema, payload_free_schema);
}
