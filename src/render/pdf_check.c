/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a PDF what its own evidence makes?  The attached files are taken out and verified like loose ones; then the whole PDF is made again from them, and every byte must be
 * the same but those of the signature.  What is not printed by certwipe cannot hide anywhere: no script, no layer, no second revision, no other words on the page.
 */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

#define CLOCK_TOLERANCE_S 300

struct trial {
	const uint8_t *bytes;
	size_t len;
	const char *roots_pem;
	size_t roots_len;
	cw_typesetter typesetter;
	struct pdf_file file;
	struct cw_pdf_parts parts;
	struct cw_evidence_files files;
	json_t *document;
	struct cw_typeface *face;
	const struct pdf_item *seal;
	struct pdf_gap gap; /* of the signature's hexadecimal string */
	struct cw_photo photos[CW_PHOTOS_MAX]; /* of parts, by their place in the document */
	char sealed_at[CW_TIME_TEXT];
	struct cw_payload_frame frame;
};

static int bad(struct cw_error *err, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, "%s", why);
}

/* ---- steps ---- */

static int check_revision(struct trial *t, struct cw_error *err)
{
	size_t seals;
	int rc = pdf_walk(t->bytes, t->len, &t->file, err);

	if (rc)
		return rc;
	t->seal = pdf_seal_item(&t->file, &seals);
	return seals > 1 ? cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The PDF has %zu seals; there is one, by the station that issued it."), seals) : 0;
}

static int take_document(struct trial *t, struct cw_error *err)
{
	struct cw_pdf_parts *p = &t->parts;
	int rc = pdf_read_parts(&t->file, p, err);

	t->files = (struct cw_evidence_files){ .json = p->json.data, .json_len = p->json.len, .p7s = (const uint8_t *)p->p7s.data, .p7s_len = p->p7s.len, .journal = p->journal.data,
					       .journal_len = p->journal.len, .proof = p->proof.data, .proof_len = p->proof.len };
	return rc;
}

/* The evidence was found good by now; this is to have it at hand. */
static int read_document(struct trial *t, struct cw_error *err)
{
	int rc = cw_json_parse_canonical(t->files.json, t->files.json_len, &t->document, err);

	if (!rc)
		rc = cw_payload_check(t->document, err);
	return rc ? rc : cw_payload_frame_of(t->document, &t->frame, err);
}

static const char *after(const struct pdf_item *item, const char *text)
{
	const char *found = memmem(item->dict, item->dict_len, text, strlen(text));

	return found ? found + strlen(text) : NULL;
}

/* "20261123205644Z" */
static bool read_time(const char *m, const char *end, char out[CW_TIME_TEXT])
{
	int64_t at;

	if (!m || end - m < 15 || m[14] != 'Z')
		return false;
	snprintf(out, CW_TIME_TEXT, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", m, m + 4, m + 6, m + 8, m + 10, m + 12);
	return cw_time_parse(out, &at);
}

/* Exactly the string between the brackets is left out, and nothing else (certificate.md 9.2). */
static int check_range(struct trial *t, struct cw_error *err)
{
	const char *range = after(t->seal, "/ByteRange["), *contents = after(t->seal, "/Contents"), *end = t->seal->dict + t->seal->dict_len;
	const char *close = contents ? memchr(contents, '>', (size_t)(end - contents)) : NULL;
	char expected[64];

	if (!range || !close || *contents != '<' || !read_time(after(t->seal, "/M(D:"), end, t->sealed_at))
		return bad(err, _("The seal of the PDF is not in the form that certwipe writes."));
	t->gap = (struct pdf_gap){ (size_t)((const uint8_t *)contents - t->bytes), (size_t)((const uint8_t *)close - t->bytes) + 1 };
	int n = snprintf(expected, sizeof expected, "0 %-10zu%-10zu%-10zu]", t->gap.from, t->gap.upto, t->len - t->gap.upto);

	if (end - range < n || memcmp(range, expected, (size_t)n) != 0)
		return bad(err, _("The seal does not cover the whole PDF: its ByteRange leaves out more than the signature."));
	return 0;
}

/* ---- the signature ---- */

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_signature(struct trial *t, struct cw_buf *p7s, struct cw_error *err)
{
	for (size_t i = t->gap.from + 1; i + 1 < t->gap.upto - 1; i += 2) {
		int high = digit(t->bytes[i]), low = digit(t->bytes[i + 1]);

		if (high < 0 || low < 0)
			return bad(err, _("The signature of the PDF is not in the form that certwipe writes."));
		cw_buf_add(p7s, &(char){ (char)(high << 4 | low) }, 1);
	}
	return p7s->failed || (t->gap.upto - t->gap.from) % 2 ? bad(err, _("The signature of the PDF is not in the form that certwipe writes.")) : 0;
}

/* DER says how long it is: a sequence with a length of two bytes.  What is left of the room must be zeros. */
static int cut_padding(struct cw_buf *p7s, struct cw_error *err)
{
	const uint8_t *d = (const uint8_t *)p7s->data;
	size_t len = p7s->len >= 4 && d[0] == 0x30 && d[1] == 0x82 ? 4 + ((size_t)d[2] << 8 | d[3]) : 0;

	if (!len || len > p7s->len)
		return bad(err, _("The signature of the PDF is missing or cut off."));
	for (size_t i = len; i < p7s->len; i++)
		if (d[i])
			return bad(err, _("The room behind the signature of the PDF holds something else than zeros."));
	p7s->len = len;
	return 0;
}

static int check_seal(struct trial *t, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 }, covered = { 0 };
	char signer[CW_SHA256_HEX];
	int64_t at, issued;
	int rc = read_signature(t, &p7s, err);

	if (!rc)
		rc = cut_padding(&p7s, err);
	if (rc)
		return rc;
	if (!cw_time_parse(t->sealed_at, &at) || !cw_time_parse(t->frame.issued_at, &issued) || at < issued - CLOCK_TOLERANCE_S)
		return bad(err, _("The PDF was sealed before its document was issued."));
	cw_buf_add(&covered, t->bytes, t->gap.from);
	cw_buf_add(&covered, t->bytes + t->gap.upto, t->len - t->gap.upto);
	rc = cw_pdf_cms_check(covered.data, covered.len, (const uint8_t *)p7s.data, p7s.len, t->roots_pem, t->roots_len, at, signer, err);
	if (rc && rc != CW_E_CANNOT_TELL)
		return rc;
	if (strcmp(signer, t->frame.signer_cert_sha256) != 0)
		return bad(err, _("The PDF was not sealed with the key that signed its evidence."));
	return rc;
}

