/* SPDX-License-Identifier: Apache-2.0 */
/* Register, cases, policies and keys as text. */
#include <string.h>

#include "text.h"

static void number(char dst[24], const json_t *j, const char *key)
{
	snprintf(dst, 24, "%llu", (unsigned long long)cw_json_u64(j, key, 0));
}

void cw_text_register(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *const titles[] = { _(">INDEX"), _("TIME"), _("KIND"), _("DOCUMENT"), _("OUTCOME"), _("LEVEL"), _("APPROVAL"), _("MEDIUM") };
	struct cw_table *t = cw_table_new(titles, CW_ARRAY_LEN(titles), width);
	const json_t *e;
	size_t i;

	json_array_foreach(json_object_get(doc, "answer"), i, e) {
		char index[24], medium[1400];

		number(index, e, "index");
		snprintf(medium, sizeof medium, "%s %s", cw_json_str(e, "model", ""), cw_json_str(e, "serial", ""));
		cw_table_row(t, (const char *const[]){ index, cw_json_str(e, "at", ""), cw_json_str(e, "kind", ""), cw_json_str(e, "documentId", ""),
						       cw_json_str(e, "outcome", ""), cw_json_str(e, "level", ""), cw_json_str(e, "approvalNumber", ""), medium });
	}
	cw_table_take(t, out);
	cw_text_head(doc, out);
}

void cw_text_register_entry(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *key;
	json_t *value;

	(void)width;
	json_object_foreach(json_object_get(doc, "answer"), key, value) {
		if (json_is_string(value))
			cw_field(out, key, json_string_value(value));
		else if (json_is_integer(value))
			cw_field_printf(out, key, "%lld", (long long)json_integer_value(value));
		else if (json_is_boolean(value))
			cw_field(out, key, json_is_true(value) ? _("yes") : _("no"));
	}
}

void cw_text_cases(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *const titles[] = { _("APPROVAL"), _("ASSET TAG"), _("MEDIUM"), _("JOB"), _("STATE"), _(">DAYS"), _("WHY") };
	struct cw_table *t = cw_table_new(titles, CW_ARRAY_LEN(titles), width);
	const json_t *cases = json_object_get(doc, "answer"), *c;
	size_t i;

	json_array_foreach(cases, i, c) {
		char days[24], medium[1400];

		number(days, c, "ageDays");
		snprintf(medium, sizeof medium, "%s%s%s", cw_json_str(c, "model", ""), *cw_json_str(c, "model", "") ? " " : "", cw_json_str(c, "serial", ""));
		cw_table_row(t, (const char *const[]){ cw_json_str(c, "approvalNumber", ""), cw_json_str(c, "assetTag", ""), medium, cw_json_str(c, "jobId", ""),
						       cw_json_str(c, "state", ""), days, cw_json_str(c, "why", "") });
	}
	cw_table_take(t, out);
	if (!json_array_size(cases))
		cw_buf_printf(out, "%s\n", _("There are no such cases."));
}

void cw_text_case(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *key;
	json_t *value;

	cw_buf_printf(out, "%s\n", cw_json_str(doc, "file", ""));
	json_object_foreach(json_object_get(doc, "case"), key, value)
		cw_field(out, key, json_string_value(value));
	cw_paragraph(out, "", cw_json_bool(doc, "complete", false) ? _("Complete for this policy.") : cw_json_str(doc, "lacks", ""), width);
}

void cw_text_case_new(const json_t *doc, size_t width, struct cw_buf *out)
{
	(void)width;
	if (json_object_get(doc, "text"))
		cw_buf_str(out, cw_json_str(doc, "text", ""));
	else
		cw_buf_printf(out, _("Fill in %s, then: certwipe wipe MEDIUM --case %s\n"), cw_json_str(doc, "file", ""), cw_json_str(doc, "file", ""));
}

/* ---- policies ---- */

void cw_text_policies(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *const titles[] = { _("POLICY"), _("STANDARD"), _("WHAT IT IS") };
	struct cw_table *t = cw_table_new(titles, CW_ARRAY_LEN(titles), width);
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(doc, "policies"), i, p)
		cw_table_row(t, (const char *const[]){ cw_json_str(p, "id", ""), cw_json_str(p, "standard", ""), cw_json_str(p, "title", "") });
	cw_table_take(t, out);
}

