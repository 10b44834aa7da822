/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a page: which fields of the evidence stand in it, and in which words.  The long tail stays in the attached evidence. */
#include <string.h>

#include "sheet.h"

static void row(struct sheet_section *part, const char *zh, const char *en, struct sheet_text value, unsigned style)
{
	if (part->n < SHEET_ROWS_MAX)
		part->rows[part->n++] = (struct sheet_row){ { zh, en }, value, style };
}

static struct sheet_text plain(const char *text)
{
	return text ? (struct sheet_text){ NULL, text } : sheet_unknown;
}

static const json_t *of(const struct sheet *s, const char *key)
{
	return json_object_get(s->document, key);
}

/* ---- at the top ---- */

/* Where the policy asks for it, nobody shall read over it. */
static struct sheet_text validation_of(const struct sheet *s)
{
	if (*s->decision)
		return sheet_word("validation", s->decision);
	if (cw_json_bool(of(s, "validation"), "required", false))
		return (struct sheet_text){ "待確認，不得放行", "awaiting validation: do not release" };
	return sheet_word("validation", cw_json_str(of(s, "validation"), "decision", ""));
}

void sheet_facts(struct sheet *s)
{
	row(&s->facts, "等級", "Level", sheet_word("level", cw_json_str(of(s, "verdict"), "level", "")), SHEET_STRONG);
	row(&s->facts, "簽發時間", "Issued", sheet_time(s, cw_json_str(s->document, "issuedAt", "")), 0);
	row(&s->facts, "確認", "Validation", validation_of(s), cw_json_bool(of(s, "validation"), "required", false) ? SHEET_STRONG : 0);
	if (of(s, "supersedes"))
		row(&s->facts, "取代", "Supersedes", plain(sheet_known(of(s, "supersedes"), "certificateId")), 0);
}

/* ---- medium ---- */

static void hidden_row(struct sheet *s, const json_t *hidden)
{
	const char *state = cw_json_str(hidden, "state", "unknown");
	struct sheet_text value = { "不明", "not known" };

	if (!strcmp(state, "none"))
		return;
	if (!strcmp(state, "present")) {
		const char *bytes = sheet_number(s, cw_json_u64(hidden, "bytes", 0));

		value = (struct sheet_text){ sheet_printf(s, "有，%s 位元組", bytes), sheet_printf(s, "present, %s bytes", bytes) };
	}
	row(&s->medium, "隱藏區", "Hidden area", value, 0);
}

/* "device" is what everybody expects; any other source is worth a word. */
static struct sheet_text serial_of(struct sheet *s, const json_t *m)
{
	const char *serial = cw_json_str(m, "serial", "");

	if (!strcmp(cw_json_str(m, "serialQuality", ""), "good"))
		return plain(serial);
	if (!strcmp(cw_json_str(m, "serialSource", ""), "label") && strcmp(serial, "unknown") != 0)
		return (struct sheet_text){ sheet_printf(s, "%s（依標籤輸入）", serial), "as typed from the label" };
	if (!strcmp(serial, "unknown") && sheet_is_destruction(s))
		return sheet_unknown;
	return (struct sheet_text){ NULL, sheet_printf(s, "%s（可信度低 not reliable）", serial) };
}

static const char *make_of(struct sheet *s, const json_t *m)
{
	const char *vendor = sheet_known(m, "vendor"), *model = sheet_known(m, "model");

	return vendor && model ? sheet_printf(s, "%s %s", vendor, model) : vendor ? vendor : model;
}

static void identity_rows(struct sheet *s, const json_t *m)
{
	row(&s->medium, "廠牌、型號", "Make, model", plain(make_of(s, m)), SHEET_STRONG);
	row(&s->medium, "財產編號", "Asset tag", plain(sheet_known(of(s, "case"), "assetTag")), 0);
	row(&s->medium, "序號", "Serial no.", serial_of(s, m), SHEET_MONO | SHEET_STRONG);
}

/* What a disc was read in has a name and a number; the disc has only the number that somebody wrote on it. */
static void disc_rows(struct sheet *s, const json_t *m)
{
	const char *make = make_of(s, m), *serial = sheet_known(m, "serial");

	row(&s->medium, "光碟編號", "Disc no.", plain(sheet_known(of(s, "case"), "assetTag")), SHEET_MONO | SHEET_STRONG);
	row(&s->medium, "光碟機", "Drive", plain(make && serial ? sheet_printf(s, "%s, %s", make, serial) : make ? make : serial), 0);
}

