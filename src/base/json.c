/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by jansson, with limits before it parses and our own emitter of the canonical form: RFC 8785 within the subset that the
 * header names.  What can be signed here can be read back here: the same limits hold in both directions.
 */
#include "certwipe/base.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define MAX_INTEGER ((json_int_t)1 << 53) /* RFC 7493: the first integer that a double cannot tell from its neighbour */

/* ---- canonical form ---- */

static int emit(const json_t *j, unsigned depth, struct cw_buf *out, struct cw_error *err);

/* How many bytes from here on are characters of ASCII that stand for themselves. */
static size_t plain_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static int emit_string(const char *s, size_t len, struct cw_buf *out, struct cw_error *err)
{
	cw_buf_add(out, "\"", 1);
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t cp;

		n = plain_run(s + i, len - i);
		if (n) {
			cw_buf_add(out, s + i, n);
			continue;
		}
		n = cw_utf8_decode(s + i, len - i, &cp);
		if (n == 0)
			return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("A text in the document is not valid UTF-8."));
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			return cw_fail(err, CW_E_INVALID, 0, NULL, NULL,
				_("A text in the document holds the control character U+%04X; none is allowed."), (unsigned)cp);
		if (cp == '"' || cp == '\\')
			cw_buf_add(out, "\\", 1);
		cw_buf_add(out, s + i, n);
	}
	cw_buf_add(out, "\"", 1);
	return 0;
}

struct member {
	const char *key;
	size_t key_len;
	const json_t *value;
};

/*
 * In UTF-16 a character beyond the BMP starts with a surrogate (D800..DBFF) and so sorts before U+E000..FFFF.  In UTF-8 that is the
 * lead bytes F0..F4 before EE and EF; all other bytes sort alike in both.
 */
static int utf16_rank(char c)
{
	uint8_t byte = (uint8_t)c;

	return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
}

static int compare_members(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	for (size_t i = 0; i < a->key_len && i < b->key_len; i++) {
		if (a->key[i] != b->key[i])
			return utf16_rank(a->key[i]) - utf16_rank(b->key[i]);
	}
	return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static struct member *sorted_members(const json_t *object, size_t n)
{
	struct member *members = calloc(n + 1, sizeof *members);
	json_t *borrowed = (json_t *)(uintptr_t)object; /* jansson's iterators take no const, and change nothing */
	size_t i = 0;

	if (!members)
		return NULL;
	for (void *at = json_object_iter(borrowed); at && i < n; at = json_object_iter_next(borrowed, at), i++) {
		members[i].key = json_object_iter_key(at);
		members[i].key_len = json_object_iter_key_len(at);
		members[i].value = json_object_iter_value(at);
	}
	qsort(members, n, sizeof *members, compare_members);
	return members;
}

static int emit_object(const json_t *object, unsigned depth, struct cw_buf *out, struct cw_error *err)
{
	size_t n = json_object_size(object);
	CW_AUTO_FREE struct member *members = sorted_members(object, n);
	int rc = 0;

	if (!members)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while writing a document."));
	cw_buf_add(out, "{", 1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (i)
			cw_buf_add(out, ",", 1);
		rc = emit_string(members[i].key, members[i].key_len, out, err);
		cw_buf_add(out, ":", 1);
		if (rc == 0)
			rc = emit(members[i].value, depth, out, err);
	}
	cw_buf_add(out, "}", 1);
	return rc;
}

static int emit_array(const json_t *array, unsigned depth, struct cw_buf *out, struct cw_error *err)
{
	int rc = 0;

	cw_buf_add(out, "[", 1);
	for (size_t i = 0; i < json_array_size(array) && rc == 0; i++) {
		if (i)
			cw_buf_add(out, ",", 1);
		rc = emit(json_array_get(array, i), depth, out, err);
	}
	cw_buf_add(out, "]", 1);
	return rc;
}

static int emit_integer(json_int_t value, struct cw_buf *out, struct cw_error *err)
{
	if (value < 0 || value >= MAX_INTEGER)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL,
			_("The document holds the number %lld; only integers from 0 to 2^53-1 are allowed."), (long long)value);
	cw_buf_printf(out, "%lld", (long long)value);
	return 0;
}

