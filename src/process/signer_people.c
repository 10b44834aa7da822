/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the signatures of persons in.  Their keys never come here: what comes is the whole file of signatures with one more in it, and the signer looks at it as a stranger would,
 * enters it in the register, and lays the new proof beside the document.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "signer.h"

#define ROOTS_MAX_BYTES (256u * 1024u)
#define SIGNATURE_NAME "evidence.json.p7s"

struct arrival {
	const struct cw_state *state;
	const struct cw_msg_signature *m;
	struct cw_desk desk;
	struct cw_buf roots;
	struct cw_signer_document d;
	bool unentered; /* it lies there already, and a crash came before its entry */
};

static void arrival_clear(struct arrival *a)
{
	cw_desk_clear(&a->desk);
	cw_buf_clear(&a->roots);
	cw_signer_document_clear(&a->d);
}

int cw_signer_roots(const struct cw_state *s, struct cw_buf *out, struct cw_error *err)
{
	int rc = cw_file_read(s->keys, "root.pem", ROOTS_MAX_BYTES, out, err);

	if (!rc)
		cw_pinned_roots(s->keys, out);
	if (!rc && out->failed)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	return rc;
}

void cw_signer_document_clear(struct cw_signer_document *d)
{
	cw_buf_clear(&d->json);
	cw_buf_clear(&d->p7s);
	cw_buf_clear(&d->journal);
	json_decref(d->payload);
	if (d->folder >= 0)
		close(d->folder);
	*d = (struct cw_signer_document){ .folder = -1 };
}

int cw_signer_document_read(const struct cw_state *s, const char *number, struct cw_signer_document *d, struct cw_error *err)
{
	char path[2 * CW_NODE_MAX];
	int rc;

	*d = (struct cw_signer_document){ .folder = -1 };
	snprintf(path, sizeof path, "%.4s/%s", number, number);
	if (*number && !strchr(number, '/') && !strstr(number, ".."))
		d->folder = openat(s->certificates, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->folder < 0)
		return cw_fail(err, CW_E_NOT_FOUND, errno, number, _("See `certwipe register list`."), _("There is no document %s here."), number);
	rc = cw_file_read(d->folder, "evidence.json", CW_JSON_MAX_BYTES, &d->json, err);
	if (!rc)
		rc = cw_file_read(d->folder, SIGNATURE_NAME, CW_P7S_MAX, &d->p7s, err);
	if (!rc)
		rc = cw_file_read(d->folder, "journal.jsonl", CW_JOURNAL_MAX_BYTES, &d->journal, err);
	if (!rc)
		rc = cw_json_parse_canonical(d->json.data ? d->json.data : "", d->json.len, &d->payload, err);
	return rc ? rc : cw_payload_check(d->payload, err);
}

static int refuse(struct cw_error *err, const struct arrival *a, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, a->m->number, _("See `certwipe certificate show` for who is named, and `certwipe key trust` for roots of other authorities."),
		       _("The signature was not taken: %s"), why);
}

static bool awaits(const char *roles, const char *role)
{
	const char *at = strstr(roles, role);

	return at && *role;
}

/* The whole file, by the verifier; and the role that was to be filled is filled by it. */
static int judge(struct arrival *a, struct cw_error *err)
{
	static struct cw_verify_result found;
	const struct cw_evidence_files files = { .json = a->d.json.data, .json_len = a->d.json.len, .p7s = a->m->p7s, .p7s_len = a->m->len, .journal = a->d.journal.data,
						 .journal_len = a->d.journal.len };
	char before[CW_NODE_MAX];
	int rc = cw_signatures_missing(a->d.payload, (const uint8_t *)(a->d.p7s.data ? a->d.p7s.data : ""), a->d.p7s.len, before, err);

	if (rc)
		return rc;
	cw_verify(&files, a->roots.data ? a->roots.data : "", a->roots.len, true, &found);
	if (found.finding == CW_FINDING_INVALID)
		return refuse(err, a, found.reason);
	if (a->d.p7s.data && a->d.p7s.len && a->m->len == a->d.p7s.len && !memcmp(a->m->p7s, a->d.p7s.data, a->d.p7s.len)) {
		a->unentered = true;
		return 0;
	}
	if (!cw_signatures_extend((const uint8_t *)a->d.p7s.data, a->d.p7s.len, a->m->p7s, a->m->len))
		return refuse(err, a, _("somebody else signed meanwhile, or a signature that was there is missing; sign again."));
	if (!awaits(before, a->m->role) || awaits(found.awaits, a->m->role))
		return refuse(err, a, _("it is not that of the person whom the document names in this role."));
	return 0;
}

