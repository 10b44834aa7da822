/* SPDX-License-Identifier: Apache-2.0 */
/* The sections below the verdict: tables, what the document does not prove, how to check it, where people sign. */
#include <string.h>

#include "pdf.h"

#define WIDTH (PDF_RIGHT - PDF_LEFT)
#define LABEL_WIDTH (88 * PT)
#define LABEL_STEP (90 * PT)
#define HALF (WIDTH / 2)
#define ROW_PAD (2 * PT)

/* ---- tables ---- */

void pdf_heading(struct pdf_sheet *p, const struct sheet_text *text)
{
	const struct pdf_run runs[] = { { .text = text->zh, .size = 10 * PT, .bold = true }, { .text = " ", .size = 8 * PT }, { .text = text->en, .size = 8 * PT, .gray = PDF_DARK, .lang = "en" } };

	p->y -= 3 * PT;
	p->y -= pdf_paragraph(p, pdf_tag_new(p->b, p->document, "H2", NULL), runs, CW_ARRAY_LEN(runs), PDF_LEFT, WIDTH, p->y);
	pdf_box(p->b, PDF_LEFT, p->y - 60, WIDTH, 60, PDF_BLACK, 0);
	p->y -= 1 * PT + 50;
}

struct cell { struct pdf_block label, value; };

static void flow_cell(struct pdf_sheet *p, const struct sheet_row *r, int width, struct cell *out)
{
	bool strong = r->style & SHEET_STRONG, mono = r->style & SHEET_MONO, alone = !r->value.zh;
	const struct pdf_run label[] = { { .text = r->label.zh, .size = 850, .bold = true }, { .text = " ", .size = 650 }, { .text = r->label.en, .size = 650, .gray = PDF_DARK, .lang = "en" } };
	const struct pdf_run value[] = {
		{ .text = alone ? "" : r->value.zh, .size = 9 * PT, .bold = strong },
		{ .text = alone ? "" : "  ", .size = 8 * PT },
		{ .text = r->value.en, .size = mono ? 11 * PT : alone ? 9 * PT : 8 * PT, .bold = strong, .font = mono ? FACE_MONO : FACE_REGULAR, .lang = alone ? NULL : "en" },
	};

	pdf_flow(p->b, label, CW_ARRAY_LEN(label), LABEL_WIDTH, &out->label);
	pdf_flow(p->b, value, CW_ARRAY_LEN(value), width - LABEL_STEP, &out->value);
}

static int cell_height(const struct cell *c)
{
	return c->label.height > c->value.height ? c->label.height : c->value.height;
}

/* Both begin on one baseline, whatever their sizes. */
static void show_cell(struct pdf_sheet *p, pdf_tag tr, const struct cell *c, int x)
{
	int lower = (c->value.leading - c->label.leading) * 60 / 100;

	pdf_show(p->b, pdf_tag_new(p->b, tr, "TH", "/A<</O/Table/Scope/Row>>"), &c->label, x, p->y - (lower > 0 ? lower : 0));
	pdf_show(p->b, pdf_tag_new(p->b, tr, "TD", NULL), &c->value, x + LABEL_STEP, p->y - (lower < 0 ? -lower : 0));
}

static void rule(struct pdf_sheet *p)
{
	pdf_box(p->b, PDF_LEFT, p->y, WIDTH, 30, 75, 0);
	p->y -= 1 * PT;
}

/* One row of the page: one row of the section, or two side by side. */
static void table_row(struct pdf_sheet *p, pdf_tag table, const struct sheet_row *rows, size_t n)
{
	static struct cell cells[2];
	int height = 0;

	for (size_t i = 0; i < n; i++) {
		flow_cell(p, &rows[i], n == 1 ? WIDTH : HALF - 6 * PT, &cells[i]);
		if (cell_height(&cells[i]) > height)
			height = cell_height(&cells[i]);
	}
	pdf_need(p, height + ROW_PAD);

	pdf_tag tr = pdf_tag_new(p->b, table, "TR", NULL);

	for (size_t i = 0; i < n; i++)
		show_cell(p, tr, &cells[i], PDF_LEFT + (int)i * HALF);
	p->y -= height + 50;
	rule(p);
}

