/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PDF 1.7 as certwipe writes it: PDF/A-3 and tagged by construction, one revision, no more than a certificate needs.
 *
 *   pdf_writer.c  objects, streams, cross-reference    pdf_meta.c    catalog, XMP, attachments, seal
 *   pdf_font.c    the two fonts                        pdf_seal.c    room for a signature, and its signature
 *   pdf_text.c    lines and marked content             pdf_read.c    takes such a file apart
 *   pdf_book.c    pages and the structure tree         pdf_check.c   is a file what its evidence makes?
 *   pdf_sheet.c, pdf_parts.c  what stands where on the page of a certificate
 *
 * Lengths are hundredths of a point, y counts from the bottom; whole numbers only, so that every machine sets the same page.
 */
#ifndef RENDER_PDF_H
#define RENDER_PDF_H

#include "qr.h"
#include "sheet.h"
#include "typeface.h"

#define PT 100
#define PDF_HEADER "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

/* ---- pdf_writer.c ---- */

struct pdf_object { uint32_t offset, packed; /* packed: place in the object stream, from 1; 0: stands by itself */ bool written; };
struct pdf_writer {
	struct cw_buf out;
	/*
	 * A file that this one should equal: compressed streams are taken from it where they hold the same bytes, because another zlib may compress
	 * them in another way.
	 */
	const uint8_t *like;
	size_t like_len;
	struct pdf_object *objects; /* [0] is the free entry */
	uint32_t n, room;
	struct cw_buf packed_heads, packed_bodies;
	uint32_t n_packed, pack; /* pack: number of the object stream */
	bool failed;             /* out of memory; looked at once at the end */
};
void pdf_begin(struct pdf_writer *w);
uint32_t pdf_reserve(struct pdf_writer *w);                              /* number of a new object */
/* dict: entries without the brackets, none of them Length or Filter. */
void pdf_stream(struct pdf_writer *w, uint32_t object, const char *dict, const void *data, size_t len);
void pdf_stream_plain(struct pdf_writer *w, uint32_t object, const char *dict, const void *data, size_t len); /* not compressed */
void pdf_plain(struct pdf_writer *w, uint32_t object, const char *body); /* a dictionary that stands by itself */
void pdf_pack(struct pdf_writer *w, uint32_t object, const char *body);  /* one of the many that are compressed together */
void pdf_end(struct pdf_writer *w, uint32_t root, uint32_t info, const char *id_hex);
void pdf_writer_clear(struct pdf_writer *w);
/* Inflates exactly len bytes of one whole stream; false: they are none, or give more than most bytes. */
CW_MUST_CHECK bool pdf_inflate(const uint8_t *bytes, size_t len, size_t most, struct cw_buf *out);
void pdf_put_length(struct cw_buf *b, int length);       /* "12.34" */
void pdf_put_string(struct cw_buf *b, const char *utf8); /* a text string in hexadecimal UTF-16 */

/* ---- pdf_font.c ---- */

/* The first objects of a file, so that a reader finds them: font program, then for each font ToUnicode and CIDFont; the attached files follow. */
#define PDF_OBJECT_PROGRAM 1
#define PDF_OBJECT_UNICODE(font) (2 + 2 * (font))
#define PDF_OBJECT_CIDFONT(font) (3 + 2 * (font))
#define PDF_OBJECT_OTHERS (PDF_OBJECT_CIDFONT(FACE_FONTS - 1) + 1)
#define PDF_ORIGIN "% font " /* a comment in ToUnicode: where the face comes from */
void pdf_fonts(struct pdf_writer *w, const struct cw_typeface *t, uint32_t out[FACE_FONTS]);

/* ---- pdf_book.c: pages, and what reads them aloud ---- */

#define PDF_PAGES_MAX 32
struct pdf_page { uint32_t object; struct cw_buf content, parents /* element of each marked content */; uint32_t n_marked; int gray, bold; };
struct pdf_element { uint32_t object, parent, page; const char *type, *more; struct cw_buf kids; };
struct pdf_book {
	struct pdf_writer w;
	struct cw_typeface *face;
	struct pdf_page pages[PDF_PAGES_MAX];
	size_t n_pages, current; /* current: index of the one that is being set, the last but for its footers */
	struct pdf_element *elements; /* by value, so keep numbers, not pointers */
	size_t n_elements, elements_room;
	uint32_t tree, fonts[FACE_FONTS], qr, widget /* annotation of the seal; 0: none */, page_tree;
	int qr_side; /* of the code with its margin, in modules */
	int width, height; /* of all pages */
	bool too_long, unset; /* more pages than there may be; a character that the face lacks */
	char lacking[FACE_TEXT_MAX];
};
typedef size_t pdf_tag; /* index of an element */
#define PDF_NO_TAG SIZE_MAX
struct pdf_page *pdf_page(struct pdf_book *b); /* the current one */
void pdf_page_new(struct pdf_book *b);
pdf_tag pdf_tag_new(struct pdf_book *b, pdf_tag parent, const char *type, const char *more /* entries, static; NULL */);
/* Content between these belongs to the tag, or (PDF_NO_TAG) to nothing that needs to be read.  lang NULL: the document's. */
void pdf_mark(struct pdf_book *b, pdf_tag tag, const char *lang);
void pdf_unmark(struct pdf_book *b);
void pdf_book_begin(struct pdf_book *b, int width, int height);
/* Page tree, pages, structure tree: the objects that the catalog names. */
void pdf_book_end(struct pdf_book *b);
void pdf_book_clear(struct pdf_book *b);

/* ---- pdf_text.c ---- */