static int enter(struct arrival *a, struct cw_error *err)
{
	struct cw_entry e, own, newest;
	struct cw_checkpoint after;
	struct cw_journal_text text = { 0 };
	int rc = cw_journal_parse(a->d.journal.data ? a->d.journal.data : "", a->d.journal.len, &text, err);

	if (!rc) {
		cw_signer_entry(a->d.payload, json_array_get(text.lines, 0), "signed", &e);
		cw_time_now(e.at);
		cw_sha256_hex(a->d.json.data, a->d.json.len, e.json_sha256);
		cw_sha256_hex(a->m->p7s, a->m->len, e.p7s_sha256);
	}
	cw_journal_text_clear(&text);
	if (!rc)
		rc = cw_register_document(a->desk.log, a->m->number, &own, err);
	if (!rc)
		rc = cw_register_newest(a->desk.log, &own, &newest, err);
	if (rc)
		return rc;
	if (strcmp(newest.p7s_sha256, e.p7s_sha256) == 0)
		return cw_fail(err, CW_E_EXISTS, 0, a->m->number, NULL, _("This signature is there and in the register already."));
	return cw_register_append(a->desk.log, &e, &after, err);
}

/* File, entry, proof: whoever is cut off in between signs again, and it goes on from there. */
static int take_in(struct arrival *a, struct cw_error *err)
{
	int rc = cw_signer_roots(a->state, &a->roots, err);

	if (!rc)
		rc = cw_desk_open(a->state, &a->desk, err);
	if (!rc)
		rc = cw_signer_document_read(a->state, a->m->number, &a->d, err);
	if (!rc)
		rc = judge(a, err);
	if (!rc && !a->unentered)
		rc = cw_file_write(a->d.folder, SIGNATURE_NAME, a->m->p7s, a->m->len, 0640, true, err);
	if (!rc)
		rc = enter(a, err);
	return rc ? rc : cw_register_prove_again(a->desk.log, a->desk.note, a->state->certificates, a->m->number, err);
}

static int add_work(int fd, void *user)
{
	struct arrival *a = user;
	char left[CW_NODE_MAX] = "";
	struct cw_error err = { 0 };
	int rc = take_in(a, &err);

	if (!rc)
		rc = cw_signatures_missing(a->d.payload, a->m->p7s, a->m->len, left, &err);
	if (!rc)
		rc = cw_msg_send_doc(fd, json_pack("{s:s, s:s, s:s, s:s, s:b}", "schema", "certwipe/signed/1", "documentId", a->m->number, "role", a->m->role, "awaits", left, "complete",
						   (int)(*left == '\0')), &err);
	else
		rc = cw_child_failed(fd, &err);
	arrival_clear(a);
	return rc ? rc : 1;
}

int cw_signer_add(const struct cw_state *s, const struct cw_msg_signature *m, int front_fd, struct cw_error *err)
{
	struct arrival a = { .state = s, .m = m, .d.folder = -1 };
	struct cw_child child;
	int rc;

	if (s->keys < 0 || s->certificates < 0)
		return cw_fail(err, CW_E_NOT_FOUND, 0, m->number, _("--state names another state directory."), _("There is no document %s here."), m->number);
	rc = cw_spawn("certwipe-signer", add_work, &a, (const int[]){ s->dir, s->keys, s->certificates, -1 }, &child, err);
	return rc ? rc : cw_signer_relay(&child, front_fd, err);
}
