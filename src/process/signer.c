/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer: holds the station key and the register, and nothing of any medium.  It opens both while it still may, becomes the account of the
 * signer, and only then reads the journal; what it signs it computed itself from that journal.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signer.h"

struct task {
	const struct cw_state *state;
	const struct cw_slot *slot; /* its journal */
	const struct cw_caller *by;
	const char *close_reason, *lost_message;
	const struct cw_entry *entry;
	const struct cw_msg_key *key;
	struct cw_attachments attached;
};

void cw_desk_clear(struct cw_desk *d)
{
	cw_register_free(d->log);
	cw_signer_free(d->signer);
	cw_note_key_free(d->note);
}

int cw_signer_become(const struct cw_state *s, int folder, struct cw_error *err)
{
	bool root = geteuid() == 0;
	int rc = cw_sandbox_drop(root ? s->signer_uid : geteuid(), root ? s->signer_gid : getegid(), err);

	return rc ? rc : cw_sandbox_signer(folder, err);
}

static void origin_of(struct cw_payload_frame *f)
{
	struct cw_buf b = { 0 };

	cw_buf_printf(&b, "%s/%s", f->organisation, f->station);
	cw_strlcpy(f->register_origin, b.data ? b.data : "", sizeof f->register_origin);
	cw_buf_clear(&b);
}

int cw_register_path_of(const struct cw_state *s, struct cw_buf *path)
{
	cw_buf_printf(path, "%s/register.db", s->path);
	return path->failed ? -1 : 0;
}

/* Numbers come from the register: a new one beside old documents would give their numbers out again. */
static int refuse_lost_register(const struct cw_state *s, struct cw_error *err)
{
	struct dirent **years = NULL;
	int documents = 0, n = faccessat(s->dir, "register.db", F_OK, 0) == 0 ? 0 : scandirat(s->certificates, ".", &years, NULL, NULL);

	if (n < 0)
		return cw_fail(err, CW_E_STATE, errno, s->path, NULL, _("The folder of the certificates cannot be read."));
	for (int i = 0; i < n; i++) {
		documents += years[i]->d_name[0] != '.';
		free(years[i]);
	}
	free(years);
	if (!documents)
		return 0;
	return cw_fail(err, CW_E_STATE, 0, s->path, _("Restore register.db from a backup, or move the certificates away and keep them."),
		       _("There are certificates, but no register: it was lost or moved."));
}

/* A crash can have come between the last document's entry and its proof.  What cannot be mended now is for `register check` to tell. */
static void prove_last(const struct cw_state *s, struct cw_desk *d)
{
	struct cw_error untold = { 0 };

	if (cw_register_prove_last(d->log, d->note, s->certificates, &untold))
		return;
}

int cw_desk_open(const struct cw_state *s, struct cw_desk *d, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf path = { 0 };
	int rc = cw_signer_pem_new(s->keys, &d->signer, err);

	if (!rc)
		rc = cw_signer_names(d->signer, &d->frame, err);
	if (rc)
		return rc;
	origin_of(&d->frame);
	cw_register_path_of(s, &path);
	rc = refuse_lost_register(s, err);
	if (!rc)
		rc = cw_note_key_open(s->keys, d->frame.register_origin, &d->note, err);
	if (!rc)
		rc = cw_register_open(path.data, d->frame.register_origin, true, &d->log, err);
	if (!rc)
		rc = cw_signer_become(s, s->certificates, err);
	if (!rc)
		prove_last(s, d);
	return rc;
}

/* ---- started ---- */

/* Whose certificate has expired, or is not valid yet, learns it before the medium is empty and not after. */
static int try_key(const struct cw_desk *d, const struct cw_entry *e, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf unused = { 0 };
	struct cw_error why = { 0 };

	if (!cw_cms_sign(d->signer, e->job_id, strlen(e->job_id), &unused, &why))
		return 0;
	return cw_fail(err, CW_E_NO_KEY, why.sys_errno, "station.pem", _("Look whether the clock of the station is right, and see `certwipe key show`."),
		       _("The station's key could not sign a document now, so nothing was begun: %s"), why.message);
}