enum { PDF_BLACK = 0, PDF_DARK = 30, PDF_WHITE = 100 }; /* hundredths of white */
struct pdf_run { const char *text; int size; int gray; bool bold; enum face_font font; const char *lang; };
#define PDF_RUNS_MAX 6
#define PDF_PIECES_MAX 400
struct pdf_piece { uint32_t run, line; int x; const char *text; size_t len; };
struct pdf_block { struct pdf_run runs[PDF_RUNS_MAX]; size_t n_runs, n_pieces; uint32_t n_lines; int leading, height, size; struct pdf_piece pieces[PDF_PIECES_MAX]; };
/* Breaks runs, one behind the other, into lines of this width. */
void pdf_flow(struct pdf_book *b, const struct pdf_run *runs, size_t n, int width, struct pdf_block *out);
/* Shows it with its upper left corner at x, top. */
void pdf_show(struct pdf_book *b, pdf_tag tag, const struct pdf_block *block, int x, int top);
int pdf_text_width(struct pdf_book *b, const struct pdf_run *r);
/* One line at a baseline, not broken; angle in degrees is 0 or that of the watermark. */
void pdf_line(struct pdf_book *b, pdf_tag tag, const struct pdf_run *r, int x, int baseline);
void pdf_watermark(struct pdf_book *b, const struct pdf_run *r);
void pdf_box(struct pdf_book *b, int x, int y, int width, int height, int gray, int line); /* line 0: filled; an artifact */
/* The QR.  Its size on paper, at most max: each module takes whole dots of a printer of 300 dots an inch, or it would be read badly. */
int pdf_code_size(const struct pdf_book *b, int max);
void pdf_code(struct pdf_book *b, pdf_tag tag, int x, int y, int size);

/* ---- pdf_sheet.c, pdf_parts.c ---- */

struct pdf_sheet { struct pdf_book *b; const struct sheet *s; pdf_tag document; int y; int seal_box[4]; };
void pdf_sheet_set(struct pdf_sheet *p);
int pdf_paragraph(struct pdf_sheet *p, pdf_tag tag, const struct pdf_run *runs, size_t n, int x, int width, int top); /* its height */
bool pdf_need(struct pdf_sheet *p, int height); /* a new page when it does not fit; true then */
void pdf_section(struct pdf_sheet *p, const struct sheet_section *section, bool paired);
void pdf_heading(struct pdf_sheet *p, const struct sheet_text *text);
void pdf_limits(struct pdf_sheet *p);
void pdf_check_part(struct pdf_sheet *p);
void pdf_closing(struct pdf_sheet *p);
#define PDF_LEFT (45 * PT)
#define PDF_RIGHT (550 * PT)
#define PDF_TOP (800 * PT)
#define PDF_BOTTOM (46 * PT)
#define PDF_A4_WIDTH 59528
#define PDF_A4_HEIGHT 84189

/* ---- pdf_meta.c, pdf_seal.c ---- */

/* Kinds of the files that a page carries besides its evidence, as their Subtype has them. */
#define PDF_IMAGE "image#2F"
#define PDF_OTHER_FILE "application#2Foctet-stream"

struct pdf_options {
	const uint8_t *like;     /* see struct pdf_writer */
	size_t like_len;
	size_t room_bytes;       /* for the seal */
};
struct pdf_gap { size_t from, upto; }; /* the hexadecimal string with its brackets: what no signature covers; from 0: there is none */
uint32_t pdf_attachments(struct pdf_book *b, const struct cw_paper *p, struct cw_buf *catalog);
/* The signature's dictionary; the range is filled in by pdf_seal_range(). */
uint32_t pdf_seal_object(struct pdf_book *b, const struct pdf_sheet *s, const struct cw_paper *p, size_t room_bytes, struct pdf_gap *gap);
void pdf_seal_range(struct cw_buf *file, const struct pdf_gap *gap);
/* names 0 and catalog NULL: nothing is attached; seal 0: none. */
void pdf_finish(struct pdf_book *b, const struct pdf_sheet *s, const struct cw_paper *p, uint32_t names, const struct cw_buf *catalog, uint32_t seal);
/* ---- pdf_read.c: a file as this folder writes it, taken apart ---- */

#define PDF_ITEMS_MAX 128
struct pdf_item { uint32_t object; size_t offset; const char *dict; size_t dict_len; const uint8_t *stream; size_t stream_len; /* stream NULL: a dictionary only */ };
struct pdf_file { const uint8_t *bytes; size_t len; struct pdf_item items[PDF_ITEMS_MAX]; size_t n; };
/* Objects that stand by themselves, from the header to the end; CW_E_INVALID says where it is something else. */
CW_MUST_CHECK int pdf_walk(const uint8_t *bytes, size_t len, struct pdf_file *out, struct cw_error *err);
/* The seal of a file, as it says of itself; NULL: it has none, *n counts them. */
const struct pdf_item *pdf_seal_item(const struct pdf_file *f, size_t *n);
CW_MUST_CHECK int pdf_read_parts(const struct pdf_file *f, struct cw_pdf_parts *out, struct cw_error *err);
CW_MUST_CHECK int pdf_read_face(const struct pdf_file *f, struct cw_typeface **out, struct cw_error *err);

/* pdf.c */
CW_MUST_CHECK int pdf_put_code(struct pdf_book *b, const struct sheet *s, struct cw_error *err);
CW_MUST_CHECK int pdf_failed(const struct pdf_book *b, struct cw_error *err); /* 0, or why the book is not to be used */
/* The whole file, the signature as zeros. */
CW_MUST_CHECK int pdf_make(const struct cw_paper *p, const struct pdf_options *o, struct cw_buf *out, struct pdf_gap *gap, struct cw_error *err);

#endif
