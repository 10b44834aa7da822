/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as a document (certwipe/plan/1), its strict reader, and its digest. */
#include "plan.h"

#include <string.h>

#define PLAN_SCHEMA "certwipe/plan/1"
#define INTEGER_MAX ((UINT64_C(1) << 53) - 1)

static const char *const columns[] = { [CW_COLUMN_R1] = "r1", [CW_COLUMN_R2_2883] = "r2-2883" };
static const char *const pass_words[] = {
	[CW_PASS_KEYSTREAM] = "keystream",
	[CW_PASS_COMPLEMENT] = "keystream-complement",
	[CW_PASS_PATTERN] = "pattern",
	[CW_PASS_DRAWN] = "drawn",
	[CW_PASS_DRAWN_COMPLEMENT] = "drawn-complement",
};

/* ---- writing ---- */

/* false keeps the first failure: the object is given up as a whole. */
static bool put(json_t *object, const char *key, json_t *value_take)
{
	return json_object_set_new(object, key, value_take) == 0;
}

static bool put_u64(json_t *object, const char *key, uint64_t value)
{
	return put(object, key, json_integer((json_int_t)value));
}

/* What is written, or compared: markers, commands and looks say themselves what they are about. */
static bool put_stream(json_t *out, const struct cw_plan_step *s)
{
	return !s->pass || (put_u64(out, "pass", s->pass) && put(out, "stream", json_string(pass_words[s->what.kind])));
}

static json_t *step_json(const struct cw_plan_step *s)
{
	json_t *out CW_AUTO_JSON = json_object();
	char hex[2 * CW_PATTERN_MAX + 1];
	bool ok = put(out, "do", json_string(cw_step_name(s->kind))) && put_stream(out, s) && put(out, "reason", json_string(s->reason));

	cw_hex(hex, s->what.pattern, s->what.pattern_len);
	if (ok && s->what.kind == CW_PASS_PATTERN)
		ok = put(out, "patternHex", json_string(hex));
	if (ok && (s->what.kind == CW_PASS_DRAWN || s->what.kind == CW_PASS_DRAWN_COMPLEMENT))
		ok = put_u64(out, "slot", s->what.slot);
	return ok ? json_incref(out) : NULL;
}

static json_t *steps_json(const struct cw_plan *p)
{
	json_t *out CW_AUTO_JSON = json_array();

	for (uint32_t i = 0; i < p->n_steps; i++) {
		if (json_array_append_new(out, step_json(&p->steps[i])) < 0)
			return NULL;
	}
	return json_incref(out);
}

static json_t *rejected_json(const struct cw_plan *p)
{
	json_t *out CW_AUTO_JSON = json_array();

	for (uint32_t i = 0; i < p->n_rejected; i++) {
		if (json_array_append_new(out, json_pack("{s:s, s:s}", "what", p->rejected[i].what, "why", p->rejected[i].why)) < 0)
			return NULL;
	}
	return json_incref(out);
}

static json_t *others_json(const struct cw_plan *p)
{
	json_t *out CW_AUTO_JSON = json_array();

	for (uint32_t i = 0; i < p->n_others; i++) {
		const struct cw_nvme_namespace *other = &p->others[i];
		json_t *o = json_object();

		if (json_array_append_new(out, o) || !put_u64(o, "namespace", other->nsid) || !put_u64(o, "sizeBytes", other->size_bytes) ||
		    (other->node[0] && !put(o, "node", json_string(other->node))))
			return NULL;
	}
	return json_incref(out);
}

static json_t *conditions_json(uint32_t conditions)
{
	json_t *out CW_AUTO_JSON = json_array();

	for (unsigned n = 1; n <= CW_CONDITIONS_MAX; n++) {
		if ((conditions & CW_C(n)) && json_array_append_new(out, json_integer((json_int_t)n)) < 0)
			return NULL;
	}
	return json_incref(out);
}

static json_t *caveats_json(const char *caveats)
{
	json_t *out CW_AUTO_JSON = json_array();

	for (const char *at = caveats; *at; at += strspn(at, "+")) {
		size_t len = strcspn(at, "+");

		if (json_array_append_new(out, json_stringn(at, len)) < 0)
			return NULL;
		at += len;
	}
	return json_incref(out);
}