static int started_work(int fd, void *user)
{
	const struct task *t = user;
	struct cw_desk d = { 0 };
	struct cw_checkpoint after;
	struct cw_error err = { 0 };

	memset(&after, 0, sizeof after);
	int rc = cw_desk_open(t->state, &d, &err);

	if (!rc)
		rc = try_key(&d, t->entry, &err);
	if (!rc)
		rc = cw_register_append(d.log, t->entry, &after, &err);
	cw_desk_clear(&d);
	if (rc)
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_CHECKPOINT, &after, true, &err) ? 1 : 0;
}

int cw_signer_started(const struct cw_state *s, const struct cw_entry *entry, struct cw_checkpoint *after, struct cw_error *err)
{
	struct task t = { .state = s, .entry = entry };
	struct cw_child child;
	int rc = cw_spawn("certwipe-signer", started_work, &t, (const int[]){ s->dir, s->keys, s->certificates, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_CHECKPOINT, after, ANSWER_MS, err);
}

/* ---- attest ---- */

static int complete_frame(struct cw_desk *d, struct cw_error *err)
{
	struct cw_checkpoint before;
	int rc = cw_register_checkpoint(d->log, &before, err);

	if (rc)
		return rc;
	cw_time_now(d->frame.issued_at);
	d->frame.previous_size = before.size;
	cw_strlcpy(d->frame.previous_root, before.root, sizeof d->frame.previous_root);
	cw_strlcpy(d->frame.note_key, cw_note_key_hex(d->note), sizeof d->frame.note_key);
	rc = cw_register_next_document(d->log, d->frame.issued_at, d->frame.document_id, err);
	return rc ? rc : cw_uuid_v7(d->frame.uuid, err);
}

struct document {
	json_t *payload;
	struct cw_buf json, p7s;
	struct cw_verdict verdict;
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX], folder[CW_TEXT_MAX];
};

static void document_clear(struct document *doc)
{
	json_decref(doc->payload);
	cw_buf_clear(&doc->json);
	cw_buf_clear(&doc->p7s);
}

static bool lacks_only_signatures(const struct cw_verify_result *found)
{
	static const char *const may_fail[] = { "signatories", "type", "validation" };

	for (uint32_t i = 0; i < found->n_checks; i++) {
		bool may = found->checks[i].passed;

		for (size_t k = 0; k < CW_ARRAY_LEN(may_fail); k++)
			may |= strcmp(found->checks[i].name, may_fail[k]) == 0;
		if (!may)
			return false;
	}
	return true;
}

/* Nothing leaves that our own verifier would not accept, whatever the reason: a clock that was set back, for one, or too little memory to look at all of it. */
static int check_document(const struct cw_desk *d, const struct cw_journal_text *t, const struct document *doc, struct cw_error *err)
{
	static struct cw_verify_result found;
	const struct cw_evidence_files files = { .json = doc->json.data, .json_len = doc->json.len, .p7s = (const uint8_t *)doc->p7s.data, .p7s_len = doc->p7s.len,
						 .journal = t->bytes.data, .journal_len = t->bytes.len };

	cw_verify(&files, d->signer->chain_pem, d->signer->chain_len, true, &found);
	/* That persons have yet to sign is the one thing that it may lack. */
	if (found.finding == CW_FINDING_VALID || found.finding == CW_FINDING_REMARKS || (found.finding == CW_FINDING_CANNOT_TELL && lacks_only_signatures(&found)))
		return 0;
	return cw_fail(err, CW_E_NO_EVIDENCE, 0, d->frame.document_id, _("Mend what it says (a clock that was set back, for one), then `certwipe resume JOB`."),
		       _("The document would not stand up to its own check: %s"), found.reason);
}

