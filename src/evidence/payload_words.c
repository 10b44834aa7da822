/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fixed sentences of a document, in both languages at once.  They are evidence, not interface: no gettext, or the same journal would make another
 * document on another station.
 */
#include "payload_parts.h"

#include <string.h>

struct words {
	const char *en, *zh_tw;
};

json_t *cw_payload_both(struct cw_payload_maker *m, const char *en, const char *zh_tw)
{
	json_t *o = json_object();
	cw_put_text(m, o, "en", en);
	cw_put_text(m, o, "zh_TW", zh_tw);
	return o;
}

static json_t *both(struct cw_payload_maker *m, const struct words *w)
{
	return cw_payload_both(m, w->en, w->zh_tw);
}

/* ---- title ---- */

json_t *cw_payload_title(struct cw_payload_maker *m)
{
	static const struct words certificate = { "Certificate of Sanitization", "資料清除證明書" };
	static const struct words report = { "Sanitization Report", "資料清除未完成報告" };
	return both(m, m->certificate ? &certificate : &report);
}

/* ---- what to do now ---- */

static const struct words next_laboratory = {
	"Laboratory medium: this document shows a test and disposes of nothing.", "實驗用媒體：本文件僅呈現測試結果，未汰除任何媒體。" };
static const struct words next_destroy = {
	"Wiped. Now destroy the medium physically (shred it) and record the destruction; the case stays open until then.",
	"已完成資料清除。請將媒體實體銷毀（粉碎）並登錄銷毀紀錄；登錄前案件不結案。" };
static const struct words next_approve = {
	"Wiped. An authorised person other than the operator now approves or rejects it; do not release the medium before.",
	"已完成資料清除。請由承辦人以外之權責人員確認；確認前媒體不得放行。" };
static const struct words next_destroy_keys = {
	"The keys are destroyed, the encrypted data are still there. Now destroy the medium physically (shred it) and record the destruction; the case stays open until then.",
	"金鑰已銷毀，加密資料仍存於媒體。請將媒體實體銷毀（粉碎）並登錄銷毀紀錄；登錄前案件不結案。" };
static const struct words next_approve_keys = {
	"The keys are destroyed, the encrypted data are still there. An authorised person other than the operator now approves or rejects it; do not release the medium before.",
	"金鑰已銷毀，加密資料仍存於媒體。請由承辦人以外之權責人員確認；確認前媒體不得放行。" };
static const struct words next_untouched = {
	"Nothing was written: the medium holds what it held. Keep it under custody and start again.",
	"未寫入任何資料：媒體內容仍在。請妥善保管媒體並重新辦理。" };
static const struct words next_resume = {
	"Not finished: data may still be on the medium. Keep it under custody; resume the job, or destroy the medium physically and record it.",
	"尚未完成：媒體可能仍有資料。請妥善保管，並繼續執行作業，或將媒體實體銷毀並登錄。" };
static const struct words next_failed = {
	"Data may still be on the medium. Do not release or reuse it: destroy it physically and record the destruction.",
	"媒體可能仍有資料。不得放行或再使用：請將媒體實體銷毀並登錄銷毀紀錄。" };

static const struct words next_not_genuine = {
	"The medium does not hold what it reports: what its cells hold cannot be shown. Do not release or reuse it: destroy it physically and record the destruction.",
	"媒體實際容量與回報不符，無法證明其儲存單元之內容。不得放行或再使用：請將媒體實體銷毀並登錄銷毀紀錄。" };

static const struct words next_disc = {
	"Overwritten and read back. For a disc that is risk reduction only, and no level is claimed: destroy it physically and record the destruction; do not release or reuse it.",
	"已覆寫並讀回相符；就光碟而言僅屬降低風險，未宣稱任何等級。不得放行或再使用：請將光碟實體銷毀並登錄銷毀紀錄。" };

/* All of a disc that can be reached holds what was written last, and nothing else was found: it is only that no standard knows a level for it. */
static bool is_overwritten_disc(const struct cw_payload_maker *m)
{
	const struct cw_replay *r = &m->replay;
	return cw_class_is_optical(r->medium.class_) && r->complete && r->plan.n_passes && !cw_plan_is_sampled(&r->plan) && m->verdict.outcome == CW_INCONCLUSIVE &&
	       !m->verdict.exceptions.n && !r->rule && !r->breach && r->closed_line == CW_NO_LINE && cw_replay_all_clean(r, true) && cw_replay_all_clean(r, false);
}

