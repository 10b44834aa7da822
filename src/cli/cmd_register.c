/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe register: the log of all disposals of this station. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define SIGNATURE_MAX 65536u
#define USAGE "list | show INDEX | search TEXT | export FOLDER | check | checkpoint"

static int bad_use(struct cw_error *err)
{
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe register " USAGE, _("`certwipe register` was not told what to do."));
}

static int question(const struct cw_context *c, struct cw_msg_register *q, struct cw_error *err)
{
	const char *what = c->operand[0], *operand = c->n > 1 ? c->operand[1] : NULL;
	char *end = NULL;

	if (!strcmp(what, "list") && !operand)
		q->query = CW_REGISTER_LIST;
	else if (!strcmp(what, "check") && !operand)
		q->query = CW_REGISTER_CHECK;
	else if (!strcmp(what, "checkpoint") && !operand)
		q->query = CW_REGISTER_CHECKPOINT;
	else if (!strcmp(what, "export") && operand && *operand)
		q->query = CW_REGISTER_EXPORT;
	else if (!strcmp(what, "search") && operand && cw_text_is_printable(operand) && cw_strlcpy(q->search, operand, sizeof q->search))
		q->query = CW_REGISTER_LIST;
	else if (!strcmp(what, "show") && operand && *operand >= '0' && *operand <= '9') {
		q->query = CW_REGISTER_SHOW;
		q->index = strtoull(operand, &end, 10);
		return *end ? bad_use(err) : 0;
	} else
		return bad_use(err);
	return 0;
}

/* ---- export ---- */

struct folder {
	int dir, leaves, subjects, proofs;
	size_t documents;
};

static int put(int dir, const char *name, const void *data, size_t len, struct cw_error *err)
{
	return cw_file_write(dir, name, data, len, 0644, false, err);
}

static int make_file(int dir, const char *name, int *fd, struct cw_error *err)
{
	*fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return *fd >= 0 ? 0 : cw_fail(err, CW_E_IO, errno, name, NULL, _("The file %s of the export cannot be made."), name);
}

static int make_folder(const char *path, struct folder *f, struct cw_error *err)
{
	if (mkdir(path, 0755) < 0)
		return cw_fail(err, errno == EEXIST ? CW_E_EXISTS : CW_E_IO, errno, path, _("Name a folder that is not there yet."), _("The folder %s cannot be made."), path);
	f->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->dir < 0 || mkdirat(f->dir, CW_EXPORT_PROOFS, 0755) < 0)
		return cw_fail(err, CW_E_IO, errno, path, NULL, _("The new folder %s cannot be used."), path);
	f->proofs = openat(f->dir, CW_EXPORT_PROOFS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->proofs < 0)
		return cw_fail(err, CW_E_IO, errno, path, NULL, _("The new folder %s cannot be used."), path);
	int rc = make_file(f->dir, CW_EXPORT_LEAVES, &f->leaves, err);

	return rc ? rc : make_file(f->dir, CW_EXPORT_SUBJECTS, &f->subjects, err);
}

static void close_folder(struct folder *f)
{
	const int fds[] = { f->dir, f->leaves, f->subjects, f->proofs };

	for (size_t i = 0; i < CW_ARRAY_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int put_proof(struct folder *f, const json_t *line, struct cw_error *err)
{
	const char *id = cw_json_str(line, "documentId", NULL), *proof = cw_json_str(line, "proof", "");
	char name[CW_TEXT_MAX];

	if (!id)
		return 0;
	if (strspn(id, "0123456789-") != strlen(id) || snprintf(name, sizeof name, "%s.tlog-proof", id) >= (int)sizeof name)
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("The signer sent an answer of the wrong kind."));
	f->documents++;
	return put(f->proofs, name, proof, strlen(proof), err);
}

static int put_page(struct folder *f, const json_t *page, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf leaves = { 0 }, subjects = { 0 };
	const json_t *line;
	size_t i;
	int rc = 0;

	json_array_foreach(page, i, line) {
		cw_buf_printf(&leaves, "%s\n", cw_json_str(line, "leaf", ""));
		cw_buf_printf(&subjects, "%s\n", cw_json_str(line, "subject", ""));
		rc = rc ? rc : put_proof(f, line, err);
	}
	if (!rc && (leaves.failed || subjects.failed))
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the export."));
	if (!rc)
		rc = cw_fd_write_all(f->leaves, CW_EXPORT_LEAVES, leaves.data ? leaves.data : "", leaves.len, err);
	return rc ? rc : cw_fd_write_all(f->subjects, CW_EXPORT_SUBJECTS, subjects.data ? subjects.data : "", subjects.len, err);
}

static int put_entries(struct cw_context *c, struct folder *f, uint64_t size, struct cw_error *err)
{
	struct cw_msg_register q = { .query = CW_REGISTER_PAGE, .size = size };
	int rc = 0;

	while (!rc && q.index < size) {
		CW_AUTO_JSON json_t *doc = NULL;

		rc = cw_session_ask_doc(c->session, CW_MSG_REGISTER, &q, &doc, err);
		if (!rc && !json_array_size(json_object_get(doc, "answer")))
			rc = cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("The signer sent an answer of the wrong kind."));
		if (!rc)
			rc = put_page(f, json_object_get(doc, "answer"), err);
		q.index += json_array_size(json_object_get(doc, "answer"));
	}
	if (!rc && (fsync(f->leaves) < 0 || fsync(f->subjects) < 0))
		rc = cw_fail(err, CW_E_IO, errno, CW_EXPORT_LEAVES, NULL, _("The export could not be written."));
	return rc;
}

