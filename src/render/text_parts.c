/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and tables in terminal cells; strings of media never reach the terminal unescaped (libsmartcols and cw_text_* see to it). */
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define LABEL_CELLS 16
#define DEFAULT_WIDTH 100

struct cw_table {
	struct libscols_table *scols;
	size_t n;
};

struct cw_table *cw_table_new(const char *const *titles, size_t n, size_t width)
{
	struct cw_table *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->n = n;
	t->scols = scols_new_table();
	scols_table_set_column_separator(t->scols, "  ");
	/* Strings of media were made printable where they were read; escaped once more they would no longer be what inspect shows. */
	scols_table_enable_noencoding(t->scols, 1);
	scols_table_set_termforce(t->scols, width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(t->scols, width);
	for (size_t i = 0; i < n; i++) {
		bool right = titles[i][0] == '>';
		/* Only the last column may be cut: what tells media apart must stay whole. */
		int flags = (right ? SCOLS_FL_RIGHT : 0) | (i + 1 == n ? SCOLS_FL_WRAP : 0);

		scols_table_new_column(t->scols, titles[i] + right, 0, flags);
	}
	return t;
}

void cw_table_row(struct cw_table *t, const char *const *cells)
{
	struct libscols_line *line = t ? scols_table_new_line(t->scols, NULL) : NULL;

	for (size_t i = 0; line && i < t->n; i++)
		scols_line_set_data(line, i, cells[i]);
}

void cw_table_take(struct cw_table *t, struct cw_buf *out)
{
	char *text = NULL;

	if (!t)
		return;
	if (scols_table_get_nlines(t->scols) && scols_print_table_to_string(t->scols, &text) == 0 && text)
		cw_buf_printf(out, "%s\n", text);
	free(text);
	scols_unref_table(t->scols);
	free(t);
}

void cw_heading(struct cw_buf *out, const char *text)
{
	cw_buf_printf(out, "%s\n", text);
}

void cw_field(struct cw_buf *out, const char *label, const char *value)
{
	char padded[128];

	if (!value || !*value)
		return;
	if (cw_text_cells(label) > LABEL_CELLS)
		cw_strlcpy(padded, label, sizeof padded); /* a name that was cut cannot be typed */
	else
		cw_text_pad(padded, sizeof padded, label, LABEL_CELLS);
	cw_buf_printf(out, "  %s  %s\n", padded, value);
}

void cw_field_printf(struct cw_buf *out, const char *label, const char *fmt, ...)
{
	char value[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(value, sizeof value, fmt, args);
	va_end(args);
	cw_field(out, label, value);
}

void cw_fingerprint(struct cw_buf *out, const char *hex)
{
	cw_buf_str(out, "    ");
	for (size_t i = 0; hex[i]; i++)
		cw_buf_printf(out, "%c%s", hex[i], i % 32 == 31 && hex[i + 1] ? "\n    " : i % 4 == 3 ? " " : "");
	cw_buf_str(out, "\n");
}

/* ---- paragraphs ---- */

/* One character with what combines with it is a few bytes; text is UTF-8 when it gets here, and anything else is passed on byte by byte. */
static size_t character(const char *text, size_t *cells)
{
	char one[8];
	size_t n = 1;

	while (n < 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	snprintf(one, sizeof one, "%.*s", (int)n, text);
	*cells = cw_text_cells(one);
	return n;
}

/* Such a character never begins a line (the usual rule for Chinese typesetting). */
static bool closes(const char *text)
{
	static const char *const closing[] = { "。", "，", "、", "；", "：", "？", "！", "）", "」", "』", "》", "】" };

	for (size_t i = 0; i < CW_ARRAY_LEN(closing); i++)
		if (!strncmp(text, closing[i], strlen(closing[i])))
			return true;
	return false;
}

/* What stays on one line: a word, or a wide character with the punctuation behind it. */
static size_t piece(const char *text, size_t *cells)
{
	size_t width, n = character(text, cells);
	bool wide = *cells == 2;

	while (text[n] && text[n] != ' ') {
		size_t more = character(text + n, &width);

		if (width && !closes(text + n) && (wide || width == 2))
			break;
		n += more;
		*cells += width;
	}
	return n;
}

void cw_paragraph(struct cw_buf *out, const char *indent, const char *text, size_t width)
{
	size_t line = width ? width : DEFAULT_WIDTH, margin = cw_text_cells(indent), used = margin;

	cw_buf_str(out, indent);
	while (*text) {
		size_t blanks = strspn(text, " "), cells, n;

		text += blanks;
		if (!*text)
			break;
		n = piece(text, &cells);
		if (used > margin && used + (blanks > 0) + cells > line) {
			cw_buf_printf(out, "\n%s", indent);
			used = margin;
		} else if (used > margin && blanks) {
			cw_buf_str(out, " ");
			used++;
		}
		cw_buf_add(out, text, n);
		used += cells;
		text += n;
	}
	cw_buf_str(out, "\n");
}
