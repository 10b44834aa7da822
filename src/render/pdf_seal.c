/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seal: one approval signature over the whole file but the signature itself (PAdES-B-B, ETSI EN 319 142-1; ISO 32000-1, 12.8), by the station's key.  What it
 * covers follows from the evidence and the time of sealing.
 */
#include <string.h>

#include "pdf.h"

#define RANGE_DIGITS 10

/* ---- in the making ---- */

static void put_widget(struct pdf_book *b, const struct pdf_sheet *s, uint32_t value)
{
	uint32_t looks = pdf_reserve(&b->w);
	CW_AUTO_BUF struct cw_buf body = { 0 }, box = { 0 };
	int width = s->seal_box[2] - s->seal_box[0], height = s->seal_box[3] - s->seal_box[1];

	cw_buf_str(&box, "/Type/XObject/Subtype/Form/BBox[0 0 ");
	pdf_put_length(&box, width);
	cw_buf_str(&box, " ");
	pdf_put_length(&box, height);
	cw_buf_str(&box, "]/Resources<<>>");
	pdf_stream(&b->w, looks, box.data ? box.data : "", "", 0); /* the words stand on the page itself */
	cw_buf_str(&body, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU(Electronic seal of the station)/F 132/Rect[");
	for (size_t i = 0; i < 4; i++) {
		pdf_put_length(&body, s->seal_box[i]);
		cw_buf_str(&body, " ");
	}
	cw_buf_printf(&body, "]/P %u 0 R/V %u 0 R/StructParent %zu/AP<</N %u 0 R>>>>", pdf_page(b)->object, value, b->n_pages, looks);
	pdf_pack(&b->w, b->widget, body.data ? body.data : "");
	b->w.failed |= body.failed || box.failed;
}

uint32_t pdf_seal_object(struct pdf_book *b, const struct pdf_sheet *s, const struct cw_paper *p, size_t room_bytes, struct pdf_gap *gap)
{
	uint32_t value = pdf_reserve(&b->w);
	CW_AUTO_BUF struct cw_buf body = { 0 };

	b->widget = pdf_reserve(&b->w);
	pdf_tag form = pdf_tag_new(b, s->document, "Form", "/Lang(en)/Alt(Electronic seal of the station)");

	if (form != PDF_NO_TAG)
		cw_buf_printf(&b->elements[form].kids, "<</Type/OBJR/Pg %u 0 R/Obj %u 0 R>>", pdf_page(b)->object, b->widget);
	put_widget(b, s, value);
	cw_buf_str(&body, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Name");
	pdf_put_string(&body, cw_json_str(json_object_get(p->document, "organisation"), "station", ""));
	cw_buf_printf(&body, "/M(D:%.4s%.2s%.2s%.2s%.2s%.2sZ)/ByteRange[0 %*s%*s%*s]/Contents", p->sealed_at, p->sealed_at + 5, p->sealed_at + 8, p->sealed_at + 11, p->sealed_at + 14,
		      p->sealed_at + 17, RANGE_DIGITS, "", RANGE_DIGITS, "", RANGE_DIGITS, "");
	cw_buf_str(&body, "<");
	for (size_t i = 0; i < room_bytes; i++)
		cw_buf_str(&body, "00");
	cw_buf_str(&body, ">>>");
	pdf_plain(&b->w, value, body.data ? body.data : "");
	b->w.failed |= body.failed;
	gap->upto = b->w.out.len - strlen(">>\nendobj\n");
	gap->from = gap->upto - 2 * room_bytes - 2;
	return value;
}

void pdf_seal_range(struct cw_buf *file, const struct pdf_gap *gap)
{
	char range[3 * RANGE_DIGITS + 1];
	char *at = file->data + gap->from - strlen("]/Contents") - 3 * RANGE_DIGITS;

	snprintf(range, sizeof range, "%-*zu%-*zu%-*zu", RANGE_DIGITS, gap->from, RANGE_DIGITS, gap->upto, RANGE_DIGITS, file->len - gap->upto);
	memcpy(at, range, 3 * RANGE_DIGITS);
}

/* ---- sealing ---- */

static int refuse_foreign(const struct cw_paper *p, struct cw_signer *signer, struct cw_error *err)
{
	struct cw_payload_frame named, own = { 0 };
	int rc = cw_payload_frame_of(p->document, &named, err);

	if (!rc)
		rc = cw_signer_names(signer, &own, err);
	if (!rc && strcmp(named.signer_cert_sha256, own.signer_cert_sha256) != 0)
		rc = cw_fail(err, CW_E_REFUSED, 0, named.document_id, _("Hand out its files (certwipe certificate export), or print an unsealed copy of them (certwipe certificate print FOLDER)."),
			     _("Document %s was signed with another key than this station has now, so this station cannot seal a page of it."), named.document_id);
	return rc;
}

static int seal(struct cw_buf *file, const struct pdf_gap *gap, struct cw_signer *signer, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf covered = { 0 }, p7s = { 0 };

	cw_buf_add(&covered, file->data, gap->from);
	cw_buf_add(&covered, file->data + gap->upto, file->len - gap->upto);
	if (covered.failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));
	int rc = cw_pdf_cms_sign(signer, covered.data, covered.len, &p7s, err);

	if (rc)
		return rc;
	if (2 * p7s.len > gap->upto - gap->from - 2)
		return cw_fail(err, CW_E_TOO_LARGE, 0, NULL, NULL, _("The seal takes %zu bytes, and a page has room for %zu."), p7s.len, (gap->upto - gap->from) / 2 - 1);
	for (size_t i = 0; i < p7s.len; i++)
		memcpy(file->data + gap->from + 1 + 2 * i, (const char[]){ "0123456789abcdef"[(uint8_t)p7s.data[i] >> 4], "0123456789abcdef"[p7s.data[i] & 15] }, 2);
	return 0;
}

int cw_pdf_seal(const struct cw_paper *p, struct cw_signer *signer, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf file = { .max_bytes = CW_PDF_MAX_BYTES };
	struct pdf_gap gap = { 0 };
	int rc = refuse_foreign(p, signer, err);

	if (!rc)
		rc = pdf_make(p, &(struct pdf_options){ .room_bytes = cw_pdf_cms_room(signer) }, &file, &gap, err);
	if (!rc)
		rc = seal(&file, &gap, signer, err);
	if (rc)
		return rc;
	cw_buf_add(out, file.data, file.len);
	return out->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page.")) : 0;
}