/* The manifest comes last: without it a folder that was not finished is no export. */
static int put_head(struct folder *f, const json_t *answer, struct cw_error *err)
{
	static char signature[SIGNATURE_MAX];
	size_t len;
	const char *note = cw_json_str(answer, "checkpoint", ""), *root = cw_json_str(answer, "root", ""), *p7s = cw_json_str(answer, "signature", "");
	const char *manifest = cw_json_str(answer, "manifest", "");
	int rc = cw_unbase64(signature, sizeof signature, &len, p7s, strlen(p7s)) ? 0 : cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("The signer sent an answer of the wrong kind."));

	if (!rc)
		rc = put(f->dir, CW_EXPORT_CHECKPOINT, note, strlen(note), err);
	if (!rc)
		rc = put(f->dir, "root.pem", root, strlen(root), err);
	if (!rc)
		rc = put(f->dir, CW_EXPORT_SIGNATURE, signature, len, err);
	return rc ? rc : put(f->dir, CW_EXPORT_MANIFEST, manifest, strlen(manifest), err);
}

static int export_folder(struct cw_context *c, const json_t *doc, const char *path, struct cw_error *err)
{
	struct folder f = { .dir = -1, .leaves = -1, .subjects = -1, .proofs = -1 };
	const json_t *answer = json_object_get(doc, "answer"), *checkpoint = json_object_get(doc, "checkpoint");
	uint64_t size = cw_json_u64(checkpoint, "size", 0);
	const char *root = cw_json_str(answer, "root", "");
	char fingerprint[CW_SHA256_HEX], shown[2 * CW_SERIAL_MAX];
	int rc = cw_cert_fingerprint(root, strlen(root), fingerprint, err);

	if (!rc)
		rc = make_folder(path, &f, err);
	if (!rc)
		rc = put_entries(c, &f, size, err);
	if (!rc)
		rc = put_head(&f, answer, err);
	close_folder(&f);
	if (rc)
		return rc;
	cw_text_printable(shown, sizeof shown, path, strlen(path));
	return cw_emit(c, json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:O}", "schema", "certwipe/register-exported/1", "folder", shown, "entries", (json_int_t)size, "documents",
				    (json_int_t)f.documents, "rootSha256", fingerprint, "note", cw_json_str(answer, "checkpoint", ""), "checkpoint", checkpoint), err);
}

/* ---- the command ---- */

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_register q = { 0 };
	json_t *doc = NULL;
	int rc = question(c, &q, err), exit_code = CW_EXIT_DONE;

	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_REGISTER, &q, &doc, err);
	if (rc)
		return rc;
	if (q.query == CW_REGISTER_EXPORT) {
		rc = export_folder(c, doc, c->operand[1], err);
		json_decref(doc);
		return rc;
	}
	if (q.query == CW_REGISTER_CHECK)
		exit_code = cw_findings_exit(json_object_get(doc, "answer"));
	rc = cw_emit(c, doc, err);
	return rc ? rc : exit_code;
}

const struct cw_command cw_command_register = {
	.name = "register", .operands = USAGE, .summary = N_("the log of all disposals of this station"), .needs_broker = true, .least = 1, .most = 2, .run = run,
};
