/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both fonts show glyphs of one embedded program, by glyph number (Identity-H).  Each says for every glyph which text it shows and how wide it is: that is
 * the text layer, and from it a page can be set again.
 */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

/* Noto Sans CJK: the box and the heights that its tables head and OS/2 give, the same for all its languages. */
#define DESCRIPTION "/Flags 4/FontBBox[-1002 -1048 2928 1808]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 733/StemV 80"

static int by_cid(const void *a, const void *b)
{
	const struct face_glyph *x = a, *y = b;

	return (int)x->cid - (int)y->cid;
}

static size_t glyphs_of(const struct cw_typeface *t, enum face_font font, struct face_glyph *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->glyphs[i].font == font)
			out[n++] = t->glyphs[i];
	if (n)
		qsort(out, n, sizeof *out, by_cid);
	return n;
}

static void put_unicode(struct cw_buf *b, const struct face_glyph *g)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };

	pdf_put_string(&text, g->text);
	cw_buf_printf(b, "<%04X> <%s\n", g->cid, text.data ? text.data + strlen("<FEFF") : ">");
}

/* At most a hundred in one section (Adobe Technical Note 5014). */
static void to_unicode(struct pdf_writer *w, uint32_t object, const char *origin, const struct face_glyph *glyphs, size_t n)
{
	CW_AUTO_BUF struct cw_buf b = { 0 };

	cw_buf_str(&b, PDF_ORIGIN);
	cw_buf_str(&b, origin);
	cw_buf_str(&b, "\n/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe)/Ordering (UCS)/Supplement 0>> def\n"
		       "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n");
	for (size_t i = 0; i < n; i++) {
		if (i % 100 == 0)
			cw_buf_printf(&b, "%zu beginbfchar\n", n - i < 100 ? n - i : 100);
		put_unicode(&b, &glyphs[i]);
		if (i % 100 == 99 || i + 1 == n)
			cw_buf_str(&b, "endbfchar\n");
	}
	cw_buf_str(&b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
	pdf_stream(w, object, "", b.data ? b.data : "", b.len);
	w->failed |= b.failed;
}

/* Six letters that name the subset (ISO 32000-1, 9.6.4). */
static void base_name(const struct cw_typeface *t, char out[40])
{
	uint8_t hash[CW_SHA256_BYTES];
	char tag[7] = "";

	cw_sha256(t->program.data ? t->program.data : "", t->program.len, hash);
	for (int i = 0; i < 6; i++)
		tag[i] = (char)('A' + hash[i] % 26);
	snprintf(out, 40, "%s+NotoSansCJKtc-Regular", tag);
}

static void cid_font(struct pdf_writer *w, uint32_t object, uint32_t descriptor, const char *name, const struct face_glyph *glyphs, size_t n)
{
	CW_AUTO_BUF struct cw_buf b = { 0 };

	cw_buf_printf(&b, "<</Type/Font/Subtype/CIDFontType0/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %u 0 R/DW %d/W[", name,
		      descriptor, FACE_EM);
	for (size_t i = 0; i < n; i++)
		cw_buf_printf(&b, "%u[%u]", glyphs[i].cid, glyphs[i].advance);
	cw_buf_str(&b, "]>>");
	pdf_plain(w, object, b.data ? b.data : "");
	w->failed |= b.failed;
}

static void one_font(struct pdf_writer *w, const struct cw_typeface *t, enum face_font font, const char *name, uint32_t descriptor, uint32_t *out)
{
	CW_AUTO_FREE struct face_glyph *glyphs = calloc(t->n + 1, sizeof *glyphs);
	CW_AUTO_BUF struct cw_buf b = { 0 };
	size_t n = glyphs ? glyphs_of(t, font, glyphs) : 0;

	*out = pdf_reserve(w);
	if (!glyphs) {
		w->failed = true;
		return;
	}
	to_unicode(w, PDF_OBJECT_UNICODE(font), t->origin, glyphs, n);
	cid_font(w, PDF_OBJECT_CIDFONT(font), descriptor, name, glyphs, n);
	cw_buf_printf(&b, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%u 0 R]/ToUnicode %u 0 R>>", name, PDF_OBJECT_CIDFONT(font),
		      PDF_OBJECT_UNICODE(font));
	pdf_pack(w, *out, b.data ? b.data : "");
	w->failed |= b.failed;
}

void pdf_fonts(struct pdf_writer *w, const struct cw_typeface *t, uint32_t out[FACE_FONTS])
{
	CW_AUTO_BUF struct cw_buf b = { 0 };
	char name[40];

	for (uint32_t i = PDF_OBJECT_PROGRAM; i < PDF_OBJECT_OTHERS; i++)
		w->failed |= pdf_reserve(w) != i;
	base_name(t, name);
	pdf_stream(w, PDF_OBJECT_PROGRAM, "/Subtype/CIDFontType0C", t->program.data ? t->program.data : "", t->program.len);
	uint32_t descriptor = pdf_reserve(w);

	for (size_t f = 0; f < FACE_FONTS; f++)
		one_font(w, t, (enum face_font)f, name, descriptor, &out[f]);
	cw_buf_printf(&b, "<</Type/FontDescriptor/FontName/%s" DESCRIPTION "/FontFile3 %u 0 R>>", name, PDF_OBJECT_PROGRAM);
	pdf_pack(w, descriptor, b.data ? b.data : "");
	w->failed |= b.failed;
}