static int make_document(const struct cw_state *s, struct cw_desk *d, const struct cw_journal_text *t, struct document *doc, struct cw_error *err)
{
	int rc = complete_frame(d, err);

	if (rc)
		return rc;
	cw_verdict_of(t, &doc->verdict);
	rc = cw_payload_make(t, &d->frame, &doc->payload, err);
	if (!rc)
		rc = cw_payload_check(doc->payload, err);
	if (!rc)
		rc = cw_check_wipe(s, d->signer, doc->payload, t, err);
	if (!rc)
		rc = cw_json_canonical(doc->payload, &doc->json, err);
	if (!rc)
		rc = cw_cms_sign(d->signer, doc->json.data, doc->json.len, &doc->p7s, err);
	if (rc)
		return rc;
	rc = check_document(d, t, doc, err);
	if (rc)
		return rc;
	cw_sha256_hex(doc->json.data, doc->json.len, doc->json_sha256);
	cw_sha256_hex(doc->p7s.data, doc->p7s.len, doc->p7s_sha256);
	snprintf(doc->folder, sizeof doc->folder, "%.4s/%s", d->frame.issued_at, d->frame.document_id);
	return 0;
}

/*
 * A folder of this number without an entry in the register is what a crash between the two left behind, or what a register that was set back does
 * not know any more.  It is moved aside under a name that says so, never written over.
 */