json_t *cw_plan_json(const struct cw_plan *p)
{
	json_t *out CW_AUTO_JSON = json_object();
	bool ok = put(out, "schema", json_string(PLAN_SCHEMA)) && put(out, "policy", json_string(p->policy)) &&
		  put(out, "policySha256", json_string(p->policy_sha256)) && put(out, "standard", json_string(p->standard)) &&
		  put(out, "column", json_string(columns[p->column])) && put(out, "acceptUnconfirmed", json_boolean(p->accept_unconfirmed)) &&
		  put(out, "scheme", json_string(p->scheme)) && put(out, "technique", json_string(p->technique)) &&
		  put(out, "code", json_string(p->code)) && put(out, "class", json_string(cw_class_name(p->class_))) &&
		  put(out, "level", json_string(cw_level_name(p->level))) && put(out, "conditions", conditions_json(p->conditions)) &&
		  put(out, "caveats", caveats_json(p->caveats)) && put(out, "identitySha256", json_string(p->identity_sha256)) &&
		  put_u64(out, "sizeBytes", p->size_bytes) && put_u64(out, "logicalBytes", p->logical_bytes) &&
		  put_u64(out, "expectedSeconds", p->expected_seconds) && put_u64(out, "passes", p->n_passes) && put(out, "steps", steps_json(p)) &&
		  put(out, "rejected", rejected_json(p)) && put(out, "wipeClosesCase", json_boolean(p->wipe_closes_case));

	if (ok && p->first[0])
		ok = put(out, "first", json_string(p->first));
	if (ok && p->replug)
		ok = put(out, "replug", json_true());
	if (ok && p->attachment_sha256[0])
		ok = put(out, "attachmentSha256", json_string(p->attachment_sha256));
	if (ok && p->unconfirmed)
		ok = put(out, "unconfirmed", json_true());
	if (ok && p->n_others)
		ok = put(out, "alsoErased", others_json(p));
	if (ok && p->shown_bytes)
		ok = put_u64(out, "shownBytes", p->shown_bytes);
	if (ok && cw_plan_resizes(p))
		ok = put_u64(out, "recordedBytes", p->recorded_bytes);
	if (ok && p->keys.n_spans)
		ok = put(out, "keys", cw_keys_json(&p->keys));
	return ok ? json_incref(out) : NULL;
}

int cw_plan_digest(const struct cw_plan *p, char out[CW_SHA256_HEX], struct cw_error *err)
{
	json_t *j CW_AUTO_JSON = cw_plan_json(p);

	if (!j)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while the plan was written out."));
	return cw_json_digest(j, out, err);
}

/* ---- reading ---- */

/* One object being read.  After the first failure nothing more is read; at the end every key must have been asked for. */
struct reader {
	const json_t *object;
	size_t keys; /* asked for so far */
	int rc;
	struct cw_error *err;
};

static void bad(struct reader *r, const char *key, const char *expected)
{
	if (r->rc == CW_OK)
		r->rc = cw_fail(r->err, CW_E_INVALID, 0, key, _("Make the plan again with `certwipe plan`."), _("The plan's \"%s\" is not %s."), key, expected);
}

/* NULL once something failed. */
static const json_t *ask(struct reader *r, const char *key)
{
	const json_t *value = r->rc == CW_OK ? json_object_get(r->object, key) : NULL;

	r->keys++;
	if (!value)
		bad(r, key, _("there"));
	return value;
}

static void finish(struct reader *r, const char *what)
{
	if (r->rc == CW_OK && json_object_size(r->object) != r->keys)
		bad(r, what, _("free of unknown keys"));
}

/* Borrowed text of at most size-1 bytes, "" once something failed. */
static const char *ask_text(struct reader *r, const char *key, size_t size)
{
	const json_t *value = ask(r, key);
	const char *text = json_string_value(value);

	if (value && (!text || json_string_length(value) != strlen(text) || strlen(text) >= size || !*text || !cw_text_is_printable(text))) {
		bad(r, key, _("a printable text of the right length"));
		return "";
	}
	return text ? text : "";
}

static void read_text(struct reader *r, const char *key, char *dst, size_t size)
{
	cw_strlcpy(dst, ask_text(r, key, size), size);
}

