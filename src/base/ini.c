/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INI by inih, made strict.  inih quietly cuts long lines and names, joins indented lines, takes ':' for '=', drops what follows " ;"
 * and goes on after errors; in a policy or a case each of these could change what a person meant.  So every line is checked before
 * inih sees it, and what is left is a subset that it reads in one way only.
 */
#include "certwipe/base.h"

#include <ini.h>
#include <string.h>

#include "text.h"

#define MAX_TEXT_BYTES 65536u
#define MAX_LINE_BYTES 1024u
#define MAX_NAME_BYTES 49u /* inih's buffers for sections and keys hold 50 */

struct reading {
	const char *name;
	const char *at, *end;
	unsigned line;
	json_t *seen; /* object used as a set: "section]key" */
	cw_ini_handler handler;
	void *user;
	int rc;
	struct cw_error *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_name(const char *s, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (len == 0 || len > MAX_NAME_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0' || !strchr(allowed, s[i]))
			return false;
	}
	return true;
}

/* What is wrong with the line, as a sentence, or NULL.  line is terminated, without its line end. */
static const char *fault_of(char *line, size_t len)
{
	const char *equals;
	size_t key;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\t')
			line[i] = ' ';
	}
	if (!cw_text_is_printable_n(line, len))
		return _("it holds bytes that are not printable UTF-8");
	while (len && is_blank(line[len - 1]))
		len--;
	while (len && is_blank(*line))
		line++, len--;
	if (len == 0 || *line == '#' || *line == ';')
		return NULL;
	if (*line == '[')
		return line[len - 1] == ']' && is_name(line + 1, len - 2) ? NULL : _("a section is written [name]");
	equals = memchr(line, '=', len);
	key = equals ? (size_t)(equals - line) : 0;
	while (key && is_blank(line[key - 1]))
		key--;
	return is_name(line, key) ? NULL : _("expected \"key = value\", [section] or a comment");
}

static void fail_line(struct reading *r, const char *why)
{
	r->rc = cw_fail(r->err, CW_E_SYNTAX, 0, r->name, _("Correct this line."), _("%s, line %u: %s."), r->name, r->line, why);
}

/* inih's fgets: hands out the next line once it is found good; NULL ends the reading. */
static char *next_line(char *str, int size, void *stream)
{
	struct reading *r = stream;
	size_t left = (size_t)(r->end - r->at);
	const char *newline = memchr(r->at, '\n', left);
	size_t len = newline ? (size_t)(newline - r->at) : left;
	const char *why;

	if (r->rc < 0 || left == 0)
		return NULL;
	r->line++;
	if (len > MAX_LINE_BYTES || len >= (size_t)size) {
		fail_line(r, _("it is too long"));
		return NULL;
	}
	memcpy(str, r->at, len);
	r->at += newline ? len + 1 : len;
	if (len && str[len - 1] == '\r')
		len--;
	str[len] = '\0';
	why = fault_of(str, len);
	if (why)
		fail_line(r, why);
	return why ? NULL : str;
}

/* False when the key was there before in this section. */
static bool note_key(struct reading *r, const char *section, const char *key)
{
	char both[2 * MAX_NAME_BYTES + 2];

	snprintf(both, sizeof both, "%s]%s", section, key);
	if (json_object_get(r->seen, both))
		return false;
	if (json_object_set_new(r->seen, both, json_true()) != 0)
		r->rc = cw_fail(r->err, CW_E_NO_MEMORY, 0, r->name, NULL, _("Out of memory while reading %s."), r->name);
	return true;
}

static int on_key(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;

	if (r->rc == 0 && !note_key(r, section, key))
		fail_line(r, _("this key was given before"));
	if (r->rc == 0)
		r->rc = r->handler(r->user, section, key, value, r->line, r->err);
	return r->rc == 0;
}

int cw_ini_parse(const char *name, const char *text, size_t len, cw_ini_handler handler, void *user, struct cw_error *err)
{
	CW_AUTO_JSON json_t *seen = json_object();
	struct reading r = { .name = name, .at = text, .end = text + len, .seen = seen, .handler = handler, .user = user, .err = err };

	if (!seen)
		return cw_fail(err, CW_E_NO_MEMORY, 0, name, NULL, _("Out of memory while reading %s."), name);
	if (len > MAX_TEXT_BYTES)
		return cw_fail(err, CW_E_SYNTAX, 0, name, NULL, _("%s has %zu bytes; at most %u are allowed."), name, len, MAX_TEXT_BYTES);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.at += 3;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_allow_no_value = false;
	ini_use_stack = true;
	ini_max_line = MAX_LINE_BYTES + 3;
	if (ini_parse_stream(next_line, &r, on_key, &r) != 0 && r.rc == 0)
		fail_line(&r, _("expected \"key = value\", [section] or a comment"));
	return r.rc;
}
