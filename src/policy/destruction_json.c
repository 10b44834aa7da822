/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a destruction as the journal carries it, and back. */
#include "certwipe/policy.h"

#include <string.h>

static const struct key {
	const char *name;
	size_t offset;
} texts[] = {
#define X(field, key_, json) { json, offsetof(struct cw_destruction, field) },
	CW_DESTRUCTION_TEXTS(X)
#undef X
};
static const struct key numbers[] = {
#define X(field, key_, json) { json, offsetof(struct cw_destruction, field) },
	CW_DESTRUCTION_NUMBERS(X)
#undef X
};

json_t *cw_destruction_json(const struct cw_destruction *d)
{
	CW_AUTO_JSON json_t *out = json_pack("{s:s, s:s, s:s}", "method", cw_destruction_method_name(d->method), "started", d->started, "ended", d->ended);
	int bad = !out;

	for (size_t i = 0; !bad && i < CW_ARRAY_LEN(texts); i++) {
		const char *text = (const char *)d + texts[i].offset;

		bad = *text && json_object_set_new(out, texts[i].name, json_string(text));
	}
	for (size_t i = 0; !bad && i < CW_ARRAY_LEN(numbers); i++) {
		uint32_t n = *(const uint32_t *)(const void *)((const char *)d + numbers[i].offset);

		bad = n && json_object_set_new(out, numbers[i].name, json_integer(n));
	}
	if (!bad && d->particle_um2)
		bad = json_object_set_new(out, "particleUm2", json_integer((json_int_t)d->particle_um2));
	return bad ? NULL : json_incref(out);
}

static int refuse(const char *key, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, key, NULL, _("The record of the destruction in the journal has no valid \"%s\"."), key);
}

static bool text_of(const json_t *j, const char *key, char *dst, size_t size, size_t *n_known)
{
	const char *text = json_string_value(json_object_get(j, key));

	*n_known += text != NULL;
	return text && *text && cw_text_is_printable(text) && cw_strlcpy(dst, text, size);
}

static bool number_of(const json_t *j, const char *key, uint64_t most, uint64_t *out, size_t *n_known)
{
	const json_t *value = json_object_get(j, key);

	if (!json_is_integer(value) || json_integer_value(value) < 1 || (uint64_t)json_integer_value(value) > most)
		return false;
	++*n_known;
	*out = (uint64_t)json_integer_value(value);
	return true;
}

static int read_optional(const json_t *j, struct cw_destruction *d, size_t *n_known, struct cw_error *err)
{
	uint64_t n = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		if (json_object_get(j, texts[i].name) && !text_of(j, texts[i].name, (char *)d + texts[i].offset, CW_TEXT_MAX, n_known))
			return refuse(texts[i].name, err);
	for (size_t i = 0; i < CW_ARRAY_LEN(numbers); i++) {
		if (!json_object_get(j, numbers[i].name))
			continue;
		if (!number_of(j, numbers[i].name, UINT32_MAX, &n, n_known))
			return refuse(numbers[i].name, err);
		*(uint32_t *)(void *)((char *)d + numbers[i].offset) = (uint32_t)n;
	}
	if (json_object_get(j, "particleUm2") && !number_of(j, "particleUm2", UINT64_C(1) << 52, &d->particle_um2, n_known))
		return refuse("particleUm2", err);
	return 0;
}

int cw_destruction_of_json(const json_t *j, struct cw_destruction *out, struct cw_error *err)
{
	char method[CW_NODE_MAX] = "";
	size_t n_known = 0;
	int64_t unused;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!text_of(j, "method", method, sizeof(method), &n_known) || !(out->method = cw_destruction_method_of_name(method)))
		return refuse("method", err);
	if (!text_of(j, "started", out->started, sizeof(out->started), &n_known) || !cw_time_parse(out->started, &unused))
		return refuse("started", err);
	if (!text_of(j, "ended", out->ended, sizeof(out->ended), &n_known) || !cw_time_parse(out->ended, &unused))
		return refuse("ended", err);
	rc = read_optional(j, out, &n_known, err);
	return rc || n_known == json_object_size(j) ? rc : refuse("*", err);
}