static void read_sha256(struct reader *r, const char *key, char dst[CW_SHA256_HEX])
{
	uint8_t raw[CW_SHA256_BYTES];

	read_text(r, key, dst, CW_SHA256_HEX);
	if (r->rc == CW_OK && !cw_unhex(raw, sizeof(raw), dst))
		bad(r, key, _("a SHA-256 of 64 lower-case digits"));
}

static uint64_t read_u64(struct reader *r, const char *key, uint64_t min, uint64_t max)
{
	const json_t *value = ask(r, key);
	json_int_t n = json_integer_value(value);

	if (value && (!json_is_integer(value) || n < 0 || (uint64_t)n < min || (uint64_t)n > max)) {
		bad(r, key, _("a number within its bounds"));
		return min;
	}
	return value ? (uint64_t)n : min;
}

static uint32_t read_u32(struct reader *r, const char *key, uint32_t min, uint32_t max)
{
	return (uint32_t)read_u64(r, key, min, max);
}

static uint32_t read_bool(struct reader *r, const char *key)
{
	const json_t *value = ask(r, key);

	if (value && !json_is_boolean(value))
		bad(r, key, _("true or false"));
	return json_is_true(value);
}

/* Index of the word in words, which may have a gap at 0. */
static uint32_t read_word(struct reader *r, const char *key, const char *const *words, uint32_t n)
{
	const char *text = ask_text(r, key, CW_NODE_MAX);

	for (uint32_t i = 0; i < n; i++) {
		if (words[i] && strcmp(words[i], text) == 0)
			return i;
	}
	bad(r, key, _("one of the words that are known"));
	return 0;
}

/* Borrowed array of at most max items, NULL once something failed. */
static const json_t *ask_array(struct reader *r, const char *key, size_t max)
{
	const json_t *value = ask(r, key);

	if (value && (!json_is_array(value) || json_array_size(value) > max)) {
		bad(r, key, _("a list within its bounds"));
		return NULL;
	}
	return value;
}

static uint32_t read_conditions(struct reader *r, const char *key)
{
	const json_t *list = ask_array(r, key, CW_CONDITIONS_MAX);
	json_int_t before = 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		json_int_t n = json_integer_value(item);

		if (!json_is_integer(item) || n <= before || n > CW_CONDITIONS_MAX) {
			bad(r, key, _("a list of rising condition numbers"));
			return 0;
		}
		bits |= CW_C((uint32_t)n);
		before = n;
	}
	return bits;
}

static void read_caveats(struct reader *r, const char *key, char *dst, size_t size)
{
	const json_t *list = ask_array(r, key, CW_TEXT_MAX);
	struct cw_buf joined CW_AUTO_BUF = { .max_bytes = size };

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (!id || !cw_caveat_text(id, "en")) {
			bad(r, key, _("a list of known caveats"));
			return;
		}
		cw_buf_printf(&joined, "%s%s", i ? "+" : "", id);
	}
	if (joined.failed || !cw_strlcpy(dst, joined.data ? joined.data : "", size))
		bad(r, key, _("a list within its bounds"));
}

/* ---- reading: steps and the whole ---- */

static void read_pattern(struct reader *r, struct cw_pass *pass)
{
	const char *hex = ask_text(r, "patternHex", 2 * CW_PATTERN_MAX + 1);

	pass->pattern_len = (uint32_t)(strlen(hex) / 2);
	if (r->rc == CW_OK && (pass->pattern_len == 0 || !cw_unhex(pass->pattern, pass->pattern_len, hex)))
		bad(r, "patternHex", _("1 to 4 bytes in lower-case digits"));
}

static uint32_t read_kind(struct reader *r)
{
	const char *words[CW_STEP_KINDS] = { NULL };

	for (uint32_t kind = CW_STEP_WRITE; kind < CW_STEP_KINDS; kind++)
		words[kind] = cw_step_name(kind);
	return read_word(r, "do", words, CW_ARRAY_LEN(words));
}

