/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a page about a physical destruction.  As all words of a page, these never change once they were printed. */
#include <string.h>

#include "sheet.h"

static const json_t *of(const struct sheet *s, const char *key)
{
	return json_object_get(s->document, key);
}

bool sheet_is_destruction(const struct sheet *s)
{
	return cw_payload_is_destruction(s->document);
}

/* ---- verdict ---- */

struct sheet_text sheet_destruction_verdict(struct sheet *s)
{
	const json_t *v = of(s, "verdict");
	const char *reason = cw_json_str(v, "reason", ""), *zh = sheet_reason_zh(reason);
	struct sheet_text level = sheet_word("level", cw_json_str(v, "level", ""));

	if (s->certificate)
		return (struct sheet_text){ sheet_printf(s, "%s等級：%s（%s）。", zh, level.zh, level.en), sheet_printf(s, "%s Level: %s.", reason, level.en) };
	return (struct sheet_text){ sheet_printf(s, "無法證明資料已銷毀。%s", zh), sheet_printf(s, "Not shown to be destroyed. %s", reason) };
}

/* ---- what was done ---- */

static void row(struct sheet *s, const char *zh, const char *en, struct sheet_text value, unsigned style)
{
	if (s->work.n < SHEET_ROWS_MAX)
		s->work.rows[s->work.n++] = (struct sheet_row){ { zh, en }, value, style };
}

static void text_row(struct sheet *s, const char *zh, const char *en, const char *value)
{
	if (value)
		row(s, zh, en, (struct sheet_text){ NULL, value }, 0);
}

static const char *pair(struct sheet *s, const char *first, const char *second)
{
	return first && second ? sheet_printf(s, "%s (%s)", first, second) : first ? first : second;
}

static struct sheet_text method_of(struct sheet *s, const json_t *d)
{
	struct sheet_text t = sheet_word("technique", cw_json_str(d, "method", "")), category = sheet_word("category", cw_json_str(d, "category", ""));

	if (strcmp(cw_json_str(d, "method", ""), "degauss") != 0)
		return t;
	return (struct sheet_text){ sheet_printf(s, "%s（%s）", t.zh, category.zh), sheet_printf(s, "%s (%s)", t.en, category.en) };
}

static void figures(struct sheet *s, const json_t *d)
{
	unsigned long long um2 = cw_json_u64(d, "particleUm2", 0), field = cw_json_u64(d, "fieldOersted", 0), coercivity = cw_json_u64(d, "coercivityOersted", 0);
	const char *level = sheet_known(d, "particleLevel"), *weight = sheet_number(s, cw_json_u64(d, "weightGrams", 0));

	if (um2 || level)
		text_row(s, "碎片尺寸", "Particles", um2 ? pair(s, sheet_printf(s, "≤ %llu.%02llu mm²", um2 / 1000000, um2 / 10000 % 100), level) : level);
	if (field)
		row(s, "磁場強度", "Field",
		    (struct sheet_text){ sheet_printf(s, "%llu Oe（媒體矯頑磁力 %llu Oe）", field, coercivity), sheet_printf(s, "%llu Oe (coercivity of the medium %llu Oe)", field, coercivity) }, 0);
	text_row(s, "磁場查驗", "Field verified", sheet_known(d, "fieldVerified"));
	if (cw_json_u64(d, "weightGrams", 0))
		text_row(s, "重量", "Weight", sheet_printf(s, "%s g", weight));
}

static void wipe_row(struct sheet *s)
{
	const json_t *w = of(s, "wipe");
	struct sheet_text level = sheet_word("level", cw_json_str(w, "level", "")), how = sheet_word("technique", cw_json_str(w, "technique", ""));
	const char *number = cw_json_str(w, "certificateId", "");

	if (!w)
		return;
	if (!strcmp(cw_json_str(w, "result", ""), "sanitised"))
		row(s, "先前清除", "Wiped before", (struct sheet_text){ sheet_printf(s, "%s，等級 %s（%s）", how.zh ? how.zh : how.en, level.zh, number),
								      sheet_printf(s, "%s, level %s (%s)", how.en, level.en, number) }, SHEET_STRONG);
	else
		row(s, "先前清除", "Wiped before", (struct sheet_text){ sheet_printf(s, "未完成（報告 %s）", number), sheet_printf(s, "not successfully (report %s)", number) }, SHEET_STRONG);
}

static void attachments_row(struct sheet *s, const json_t *d)
{
	size_t files = json_array_size(json_object_get(d, "attachments")), items = json_array_size(json_object_get(d, "items"));

	if (items)
		row(s, "清冊", "List", (struct sheet_text){ sheet_printf(s, "%zu 件（詳附件）", items), sheet_printf(s, "%zu media, listed in the evidence", items) }, 0);
	if (files)
		row(s, "照片", "Photographs", (struct sheet_text){ sheet_printf(s, "%zu 件（雜湊值詳附件）", files), sheet_printf(s, "%zu, with digests in the evidence", files) }, 0);
}

static void witness_row(struct sheet *s, const json_t *d)
{
	const json_t *w = json_object_get(d, "witness");
	const char *name = cw_json_str(w, "name", "");

	if (!w)
		row(s, "監毀人", "Witness", (struct sheet_text){ "未確認", "not confirmed" }, SHEET_STRONG);
	else if (cw_json_bool(w, "sameAccount", true))
		row(s, "監毀人", "Witness", (struct sheet_text){ sheet_printf(s, "%s（與承辦人同一帳號）", name), sheet_printf(s, "%s (same login as the operator)", name) }, SHEET_STRONG);
	else
		row(s, "監毀人", "Witness", (struct sheet_text){ NULL, name }, SHEET_STRONG);
}

void sheet_destruction_work(struct sheet *s)
{
	const json_t *d = of(s, "destruction");
	const char *count = sheet_number(s, cw_json_u64(d, "count", 0));

	s->work.heading = (struct sheet_text){ "實體銷毀", "Physical destruction" };
	wipe_row(s);
	if (!d)
		return;
	row(s, "方法", "Method", method_of(s, d), SHEET_STRONG);
	row(s, "數量", "Count", (struct sheet_text){ sheet_printf(s, "%s 件", count), count }, SHEET_STRONG);
	text_row(s, "機具", "Machine", pair(s, sheet_known(d, "machine"), sheet_known(d, "machineSerial")));
	text_row(s, "受託廠商", "Contractor", pair(s, sheet_known(d, "contractor"), sheet_known(d, "contractorDocument")));
	text_row(s, "標準", "Standard", pair(s, sheet_known(of(s, "sanitization"), "standard"), sheet_known(d, "standard")));
	figures(s, d);
	row(s, "期間", "Time", sheet_period(s, cw_json_str(d, "started", ""), cw_json_str(d, "ended", "")), 0);
	text_row(s, "地點", "Place", sheet_known(d, "place"));
	text_row(s, "承辦人", "Operator", sheet_known(d, "operator"));
	witness_row(s, d);
	text_row(s, "廢棄物聯單", "Waste manifest", sheet_known(d, "wasteManifest"));
	row(s, "法定方法", "Statutory method", (struct sheet_text){ sheet_printf(s, "機關檔案保存年限及銷毀辦法第 13 條第 %llu 款", (unsigned long long)cw_json_u64(d, "statutoryMethod", 0)),
								       sheet_printf(s, "Reg. art. 13, no. %llu", (unsigned long long)cw_json_u64(d, "statutoryMethod", 0)) }, 0);
	attachments_row(s, d);
}
