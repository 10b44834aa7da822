/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, reports and what the verifier found, as text. */
#include <string.h>

#include "text.h"

static const char *in_english(const json_t *doc, const char *key)
{
	return cw_json_str(json_object_get(doc, key), "en", "");
}

static void medium_lines(const json_t *d, size_t width, struct cw_buf *out)
{
	const json_t *m = json_object_get(d, "medium"), *n = json_object_get(d, "notGenuine");
	char size[32];

	cw_heading(out, _("Medium"));
	cw_field_printf(out, _("kind"), "%s, %s", cw_json_str(m, "class", ""), cw_json_str(m, "transport", ""));
	cw_field_printf(out, _("make and model"), "%s %s", cw_json_str(m, "vendor", ""), cw_json_str(m, "model", ""));
	cw_field_printf(out, cw_class_is_optical(cw_class_of_name(cw_json_str(m, "class", ""))) && strcmp(cw_json_str(m, "serialSource", ""), "label") != 0 ? _("drive's serial") : _("serial"), "%s (%s, %s)", cw_json_str(m, "serial", ""), cw_json_str(m, "serialSource", ""), cw_json_str(m, "serialQuality", ""));
	cw_text_bytes(size, sizeof size, cw_json_u64(m, "capacityBytes", 0));
	if (cw_json_u64(m, "capacityBytes", 0))
		cw_field_printf(out, _("capacity"), _("%s (%llu bytes)"), size, (unsigned long long)cw_json_u64(m, "capacityBytes", 0));
	if (!n)
		return;
	cw_text_bytes(size, sizeof size, cw_json_u64(n, "realBytes", 0));
	cw_field_printf(out, _("in truth"), cw_json_bool(n, "exact", false) ? _("%s (%llu bytes)") : _("at most %s (%llu bytes)"), size,
			(unsigned long long)cw_json_u64(n, "realBytes", 0));
	cw_paragraph(out, "  ", in_english(n, "words"), width);
}

static void native_lines(const json_t *native, struct cw_buf *out)
{
	const json_t *look, *other, *attestation = json_object_get(native, "attestation"), *password = json_object_get(native, "password");
	const json_t *first = json_object_get(native, "first");
	char size[32];
	size_t i;

	if (first)
		cw_field_printf(out, _("command before it"), "%s: %s", cw_json_str(first, "feature", ""), cw_json_str(first, "state", ""));
	cw_field_printf(out, _("command"), "%s: %s", cw_json_str(native, "feature", ""), cw_json_str(native, "state", ""));
	json_array_foreach(json_object_get(native, "looks"), i, look)
		cw_field_printf(out, _("looked at"), _("%s: %llu bytes, %llu not as they may be, %llu of markers"), cw_json_str(look, "method", ""),
				(unsigned long long)cw_json_u64(look, "lookedBytes", 0), (unsigned long long)cw_json_u64(look, "notAllowedBytes", 0),
				(unsigned long long)cw_json_u64(look, "markerBytes", 0));
	json_array_foreach(json_object_get(native, "alsoErased"), i, other) {
		cw_text_bytes(size, sizeof size, cw_json_u64(other, "sizeBytes", 0));
		cw_field_printf(out, _("also erased"), _("namespace %llu of the drive, %s; nobody looked at it afterwards"), (unsigned long long)cw_json_u64(other, "namespace", 0), size);
	}
	if (password)
		cw_field_printf(out, _("password"), cw_json_bool(password, "cleared", false) ? _("\"%s\", cleared again") : _("\"%s\", which may still be set"),
				cw_json_str(password, "passwordText", ""));
	if (attestation)
		cw_field(out, _("attested by"), cw_json_str(attestation, "name", ""));
}

static void key_lines(const json_t *keys, struct cw_buf *out)
{
	const json_t *v, *attestation = json_object_get(keys, "attestation");
	size_t i;

	json_array_foreach(json_object_get(keys, "volumes"), i, v)
		cw_field_printf(out, _("keys of"), _("%s, %llu bytes at %llu"), cw_volume_words(cw_volume_of_slug(cw_json_str(v, "kind", ""))),
				(unsigned long long)cw_json_u64(v, "sizeBytes", 0), (unsigned long long)cw_json_u64(v, "offsetBytes", 0));
	cw_field_printf(out, _("keys"), _("%llu bytes at %zu places: %s, %s"), (unsigned long long)cw_json_u64(keys, "bytes", 0), json_array_size(json_object_get(keys, "spans")),
			cw_json_bool(json_object_get(keys, "written"), "complete", false) ? _("overwritten") : _("not all overwritten"),
			cw_json_bool(json_object_get(keys, "readBack"), "complete", false) ? _("read back and equal") : _("not all read back"));
	if (cw_json_bool(keys, "alone", false))
		cw_field(out, _("all else"), _("is still on the medium"));
	if (attestation)
		cw_field(out, _("attested by"), cw_json_str(attestation, "name", ""));
}

