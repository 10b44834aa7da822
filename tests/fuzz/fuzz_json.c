/* SPDX-License-Identifier: Apache-2.0 */
/* Text that says it is evidence, or a statement about evidence: the strict parser, the canonical form, and what every field of a document must be. */
#include "../sim/json_schema.h"
#include "certwipe/evidence.h"
#include "certwipe/render.h"
#include "fuzz.h"

static const json_t *schema_of(const char *path)
{
	json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

	CLAIM(schema);
	return schema;
}

/* What may be signed has one form, and that form says the same. */
static bool canonical(const json_t *j, struct cw_buf *out)
{
	struct cw_error err = { 0 };
	CW_AUTO_JSON json_t *again = NULL;

	if (cw_json_canonical(j, out, &err))
		return false;
	CLAIM(!cw_json_parse_canonical(out->data, out->len, &again, &err) && json_equal(again, j));
	return true;
}

/* The shipped schemas let pass whatever our checks do. */
static void check_document(const json_t *j, const struct cw_buf *bytes, bool has_form)
{
	static const json_t *schemas[2];
	bool destruction = cw_payload_is_destruction(j);
	CW_AUTO_BUF struct cw_buf summary = { 0 }, page = { 0 };
	struct cw_payload_frame frame;
	struct cw_signatories signed_by;
	struct cw_error err = { 0 };

	CLAIM(has_form);
	if (!schemas[destruction])
		schemas[destruction] = schema_of(destruction ? "share/schema/destruction-1.schema.json" : "share/schema/evidence-1.schema.json");
	CLAIM(json_schema_valid(schemas[destruction], j));
	CLAIM(!cw_payload_frame_of(j, &frame, &err));
	cw_signatories_of(j, &signed_by);
	CLAIM(signed_by.n >= 1 && signed_by.n <= CW_SIGNATORIES_MAX);
	if (!cw_summary_text(j, bytes->data, bytes->len, "42", &summary, &err))
		CLAIM(summary.len <= CW_SUMMARY_MAX_BYTES && strlen(summary.data) == summary.len);
	const struct cw_paper paper = { .files = { .json = bytes->data, .json_len = bytes->len }, .document = j };

	CLAIM(!cw_renderer_get("html")->print(&paper, &page, &err) && strlen(page.data) == page.len);
}

static void check_statement(const json_t *j, bool has_form)
{
	static const json_t *schema;
	struct cw_signing_person person;

	CLAIM(has_form);
	if (!schema)
		schema = schema_of("share/schema/statement-1.schema.json");
	CLAIM(json_schema_valid(schema, j));
	cw_statement_person(j, &person);
	CLAIM(*person.name && *cw_statement_kind(j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	CW_AUTO_JSON json_t *j = NULL, *strict = NULL;
	CW_AUTO_BUF struct cw_buf form = { 0 };
	struct cw_error err = { 0 };
	bool has_form, is_form;

	is_form = !cw_json_parse_canonical((const char *)data, len, &strict, &err);
	if (cw_json_parse((const char *)data, len, &j, &err)) {
		CLAIM(!is_form);
		return 0;
	}
	has_form = canonical(j, &form);
	CLAIM(is_form == (has_form && form.len == len && !memcmp(form.data, data, len)));
	if (!cw_payload_check(j, &err))
		check_document(j, &form, has_form);
	if (!cw_statement_check(j, &err))
		check_statement(j, has_form);
	return 0;
}