static int read_step(const json_t *j, struct cw_plan_step *s, struct cw_error *err)
{
	struct reader r = { .object = j, .err = err };

	s->kind = read_kind(&r);
	if (s->kind <= CW_STEP_SAMPLE) {
		s->pass = read_u32(&r, "pass", 1, CW_STEPS_MAX);
		s->what.kind = read_word(&r, "stream", pass_words, CW_ARRAY_LEN(pass_words));
	}
	read_text(&r, "reason", s->reason, sizeof(s->reason));
	if (s->what.kind == CW_PASS_PATTERN)
		read_pattern(&r, &s->what);
	if (s->what.kind == CW_PASS_DRAWN || s->what.kind == CW_PASS_DRAWN_COMPLEMENT)
		s->what.slot = read_u32(&r, "slot", 1, 9);
	finish(&r, "steps");
	return r.rc;
}

static void read_steps(struct reader *r, struct cw_plan *p)
{
	const json_t *list = ask_array(r, "steps", CW_STEPS_MAX);

	for (size_t i = 0; i < json_array_size(list) && r->rc == CW_OK; i++)
		r->rc = read_step(json_array_get(list, i), &p->steps[p->n_steps++], r->err);
}

static void read_rejected(struct reader *r, struct cw_plan *p)
{
	const json_t *list = ask_array(r, "rejected", CW_ARRAY_LEN(p->rejected));

	for (size_t i = 0; i < json_array_size(list) && r->rc == CW_OK; i++) {
		struct reader item = { .object = json_array_get(list, i), .err = r->err };

		read_text(&item, "what", p->rejected[i].what, sizeof(p->rejected[i].what));
		read_text(&item, "why", p->rejected[i].why, sizeof(p->rejected[i].why));
		finish(&item, "rejected");
		p->n_rejected++;
		r->rc = item.rc;
	}
}

static void read_others(struct reader *r, struct cw_plan *p)
{
	const json_t *list = ask_array(r, "alsoErased", CW_OTHERS_MAX);

	if (list && !json_array_size(list))
		bad(r, "alsoErased", _("a list within its bounds"));
	for (size_t i = 0; i < json_array_size(list) && r->rc == CW_OK; i++) {
		struct reader item = { .object = json_array_get(list, i), .err = r->err };
		struct cw_nvme_namespace *other = &p->others[p->n_others++];

		other->nsid = read_u32(&item, "namespace", 1, UINT32_MAX - 1);
		other->size_bytes = read_u64(&item, "sizeBytes", 0, INTEGER_MAX);
		if (json_object_get(item.object, "node"))
			read_text(&item, "node", other->node, sizeof(other->node));
		finish(&item, "alsoErased");
		r->rc = item.rc;
	}
}

/* ---- reading: keys ---- */

static int read_volume(const json_t *j, const struct cw_plan *p, struct cw_volume *v, struct cw_error *err)
{
	const char *slugs[CW_VOLUME_COUNT] = { NULL };
	struct reader r = { .object = j, .err = err };

	for (uint32_t kind = CW_VOLUME_NONE + 1; kind < CW_VOLUME_COUNT; kind++)
		slugs[kind] = cw_volume_slug(kind);
	v->kind = read_word(&r, "kind", slugs, CW_ARRAY_LEN(slugs));
	v->number = read_u32(&r, "number", 0, UINT32_MAX);
	v->offset_bytes = read_u64(&r, "offsetBytes", 0, p->size_bytes);
	v->size_bytes = read_u64(&r, "sizeBytes", 1, p->size_bytes - v->offset_bytes);
	finish(&r, "keys");
	return r.rc;
}

static int read_span(const json_t *j, const struct cw_plan *p, struct cw_span *s, struct cw_error *err)
{
	struct reader r = { .object = j, .err = err };

	s->offset_bytes = read_u64(&r, "offsetBytes", 0, p->size_bytes);
	s->len_bytes = read_u64(&r, "lengthBytes", 1, p->size_bytes);
	finish(&r, "keys");
	return r.rc;
}

