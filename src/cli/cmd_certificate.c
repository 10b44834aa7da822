/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe certificate: shows a document to people, or hands out its files so that anybody can check them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static void verify_bundle(const struct cw_bundle *b, const struct cw_buf *roots, struct cw_verify_result *out)
{
	const struct cw_evidence_files files = cw_bundle_files(b);
	const char *pem = roots->data ? roots->data : "";

	if (b->pdf.len)
		cw_pdf_verify(b->pdf.data, b->pdf.len, pem, roots->len, false, cw_typeset_ask, out);
	else
		cw_verify(&files, pem, roots->len, false, out);
}

/* The document itself, and what there is to say of it; *payload is the caller's. */
static int judge_bundle(struct cw_context *c, const struct cw_bundle *b, json_t **payload, struct cw_verify_result *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf roots = { 0 };
	int rc = cw_json_parse_canonical(b->json.data ? b->json.data : "", b->json.len, payload, err);

	if (!rc)
		rc = cw_payload_check(*payload, err);
	if (!rc)
		rc = cw_input_trusted(c, &roots, err);
	if (!rc)
		verify_bundle(b, &roots, out);
	return rc;
}

static int show_bundle(struct cw_context *c, const struct cw_bundle *b, struct cw_error *err)
{
	static struct cw_verify_result v;
	json_t *payload = NULL;
	int rc = judge_bundle(c, b, &payload, &v, err);

	if (rc) {
		json_decref(payload);
		return rc;
	}
	rc = cw_emit(c, json_pack("{s:s, s:s, s:s, s:o, s:s*}", "schema", "certwipe/document/1", "finding", cw_finding_name(v.finding), "reason", v.reason, "document", payload, "decision", *v.decision ? v.decision : NULL), err);
	return rc ? rc : v.finding == CW_FINDING_INVALID ? CW_EXIT_INVALID : CW_EXIT_DONE;
}

static bool names_file(const char *named)
{
	struct stat st;

	return strchr(named, '/') || stat(named, &st) == 0;
}

static int show(struct cw_context *c, const char *named, struct cw_error *err)
{
	struct cw_bundle bundle = { 0 };
	int rc = names_file(named) ? cw_input_bundle(named, &bundle, err) : cw_document_bundle(c, named, &bundle, err);

	if (!rc)
		rc = show_bundle(c, &bundle, err);
	cw_bundle_clear(&bundle);
	return rc;
}

/* ---- export ---- */

static int put(int dir, const char *name, const struct cw_buf *text, struct cw_error *err)
{
	return cw_file_write(dir, name, text->data ? text->data : "", text->len, 0644, false, err);
}

#define PARTS 10
struct handout { struct cw_buf parts[PARTS], root, pdf; char root_sha256[CW_SHA256_HEX], no_pdf[CW_SERIAL_MAX]; };
static const struct { uint32_t part; const char *name; bool may_lack; } part_names[PARTS] = {
	{ CW_PART_JSON, "evidence.json", false },
	{ CW_PART_SIGNATURE, "evidence.json.p7s", false },
	{ CW_PART_JOURNAL, "journal.jsonl", false },
	{ CW_PART_PROOF, CW_PROOF_NAME, true }, /* documents of earlier versions have none */
	{ CW_PART_APPROVAL, CW_APPROVAL_NAME ".json", true },
	{ CW_PART_APPROVAL_SIGNATURE, CW_APPROVAL_NAME ".json.p7s", true },
	{ CW_PART_APPROVAL_PROOF, CW_APPROVAL_NAME ".tlog-proof", true },
	{ CW_PART_WITHDRAWAL, CW_WITHDRAWAL_NAME ".json", true },
	{ CW_PART_WITHDRAWAL_SIGNATURE, CW_WITHDRAWAL_NAME ".json.p7s", true },
	{ CW_PART_WITHDRAWAL_PROOF, CW_WITHDRAWAL_NAME ".tlog-proof", true },
};

