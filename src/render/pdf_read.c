/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a PDF of certwipe apart.  It knows the one layout that pdf_writer.c makes and no other: whether every byte is as it should be is found by making the file
 * again (pdf_check.c), so nothing is interpreted here that is not needed for that.
 */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

#define UNICODE_MAX (1024u * 1024u)
#define P7S_MAX (64u * 1024u)

bool cw_pdf_is_pdf(const void *bytes, size_t len)
{
	return len > 5 && !memcmp(bytes, "%PDF-", 5);
}

void cw_pdf_parts_clear(struct cw_pdf_parts *p)
{
	cw_buf_clear(&p->json);
	cw_buf_clear(&p->p7s);
	cw_buf_clear(&p->journal);
	cw_buf_clear(&p->root);
	cw_buf_clear(&p->note);
	cw_buf_clear(&p->proof);
	for (size_t i = 0; i < p->n_photos; i++)
		cw_buf_clear(&p->photos[i]);
}

/* ---- objects ---- */

struct walk { const uint8_t *bytes; size_t at, len; };

static bool take(struct walk *w, const char *text)
{
	size_t n = strlen(text);

	if (w->len - w->at < n || memcmp(w->bytes + w->at, text, n) != 0)
		return false;
	w->at += n;
	return true;
}

static bool take_number(struct walk *w, size_t *out)
{
	size_t from = w->at;

	for (*out = 0; w->at < w->len && w->at - from < 10 && w->bytes[w->at] >= '0' && w->bytes[w->at] <= '9'; w->at++)
		*out = 10 * *out + (size_t)(w->bytes[w->at] - '0');
	return w->at > from;
}

static bool take_line(struct walk *w, const char **line, size_t *len)
{
	const uint8_t *from = w->bytes + w->at, *newline = memchr(from, '\n', w->len - w->at);

	if (!newline)
		return false;
	*line = (const char *)from;
	*len = (size_t)(newline - from);
	w->at += *len + 1;
	return true;
}

static bool take_stream(struct walk *w, struct pdf_item *item)
{
	struct walk dict = { (const uint8_t *)item->dict, strlen("<</Length "), item->dict_len };

	if (!take_number(&dict, &item->stream_len) || item->stream_len > w->len - w->at)
		return false;
	item->stream = w->bytes + w->at;
	w->at += item->stream_len;
	return take(w, "\nendstream\n");
}

static bool take_object(struct walk *w, struct pdf_item *item)
{
	size_t number;

	item->offset = w->at;
	if (!take_number(w, &number) || !take(w, " 0 obj\n") || !take_line(w, &item->dict, &item->dict_len))
		return false;
	item->object = (uint32_t)number;
	if (item->dict_len > 10 && !memcmp(item->dict, "<</Length ", 10) && (!take(w, "stream\n") || !take_stream(w, item)))
		return false;
	return take(w, "endobj\n");
}

/* Most often somebody added something: told by itself, for this is what a PDF reader would not say. */
static int refuse(const struct walk *w, struct cw_error *err)
{
	const uint8_t *end = memmem(w->bytes, w->len, "\n%%EOF\n", 7);
	size_t behind = end ? w->len - (size_t)(end + 7 - w->bytes) : 0;

	if (behind)
		return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("Behind the end of the document stand %zu more bytes: it was changed or added to after it was made."), behind);
	return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The PDF is not built as certwipe builds them (byte %zu): it is damaged, was changed, or was made by something else."), w->at);
}

int pdf_walk(const uint8_t *bytes, size_t len, struct pdf_file *out, struct cw_error *err)
{
	struct walk w = { .bytes = bytes, .len = len };
	size_t xref = 0;

	out->bytes = bytes;
	out->len = len;
	out->n = 0;
	if (len > CW_PDF_MAX_BYTES)
		return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The PDF has %zu bytes; at most %u are read."), len, CW_PDF_MAX_BYTES);
	if (!take(&w, PDF_HEADER))
		return refuse(&w, err);
	while (!take(&w, "startxref\n")) {
		memset(&out->items[out->n < PDF_ITEMS_MAX ? out->n : PDF_ITEMS_MAX - 1], 0, sizeof out->items[0]);
		if (out->n == PDF_ITEMS_MAX || !take_object(&w, &out->items[out->n]))
			return refuse(&w, err);
		out->n++;
	}
	return take_number(&w, &xref) && take(&w, "\n%%EOF\n") && w.at == len ? 0 : refuse(&w, err);
}