void cw_text_policy(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *s;
	size_t i;

	cw_buf_printf(out, "%s: %s\n", cw_json_str(doc, "id", ""), cw_json_str(doc, "title", ""));
	cw_field(out, _("standard"), cw_json_str(doc, "standard", ""));
	cw_field(out, _("default, disks"), cw_json_str(doc, "schemeMagnetic", ""));
	cw_field(out, _("default, flash"), cw_json_str(doc, "schemeFlash", ""));
	cw_field(out, _("must be given"), cw_json_str(doc, "mandatory", ""));
	cw_field(out, _("virtual media"), cw_json_bool(doc, "virtualMedia", false) ? _("yes") : _("no"));
	cw_field(out, _("case"), cw_json_bool(doc, "wipeClosesCase", false) ? _("wiping closes it") : _("stays open until physical destruction"));
	cw_field(out, _("SHA-256"), cw_json_str(doc, "sha256", ""));
	if (*cw_json_str(doc, "note", ""))
		cw_paragraph(out, "  ", cw_json_str(doc, "note", ""), width);
	json_array_foreach(json_object_get(doc, "schemes"), i, s)
		cw_field_printf(out, cw_json_str(s, "id", ""), "%s (%s)", cw_json_str(s, "name", ""), cw_json_str(s, "status", ""));
}

/* ---- keys ---- */

void cw_text_key_created(const json_t *doc, size_t width, struct cw_buf *out)
{
	cw_buf_printf(out, _("Made the root of %s and the key of station %s.\n"), cw_json_str(doc, "organisation", ""), cw_json_str(doc, "station", ""));
	cw_paragraph(out, "", _("Note this fingerprint of the root on paper and keep it in the disposal file: it is what auditors compare."), width);
	cw_fingerprint(out, cw_json_str(doc, "rootSha256", ""));
	cw_buf_printf(out, _("Then move %s/keys/root.key to a safe place off this machine: daily work does not need it.\n"), cw_json_str(doc, "state", ""));
}

void cw_text_person_created(const json_t *doc, size_t width, struct cw_buf *out)
{
	cw_buf_printf(out, _("Made a key for %s; it is in %s, behind its own pass phrase.\n"), cw_json_str(doc, "person", ""), cw_json_str(doc, "file", ""));
	cw_paragraph(out, "", _("Give the file to that person and keep no copy: whoever has it and the pass phrase signs as that person."), width);
}

void cw_text_signed(const json_t *doc, size_t width, struct cw_buf *out)
{
	cw_buf_printf(out, _("The document %s is signed by its %s.\n"), cw_json_str(doc, "documentId", ""), cw_json_str(doc, "role", ""));
	if (cw_json_bool(doc, "complete", false))
		cw_paragraph(out, "", _("All have signed whom it names: it is complete."), width);
	else
		cw_buf_printf(out, _("It is not complete yet; it awaits: %s.\n"), cw_json_str(doc, "awaits", ""));
}

void cw_text_stated(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *one;
	size_t i;

	(void)width;
	json_array_foreach(json_object_get(doc, "documents"), i, one)
		cw_buf_printf(out, "%s  %s\n", cw_json_str(one, "certificateId", ""), cw_json_str(doc, "decision", ""));
}

static void key_lines(struct cw_buf *out, const char *what, const json_t *k)
{
	cw_buf_printf(out, "%s  %s\n", what, cw_json_str(k, "subject", cw_json_str(k, "error", "")));
	cw_field(out, _("algorithm"), cw_json_str(k, "algorithm", ""));
	cw_field_printf(out, _("valid"), _("%s to %s"), cw_json_str(k, "notBefore", ""), cw_json_str(k, "notAfter", ""));
	cw_fingerprint(out, cw_json_str(k, "sha256", ""));
}

void cw_text_keys(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *k;
	size_t i;

	(void)width;
	key_lines(out, _("root"), json_object_get(doc, "root"));
	key_lines(out, _("station"), json_object_get(doc, "station"));
	if (json_object_get(doc, "noteKey"))
		cw_buf_printf(out, _("checkpoints of the register  %s\n"), cw_json_str(doc, "noteKey", ""));
	json_array_foreach(json_object_get(doc, "trusted"), i, k)
		key_lines(out, _("trusted"), k);
}

void cw_text_key_trusted(const json_t *doc, size_t width, struct cw_buf *out)
{
	(void)width;
	cw_buf_printf(out, "%s\n", _("This root is trusted here from now on:"));
	cw_fingerprint(out, cw_json_str(doc, "sha256", ""));
}
