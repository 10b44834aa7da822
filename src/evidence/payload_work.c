/* SPDX-License-Identifier: Apache-2.0 */
/* What was written, read back, missed and interrupted, each with the journal line that says so. */
#include "payload_parts.h"

#include <string.h>

#define COUNTER_LAYOUT "be64(pass) || be64(byte offset / 16)" /* design section 3 */

/* ---- what a pass writes ---- */

static bool stream_of(const struct cw_payload_maker *m, uint32_t pass, struct cw_stream *out)
{
	struct cw_job_secrets secrets;
	struct cw_error err = {0};
	bool present = false;
	return m->replay.stream_line != CW_NO_LINE && cw_job_secrets_of(m->text, &secrets, &present, &err) == 0 && present &&
	       cw_job_stream(&m->replay.plan, pass, &secrets, out, &err) == 0;
}

static const char *kind_word(uint32_t kind)
{
	switch (kind) {
	case CW_PASS_KEYSTREAM:
		return "keystream";
	case CW_PASS_COMPLEMENT:
		return "keystream-complement";
	default:
		return "pattern";
	}
}

/* Pattern in medium order, or the number that stands in the counter blocks. */
static void put_content(struct cw_payload_maker *m, json_t *o, const struct cw_plan_step *step)
{
	char hex[2 * CW_PATTERN_MAX + 1];
	struct cw_stream s;
	cw_put_text(m, o, "kind", kind_word(step->what.kind));
	if (!stream_of(m, step->pass, &s))
		return;
	if (s.kind == CW_STREAM_PATTERN) {
		cw_hex(hex, s.pattern, s.pattern_len);
		cw_put_text(m, o, "patternHex", hex);
	} else {
		cw_put_u64(m, o, "keystreamPass", s.pass);
	}
}

json_t *cw_payload_keystream(struct cw_payload_maker *m)
{
	const json_t *line = cw_payload_line(m, m->replay.stream_line);
	if (!line)
		return NULL;
	json_t *o = json_object(), *passes = json_array();
	cw_put_known(m, o, "cipher", cw_json_str(line, "cipher", ""));
	cw_put_text(m, o, "keyHex", cw_json_str(line, "keyHex", ""));
	cw_put_text(m, o, "counter", COUNTER_LAYOUT);
	for (uint32_t i = 0; i < m->replay.plan.n_steps; i++) {
		const struct cw_plan_step *step = &m->replay.plan.steps[i];
		if (step->kind != CW_STEP_WRITE)
			continue;
		json_t *p = json_object();
		cw_put_u64(m, p, "n", step->pass);
		put_content(m, p, step);
		cw_put_add(m, passes, p);
	}
	cw_put(m, o, "passes", passes);
	return o;
}

/* ---- steps ---- */

void cw_payload_put_course(struct cw_payload_maker *m, json_t *o, uint32_t step)
{
	const struct cw_step_record *s = &m->replay.steps[step];
	const json_t *end = s->attempts ? cw_payload_line(m, s->end_line) : NULL;
	cw_put_u64(m, o, "step", step);
	cw_put_u64(m, o, "attempts", s->attempts);
	cw_put_bool(m, o, "complete", cw_replay_step_clean(&m->replay, step));
	if (!s->attempts)
		return;
	cw_put_text(m, o, "startedAt", cw_json_str(cw_payload_line(m, s->first_line), "at", ""));
	cw_put_u64(m, o, "line", s->first_line);
	if (!end)
		return;
	cw_put_text(m, o, "endedAt", cw_json_str(end, "at", ""));
	cw_put_u64(m, o, "elapsedMs", cw_json_u64(end, "elapsedMs", 0));
}

json_t *cw_payload_passes(struct cw_payload_maker *m)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < m->replay.plan.n_steps; i++) {
		const struct cw_plan_step *step = &m->replay.plan.steps[i];
		const struct cw_step_record *s = &m->replay.steps[i + 1];
		if (step->kind != CW_STEP_WRITE)
			continue;
		json_t *o = json_object();
		cw_put_u64(m, o, "n", step->pass);
		put_content(m, o, step);
		cw_put_u64(m, o, "reachedBytes", s->watermark_bytes);
		cw_put_u64(m, o, "badBytes", s->bad_bytes);
		cw_payload_put_course(m, o, i + 1);
		cw_put_add(m, list, o);
	}
	return list;
}

