/* SPDX-License-Identifier: Apache-2.0 */
/* Physical destruction as text: what awaits it, what was recorded, what became of it, and the part of a document that tells of it. */
#include <string.h>

#include "text.h"

static void ways(const json_t *list, const char *label, struct cw_buf *out)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		cw_buf_printf(&text, "%s%s", i ? ", " : "", json_string_value(one));
	if (text.len)
		cw_field(out, label, text.data);
}

void cw_text_awaiting(const json_t *doc, size_t width, struct cw_buf *out)
{
	static const char *const names[] = { "vendor", "model" };

	if (cw_json_bool(doc, "laboratory", false))
		cw_buf_str(out, CW_STAMP "\n");
	cw_buf_printf(out, "%s", cw_json_str(doc, "words", ""));
	for (size_t i = 0; i < CW_ARRAY_LEN(names); i++)
		cw_buf_printf(out, "%s%s", *cw_json_str(doc, names[i], "") ? "  " : "", cw_json_str(doc, names[i], ""));
	cw_buf_str(out, "\n");
	cw_field(out, _("serial"), cw_json_str(doc, "serialMasked", ""));
	if (*cw_json_str(doc, "about", ""))
		cw_paragraph(out, "  ", cw_json_str(doc, "about", ""), width);
	else
		cw_paragraph(out, "  ", cw_json_bool(doc, "readByDevice", false) ? _("Read by the device. It is now on the list of what awaits physical destruction.") :
										  _("As its label says. It is now on the list of what awaits physical destruction."), width);
	cw_field(out, _("job"), cw_json_str(doc, "jobId", ""));
	ways(json_object_get(doc, "reachALevel"), _("enough"), out);
	if (cw_json_bool(doc, "wipedBefore", false))
		ways(json_object_get(doc, "completeAWipe"), _("enough if wiped"), out);
}

static void candidate_lines(const json_t *c, size_t width, struct cw_buf *out)
{
	cw_field(out, _("job"), cw_json_str(c, "jobId", ""));
	cw_paragraph(out, "    ", cw_json_str(c, "words", ""), width);
	cw_paragraph(out, "    ", cw_json_bool(c, "open", false) ? _("Its case is open.") : _("Its case is closed."), width);
	if (!cw_json_bool(c, "sameIdentity", false))
		cw_paragraph(out, "    ", _("Its serial number or label is the same; whether it is this very medium, no device shows."), width);
	else if (cw_json_bool(c, "usedSince", false))
		cw_paragraph(out, "    ", _("It is this medium, but something may have been written to it since it was wiped: then that wipe counts for nothing."), width);
}

void cw_text_candidates(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *c;
	size_t i;

	cw_paragraph(out, "", _("There is something on record already that may be about this medium:"), width);
	json_array_foreach(json_object_get(doc, "candidates"), i, c)
		candidate_lines(c, width, out);
}

void cw_text_recorded(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *level = cw_json_str(doc, "level", "");
	bool none = !strcmp(level, "none");

	cw_buf_printf(out, _("Recorded: %s, media: %llu, operator %s.\n"), cw_json_str(doc, "method", ""), (unsigned long long)cw_json_u64(doc, "count", 0), cw_json_str(doc, "operator", ""));
	cw_field(out, _("job"), cw_json_str(doc, "jobId", ""));
	if (!none)
		cw_field_printf(out, _("level"), _("%s, when the witness confirms it"), level);
	else if (cw_json_bool(doc, "completesWipe", false))
		cw_paragraph(out, "  ", _("By itself it reaches no level; of a medium that was wiped it is the second step."), width);
	else
		cw_paragraph(out, "  ", _(cw_json_str(doc, "reason", "?")), width);
}

