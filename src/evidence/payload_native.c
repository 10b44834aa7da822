/* SPDX-License-Identifier: Apache-2.0 */
/* The medium's own sanitising: what it was told, what it answered, byte by byte, and what was found on it afterwards. */
#include "payload_parts.h"

#include <string.h>

static const char *state_word(uint32_t state)
{
	static const char *const words[] = { [CW_NATIVE_NOT_SENT] = "not-sent", [CW_NATIVE_BUSY] = "busy", [CW_NATIVE_SENT] = "sent", [CW_NATIVE_RUNNING] = "running",
					     [CW_NATIVE_SUCCEEDED] = "succeeded", [CW_NATIVE_FAILED] = "failed", [CW_NATIVE_REFUSED] = "refused" };
	return state < CW_ARRAY_LEN(words) ? words[state] : words[CW_NATIVE_SENT];
}

/* ---- commands ---- */

static void put_command(struct cw_payload_maker *m, json_t *native, const char *key, uint64_t seq)
{
	static const char *const texts[] = { "set", "requestHex", "answerHex", "dataInHex", "dataOutHex" };
	const json_t *line = cw_payload_line(m, seq);
	if (!line)
		return;
	json_t *o = json_object();
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		if (json_object_get(line, texts[i]))
			cw_put(m, o, texts[i], json_string(cw_json_str(line, texts[i], "")));
	if (json_object_get(line, "errno"))
		cw_put_u64(m, o, "errno", cw_json_u64(line, "errno", 0));
	cw_put_text(m, o, "at", cw_json_str(line, "at", ""));
	cw_put_u64(m, o, "line", seq);
	cw_put(m, native, key, o);
}

/* ---- markers ---- */

static uint32_t step_of(const struct cw_payload_maker *m, uint32_t kind)
{
	for (uint32_t step = 1; step <= m->replay.plan.n_steps; step++)
		if (m->replay.plan.steps[step - 1].kind == kind)
			return step;
	return 0;
}

static json_t *markers(struct cw_payload_maker *m)
{
	bool whole = m->replay.native.native->leaves_nothing; /* a disc is recorded all over */
	uint32_t marked = step_of(m, whole ? CW_STEP_WRITE : CW_STEP_MARK), checked = step_of(m, whole ? CW_STEP_VERIFY : CW_STEP_MARK_CHECK);
	json_t *o = json_object();
	cw_put_u64(m, o, "bytes", m->replay.marks_bytes);
	cw_put_bool(m, o, "written", marked && cw_replay_step_clean(&m->replay, marked));
	cw_put_bool(m, o, "readBack", checked && cw_replay_step_clean(&m->replay, checked));
	if (checked && m->replay.steps[checked].attempts)
		cw_put_u64(m, o, "line", m->replay.steps[checked].first_line);
	return o;
}

/* ---- looks ---- */

static const char *look_word(uint32_t kind)
{
	return kind == CW_STEP_LOOK ? "full" : kind == CW_STEP_LOOK_MARKS ? "markers" : "sample";
}

static json_t *look(struct cw_payload_maker *m, uint32_t step)
{
	static const char *const keys[CW_LOOK_CLASSES] = {
		[CW_LOOK_ZEROS] = "zerosBytes",   [CW_LOOK_ONES] = "onesBytes",   [CW_LOOK_UNIFORM] = "uniformBytes", [CW_LOOK_PATTERN] = "patternBytes",
		[CW_LOOK_RANDOM] = "randomBytes", [CW_LOOK_OTHER] = "otherBytes", [CW_LOOK_MARKER] = "markerBytes",   [CW_LOOK_ERROR] = "errorBytes",
	};
	const struct cw_step_record *s = &m->replay.steps[step];
	json_t *o = json_object();
	cw_put_text(m, o, "method", look_word(m->replay.plan.steps[step - 1].kind));
	cw_put_u64(m, o, "lookedBytes", s->done_bytes);
	cw_put_u64(m, o, "unreadableBytes", s->bad_bytes);
	for (size_t class = 0; class < CW_LOOK_CLASSES; class++)
		cw_put_u64(m, o, keys[class], s->look.bytes[class]);
	cw_put_u64(m, o, "notAllowedBytes", s->mismatch_bytes);
	cw_payload_put_course(m, o, step);
	return o;
}

