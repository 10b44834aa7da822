/* SPDX-License-Identifier: Apache-2.0 */
/* The signer answers what people ask of the register.  What it signs are the checkpoints and exports of its own register, never what somebody brings. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signer.h"

struct inquiry {
	const struct cw_state *state;
	const struct cw_msg_register *query; /* or */
	const struct cw_audit_wish *audit;
	const struct cw_msg_list_row *rows;  /* assets of the audit */
	size_t n_rows;
};

/* ---- reading ---- */

/* Reading must be possible where keys are missing.  The key of the checkpoints is only taken when there is one: it completes proofs that a crash cut off. */
static int open_archive(const struct cw_state *s, struct cw_desk *d, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf path = { 0 };
	struct cw_error untold = { 0 };

	cw_register_path_of(s, &path);
	int rc = cw_register_open(path.data, NULL, false, &d->log, err);

	if (!rc && s->keys >= 0 && faccessat(s->keys, "note.key", F_OK, 0) == 0 && cw_note_key_open(s->keys, cw_register_origin(d->log), &d->note, &untold))
		d->note = NULL;
	return rc ? rc : cw_signer_become(s, s->certificates, err);
}

/* ---- signing ---- */

static int checkpoint(struct cw_desk *d, json_t **out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf note = { 0 }, vkey = { 0 };
	char name[CW_SERIAL_MAX];
	int rc = cw_register_note(d->log, d->note, &note, err);

	cw_log_name(d->frame.register_origin, name);
	if (!rc)
		rc = cw_note_vkey(name, cw_note_key_hex(d->note), &vkey, err);
	if (!rc)
		*out = json_pack("{s:s, s:s}", "note", note.data, "noteKey", vkey.data);
	return rc;
}

static int export_head(struct cw_desk *d, json_t **out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf manifest = { 0 }, p7s = { 0 }, p7s_text = { 0 }, note = { 0 };
	struct cw_checkpoint now;
	int rc = cw_register_checkpoint(d->log, &now, err);

	if (rc)
		return rc;
	cw_time_now(d->frame.issued_at);
	cw_strlcpy(d->frame.note_key, cw_note_key_hex(d->note), sizeof d->frame.note_key);
	rc = cw_checkpoint_sign(d->note, &now, &note, err);
	if (!rc)
		rc = cw_export_manifest(&d->frame, &now, &manifest, err);
	if (!rc)
		rc = cw_cms_sign(d->signer, manifest.data, manifest.len, &p7s, err);
	if (rc)
		return rc;
	cw_base64(&p7s_text, p7s.data, p7s.len);
	*out = json_pack("{s:s, s:s, s:s, s:s%}", "manifest", manifest.data, "checkpoint", note.data, "root", d->signer->chain_pem, "signature", p7s_text.data, p7s_text.len);
	return 0;
}

/* ---- audit ---- */

static int audit(struct cw_desk *d, const struct inquiry *q, json_t **out, struct cw_error *err)
{
	CW_AUTO_FREE struct cw_asset *assets = calloc(q->n_rows + 1, sizeof *assets);
	json_t *findings = NULL;
	uint64_t from = 0;

	if (!assets)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the list of assets."));
	for (size_t i = 0; i < q->n_rows; i++) {
		cw_strlcpy(assets[i].serial, q->rows[i].serial, sizeof assets[i].serial);
		cw_strlcpy(assets[i].asset_tag, q->rows[i].asset_tag, sizeof assets[i].asset_tag);
	}
	int rc = cw_register_audit(d->log, q->state->dir, d->note, q->audit, assets, q->n_rows, &findings, &from, err);

	if (!rc)
		*out = json_pack("{s:o, s:I, s:I}", "findings", findings, "from", (json_int_t)from, "assets", (json_int_t)q->n_rows);
	return rc;
}

/* ---- questions ---- */

static int ask_register(struct cw_desk *d, const struct inquiry *i, json_t **out, struct cw_error *err)
{
	const struct cw_msg_register *q = i->query;

	if (i->audit)
		return audit(d, i, out, err);
	switch (q->query) {
	case CW_REGISTER_LIST:
		return cw_register_list(d->log, *q->search ? q->search : NULL, out, err);
	case CW_REGISTER_SHOW:
		return cw_register_show(d->log, q->index, out, err);
	case CW_REGISTER_CHECK:
		return cw_register_check(d->log, i->state->dir, d->note, out, err);
	case CW_REGISTER_CASES:
	case CW_REGISTER_CASES_OPEN:
		return cw_register_cases(d->log, q->query == CW_REGISTER_CASES_OPEN, out, err);
	case CW_REGISTER_CHECKPOINT:
		return checkpoint(d, out, err);
	case CW_REGISTER_EXPORT:
		return export_head(d, out, err);
	case CW_REGISTER_PAGE:
		return cw_register_page(d->log, d->note, q->index, q->size, out, err);
	default:
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("The register was asked an unknown question."));
	}
}

static bool must_sign(const struct inquiry *i)
{
	return !i->audit && i->query->query >= CW_REGISTER_CHECKPOINT;
}

/* A log with a gap has no checkpoint; these say so themselves, and that is the answer. */
static bool may_be_broken(const struct inquiry *i)
{
	return i->audit || i->query->query == CW_REGISTER_CHECK;
}

