/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in, words of a page out.  It says nothing that the evidence does not say. */
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

static const char *issuer_of(struct sheet *s)
{
	const json_t *o = json_object_get(s->document, "organisation");
	const char *name = cw_json_str(o, "name", ""), *unit = sheet_known(o, "unit");

	return unit ? sheet_printf(s, "%s %s", name, unit) : name;
}

/* One sentence: the level, or that there is none, and why. */
static struct sheet_text verdict_of(struct sheet *s)
{
	const json_t *v = json_object_get(s->document, "verdict");
	const char *reason = cw_json_str(v, "reason", ""), *zh = sheet_reason_zh(reason);
	struct sheet_text level = sheet_word("level", cw_json_str(v, "level", ""));

	if (s->certificate)
		return (struct sheet_text){ sheet_printf(s, "已完成資料清除，等級：%s（%s）。%s", level.zh, level.en, zh), sheet_printf(s, "Sanitised to the level %s. %s", level.en, reason) };
	if (!strcmp(cw_json_str(v, "result", ""), "not-sanitised"))
		return (struct sheet_text){ sheet_printf(s, "資料未清除。%s", zh), sheet_printf(s, "Not sanitised. %s", reason) };
	return (struct sheet_text){ sheet_printf(s, "無法證明資料已清除。%s", zh), sheet_printf(s, "Not shown to be sanitised. %s", reason) };
}

static void add_limits(struct sheet *s, const char *key)
{
	const json_t *list = json_object_get(s->document, key), *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (s->n_limits < SHEET_LIMITS_MAX)
			s->limits[s->n_limits++] = sheet_both(item);
}

static void check_lines(struct sheet *s, const struct cw_paper *p)
{
	char sha256[CW_SHA256_HEX];
	struct cw_error none = { 0 };

	cw_sha256_hex(p->files.json, p->files.json_len, sha256);
	s->json_sha256 = sheet_groups(s, sha256);
	if (p->root_len && !cw_cert_fingerprint(p->root_pem, p->root_len, sha256, &none))
		s->root_sha256 = sheet_groups(s, sha256);
	s->verify_line = sheet_printf(s, "certwipe verify %s.pdf --trust root.pem", s->number);
	s->openssl_line = "openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in evidence.json.p7s -content evidence.json "
			  "-CAfile root.pem -out /dev/null";
}

static struct sheet_text seal_of(struct sheet *s, const struct cw_paper *p)
{
	const char *station = cw_json_str(json_object_get(s->document, "organisation"), "station", "");

	if (!p->sealed_at)
		return (struct sheet_text){ "副本：本檔無數位簽章，請驗證附件。", "UNSEALED COPY: this file has no electronic seal. Check the attached files." };
	struct sheet_text at = sheet_time(s, p->sealed_at);

	return (struct sheet_text){ sheet_printf(s, "數位簽章：工作站 %s，%s。本檔經修改即無法驗證。", station, at.zh),
				    sheet_printf(s, "Sealed electronically by station %s at %s; any change to this file shows.", station, at.en) };
}

/* What is not signed says so itself, also to whoever only scans it. */
static void take_note(struct sheet *s, const struct cw_paper *p)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error none = { 0 };

	s->note = p->note;
	s->note_len = p->note_len;
	s->note_signed = p->note != NULL;
	if (p->note)
		return;
	if (cw_summary_text(s->document, p->files.json, p->files.json_len, NULL, &text, &none))
		s->failed = true;
	s->note = sheet_printf(s, "%s", text.data ? text.data : "");
	s->note_len = strlen(s->note);
}

int sheet_make(const struct cw_paper *p, struct sheet *out, struct cw_error *err)
{
	struct sheet *s = out;

	*s = (struct sheet){ .document = p->document, .sealed = p->sealed_at != NULL };
	s->decision = p->decision && !p->sealed_at && strcmp(p->decision, "awaiting") != 0 ? p->decision : "";
	s->certificate = !strcmp(cw_json_str(p->document, "type", ""), CW_TYPE_CERTIFICATE);
	s->laboratory = cw_json_bool(p->document, "laboratory", true);
	s->number = cw_json_str(p->document, "certificateId", "");
	s->issuer = issuer_of(s);
	s->title = sheet_both(json_object_get(p->document, "title"));
	s->stamp = (struct sheet_text){ sheet_is_destruction(s) ? "報告：非銷毀證明" : "報告：非清除證明", "REPORT: NOT A CERTIFICATE" };
	s->laboratory_stamp = (struct sheet_text){ "實驗用", "LABORATORY" };
	s->verdict = sheet_is_destruction(s) ? sheet_destruction_verdict(s) : verdict_of(s);
	s->next = sheet_both(json_object_get(p->document, "nextStep"));
	sheet_facts(s);
	sheet_medium(s);
	if (sheet_is_destruction(s))
		sheet_destruction_work(s);
	else
		sheet_work(s);
	sheet_people(s);
	add_limits(s, "caveats");
	add_limits(s, "limits");
	check_lines(s, p);
	s->seal = seal_of(s, p);
	take_note(s, p);
	return s->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page.")) : 0;
}

void sheet_clear(struct sheet *s)
{
	for (size_t i = 0; i < s->n_owned; i++)
		free(s->owned[i]);
	free(s->owned);
	*s = (struct sheet){ 0 };
}
