/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes in what a person says about documents: approval, rejection, withdrawal.  All of them are looked at before the first is written; each gets a copy of the statement beside
 * it, an entry in the register, and the proof of that entry.  Who is cut off in between says it again for what is left.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "signer.h"

struct taking {
	const struct cw_state *state;
	const struct cw_msg_statement *m;
	const struct cw_caller *by;
	struct cw_desk desk;
	struct cw_buf roots;
	struct cw_statement_files files;
	json_t *statement;
	const char *name; /* of its files, without the ends */
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX];
};

static void taking_clear(struct taking *t)
{
	cw_desk_clear(&t->desk);
	cw_buf_clear(&t->roots);
	json_decref(t->statement);
}

/* The station knows itself who brings it, and its own register. */
static int check_frame(struct taking *t, struct cw_error *err)
{
	const json_t *by = json_object_get(t->statement, "by"), *reg = json_object_get(t->statement, "register");
	uint64_t size = cw_json_u64(reg, "previousSize", UINT64_MAX);
	struct cw_checkpoint now;
	char root[CW_SHA256_HEX] = "";
	int rc = cw_register_checkpoint(t->desk.log, &now, err);

	if (!rc && size <= now.size)
		rc = cw_register_root(t->desk.log, size, root, err);
	if (rc)
		return rc;
	if (cw_json_u64(by, "uid", UINT64_MAX) != t->by->uid || strcmp(cw_json_str(by, "name", ""), t->by->name) != 0)
		return cw_fail(err, CW_E_INVALID, 0, "by", NULL, _("The statement names another account than the one that brings it."));
	if (strcmp(cw_json_str(reg, "origin", ""), t->desk.frame.register_origin) != 0 || strcmp(cw_json_str(reg, "previousRoot", ""), root) != 0)
		return cw_fail(err, CW_E_INVALID, 0, "register", NULL, _("The statement does not build on the register of this station."));
	return 0;
}

static int read_statement(struct taking *t, struct cw_error *err)
{
	int rc;

	t->files = (struct cw_statement_files){ .json = t->m->json, .json_len = t->m->json_len, .p7s = t->m->p7s, .p7s_len = t->m->p7s_len };
	rc = cw_statement_read(&t->files, t->roots.data ? t->roots.data : "", t->roots.len, &t->statement, err);
	if (rc)
		return cw_fail(err, (enum cw_code)rc, 0, NULL, _("Roots of other authorities are pinned with `certwipe key trust`."), _("The statement was not taken: %s"), err->message);
	t->name = strcmp(cw_json_str(t->statement, "type", ""), CW_TYPE_APPROVAL) == 0 ? CW_APPROVAL_NAME : CW_WITHDRAWAL_NAME;
	cw_sha256_hex(t->files.json, t->files.json_len, t->json_sha256);
	cw_sha256_hex(t->files.p7s, t->files.p7s_len, t->p7s_sha256);
	return check_frame(t, err);
}

/* ---- one document ---- */

static void file_name(const struct taking *t, const char *end, char out[CW_NODE_MAX])
{
	snprintf(out, CW_NODE_MAX, "%s%s", t->name, end);
}

/* Somebody has decided already if the register has an entry for the statement that lies there. */
static int refuse_second(struct taking *t, const struct cw_signer_document *d, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf there = { 0 };
	CW_AUTO_JSON json_t *entries = NULL;
	struct cw_error absent = { 0 };
	char name[CW_NODE_MAX], sha256[CW_SHA256_HEX];
	const json_t *e;
	size_t i;
	int rc;

	file_name(t, ".json", name);
	if (cw_file_read(d->folder, name, CW_STATEMENT_MAX_BYTES, &there, &absent))
		return 0;
	cw_sha256_hex(there.data ? there.data : "", there.len, sha256);
	rc = cw_register_job(t->desk.log, cw_json_str(d->payload, "jobId", ""), &entries, err);
	if (rc)
		return rc;
	json_array_foreach(entries, i, e)
		if (strcmp(cw_json_str(e, "jsonSha256", ""), sha256) == 0)
			return cw_fail(err, CW_E_EXISTS, 0, cw_json_str(d->payload, "certificateId", ""), _("See `certwipe certificate show`. What was decided stands; a document can be withdrawn."),
				       _("About the document %s it was decided already."), cw_json_str(d->payload, "certificateId", ""));
	return 0;
}

static int check_document(struct taking *t, const struct cw_signer_document *d, struct cw_error *err)
{
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX], missing[CW_NODE_MAX];
	const char *number = cw_json_str(d->payload, "certificateId", "");
	struct cw_entry own, newest;
	int rc;

	cw_sha256_hex(d->json.data, d->json.len, json_sha256);
	cw_sha256_hex(d->p7s.data, d->p7s.len, p7s_sha256);
	rc = cw_statement_on(t->statement, d->payload, json_sha256, p7s_sha256, err);
	if (!rc)
		rc = cw_signatures_missing(d->payload, (const uint8_t *)d->p7s.data, d->p7s.len, missing, err);
	if (!rc && *missing)
		rc = cw_fail(err, CW_E_REFUSED, 0, number, _("They sign it with `certwipe sign` first."), _("The document %s is not complete: it awaits %s."), number, missing);
	if (!rc)
		rc = cw_register_document(t->desk.log, number, &own, err);
	if (!rc)
		rc = cw_register_newest(t->desk.log, &own, &newest, err);
	if (!rc && (strcmp(own.json_sha256, json_sha256) != 0 || strcmp(newest.p7s_sha256, p7s_sha256) != 0))
		rc = cw_fail(err, CW_E_INVALID, 0, number, _("Run `certwipe register check`."), _("The document %s is not the one that is in the register."), number);
	return rc ? rc : refuse_second(t, d, err);
}

