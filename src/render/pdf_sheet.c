/* SPDX-License-Identifier: Apache-2.0 */
/* What stands where on the first page: who issues, what it is, the verdict, what happens next.  A clerk shall know in ten seconds. */
#include <string.h>

#include "pdf.h"

#define QR_SIZE (102 * PT) /* 36 mm: 0.42 mm a module for what is usual */
#define QUIET_ZONE (4 * PT) /* of the code: it may lie beyond the margin */
#define TITLE_WIDTH (PDF_RIGHT - PDF_LEFT - QR_SIZE - 16 * PT)

int pdf_paragraph(struct pdf_sheet *p, pdf_tag tag, const struct pdf_run *runs, size_t n, int x, int width, int top)
{
	static struct pdf_block block;

	pdf_flow(p->b, runs, n, width, &block);
	pdf_show(p->b, tag, &block, x, top);
	return block.height;
}

static int words(struct pdf_sheet *p, pdf_tag parent, const char *type, struct sheet_text text, int zh_size, int en_size, int gray, bool bold, int x, int width, int top)
{
	pdf_tag tag = pdf_tag_new(p->b, parent, type, NULL);
	const struct pdf_run zh = { .text = text.zh, .size = zh_size, .gray = gray, .bold = bold };
	const struct pdf_run en = { .text = text.en, .size = en_size, .gray = gray, .lang = "en" };
	int height = pdf_paragraph(p, tag, &zh, 1, x, width, top);

	return height + pdf_paragraph(p, tag, &en, 1, x, width, top - height);
}

/* ---- every page ---- */

/* A certificate has the thin double line of its kind; a report has a border that nobody takes for it. */
static void frame(struct pdf_sheet *p)
{
	int left = 22 * PT, low = 34 * PT, width = PDF_A4_WIDTH - 44 * PT, height = PDF_A4_HEIGHT - 56 * PT;

	if (p->s->laboratory)
		pdf_watermark(p->b, &(struct pdf_run){ .text = "LABORATORY 實驗用", .size = 74 * PT, .gray = 90, .bold = true });
	if (!p->s->certificate) {
		pdf_box(p->b, left + 3 * PT, low + 3 * PT, width - 6 * PT, height - 6 * PT, PDF_BLACK, 6 * PT);
		return;
	}
	pdf_box(p->b, left, low, width, height, PDF_BLACK, 150);
	pdf_box(p->b, left + 4 * PT, low + 4 * PT, width - 8 * PT, height - 8 * PT, PDF_BLACK, 50);
}

/* With the number of pages, for on paper one that is missing does not show; so they come last. */
static void footers(struct pdf_sheet *p)
{
	char text[CW_TEXT_MAX];
	const struct pdf_run form = { .text = SHEET_FORM, .size = 650, .gray = PDF_DARK, .lang = "en" };
	struct pdf_run number = { .text = text, .size = 650, .gray = PDF_DARK };

	face_note(p->b->face, FACE_REGULAR, "0123456789", 10); /* a collector does not know yet how many there will be */
	for (p->b->current = 0; p->b->current < p->b->n_pages; p->b->current++) {
		snprintf(text, sizeof text, "%s  ·  %zu / %zu", p->s->number, p->b->current + 1, p->b->n_pages);
		pdf_line(p->b, PDF_NO_TAG, &form, PDF_LEFT, 21 * PT);
		pdf_line(p->b, PDF_NO_TAG, &number, PDF_RIGHT - pdf_text_width(p->b, &number), 21 * PT);
	}
	p->b->current = p->b->n_pages - 1;
}

bool pdf_need(struct pdf_sheet *p, int height)
{
	if (p->y - height >= PDF_BOTTOM)
		return false;
	pdf_page_new(p->b);
	frame(p);
	p->y = PDF_TOP;
	const struct pdf_run runs[] = { { .text = p->s->title.zh, .size = 9 * PT, .gray = PDF_DARK },
					{ .text = " ", .size = 9 * PT },
					{ .text = p->s->number, .size = 9 * PT, .gray = PDF_DARK },
					{ .text = " （", .size = 9 * PT, .gray = PDF_DARK },
					{ .text = sheet_continued.zh, .size = 9 * PT, .gray = PDF_DARK },
					{ .text = "）", .size = 9 * PT, .gray = PDF_DARK } };

	p->y -= pdf_paragraph(p, PDF_NO_TAG, runs, CW_ARRAY_LEN(runs), PDF_LEFT, PDF_RIGHT - PDF_LEFT, p->y) + 6 * PT;
	return true;
}