static const struct words *next_step(const struct cw_payload_maker *m)
{
	const struct cw_replay *r = &m->replay;
	bool broken = r->mismatch_line != CW_NO_LINE || r->spot_line != CW_NO_LINE || r->fault_line != CW_NO_LINE || r->complete || r->closed_line != CW_NO_LINE || r->rule;
	if (m->certificate && m->verdict.laboratory)
		return &next_laboratory;
	if (m->certificate && cw_plan_destroys_only_keys(&r->plan))
		return r->plan.wipe_closes_case ? &next_approve_keys : &next_destroy_keys;
	if (m->certificate)
		return r->plan.wipe_closes_case ? &next_approve : &next_destroy;
	if (!m->verdict.attempted)
		return &next_untouched;
	if (m->verdict.capacity.lie != CW_LIE_NONE)
		return &next_not_genuine;
	if (is_overwritten_disc(m))
		return &next_disc;
	return broken ? &next_failed : &next_resume;
}

json_t *cw_payload_next_step(struct cw_payload_maker *m)
{
	return both(m, next_step(m));
}

/* ---- what paper cannot show ---- */

static void add_limit(struct cw_payload_maker *m, json_t *list, const char *id, const struct words *w)
{
	json_t *o = both(m, w);
	cw_put_text(m, o, "id", id);
	cw_put_add(m, list, o);
}

json_t *cw_payload_limits(struct cw_payload_maker *m)
{
	static const struct words firmware = {
		"Firmware of the medium that lies, or hides blocks, cannot be seen from this document; reading the medium again can show what it holds now.",
		"媒體韌體若有隱匿或不實，無法由本文件得知；重新讀取媒體可查知其現存內容。" };
	static const struct words station = {
		"Whoever had full control of the station at the time could have forged the record; this document cannot show it.",
		"作業當時具有工作站完整控制權者可能偽造紀錄，無法由本文件得知。" };
	static const struct words time = {
		"Time: station clock only. It is later than the register state that is named here; nobody else vouches for it.",
		"時間：僅依工作站時鐘；晚於本文件所載之登記簿狀態，無第三方佐證。" };
	static const struct words clear = {
		"Clear protects against recovery through the interface of the medium, not against a laboratory that reads its chips or platters.",
		"Clear（清除）僅防止經媒體介面之復原，不足以防止實驗室直接讀取晶片或碟片。" };
	static const struct words none = {
		"No level is claimed: nothing in this document says that the data are gone.", "未宣稱任何等級：本文件不表示資料已清除。" };
	static const struct words keys = {
		"Only keys were to be destroyed: everything else is still on the medium, and whoever has a copy of a key can read it.",
		"僅銷毀金鑰：其餘內容仍存於媒體，持有金鑰複本者仍可讀取。" };
	json_t *list = json_array();
	if (cw_plan_destroys_only_keys(&m->replay.plan))
		add_limit(m, list, "keys", &keys);
	add_limit(m, list, "firmware", &firmware);
	add_limit(m, list, "station", &station);
	add_limit(m, list, "time", &time);
	if (m->verdict.level == CW_LEVEL_CLEAR)
		add_limit(m, list, "clear", &clear);
	if (m->verdict.level == CW_LEVEL_NONE)
		add_limit(m, list, "none", &none);
	return list;
}

/* ---- caveats: the policy's sentences with their numbers filled in ---- */

/* Bytes that are an exception for any reason, each counted once. */
static uint64_t exception_bytes(const struct cw_verdict *v, uint64_t size_bytes)
{
	struct cw_faults all = {0};
	for (uint32_t i = 0; i < v->exceptions.n; i++)
		cw_faults_add(&all, v->exceptions.at[i].offset_bytes, v->exceptions.at[i].len_bytes, CW_FAULT_READ, 0);
	cw_faults_join(&all, size_bytes);
	uint64_t sum = cw_faults_bytes(&all, CW_FAULT_READ);
	cw_faults_clear(&all);
	return sum;
}