bool sheet_is_disc_in_drive(const json_t *medium)
{
	return cw_class_is_optical(cw_class_of_name(cw_json_str(medium, "class", ""))) && strcmp(cw_json_str(medium, "serialSource", ""), "label") != 0;
}

void sheet_medium(struct sheet *s)
{
	const json_t *m = of(s, "medium");
	const char *bytes = sheet_number(s, cw_json_u64(m, "capacityBytes", 0)), *size = sheet_size(s, cw_json_u64(m, "capacityBytes", 0));

	s->medium.heading = (struct sheet_text){ "媒體", "Medium" };
	row(&s->medium, "種類", "Kind", sheet_word("class", cw_json_str(m, "class", "")), 0);
	if (cw_json_u64(m, "capacityBytes", 0) || !sheet_is_destruction(s))
		row(&s->medium, "容量", "Capacity", (struct sheet_text){ NULL, sheet_printf(s, "%s (%s 位元組 bytes)", size, bytes) }, 0);
	if (sheet_is_disc_in_drive(m))
		disc_rows(s, m);
	else
		identity_rows(s, m);
	if (!sheet_is_destruction(s))
		hidden_row(s, json_object_get(m, "hiddenArea"));
	if (of(s, "notGenuine"))
		row(&s->medium, "真實性", "Genuine", sheet_both(json_object_get(of(s, "notGenuine"), "words")), SHEET_STRONG);
}

/* ---- work ---- */

static const char *passes_of(struct sheet *s)
{
	const json_t *w = of(s, "sanitization");
	unsigned long long passes = cw_json_u64(w, "passes", 0);

	return sheet_printf(s, "%s, %llu %s", cw_json_str(w, "scheme", ""), passes, passes == 1 ? "pass" : "passes");
}

/* How far it got is told below: of what did not succeed this is only what was planned. */
static struct sheet_text method_of(struct sheet *s)
{
	const json_t *w = of(s, "sanitization");
	struct sheet_text t = sheet_word("technique", cw_json_str(w, "technique", "")), planned = { s->certificate ? "" : "預定：", s->certificate ? "" : "planned: " };
	const char *scheme = cw_json_str(w, "scheme", ""), *zh = t.zh ? t.zh : t.en;
	unsigned long long passes = cw_json_u64(w, "passes", 0);

	if (!passes)
		return (struct sheet_text){ sheet_printf(s, "%s%s", planned.zh, zh), sheet_printf(s, "%s%s", planned.en, t.en) };
	if (of(s, "native") && strcmp(cw_json_str(of(s, "native"), "feature", ""), cw_feature_slug(CW_FEATURE_DISC_BLANK)) != 0)
		return (struct sheet_text){ sheet_printf(s, "%s%s，再覆寫（%s，%llu 次）", planned.zh, zh, scheme, passes),
					    sheet_printf(s, "%s%s; then overwriting (%s)", planned.en, t.en, passes_of(s)) };
	return (struct sheet_text){ sheet_printf(s, "%s%s（%s，%llu 次）", planned.zh, zh, scheme, passes), sheet_printf(s, "%s%s (%s)", planned.en, t.en, passes_of(s)) };
}

/* What came between writing and reading, before the result. */
static struct sheet_text between(const json_t *v)
{
	if (cw_json_bool(v, "unpluggedBefore", false))
		return (struct sheet_text){ "拔插媒體後", " after the medium had been unplugged" };
	if (json_object_get(v, "reloadedBy"))
		return (struct sheet_text){ "光碟退出並重新載入後", " after the disc had been ejected and loaded again" };
	return (struct sheet_text){ "", "" };
}

static struct sheet_text read_back(struct sheet *s)
{
	const json_t *v = of(s, "verification");
	struct sheet_text method = sheet_word("method", cw_json_str(v, "method", "")), result = sheet_word("result", cw_json_str(v, "result", ""));
	const char *compared = sheet_number(s, cw_json_u64(v, "coverageBytes", 0)), *differ = sheet_number(s, cw_json_u64(v, "mismatchBytes", 0));
	const char *unseen = sheet_number(s, cw_json_u64(v, "unverifiedBytes", 0));
	struct sheet_text after = between(v);

	return (struct sheet_text){
		sheet_printf(s, "%s%s：%s。比對 %s 位元組，不符 %s，未查驗 %s。", after.zh, method.zh, result.zh, compared, differ, unseen),
		sheet_printf(s, "%s%s: %s; %s bytes compared, %s different, %s not verified", method.en, after.en, result.en, compared,
			     differ, unseen) };
}