/* ---- the head ---- */

static void code(struct pdf_sheet *p)
{
	const struct sheet_text caption = p->s->note_signed ? sheet_note_caption : sheet_note_unsigned;
	int size = pdf_code_size(p->b, QR_SIZE), x = PDF_RIGHT - size + QUIET_ZONE, y = PDF_TOP - size + QUIET_ZONE;
	const struct pdf_run runs[] = { { .text = caption.zh, .size = 650, .gray = PDF_DARK }, { .text = " ", .size = 650 }, { .text = caption.en, .size = 600, .gray = PDF_DARK, .lang = "en" } };

	pdf_code(p->b, pdf_tag_new(p->b, p->document, "Figure", "/Alt(QR code with a summary of this document)/Lang(en)/A<</O/Layout/BBox[448 698 554 804]/Placement/Block>>"), x, y,
		 size);
	pdf_paragraph(p, pdf_tag_new(p->b, p->document, "P", NULL), runs, CW_ARRAY_LEN(runs), x + QUIET_ZONE, QR_SIZE, y);
}

static int stamp(struct pdf_sheet *p, const struct sheet_text *text, bool solid, int top)
{
	int height = 26 * PT, gray = solid ? PDF_WHITE : PDF_BLACK;
	pdf_tag tag = pdf_tag_new(p->b, p->document, "P", NULL);
	const struct pdf_run zh = { .text = text->zh, .size = 15 * PT, .gray = gray, .bold = true };
	const struct pdf_run en = { .text = text->en, .size = 12 * PT, .gray = gray, .bold = true, .lang = "en" };

	pdf_box(p->b, PDF_LEFT, top - height, TITLE_WIDTH, height, PDF_BLACK, solid ? 0 : 200);
	pdf_line(p->b, tag, &zh, PDF_LEFT + 8 * PT, top - 18 * PT - 50);
	pdf_line(p->b, tag, &en, PDF_LEFT + TITLE_WIDTH - 8 * PT - pdf_text_width(p->b, &en), top - 18 * PT);
	return height + 4 * PT;
}

static int fact(struct pdf_sheet *p, pdf_tag table, const struct sheet_row *r, int top)
{
	pdf_tag tr = pdf_tag_new(p->b, table, "TR", NULL), th = pdf_tag_new(p->b, tr, "TH", "/A<</O/Table/Scope/Row>>"), td;
	bool strong = r->style & SHEET_STRONG;
	const struct pdf_run label[] = { { .text = r->label.zh, .size = 9 * PT, .bold = true }, { .text = " ", .size = 7 * PT }, { .text = r->label.en, .size = 7 * PT, .gray = PDF_DARK, .lang = "en" } };
	const struct pdf_run value[] = { { .text = r->value.zh ? r->value.zh : "", .size = 9 * PT, .bold = strong }, { .text = r->value.zh ? "  " : "", .size = 8 * PT },
					 { .text = r->value.en, .size = 8 * PT, .bold = strong, .lang = "en" } };

	pdf_paragraph(p, th, label, CW_ARRAY_LEN(label), PDF_LEFT, 84 * PT, top);
	td = pdf_tag_new(p->b, tr, "TD", NULL);
	return pdf_paragraph(p, td, value, CW_ARRAY_LEN(value), PDF_LEFT + 86 * PT, TITLE_WIDTH - 86 * PT, top);
}