/* 3/n is above 1 - 0.05^(1/n), the bound for n windows without a finding (standards.md 4.1); in hundredths of a percent, rounded up. */
static void residual_bound(const struct cw_payload_maker *m, struct cw_buf *out)
{
	const struct cw_plan *p = &m->replay.plan;
	uint64_t n = p->logical_bytes ? cw_sample_windows(p->size_bytes, p->logical_bytes) : 0, hundredths = n ? (30000 + n - 1) / n : 10000;
	cw_buf_printf(out, "%llu.%02llu %%", (unsigned long long)hundredths / 100, (unsigned long long)hundredths % 100);
}

static void known(struct cw_buf *out, const char *text)
{
	cw_buf_str(out, *text ? text : "unknown");
}

static void fill_in_destruction(const struct cw_payload_maker *m, const char *name, size_t len, struct cw_buf *out)
{
	const struct cw_destruction *d = m->destruction;
	const struct cw_medium *medium = &m->replay.medium;
	if (len == 5 && memcmp(name, "model", len) == 0)
		known(out, d->machine);
	else if (len == 5 && memcmp(name, "field", len) == 0 && d->field_oersted)
		cw_buf_printf(out, "%u Oe", d->field_oersted);
	else if (len == 1 && *name == 'a')
		known(out, medium->bridge_serial.text);
	else if (len == 1 && *name == 'b')
		known(out, medium->full_serial[0] ? medium->full_serial : medium->serial.text);
	else
		cw_buf_str(out, "unknown");
}

static void fill_in(const struct cw_payload_maker *m, const char *id, const char *name, size_t len, struct cw_buf *out)
{
	bool hidden = strcmp(id, "K20") == 0;
	uint64_t bytes = hidden ? m->replay.medium.hidden_bytes : exception_bytes(&m->verdict, m->replay.plan.size_bytes), sector = m->replay.plan.logical_bytes;
	const json_t *attested = cw_payload_line(m, m->replay.native.attestation_line);
	if (len == 5 && memcmp(name, "bytes", len) == 0)
		cw_buf_printf(out, "%llu", (unsigned long long)bytes);
	else if (len == 1 && *name == 'n' && sector)
		cw_buf_printf(out, "%llu", (unsigned long long)((bytes + sector - 1) / sector));
	else if (len == 4 && memcmp(name, "conf", len) == 0)
		cw_buf_str(out, "95");
	else if (len == 5 && memcmp(name, "bound", len) == 0)
		residual_bound(m, out);
	else if (len == 4 && memcmp(name, "name", len) == 0)
		cw_buf_str(out, cw_json_str(attested, "name", "unknown"));
	else if (m->destruction)
		fill_in_destruction(m, name, len, out);
	else
		cw_buf_str(out, "unknown");
}

static void put_caveat(struct cw_payload_maker *m, json_t *o, const char *id, const char *lang)
{
	CW_AUTO_BUF struct cw_buf b = {0};
	const char *text = cw_caveat_text(id, lang), *open;
	while (text && (open = strchr(text, '{')) != NULL && strchr(open, '}')) {
		size_t len = (size_t)(strchr(open, '}') - open - 1);
		cw_buf_add(&b, text, (size_t)(open - text));
		fill_in(m, id, open + 1, len, &b);
		text = open + len + 2;
	}
	cw_buf_str(&b, text ? text : "");
	m->failed = m->failed || b.failed;
	cw_put_text(m, o, lang, b.data);
}

json_t *cw_payload_caveats(struct cw_payload_maker *m)
{
	json_t *list = json_array();
	for (const char *p = m->verdict.caveats; *p; p += *p == '+') {
		char id[8];
		size_t n = strcspn(p, "+");
		json_t *o = json_object();
		snprintf(id, sizeof(id), "%.*s", (int)n, p);
		cw_put_text(m, o, "id", id);
		put_caveat(m, o, id, "en");
		put_caveat(m, o, id, "zh_TW");
		cw_put_add(m, list, o);
		p += n;
	}
	return list;
}
