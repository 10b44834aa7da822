/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text by the widths of the face, and the few shapes around them. */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

/* ---- where a line may break ---- */

static bool is_wide(uint32_t c)
{
	return c >= 0x2e80 && !(c >= 0xfe00 && c <= 0xfe0f);
}

static bool is_one_of(uint32_t c, const uint32_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == c)
			return true;
	return false;
}

/* Never begins a line: closing punctuation (the usual rule for Chinese typesetting), and what combines with the character before. */
static bool closes(uint32_t c)
{
	static const uint32_t list[] = { 0x3001, 0x3002, 0xff0c, 0xff1b, 0xff1a, 0xff1f, 0xff01, 0xff09, 0x300d, 0x300f, 0x300b, 0x3011, 0x2014, 0x2026, 0x3099, 0x309a };

	return is_one_of(c, list, CW_ARRAY_LEN(list)) || (c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f);
}

static bool opens(uint32_t c)
{
	static const uint32_t list[] = { 0xff08, 0x300c, 0x300e, 0x300a, 0x3010 };

	return is_one_of(c, list, CW_ARRAY_LEN(list));
}

/* What stays on one line: a word, or a wide character with the punctuation around it. */
static size_t piece_of(const char *text)
{
	size_t n = 0;
	bool wide, opened;

	do {
		uint32_t c = face_code_point(text + n);

		wide = is_wide(c);
		opened = opens(c);
		n += face_character(text + n);
	} while (text[n] && text[n] != ' ' && (opened || closes(face_code_point(text + n)) || (!wide && !is_wide(face_code_point(text + n)))));
	return n;
}

/* ---- widths ---- */

static void lack(struct pdf_book *b, const char *text)
{
	if (!b->unset)
		snprintf(b->lacking, sizeof b->lacking, "%.*s", (int)face_character(text), text);
	b->unset = true;
}

/* In thousandths of the size, so that nothing is rounded before the end. */
static int units(struct pdf_book *b, const struct pdf_run *r, const char *text, size_t len)
{
	int sum = 0;

	for (size_t at = 0, n; at < len; at += n) {
		const struct face_glyph *g = face_glyph_at(b->face, r->font, text + at, &n);

		if (!g)
			lack(b, text + at);
		sum += g ? g->advance : 0;
	}
	return sum;
}

static int width_of(struct pdf_book *b, const struct pdf_run *r, const char *text, size_t len)
{
	return (int)((int64_t)units(b, r, text, len) * r->size / FACE_EM);
}

int pdf_text_width(struct pdf_book *b, const struct pdf_run *r)
{
	return width_of(b, r, r->text, strlen(r->text));
}

/* ---- flow ---- */

struct flow { struct pdf_book *b; struct pdf_block *out; int width, x, blank /* width of blanks that wait for what stands behind them */; uint32_t run; };

/* The next piece of the same line and run makes one longer piece of the two. */
static void put_piece(struct flow *f, const char *text, size_t len, int x)
{
	struct pdf_block *o = f->out;
	struct pdf_piece *last = o->n_pieces ? &o->pieces[o->n_pieces - 1] : NULL;

	if (last && last->run == f->run && last->line + 1 == o->n_lines) {
		last->len = (size_t)(text + len - last->text);
	} else if (o->n_pieces < PDF_PIECES_MAX) {
		o->pieces[o->n_pieces++] = (struct pdf_piece){ f->run, o->n_lines - 1, x, text, len };
	} else {
		f->b->too_long = true;
	}
}

/* The blank at which a line is broken stays at its end, or what reads aloud would join the two words. */
static void keep_blank(struct flow *f, const char *next)
{
	struct pdf_piece *last = f->out->n_pieces ? &f->out->pieces[f->out->n_pieces - 1] : NULL;

	if (last && last->run == f->run && last->text + last->len < next)
		last->len++;
}

static void new_line(struct flow *f)
{
	f->out->n_lines++;
	f->x = f->blank = 0;
}