/* Volumes and spans there must be, if there is anything of the kind; and what is to be written must lie on the medium. */
static void read_keys(struct reader *r, struct cw_plan *p)
{
	struct reader k = { .object = ask(r, "keys"), .err = r->err, .rc = r->rc };
	const json_t *volumes = ask_array(&k, "volumes", CW_VOLUMES_MAX), *spans = ask_array(&k, "spans", CW_SPANS_MAX);

	for (size_t i = 0; i < json_array_size(volumes) && k.rc == CW_OK; i++)
		k.rc = read_volume(json_array_get(volumes, i), p, &p->keys.volumes[p->keys.n_volumes++], k.err);
	for (size_t i = 0; i < json_array_size(spans) && k.rc == CW_OK; i++)
		k.rc = read_span(json_array_get(spans, i), p, &p->keys.spans[p->keys.n_spans++], k.err);
	finish(&k, "keys");
	r->rc = k.rc;
	if (!p->keys.n_volumes || !p->keys.n_spans || !cw_spans_are_sound(p->keys.spans, p->keys.n_spans, p->size_bytes, p->logical_bytes))
		bad(r, "keys", _("a list of volumes and of ranges on the medium"));
}

static bool is_sector(const struct cw_plan *p)
{
	return cw_class_is_optical(p->class_) ? p->logical_bytes == 2048 : p->logical_bytes == 512 || p->logical_bytes == 4096;
}

static void read_frame(struct reader *r, struct cw_plan *p)
{
	const char *class_name, *level_name;
	int level;

	if (strcmp(ask_text(r, "schema", CW_NODE_MAX), PLAN_SCHEMA) != 0)
		bad(r, "schema", PLAN_SCHEMA);
	read_text(r, "policy", p->policy, sizeof(p->policy));
	read_sha256(r, "policySha256", p->policy_sha256);
	read_text(r, "standard", p->standard, sizeof(p->standard));
	p->column = read_word(r, "column", columns, CW_ARRAY_LEN(columns));
	p->accept_unconfirmed = read_bool(r, "acceptUnconfirmed");
	read_text(r, "scheme", p->scheme, sizeof(p->scheme));
	read_text(r, "technique", p->technique, sizeof(p->technique));
	read_text(r, "code", p->code, sizeof(p->code));
	if (json_object_get(r->object, "first"))
		read_text(r, "first", p->first, sizeof(p->first));
	class_name = ask_text(r, "class", CW_NODE_MAX);
	p->class_ = cw_class_of_name(class_name);
	if (strcmp(cw_class_name(p->class_), class_name) != 0)
		bad(r, "class", _("a class of media that is known"));
	level_name = ask_text(r, "level", CW_NODE_MAX);
	level = cw_level_of_name(level_name);
	if (level < 0)
		bad(r, "level", _("a level that is known"));
	else
		p->level = (uint32_t)level;
	p->conditions = read_conditions(r, "conditions");
	read_caveats(r, "caveats", p->caveats, sizeof(p->caveats));
	read_sha256(r, "identitySha256", p->identity_sha256);
	p->size_bytes = read_u64(r, "sizeBytes", 1, INTEGER_MAX);
	p->logical_bytes = read_u32(r, "logicalBytes", 512, 4096);
	if (!is_sector(p) || p->size_bytes % p->logical_bytes != 0)
		bad(r, "logicalBytes", _("512 or 4096, of a disc 2048, or the size is no multiple of it"));
	p->expected_seconds = read_u64(r, "expectedSeconds", 0, INTEGER_MAX);
	p->n_passes = read_u32(r, "passes", 0, CW_STEPS_MAX);
	p->wipe_closes_case = read_bool(r, "wipeClosesCase");
	p->replug = json_object_get(r->object, "replug") ? read_bool(r, "replug") : 0;
	p->unconfirmed = json_object_get(r->object, "unconfirmed") ? read_bool(r, "unconfirmed") : 0;
	if (json_object_get(r->object, "attachmentSha256"))
		read_sha256(r, "attachmentSha256", p->attachment_sha256);
	if (json_object_get(r->object, "alsoErased"))
		read_others(r, p);
	p->shown_bytes = json_object_get(r->object, "shownBytes") ? read_u64(r, "shownBytes", 1, p->size_bytes - 1) : 0;
	if (p->shown_bytes % p->logical_bytes != 0)
		bad(r, "shownBytes", _("a multiple of the sectors"));
	p->recorded_bytes = cw_plan_resizes(p) ? read_u64(r, "recordedBytes", 0, p->size_bytes) : 0;
	if (p->recorded_bytes % p->logical_bytes != 0)
		bad(r, "recordedBytes", _("a multiple of the sectors"));
	if (json_object_get(r->object, "keys"))
		read_keys(r, p);
}

