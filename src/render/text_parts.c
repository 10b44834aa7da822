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

void cw_paragraph(struct cw_buf *out, const char *indent, const char *text, size_t width)
{
	size_t room = (width ? width : DEFAULT_WIDTH) - cw_text_cells(indent), used = 0;

	cw_buf_str(out, indent);
	while (*text) {
		char word[512];
		size_t n = strcspn(text, " ");

		snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), text);
		size_t cells = cw_text_cells(word);

		if (used && used + 1 + cells > room) {
			cw_buf_printf(out, "\n%s", indent);
			used = 0;
		}
		cw_buf_printf(out, "%s%s", used ? " " : "", word);
		used += cells + (used ? 1 : 0);
		text += n;
		while (*text == ' ')
			text++;
	}
	cw_buf_str(out, "\n");
}