static int check_note(struct trial *t, struct cw_error *err)
{
	if (t->parts.note.data)
		return cw_summary_check(t->document, &t->files, t->parts.note.data, t->parts.note.len, err);
	return t->seal ? bad(err, _("The signed summary for the QR code is missing.")) : 0;
}

/* ---- the page ---- */

static void say_difference(const struct trial *t, size_t at, struct cw_error *err)
{
	uint32_t object = 0;

	for (size_t i = 0; i < t->file.n && t->file.items[i].offset <= at; i++)
		object = t->file.items[i].object;
	cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The page is not the one that the attached evidence makes: byte %zu (object %u of the PDF) differs."), at, object);
}

static int compare(const struct trial *t, const struct cw_buf *again, struct cw_error *err)
{
	size_t n = again->len < t->len ? again->len : t->len, at = 0;
	const uint8_t *made = (const uint8_t *)again->data;

	while (at < n && (made[at] == t->bytes[at] || (at > t->gap.from && at + 1 < t->gap.upto)))
		at++;
	if (at == t->len && again->len == t->len)
		return 0;
	say_difference(t, at, err);
	return err->code;
}

static struct cw_paper paper_of(const struct trial *t)
{
	struct cw_paper p = { .files = t->files, .document = t->document, .root_pem = t->parts.root.data, .root_len = t->parts.root.len, .note = t->parts.note.data,
			      .note_len = t->parts.note.len, .sealed_at = t->seal ? t->sealed_at : NULL, .face = t->face };

	memcpy(p.photos, t->photos, sizeof p.photos);
	return p;
}

/* In the order of the document, some of them perhaps left out for their size. */
static int check_photos(struct trial *t, struct cw_error *err)
{
	size_t place = 0;

	for (size_t i = 0; i < t->parts.n_photos; i++, place++) {
		const struct cw_buf *photo = &t->parts.photos[i];
		char sha256[CW_SHA256_HEX];

		cw_sha256_hex(photo->data, photo->len, sha256);
		if (!cw_attachment_find(t->document, sha256, &place) || place >= CW_PHOTOS_MAX)
			return cw_fail(err, CW_E_INVALID, 0, "PDF", NULL, _("The PDF carries a file that its document does not name (number %zu of them): a photograph was changed, or put in."), i + 1);
		t->photos[place] = (struct cw_photo){ photo->data, photo->len };
	}
	return 0;
}

static int check_page(struct trial *t, struct cw_error *err)
{
	const struct pdf_options options = { .like = t->bytes, .like_len = t->len, .room_bytes = t->seal ? (t->gap.upto - t->gap.from - 2) / 2 : 0 };
	CW_AUTO_BUF struct cw_buf again = { 0 };
	struct cw_error why = { 0 };
	struct pdf_gap gap;
	int rc = pdf_read_face(&t->file, &t->face, err);

	if (rc)
		return rc;
	const struct cw_paper paper = paper_of(t);

	rc = pdf_make(&paper, &options, &again, &gap, &why);
	if (rc)
		return cw_fail(err, rc == CW_E_NO_MEMORY ? rc : CW_E_INVALID, 0, "PDF", NULL, _("The page is not one that the attached evidence makes: %s"), why.message);
	return compare(t, &again, err);
}

