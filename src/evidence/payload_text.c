/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in documents.  Which characters may stand in one is fixed here and in the schema, not by the locale tables of some machine: the same journal must
 * give the same bytes on the station and, years later, at the auditor's.
 */
#include "payload_parts.h"

#include <string.h>

#define UNKNOWN "unknown" /* a blank could be one that nobody looked for (standards.md section 9) */

/* Controls, and what no font shows but changes how the text around it reads. */
static bool is_banned(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x34f, 0x34f },   { 0x61c, 0x61c },   { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },   { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};
	for (size_t i = 0; i < CW_ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Bytes of the character at s, which jansson found to be UTF-8; what is none counts as one banned byte. */
static size_t next_character(const char *s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
	*c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			n = 0;
		else
			*c = *c << 6 | (p[i] & 0x3f);
	}
	*c = n ? *c : 0;
	return n ? n : 1;
}

bool cw_payload_text_ok(const char *s, size_t max_characters)
{
	size_t characters = 0;
	uint32_t c;
	while (*s && characters <= max_characters) {
		s += next_character(s, &c);
		if (is_banned(c))
			return false;
		characters++;
	}
	return characters && characters <= max_characters;
}

/* Banned characters become \xNN, byte by byte; cut at the border of a character. */
static void clean(const char *s, char *dst, size_t size)
{
	size_t used = 0;
	uint32_t c;
	for (size_t n; *s; s += n) {
		char piece[4 * 4 + 1];
		n = next_character(s, &c);
		memcpy(piece, s, n);
		piece[n] = '\0';
		for (size_t i = 0; is_banned(c) && i < n; i++)
			snprintf(piece + 4 * i, 5, "\\x%02x", (unsigned char)s[i]);
		size_t len = strlen(piece);
		if (used + len >= size)
			break;
		memcpy(dst + used, piece, len);
		used += len;
	}
	dst[used] = '\0';
}

void cw_put(struct cw_payload_maker *m, json_t *object, const char *key, json_t *value_take)
{
	if (json_object_set_new(object, key, value_take))
		m->failed = true;
}

void cw_put_u64(struct cw_payload_maker *m, json_t *object, const char *key, uint64_t v)
{
	cw_put(m, object, key, json_integer((json_int_t)(v & INT64_MAX)));
}

void cw_put_bool(struct cw_payload_maker *m, json_t *object, const char *key, bool v)
{
	cw_put(m, object, key, json_boolean(v));
}

void cw_put_text(struct cw_payload_maker *m, json_t *object, const char *key, const char *s)
{
	char text[CW_TEXT_MAX];
	clean(s ? s : "", text, sizeof(text));
	if (*text)
		cw_put(m, object, key, json_string(text));
}

void cw_put_known(struct cw_payload_maker *m, json_t *object, const char *key, const char *s)
{
	cw_put_text(m, object, key, s && *s ? s : UNKNOWN);
}

void cw_put_serial(struct cw_payload_maker *m, json_t *object, const char *key, const char *s)
{
	char text[4 * CW_SERIAL_MAX];
	clean(*s ? s : UNKNOWN, text, sizeof(text));
	cw_put(m, object, key, json_string(text));
}

void cw_put_add(struct cw_payload_maker *m, json_t *array, json_t *value_take)
{
	if (json_array_append_new(array, value_take))
		m->failed = true;
}
