/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that lie in files, with what lies beside them; the roots that are trusted; and what is said of them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define PEM_MAX 65536u
#define P7S_MAX 65536u

static int read_named(const char *path, size_t most, struct cw_buf *out, struct cw_error *err)
{
	return cw_file_read(AT_FDCWD, path, most, out, err);
}

void cw_bundle_clear(struct cw_bundle *b)
{
	cw_buf_clear(&b->json);
	cw_buf_clear(&b->p7s);
	cw_buf_clear(&b->journal);
	cw_buf_clear(&b->root);
	cw_buf_clear(&b->note);
	cw_buf_clear(&b->proof);
	cw_buf_clear(&b->pdf);
	for (struct cw_said *s = &b->approval; s; s = s == &b->approval ? &b->withdrawal : NULL) {
		cw_buf_clear(&s->json);
		cw_buf_clear(&s->p7s);
		cw_buf_clear(&s->proof);
	}
}

bool cw_input_is_pdf(const char *path)
{
	char head[16];
	CW_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);

	return n > 0 && cw_pdf_is_pdf(head, (size_t)n);
}

int cw_input_pdf(const char *path, struct cw_buf *out, struct cw_error *err)
{
	return read_named(path, CW_PDF_MAX_BYTES, out, err);
}

static int pdf_bundle(const char *path, struct cw_bundle *out, struct cw_error *err)
{
	struct cw_pdf_parts parts = { 0 };
	int rc = cw_strlcpy(out->path, path, sizeof out->path) ? cw_input_pdf(path, &out->pdf, err) :
								 cw_fail(err, CW_E_NO_FILE, ENAMETOOLONG, NULL, _("Go to a folder nearer to it."), _("The path of a document is too long."));

	if (!rc)
		rc = cw_pdf_take_apart(out->pdf.data, out->pdf.len, &parts, err);
	out->json = parts.json;
	out->p7s = parts.p7s;
	out->journal = parts.journal;
	out->root = parts.root;
	out->note = parts.note;
	out->proof = parts.proof;
	parts.json = parts.p7s = parts.journal = parts.root = parts.note = parts.proof = (struct cw_buf){ 0 };
	cw_pdf_parts_clear(&parts);
	return rc;
}

static struct cw_statement_files said_files(const struct cw_said *s)
{
	return (struct cw_statement_files){ .json = s->json.data, .json_len = s->json.len, .p7s = (const uint8_t *)s->p7s.data, .p7s_len = s->p7s.len, .proof = s->proof.data,
					    .proof_len = s->proof.len };
}

struct cw_evidence_files cw_bundle_files(const struct cw_bundle *b)
{
	return (struct cw_evidence_files){ .json = b->json.data, .json_len = b->json.len, .p7s = (const uint8_t *)b->p7s.data, .p7s_len = b->p7s.len,
					   .journal = b->journal.data, .journal_len = b->journal.len, .proof = b->proof.data,
					   .proof_len = b->proof.len, .approval = said_files(&b->approval), .withdrawal = said_files(&b->withdrawal) };
}

/* An absent file is no error here: the verifier says what it lacks. */
static int read_beside(const char *path, const char *name, size_t most, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf beside = { 0 };
	const char *slash = strrchr(path, '/');

	cw_buf_add(&beside, path, slash ? (size_t)(slash - path) + 1 : 0);
	cw_buf_str(&beside, name);
	return access(beside.data, F_OK) < 0 ? 0 : read_named(beside.data, most, out, err);
}

static int said_beside(const char *path, const char *name, struct cw_said *out, struct cw_error *err)
{
	char file[CW_NODE_MAX];
	int rc;

	snprintf(file, sizeof file, "%s.json", name);
	rc = read_beside(path, file, CW_STATEMENT_MAX_BYTES, &out->json, err);
	snprintf(file, sizeof file, "%s.json.p7s", name);
	if (!rc)
		rc = read_beside(path, file, P7S_MAX, &out->p7s, err);
	snprintf(file, sizeof file, "%s.tlog-proof", name);
	return rc ? rc : read_beside(path, file, CW_PROOF_MAX_BYTES, &out->proof, err);
}