/* Nothing was written that could be compared: what was found stands there. */
static struct sheet_text look_back(struct sheet *s)
{
	const json_t *looks = json_object_get(of(s, "native"), "looks"), *last = json_array_get(looks, json_array_size(looks) - 1), *v = of(s, "verification");
	struct sheet_text method = sheet_word("method", cw_json_str(v, "method", "")), result = sheet_word("found", cw_json_str(v, "result", ""));
	const char *looked = sheet_number(s, cw_json_u64(last, "lookedBytes", 0)), *wrong = sheet_number(s, cw_json_u64(last, "notAllowedBytes", 0));
	const char *unread = sheet_number(s, cw_json_u64(last, "unreadableBytes", 0));

	return (struct sheet_text){
		sheet_printf(s, "%s：%s。檢視 %s 位元組，不應存在者 %s，無法讀取 %s。", method.zh, result.zh, looked, wrong, unread),
		sheet_printf(s, "%s: %s; %s bytes read, %s that this does not leave, %s unreadable", method.en, result.en, looked, wrong, unread) };
}

static struct sheet_text verification_of(struct sheet *s)
{
	return json_array_size(of(s, "passes")) ? read_back(s) : look_back(s);
}

static struct sheet_text yes_no(bool yes)
{
	return sheet_word("case", yes ? "yes" : "no");
}

static void native_rows(struct sheet *s)
{
	const json_t *native = of(s, "native"), *markers = json_object_get(native, "markers"), *attested = json_object_get(native, "attestation");
	struct sheet_text state = sheet_word("native", cw_json_str(native, "state", "")), back = yes_no(cw_json_bool(markers, "readBack", false));
	const char *bytes = sheet_number(s, cw_json_u64(markers, "bytes", 0));
	size_t others = json_array_size(json_object_get(native, "alsoErased"));

	if (!native)
		return;
	bool blanked = !strcmp(cw_json_str(native, "feature", ""), cw_feature_slug(CW_FEATURE_DISC_BLANK));

	if (json_object_get(native, "first"))
		row(&s->work, blanked ? "先行空白化" : "先行更換金鑰", blanked ? "Blanked first" : "Key changed first", sheet_word("native", cw_json_str(json_object_get(native, "first"), "state", "")), 0);
	row(&s->work, "裝置回報", "The drive says", state, 0);
	row(&s->work, "事前標記", "Markers before", (struct sheet_text){ sheet_printf(s, "%s 位元組；寫入並讀回：%s", bytes, back.zh),
								    sheet_printf(s, "%s bytes; written and read back: %s", bytes, back.en) }, 0);
	if (others)
		row(&s->work, "同時抹除", "Also erased",
		    (struct sheet_text){ sheet_printf(s, "同一磁碟機其他命名空間 %zu 個（詳附件），事後未檢視", others),
					 sheet_printf(s, "%zu other %s of the drive, listed in the evidence; nobody looked at them afterwards", others, others == 1 ? "namespace" : "namespaces") }, SHEET_STRONG);
	if (attested)
		row(&s->work, "加密具結人", "Encryption attested by", plain(sheet_known(attested, "name")), SHEET_STRONG);
}

static void exceptions_row(struct sheet *s)
{
	const json_t *v = of(s, "verification");
	size_t n = json_array_size(of(s, "exceptions"));
	const char *unwritten = sheet_number(s, cw_json_u64(v, "unwrittenBytes", 0)), *unseen = sheet_number(s, cw_json_u64(v, "unverifiedBytes", 0));
	const char *differ = sheet_number(s, cw_json_u64(v, "mismatchBytes", 0));

	if (!n)
		return;
	row(&s->work, "例外", "Exceptions",
	    (struct sheet_text){ sheet_printf(s, "%zu 段（詳附件）：未寫入 %s、未查驗 %s、不符 %s 位元組", n, unwritten, unseen, differ),
				 sheet_printf(s, "%zu %s, listed in the evidence: %s bytes not written, %s not verified, %s different", n, n == 1 ? "range" : "ranges", unwritten,
					      unseen, differ) },
	    SHEET_STRONG);
}

static void interruptions_row(struct sheet *s)
{
	size_t n = json_array_size(of(s, "interruptions"));

	if (n)
		row(&s->work, "中斷", "Interruptions", (struct sheet_text){ sheet_printf(s, "%zu 次（詳附件）", n), sheet_printf(s, "%zu, listed in the evidence", n) }, 0);
}