static json_t *looks(struct cw_payload_maker *m)
{
	json_t *list = json_array();
	for (uint32_t step = 1; step <= m->replay.plan.n_steps; step++)
		if (cw_step_looks(m->replay.plan.steps[step - 1].kind))
			cw_put_add(m, list, look(m, step));
	return list;
}

/* ---- attestation ---- */

void cw_payload_put_attestation(struct cw_payload_maker *m, json_t *to)
{
	const json_t *line = cw_payload_line(m, m->replay.native.attestation_line), *by = json_object_get(line, "by");
	const struct cw_technique *t = cw_technique_get(m->replay.plan.technique);
	if (!line || !t || !cw_technique_wants_attestation(t))
		return;
	json_t *o = json_object(), *person = json_object();
	cw_put_known(m, o, "name", cw_json_str(line, "name", ""));
	cw_put_bool(m, o, "encryptedFromFirstUse", cw_json_bool(line, "encryptedFromFirstUse", false));
	cw_put_bool(m, o, "noKeyCopies", cw_json_bool(line, "noKeyCopies", false));
	cw_put_u64(m, person, "uid", cw_json_u64(by, "uid", 0));
	cw_put_known(m, person, "name", cw_json_str(by, "name", ""));
	cw_put(m, o, "by", person);
	cw_put_text(m, o, "at", cw_json_str(line, "at", ""));
	cw_put_u64(m, o, "line", cw_json_u64(line, "seq", 0));
	cw_put(m, to, "attestation", o);
}

/* ---- the password that the command took ---- */

static void put_password(struct cw_payload_maker *m, json_t *native)
{
	const struct cw_native_record *n = &m->replay.native;
	const json_t *line = cw_payload_line(m, n->password_line);
	if (!line)
		return;
	json_t *o = json_object();
	cw_put_text(m, o, "passwordText", cw_json_str(line, "passwordText", ""));
	cw_put_bool(m, o, "cleared", !n->course.has_password && n->unlocked_line != CW_NO_LINE);
	cw_put_u64(m, o, "line", n->password_line);
	if (n->unlocked_line != CW_NO_LINE)
		cw_put_u64(m, o, "clearedLine", n->unlocked_line);
	cw_put(m, native, "password", o);
}

/* ---- what died besides ---- */

static void put_others(struct cw_payload_maker *m, json_t *native)
{
	const struct cw_plan *p = &m->replay.plan;
	if (!p->n_others)
		return;
	json_t *list = json_array();
	for (uint32_t i = 0; i < p->n_others; i++) {
		json_t *o = json_object();
		cw_put_u64(m, o, "namespace", p->others[i].nsid);
		cw_put_u64(m, o, "sizeBytes", p->others[i].size_bytes);
		cw_put_text(m, o, "node", p->others[i].node);
		cw_put_add(m, list, o);
	}
	cw_put(m, native, "alsoErased", list);
}

/* ---- the whole ---- */

static void put_told(struct cw_payload_maker *m, json_t *o, const struct cw_native_record *n)
{
	const json_t *told = json_object_get(json_object_get(m->job, "capabilities"), "features");
	cw_put_known(m, o, "feature", cw_feature_slug(n->native->feature));
	cw_put_text(m, o, "says", cw_json_str(json_object_get(told, cw_feature_slug(n->native->feature)), "says", ""));
	cw_put_text(m, o, "state", state_word(n->course.state));
	cw_put_u64(m, o, "commands", n->n_commands);
	put_command(m, o, "submitted", n->submitted_line);
	put_command(m, o, "ended", n->ended_line);
	cw_payload_put_course(m, o, n->step);
}

static void put_first(struct cw_payload_maker *m, json_t *native)
{
	json_t *o = m->replay.first.native ? json_object() : NULL;
	if (!o)
		return;
	put_told(m, o, &m->replay.first);
	cw_put(m, native, "first", o);
}

json_t *cw_payload_native(struct cw_payload_maker *m)
{
	const struct cw_native_record *n = &m->replay.native;
	if (!n->native)
		return NULL;
	json_t *o = json_object();
	put_told(m, o, n);
	put_first(m, o);
	cw_put(m, o, "markers", markers(m));
	cw_put(m, o, "looks", looks(m));
	cw_payload_put_attestation(m, o);
	put_password(m, o);
	put_others(m, o);
	return o;
}
