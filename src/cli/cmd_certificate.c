/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe certificate: shows a document to people, or hands out its files so that anybody can check them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int fetch(struct cw_context *c, const char *number, uint32_t part, struct cw_buf *text, struct cw_error *err)
{
	struct cw_msg_document q = { .part = part };

	if (!cw_strlcpy(q.number, number, sizeof q.number) || !cw_text_is_printable(q.number))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe register list`."), _("That is no document number and no file."));
	int rc = cw_session_send(c->session, CW_MSG_CERTIFICATE, &q, err);

	return rc ? rc : cw_session_read_text(c->session, text, err);
}

/* The document must be there; what it lacks besides is for the verifier to say. */
static int fetch_bundle(struct cw_context *c, const char *number, struct cw_bundle *b, struct cw_error *err)
{
	struct cw_error absent = { 0 };

	if (fetch(c, number, CW_PART_SIGNATURE, &b->p7s, &absent))
		cw_buf_clear(&b->p7s);
	if (fetch(c, number, CW_PART_JOURNAL, &b->journal, &absent))
		cw_buf_clear(&b->journal);
	if (fetch(c, number, CW_PART_PROOF, &b->proof, &absent))
		cw_buf_clear(&b->proof);
	return fetch(c, number, CW_PART_JSON, &b->json, err);
}

static int show_bundle(struct cw_context *c, const struct cw_bundle *b, struct cw_error *err)
{
	static struct cw_verify_result v;
	const struct cw_evidence_files files = cw_bundle_files(b);
	CW_AUTO_BUF struct cw_buf roots = { 0 };
	json_t *payload = NULL;
	int rc = cw_json_parse_canonical(b->json.data ? b->json.data : "", b->json.len, &payload, err);

	if (!rc)
		rc = cw_payload_check(payload, err);
	if (!rc)
		rc = cw_input_trusted(c, &roots, err);
	if (rc) {
		json_decref(payload);
		return rc;
	}
	cw_verify(&files, roots.data ? roots.data : "", roots.len, false, &v);
	rc = cw_emit(c, json_pack("{s:s, s:s, s:s, s:o}", "schema", "certwipe/document/1", "finding", cw_finding_name(v.finding), "reason", v.reason, "document", payload), err);
	return rc ? rc : v.finding == CW_FINDING_INVALID ? CW_EXIT_INVALID : CW_EXIT_DONE;
}

static int show(struct cw_context *c, const char *named, struct cw_error *err)
{
	struct cw_bundle bundle = { 0 };
	struct stat st;
	int rc = strchr(named, '/') || stat(named, &st) == 0 ? cw_input_bundle(named, &bundle, err) : fetch_bundle(c, named, &bundle, err);

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

#define PARTS 4
struct handout { struct cw_buf parts[PARTS], root; char root_sha256[CW_SHA256_HEX]; };
static const struct { uint32_t part; const char *name; bool may_lack; } part_names[PARTS] = {
	{ CW_PART_JSON, "evidence.json", false },
	{ CW_PART_SIGNATURE, "evidence.json.p7s", false },
	{ CW_PART_JOURNAL, "journal.jsonl", false },
	{ CW_PART_PROOF, CW_PROOF_NAME, true }, /* documents of earlier versions have none */
};

static int fetch_part(struct cw_context *c, const char *number, size_t i, struct handout *h, struct cw_error *err)
{
	int rc = fetch(c, number, part_names[i].part, &h->parts[i], err);

	return rc == CW_E_NOT_FOUND && part_names[i].may_lack ? 0 : rc;
}

static int collect(struct cw_context *c, const char *number, struct handout *h, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };
	CW_AUTO_JSON json_t *pems = NULL;
	int rc = strchr(number, '/') ? cw_fail(err, CW_E_USAGE, 0, NULL, _("See `certwipe register list`."), _("%s is no document number."), number) : 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(part_names); i++)
		rc = fetch_part(c, number, i, h, err);
	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_KEY_SHOW, &nothing, &pems, err);
	if (rc)
		return rc;
	cw_buf_str(&h->root, cw_json_str(pems, "root", ""));
	return cw_cert_fingerprint(h->root.data, h->root.len, h->root_sha256, err);
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
	return rc ? rc : put(dir, "root.pem", &h->root, err);
}

static int export_files(struct cw_context *c, const char *number, struct cw_error *err)
{
	struct handout h = { .parts = { { 0 } } };
	int rc = collect(c, number, &h, err);

	if (!rc)
		rc = write_out(number, &h, err);
	for (size_t i = 0; i < CW_ARRAY_LEN(h.parts); i++)
		cw_buf_clear(&h.parts[i]);
	cw_buf_clear(&h.root);
	if (rc)
		return rc;
	return cw_emit(c, json_pack("{s:s, s:s, s:s}", "schema", "certwipe/exported/1", "folder", number, "rootSha256", h.root_sha256), err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	if (!strcmp(c->operand[0], "show"))
		return show(c, c->operand[1], err);
	if (!strcmp(c->operand[0], "export"))
		return export_files(c, c->operand[1], err);
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe certificate show NUMBER|FILE | export NUMBER", _("`certwipe certificate` does not know %s."), c->operand[0]);
}

const struct cw_command cw_command_certificate = {
	.name = "certificate", .operands = "show NUMBER|FILE | export NUMBER", .summary = N_("show a certificate or report, or hand out its files (see verify)"),
	.needs_broker = true, .least = 2, .most = 2, .run = run,
};
