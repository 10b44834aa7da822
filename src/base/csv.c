/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as in RFC 4180, UTF-8, one header row.  Strict: a list that authorises wipes must not be readable in two ways. */
#include "certwipe/base.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define MAX_TEXT_BYTES (4u << 20)
#define MAX_COLUMNS 64u

/* One row: its fields, NUL-separated in text, found by offset because text moves as it grows. */
struct row {
	struct cw_buf text;
	size_t offset[MAX_COLUMNS];
	size_t n;
};

struct csv {
	const char *name;
	const char *at, *end;
	unsigned line;     /* where at stands */
	unsigned row_line; /* where the row began */
	struct cw_error *err;
};

static int fail_row(const struct csv *c, const char *why)
{
	return cw_fail(c->err, CW_E_SYNTAX, 0, c->name, _("Save the list as \"CSV UTF-8\" with commas between the columns."),
		_("%s, line %u: %s."), c->name, c->row_line, why);
}

static bool ends_field(char c)
{
	return c == ',' || c == '\r' || c == '\n';
}

/* A quoted field; at stands behind its opening quote and ends behind the closing one. */
static int read_quoted(struct csv *c, struct cw_buf *out)
{
	for (; c->at < c->end; c->at++) {
		if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"')) {
			c->at++;
			return 0;
		}
		if (*c->at == '"')
			c->at++;
		if (*c->at == '\n')
			c->line++;
		/* A cell of several lines is told to the handler as one line. */
		cw_buf_add(out, *c->at == '\n' || *c->at == '\r' || *c->at == '\t' ? " " : c->at, 1);
	}
	return fail_row(c, _("a quotation mark is not closed"));
}

static int read_plain(struct csv *c, struct cw_buf *out)
{
	const char *start = c->at;

	while (c->at < c->end && !ends_field(*c->at) && *c->at != '"')
		c->at++;
	cw_buf_add(out, start, (size_t)(c->at - start));
	return c->at < c->end && *c->at == '"' ? fail_row(c, _("a quotation mark stands inside an unquoted field")) : 0;
}

/* One field with the checks that hold for each; at then stands on the comma, the line end or the end. */
static int read_field(struct csv *c, struct row *row)
{
	size_t start = row->text.len;
	int rc;

	if (row->n == MAX_COLUMNS)
		return fail_row(c, _("it has too many columns"));
	row->offset[row->n++] = start;
	if (c->at < c->end && *c->at == '"') {
		c->at++;
		rc = read_quoted(c, &row->text);
	} else {
		rc = read_plain(c, &row->text);
	}
	if (rc < 0)
		return rc;
	cw_buf_add(&row->text, "", 1);
	if (row->text.failed)
		return cw_fail(c->err, CW_E_NO_MEMORY, 0, c->name, NULL, _("Out of memory while reading %s."), c->name);
	if (!cw_text_is_printable_n(row->text.data + start, row->text.len - start - 1))
		return fail_row(c, _("it holds bytes that are not printable UTF-8"));
	if (c->at < c->end && !ends_field(*c->at))
		return fail_row(c, _("something follows a closing quotation mark"));
	return 0;
}

/* LF, CR LF, or the end of the text. */
static bool skip_line_end(struct csv *c)
{
	if (c->at < c->end && *c->at == '\r')
		c->at++;
	if (c->at < c->end && *c->at == '\n') {
		c->at++;
		c->line++;
		return true;
	}
	return c->at == c->end;
}

/* Reads the next row that is not empty; row->n is 0 at the end. */
static int read_row(struct csv *c, struct row *row)
{
	int rc;

	row->text.len = 0;
	row->n = 0;
	while (c->at < c->end && (*c->at == '\n' || *c->at == '\r')) {
		c->row_line = c->line;
		if (!skip_line_end(c))
			return fail_row(c, _("a carriage return stands without a line feed"));
	}
	c->row_line = c->line;
	if (c->at == c->end)
		return 0;
	for (;;) {
		rc = read_field(c, row);
		if (rc < 0)
			return rc;
		if (c->at == c->end || *c->at != ',')
			break;
		c->at++;
	}
	return skip_line_end(c) ? 0 : fail_row(c, _("a carriage return stands without a line feed"));
}

static void point_at_fields(const struct row *row, const char **fields)
{
	for (size_t i = 0; i < row->n; i++)
		fields[i] = row->text.data + row->offset[i];
}

static int check_header(const struct csv *c, size_t n, const char *const *columns)
{
	if (n == 0)
		return fail_row(c, _("the first row must name the columns"));
	for (size_t i = 0; i < n; i++) {
		if (*columns[i] == '\0')
			return fail_row(c, _("a column has no name"));
		for (size_t k = 0; k < i; k++) {
			if (strcmp(columns[i], columns[k]) == 0)
				return fail_row(c, _("two columns have the same name"));
		}
	}
	return 0;
}

static int read_rows(struct csv *c, struct row *header, struct row *row, cw_csv_handler handler, void *user)
{
	const char *columns[MAX_COLUMNS], *values[MAX_COLUMNS];
	int rc = read_row(c, header);

	if (rc == 0) {
		point_at_fields(header, columns);
		rc = check_header(c, header->n, columns);
	}
	while (rc == 0) {
		rc = read_row(c, row);
		if (rc < 0 || row->n == 0)
			break;
		if (row->n != header->n)
			return cw_fail(c->err, CW_E_SYNTAX, 0, c->name, _("Save the list whole, each row with all columns."), _("%s, line %u: it has %zu fields, but the first row names %zu columns."),
				c->name, c->row_line, row->n, header->n);
		point_at_fields(row, values);
		rc = handler(user, c->row_line, row->n, columns, values, c->err);
	}
	return rc;
}

int cw_csv_parse(const char *name, const char *text, size_t len, cw_csv_handler handler, void *user, struct cw_error *err)
{
	struct csv c = { .name = name, .at = text, .end = text + len, .line = 1, .row_line = 1, .err = err };
	struct row header = { .n = 0 }, row = { .n = 0 };
	int rc;

	if (len > MAX_TEXT_BYTES)
		return cw_fail(err, CW_E_SYNTAX, 0, name, _("Split it."), _("%s has %zu bytes; at most %u are allowed."), name, len, MAX_TEXT_BYTES);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		c.at += 3;
	rc = read_rows(&c, &header, &row, handler, user);
	cw_buf_clear(&header.text);
	cw_buf_clear(&row.text);
	return rc;
}