static json_t *reading(struct cw_payload_maker *m, uint32_t step)
{
	const struct cw_plan_step *planned = &m->replay.plan.steps[step - 1];
	const struct cw_step_record *s = &m->replay.steps[step];
	json_t *o = json_object();
	cw_put_u64(m, o, "pass", planned->pass);
	cw_put_text(m, o, "method", planned->kind == CW_STEP_SAMPLE ? "sample" : "full");
	cw_put_u64(m, o, "comparedBytes", s->done_bytes);
	cw_put_u64(m, o, "unreadableBytes", s->bad_bytes);
	cw_put_u64(m, o, "mismatchBytes", s->mismatch_bytes);
	cw_payload_put_course(m, o, step);
	return o;
}

/* ---- verification ---- */

static const char *verification_result(const struct cw_payload_maker *m, bool any)
{
	if (m->replay.mismatch_line != CW_NO_LINE || m->replay.fault_line != CW_NO_LINE)
		return "fail";
	if (!any)
		return "not-done";
	if (m->replay.native.native && (!cw_replay_marked(&m->replay) || !cw_replay_nothing_left(&m->replay)))
		return "incomplete";
	return cw_replay_all_clean(&m->replay, false) ? "pass" : "incomplete";
}

static void put_sample(struct cw_payload_maker *m, json_t *o)
{
	const struct cw_plan *p = &m->replay.plan;
	const json_t *line = cw_payload_line(m, m->replay.stream_line);
	if (!m->replay.sample_bytes)
		return;
	cw_put_u64(m, o, "sampleWindows", cw_sample_windows(p->size_bytes, p->logical_bytes));
	cw_put_u64(m, o, "sampleBytes", m->replay.sample_bytes);
	cw_put_text(m, o, "sampleSeedHex", cw_json_str(line, "sampleSeedHex", ""));
}

/* The first that any attempt met. */
static void put_first_mismatch(struct cw_payload_maker *m, json_t *o)
{
	size_t i;
	json_t *line;
	json_array_foreach(m->text->lines, i, line) {
		const json_t *from = json_object_get(line, "firstMismatch");
		if (!from)
			continue;
		json_t *to = json_object();
		cw_put_u64(m, to, "offsetBytes", cw_json_u64(from, "offsetBytes", 0));
		cw_put_known(m, to, "class", cw_json_str(from, "class", ""));
		cw_put_u64(m, to, "writtenPass", cw_json_u64(from, "writtenPass", 0));
		cw_put_u64(m, to, "writtenOffsetBytes", cw_json_u64(from, "writtenOffsetBytes", 0));
		cw_put_u64(m, to, "line", i);
		cw_put(m, o, "firstMismatch", to);
		return;
	}
}

/* A look at what is left compares with nothing: what it found stands apart from it. */
static const char *verification_method(const struct cw_plan *p)
{
	if (cw_plan_destroys_only_keys(p))
		return "keys";
	if (cw_plan_has(p, CW_STEP_LOOK_SAMPLE))
		return "look-sample";
	if (!p->n_passes)
		return "look"; /* of a disc that was formatted there is none, and so it is not done */
	return cw_plan_is_sampled(p) ? "sample" : "full";
}

/* What is compared with a pass, or else what is looked at to see whether anything is left. */
static bool verifies(const struct cw_plan *p, uint32_t kind)
{
	if (cw_plan_destroys_only_keys(p))
		return kind == CW_STEP_KEYS_CHECK;
	if (p->n_passes)
		return kind == CW_STEP_VERIFY || kind == CW_STEP_SAMPLE;
	return kind == CW_STEP_LOOK || kind == CW_STEP_LOOK_SAMPLE;
}

json_t *cw_payload_verification(struct cw_payload_maker *m)
{
	const struct cw_plan *p = &m->replay.plan;
	json_t *o = json_object(), *readings = json_array();
	uint64_t covered = 0;
	bool any = false;
	for (uint32_t step = 1; step <= p->n_steps; step++) {
		if (!verifies(p, p->steps[step - 1].kind))
			continue;
		covered = m->replay.steps[step].done_bytes; /* of the reading that counts: the last */
		any = any || m->replay.steps[step].attempts;
		if (p->n_passes)
			cw_put_add(m, readings, reading(m, step));
	}
	cw_put_text(m, o, "method", verification_method(p));
	cw_put_text(m, o, "result", verification_result(m, any));
	cw_put_u64(m, o, "coverageBytes", covered < p->size_bytes ? covered : p->size_bytes);
	cw_put_u64(m, o, "mismatchBytes", m->verdict.mismatch_bytes);
	cw_put_u64(m, o, "unverifiedBytes", m->verdict.unverified_bytes);
	cw_put_u64(m, o, "unwrittenBytes", m->verdict.unwritten_bytes);
	cw_put_text(m, o, "verifier", "same_host");
	if (p->replug && any)
		cw_put_bool(m, o, "unpluggedBefore", m->replay.replugged);
	if (any && cw_replay_reloaded(&m->replay))
		cw_put_text(m, o, "reloadedBy", cw_tray_name(m->replay.tray));
	put_sample(m, o);
	put_first_mismatch(m, o);
	cw_payload_put_mismatches(m, o);
	cw_put(m, o, "readings", readings);
	return o;
}