/* A word that is wider than a line is broken where the line ends. */
static void put_long(struct flow *f, const struct pdf_run *r, const char *text, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		face_glyph_at(f->b->face, r->font, text + at, &n);
		int width = width_of(f->b, r, text + at, n);

		if (f->x && f->x + width > f->width)
			new_line(f);
		put_piece(f, text + at, n, f->x);
		f->x += width;
	}
}

static void flow_run(struct flow *f, const struct pdf_run *r)
{
	const char *text = r->text;

	for (;;) {
		size_t blanks = strspn(text, " "), n;

		f->blank += f->x ? width_of(f->b, r, text, blanks) : 0;
		text += blanks;
		if (!*text)
			return;
		n = piece_of(text);
		int width = width_of(f->b, r, text, n);

		if (f->x && f->x + f->blank + width > f->width) {
			keep_blank(f, text);
			new_line(f);
		}
		f->x += f->blank;
		f->blank = 0;
		if (width > f->width) {
			put_long(f, r, text, n);
		} else {
			put_piece(f, text, n, f->x);
			f->x += width;
		}
		text += n;
	}
}

void pdf_flow(struct pdf_book *b, const struct pdf_run *runs, size_t n, int width, struct pdf_block *out)
{
	struct flow f = { .b = b, .out = out, .width = width };

	out->n_runs = n;
	out->n_pieces = 0;
	out->n_lines = 1;
	out->size = 0;
	for (; f.run < n; f.run++) {
		out->runs[f.run] = runs[f.run];
		face_note(b->face, runs[f.run].font, runs[f.run].text, strlen(runs[f.run].text));
		if (runs[f.run].size > out->size)
			out->size = runs[f.run].size;
		flow_run(&f, &runs[f.run]);
	}
	out->leading = out->size * 122 / 100;
	out->height = (int)out->n_lines * out->leading;
}

/* ---- show ---- */

static void put_glyphs(struct pdf_book *b, enum face_font font, const char *text, size_t len)
{
	struct cw_buf *c = &pdf_page(b)->content;

	cw_buf_str(c, "<");
	for (size_t at = 0, n; at < len; at += n) {
		const struct face_glyph *g = face_glyph_at(b->face, font, text + at, &n);

		cw_buf_printf(c, "%04X", g ? g->cid : 0);
	}
	cw_buf_str(c, "> Tj\n");
}

/* Bold is the regular face with an outline: a second font would double the size of a file. */
static void put_style(struct pdf_book *b, const struct pdf_run *r)
{
	struct pdf_page *page = pdf_page(b);
	struct cw_buf *c = &page->content;

	if (page->gray != r->gray)
		cw_buf_printf(c, "%d.%02d sc %d.%02d SC\n", r->gray / 100, r->gray % 100, r->gray / 100, r->gray % 100);
	page->gray = r->gray;
	if (r->bold) {
		pdf_put_length(c, r->size / 45);
		cw_buf_str(c, " w ");
	}
	if (page->bold != r->bold)
		cw_buf_str(c, r->bold ? "2 Tr " : "0 Tr ");
	page->bold = r->bold;
}

static void put_text(struct pdf_book *b, const struct pdf_run *r, const char *text, size_t len, int x, int y)
{
	struct cw_buf *c = &pdf_page(b)->content;

	put_style(b, r);
	cw_buf_printf(c, "BT /F%d ", r->font);
	pdf_put_length(c, r->size);
	cw_buf_str(c, " Tf ");
	pdf_put_length(c, x);
	cw_buf_str(c, " ");
	pdf_put_length(c, y);
	cw_buf_str(c, " Td ");
	put_glyphs(b, r->font, text, len);
	cw_buf_str(c, "ET\n");
}

static bool is_empty(const struct pdf_block *k, uint32_t run)
{
	for (size_t i = 0; i < k->n_pieces; i++)
		if (k->pieces[i].run == run)
			return false;
	return true;
}