/* Two short values share a row; a long one has it for itself. */
static bool is_short(struct pdf_sheet *p, const struct sheet_row *r)
{
	static struct cell cell;

	flow_cell(p, r, HALF - 6 * PT, &cell);
	return cell.value.n_lines == 1 && cell.label.n_lines == 1;
}

void pdf_section(struct pdf_sheet *p, const struct sheet_section *section, bool paired)
{
	pdf_need(p, 40 * PT);
	pdf_heading(p, &section->heading);

	pdf_tag table = pdf_tag_new(p->b, p->document, "Table", NULL);

	for (size_t i = 0, n; i < section->n; i += n) {
		n = paired && i + 1 < section->n && is_short(p, &section->rows[i]) && is_short(p, &section->rows[i + 1]) ? 2 : 1;
		table_row(p, table, &section->rows[i], n);
	}
}

/* ---- limits ---- */

static void limit(struct pdf_sheet *p, pdf_tag list, const struct sheet_text *text)
{
	static struct pdf_block block;
	const struct pdf_run runs[] = { { .text = text->zh, .size = 700 }, { .text = "  ", .size = 620 }, { .text = text->en, .size = 620, .gray = PDF_DARK, .lang = "en" } };

	pdf_flow(p->b, runs, CW_ARRAY_LEN(runs), WIDTH - 9 * PT, &block);
	pdf_need(p, block.height);

	pdf_tag item = pdf_tag_new(p->b, list, "LI", NULL);

	pdf_box(p->b, PDF_LEFT + 1 * PT, p->y - 6 * PT - 20, 3 * PT, 3 * PT, PDF_BLACK, 0);
	pdf_show(p->b, pdf_tag_new(p->b, item, "LBody", NULL), &block, PDF_LEFT + 8 * PT, p->y);
	p->y -= block.height + 40;
}

void pdf_limits(struct pdf_sheet *p)
{
	pdf_need(p, 30 * PT);
	pdf_heading(p, &sheet_limits_heading);

	pdf_tag list = pdf_tag_new(p->b, p->document, "L", "/A<</O/List/ListNumbering/Square>>");

	for (size_t i = 0; i < p->s->n_limits; i++)
		limit(p, list, &p->s->limits[i]);
}

/* ---- how to check ---- */

static void small(struct pdf_sheet *p, const struct pdf_run *runs, size_t n)
{
	static struct pdf_block block;

	pdf_flow(p->b, runs, n, WIDTH - 6 * PT, &block);
	pdf_need(p, block.height);
	pdf_show(p->b, pdf_tag_new(p->b, p->document, "P", NULL), &block, PDF_LEFT + 3 * PT, p->y);
	p->y -= block.height + 30;
}

void pdf_check_part(struct pdf_sheet *p)
{
	const struct sheet *s = p->s;
	const struct sheet_text how = s->root_sha256 ? sheet_check_words : sheet_check_elsewhere;
	const struct pdf_run words[] = { { .text = how.zh, .size = 700 }, { .text = "  ", .size = 620 }, { .text = how.en, .size = 620, .gray = PDF_DARK, .lang = "en" } };
	const struct pdf_run root[] = { { .text = s->root_sha256 ? s->root_sha256 : "", .size = 800, .font = FACE_MONO, .bold = true } };
	const struct pdf_run verify[] = { { .text = s->verify_line, .size = 650, .lang = "en" } }, openssl[] = { { .text = s->openssl_line, .size = 620, .lang = "en" } };
	const struct pdf_run hash[] = { { .text = sheet_attached.zh, .size = 700 }, { .text = " ", .size = 650 }, { .text = sheet_attached.en, .size = 650, .gray = PDF_DARK, .lang = "en" },
					{ .text = "  ", .size = 650 }, { .text = s->json_sha256, .size = 650, .font = FACE_MONO } };

	pdf_need(p, 60 * PT);
	pdf_heading(p, &sheet_check_heading);
	small(p, words, CW_ARRAY_LEN(words));
	if (s->root_sha256)
		small(p, root, 1);
	small(p, verify, 1);
	small(p, openssl, 1);
	small(p, hash, CW_ARRAY_LEN(hash));
}

