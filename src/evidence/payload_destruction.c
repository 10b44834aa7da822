/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document about a physical destruction, and about the wipe before it where there was one: certwipe/destruction/1, share/schema/destruction-1.schema.json.
 * Its fixed sentences are evidence, in both languages at once, as those of payload_words.c.
 */
#include <string.h>

#include "destruction.h"
#include "payload_parts.h"

#define SCHEMA "certwipe/destruction/1"

bool cw_payload_is_destruction(const json_t *payload)
{
	return strcmp(cw_json_str(payload, "schema", ""), SCHEMA) == 0;
}

/* ---- words ---- */

static bool is_degaussed(const struct cw_destroyed *d)
{
	return d->told.record.method == CW_DESTROY_DEGAUSS;
}

/* Degaussing is a technique of Purge: the medium is still there. */
static json_t *title(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	if (!m->certificate)
		return cw_payload_both(m, "Destruction Report", "銷毀未完成報告");
	if (is_degaussed(d))
		return cw_payload_both(m, "Certificate of Sanitization", "資料清除證明書");
	return cw_payload_both(m, "Certificate of Destruction", "銷毀證明書");
}

static json_t *next_step(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	if (m->certificate && m->verdict.laboratory)
		return cw_payload_both(m, "Laboratory medium: this document shows a test and disposes of nothing.", "實驗用媒體：本文件僅呈現測試結果，未汰除任何媒體。");
	if (m->certificate && is_degaussed(d))
		return cw_payload_both(m, "Degaussed. An authorised person other than the operator now approves or rejects it; remove all labels and markings before release.",
				       "已消磁。請由承辦人以外之權責人員確認；放行前應除去所有標籤及標示。");
	if (m->certificate)
		return cw_payload_both(m, "Destroyed. An authorised person other than the operator now approves or rejects it; keep the waste under control until then.",
				       "已實體銷毀。請由承辦人以外之權責人員確認；確認前殘餘物應妥善管控。");
	if (!d->told.recorded)
		return cw_payload_both(m, "Not destroyed as far as this document knows: data may still be on the medium. Keep it under custody.",
				       "本文件未載明媒體已銷毀：媒體可能仍有資料。請妥善保管。");
	return cw_payload_both(m, "What is left may still hold data: keep it under custody, disintegrate, incinerate or melt it, and record that.",
			       "殘餘物可能仍有資料：請妥善保管，予以細碎、焚化或熔毀，並登錄銷毀紀錄。");
}

static void add_limit(struct cw_payload_maker *m, json_t *list, const char *id, const char *en, const char *zh_tw)
{
	json_t *o = cw_payload_both(m, en, zh_tw);
	cw_put_text(m, o, "id", id);
	cw_put_add(m, list, o);
}

static json_t *limits(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	json_t *list = json_array();
	add_limit(m, list, "persons", "That the medium was destroyed rests on the word of the operator and the witness; no device can show it.",
		  "媒體確已銷毀係依承辦人及監毀人之陳述，無法由裝置證明。");
	if (d->told.witnessed && cw_json_bool(cw_payload_line(m, d->told.witness_line), "sameAccount", true))
		add_limit(m, list, "account", "Operator and witness used the same login of the station; the witness typed the name without another sign-in.",
			  "承辦人與監毀人使用同一工作站帳號；監毀人僅輸入姓名，未另行登入。");
	if (!d->told.of_wipe && strcmp(cw_json_str(m->job, "subject", ""), "label") == 0)
		add_limit(m, list, "label", "The medium was described by hand from its label; no device read its identity.", "媒體資料係依標籤以人工輸入，未經裝置讀取。");
	add_limit(m, list, "station", "Whoever had full control of the station at the time could have forged the record; this document cannot show it.",
		  "作業當時具有工作站完整控制權者可能偽造紀錄，無法由本文件得知。");
	add_limit(m, list, "time", "Time: station clock only. It is later than the register state that is named here; nobody else vouches for it.",
		  "時間：僅依工作站時鐘；晚於本文件所載之登記簿狀態，無第三方佐證。");
	if (m->verdict.level == CW_LEVEL_NONE)
		add_limit(m, list, "none", "No level is claimed: nothing in this document says that the data are gone.", "未宣稱任何等級：本文件不表示資料已清除。");
	return list;
}