static void health_lines(const json_t *health, struct cw_buf *out)
{
	static const struct { const char *key, *words; } counts[] = {
		{ "reallocatedSectors", N_("reallocated sectors") }, { "pendingSectors", N_("pending sectors") }, { "uncorrectableSectors", N_("uncorrectable sectors") },
		{ "percentageUsed", N_("percent used") },            { "mediaErrors", N_("media errors") },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(counts); i++) {
		const json_t *was = json_object_get(json_object_get(health, "before"), counts[i].key), *is = json_object_get(json_object_get(health, "after"), counts[i].key);

		if (was && is && json_integer_value(was) != json_integer_value(is))
			cw_field_printf(out, _(counts[i].words), _("%lld before, %lld after"), (long long)json_integer_value(was), (long long)json_integer_value(is));
		else if (is && json_integer_value(is))
			cw_field_printf(out, _(counts[i].words), "%lld", (long long)json_integer_value(is));
	}
	if (cw_json_bool(health, "worse", false))
		cw_field(out, _("health"), _("worse than before: do not use the drive any more"));
}

static void work_lines(const json_t *d, struct cw_buf *out)
{
	const json_t *s = json_object_get(d, "sanitization"), *v = json_object_get(d, "verification"), *k = json_object_get(d, "keystream");

	cw_heading(out, _("What was done"));
	cw_field_printf(out, _("technique"), _("%s, scheme %s, passes: %llu"), cw_json_str(s, "technique", ""), cw_json_str(s, "scheme", ""),
			(unsigned long long)cw_json_u64(s, "passes", 0));
	cw_field(out, _("standard"), cw_json_str(s, "standard", ""));
	cw_field(out, _("level"), cw_json_str(s, "levelClaimed", ""));
	if (cw_json_bool(s, "unconfirmed", false))
		cw_field(out, _("not confirmed"), _("what the technique is worth nobody has confirmed; it was used because that was allowed"));
	health_lines(json_object_get(json_object_get(d, "medium"), "health"), out);
	if (json_object_get(d, "native"))
		native_lines(json_object_get(d, "native"), out);
	if (json_object_get(d, "keys"))
		key_lines(json_object_get(d, "keys"), out);
	cw_field_printf(out, _("verification"), _("%s: %s; %llu bytes compared, %llu different, %llu not verified"), cw_json_str(v, "method", ""), cw_json_str(v, "result", ""),
			(unsigned long long)cw_json_u64(v, "coverageBytes", 0), (unsigned long long)cw_json_u64(v, "mismatchBytes", 0),
			(unsigned long long)cw_json_u64(v, "unverifiedBytes", 0));
	if (cw_json_bool(v, "unpluggedBefore", false))
		cw_field(out, _("read back"), _("after the medium had been unplugged and plugged in again"));
	if (json_object_get(v, "reloadedBy"))
		cw_field(out, _("read back"), !strcmp(cw_json_str(v, "reloadedBy", ""), "drive") ? _("after the drive had ejected the disc and loaded it again") :
												 _("after the disc had been taken out of the drive and put in again"));
	cw_field_printf(out, _("time"), _("%s to %s"), cw_json_str(d, "startedAt", ""), cw_json_str(d, "endedAt", ""));
	if (k)
		cw_field_printf(out, _("keystream"), "%s %s", cw_json_str(k, "cipher", ""), cw_json_str(k, "keyHex", ""));
}

static void case_lines(const json_t *d, struct cw_buf *out)
{
	const char *key;
	json_t *value;

	cw_heading(out, _("Case"));
	json_object_foreach(json_object_get(d, "case"), key, value)
		if (strcmp(json_string_value(value), "unknown") != 0)
			cw_field(out, key, json_string_value(value));
	cw_field_printf(out, _("account"), "%s", cw_json_str(json_object_get(d, "operator"), "name", ""));
	cw_field_printf(out, _("authorised by"), "%s", cw_json_str(json_object_get(d, "authorisation"), "method", "-"));
}

static void listed(const json_t *d, const char *key, const char *heading, size_t width, struct cw_buf *out)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(json_object_get(d, key)))
		return;
	cw_heading(out, heading);
	json_array_foreach(json_object_get(d, key), i, item) {
		CW_AUTO_BUF struct cw_buf line = { 0 };

		cw_buf_printf(&line, "%s: %s", cw_json_str(item, "id", ""), cw_json_str(item, "en", ""));
		cw_paragraph(out, "  ", line.data ? line.data : "", width);
	}
}

