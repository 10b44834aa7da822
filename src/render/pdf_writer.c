/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of a PDF file (ISO 32000-1, 7.3 and 7.5): one body, one cross-reference stream, one end. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pdf.h"

void pdf_begin(struct pdf_writer *w)
{
	cw_buf_str(&w->out, PDF_HEADER);
	w->n = 0;
	pdf_reserve(w); /* number 0 is nobody's */
}

void pdf_writer_clear(struct pdf_writer *w)
{
	cw_buf_clear(&w->out);
	cw_buf_clear(&w->packed_heads);
	cw_buf_clear(&w->packed_bodies);
	free(w->objects);
	*w = (struct pdf_writer){ 0 };
}

uint32_t pdf_reserve(struct pdf_writer *w)
{
	if (w->n == w->room) {
		uint32_t room = w->room ? 2 * w->room : 256;
		struct pdf_object *grown = realloc(w->objects, room * sizeof *grown);

		if (!grown) {
			w->failed = true;
			return 0;
		}
		w->objects = grown;
		w->room = room;
	}
	w->objects[w->n] = (struct pdf_object){ 0 };
	return w->n++;
}

static bool place(struct pdf_writer *w, uint32_t object)
{
	if (w->failed || !object || object >= w->n || w->out.len > UINT32_MAX) {
		w->failed = true;
		return false;
	}
	w->objects[object] = (struct pdf_object){ .offset = (uint32_t)w->out.len, .written = true };
	return true;
}

void pdf_plain(struct pdf_writer *w, uint32_t object, const char *body)
{
	if (place(w, object))
		cw_buf_printf(&w->out, "%u 0 obj\n%s\nendobj\n", object, body);
}

void pdf_pack(struct pdf_writer *w, uint32_t object, const char *body)
{
	if (!place(w, object))
		return;
	w->objects[object].packed = ++w->n_packed;
	cw_buf_printf(&w->packed_heads, "%u %zu ", object, w->packed_bodies.len);
	cw_buf_printf(&w->packed_bodies, "%s\n", body);
}

/* ---- compression ---- */

bool pdf_inflate(const uint8_t *bytes, size_t len, size_t most, struct cw_buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len };
	Bytef room[16384];
	int rc;

	if (len > UINT32_MAX || inflateInit(&z) != Z_OK)
		return false;
	do {
		z.next_out = room;
		z.avail_out = sizeof room;
		rc = inflate(&z, Z_NO_FLUSH);
		cw_buf_add(out, room, sizeof room - z.avail_out);
	} while (rc == Z_OK && out->len <= most && !out->failed && (z.avail_in || !z.avail_out));
	bool whole = rc == Z_STREAM_END && !z.avail_in && out->len <= most && !out->failed;

	inflateEnd(&z);
	return whole;
}

static void deflate_to(struct pdf_writer *w, const void *data, size_t len, struct cw_buf *out)
{
	uLong room = compressBound(len);
	CW_AUTO_FREE Bytef *bytes = malloc(room);

	if (!bytes || compress2(bytes, &room, data, len, Z_BEST_COMPRESSION) != Z_OK)
		w->failed = true;
	else
		cw_buf_add(out, bytes, room);
}

/* The stream that the other file has at this very place, if it holds the same bytes. */
static bool take_like(struct pdf_writer *w, uint32_t object, const void *data, size_t len, struct cw_buf *out)
{
	CW_AUTO_BUF struct cw_buf head = { 0 }, plain = { 0 };
	const char *at, *stream;
	size_t left, n = 0;

	if (!w->like || w->out.len >= w->like_len)
		return false;
	at = (const char *)w->like + w->out.len;
	left = w->like_len - w->out.len;
	cw_buf_printf(&head, "%u 0 obj\n<</Length ", object);
	if (!head.data || left <= head.len || memcmp(at, head.data, head.len) != 0)
		return false;
	for (const char *p = at + head.len; p < at + left && *p >= '0' && *p <= '9' && n < w->like_len; p++)
		n = 10 * n + (size_t)(*p - '0');
	stream = memmem(at, left, "\nstream\n", 8);
	if (!stream || n > left - (size_t)(stream + 8 - at))
		return false;
	if (!pdf_inflate((const uint8_t *)stream + 8, n, len, &plain) || plain.len != len || memcmp(plain.data ? plain.data : "", data, len) != 0)
		return false;
	cw_buf_add(out, stream + 8, n);
	return true;
}

