/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PDF files: any bytes, or a sealed page with something changed in it.  In the second kind an input is a list of changes, so that it stays small and what is changed lies deep:
 * in the file, or in what a compressed stream of it holds.  No font is at hand, and no key: whatever was changed, it must be found out.
 */
#include <zlib.h>

#include "../../src/render/pdf.h"
#include "fuzz.h"

#define FOLDER "tests/vectors/pdf/"
#define CHANGES_MAX 3

static struct base { const char *path; uint8_t *bytes; size_t len; } bases[] = { { .path = FOLDER "certificate.pdf" }, { .path = FOLDER "report.pdf" }, { .path = FOLDER "laboratory.pdf" } };
static uint8_t *root;
static size_t root_len;

static void load(void)
{
	if (root)
		return;
	root = fuzz_file(FOLDER "root.pem", &root_len);
	for (size_t i = 0; i < CW_ARRAY_LEN(bases); i++)
		bases[i].bytes = fuzz_file(bases[i].path, &bases[i].len);
}

/* ---- changes ---- */

struct change { uint8_t item; uint32_t at; uint8_t dropped, added; };

/* Drops some bytes of what is in b at a place, and puts others there. */
static void edit(struct cw_buf *b, const struct change *c, const uint8_t **data, size_t *len)
{
	size_t at = b->len ? c->at % b->len : 0, drop = c->dropped < b->len - at ? c->dropped : b->len - at;
	CW_AUTO_BUF struct cw_buf tail = { 0 };
	uint8_t added[UINT8_MAX];

	fuzz_take(data, len, added, c->added);
	cw_buf_add(&tail, b->data + at + drop, b->len - at - drop);
	b->len = at;
	cw_buf_add(b, added, c->added);
	cw_buf_add(b, tail.data ? tail.data : "", tail.len);
	CLAIM(!b->failed);
}

static void put_packed(struct cw_buf *out, const struct cw_buf *plain)
{
	uLong room = compressBound(plain->len);
	CW_AUTO_FREE Bytef *packed = malloc(room);

	CLAIM(packed && compress2(packed, &room, (const Bytef *)plain->data, plain->len, Z_BEST_COMPRESSION) == Z_OK);
	cw_buf_add(out, packed, room);
}

/* The stream of one object, changed where it is not compressed; its length is made right again. */
static void edit_stream(struct cw_buf *b, const struct pdf_item *item, const struct change *c, const uint8_t **data, size_t *len)
{
	CW_AUTO_BUF struct cw_buf plain = { 0 }, packed = { 0 }, whole = { 0 };
	const char *rest = item->dict + strlen("<</Length ");

	if (!pdf_inflate(item->stream, item->stream_len, CW_PDF_MAX_BYTES, &plain) || !plain.len)
		return;
	edit(&plain, c, data, len);
	put_packed(&packed, &plain);
	cw_buf_add(&whole, b->data, (size_t)(rest - b->data));
	cw_buf_printf(&whole, "%zu", packed.len);
	rest += strspn(rest, "0123456789");
	cw_buf_add(&whole, rest, (size_t)((const char *)item->stream - rest));
	cw_buf_add(&whole, packed.data, packed.len);
	rest = (const char *)item->stream + item->stream_len;
	cw_buf_add(&whole, rest, b->len - (size_t)(rest - b->data));
	cw_buf_clear(b);
	*b = whole;
	whole = (struct cw_buf){ 0 };
}

static void change(struct cw_buf *b, const uint8_t **data, size_t *len)
{
	static struct pdf_file f;
	struct cw_error err = { 0 };
	struct change c = { 0 };

	fuzz_take(data, len, &c.item, 1);
	fuzz_take(data, len, &c.at, sizeof(c.at));
	fuzz_take(data, len, &c.dropped, 1);
	fuzz_take(data, len, &c.added, 1);
	if (!c.item || pdf_walk((const uint8_t *)b->data, b->len, &f, &err) || !f.items[c.item % f.n].stream)
		edit(b, &c, data, len);
	else
		edit_stream(b, &f.items[c.item % f.n], &c, data, len);
}

/* ---- what is read of it ---- */

static void read_parts(const struct pdf_file *f)
{
	struct cw_pdf_parts parts = { 0 };
	struct cw_typeface *face = NULL;
	struct cw_error err = { 0 };

	if (!pdf_read_parts(f, &parts, &err)) {
		CLAIM(parts.json.data && parts.p7s.data && parts.journal.data);
		CLAIM(parts.json.len <= CW_JSON_MAX_BYTES && parts.p7s.len <= CW_P7S_MAX && parts.journal.len <= CW_JOURNAL_MAX_BYTES);
		CLAIM(parts.note.len <= CW_SUMMARY_MAX_BYTES && parts.proof.len <= CW_PROOF_MAX_BYTES);
	}
	cw_pdf_parts_clear(&parts);
	if (pdf_read_face(f, &face, &err))
		return;
	for (size_t i = 0; i < face->n; i++)
		CLAIM(*face->glyphs[i].text && face->glyphs[i].font < FACE_FONTS);
	cw_typeface_free(face);
}

static void read_file(const uint8_t *bytes, size_t len)
{
	static struct pdf_file f;
	struct cw_error err = { 0 };

	if (pdf_walk(bytes, len, &f, &err))
		return;
	CLAIM(f.n <= PDF_ITEMS_MAX && cw_pdf_is_pdf(bytes, len));
	for (size_t i = 0; i < f.n; i++) {
		const struct pdf_item *item = &f.items[i];

		CLAIM(item->offset < len && (const uint8_t *)item->dict >= bytes && (size_t)((const uint8_t *)item->dict - bytes) + item->dict_len <= len);
		CLAIM(!item->stream || (size_t)(item->stream - bytes) + item->stream_len <= len);
	}
	read_parts(&f);
}

static void judge(const uint8_t *bytes, size_t len, const struct base *base)
{
	static struct cw_verify_result found;
	bool same = base && len == base->len && !memcmp(bytes, base->bytes, len);

	cw_pdf_verify(bytes, len, (const char *)root, root_len, true, NULL, &found);
	CLAIM(same == (found.finding != CW_FINDING_INVALID));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	CW_AUTO_BUF struct cw_buf b = { 0 };
	const struct base *base;
	uint8_t kind;

	load();
	fuzz_take(&data, &len, &kind, 1);
	base = kind % 4 ? &bases[kind % 4 - 1] : NULL;
	cw_buf_add(&b, base ? base->bytes : data, base ? base->len : len);
	for (int i = 0; base && len && i < CHANGES_MAX; i++)
		change(&b, &data, &len);
	uint8_t *exact = fuzz_bytes((const uint8_t *)b.data, b.len, b.len);

	read_file(exact, b.len);
	if (!base || b.len % 4 == 1 || b.len == base->len) /* a share of those that cost a whole verification */
		judge(exact, b.len, base);
	free(exact);
	return 0;
}
