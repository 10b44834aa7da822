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

static int show(struct cw_context *c, const char *named, struct cw_error *err)
{
	struct cw_bundle bundle = { 0 };
	json_t *payload = NULL;
	struct stat st;
	int rc = strchr(named, '/') || stat(named, &st) == 0 ? cw_input_bundle(named, &bundle, err) : fetch(c, named, CW_PART_JSON, &bundle.json, err);

	if (!rc)
		rc = cw_json_parse_canonical(bundle.json.data ? bundle.json.data : "", bundle.json.len, &payload, err);
	if (!rc)
		rc = cw_payload_check(payload, err);
	cw_bundle_clear(&bundle);
	if (rc) {
		json_decref(payload);
		return rc;
	}
	return cw_emit(c, json_pack("{s:s, s:o}", "schema", "certwipe/document/1", "document", payload), err);
}

/* ---- export ---- */

static int put(int dir, const char *name, const struct cw_buf *text, struct cw_error *err)
{
	return cw_file_write(dir, name, text->data ? text->data : "", text->len, 0644, false, err);
}

static int put_root(struct cw_context *c, int dir, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };
	CW_AUTO_JSON json_t *pems = NULL;
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	int rc = cw_session_ask_doc(c->session, CW_MSG_KEY_SHOW, &nothing, &pems, err);

	cw_buf_str(&pem, cw_json_str(pems, "root", ""));
	return rc ? rc : put(dir, "root.pem", &pem, err);
}

/* A folder of the document's number, with all that an auditor needs; the root lies beside for convenience: trusted it is only by its fingerprint on paper. */
static int export_files(struct cw_context *c, const char *number, struct cw_error *err)
{
	static const struct { uint32_t part; const char *name; } parts[] = {
		{ CW_PART_JSON, "evidence.json" }, { CW_PART_SIGNATURE, "evidence.json.p7s" }, { CW_PART_JOURNAL, "journal.jsonl" },
	};
	struct cw_buf texts[CW_ARRAY_LEN(parts)] = { { 0 } };
	int rc = strchr(number, '/') ? cw_fail(err, CW_E_USAGE, 0, NULL, _("See `certwipe register list`."), _("%s is no document number."), number) : 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(parts); i++)
		rc = fetch(c, number, parts[i].part, &texts[i], err);
	if (!rc && mkdir(number, 0755) < 0)
		rc = cw_fail(err, errno == EEXIST ? CW_E_EXISTS : CW_E_IO, errno, number, _("Go to another folder."), _("The folder %s cannot be made here."), number);
	CW_AUTO_FD int dir = rc ? -1 : open(number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (!rc && dir < 0)
		rc = cw_fail(err, CW_E_IO, errno, number, NULL, _("The new folder %s cannot be opened."), number);
	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(parts); i++)
		rc = put(dir, parts[i].name, &texts[i], err);
	if (!rc)
		rc = put_root(c, dir, err);
	for (size_t i = 0; i < CW_ARRAY_LEN(parts); i++)
		cw_buf_clear(&texts[i]);
	return rc ? rc : cw_emit(c, json_pack("{s:s, s:s}", "schema", "certwipe/exported/1", "folder", number), err);
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