/* ---- parts ---- */

static json_t *policy_part(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	const json_t *from = json_object_get(m->job, "policy");
	json_t *o = json_object();
	cw_put_known(m, o, "id", cw_json_str(from, "id", ""));
	cw_put_text(m, o, "sha256", cw_json_str(from, "sha256", ""));
	cw_put_u64(m, o, "particleLevel", d->told.particle_level);
	return o;
}

static json_t *sanitization(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	json_t *o = json_object();
	cw_put_text(m, o, "levelClaimed", cw_level_name(m->verdict.level));
	cw_put_known(m, o, "technique", cw_destruction_method_name(d->told.record.method));
	cw_put_known(m, o, "standard", d->standard);
	cw_put(m, o, "levelBasis", cw_payload_level_basis(m));
	return o;
}

static json_t *copied(struct cw_payload_maker *m, const json_t *list, const char *const keys[])
{
	size_t i;
	json_t *item, *out = json_array();
	json_array_foreach(list, i, item) {
		json_t *o = json_object();
		for (const char *const *key = keys; *key; key++)
			cw_put_known(m, o, *key, cw_json_str(item, *key, ""));
		if (json_is_integer(json_object_get(item, "sizeBytes")))
			cw_put_u64(m, o, "sizeBytes", cw_json_u64(item, "sizeBytes", 0));
		cw_put_add(m, out, o);
	}
	return out;
}

static json_t *witness(struct cw_payload_maker *m, const json_t *line)
{
	json_t *o = json_object();
	cw_put_known(m, o, "name", cw_json_str(line, "name", ""));
	cw_put_bool(m, o, "sameAccount", cw_json_bool(line, "sameAccount", true));
	cw_put_text(m, o, "at", cw_json_str(line, "at", ""));
	cw_put(m, o, "by", cw_payload_person(m, json_object_get(line, "by")));
	cw_put_u64(m, o, "line", cw_json_u64(line, "seq", 0));
	return o;
}

/* How the standard that the record names calls degaussing; IEEE 2883 counts it to Destruct, NIST to Purge. */
static const char *category(const struct cw_destroyed *d)
{
	if (is_degaussed(d))
		return strstr(d->told.record.standard, "2883") ? "destruct" : "purge";
	return "destroy";
}

static json_t *destruction(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	static const char *const attached[] = { "name", "kind", "sha256", NULL }, *const items[] = { "label", "serial", NULL };
	const json_t *line = cw_payload_line(m, d->told.record_line);
	json_t *o = cw_destruction_json(&d->told.record);
	if (!o) {
		m->failed = true;
		return NULL;
	}
	cw_put_text(m, o, "category", category(d));
	cw_put_bool(m, o, "lowCategory", d->told.record.low_category != 0);
	cw_put(m, o, "attachments", copied(m, json_object_get(line, "attachments"), attached));
	cw_put(m, o, "items", copied(m, json_object_get(line, "items"), items));
	cw_put(m, o, "by", cw_payload_person(m, json_object_get(line, "by")));
	if (d->told.witnessed)
		cw_put(m, o, "witness", witness(m, cw_payload_line(m, d->told.witness_line)));
	cw_put_u64(m, o, "line", d->told.record_line);
	return o;
}

/* The wipe before: what its own document says, which is named by number and digest; the journal of both is one. */
static json_t *wipe(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	const json_t *attested = cw_payload_line(m, d->told.wipe_lines - 1);
	const struct cw_plan *p = &m->replay.plan;
	struct cw_verdict v;
	json_t *o = json_object();
	cw_verdict_of(&d->wipe, &v);
	cw_put_known(m, o, "certificateId", cw_json_str(attested, "documentId", ""));
	cw_put_known(m, o, "type", cw_json_str(attested, "type", ""));
	cw_put_text(m, o, "sha256", cw_json_str(attested, "jsonSha256", ""));
	cw_put_text(m, o, "p7sSha256", cw_json_str(attested, "p7sSha256", ""));
	cw_put_text(m, o, "result", cw_outcome_name(v.outcome));
	cw_put_text(m, o, "level", cw_level_name(v.level));
	cw_put_text(m, o, "reason", v.reason);
	cw_put_known(m, o, "technique", p->technique);
	cw_put_known(m, o, "scheme", p->scheme);
	cw_put_u64(m, o, "passes", p->n_passes);
	cw_put(m, o, "verification", cw_payload_verification(m));
	cw_put_text(m, o, "endedAt", cw_json_str(attested, "at", ""));
	cw_put_u64(m, o, "line", d->told.wipe_lines - 1);
	return o;
}