static int emit(const json_t *j, unsigned depth, struct cw_buf *out, struct cw_error *err)
{
	if ((json_is_object(j) || json_is_array(j)) && ++depth > CW_JSON_MAX_DEPTH)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document is nested deeper than %d levels."), CW_JSON_MAX_DEPTH);
	switch (j ? json_typeof(j) : JSON_NULL) {
	case JSON_OBJECT:
		return emit_object(j, depth, out, err);
	case JSON_ARRAY:
		return emit_array(j, depth, out, err);
	case JSON_STRING:
		return emit_string(json_string_value(j), json_string_length(j), out, err);
	case JSON_INTEGER:
		return emit_integer(json_integer_value(j), out, err);
	case JSON_TRUE:
		cw_buf_str(out, "true");
		return 0;
	case JSON_FALSE:
		cw_buf_str(out, "false");
		return 0;
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document holds a null or a number with a fraction; neither is allowed."));
}

int cw_json_canonical(const json_t *j, struct cw_buf *out, struct cw_error *err)
{
	size_t start = out->len;
	int rc = emit(j, 0, out, err);

	if (rc < 0)
		return rc;
	if (out->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while writing a document."));
	if (out->len - start > CW_JSON_MAX_BYTES)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document has %zu bytes; at most %u are allowed."),
			out->len - start, CW_JSON_MAX_BYTES);
	return 0;
}

int cw_json_digest(const json_t *j, char out[CW_SHA256_HEX], struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = cw_json_canonical(j, &text, err);

	if (rc == 0)
		cw_sha256_hex(text.data, text.len, out);
	return rc;
}

/* ---- parsing ---- */

/* Deepest nesting that a parser would meet; brackets inside strings do not count. */
static unsigned depth_of(const char *text, size_t len)
{
	unsigned depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']') && depth)
			depth--;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

int cw_json_parse(const char *text, size_t len, json_t **out, struct cw_error *err)
{
	json_error_t why;

	*out = NULL;
	if (len > CW_JSON_MAX_BYTES)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document has %zu bytes; at most %u are allowed."), len,
			CW_JSON_MAX_BYTES);
	if (depth_of(text, len) > CW_JSON_MAX_DEPTH)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document is nested deeper than %d levels."), CW_JSON_MAX_DEPTH);
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	/* jansson finds words for everything but the want of memory. */
	if (!*out && (!*why.text || json_error_code(&why) == json_error_out_of_memory))
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while reading a document."));
	if (!*out)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("This is no valid JSON document (line %d, column %d: %s)."), why.line,
			why.column, why.text);
	return 0;
}

int cw_json_parse_canonical(const char *text, size_t len, json_t **out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf canonical = { 0 };
	CW_AUTO_JSON json_t *parsed = NULL;
	size_t same = 0;
	int rc;

	*out = NULL;
	rc = cw_json_parse(text, len, &parsed, err);
	if (rc == 0)
		rc = cw_json_canonical(parsed, &canonical, err);
	if (rc < 0)
		return rc;
	while (same < len && same < canonical.len && text[same] == canonical.data[same])
		same++;
	if (same != len || same != canonical.len)
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document is not in canonical form (RFC 8785) from byte %zu on."), same);
	*out = parsed;
	parsed = NULL;
	return 0;
}

/* ---- readers ---- */

const char *cw_json_str(const json_t *object, const char *key, const char *fallback)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : fallback;
}

uint64_t cw_json_u64(const json_t *object, const char *key, uint64_t fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) && json_integer_value(value) >= 0 ? (uint64_t)json_integer_value(value) : fallback;
}

bool cw_json_bool(const json_t *object, const char *key, bool fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}