static int fetch_part(struct cw_context *c, const char *number, size_t i, struct handout *h, struct cw_error *err)
{
	int rc = cw_document_part(c, number, part_names[i].part, &h->parts[i], err);

	return rc == CW_E_NOT_FOUND && part_names[i].may_lack ? 0 : rc;
}

static int collect(struct cw_context *c, const char *number, struct handout *h, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };
	CW_AUTO_JSON json_t *pems = NULL;
	int rc = strchr(number, '/') ? cw_fail(err, CW_E_USAGE, 0, NULL, _("See `certwipe register list`."), _("%s is no document number."), number) : 0;

	struct cw_error why = { 0 };

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(part_names); i++)
		rc = fetch_part(c, number, i, h, err);
	/* The page is for people; what proves something are the other files. */
	if (!rc && cw_document_part(c, number, CW_PART_PDF, &h->pdf, &why)) {
		cw_buf_clear(&h->pdf);
		cw_strlcpy(h->no_pdf, why.message, sizeof h->no_pdf);
	}
	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_KEY_SHOW, &nothing, &pems, err);
	if (rc)
		return rc;
	cw_buf_str(&h->root, cw_json_str(pems, "root", ""));
	return cw_cert_fingerprint(h->root.data, h->root.len, h->root_sha256, err);
}

/* Photographs may be large: one at a time. */
static int put_attachment(struct cw_context *c, const char *number, const char *name, int dir, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf bytes = { 0 };
	int rc = cw_attachment_name_ok(name) ? cw_document_attachment(c, number, name, &bytes, err) : CW_E_NOT_FOUND;

	if (rc == CW_E_NOT_FOUND)
		return cw_fail(err, CW_E_NOT_FOUND, 0, name, _("Run `certwipe register check`, and restore it from a backup."), _("The file %s that belongs to the document %s is not there."), name, number);
	return rc ? rc : put(dir, name, &bytes, err);
}

