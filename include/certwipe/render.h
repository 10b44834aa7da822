/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: documents as people and scripts read them.  Input is one JSON document with a `schema` key ("certwipe/list/1"), or the evidence of a document
 * that goes onto paper; it reads only.
 * src/render/<id>.c defines `const struct cw_renderer cw_renderer_<id>`; the Makefile makes the registry from the folder.
 */
#ifndef CERTWIPE_RENDER_H
#define CERTWIPE_RENDER_H

#include "certwipe/register.h"

/* ---- paper: one certificate or report, from its evidence and nothing else ---- */

struct cw_typeface;
struct cw_paper {
	struct cw_evidence_files files; /* the proof may be missing; a PDF carries them */
	const json_t *document;         /* files.json, parsed, and checked by cw_payload_check() */
	const char *root_pem;           /* the organisation's root, for comparing its fingerprint; NULL: not at hand */
	size_t root_len;
	const char *note;               /* signed summary (cw_summary_sign()) for the QR; NULL: it carries an unsigned one, and says so */
	size_t note_len;
	const char *sealed_at;          /* NULL: an unsealed copy, and says so */
	const char *decision;           /* what was decided since, as the verifier found it: "approved", "rejected"; NULL or "": as the document says.  A sealed page says the latter */
	struct cw_typeface *face;       /* of pdf and label */
	/* Files that the document names (photographs), by their place in it, as far as the page carries them; bytes NULL: not this one. */
	struct cw_photo { const void *bytes; size_t len; } photos[CW_PHOTOS_MAX];
};

struct cw_renderer {
	const char *id; /* "text", "json": --format */
	/* Appends to out.  width: cells a line may take, 0: no limit.  NULL: a format of paper only. */
	int (*render)(const json_t *doc, size_t width, struct cw_buf *out, struct cw_error *err);
	/* Appends a whole file to out: the same bytes for the same paper.  NULL: not a format of paper. */
	int (*print)(const struct cw_paper *p, struct cw_buf *out, struct cw_error *err);
	const char *suffix; /* of a printed file: ".pdf" */
	bool needs_face;
};
extern const struct cw_renderer *const cw_renderers[]; /* NULL-terminated, sorted */
const struct cw_renderer *cw_renderer_get(const char *id);

/* ---- typefaces (typeface.c): what a page needs to know of a font ---- */

/*
 * The font itself is read by another program, the typesetter, so that nothing else depends on its libraries.  To print: render with a collector, give its
 * request to the typesetter, render again with the face that its answer makes.
 */
#define CW_TYPESETTER_NAME "certwipe-typeset"
struct cw_typeface *cw_typeface_collector(void); /* NULL: out of memory */
/* What the pages that were rendered with a collector have to show: lines of "R" or "M" (regular, mono) and text. */
CW_MUST_CHECK int cw_typeface_request(const struct cw_typeface *collector, struct cw_buf *out, struct cw_error *err);
/* An answer of the typesetter; strict.  CW_E_TYPESET says which font is missing, or which character it lacks. */
CW_MUST_CHECK int cw_typeface_answer(const char *answer, size_t len, struct cw_typeface **out, struct cw_error *err);
void cw_typeface_free(struct cw_typeface *t);
const char *cw_typeset_font(void); /* typeset_font.c: the file of the font on this machine; "": none */
/*
 * The typesetter's work (typeset.c; the only code with HarfBuzz): request in, answer out.  font: bytes of a TrueType collection that has Noto Sans CJK TC and
 * Noto Sans Mono CJK TC.  Fails only for want of memory; everything else is an answer, too.
 */
CW_MUST_CHECK int cw_typeset(const void *font, size_t font_len, const char *request, size_t len, struct cw_buf *answer, struct cw_error *err);

/* ---- PDF: sealed, and checked ---- */

/*
 * p->sealed_at says when (UTC).  CW_E_REFUSED: the signer's certificate is not the one that the evidence names, so that what the page says of its seal would be
 * wrong.
 */
CW_MUST_CHECK int cw_pdf_seal(const struct cw_paper *p, struct cw_signer *signer, struct cw_buf *out, struct cw_error *err);
#define CW_PDF_MAX_BYTES (8u * 1024u * 1024u)
#define CW_PDF_PHOTOS_MAX_BYTES (6u * 1024u * 1024u) /* of all that it carries; of others it has name and SHA-256 only */
/* May a page carry a file of this name?  They must come in the order of their names. */
bool cw_pdf_carries(const char *name);
bool cw_pdf_is_pdf(const void *bytes, size_t len);
/* What is attached to a PDF of certwipe; nothing is checked but that it can be taken out. */
struct cw_pdf_parts { struct cw_buf json, p7s, journal, root, note, proof, photos[CW_PHOTOS_MAX]; size_t n_photos; };
CW_MUST_CHECK int cw_pdf_take_apart(const void *bytes, size_t len, struct cw_pdf_parts *out, struct cw_error *err);
void cw_pdf_parts_clear(struct cw_pdf_parts *p);
/* Asks the typesetter; as cw_typeface_answer(). */
typedef int (*cw_typesetter)(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err);
/*
 * certificate.md 9.2, last part: one revision, one seal over all of it, and a page that is what the attached evidence makes, byte for byte; the attached evidence itself
 * by cw_verify().  All but the shapes of the letters is made again without any font; those need typesetter, and without it (NULL), or without the very font, stay a remark.
 */
void cw_pdf_verify(const void *bytes, size_t len, const char *roots_pem, size_t roots_len, bool allow_laboratory, cw_typesetter typesetter, struct cw_verify_result *out);

#endif