/* ---- signatures on paper, and the seal ---- */

#define SIGN_HEIGHT (46 * PT)
#define SEAL_HEIGHT (24 * PT)

static void place_to_sign(struct pdf_sheet *p, const struct sheet_text *who, int x, int width, int top)
{
	pdf_tag tag = pdf_tag_new(p->b, p->document, "P", NULL);
	const struct pdf_run name[] = { { .text = who->zh, .size = 9 * PT, .bold = true }, { .text = " ", .size = 7 * PT }, { .text = who->en, .size = 7 * PT, .gray = PDF_DARK, .lang = "en" } };
	const struct pdf_run here[] = { { .text = sheet_sign_here.zh, .size = 650, .gray = PDF_DARK }, { .text = " ", .size = 600 }, { .text = sheet_sign_here.en, .size = 600, .gray = PDF_DARK, .lang = "en" } };
	const struct pdf_run date[] = { { .text = sheet_sign_date.zh, .size = 650, .gray = PDF_DARK }, { .text = " ", .size = 600 }, { .text = sheet_sign_date.en, .size = 600, .gray = PDF_DARK, .lang = "en" } };

	pdf_box(p->b, x, top - SIGN_HEIGHT, width, SIGN_HEIGHT, PDF_BLACK, 60);
	pdf_paragraph(p, tag, name, CW_ARRAY_LEN(name), x + 5 * PT, width, top - 2 * PT);
	pdf_box(p->b, x + 5 * PT, top - SIGN_HEIGHT + 13 * PT, width - 10 * PT, 30, 50, 0);
	pdf_paragraph(p, tag, here, CW_ARRAY_LEN(here), x + 5 * PT, width, top - SIGN_HEIGHT + 12 * PT);
	pdf_paragraph(p, tag, date, CW_ARRAY_LEN(date), x + width * 58 / 100, width, top - SIGN_HEIGHT + 12 * PT);
}

static void seal(struct pdf_sheet *p)
{
	const struct pdf_run zh = { .text = p->s->seal.zh, .size = 750, .bold = !p->s->sealed }, en = { .text = p->s->seal.en, .size = 700, .bold = !p->s->sealed, .lang = "en" };
	int y = PDF_BOTTOM, x = PDF_LEFT;
	pdf_tag tag = pdf_tag_new(p->b, p->document, "P", NULL);

	pdf_box(p->b, x, y, WIDTH, SEAL_HEIGHT, 92, 0);
	int height = pdf_paragraph(p, tag, &zh, 1, x + 6 * PT, WIDTH - 12 * PT, y + SEAL_HEIGHT - 2 * PT);

	pdf_paragraph(p, tag, &en, 1, x + 6 * PT, WIDTH - 12 * PT, y + SEAL_HEIGHT - 2 * PT - height);
	memcpy(p->seal_box, (const int[]){ x, y, x + WIDTH, y + SEAL_HEIGHT }, sizeof p->seal_box);
}

/* At the foot of the last page. */
void pdf_closing(struct pdf_sheet *p)
{
	const struct sheet_text *const who[] = { &sheet_sign_operator, &sheet_sign_witness, &sheet_sign_approver };
	int gap = 8 * PT, width = (WIDTH - 2 * gap) / 3, top = PDF_BOTTOM + SEAL_HEIGHT + 6 * PT + SIGN_HEIGHT;

	pdf_need(p, top - PDF_BOTTOM + 5 * PT);
	for (size_t i = 0; i < CW_ARRAY_LEN(who); i++)
		place_to_sign(p, who[i], PDF_LEFT + (int)i * (width + gap), width, top);
	seal(p);
}