static void exceptions(const json_t *d, struct cw_buf *out)
{
	const json_t *e;
	size_t i;

	json_array_foreach(json_object_get(d, "exceptions"), i, e)
		cw_field_printf(out, _("exception"), _("%llu bytes at %llu: %s"), (unsigned long long)cw_json_u64(e, "lengthBytes", 0),
				(unsigned long long)cw_json_u64(e, "offsetBytes", 0), cw_json_str(e, "reason", ""));
}

/* The sentences are ours, with these two arguments in this order: see below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_figures(struct cw_buf *out, const char *sentence, unsigned long long found, unsigned long long limit)
{
	char text[CW_TEXT_MAX];

	snprintf(text, sizeof text, sentence, found, limit);
	cw_field(out, _("stopped at"), text);
}
#pragma GCC diagnostic pop

/* What a rule compared, in the unit of its figures. */
static void rule_line(const json_t *rule, struct cw_buf *out)
{
	static const struct { const char *name, *words; } known[] = {
		{ "bad-blocks", N_("%llu bad blocks; the policy stops a job at %llu") },
		{ "rate", N_("%llu bytes a second; the policy stops a job below %llu") },
		{ "time", N_("%llu seconds; the policy stops a job after %llu") },
		{ "not-genuine", N_("holds at most %llu bytes of the %llu that it reports; the policy stops a job then") },
		{ "temperature", N_("%llu degrees Celsius; the policy stops a job above %llu") },
	};
	unsigned long long found = cw_json_u64(rule, "found", 0), limit = cw_json_u64(rule, "limit", 0);

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (!strcmp(known[i].name, cw_json_str(rule, "name", "")))
			put_figures(out, _(known[i].words), found, limit);
}

static void rules(const json_t *d, struct cw_buf *out)
{
	const json_t *interruption;
	size_t i;

	json_array_foreach(json_object_get(d, "interruptions"), i, interruption)
		if (json_object_get(interruption, "rule"))
			rule_line(json_object_get(interruption, "rule"), out);
}

static const char *finding_words(const char *finding)
{
	static const struct { const char *finding, *words; } known[] = {
		{ "valid", N_("VALID") }, { "valid-with-remarks", N_("VALID WITH REMARKS") }, { "invalid", N_("INVALID") }, { "cannot-tell", N_("CANNOT TELL") },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (!strcmp(known[i].finding, finding))
			return _(known[i].words);
	return finding;
}

/* First of all whether it may be believed: what follows looks the same in a forgery. */
static void finding_lines(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *finding = cw_json_str(doc, "finding", ""), *reason = cw_json_str(doc, "reason", "");

	cw_buf_printf(out, "%s\n", finding_words(finding));
	if (!strcmp(finding, "invalid"))
		cw_paragraph(out, "  ", _("This document was altered, damaged or forged, or signed by somebody whose root is not trusted here. Do not rely on anything below."), width);
	else if (!strcmp(finding, "cannot-tell"))
		cw_paragraph(out, "  ", _("Whether this document is genuine is not known. It may be forged."), width);
	if (*reason)
		cw_paragraph(out, "  ", reason, width);
}

static void signer_lines(const json_t *d, struct cw_buf *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(d, "signatories"), i, one)
		if (json_object_get(one, "person"))
			cw_field_printf(out, _("to be signed by"), "%s (%s)", cw_json_str(json_object_get(one, "person"), "name", ""), cw_json_str(one, "role", ""));
}

static const char *validation_words(const char *decision, bool required)
{
	return required && !strcmp(decision, "awaiting") ? _("awaiting validation: do not release") : decision;
}

void cw_text_document(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *d = json_object_get(doc, "document"), *v = json_object_get(d, "verdict"), *o = json_object_get(d, "organisation");
	bool lab = cw_json_bool(d, "laboratory", false);

	finding_lines(doc, width, out);
	if (lab)
		cw_buf_str(out, CW_STAMP "\n");
	cw_buf_printf(out, "%s / %s\n", in_english(d, "title"), cw_json_str(json_object_get(d, "title"), "zh_TW", ""));
	cw_field(out, _("number"), cw_json_str(d, "certificateId", ""));
	cw_field(out, _("issued"), cw_json_str(d, "issuedAt", ""));
	cw_field_printf(out, _("by"), "%s, %s", cw_json_str(o, "name", ""), cw_json_str(o, "site", cw_json_str(o, "station", "")));
	signer_lines(d, out);
	cw_field_printf(out, _("verdict"), "%s (%s)", cw_json_str(v, "result", ""), cw_json_str(v, "level", ""));
	cw_paragraph(out, "  ", _(cw_json_str(v, "reason", "")), width);
	cw_field(out, _("validation"), validation_words(cw_json_str(doc, "decision", cw_json_str(json_object_get(d, "validation"), "decision", "")),
							 cw_json_bool(json_object_get(d, "validation"), "required", false)));
	medium_lines(d, width, out);
	if (cw_payload_is_destruction(d)) {
		cw_text_destruction_lines(d, out);
	} else {
		work_lines(d, out);
		exceptions(d, out);
		rules(d, out);
	}
	case_lines(d, out);
	listed(d, "caveats", _("Caveats"), width, out);
	listed(d, "limits", _("What this document cannot show"), width, out);
	cw_heading(out, _("Next"));
	cw_paragraph(out, "  ", in_english(d, "nextStep"), width);
	if (lab)
		cw_buf_str(out, CW_STAMP "\n");
}