static bool has(const struct pdf_item *item, const char *text)
{
	return memmem(item->dict, item->dict_len, text, strlen(text)) != NULL;
}

const struct pdf_item *pdf_seal_item(const struct pdf_file *f, size_t *n)
{
	const struct pdf_item *found = NULL;

	*n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (has(&f->items[i], "/Type/Sig/")) {
			found = &f->items[i];
			++*n;
		}
	return found;
}

/* ---- attached files ---- */

static int read_stream(const struct pdf_item *item, size_t most, struct cw_buf *out, struct cw_error *err)
{
	out->max_bytes = most + 65536;
	if (!item || !item->stream || !pdf_inflate(item->stream, item->stream_len, most, out))
		return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("Object %u of the PDF is missing, damaged or too large."), item ? item->object : 0);
	cw_buf_add(out, "", 0); /* also an empty one is there */
	return 0;
}

/* What it carries besides its evidence; which files of the document they are, their digests tell. */
static int read_photos(const struct pdf_file *f, struct cw_pdf_parts *out, struct cw_error *err)
{
	size_t room = CW_PDF_PHOTOS_MAX_BYTES;
	int rc = 0;

	for (size_t i = 0; !rc && i < f->n; i++) {
		if (!has(&f->items[i], "/Type/EmbeddedFile/Subtype/" PDF_IMAGE) && !has(&f->items[i], "/Type/EmbeddedFile/Subtype/" PDF_OTHER_FILE "/"))
			continue;
		if (out->n_photos == CW_PHOTOS_MAX)
			return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The PDF carries more files than a document can name."));
		struct cw_buf *to = &out->photos[out->n_photos++];

		rc = read_stream(&f->items[i], room, to, err);
		room -= rc ? 0 : to->len;
	}
	return rc;
}

int pdf_read_parts(const struct pdf_file *f, struct cw_pdf_parts *out, struct cw_error *err)
{
	const struct { const char *mime; struct cw_buf *to; size_t most; bool needed; } parts[] = {
		{ "/Type/EmbeddedFile/Subtype/application#2Fjson/", &out->json, CW_JSON_MAX_BYTES, true },
		{ "/Type/EmbeddedFile/Subtype/application#2Fpkcs7-signature/", &out->p7s, P7S_MAX, true },
		{ "/Type/EmbeddedFile/Subtype/application#2Fjsonl/", &out->journal, CW_JOURNAL_MAX_BYTES, true },
		{ "/Type/EmbeddedFile/Subtype/text#2Fplain/", &out->note, CW_SUMMARY_MAX_BYTES, false },
		{ "/Type/EmbeddedFile/Subtype/text#2Fvnd.c2sp.tlog-proof/", &out->proof, CW_PROOF_MAX_BYTES, false },
		{ "/Type/EmbeddedFile/Subtype/application#2Fx-pem-file/", &out->root, P7S_MAX, false },
	};
	int rc = 0;

	for (size_t p = 0; !rc && p < CW_ARRAY_LEN(parts); p++) {
		const struct pdf_item *found = NULL;

		for (size_t i = 0; !found && i < f->n; i++)
			found = has(&f->items[i], parts[p].mime) ? &f->items[i] : NULL;
		if (found || parts[p].needed)
			rc = read_stream(found, parts[p].most, parts[p].to, err);
	}
	return rc ? rc : read_photos(f, out, err);
}

int cw_pdf_take_apart(const void *bytes, size_t len, struct cw_pdf_parts *out, struct cw_error *err)
{
	struct pdf_file *f = calloc(1, sizeof *f);
	int rc = f ? pdf_walk(bytes, len, f, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the PDF."));

	*out = (struct cw_pdf_parts){ 0 };
	if (!rc)
		rc = pdf_read_parts(f, out, err);
	free(f);
	return rc;
}

/* ---- the face, as the file's own fonts describe it ---- */

static const struct pdf_item *item_of(const struct pdf_file *f, uint32_t object)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].object == object)
			return &f->items[i];
	return NULL;
}