static const char *answer_schema(const struct inquiry *i)
{
	if (i->audit)
		return "certwipe/audit/1";
	switch (i->query->query) {
	case CW_REGISTER_SHOW:
		return "certwipe/register-entry/1";
	case CW_REGISTER_CHECK:
		return "certwipe/register-check/1";
	case CW_REGISTER_CASES:
	case CW_REGISTER_CASES_OPEN:
		return "certwipe/case-list/1";
	case CW_REGISTER_CHECKPOINT:
		return "certwipe/register-checkpoint/1";
	default:
		return "certwipe/register/1";
	}
}

static int query_work(int fd, void *user)
{
	const struct inquiry *i = user;
	struct cw_desk d = { 0 };
	struct cw_checkpoint now;
	struct cw_error err = { 0 };
	json_t *answer = NULL;

	memset(&now, 0, sizeof now);
	int rc = must_sign(i) ? cw_desk_open(i->state, &d, &err) : open_archive(i->state, &d, &err);

	if (!rc)
		rc = ask_register(&d, i, &answer, &err);
	if (!rc && cw_register_checkpoint(d.log, &now, &err) && !may_be_broken(i))
		rc = err.code;
	cw_desk_clear(&d);
	if (rc) {
		json_decref(answer);
		return cw_child_failed(fd, &err);
	}
	return cw_msg_send_doc(fd, json_pack("{s:s, s:o, s:{s:s, s:I, s:s}}", "schema", answer_schema(i), "answer", answer, "checkpoint", "origin", now.origin, "size",
					     (json_int_t)now.size, "root", now.root),
			       &err) ?
		       1 :
		       0;
}

int cw_signer_relay(struct cw_child *child, int front_fd, struct cw_error *err)
{
	static _Alignas(16) unsigned char body[CW_MSG_ROOM];
	enum cw_msg_type type;
	const struct cw_msg_doc *chunk = (const void *)body;
	int n, rc = 0;

	do {
		n = cw_msg_recv(child->fd, &type, body, err);
		if (n < 0)
			rc = n;
		else if (n == 0)
			rc = cw_fail(err, CW_E_PROCESS, 0, NULL, NULL, _("The signer ended without an answer."));
		else if (type == CW_MSG_ERROR) {
			*err = ((const struct cw_msg_error *)(const void *)body)->error;
			rc = err->code;
		} else if (type != CW_MSG_DOC)
			rc = cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The signer sent an answer of the wrong kind."));
		else
			rc = cw_msg_send(front_fd, CW_MSG_DOC, body, true, err);
	} while (!rc && !chunk->last);
	cw_child_end(child);
	return rc;
}

static int inquire(struct inquiry *i, int front_fd, struct cw_error *err)
{
	const struct cw_state *s = i->state;
	struct cw_child child;

	if (s->dir < 0 || faccessat(s->dir, "register.db", F_OK, 0) < 0)
		return cw_fail(err, CW_E_NO_FILE, 0, s->path, _("It is made with the first wipe."), _("There is no register in this state directory."));
	int rc = cw_spawn("certwipe-signer", query_work, i, (const int[]){ s->dir, s->keys, s->certificates, -1 }, &child, err);

	return rc ? rc : cw_signer_relay(&child, front_fd, err);
}

int cw_signer_query(const struct cw_state *s, const struct cw_msg_register *q, int front_fd, struct cw_error *err)
{
	return inquire(&(struct inquiry){ .state = s, .query = q }, front_fd, err);
}

int cw_signer_audit(const struct cw_state *s, const struct cw_audit_wish *wish, const struct cw_msg_list_row *rows, size_t n_rows, int front_fd, struct cw_error *err)
{
	return inquire(&(struct inquiry){ .state = s, .audit = wish, .rows = rows, .n_rows = n_rows }, front_fd, err);
}

/* ---- cases of one medium ---- */

struct lookup { const struct cw_state *state; const char *identity_sha256, *serial, *asset_tag, *job_id; };

static int cases_work(int fd, void *user)
{
	const struct lookup *l = user;
	static struct cw_msg_candidates found;
	struct cw_desk d = { 0 };
	struct cw_error err = { 0 };
	int rc = open_archive(l->state, &d, &err);

	if (!rc)
		rc = cw_register_cases_of(d.log, l->identity_sha256, l->serial, l->asset_tag, l->job_id, found.at, CW_CANDIDATES_MAX, &found.n, &err);
	cw_desk_clear(&d);
	if (rc)
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_CANDIDATES, &found, true, &err) ? 1 : 0;
}

int cw_signer_cases_of(const struct cw_state *s, const char *identity_sha256, const char *serial, const char *asset_tag, const char *job_id, struct cw_msg_candidates *out,
		       struct cw_error *err)
{
	struct lookup l = { s, identity_sha256, serial, asset_tag, job_id };
	struct cw_child child;

	memset(out, 0, sizeof *out);
	if (s->dir < 0 || faccessat(s->dir, "register.db", F_OK, 0) < 0)
		return 0;
	int rc = cw_spawn("certwipe-signer", cases_work, &l, (const int[]){ s->dir, s->keys, s->certificates, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_CANDIDATES, out, ANSWER_MS, err);
}