void cw_text_exported(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *folder = cw_json_str(doc, "folder", "");

	cw_buf_printf(out, _("The files are in %s.\n"), folder);
	if (*cw_json_str(doc, "noPdf", "")) {
		CW_AUTO_BUF struct cw_buf line = { 0 };

		cw_buf_printf(&line, _("The PDF is not among them: %s The other files are the evidence; they are complete."), cw_json_str(doc, "noPdf", ""));
		cw_paragraph(out, "", line.data ? line.data : "", width);
	}
	cw_paragraph(out, "", _("Compare the fingerprint of root.pem with the one on paper first: who forges a certificate lays a forged root beside it."), width);
	cw_fingerprint(out, cw_json_str(doc, "rootSha256", ""));
	cw_buf_printf(out, _("Only if it is the same: certwipe verify %s --trust %s/root.pem\n"), folder, folder);
}

void cw_text_printed(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *format = cw_json_str(doc, "format", "");

	cw_buf_printf(out, _("The file is %s.\n"), cw_json_str(doc, "file", ""));
	if (cw_json_bool(doc, "sealed", false))
		cw_paragraph(out, "", _("Print it, have it signed, and keep the file: it carries the evidence and the electronic seal, which paper cannot."), width);
	else if (!strcmp(format, "pdf"))
		cw_paragraph(out, "", _("This is an unsealed copy, and says so: only the station that issued the document can seal it."), width);
}

/* ---- verify ---- */

/* Not before the state of the register that it names; not after the first later one that somebody else can show. */
static void order_lines(const json_t *item, size_t width, struct cw_buf *out)
{
	const json_t *o = json_object_get(item, "order");
	CW_AUTO_BUF struct cw_buf line = { 0 };

	if (!o)
		return;
	if (!cw_json_bool(o, "proven", false)) {
		cw_paragraph(out, "  ", _("Time: station clock only. No proof of the register lies beside the document."), width);
		return;
	}
	cw_buf_printf(&line, _("Entry %llu of the register \"%s\", proved up to its %llu entries. Time: station clock only, but not later than any checkpoint of more than %llu entries that "
			       "somebody else holds."), (unsigned long long)cw_json_u64(o, "index", 0), cw_json_str(o, "origin", ""), (unsigned long long)cw_json_u64(o, "size", 0),
		      (unsigned long long)cw_json_u64(o, "index", 0));
	cw_paragraph(out, "  ", line.data ? line.data : "", width);
}

void cw_text_verify(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *item, *remark;
	size_t i, j;

	json_array_foreach(json_object_get(doc, "items"), i, item) {
		cw_buf_printf(out, "%s: %s%s\n", cw_json_str(item, "file", ""), finding_words(cw_json_str(item, "finding", "")),
			      cw_json_bool(item, "laboratory", false) ? "  " CW_STAMP : "");
		if (*cw_json_str(item, "documentId", ""))
			cw_field_printf(out, _("document"), "%s %s", cw_json_str(item, "documentId", ""), cw_json_str(item, "type", ""));
		if (*cw_json_str(item, "reason", ""))
			cw_paragraph(out, "  ", cw_json_str(item, "reason", ""), width);
		json_array_foreach(json_object_get(item, "remarks"), j, remark)
			if (strcmp(json_string_value(remark), cw_json_str(item, "reason", "")) != 0)
				cw_paragraph(out, "  - ", json_string_value(remark), width);
		if (strcmp(cw_json_str(item, "finding", ""), "invalid") != 0)
			order_lines(item, width, out);
		cw_text_head(item, out);
	}
	if (!cw_json_bool(doc, "trusted", true))
		cw_paragraph(out, "", _("No root was given (--trust ROOT.pem), so nobody can tell whose signature it is."), width);
}
