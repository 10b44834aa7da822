/* SPDX-License-Identifier: Apache-2.0 */
/* A medium that does not hold as much as it reports: what was concluded, from which line, and in words. */
#include "payload_parts.h"

/* Fixed sentences, as those of payload_words.c. */
static void put_words(struct cw_payload_maker *m, json_t *o, unsigned long long claimed, unsigned long long real)
{
	char en[CW_TEXT_MAX] = "", zh_tw[CW_TEXT_MAX] = "";
	switch (m->verdict.capacity.lie) {
	case CW_LIE_WRAP:
		snprintf(en, sizeof(en), "The medium is not genuine: it reports %llu bytes and holds %llu. What is written behind its real end lands on what was written before.",
			 claimed, real);
		snprintf(zh_tw, sizeof(zh_tw), "本媒體不實：回報容量 %llu 位元組，實際僅 %llu 位元組；超出實際容量之寫入會覆蓋先前內容。", claimed, real);
		break;
	case CW_LIE_ALIAS:
		snprintf(en, sizeof(en), "The medium is not genuine: it reports %llu bytes and holds at most %llu, because several addresses lead to the same cells.", claimed,
			 real);
		snprintf(zh_tw, sizeof(zh_tw), "本媒體不實：回報容量 %llu 位元組，實際至多 %llu 位元組；多個位址對應相同儲存單元。", claimed, real);
		break;
	default:
		snprintf(en, sizeof(en), "The medium is not genuine, or broken for good: it reports %llu bytes and stores nothing from byte %llu on%s.", claimed, real,
			 m->verdict.capacity.exact ? "" : ", or from earlier on");
		snprintf(zh_tw, sizeof(zh_tw), "本媒體不實或已永久損壞：回報容量 %llu 位元組，%s第 %llu 位元組起未儲存任何資料。", claimed,
			 m->verdict.capacity.exact ? "自" : "至遲自", real);
		break;
	}
	json_t *words = json_object();
	cw_put_text(m, words, "en", en);
	cw_put_text(m, words, "zh_TW", zh_tw);
	cw_put(m, o, "words", words);
}

json_t *cw_payload_not_genuine(struct cw_payload_maker *m)
{
	const struct cw_capacity *c = &m->verdict.capacity;
	if (c->lie == CW_LIE_NONE)
		return NULL;
	json_t *o = json_object();
	cw_put_u64(m, o, "claimedBytes", m->replay.plan.size_bytes);
	cw_put_u64(m, o, "realBytes", c->real_bytes);
	cw_put_bool(m, o, "exact", c->exact != 0);
	cw_put_text(m, o, "how", cw_lie_name(c->lie));
	cw_put_u64(m, o, "line", m->replay.capacity_line);
	put_words(m, o, m->replay.plan.size_bytes, c->real_bytes);
	return o;
}

#define FOUND_MAX 16

/* An early look that found nothing is no evidence of anything, and not told. */
json_t *cw_payload_spot_check(struct cw_payload_maker *m)
{
	const json_t *line = cw_payload_line(m, m->replay.spot_line), *differing = json_object_get(line, "differing");
	if (!line)
		return NULL;
	json_t *o = json_object(), *list = json_array();
	cw_put_u64(m, o, "step", cw_json_u64(line, "step", 0));
	cw_put_u64(m, o, "probes", cw_json_u64(line, "probes", 0));
	cw_put_u64(m, o, "differing", json_array_size(differing));
	cw_put_u64(m, o, "line", m->replay.spot_line);
	for (size_t i = 0; i < json_array_size(differing) && i < FOUND_MAX; i++) {
		const json_t *from = json_array_get(differing, i);
		json_t *to = json_object();
		cw_put_u64(m, to, "offsetBytes", cw_json_u64(from, "offsetBytes", 0));
		cw_put_known(m, to, "class", cw_json_str(from, "class", ""));
		cw_put_u64(m, to, "writtenOffsetBytes", cw_json_u64(from, "writtenOffsetBytes", 0));
		cw_put_add(m, list, to);
	}
	cw_put(m, o, "found", list);
	return o;
}

/* Of the reading that counts: the last that found any. */
void cw_payload_put_mismatches(struct cw_payload_maker *m, json_t *verification)
{
	static const char *const keys[] = { "zerosBytes", "onesBytes", "uniformBytes", "otherOffsetBytes", "otherPassBytes", "foreignBytes" };
	for (size_t i = json_array_size(m->text->lines); i-- > 0;) {
		const json_t *from = json_object_get(json_array_get(m->text->lines, i), "mismatches");
		if (!from)
			continue;
		json_t *to = json_object();
		for (size_t k = 0; k < CW_ARRAY_LEN(keys); k++)
			cw_put_u64(m, to, keys[k], cw_json_u64(from, keys[k], 0));
		cw_put_u64(m, to, "line", i);
		cw_put(m, verification, "mismatches", to);
		return;
	}
}