/* The fingerprint on the page invites to trust this root. */
static int check_root(struct trial *t, struct cw_error *err)
{
	if (!t->parts.root.data || !t->roots_len || cw_roots_have(t->roots_pem, t->roots_len, t->parts.root.data, t->parts.root.len))
		return 0;
	return bad(err, _("The root whose fingerprint stands on the page is none that is trusted here."));
}

/* ---- letters ---- */

static int not_compared(struct cw_error *err)
{
	return cw_fail(err, CW_E_PARTIAL, 0, "PDF", NULL,
		       _("The words of the page are those of the evidence, but the shapes of its letters were not compared: that needs the font Noto Sans CJK TC of the very version."));
}

static bool same_face(const struct cw_typeface *a, const struct cw_typeface *b)
{
	if (a->n != b->n || a->program.len != b->program.len || memcmp(a->program.data, b->program.data, a->program.len) != 0)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->glyphs[i].font != b->glyphs[i].font || a->glyphs[i].cid != b->glyphs[i].cid || a->glyphs[i].advance != b->glyphs[i].advance ||
		    strcmp(a->glyphs[i].text, b->glyphs[i].text) != 0)
			return false;
	return true;
}

static int ask_typesetter(struct trial *t, struct cw_typeface **face, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf request = { 0 }, none = { 0 };
	struct cw_typeface *collector = cw_typeface_collector();
	struct cw_paper paper = paper_of(t);
	struct pdf_gap gap;
	int rc = collector ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));

	paper.face = collector;
	if (!rc)
		rc = pdf_make(&paper, &(struct pdf_options){ 0 }, &none, &gap, err);
	if (!rc)
		rc = cw_typeface_request(collector, &request, err);
	cw_typeface_free(collector);
	return rc ? rc : t->typesetter(request.data ? request.data : "", request.len, face, err);
}

/* A font whose letters look like others would show another page with the same text layer. */
static int check_letters(struct trial *t, struct cw_error *err)
{
	struct cw_typeface *face = NULL;
	struct cw_error why = { 0 };
	int rc = t->typesetter ? ask_typesetter(t, &face, &why) : CW_E_TYPESET;

	if (rc || strcmp(face->origin, t->face->origin) != 0)
		rc = not_compared(err);
	else if (!same_face(face, t->face))
		rc = bad(err, _("The font in the PDF is not the one that it says: its letters may show something else than the words of the page."));
	cw_typeface_free(face);
	return rc;
}

static int check_copy(struct trial *t, struct cw_error *err)
{
	(void)t;
	return cw_fail(err, CW_E_PARTIAL, 0, "PDF", NULL, _("This PDF is an unsealed copy: the evidence attached to it counts, and only certwipe can tell that the page says the same."));
}

/* ---- the trial ---- */

static bool step(struct trial *t, const char *name, int (*run)(struct trial *t, struct cw_error *err), struct cw_verify_result *out)
{
	struct cw_error err = { 0 };
	int rc = run(t, &err);

	if (!rc)
		err.message[0] = 0;
	cw_verify_record(out, name, rc, &err);
	return !rc || rc == CW_E_PARTIAL || rc == CW_E_CANNOT_TELL;
}

static void check_pdf(struct trial *t, struct cw_verify_result *out)
{
	if (!step(t, "pdf-evidence", read_document, out) || (t->parts.n_photos && !step(t, "pdf-photos", check_photos, out)) || (t->seal && !step(t, "pdf-range", check_range, out)) || !step(t, "pdf-page", check_page, out) ||
	    !step(t, "pdf-root", check_root, out) || !step(t, "pdf-note", check_note, out) || !step(t, "pdf-letters", check_letters, out))
		return;
	if (!t->seal)
		(void)step(t, "pdf-copy", check_copy, out);
	else
		(void)step(t, "pdf-seal", check_seal, out);
}

/* The answer on the evidence comes first: it is what counts, and it says which document this is. */
void cw_pdf_verify(const void *bytes, size_t len, const char *roots_pem, size_t roots_len, bool allow_laboratory, cw_typesetter typesetter, struct cw_verify_result *out)
{
	struct trial *t = calloc(1, sizeof *t);
	struct cw_error err = { 0 };

	*out = (struct cw_verify_result){ .finding = CW_FINDING_VALID };
	if (!t) {
		cw_verify_record(out, "pdf-revision", cw_fail(&err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the PDF.")), &err);
		return;
	}
	*t = (struct trial){ .bytes = bytes, .len = len, .roots_pem = roots_pem, .roots_len = roots_len, .typesetter = typesetter };
	int revision = check_revision(t, &err), parts = revision ? 0 : take_document(t, &err);

	if (!revision && !parts)
		cw_verify(&t->files, roots_pem, roots_len, allow_laboratory, out);
	cw_verify_record(out, "pdf-revision", revision ? revision : parts, &err);
	if (!revision && !parts && out->finding != CW_FINDING_INVALID)
		check_pdf(t, out);
	json_decref(t->document);
	cw_typeface_free(t->face);
	cw_pdf_parts_clear(&t->parts);
	free(t);
}