int cw_input_bundle(const char *path, struct cw_bundle *out, struct cw_error *err)
{
	struct stat st;
	size_t n = strlen(path);
	const char *inside = "";

	memset(out, 0, sizeof *out);
	if (stat(path, &st) < 0)
		return cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("%s cannot be found or read."), path);
	if (S_ISREG(st.st_mode) && cw_input_is_pdf(path))
		return pdf_bundle(path, out, err);
	if (S_ISDIR(st.st_mode))
		inside = n && path[n - 1] == '/' ? "evidence.json" : "/evidence.json";
	if (n + strlen(inside) >= sizeof out->path)
		return cw_fail(err, CW_E_NO_FILE, ENAMETOOLONG, NULL, _("Go to a folder nearer to it."), _("The path of a document is too long."));
	snprintf(out->path, sizeof out->path, "%s%s", path, inside);
	n = strlen(out->path);
	if (n > 4 && !strcmp(out->path + n - 4, ".p7s"))
		out->path[n - 4] = 0;
	int rc = read_named(out->path, CW_JSON_MAX_BYTES, &out->json, err);
	CW_AUTO_BUF struct cw_buf signature = { 0 };
	const char *slash = strrchr(out->path, '/');

	cw_buf_printf(&signature, "%s.p7s", slash ? slash + 1 : out->path);
	if (!rc)
		rc = read_beside(out->path, signature.data, P7S_MAX, &out->p7s, err);
	if (!rc)
		rc = read_beside(out->path, "journal.jsonl", CW_JOURNAL_MAX_BYTES, &out->journal, err);
	if (!rc)
		rc = read_beside(out->path, "root.pem", PEM_MAX, &out->root, err);
	if (!rc)
		rc = read_beside(out->path, CW_PROOF_NAME, CW_PROOF_MAX_BYTES, &out->proof, err);
	if (!rc)
		rc = said_beside(out->path, CW_APPROVAL_NAME, &out->approval, err);
	if (!rc)
		rc = said_beside(out->path, CW_WITHDRAWAL_NAME, &out->withdrawal, err);
	return rc;
}

int cw_input_roots(const char *path, struct cw_buf *pem, struct cw_error *err)
{
	int rc = path ? read_named(path, PEM_MAX, pem, err) : 0;

	if (rc || !path)
		return rc;
	if (!cw_roots_are(pem->data ? pem->data : "", pem->len))
		return cw_fail(err, CW_E_USAGE, 0, path, _("It is the root.pem that the organisation publishes."), _("%s is no certificate in PEM form."), path);
	return 0;
}

/* Where the document stands in its register. */
static json_t *order_json(const struct cw_order *o)
{
	json_t *j = json_pack("{s:b, s:s, s:I, s:s, s:s, s:s}", "proven", (int)o->proven, "origin", o->origin, "previousSize", (json_int_t)o->previous_size, "previousRoot",
			      o->previous_root, "jsonSha256", o->json_sha256, "p7sSha256", o->p7s_sha256);

	if (o->proven) {
		json_object_set_new(j, "index", json_integer((json_int_t)o->index));
		json_object_set_new(j, "size", json_integer((json_int_t)o->size));
		json_object_set_new(j, "root", json_string(o->root));
	}
	return j;
}

static json_t *statements_json(const struct cw_verify_result *r)
{
	if (!*r->approval_sha256 && !*r->withdrawal_sha256)
		return NULL;
	return json_pack("{s:s*, s:s*}", "approvalSha256", *r->approval_sha256 ? r->approval_sha256 : NULL, "withdrawalSha256", *r->withdrawal_sha256 ? r->withdrawal_sha256 : NULL);
}

json_t *cw_verify_json(const char *path, const struct cw_verify_result *r)
{
	json_t *checks = json_array(), *remarks = json_array();
	char shown[2 * CW_SERIAL_MAX]; /* whoever handed the folder over chose the name */

	cw_text_printable(shown, sizeof shown, path, strlen(path));
	for (uint32_t i = 0; i < r->n_checks; i++)
		json_array_append_new(checks, json_pack("{s:s, s:b, s:s}", "name", r->checks[i].name, "passed", (int)r->checks[i].passed, "why", r->checks[i].why));
	for (uint32_t i = 0; i < r->n_remarks; i++)
		json_array_append_new(remarks, json_string(r->remarks[i]));
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:b, s:o, s:o, s:o*, s:o*, s:s*, s:s*}", "file", shown, "finding", cw_finding_name(r->finding), "exit", r->exit_code, "type", r->type,
			 "documentId", r->document_id, "reason", r->reason, "laboratory", (int)r->laboratory, "checks", checks, "remarks", remarks, "order",
			 *r->order.origin ? order_json(&r->order) : NULL, "statements", statements_json(r), "awaits", *r->awaits ? r->awaits : NULL,
			 "decision", *r->decision ? r->decision : NULL);
}