static void head(struct pdf_sheet *p)
{
	const struct sheet *s = p->s;
	const struct pdf_run issuer = { .text = s->issuer, .size = 11 * PT, .bold = true };
	const struct pdf_run number[] = { { .text = sheet_number_label.zh, .size = 10 * PT }, { .text = " ", .size = 8 * PT }, { .text = sheet_number_label.en, .size = 8 * PT, .lang = "en" },
					  { .text = "  ", .size = 10 * PT }, { .text = s->number, .size = 12 * PT, .bold = true, .font = FACE_MONO } };

	bool plain = s->certificate && !s->laboratory; /* else a stamp takes the room */

	p->y -= pdf_paragraph(p, pdf_tag_new(p->b, p->document, "P", NULL), &issuer, 1, PDF_LEFT, TITLE_WIDTH, p->y) + 2 * PT;
	if (s->laboratory)
		p->y -= stamp(p, &s->laboratory_stamp, false, p->y);
	if (!s->certificate)
		p->y -= stamp(p, &s->stamp, true, p->y);
	p->y -= words(p, p->document, "H1", s->title, (plain ? 25 : 18) * PT, (plain ? 13 : 10) * PT, PDF_BLACK, true, PDF_LEFT, TITLE_WIDTH, p->y);
	p->y -= pdf_paragraph(p, pdf_tag_new(p->b, p->document, "P", NULL), number, CW_ARRAY_LEN(number), PDF_LEFT, TITLE_WIDTH, p->y - 1 * PT) + 3 * PT;

	pdf_tag table = pdf_tag_new(p->b, p->document, "Table", NULL);

	for (size_t i = 0; i < s->facts.n; i++)
		p->y -= fact(p, table, &s->facts.rows[i], p->y);
	code(p);
	if (p->y > PDF_TOP - QR_SIZE - 6 * PT)
		p->y = PDF_TOP - QR_SIZE - 6 * PT;
	p->y -= 6 * PT;
}

/* ---- verdict and next step ---- */

static int boxed_height(struct pdf_sheet *p, const struct pdf_run *runs, size_t n, int width)
{
	static struct pdf_block block;
	int height = 0;

	for (size_t i = 0; i < n; i++) {
		pdf_flow(p->b, &runs[i], 1, width, &block);
		height += block.height;
	}
	return height;
}

static void verdict(struct pdf_sheet *p)
{
	const struct pdf_run runs[] = { { .text = p->s->verdict.zh, .size = 12 * PT + 50, .bold = true }, { .text = p->s->verdict.en, .size = 9 * PT + 50, .lang = "en" } };
	int x = PDF_LEFT + 12 * PT, width = PDF_RIGHT - PDF_LEFT - 22 * PT, height = boxed_height(p, runs, 2, width) + 12 * PT;

	pdf_need(p, height);
	if (p->s->certificate) {
		pdf_box(p->b, PDF_LEFT, p->y - height, PDF_RIGHT - PDF_LEFT, height, 92, 0);
		pdf_box(p->b, PDF_LEFT, p->y - height, 4 * PT, height, PDF_BLACK, 0);
	} else {
		pdf_box(p->b, PDF_LEFT, p->y - height, PDF_RIGHT - PDF_LEFT, height, PDF_BLACK, 220);
	}
	words(p, p->document, "P", p->s->verdict, runs[0].size, runs[1].size, PDF_BLACK, true, x, width, p->y - 6 * PT);
	p->y -= height + 5 * PT;
}

static void next(struct pdf_sheet *p)
{
	const struct pdf_run heading[] = { { .text = sheet_next_heading.zh, .size = 9 * PT, .bold = true }, { .text = " ", .size = 7 * PT }, { .text = sheet_next_heading.en, .size = 7 * PT, .lang = "en" } };
	const struct pdf_run runs[] = { { .text = p->s->next.zh, .size = 10 * PT, .bold = true }, { .text = p->s->next.en, .size = 8 * PT, .lang = "en" } };
	int x = PDF_LEFT + 68 * PT, width = PDF_RIGHT - x - 8 * PT, height = boxed_height(p, runs, 2, width) + 9 * PT;

	pdf_need(p, height);
	pdf_box(p->b, PDF_LEFT, p->y - height, PDF_RIGHT - PDF_LEFT, height, PDF_BLACK, 80);
	pdf_paragraph(p, pdf_tag_new(p->b, p->document, "H2", NULL), heading, CW_ARRAY_LEN(heading), PDF_LEFT + 8 * PT, 58 * PT, p->y - 5 * PT);
	words(p, p->document, "P", p->s->next, runs[0].size, runs[1].size, PDF_BLACK, true, x, width, p->y - 4 * PT - 50);
	p->y -= height + 3 * PT;
}

void pdf_sheet_set(struct pdf_sheet *p)
{
	p->y = PDF_TOP;
	p->document = pdf_tag_new(p->b, PDF_NO_TAG, "Document", NULL);
	frame(p);
	head(p);
	verdict(p);
	next(p);
	pdf_section(p, &p->s->medium, true);
	pdf_section(p, &p->s->work, true);
	pdf_section(p, &p->s->people, true);
	pdf_limits(p);
	pdf_check_part(p);
	pdf_closing(p);
	footers(p);
}