static int write_statement(struct taking *t, const struct cw_signer_document *d, struct cw_error *err)
{
	char json[CW_NODE_MAX], p7s[CW_NODE_MAX];
	int rc;

	file_name(t, ".json", json);
	file_name(t, ".json.p7s", p7s);
	rc = cw_file_write(d->folder, p7s, t->files.p7s, t->files.p7s_len, 0640, true, err);
	return rc ? rc : cw_file_write(d->folder, json, t->files.json, t->files.json_len, 0640, true, err);
}

static int enter(struct taking *t, const struct cw_signer_document *d, uint64_t *index, struct cw_error *err)
{
	struct cw_journal_text text = { 0 };
	struct cw_checkpoint after;
	struct cw_entry e;
	int rc = cw_journal_parse(d->journal.data ? d->journal.data : "", d->journal.len, &text, err);

	if (!rc) {
		cw_signer_entry(d->payload, json_array_get(text.lines, 0), cw_statement_kind(t->statement), &e);
		cw_time_now(e.at);
		cw_strlcpy(e.json_sha256, t->json_sha256, sizeof e.json_sha256);
		cw_strlcpy(e.p7s_sha256, t->p7s_sha256, sizeof e.p7s_sha256);
		rc = cw_register_append(t->desk.log, &e, &after, err);
	}
	cw_journal_text_clear(&text);
	*index = rc ? 0 : after.size - 1;
	return rc;
}

static int prove(struct taking *t, const struct cw_signer_document *d, uint64_t index, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf proof = { 0 };
	struct cw_payload_frame frame;
	char name[CW_NODE_MAX];
	int rc = cw_payload_frame_of(d->payload, &frame, err);

	if (!rc)
		rc = cw_register_proof(t->desk.log, t->desk.note, index, frame.previous_size, &proof, err);
	if (rc)
		return rc;
	file_name(t, ".tlog-proof", name);
	return cw_file_write(d->folder, name, proof.data, proof.len, 0640, true, err);
}

static int take_document(struct taking *t, const struct cw_signer_document *d, struct cw_error *err)
{
	uint64_t index = 0;
	int rc = write_statement(t, d, err);

	if (!rc)
		rc = enter(t, d, &index, err);
	return rc ? rc : prove(t, d, index, err);
}

/* ---- all of them ---- */

static int each_document(struct taking *t, int (*work)(struct taking *t, const struct cw_signer_document *d, struct cw_error *err), struct cw_error *err)
{
	const json_t *one;
	size_t i;
	int rc = 0;

	json_array_foreach(json_object_get(t->statement, "documents"), i, one) {
		struct cw_signer_document d;

		rc = cw_signer_document_read(t->state, cw_json_str(one, "certificateId", ""), &d, err);
		if (!rc)
			rc = work(t, &d, err);
		cw_signer_document_clear(&d);
		if (rc)
			break;
	}
	return rc;
}

/* What takes the place of a document must be there. */
static int check_superseders(const struct taking *t, struct cw_error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(t->statement, "documents"), i, one) {
		const json_t *by = json_object_get(one, "supersededBy");
		struct cw_entry e;
		int rc = by ? cw_register_document(t->desk.log, cw_json_str(by, "certificateId", ""), &e, err) : 0;

		if (!rc && by && strcmp(e.json_sha256, cw_json_str(by, "jsonSha256", "")) != 0)
			rc = cw_fail(err, CW_E_INVALID, 0, e.document_id, NULL, _("The document %s is not the one that is in the register."), e.document_id);
		if (rc)
			return rc;
	}
	return 0;
}

static int take_in(struct taking *t, struct cw_error *err)
{
	int rc = cw_signer_roots(t->state, &t->roots, err);

	if (!rc)
		rc = cw_desk_open(t->state, &t->desk, err);
	if (!rc)
		rc = read_statement(t, err);
	if (!rc)
		rc = check_superseders(t, err);
	if (!rc)
		rc = each_document(t, check_document, err);
	return rc ? rc : each_document(t, take_document, err);
}

static int state_work(int fd, void *user)
{
	struct taking *t = user;
	struct cw_error err = { 0 };
	int rc = take_in(t, &err);

	if (rc)
		rc = cw_child_failed(fd, &err);
	else
		rc = cw_msg_send_doc(fd, json_pack("{s:s, s:s, s:O, s:O}", "schema", "certwipe/stated/1", "decision", cw_json_str(t->statement, "decision", ""), "uuid",
						   json_object_get(t->statement, "uuid"), "documents", json_object_get(t->statement, "documents")), &err) ? 1 : 0;
	taking_clear(t);
	return rc;
}

int cw_signer_state(const struct cw_state *s, const struct cw_msg_statement *m, const struct cw_caller *by, int front_fd, struct cw_error *err)
{
	struct taking t = { .state = s, .m = m, .by = by };
	struct cw_child child;
	int rc;

	if (s->keys < 0 || s->certificates < 0)
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("--state names another state directory."), _("There are no documents here."));
	rc = cw_spawn("certwipe-signer", state_work, &t, (const int[]){ s->dir, s->keys, s->certificates, -1 }, &child, err);
	return rc ? rc : cw_signer_relay(&child, front_fd, err);
}
