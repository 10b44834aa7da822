/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate or report as a PDF file that carries its evidence. */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

int pdf_failed(const struct pdf_book *b, struct cw_error *err)
{
	if (b->unset)
		return cw_fail(err, CW_E_TYPESET, 0, NULL, NULL, _("The font of the page cannot show \"%s\" (U+%04X)."), b->lacking, (unsigned)face_code_point(b->lacking));
	if (b->too_long)
		return cw_fail(err, CW_E_TOO_LARGE, 0, NULL, _("Hand out its files: certwipe certificate export."), _("The document would take more than %d pages."), PDF_PAGES_MAX);
	if (b->w.failed)
		return cw_fail(err, b->w.out.len + 65536 >= CW_PDF_MAX_BYTES ? CW_E_TOO_LARGE : CW_E_NO_MEMORY, 0, NULL, _("Hand out its files: certwipe certificate export."),
			       _("The PDF would be larger than %u bytes, or there is not enough memory for it."), CW_PDF_MAX_BYTES);
	return 0;
}

/* Black on white, one bit a module, with the quiet zone of four that the code needs (ISO/IEC 18004). */
#define QUIET 4
int pdf_put_code(struct pdf_book *b, const struct sheet *s, struct cw_error *err)
{
	static struct qr code;
	int rc = qr_make(s->note, s->note_len, &code, err);
	int side = code.modules + 2 * QUIET, row_bytes = (side + 7) / 8;
	CW_AUTO_FREE uint8_t *bits = rc ? NULL : malloc((size_t)(side * row_bytes));
	char dict[256];

	if (rc)
		return rc;
	if (!bits)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the QR code."));
	memset(bits, 0xff, (size_t)(side * row_bytes));
	for (int y = 0; y < code.modules; y++)
		for (int x = 0; x < code.modules; x++)
			if (code.dark[y * code.modules + x])
				bits[(y + QUIET) * row_bytes + (x + QUIET) / 8] &= (uint8_t)~(0x80 >> ((x + QUIET) % 8));
	snprintf(dict, sizeof dict, "/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1/ColorSpace[/CalGray<</WhitePoint[1 1 1]/Gamma 2.2>>]", side, side);
	b->qr = pdf_reserve(&b->w);
	b->qr_side = side;
	pdf_stream(&b->w, b->qr, dict, bits, (size_t)(side * row_bytes));
	return 0;
}

static int set(struct pdf_book *b, const struct sheet *s, const struct cw_paper *p, const struct pdf_options *o, struct pdf_gap *gap, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf catalog = { 0 };
	struct pdf_sheet page = { .b = b, .s = s };
	uint32_t seal = 0;

	pdf_begin(&b->w);
	pdf_fonts(&b->w, p->face, b->fonts);
	uint32_t names = pdf_attachments(b, p, &catalog);
	int rc = pdf_put_code(b, s, err);

	if (rc)
		return rc;
	pdf_book_begin(b, PDF_A4_WIDTH, PDF_A4_HEIGHT);
	pdf_sheet_set(&page);
	if (p->sealed_at)
		seal = pdf_seal_object(b, &page, p, o->room_bytes, gap);
	pdf_book_end(b);
	pdf_finish(b, &page, p, names, &catalog, seal);
	return pdf_failed(b, err);
}

int pdf_make(const struct cw_paper *p, const struct pdf_options *o, struct cw_buf *out, struct pdf_gap *gap, struct cw_error *err)
{
	struct pdf_book book = { .face = p->face, .w = { .like = o->like, .like_len = o->like_len } };
	struct sheet sheet;
	int rc = sheet_make(p, &sheet, err);

	*gap = (struct pdf_gap){ 0 };
	book.w.out.max_bytes = CW_PDF_MAX_BYTES;
	if (!rc)
		rc = set(&book, &sheet, p, o, gap, err);
	if (!rc && gap->from)
		pdf_seal_range(&book.w.out, gap);
	if (!rc)
		cw_buf_add(out, book.w.out.data, book.w.out.len);
	if (!rc && out->failed)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));
	pdf_book_clear(&book);
	sheet_clear(&sheet);
	return rc;
}

static int print(const struct cw_paper *p, struct cw_buf *out, struct cw_error *err)
{
	struct pdf_gap gap;

	return pdf_make(p, &(struct pdf_options){ 0 }, out, &gap, err);
}

const struct cw_renderer cw_renderer_pdf = { .id = "pdf", .print = print, .suffix = ".pdf", .needs_face = true };
