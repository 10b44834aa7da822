/* SPDX-License-Identifier: Apache-2.0 */
/* What a PDF says of itself: catalog, XMP (ISO 19005-3, 6.6), the attached evidence (6.8). */
#include <string.h>

#include "pdf.h"

/* ---- attached files ---- */

struct attachment { const char *name, *mime, *relation; const void *bytes; size_t len; };

/* "D:20261123205644Z" */
static void put_date(struct cw_buf *b, const char *utc)
{
	cw_buf_str(b, "(D:");
	for (const char *p = utc; *p; p++)
		if (*p >= '0' && *p <= '9')
			cw_buf_add(b, p, 1);
	cw_buf_str(b, "Z)");
}

static uint32_t put_attachment(struct pdf_book *b, const struct cw_paper *p, const struct attachment *a)
{
	uint32_t file = pdf_reserve(&b->w), spec = pdf_reserve(&b->w);
	CW_AUTO_BUF struct cw_buf dict = { 0 }, body = { 0 };

	cw_buf_printf(&dict, "/Type/EmbeddedFile/Subtype/%s/Params<</Size %zu/ModDate", a->mime, a->len);
	put_date(&dict, cw_json_str(p->document, "issuedAt", ""));
	cw_buf_str(&dict, ">>");
	pdf_stream(&b->w, file, dict.data ? dict.data : "", a->bytes, a->len);
	cw_buf_printf(&body, "<</Type/Filespec/F(%s)/UF(%s)/AFRelationship/%s/EF<</F %u 0 R/UF %u 0 R>>/Desc(%s)>>", a->name, a->name, a->relation, file, file, a->name);
	pdf_pack(&b->w, spec, body.data ? body.data : "");
	b->w.failed |= dict.failed || body.failed;
	return spec;
}

/* Between "note.txt" and "root.pem". */
bool cw_pdf_carries(const char *name)
{
	return strncmp(name, "photo-", 6) == 0 && cw_attachment_name_ok(name);
}

static const char *mime_of(const char *name)
{
	const char *kind = strchr(name, '.') ? strchr(name, '.') + 1 : "";

	if (!strcmp(kind, "jpg") || !strcmp(kind, "jpeg"))
		return PDF_IMAGE "jpeg";
	return !strcmp(kind, "png") ? PDF_IMAGE "png" : PDF_OTHER_FILE;
}

struct attaching { struct pdf_book *b; const struct cw_paper *p; struct cw_buf names, *catalog; };

static void attach(struct attaching *a, const struct attachment *file)
{
	if (!file->bytes)
		return;
	uint32_t spec = put_attachment(a->b, a->p, file);

	cw_buf_printf(&a->names, "(%s)%u 0 R", file->name, spec);
	cw_buf_printf(a->catalog, "%u 0 R ", spec);
}

static void attach_photos(struct attaching *a)
{
	const json_t *list = json_object_get(json_object_get(a->p->document, "destruction"), "attachments");

	for (size_t i = 0; i < CW_PHOTOS_MAX; i++) {
		const char *name = cw_json_str(json_array_get(list, i), "name", "");

		if (a->p->photos[i].bytes && cw_pdf_carries(name))
			attach(a, &(const struct attachment){ name, mime_of(name), "Supplement", a->p->photos[i].bytes, a->p->photos[i].len });
	}
}

/* In the order of their names, as a name tree wants it; catalog gets what associates them with the document. */
uint32_t pdf_attachments(struct pdf_book *b, const struct cw_paper *p, struct cw_buf *catalog)
{
	const struct attachment all[] = {
		{ "evidence.json", "application#2Fjson", "Source", p->files.json, p->files.json_len },
		{ "evidence.json.p7s", "application#2Fpkcs7-signature", "Supplement", p->files.p7s, p->files.p7s_len },
		{ CW_PROOF_NAME, "text#2Fvnd.c2sp.tlog-proof", "Supplement", p->files.proof, p->files.proof_len },
		{ "journal.jsonl", "application#2Fjsonl", "Data", p->files.journal, p->files.journal_len },
		{ "note.txt", "text#2Fplain", "Supplement", p->note, p->note_len },
	};
	const struct attachment root = { "root.pem", "application#2Fx-pem-file", "Supplement", p->root_pem, p->root_len };
	struct attaching a = { .b = b, .p = p, .catalog = catalog };
	CW_AUTO_BUF struct cw_buf names = { 0 };
	uint32_t tree;

	cw_buf_str(&a.names, "<</EmbeddedFiles<</Names[");
	cw_buf_str(catalog, "/AF[");
	for (size_t i = 0; i < CW_ARRAY_LEN(all); i++)
		attach(&a, &all[i]);
	attach_photos(&a);
	attach(&a, &root);
	names = a.names;
	cw_buf_str(&names, "]>>>>");
	cw_buf_str(catalog, "]");
	tree = pdf_reserve(&b->w);
	pdf_pack(&b->w, tree, names.data ? names.data : "");
	b->w.failed |= names.failed;
	return tree;
}