static void put_stream(struct pdf_writer *w, uint32_t object, const char *filter, const char *dict, const void *data, size_t len)
{
	if (!place(w, object))
		return;
	cw_buf_printf(&w->out, "%u 0 obj\n<</Length %zu%s%s>>\nstream\n", object, len, filter, dict);
	cw_buf_add(&w->out, data, len);
	cw_buf_str(&w->out, "\nendstream\nendobj\n");
}

void pdf_stream_plain(struct pdf_writer *w, uint32_t object, const char *dict, const void *data, size_t len)
{
	put_stream(w, object, "", dict, data, len);
}

void pdf_stream(struct pdf_writer *w, uint32_t object, const char *dict, const void *data, size_t len)
{
	CW_AUTO_BUF struct cw_buf packed = { 0 };

	if (!take_like(w, object, data, len, &packed))
		deflate_to(w, data, len, &packed);
	put_stream(w, object, "/Filter/FlateDecode", dict, packed.data ? packed.data : "", packed.len);
	w->failed |= packed.failed;
}

/* ---- the end ---- */

static void put_pack(struct pdf_writer *w)
{
	CW_AUTO_BUF struct cw_buf dict = { 0 }, body = { 0 };

	cw_buf_printf(&dict, "/Type/ObjStm/N %u/First %zu", w->n_packed, w->packed_heads.len);
	cw_buf_add(&body, w->packed_heads.data, w->packed_heads.len);
	cw_buf_add(&body, w->packed_bodies.data, w->packed_bodies.len);
	w->pack = pdf_reserve(w);
	pdf_stream(w, w->pack, dict.data ? dict.data : "", body.data ? body.data : "", body.len);
	w->failed |= dict.failed || body.failed || w->packed_heads.failed || w->packed_bodies.failed;
}

/* Type, four bytes of offset (or number of the object stream), two of place in it (ISO 32000-1, 7.5.8.3). */
static void put_entry(const struct pdf_writer *w, uint32_t object, struct cw_buf *out)
{
	const struct pdf_object *o = &w->objects[object];
	uint32_t field = o->packed ? w->pack : o->offset, last = o->packed ? o->packed - 1 : object ? 0 : 65535;
	uint8_t entry[7] = { object ? o->packed ? 2 : 1 : 0, (uint8_t)(field >> 24), (uint8_t)(field >> 16), (uint8_t)(field >> 8), (uint8_t)field, (uint8_t)(last >> 8),
			     (uint8_t)last };

	cw_buf_add(out, entry, sizeof entry);
}

void pdf_end(struct pdf_writer *w, uint32_t root, uint32_t info, const char *id_hex)
{
	CW_AUTO_BUF struct cw_buf dict = { 0 }, entries = { 0 };

	put_pack(w);
	uint32_t xref = pdf_reserve(w);
	size_t offset = w->out.len;

	if (w->failed)
		return;
	w->objects[xref] = (struct pdf_object){ .offset = (uint32_t)offset, .written = true };
	for (uint32_t i = 0; i < w->n; i++) {
		w->failed |= i && !w->objects[i].written;
		put_entry(w, i, &entries);
	}
	cw_buf_printf(&dict, "/Type/XRef/Size %u/W[1 4 2]/Root %u 0 R/Info %u 0 R/ID[<%s><%s>]", w->n, root, info, id_hex, id_hex);
	pdf_stream(w, xref, dict.data ? dict.data : "", entries.data ? entries.data : "", entries.len);
	cw_buf_printf(&w->out, "startxref\n%zu\n%%%%EOF\n", offset);
	w->failed |= w->out.failed || dict.failed || entries.failed;
}

/* ---- values ---- */

void pdf_put_length(struct cw_buf *b, int length)
{
	int whole = abs(length) / PT, part = abs(length) % PT;

	cw_buf_printf(b, "%s%d", length < 0 ? "-" : "", whole);
	if (part)
		cw_buf_printf(b, part % 10 ? ".%02d" : ".%d", part % 10 ? part : part / 10);
}

void pdf_put_string(struct cw_buf *b, const char *utf8)
{
	cw_buf_str(b, "<FEFF");
	for (const char *p = utf8; *p; p += face_character(p)) {
		uint32_t c = face_code_point(p);

		if (c >= 0x10000)
			cw_buf_printf(b, "%04X%04X", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
		else
			cw_buf_printf(b, "%04X", c);
	}
	cw_buf_str(b, ">");
}
