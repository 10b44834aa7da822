/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/payload_mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/fixture_journal.h"
#include "sim/json_schema.h"

/* ---- documents ---- */

const struct cw_payload_frame payload_frame = {
	.document_id = "2026-000017", .uuid = "019368f1-7c3a-7bcd-8e01-23456789abcd", .issued_at = "2026-11-23T19:30:00Z", .organisation = "苗栗縣政府", .unit = "政風處",
	.station = "station-07", .signer_cert_sha256 = FIXTURE_SHA, .register_origin = "county/station", .previous_root = FIXTURE_SHA, .previous_size = 41,
};

json_t *payload_make_from(const struct cw_journal_text *t)
{
	json_t *doc = NULL;
	struct cw_error err = {0};
	if (cw_payload_make(t, &payload_frame, &doc, &err))
		fail_msg("%s: %s", err.where, err.message);
	return doc;
}

json_t *payload_make(json_t *lines_take)
{
	struct cw_journal_text t;
	struct cw_error err = {0};
	assert_int_equal(fixture_chain(lines_take, &t, &err), 0);
	json_t *doc = payload_make_from(&t);
	cw_journal_text_clear(&t);
	json_decref(lines_take);
	return doc;
}

/* "verification.readings.0.pass"; NULL when there is none. */
json_t *payload_at(json_t *doc, const char *path)
{
	char part[64];
	while (doc && *path) {
		size_t n = strcspn(path, ".");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		doc = json_is_array(doc) ? json_array_get(doc, strtoul(part, NULL, 10)) : json_object_get(doc, part);
		path += n + (path[n] == '.');
	}
	return doc;
}

/* ---- our check, and the schema ---- */

static json_t *schema;
static int (*check)(const json_t *doc, struct cw_error *err) = cw_payload_check;

static int load(const char *path, int (*ours)(const json_t *doc, struct cw_error *err))
{
	json_error_t err;
	schema = json_load_file(path, JSON_REJECT_DUPLICATES, &err);
	check = ours;
	return schema ? 0 : -1;
}

int payload_load_schema(void **state)
{
	(void)state;
	return load("share/schema/evidence-1.schema.json", cw_payload_check);
}

int payload_load_destruction_schema(void **state)
{
	(void)state;
	return load("share/schema/destruction-1.schema.json", cw_payload_check);
}

int payload_load_statement_schema(void **state)
{
	(void)state;
	return load("share/schema/statement-1.schema.json", cw_statement_check);
}

int payload_free_schema(void **state)
{
	(void)state;
	json_decref(schema);
	return 0;
}

bool payload_passes(const json_t *doc)
{
	struct cw_error err = {0};
	int rc = check(doc, &err);
	assert_true(rc == 0 || rc == CW_E_INVALID);
	assert_true(rc == 0 || err.where[0]);
	return rc == 0;
}

/* Both say the same of it; returns what. */
bool payload_agreed(const json_t *doc, const char *what)
{
	bool ours = payload_passes(doc), theirs = json_schema_valid(schema, doc);
	if (ours != theirs)
		fail_msg("%s: our check says %s, the schema %s", what, ours ? "valid" : "invalid", theirs ? "valid" : "invalid");
	return ours;
}

/* Rules between two numbers, which no schema can say: there our check may be the stricter one. */
static bool beyond_schemas(const char *path)
{
	static const char *const ends[] = { ".medium.capacityBytes", ".verification.coverageBytes", ".exceptions.offsetBytes", ".exceptions.lengthBytes",
					    ".notGenuine.claimedBytes", ".notGenuine.realBytes", ".keys.bytes", ".keys.spans.offsetBytes", ".keys.spans.lengthBytes",
					    ".keys.written.doneBytes", ".keys.readBack.doneBytes",
					    "destroyed.sanitization.technique", ".destruction.method", ".destruction.started", ".destruction.ended", ".destruction.attachments.name", ".startedAt", ".endedAt" };
	for (size_t i = 0; i < CW_ARRAY_LEN(ends); i++)
		if (strlen(path) > strlen(ends[i]) && strcmp(path + strlen(path) - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

unsigned payload_mutants, payload_accepted;

static void try_mutant(json_t *doc, const char *path)
{
	payload_mutants++;
	if (beyond_schemas(path) && !payload_passes(doc))
		return;
	payload_accepted += payload_agreed(doc, path);
}

static void try_values(json_t *doc, json_t *object, const char *key, const char *path)
{
	char longer[300], *at_end;
	json_t *kept = json_incref(json_object_get(object, key));
	json_t *values[] = { json_null(), json_integer(-1), json_integer(INT64_C(1) << 53), json_integer((INT64_C(1) << 53) - 1), json_string(""), json_string("x"),
			     json_true(), json_false(), json_object(), json_array(), json_real(1.5), json_string("\xe2\x80\xae"), json_string("tab\there"),
			     json_string("2026-11-23T18:55:22+00:00"), json_string("9999-12-31T23:59:59Z"), json_string("1999-12-31T23:59:59Z"), json_string("2026-13-01T00:00:00Z"),
			     json_string("2026-11-23T24:00:00Z"), NULL, NULL };
	memset(longer, 'a', sizeof(longer));
	longer[257] = '\0';
	values[CW_ARRAY_LEN(values) - 2] = json_string(longer);
	snprintf(longer, sizeof(longer), "%.250s", json_is_string(kept) ? json_string_value(kept) : "x");
	at_end = longer + strlen(longer) - 1;
	*at_end = *at_end == 'G' ? 'H' : 'G';
	values[CW_ARRAY_LEN(values) - 1] = json_string(longer);
	for (size_t i = 0; i < CW_ARRAY_LEN(values); i++) {
		if (!values[i])
			continue; /* jansson takes no text that is no UTF-8 */
		json_object_set_new(object, key, values[i]);
		try_mutant(doc, path);
	}
	json_object_del(object, key);
	try_mutant(doc, path);
	json_object_set_new(object, key, kept);
}

void payload_walk(json_t *doc, json_t *value, const char *path)
{
	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value) && i < 2; i++)
			payload_walk(doc, json_array_get(value, i), path);
		json_array_append_new(value, json_integer(1));
		try_mutant(doc, path);
		json_array_remove(value, json_array_size(value) - 1);
		return;
	}
	if (!json_is_object(value))
		return;
	CW_AUTO_JSON json_t *keys = json_copy(value);
	const char *key;
	json_t *unused;
	json_object_foreach(keys, key, unused) {
		char below[256];
		snprintf(below, sizeof(below), "%s.%s", path, key);
		payload_walk(doc, json_object_get(value, key), below);
		try_values(doc, value, key, below);
	}
	json_object_set_new(value, "extra", json_integer(1));
	try_mutant(doc, path);
	json_object_del(value, "extra");
}