/* ---- exceptions and interruptions ---- */

static const char *fault_word(uint32_t fault)
{
	switch (fault) {
	case CW_FAULT_WRITE:
		return "not-written";
	case CW_FAULT_READ:
		return "not-read";
	default:
		return "mismatch";
	}
}

json_t *cw_payload_exceptions(struct cw_payload_maker *m)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < m->verdict.exceptions.n; i++) {
		const struct cw_extent *e = &m->verdict.exceptions.at[i];
		json_t *o = json_object();
		cw_put_u64(m, o, "offsetBytes", e->offset_bytes);
		cw_put_u64(m, o, "lengthBytes", e->len_bytes);
		cw_put_text(m, o, "reason", fault_word(e->fault));
		if (e->sys_errno)
			cw_put_u64(m, o, "errno", (uint64_t)e->sys_errno);
		cw_put_add(m, list, o);
	}
	return list;
}

static bool is_interruption(const json_t *line)
{
	static const char *const events[] = { "stopped", "lost", "resumed", "closed" };
	for (size_t i = 0; i < CW_ARRAY_LEN(events); i++)
		if (strcmp(cw_json_str(line, "event", ""), events[i]) == 0)
			return true;
	return false;
}

static void copy_numbers(struct cw_payload_maker *m, json_t *to, const json_t *from)
{
	static const char *const keys[] = { "step", "watermarkBytes", "fromBytes", "checkedBytes" };
	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++)
		if (json_is_integer(json_object_get(from, keys[i])))
			cw_put_u64(m, to, keys[i], cw_json_u64(from, keys[i], 0));
}

static void copy_rule(struct cw_payload_maker *m, json_t *to, const json_t *from)
{
	json_t *o = json_object();
	cw_put_known(m, o, "name", cw_json_str(from, "name", ""));
	cw_put_u64(m, o, "limit", cw_json_u64(from, "limit", 0));
	cw_put_u64(m, o, "found", cw_json_u64(from, "found", 0));
	if (json_object_get(from, "windowSeconds"))
		cw_put_u64(m, o, "windowSeconds", cw_json_u64(from, "windowSeconds", 0));
	cw_put(m, to, "rule", o);
}

static json_t *interruption(struct cw_payload_maker *m, const json_t *from)
{
	static const char *const texts[] = { "event", "at", "what", "message", "reason", "bootId", "origin" };
	const json_t *by = json_object_get(from, "by");
	json_t *o = json_object();
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		cw_put_text(m, o, texts[i], cw_json_str(from, texts[i], ""));
	cw_put_u64(m, o, "line", cw_json_u64(from, "seq", 0));
	copy_numbers(m, o, from);
	if (json_is_string(by))
		cw_put_text(m, o, "by", json_string_value(by));
	else if (by)
		cw_put_known(m, o, "by", cw_json_str(by, "name", ""));
	if (json_object_get(from, "rule"))
		copy_rule(m, o, json_object_get(from, "rule"));
	if (json_is_boolean(json_object_get(from, "droppedTail")))
		cw_put_bool(m, o, "droppedTail", cw_json_bool(from, "droppedTail", false));
	return o;
}

json_t *cw_payload_interruptions(struct cw_payload_maker *m)
{
	size_t i;
	json_t *line, *list = json_array();
	bool registered = false;
	json_array_foreach(m->text->lines, i, line) {
		/* Entered in a register once more: another station has taken the job over. */
		bool start = !strcmp(cw_json_str(line, "event", ""), "registered"), taken_over = start && registered;
		registered = registered || start;
		if ((is_interruption(line) || taken_over) && json_array_size(list) < CW_INTERRUPTIONS_MAX)
			cw_put_add(m, list, interruption(m, line));
	}
	return list;
}
