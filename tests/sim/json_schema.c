/* SPDX-License-Identifier: Apache-2.0 */
#include "json_schema.h"

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool valid(const json_t *root, const json_t *schema, const json_t *v);

/* ---- strings ---- */

static uint32_t next_character(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? *p : *p & (0x7fu >> n);
	for (int i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	*s += n;
	return c;
}

static size_t characters(const char *s)
{
	size_t n = 0;
	for (; *s; n++)
		next_character(&s);
	return n;
}

/* "\u0000-\u001f\u00ad]*$": is c in it?  Nobody bans plain ASCII, of which most text is. */
static bool in_ranges(const char *ranges, uint32_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return false;
	while (*ranges == '\\') {
		uint32_t first = (uint32_t)strtoul(ranges + 2, NULL, 16), last = first;
		ranges += 6;
		if (*ranges == '-') {
			last = (uint32_t)strtoul(ranges + 3, NULL, 16);
			ranges += 7;
		}
		if (c >= first && c <= last)
			return true;
	}
	return false;
}

/* Compiled once each: a schema has a handful, and a test asks thousands of times. */
static const regex_t *compiled(const char *pattern)
{
	static struct {
		char pattern[160];
		regex_t re;
	} known[16];
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && strlen(pattern) < sizeof(known[0].pattern); i++) {
		if (strcmp(known[i].pattern, pattern) == 0)
			return &known[i].re;
		if (known[i].pattern[0])
			continue;
		memcpy(known[i].pattern, pattern, strlen(pattern) + 1);
		if (regcomp(&known[i].re, pattern, REG_EXTENDED | REG_NOSUB))
			abort();
		return &known[i].re;
	}
	abort();
}

/* POSIX knows no \u: the one form that uses it is done here. */
static bool matches(const char *pattern, const char *s)
{
	static const char none_of[] = "^[^\\u";
	if (strncmp(pattern, none_of, strlen(none_of)) == 0) {
		while (*s)
			if (in_ranges(pattern + 3, next_character(&s)))
				return false;
		return true;
	}
	return regexec(compiled(pattern), s, 0, NULL, 0) == 0;
}

/* ---- keywords: each says nothing of values of another type ---- */

static bool type_is(const char *type, const json_t *v)
{
	return strcmp(type, "object") == 0  ? json_is_object(v) :
	       strcmp(type, "array") == 0   ? json_is_array(v) :
	       strcmp(type, "string") == 0  ? json_is_string(v) :
	       strcmp(type, "integer") == 0 ? json_is_integer(v) :
	       strcmp(type, "boolean") == 0 ? json_is_boolean(v) :
					      (abort(), false);
}

static bool in_enum(const json_t *list, const json_t *v)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
		if (json_equal(item, v))
			return true;
	return false;
}

static bool has_all(const json_t *keys, const json_t *v)
{
	size_t i;
	json_t *key;
	json_array_foreach(keys, i, key)
		if (json_is_object(v) && !json_object_get(v, json_string_value(key)))
			return false;
	return true;
}

static bool properties_valid(const json_t *root, const json_t *properties, const json_t *v)
{
	const char *key;
	json_t *schema;
	json_object_foreach((json_t *)properties, key, schema) {
		const json_t *child = json_object_get(v, key);
		if (child && !valid(root, schema, child))
			return false;
	}
	return true;
}

static bool no_others(const json_t *properties, const json_t *v)
{
	const char *key;
	json_t *child;
	json_object_foreach((json_t *)v, key, child)
		if (!json_object_get(properties, key))
			return false;
	return true;
}

static bool items_valid(const json_t *root, const json_t *schema, const json_t *v)
{
	size_t i;
	json_t *item;
	json_array_foreach(v, i, item)
		if (!valid(root, schema, item))
			return false;
	return true;
}

static bool all_valid(const json_t *root, const json_t *schemas, const json_t *v)
{
	size_t i;
	json_t *schema;
	json_array_foreach(schemas, i, schema)
		if (!valid(root, schema, v))
			return false;
	return true;
}

static bool branch_valid(const json_t *root, const json_t *schema, const json_t *v)
{
	const json_t *branch = json_object_get(schema, valid(root, json_object_get(schema, "if"), v) ? "then" : "else");
	return !branch || valid(root, branch, v);
}

static const json_t *resolve(const json_t *root, const char *ref)
{
	static const char defs[] = "#/$defs/";
	const json_t *found = strncmp(ref, defs, strlen(defs)) == 0 ? json_object_get(json_object_get(root, "$defs"), ref + strlen(defs)) : NULL;
	if (!found)
		abort();
	return found;
}

static bool keyword(const json_t *root, const json_t *schema, const char *word, const json_t *arg, const json_t *v)
{
	json_int_t n = json_integer_value(arg);
#define IS(w) (strcmp(word, w) == 0)
	if (IS("type"))
		return type_is(json_string_value(arg), v);
	if (IS("const"))
		return json_equal(arg, v);
	if (IS("enum"))
		return in_enum(arg, v);
	if (IS("$ref"))
		return valid(root, resolve(root, json_string_value(arg)), v);
	if (IS("pattern"))
		return !json_is_string(v) || matches(json_string_value(arg), json_string_value(v));
	if (IS("minLength"))
		return !json_is_string(v) || characters(json_string_value(v)) >= (size_t)n;
	if (IS("maxLength"))
		return !json_is_string(v) || characters(json_string_value(v)) <= (size_t)n;
	if (IS("minimum"))
		return !json_is_integer(v) || json_integer_value(v) >= n;
	if (IS("maximum"))
		return !json_is_integer(v) || json_integer_value(v) <= n;
	if (IS("minItems"))
		return !json_is_array(v) || json_array_size(v) >= (size_t)n;
	if (IS("maxItems"))
		return !json_is_array(v) || json_array_size(v) <= (size_t)n;
	if (IS("required"))
		return has_all(arg, v);
	if (IS("properties"))
		return !json_is_object(v) || properties_valid(root, arg, v);
	if (IS("additionalProperties"))
		return !json_is_object(v) || json_is_true(arg) || no_others(json_object_get(schema, "properties"), v);
	if (IS("items"))
		return !json_is_array(v) || items_valid(root, arg, v);
	if (IS("allOf"))
		return all_valid(root, arg, v);
	if (IS("not"))
		return !valid(root, arg, v);
	if (IS("if"))
		return branch_valid(root, schema, v);
	if (IS("then") || IS("else") || IS("$defs") || IS("$schema") || IS("$id") || IS("$comment") || IS("title"))
		return true;
	fprintf(stderr, "# JSON Schema keyword %s is not known here\n", word);
	abort();
#undef IS
}

static bool valid(const json_t *root, const json_t *schema, const json_t *v)
{
	const char *word;
	json_t *arg;
	json_object_foreach((json_t *)schema, word, arg)
		if (!keyword(root, schema, word, arg, v))
			return false;
	return true;
}

bool json_schema_valid(const json_t *root, const json_t *value)
{
	return valid(root, root, value);
}