static bool same_step(const struct cw_plan_step *a, const struct cw_plan_step *b)
{
	return a->kind == b->kind && a->pass == b->pass && a->what.kind == b->what.kind && a->what.slot == b->what.slot &&
	       a->what.pattern_len == b->what.pattern_len && memcmp(a->what.pattern, b->what.pattern, sizeof(a->what.pattern)) == 0;
}

static void expect_steps(struct reader *r, const struct cw_plan *p, struct cw_plan *expected)
{
	const struct cw_technique *t = cw_technique_get(p->technique);
	const struct cw_scheme *scheme = cw_scheme_get(p->scheme);
	uint32_t last = p->steps[p->n_steps - 1].kind;
	bool sample = last == CW_STEP_SAMPLE || last == CW_STEP_LOOK_SAMPLE;

	expected->keys = p->keys;
	expected->replug = p->replug;
	if (t->native && t->native->leaves_nothing)
		plan_set_blank_steps(t->records || p->n_passes > 0, expected);
	else if (t->native && t->native->leaves_data)
		plan_set_format_steps(expected);
	else if (t->native)
		plan_set_native_steps(p->first[0] != '\0', p->n_passes > 0, sample, expected);
	else if (t->only_keys)
		plan_set_keys_steps(expected);
	else if (scheme)
		r->rc = plan_set_steps(scheme, p->class_, sample, expected, r->err);
	if (p->shown_bytes)
		plan_put_open(expected);
	if (r->rc == CW_OK && strcmp(p->scheme, expected->scheme) != 0)
		bad(r, "scheme", _("a scheme that is known"));
	if (r->rc == CW_OK && p->keys.n_spans != expected->keys.n_spans)
		bad(r, "keys", _("something that the technique has steps for"));
}

/* The steps must be those of the scheme and the technique that the plan names: no document may cite one that was not carried out. */
static void check_steps(struct reader *r, const struct cw_plan *p)
{
	struct cw_plan expected = { 0 };

	if (r->rc < 0)
		return;
	if (p->n_steps == 0) {
		bad(r, "steps", _("a list of the scheme's passes"));
		return;
	}
	expect_steps(r, p, &expected);
	if (r->rc == CW_OK && (p->n_steps != expected.n_steps || p->n_passes != expected.n_passes))
		bad(r, "steps", _("a list of the scheme's passes"));
	for (uint32_t i = 0; i < p->n_steps && r->rc == CW_OK; i++) {
		if (!same_step(&p->steps[i], &expected.steps[i]))
			bad(r, "steps", _("a list of the scheme's passes"));
	}
}

/* Only a key is changed first, and only before something else. */
static bool is_sound_first(const struct cw_plan *p, const struct cw_technique *t)
{
	const struct cw_technique *first = cw_technique_get(p->first);

	return !p->first[0] || (first && first != t && first->native && first->native->destroys_key && t->native);
}

static bool is_code_of(const struct cw_technique *t, const char *code)
{
	return !strcmp(code, t->matrix_single) || (t->matrix_multi && !strcmp(code, t->matrix_multi)) || (t->matrix_besides && !strcmp(code, t->matrix_besides));
}

static void check_technique(struct reader *r, const struct cw_plan *p)
{
	const struct cw_technique *t = r->rc == CW_OK ? cw_technique_get(p->technique) : NULL;

	if (!t)
		bad(r, "technique", _("a technique that is known"));
	else if (!is_sound_first(p, t))
		bad(r, "first", _("one that changes a key"));
	else if (!is_code_of(t, p->code))
		bad(r, "code", _("one of the technique's"));
}

int cw_plan_of_json(const json_t *j, struct cw_plan *out, struct cw_error *err)
{
	struct reader r = { .object = j, .err = err };

	memset(out, 0, sizeof(*out));
	read_frame(&r, out);
	read_steps(&r, out);
	read_rejected(&r, out);
	finish(&r, "plan");
	check_technique(&r, out);
	check_steps(&r, out);
	return r.rc;
}