/* ---- XMP ---- */

static void put_xml(struct cw_buf *b, const char *text)
{
	for (const char *p = text; *p; p++) {
		const char *escaped = *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : NULL;

		cw_buf_add(b, escaped ? escaped : p, escaped ? strlen(escaped) : 1);
	}
}

/* The one property that PDF/A does not know by itself has to be described. */
static const char extension[] =
	"<rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\" xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" "
	"xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\"><pdfaSchema:schema>PDF/UA identification"
	"</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property>"
	"<rdf:Seq><rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal"
	"</pdfaProperty:category><pdfaProperty:description>PDF/UA version</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"
	"</rdf:Description>\n";

static uint32_t put_xmp(struct pdf_book *b, const struct sheet *s, const char *issued)
{
	uint32_t object = pdf_reserve(&b->w);
	CW_AUTO_BUF struct cw_buf x = { 0 };

	cw_buf_str(&x, "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
		       "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
		       "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" "
		       "xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\"><pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>"
		       "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
	put_xml(&x, s->title.zh);
	cw_buf_str(&x, " ");
	put_xml(&x, s->number);
	cw_buf_str(&x, "</rdf:li><rdf:li xml:lang=\"en\">");
	put_xml(&x, s->title.en);
	cw_buf_str(&x, "</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>");
	put_xml(&x, s->issuer);
	cw_buf_printf(&x, "</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>zh-TW</rdf:li><rdf:li>en</rdf:li></rdf:Bag></dc:language><xmp:CreateDate>%s</xmp:CreateDate>"
			  "<xmp:ModifyDate>%s</xmp:ModifyDate><xmp:CreatorTool>" SHEET_FORM "</xmp:CreatorTool><pdf:Producer>" SHEET_FORM "</pdf:Producer></rdf:Description>\n",
		      issued, issued);
	cw_buf_str(&x, extension);
	cw_buf_str(&x, "</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>");
	pdf_stream_plain(&b->w, object, "/Type/Metadata/Subtype/XML", x.data ? x.data : "", x.len);
	b->w.failed |= x.failed;
	return object;
}

static uint32_t put_info(struct pdf_book *b, const struct sheet *s, const char *issued)
{
	uint32_t object = pdf_reserve(&b->w);
	CW_AUTO_BUF struct cw_buf body = { 0 }, title = { 0 };

	cw_buf_printf(&title, "%s %s", s->title.zh, s->number);
	cw_buf_str(&body, "<</Title");
	pdf_put_string(&body, title.data ? title.data : "");
	cw_buf_str(&body, "/Author");
	pdf_put_string(&body, s->issuer);
	cw_buf_str(&body, "/Creator(" SHEET_FORM ")/Producer(" SHEET_FORM ")/CreationDate");
	put_date(&body, issued);
	cw_buf_str(&body, "/ModDate");
	put_date(&body, issued);
	cw_buf_str(&body, ">>");
	pdf_pack(&b->w, object, body.data ? body.data : "");
	b->w.failed |= body.failed || title.failed;
	return object;
}

/* ---- catalog ---- */

void pdf_finish(struct pdf_book *b, const struct pdf_sheet *s, const struct cw_paper *p, uint32_t names, const struct cw_buf *catalog, uint32_t seal)
{
	const char *issued = cw_json_str(p->document, "issuedAt", "");
	uint32_t xmp = put_xmp(b, s->s, issued), info = put_info(b, s->s, issued), root = pdf_reserve(&b->w);
	CW_AUTO_BUF struct cw_buf body = { 0 };
	char id[CW_SHA256_HEX];

	cw_buf_printf(&body, "<</Type/Catalog/Pages %u 0 R/Metadata %u 0 R/StructTreeRoot %u 0 R/MarkInfo<</Marked true>>/Lang(zh-TW)/ViewerPreferences<</DisplayDocTitle true>>%s",
		      b->page_tree, xmp, b->tree, catalog && catalog->data ? catalog->data : "");
	if (names)
		cw_buf_printf(&body, "/Names %u 0 R", names);
	if (seal)
		cw_buf_printf(&body, "/AcroForm<</Fields[%u 0 R]/SigFlags 3>>", b->widget);
	cw_buf_str(&body, ">>");
	pdf_pack(&b->w, root, body.data ? body.data : "");
	b->w.failed |= body.failed || (catalog && catalog->failed);
	cw_sha256_hex(p->files.json, p->files.json_len, id);
	id[32] = 0; /* the first half of the hash: 16 bytes, as is usual for an ID */
	pdf_end(&b->w, root, info, id);
}