void sheet_work(struct sheet *s)
{
	s->work.heading = (struct sheet_text){ "作業", "What was done" };
	row(&s->work, "方法", "Method", method_of(s), 0);
	row(&s->work, "標準", "Standard", plain(sheet_known(of(s, "sanitization"), "standard")), 0);
	if (cw_json_bool(of(s, "sanitization"), "unconfirmed", false))
		row(&s->work, "效力", "Standing", (struct sheet_text){ "此方法之效力未經確認，經允許後使用", "what the method is worth is not confirmed; it was used because that was allowed" }, SHEET_STRONG);
	native_rows(s);
	row(&s->work, "查驗", "Verification", verification_of(s), 0);
	exceptions_row(s);
	interruptions_row(s);
	row(&s->work, "期間", "Time", sheet_period(s, cw_json_str(s->document, "startedAt", ""), cw_json_str(s->document, "endedAt", "")), 0);
}

/* ---- case and people ---- */

static struct sheet_text operator_of(struct sheet *s)
{
	const char *person = sheet_known(of(s, "case"), "operator"), *account = sheet_known(of(s, "operator"), "name");

	return plain(person && account ? sheet_printf(s, "%s (%s)", person, account) : person ? person : account);
}

static struct sheet_text permission_of(struct sheet *s)
{
	const json_t *a = of(s, "authorisation"), *refused = of(s, "refusal");

	if (a)
		return sheet_word("authorisation", cw_json_str(a, "method", ""));
	if (refused)
		return (struct sheet_text){ "已拒絕", sheet_printf(s, "refused: %s", cw_json_str(refused, "message", "")) };
	return (struct sheet_text){ "無", "none" };
}

/* Of the case what somebody filled in; what everybody looks for stands there in any case. */
static const struct { const char *key, *zh, *en; bool always; } case_rows[] = {
	{ "unit", "單位", "Unit", true }, { "custodian", "保管人", "Custodian", false }, { "classification", "機密等級", "Classification", false },
	{ "personalData", "個人資料", "Personal data", false }, { "recordRelation", "檔案", "Record", false }, { "backedUp", "已備份", "Backed up", false },
	{ "backupLocation", "備份位置", "Backup is at", false }, { "retentionChecked", "保存年限已查", "Retention", false },
	{ "holdChecked", "訴訟保全已查", "Legal hold", false }, { "place", "地點", "Place", false }, { "witnesses", "監毀人", "Witnesses", false },
	{ "plannedFate", "預定處置", "Planned fate", false }, { "source", "來源", "Source", false }, { "note", "備註", "Note", false },
};

static void case_row(struct sheet *s, size_t i)
{
	const char *value = sheet_known(of(s, "case"), case_rows[i].key);

	if (value || case_rows[i].always)
		row(&s->people, case_rows[i].zh, case_rows[i].en, value ? sheet_word("case", value) : sheet_unknown, 0);
}

/* Who put his own name under the evidence.  The page is made when all of them have. */
static void signers(struct sheet *s)
{
	static const struct { const char *role, *zh, *en; } known[] = { { "operator", "承辦人簽章", "Signed, operator" }, { "witness", "監毀人簽章", "Signed, witness" } };
	const json_t *one;
	size_t i;

	json_array_foreach(of(s, "signatories"), i, one) {
		const json_t *person = json_object_get(one, "person");
		const char *name = cw_json_str(person, "name", ""), *id = cw_json_str(person, "id", "");

		for (size_t k = 0; k < CW_ARRAY_LEN(known); k++)
			if (strcmp(known[k].role, cw_json_str(one, "role", "")) == 0)
				row(&s->people, known[k].zh, known[k].en, plain(*id ? sheet_printf(s, "%s (%s)", name, id) : name), 0);
	}
}

void sheet_people(struct sheet *s)
{
	const char *number = sheet_known(of(s, "authorisation"), "number");
	bool destruction = sheet_is_destruction(s);

	s->people.heading = (struct sheet_text){ "案件與人員", "Case and people" };
	row(&s->people, "核准文號", "Approval no.", plain(number ? number : sheet_known(of(s, "case"), "approvalNumber")), SHEET_STRONG);
	row(&s->people, "承辦人", "Operator", operator_of(s), 0);
	signers(s);
	if (!destruction)
		row(&s->people, "授權", "Authorised by", permission_of(s), 0);
	row(&s->people, "工作站", "Station", plain(sheet_known(of(s, "organisation"), "station")), 0);
	row(&s->people, "程式", "Program", plain(sheet_printf(s, "%s %s", cw_json_str(of(s, "tool"), "name", ""), cw_json_str(of(s, "tool"), "version", ""))), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(case_rows); i++)
		case_row(s, i);
}