static int move_aside(const struct cw_state *s, const struct document *doc, struct cw_error *err)
{
	char aside[sizeof doc->folder + 32];

	if (faccessat(s->certificates, doc->folder, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	snprintf(aside, sizeof aside, "%s.unregistered-%.8s", doc->folder, doc->json_sha256);
	if (renameat2(s->certificates, doc->folder, s->certificates, aside, RENAME_NOREPLACE) < 0)
		return cw_fail(err, CW_E_NO_EVIDENCE, errno, doc->folder, NULL, _("An unregistered document stands in the way and cannot be moved aside."));
	return 0;
}

static int write_document(const struct cw_state *s, const struct document *doc, const struct cw_journal_text *t, const struct cw_attachments *a, struct cw_error *err)
{
	char year[5];
	int rc;

	snprintf(year, sizeof year, "%.4s", doc->folder);
	rc = cw_dir_make(s->certificates, year, 0750, err);
	if (!rc)
		rc = move_aside(s, doc, err);
	if (!rc)
		rc = cw_dir_make(s->certificates, doc->folder, 0750, err);
	if (rc)
		return rc;
	CW_AUTO_FD int dir = openat(s->certificates, doc->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return cw_fail(err, CW_E_NO_EVIDENCE, errno, doc->folder, NULL, _("The folder of the new document cannot be opened."));
	rc = cw_attachments_lay(a, doc->payload, dir, err);
	if (!rc)
		rc = cw_file_write(dir, "journal.jsonl", t->bytes.data, t->bytes.len, 0640, false, err);
	if (!rc)
		rc = cw_file_write(dir, "evidence.json", doc->json.data, doc->json.len, 0640, false, err);
	if (!rc)
		rc = cw_file_write(dir, "evidence.json.p7s", doc->p7s.data, doc->p7s.len, 0640, false, err);
	return rc;
}

void cw_signer_entry(const json_t *payload, const json_t *line, const char *kind, struct cw_entry *e)
{
	const json_t *medium = json_object_get(line, "medium"), *c = json_object_get(line, "case"), *plan = json_object_get(line, "plan"), *verdict = json_object_get(payload, "verdict");
	bool certificate = !strcmp(cw_json_str(payload, "type", ""), CW_TYPE_CERTIFICATE);

	memset(e, 0, sizeof *e);
	cw_strlcpy(e->kind, *kind ? kind : certificate ? "certificate" : "report", sizeof e->kind);
	cw_strlcpy(e->job_id, cw_json_str(line, "jobId", ""), sizeof e->job_id);
	cw_strlcpy(e->outcome, cw_json_str(verdict, "result", ""), sizeof e->outcome);
	cw_strlcpy(e->level, cw_json_str(verdict, "level", ""), sizeof e->level);
	cw_strlcpy(e->identity_sha256, cw_json_str(json_object_get(payload, "medium"), "identitySha256", ""), sizeof e->identity_sha256);
	cw_strlcpy(e->model, cw_json_str(json_object_get(medium, "model"), "text", ""), sizeof e->model);
	cw_strlcpy(e->serial, cw_json_str(medium, "fullSerial", ""), sizeof e->serial);
	cw_strlcpy(e->approval_number, cw_json_str(c, "approvalNumber", ""), sizeof e->approval_number);
	cw_strlcpy(e->asset_tag, cw_json_str(c, "assetTag", ""), sizeof e->asset_tag);
	e->laboratory = cw_json_bool(payload, "laboratory", true);
	e->closes_case = (!*kind || !strcmp(kind, "approved")) && certificate && (cw_payload_is_destruction(payload) || cw_json_bool(plan, "wipeClosesCase", false));
}

static void fill_entry(const struct cw_journal_text *t, const struct document *doc, struct cw_entry *e)
{
	cw_signer_entry(doc->payload, json_array_get(t->lines, 0), "", e);
	cw_strlcpy(e->at, cw_json_str(doc->payload, "issuedAt", ""), sizeof e->at);
	cw_strlcpy(e->document_id, cw_json_str(doc->payload, "certificateId", ""), sizeof e->document_id);
	cw_strlcpy(e->json_sha256, doc->json_sha256, sizeof e->json_sha256);
	cw_strlcpy(e->p7s_sha256, doc->p7s_sha256, sizeof e->p7s_sha256);
}

static void fill_result(const struct cw_state *state, const struct cw_journal_text *t, const struct document *doc, const struct cw_entry *e,
			struct cw_msg_result *r)
{
	const json_t *line = json_array_get(t->lines, 0);

	cw_strlcpy(r->node, cw_json_str(json_object_get(line, "attachment"), "node", ""), sizeof r->node);
	cw_strlcpy(r->job_id, e->job_id, sizeof r->job_id);
	cw_strlcpy(r->document_id, e->document_id, sizeof r->document_id);
	cw_strlcpy(r->type, cw_json_str(doc->payload, "type", ""), sizeof r->type);
	cw_strlcpy(r->outcome, e->outcome, sizeof r->outcome);
	cw_strlcpy(r->level, e->level, sizeof r->level);
	cw_strlcpy(r->reason, doc->verdict.reason, sizeof r->reason);
	cw_strlcpy(r->json_sha256, e->json_sha256, sizeof r->json_sha256);
	cw_strlcpy(r->p7s_sha256, e->p7s_sha256, sizeof r->p7s_sha256);
	cw_document_path(state, e->document_id, r->path, sizeof r->path);
	r->wipe_closes_case = cw_payload_is_destruction(doc->payload) || cw_json_bool(json_object_get(line, "plan"), "wipeClosesCase", false);
	r->laboratory = e->laboratory;
	r->awaits_approval = cw_json_bool(json_object_get(doc->payload, "validation"), "required", false);
	r->only_keys = cw_job_is_only_keys(line);
	r->exit_code = doc->verdict.exit_code;
}

static int append_attested(struct cw_journal *j, const struct cw_msg_result *r, struct cw_error *err)
{
	return cw_journal_append(j, "attested",
				 json_pack("{s:s, s:s, s:s, s:s, s:s}", "documentId", r->document_id, "type", r->type, "jsonSha256", r->json_sha256, "p7sSha256",
					   r->p7s_sha256, "outcome", r->outcome),
				 err);
}

static bool take_registered(const struct cw_state *s, const json_t *entry, const struct cw_journal_text *t, struct document *doc)
{
	CW_AUTO_BUF struct cw_buf path = { 0 };
	struct cw_error ignored = { 0 };

	snprintf(doc->folder, sizeof doc->folder, "%.4s/%s", cw_json_str(entry, "at", "0000"), cw_json_str(entry, "documentId", ""));
	cw_buf_printf(&path, "%s/evidence.json", doc->folder);
	if (!cw_file_read(s->certificates, path.data, CW_JSON_MAX_BYTES, &doc->json, &ignored)) {
		cw_sha256_hex(doc->json.data, doc->json.len, doc->json_sha256);
		cw_strlcpy(doc->p7s_sha256, cw_json_str(entry, "p7sSha256", ""), sizeof doc->p7s_sha256);
		cw_verdict_of(t, &doc->verdict);
		if (!strcmp(doc->json_sha256, cw_json_str(entry, "jsonSha256", "")) &&
		    !cw_json_parse_canonical(doc->json.data, doc->json.len, &doc->payload, &ignored) &&
		    !strcmp(cw_json_str(doc->payload, "journalSha256", ""), t->sha256))
			return true;
	}
	document_clear(doc);
	*doc = (struct document){ 0 };
	return false;
}

/*
 * A crash may have come between the register and the attested line.  Then the register has a document over exactly this journal, and signing
 * a second one would leave two for one wipe: it is told again instead.
 */
static bool find_registered(const struct cw_state *s, struct cw_desk *d, const struct cw_journal_text *t, struct document *doc)
{
	CW_AUTO_JSON json_t *entries = NULL;
	struct cw_error ignored = { 0 };
	const char *job = cw_json_str(json_array_get(t->lines, 0), "jobId", "");

	if (cw_register_job(d->log, job, &entries, &ignored))
		return false;
	for (size_t i = json_array_size(entries); i > 0; i--) {
		const json_t *e = json_array_get(entries, i - 1);

		if (*cw_json_str(e, "documentId", "") && take_registered(s, e, t, doc))
			return true;
	}
	return false;
}

/* The broker asks before anybody is troubled; but a job may have waited since, for a witness or after a crash, and what is signed is decided here. */
static int check_wipe_stands(struct cw_desk *d, const json_t *payload, const char *job, struct cw_error *err)
{
	struct cw_case_found found;
	uint32_t n = 0;

	if (!cw_payload_is_destruction(payload) || !json_object_get(payload, "wipe"))
		return 0;
	int rc = cw_register_cases_of(d->log, "", "", "", job, &found, 1, &n, err);

	return rc || !n ? rc : cw_case_lends(&found, err);
}

static int attest(const struct task *t, struct cw_desk *d, const struct cw_journal_text *text, struct cw_msg_result *result, struct cw_error *err)
{
	struct document doc = { 0 };
	struct cw_checkpoint after;
	struct cw_entry entry;
	int rc = 0;
	bool known = find_registered(t->state, d, text, &doc);

	if (!known)
		rc = make_document(t->state, d, text, &doc, err);
	if (!rc && !known)
		rc = check_wipe_stands(d, doc.payload, cw_json_str(json_array_get(text->lines, 0), "jobId", ""), err);
	if (!rc && !known)
		rc = write_document(t->state, &doc, text, &t->attached, err);
	if (!rc)
		fill_entry(text, &doc, &entry);
	if (!rc && !known)
		rc = cw_register_append(d->log, &entry, &after, err);
	if (!rc)
		rc = cw_register_prove(d->log, d->note, t->state->certificates, entry.document_id, err);
	if (!rc)
		fill_result(t->state, text, &doc, &entry, result);
	document_clear(&doc);
	return rc;
}

static int close_journal(struct cw_journal *j, const struct task *t, struct cw_error *err)
{
	int rc = cw_journal_append(j, "closed", json_pack("{s:o, s:s}", "by", cw_caller_json(t->by), "reason", t->close_reason), err);

	return rc ? rc : cw_journal_append(j, "end", json_pack("{s:s}", "status", "closed"), err);
}

/* It may have come to its end by itself in the last moment: then there is nothing to add. */
static int end_as_lost(struct cw_journal *j, const char *message, struct cw_error *err)
{
	struct cw_journal_text text = { 0 };
	struct cw_job_status status;
	int rc = cw_journal_read_fd(cw_journal_fd(j), &text, err);

	if (rc)
		return rc;
	cw_job_status(&text, &status);
	cw_journal_text_clear(&text);
	if (*status.end_status)
		return 0;
	rc = cw_journal_append(j, "lost", json_pack("{s:s, s:s}", "what", "medium", "message", message), err);
	return rc ? rc : cw_journal_append(j, "end", json_pack("{s:s}", "status", "lost"), err);
}

/* What was authorised stands in lines that the broker wrote.  The executor held the file and parsed nothing but its medium; still, it is not believed. */
static int check_head(const struct cw_slot *s, const struct cw_journal_text *text, struct cw_error *err)
{
	char found[CW_SHA256_HEX] = "";

	if (!s->head_bytes)
		return 0;
	if (text->bytes.len >= s->head_bytes)
		cw_sha256_hex(text->bytes.data, s->head_bytes, found);
	if (strcmp(found, s->head_sha256) != 0)
		return cw_fail(err, CW_E_INVALID, 0, s->job_id, _("Nothing was signed. Treat the medium as not wiped, and look at this machine."),
			       _("The beginning of the journal was changed while the job ran."));
	return 0;
}

static int attest_journal(const struct task *t, struct cw_desk *d, struct cw_msg_result *result, struct cw_error *err)
{
	struct cw_journal_text text = { 0 };
	struct cw_journal *j = NULL;
	bool dropped_tail;
	int rc = cw_journal_open_fd(t->slot->journal_fd, t->slot->job_id, &j, &dropped_tail, err);

	if (!rc && t->close_reason)
		rc = close_journal(j, t, err);
	if (!rc && t->lost_message)
		rc = end_as_lost(j, t->lost_message, err);
	if (!rc)
		rc = cw_journal_read_fd(cw_journal_fd(j), &text, err);
	if (!rc)
		rc = check_head(t->slot, &text, err);
	if (!rc)
		rc = attest(t, d, &text, result, err);
	if (!rc)
		rc = append_attested(j, result, err);
	cw_journal_text_clear(&text);
	cw_journal_free(j);
	return rc;
}

static int attest_work(int fd, void *user)
{
	struct task *t = user;
	static struct cw_msg_result result;
	struct cw_desk d = { 0 };
	struct cw_error err = { 0 };

	cw_attachments_open(t->state, t->slot->job_id, &t->attached);
	close(t->state->journals); /* those of other jobs are none of its business */
	int rc = cw_desk_open(t->state, &d, &err);

	if (!rc)
		rc = attest_journal(t, &d, &result, &err);
	cw_desk_clear(&d);
	if (rc)
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_RESULT, &result, true, &err) ? 1 : 0;
}

static int start_attest(struct task *t, struct cw_msg_result *out, struct cw_error *err)
{
	const struct cw_state *s = t->state;
	struct cw_child child;
	int rc = cw_spawn("certwipe-signer", attest_work, t, (const int[]){ s->dir, s->keys, s->certificates, s->journals, t->slot->journal_fd, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_RESULT, out, ANSWER_MS, err);
}

int cw_signer_attest(const struct cw_state *state, const struct cw_slot *s, const struct cw_caller *by, const char *close_reason, struct cw_msg_result *out,
		     struct cw_error *err)
{
	struct task t = { .state = state, .slot = s, .by = by, .close_reason = close_reason };

	return start_attest(&t, out, err);
}

int cw_signer_attest_lost(const struct cw_state *state, const struct cw_slot *s, const struct cw_caller *by, const char *message, struct cw_msg_result *out,
			  struct cw_error *err)
{
	struct task t = { .state = state, .slot = s, .by = by, .lost_message = message };

	return start_attest(&t, out, err);
}

/* ---- is the job one of this station's? ---- */

/* A document must come from the register that holds the job's start, or it would not stand up to its own check. */
static int check_origin(const struct cw_journal_text *text, const char *own, struct cw_error *err)
{
	const char *origin = own;
	json_t *line;
	size_t i;

	json_array_foreach(text->lines, i, line)
		if (!strcmp(cw_json_str(line, "event", ""), "registered"))
			origin = cw_json_str(line, "origin", "");
	return strcmp(origin, own) ? cw_fail(err, CW_E_REFUSED, 0, NULL, NULL, _("The job was begun at the station \"%s\"; this is \"%s\"."), origin, own) : 0;
}

static int origin_work(int fd, void *user)
{
	const struct task *t = user;
	struct cw_journal_text text = { 0 };
	struct cw_error err = { 0 };
	struct cw_desk d = { 0 };
	int rc = cw_signer_pem_new(t->state->keys, &d.signer, &err);

	if (!rc)
		rc = cw_signer_names(d.signer, &d.frame, &err);
	if (!rc)
		rc = cw_signer_become(t->state, -1, &err);
	if (!rc)
		rc = cw_journal_read_fd(t->slot->journal_fd, &text, &err);
	origin_of(&d.frame);
	if (!rc)
		rc = check_origin(&text, d.frame.register_origin, &err);
	cw_journal_text_clear(&text);
	cw_desk_clear(&d);
	if (rc)
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_OK, &(struct cw_msg_empty){ 0 }, true, &err) ? 1 : 0;
}

int cw_signer_check_origin(const struct cw_state *state, const struct cw_slot *s, struct cw_error *err)
{
	struct task t = { .state = state, .slot = s };
	struct cw_msg_empty nothing;
	struct cw_child child;
	int rc = cw_spawn("certwipe-signer", origin_work, &t, (const int[]){ state->keys, s->journal_fd, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_OK, &nothing, ANSWER_MS, err);
}

/* ---- keys ---- */

/* The register's key is made with the station's.  One that is there already stays: what it signed must stay one register's. */
static int make_note_key(const struct task *t, struct cw_buf *vkey, struct cw_error *err)
{
	struct cw_payload_frame f = { .previous_size = 0 };
	struct cw_note_key *key = NULL;
	char name[CW_SERIAL_MAX];

	cw_strlcpy(f.organisation, t->key->names.organisation, sizeof f.organisation);
	cw_strlcpy(f.station, t->key->names.station, sizeof f.station);
	origin_of(&f);
	cw_log_name(f.register_origin, name);
	int rc = cw_note_key_open(t->state->keys, f.register_origin, &key, err);

	if (!rc)
		rc = cw_note_vkey(name, cw_note_key_hex(key), vkey, err);
	cw_note_key_free(key);
	return rc;
}

/* Nothing of it stays here: the front writes it down where the person says. */
static int person_work(int fd, void *user)
{
	const struct task *t = user;
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	struct cw_error err = { 0 };

	if (cw_sandbox_signer(t->state->keys, &err) || cw_keys_create_person(t->state->keys, &t->key->names, t->key->passphrase, t->key->person_passphrase, &pem, &err))
		return cw_child_failed(fd, &err);
	return cw_msg_send_doc(fd, json_pack("{s:s, s:s}", "schema", "certwipe/person-key/1", "pem", pem.data), &err) ? 1 : 0;
}

static int key_work(int fd, void *user)
{
	const struct task *t = user;
	CW_AUTO_BUF struct cw_buf vkey = { 0 };
	char fingerprint[CW_SHA256_HEX] = "";
	struct cw_error err = { 0 };

	/* Stays root: keys belong to root, and nothing that a stranger wrote is read here. */
	if (cw_sandbox_signer(t->state->keys, &err) || cw_keys_create(t->state->keys, &t->key->names, t->key->passphrase, fingerprint, &err) || make_note_key(t, &vkey, &err))
		return cw_child_failed(fd, &err);
	return cw_msg_send_doc(fd, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "schema", "certwipe/key-created/1", "organisation", t->key->names.organisation, "station",
					     t->key->names.station, "rootSha256", fingerprint, "noteKey", vkey.data, "state", t->state->path),
			       &err) ?
		       1 :
		       0;
}

int cw_signer_key_create(const struct cw_state *s, const struct cw_msg_key *k, int front_fd, struct cw_error *err)
{
	struct task t = { .state = s, .key = k };
	struct cw_child child;
	int rc = cw_spawn("certwipe-signer", *k->names.person ? person_work : key_work, &t, (const int[]){ s->keys, -1 }, &child, err);

	return rc ? rc : cw_signer_relay(&child, front_fd, err);
}