static int no_face(struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The fonts of the PDF are not in the form that certwipe writes."));
}

/* "/W[17[500]18[1000]]": cid and advance. */
static bool read_widths(const struct pdf_item *font, int32_t *advances)
{
	const char *found = font ? memmem(font->dict, font->dict_len, "/W[", 3) : NULL;
	struct walk w = { .bytes = (const uint8_t *)found, .at = 3, .len = found ? (size_t)(font->dict + font->dict_len - found) : 0 };
	size_t cid, advance;

	memset(advances, 0xff, (UINT16_MAX + 1u) * sizeof *advances);
	while (found && !take(&w, "]")) {
		if (!take_number(&w, &cid) || cid > UINT16_MAX || !take(&w, "[") || !take_number(&w, &advance) || advance > INT16_MAX || !take(&w, "]"))
			return false;
		advances[cid] = (int32_t)advance;
	}
	return found != NULL;
}

static void put_utf8(char **at, uint32_t c)
{
	int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (int i = n - 1; i > 0; i--) {
		(*at)[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	(*at)[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	*at += n;
}

/* UTF-16 in hexadecimal; false for more than fits, or halves of a pair. */
static bool read_text(const char *hex, char out[FACE_TEXT_MAX])
{
	unsigned unit, low;
	char *at = out;

	for (; *hex; hex += 4) {
		if (at - out > FACE_TEXT_MAX - 5 || sscanf(hex, "%4X", &unit) != 1 || strlen(hex) < 4)
			return false;
		if (unit >= 0xd800 && unit < 0xdc00) {
			hex += 4;
			if (strlen(hex) < 4 || sscanf(hex, "%4X", &low) != 1 || low < 0xdc00 || low > 0xdfff)
				return false;
			unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
		} else if (unit >= 0xdc00 && unit < 0xe000) {
			return false;
		}
		put_utf8(&at, unit);
	}
	*at = 0;
	return at > out;
}

static int read_glyph(struct cw_typeface *t, enum face_font font, const char *line, const int32_t *advances, struct cw_error *err)
{
	char hex[4 * FACE_TEXT_MAX], text[FACE_TEXT_MAX];
	unsigned cid;

	if (strlen(line) < 13 || strncmp(line + 5, "> <", 3) != 0)
		return 0; /* another line of the map */
	if (sscanf(line, "<%4X> <%100[0-9A-F]>", &cid, hex) != 2)
		return no_face(err);
	if (cid > UINT16_MAX || advances[cid] < 0 || !read_text(hex, text))
		return no_face(err);
	return face_add(t, font, text, cid, (unsigned long)advances[cid], err);
}

static int read_font(const struct pdf_file *f, enum face_font font, struct cw_typeface *t, struct cw_error *err)
{
	CW_AUTO_FREE int32_t *advances = malloc((UINT16_MAX + 1u) * sizeof *advances);
	CW_AUTO_BUF struct cw_buf map = { 0 };
	int rc = read_stream(item_of(f, PDF_OBJECT_UNICODE(font)), UNICODE_MAX, &map, err);

	if (!rc && (!advances || !read_widths(item_of(f, PDF_OBJECT_CIDFONT(font)), advances) || strlen(map.data) != map.len))
		rc = no_face(err);
	for (char *rest = map.data, *line; !rc && (line = strsep(&rest, "\n"));) {
		if (!strncmp(line, PDF_ORIGIN, strlen(PDF_ORIGIN)))
			cw_strlcpy(t->origin, line + strlen(PDF_ORIGIN), sizeof t->origin);
		else
			rc = read_glyph(t, font, line, advances, err);
	}
	return rc;
}

int pdf_read_face(const struct pdf_file *f, struct cw_typeface **out, struct cw_error *err)
{
	struct cw_typeface *t = calloc(1, sizeof *t);
	int rc = t ? read_stream(item_of(f, PDF_OBJECT_PROGRAM), FACE_PROGRAM_MAX, &t->program, err) :
		     cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the PDF."));

	for (size_t font = 0; !rc && font < FACE_FONTS; font++)
		rc = read_font(f, (enum face_font)font, t, err);
	if (rc)
		cw_typeface_free(t);
	else
		*out = t;
	return rc;
}
