/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of this folder ask of a typeface.  Lengths are thousandths of the type size. */
#ifndef RENDER_TYPEFACE_H
#define RENDER_TYPEFACE_H

#include "certwipe/render.h"

enum face_font { FACE_REGULAR, FACE_MONO, FACE_FONTS };
#define FACE_TEXT_MAX 32     /* bytes of one cluster: a character with what combines with it */
#define FACE_PROGRAM_MAX (2u * 1024u * 1024u)
#define FACE_GLYPHS_MAX 20000u
#define FACE_EM 1000

struct face_glyph { char text[FACE_TEXT_MAX]; uint8_t font; uint16_t cid, advance; };
struct cw_typeface {
	struct face_glyph *glyphs; /* sorted by font, then text */
	size_t n, room;
	struct cw_buf program;     /* CFF font, subset to these glyphs */
	char origin[CW_TEXT_MAX];  /* which font, cut by which library: two of the same origin are the same */
	bool collects;
	struct cw_buf request;
};

/* The glyph for what stands at text, the longest that is known; *len: its bytes.  NULL: there is none.  A collector has the same glyph for all. */
const struct face_glyph *face_glyph_at(const struct cw_typeface *t, enum face_font font, const char *text, size_t *len);
/* A collector remembers that text[0..len) is to be shown. */
void face_note(struct cw_typeface *t, enum face_font font, const char *text, size_t len);
/* CW_E_INVALID: twice the same text, or numbers that no glyph has. */
CW_MUST_CHECK int face_add(struct cw_typeface *t, enum face_font font, const char *text, unsigned long cid, unsigned long advance, struct cw_error *err);
size_t face_character(const char *text); /* bytes of the UTF-8 character at text, which is well-formed */
uint32_t face_code_point(const char *text);

#endif