static int put_attachments(struct cw_context *c, const char *number, const struct handout *h, struct cw_error *err)
{
	CW_AUTO_JSON json_t *payload = NULL;
	int rc = cw_json_parse_canonical(h->parts[0].data ? h->parts[0].data : "", h->parts[0].len, &payload, err);
	const json_t *list = json_object_get(json_object_get(payload, "destruction"), "attachments"), *one;
	CW_AUTO_FD int folder = open(number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t i;

	if (rc || !json_array_size(list))
		return rc;
	rc = cw_dir_make(folder, CW_ATTACHMENTS, 0755, err);
	CW_AUTO_FD int dir = rc ? -1 : openat(folder, CW_ATTACHMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (!rc && dir < 0)
		rc = cw_fail(err, CW_E_IO, errno, number, NULL, _("The new folder %s cannot be opened."), number);
	json_array_foreach(list, i, one)
		if (!rc)
			rc = put_attachment(c, number, cw_json_str(one, "name", ""), dir, err);
	return rc;
}

/* A folder of the document's number, with all that an auditor needs; the root lies beside for convenience: trusted it is only by its fingerprint on paper. */
static int write_out(const char *number, const struct handout *h, struct cw_error *err)
{
	int rc = 0;

	if (mkdir(number, 0755) < 0)
		return cw_fail(err, errno == EEXIST ? CW_E_EXISTS : CW_E_IO, errno, number, _("Go to another folder."), _("The folder %s cannot be made here."), number);
	CW_AUTO_FD int dir = open(number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return cw_fail(err, CW_E_IO, errno, number, NULL, _("The new folder %s cannot be opened."), number);
	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(part_names); i++)
		if (h->parts[i].len || !part_names[i].may_lack)
			rc = put(dir, part_names[i].name, &h->parts[i], err);
	if (!rc && h->pdf.len) {
		char name[CW_NODE_MAX + 8];

		snprintf(name, sizeof name, "%s.pdf", number);
		rc = put(dir, name, &h->pdf, err);
	}
	return rc ? rc : put(dir, "root.pem", &h->root, err);
}

static int export_files(struct cw_context *c, const char *number, struct cw_error *err)
{
	struct handout h = { .parts = { { 0 } } };
	int rc = collect(c, number, &h, err);

	if (!rc)
		rc = write_out(number, &h, err);
	if (!rc)
		rc = put_attachments(c, number, &h, err);
	for (size_t i = 0; i < CW_ARRAY_LEN(h.parts); i++)
		cw_buf_clear(&h.parts[i]);
	char pdf[CW_NODE_MAX + 8] = "";

	if (h.pdf.len)
		snprintf(pdf, sizeof pdf, "%s.pdf", number);
	cw_buf_clear(&h.root);
	cw_buf_clear(&h.pdf);
	if (rc)
		return rc;
	return cw_emit(c, json_pack("{s:s, s:s, s:s, s:s, s:s}", "schema", "certwipe/exported/1", "folder", number, "rootSha256", h.root_sha256, "pdf", pdf, "noPdf", h.no_pdf), err);
}

/* ---- print ---- */

struct print { const struct cw_renderer *renderer; const char *named; struct cw_buf out; char number[CW_NODE_MAX]; bool sealed; };

/* Made and sealed by the station; this only hands it out. */
static int print_sealed(struct cw_context *c, struct print *p, struct cw_error *err)
{
	p->sealed = true;
	cw_strlcpy(p->number, p->named, sizeof p->number);
	return cw_document_part(c, p->named, CW_PART_PDF, &p->out, err);
}

/* From the station: with the summary that its sealed PDF has, and the root. */
static int fetch_extras(struct cw_context *c, const char *number, struct cw_bundle *b, struct cw_error *err)
{
	struct cw_pdf_parts parts = { 0 };
	CW_AUTO_BUF struct cw_buf pdf = { 0 };
	int rc = cw_document_part(c, number, CW_PART_PDF, &pdf, err);

	if (!rc)
		rc = cw_pdf_take_apart(pdf.data ? pdf.data : "", pdf.len, &parts, err);
	cw_buf_clear(&b->proof); /* a later one, perhaps: a copy carries what the page carried */
	b->root = parts.root;
	b->note = parts.note;
	b->proof = parts.proof;
	parts.root = parts.note = parts.proof = (struct cw_buf){ 0 };
	cw_pdf_parts_clear(&parts);
	return rc;
}

static int render(struct print *p, const struct cw_bundle *b, const json_t *payload, const char *decision, struct cw_error *err)
{
	struct cw_paper paper = { .files = cw_bundle_files(b), .document = payload, .root_pem = b->root.data, .root_len = b->root.len, .note = b->note.len ? b->note.data : NULL,
				  .note_len = b->note.len, .decision = decision };
	int rc = p->renderer->needs_face ? cw_typeset_paper(p->renderer, &paper, err) : 0;

	if (!rc)
		rc = p->renderer->print(&paper, &p->out, err);
	cw_typeface_free(paper.face);
	cw_strlcpy(p->number, cw_json_str(payload, "certificateId", ""), sizeof p->number);
	return rc;
}

/* Paper that somebody will believe is not made from what does not hold. */
static int print_bundle(struct cw_context *c, struct print *p, const struct cw_bundle *b, struct cw_error *err)
{
	static struct cw_verify_result v;
	CW_AUTO_JSON json_t *payload = NULL;
	int rc = judge_bundle(c, b, &payload, &v, err);

	if (!rc && v.finding == CW_FINDING_INVALID)
		rc = cw_fail(err, CW_E_INVALID, 0, p->named, _("See `certwipe verify`."), _("This document is not valid and was not printed: %s"), v.reason);
	return rc ? rc : render(p, b, payload, v.finding == CW_FINDING_CANNOT_TELL ? "" : v.decision, err);
}

static int print_copy(struct cw_context *c, struct print *p, struct cw_error *err)
{
	struct cw_bundle bundle = { 0 };
	bool file = names_file(p->named);
	int rc = file ? cw_input_bundle(p->named, &bundle, err) : cw_document_bundle(c, p->named, &bundle, err);

	if (!rc && !file && p->renderer->needs_face)
		rc = fetch_extras(c, p->named, &bundle, err);
	if (!rc)
		rc = print_bundle(c, p, &bundle, err);
	cw_bundle_clear(&bundle);
	return rc;
}

static int write_print(const struct cw_context *c, const struct print *p, char path[CW_SERIAL_MAX], struct cw_error *err)
{
	if (!c->o->out && strchr(p->number, '/'))
		return cw_fail(err, CW_E_USAGE, 0, p->number, NULL, _("Name the file with --out FILE."));
	if (c->o->out ? !cw_strlcpy(path, c->o->out, CW_SERIAL_MAX) : snprintf(path, CW_SERIAL_MAX, "%s%s", p->number, p->renderer->suffix) >= CW_SERIAL_MAX)
		return cw_fail(err, CW_E_USAGE, ENAMETOOLONG, NULL, NULL, _("The path of the new file is too long."));
	int rc = cw_file_write(AT_FDCWD, path, p->out.data ? p->out.data : "", p->out.len, 0644, false, err);

	if (rc == CW_E_EXISTS)
		return cw_fail(err, rc, 0, path, _("Name another one with --out FILE, or move it away."), _("The file %s is there already."), path);
	return rc;
}

static int print(struct cw_context *c, const char *named, struct cw_error *err)
{
	struct print p = { .renderer = cw_renderer_get(c->o->format ? c->o->format : "pdf"), .named = named };
	char path[CW_SERIAL_MAX];
	int rc;

	if (!p.renderer || !p.renderer->print)
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe certificate --help", _("--format does not know %s."), c->o->format);
	rc = !strcmp(p.renderer->id, "pdf") && !names_file(named) ? print_sealed(c, &p, err) : print_copy(c, &p, err);
	if (!rc)
		rc = write_print(c, &p, path, err);
	cw_buf_clear(&p.out);
	if (rc)
		return rc;
	return cw_emit(c, json_pack("{s:s, s:s, s:s, s:s, s:b}", "schema", "certwipe/printed/1", "file", path, "format", p.renderer->id, "documentId", p.number, "sealed", (int)p.sealed), err);
}

/* ---- withdrawal ---- */

static int supersede(struct cw_context *c, struct cw_error *err)
{
	if (!c->o->by || !strcmp(c->o->by, c->operand[1]))
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe certificate supersede NUMBER --by NUMBER --reason TEXT --key FILE", _("Name the document that takes its place: --by NUMBER."));
	return cw_state_documents(c, "superseded", c->operand + 1, 1, c->o->by, err);
}

#define OPERANDS "show NUMBER|FILE | export NUMBER | print NUMBER|FILE | void NUMBER | supersede NUMBER"

static int run(struct cw_context *c, struct cw_error *err)
{
	if (!strcmp(c->operand[0], "show"))
		return show(c, c->operand[1], err);
	if (!strcmp(c->operand[0], "export"))
		return export_files(c, c->operand[1], err);
	if (!strcmp(c->operand[0], "print"))
		return print(c, c->operand[1], err);
	if (!strcmp(c->operand[0], "void"))
		return cw_state_documents(c, "void", c->operand + 1, 1, NULL, err);
	if (!strcmp(c->operand[0], "supersede"))
		return supersede(c, err);
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe certificate " OPERANDS, _("`certwipe certificate` does not know %s."), c->operand[0]);
}

const struct cw_command cw_command_certificate = {
	.name = "certificate", .operands = OPERANDS, .summary = N_("show, print or hand out a certificate or report (see verify)"),
	.needs_broker = true, .least = 2, .most = 2, .run = run,
};