/* The sentences are ours, with one argument: the number of the document, or of the job. */
static const char *next_words(const json_t *r, bool certificate)
{
	if (!certificate)
		return _("The case stays open: what is left may still hold data. Disintegrate, incinerate or melt it, and record that: certwipe destroy --job %s");
	if (cw_json_bool(r, "awaitsApproval", false))
		return _("The case is closed as soon as somebody other than the operator approves this: certwipe approve %s. Do not release what is left before.");
	return _("The case is closed. Print the certificate (certwipe certificate print %s) and have it validated by somebody other than you.");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void next(const json_t *r, bool certificate, size_t width, struct cw_buf *out)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };

	cw_buf_printf(&text, next_words(r, certificate), cw_json_str(r, certificate ? "documentId" : "jobId", ""));
	cw_paragraph(out, "  ", text.data ? text.data : "", width);
}
#pragma GCC diagnostic pop

static void one_result(const json_t *r, size_t width, struct cw_buf *out)
{
	bool certificate = !strcmp(cw_json_str(r, "type", ""), CW_TYPE_CERTIFICATE);

	cw_paragraph(out, "", _(cw_json_str(r, "reason", "?")), width);
	cw_field(out, certificate ? _("certificate") : _("report"), cw_json_str(r, "documentId", ""));
	cw_field(out, _("level"), cw_json_str(r, "level", ""));
	cw_field(out, _("job"), cw_json_str(r, "jobId", ""));
	cw_field(out, _("SHA-256"), cw_json_str(r, "jsonSha256", ""));
	if (cw_json_bool(r, "laboratory", false))
		cw_buf_str(out, CW_STAMP "\n");
	else
		next(r, certificate, width, out);
}

void cw_text_destroyed(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *r;
	size_t i;

	json_array_foreach(json_object_get(doc, "results"), i, r)
		one_result(r, width, out);
}

/* ---- in a document ---- */

static void attached_lines(const json_t *d, struct cw_buf *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(d, "items"), i, one)
		cw_field_printf(out, _("medium"), "%s  %s", cw_json_str(one, "label", ""), cw_json_str(one, "serial", ""));
	json_array_foreach(json_object_get(d, "attachments"), i, one)
		cw_field_printf(out, _("file"), "%s  %s", cw_json_str(one, "name", ""), cw_json_str(one, "sha256", ""));
}

void cw_text_destruction_lines(const json_t *doc, struct cw_buf *out)
{
	static const struct { const char *key, *label; } texts[] = {
		{ "machine", N_("machine") }, { "machineSerial", N_("its serial") }, { "contractor", N_("contractor") }, { "contractorDocument", N_("its document") },
		{ "standard", N_("standard") }, { "particleLevel", N_("particles") }, { "fieldVerified", N_("field verified") }, { "place", N_("place") }, { "started", N_("started") },
		{ "ended", N_("ended") }, { "operator", N_("operator") }, { "wasteManifest", N_("waste manifest") }, { "note", N_("note") },
	};
	const json_t *d = json_object_get(doc, "destruction"), *w = json_object_get(doc, "wipe"), *witness = json_object_get(d, "witness");

	cw_heading(out, _("What was done"));
	cw_field(out, _("destroyed by"), cw_json_str(d, "method", ""));
	cw_field(out, _("level"), cw_json_str(json_object_get(doc, "sanitization"), "levelClaimed", ""));
	if (d)
		cw_field_printf(out, _("media"), "%llu", (unsigned long long)cw_json_u64(d, "count", 0));
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		cw_field(out, _(texts[i].label), cw_json_str(d, texts[i].key, ""));
	if (cw_json_u64(d, "particleUm2", 0))
		cw_field_printf(out, _("largest particle"), _("%llu.%02llu mm²"), (unsigned long long)cw_json_u64(d, "particleUm2", 0) / 1000000,
				(unsigned long long)cw_json_u64(d, "particleUm2", 0) / 10000 % 100);
	if (witness)
		cw_field_printf(out, _("witness"), cw_json_bool(witness, "sameAccount", true) ? _("%s (same login as the operator)") : "%s", cw_json_str(witness, "name", ""));
	attached_lines(d, out);
	if (w)
		cw_field_printf(out, _("wiped before"), "%s %s: %s %s", cw_json_str(w, "type", ""), cw_json_str(w, "certificateId", ""), cw_json_str(w, "technique", ""), cw_json_str(w, "level", ""));
}