static json_t *verification(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	json_t *o = json_object();
	cw_put_text(m, o, "method", "witnessed");
	cw_put_text(m, o, "result", d->two_people ? "pass" : d->told.witnessed ? "fail" : "not-done");
	return o;
}

/* ---- the document ---- */

static void put_work(struct cw_payload_maker *m, const struct cw_destroyed *d, json_t *doc)
{
	json_t *validation = json_object();
	cw_put(m, doc, "policy", policy_part(m, d));
	cw_put(m, doc, "sanitization", sanitization(m, d));
	if (d->told.recorded)
		cw_put(m, doc, "destruction", destruction(m, d));
	if (d->told.of_wipe)
		cw_put(m, doc, "wipe", wipe(m, d));
	cw_put(m, doc, "verification", verification(m, d));
	cw_put_text(m, validation, "decision", "awaiting");
	if (cw_json_bool(m->job, "approval", false))
		cw_put_bool(m, validation, "required", true);
	cw_put(m, doc, "validation", validation);
	cw_put(m, doc, "verdict", cw_payload_verdict(m));
	cw_put_text(m, doc, "outcome", cw_payload_outcome(m));
	cw_put(m, doc, "caveats", cw_payload_caveats(m));
	cw_put(m, doc, "limits", limits(m, d));
	cw_put(m, doc, "nextStep", next_step(m, d));
}

static int make(struct cw_payload_maker *m, const struct cw_destroyed *d, json_t **out, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = json_object();
	m->job = json_array_get(m->text->lines, 0);
	m->destruction = &d->told.record;
	m->supersedes_from = d->told.wipe_lines; /* the document of the wipe stands beside this one */
	m->replay.registered_line = d->registered_line;
	cw_verdict_of(m->text, &m->verdict);
	m->certificate = m->verdict.outcome == CW_SANITISED && m->verdict.level >= CW_LEVEL_CLEAR;
	cw_payload_put_head(m, doc, SCHEMA);
	cw_put(m, doc, "title", title(m, d));
	cw_payload_put_journal(m, doc);
	put_work(m, d, doc);
	if (m->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, m->frame->document_id, NULL, _("There is not enough memory to write the document."));
	int rc = cw_payload_check(doc, err); /* nothing is signed that our own verifier would refuse */
	if (!rc)
		*out = json_incref(doc);
	return rc;
}

/* With the wipe's replay, where there was one, for what the two documents have in common. */
static void take_medium(struct cw_payload_maker *m, const struct cw_destroyed *d)
{
	if (d->wipe.lines) {
		cw_replay_run(&d->wipe, &m->replay);
		return;
	}
	m->replay = (struct cw_replay){ .text = m->text, .medium = d->medium };
	m->replay.native.attestation_line = CW_NO_LINE;
	cw_strlcpy(m->replay.identity_sha256, d->identity_sha256, sizeof(m->replay.identity_sha256));
}

int cw_payload_destruction(struct cw_payload_maker *m, json_t **out, struct cw_error *err)
{
	struct cw_destroyed d;
	int rc;
	cw_destroyed_read(m->text, &d);
	if (!d.readable) {
		cw_destroyed_clear(&d);
		return cw_fail(err, CW_E_INVALID, 0, "journal", _("Keep the journal; no document can be made from it."), _("The journal does not say which medium was destroyed, or how."));
	}
	take_medium(m, &d);
	rc = make(m, &d, out, err);
	cw_replay_clear(&m->replay);
	cw_destroyed_clear(&d);
	return rc;
}