/* Run by run, so that each language is marked by itself. */
void pdf_show(struct pdf_book *b, pdf_tag tag, const struct pdf_block *k, int x, int top)
{
	int first = top - (k->leading - k->size) / 2 - k->size * 88 / 100;

	for (uint32_t run = 0; run < k->n_runs; run++) {
		if (is_empty(k, run))
			continue;
		pdf_mark(b, tag, k->runs[run].lang);
		for (size_t i = 0; i < k->n_pieces; i++)
			if (k->pieces[i].run == run)
				put_text(b, &k->runs[run], k->pieces[i].text, k->pieces[i].len, x + k->pieces[i].x, first - (int)k->pieces[i].line * k->leading);
		pdf_unmark(b);
	}
}

void pdf_line(struct pdf_book *b, pdf_tag tag, const struct pdf_run *r, int x, int baseline)
{
	face_note(b->face, r->font, r->text, strlen(r->text));
	pdf_text_width(b, r); /* says so when a character is lacking */
	pdf_mark(b, tag, r->lang);
	put_text(b, r, r->text, strlen(r->text), x, baseline);
	pdf_unmark(b);
}

/* Across the whole page, from the lower left to the upper right. */
void pdf_watermark(struct pdf_book *b, const struct pdf_run *r)
{
	struct cw_buf *c = &pdf_page(b)->content;
	int width;

	face_note(b->face, r->font, r->text, strlen(r->text));
	width = pdf_text_width(b, r);
	pdf_mark(b, PDF_NO_TAG, NULL);
	put_style(b, r);
	cw_buf_printf(c, "BT /F%d ", r->font);
	pdf_put_length(c, r->size);
	cw_buf_str(c, " Tf 0.57 0.82 -0.82 0.57 "); /* 55 degrees */
	pdf_put_length(c, b->width / 2 - width * 57 / 200 + r->size * 28 / 100);
	cw_buf_str(c, " ");
	pdf_put_length(c, b->height / 2 - width * 82 / 200 - r->size * 20 / 100);
	cw_buf_str(c, " Tm ");
	put_glyphs(b, r->font, r->text, strlen(r->text));
	cw_buf_str(c, "ET\n");
	pdf_unmark(b);
}

/* ---- shapes ---- */

void pdf_box(struct pdf_book *b, int x, int y, int width, int height, int gray, int line)
{
	struct pdf_page *page = pdf_page(b);
	struct cw_buf *c = &page->content;

	pdf_mark(b, PDF_NO_TAG, NULL);
	if (page->gray != gray)
		cw_buf_printf(c, "%d.%02d sc %d.%02d SC\n", gray / 100, gray % 100, gray / 100, gray % 100);
	page->gray = gray;
	if (line) {
		pdf_put_length(c, line);
		cw_buf_str(c, " w ");
	}
	for (size_t i = 0; i < 4; i++) {
		pdf_put_length(c, (const int[]){ x, y, width, height }[i]);
		cw_buf_str(c, " ");
	}
	cw_buf_str(c, line ? "re S\n" : "re f\n");
	pdf_unmark(b);
}

#define DOT 24 /* a 300th of an inch */

int pdf_code_size(const struct pdf_book *b, int max)
{
	return b->qr_side ? max / (b->qr_side * DOT) * b->qr_side * DOT : 0;
}

void pdf_code(struct pdf_book *b, pdf_tag tag, int x, int y, int size)
{
	struct cw_buf *c = &pdf_page(b)->content;

	pdf_mark(b, tag, NULL);
	cw_buf_str(c, "q ");
	pdf_put_length(c, size);
	cw_buf_str(c, " 0 0 ");
	pdf_put_length(c, size);
	cw_buf_str(c, " ");
	pdf_put_length(c, x);
	cw_buf_str(c, " ");
	pdf_put_length(c, y);
	cw_buf_str(c, " cm /Q0 Do Q\n");
	pdf_unmark(b);
}
