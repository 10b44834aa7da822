/* SPDX-License-Identifier: Apache-2.0 */
/* A label for the medium, 62 by 29 mm as label printers have it: number, what may be done with it, and the code. */
#include <string.h>

#include "pdf.h"

#define LABEL_WIDTH 17575 /* 62 mm */
#define LABEL_HEIGHT 8220 /* 29 mm */
#define TEXT_LEFT (84 * PT)
#define TEXT_WIDTH (LABEL_WIDTH - TEXT_LEFT - 4 * PT)

static int line(struct pdf_sheet *p, const struct pdf_run *runs, size_t n)
{
	return pdf_paragraph(p, pdf_tag_new(p->b, p->document, "P", NULL), runs, n, TEXT_LEFT, TEXT_WIDTH, p->y);
}

/* What is no certificate shall not look like one from two metres away. */
static void verdict(struct pdf_sheet *p)
{
	const struct sheet *s = p->s;
	const struct sheet_text *text = !s->certificate ? &s->stamp : s->laboratory ? &s->laboratory_stamp : &s->facts.rows[0].value;
	bool plain = s->certificate && !s->laboratory;
	const struct pdf_run runs[] = { { .text = text->zh ? text->zh : "", .size = 9 * PT, .gray = plain ? PDF_BLACK : PDF_WHITE, .bold = true }, { .text = " ", .size = 6 * PT },
					{ .text = text->en, .size = plain ? 8 * PT : 6 * PT, .gray = plain ? PDF_BLACK : PDF_WHITE, .bold = true, .lang = "en" } };
	static struct pdf_block block;

	pdf_flow(p->b, runs, CW_ARRAY_LEN(runs), TEXT_WIDTH - 4 * PT, &block);
	if (!plain)
		pdf_box(p->b, TEXT_LEFT - 2 * PT, p->y - block.height - 2 * PT, TEXT_WIDTH + 4 * PT, block.height + 2 * PT, PDF_BLACK, 0);
	pdf_show(p->b, pdf_tag_new(p->b, p->document, "P", NULL), &block, TEXT_LEFT, p->y - 1 * PT);
	p->y -= block.height + 4 * PT;
}

static void set(struct pdf_sheet *p)
{
	const struct sheet *s = p->s;
	const json_t *m = json_object_get(s->document, "medium");
	char serial[80];
	const struct pdf_run number = { .text = s->number, .size = 11 * PT, .bold = true, .font = FACE_MONO };
	const struct pdf_run issuer = { .text = s->issuer, .size = 5 * PT + 50, .gray = PDF_DARK };
	const struct pdf_run day = { .text = s->facts.rows[1].value.en, .size = 5 * PT + 50, .gray = PDF_DARK, .lang = "en" };

	/* The end of a serial number tells media apart; all of it is in the document.  A disc has none but the number on it, and the one of its drive is not its own. */
	const char *tag = sheet_known(json_object_get(s->document, "case"), "assetTag");
	const char *whole = !sheet_is_disc_in_drive(m) ? cw_json_str(m, "serial", "") : tag ? tag : sheet_unknown.en;
	size_t n = strlen(whole), from = n > 24 ? n - 24 : 0;

	while (from && ((unsigned char)whole[from] & 0xc0) == 0x80)
		from++;
	snprintf(serial, sizeof serial, "%s%s", from ? ".." : "", whole + from);
	const struct sheet_row *validation = &s->facts.rows[2];
	char decision[64];

	snprintf(decision, sizeof decision, " %s", validation->value.en);
	const struct pdf_run state[] = { { .text = validation->label.zh, .size = 6 * PT, .bold = true }, { .text = " ", .size = 5 * PT },
					 { .text = validation->label.en, .size = 5 * PT, .lang = "en" }, { .text = "  ", .size = 5 * PT },
					 { .text = validation->value.zh ? validation->value.zh : "", .size = 6 * PT, .bold = true },
					 { .text = decision, .size = 5 * PT, .lang = "en" } };
	const struct pdf_run id = { .text = serial, .size = 7 * PT, .font = FACE_MONO };

	p->document = pdf_tag_new(p->b, PDF_NO_TAG, "Document", NULL);
	p->y = LABEL_HEIGHT - 5 * PT;
	int size = pdf_code_size(p->b, LABEL_HEIGHT);

	pdf_code(p->b, pdf_tag_new(p->b, p->document, "Figure", "/Alt(QR code with a summary of the document)/Lang(en)"), (TEXT_LEFT - size) / 2, (LABEL_HEIGHT - size) / 2, size);
	p->y -= line(p, &number, 1) + 2 * PT;
	verdict(p);
	p->y -= line(p, &id, 1) + 1 * PT;
	p->y -= line(p, state, CW_ARRAY_LEN(state)) + 1 * PT;
	p->y -= line(p, &day, 1);
	p->y -= line(p, &issuer, 1);
}

static int print_sheet(const struct cw_paper *p, const struct sheet *s, struct pdf_book *b, struct cw_error *err)
{
	struct pdf_sheet page = { .b = b, .s = s };

	pdf_begin(&b->w);
	pdf_fonts(&b->w, p->face, b->fonts);
	int rc = pdf_put_code(b, s, err);

	if (rc)
		return rc;
	pdf_book_begin(b, LABEL_WIDTH, LABEL_HEIGHT);
	set(&page);
	pdf_book_end(b);
	pdf_finish(b, &page, p, 0, NULL, 0);
	return pdf_failed(b, err);
}

static int print(const struct cw_paper *p, struct cw_buf *out, struct cw_error *err)
{
	struct pdf_book book = { .face = p->face };
	struct sheet sheet;
	int rc = sheet_make(p, &sheet, err);

	if (!rc)
		rc = print_sheet(p, &sheet, &book, err);
	if (!rc)
		cw_buf_add(out, book.w.out.data, book.w.out.len);
	pdf_book_clear(&book);
	sheet_clear(&sheet);
	return rc || !out->failed ? rc : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the label."));
}

const struct cw_renderer cw_renderer_label = { .id = "label", .print = print, .suffix = "-label.pdf", .needs_face = true };
