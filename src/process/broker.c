/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker: small, root, the only one that opens media.  It answers the front's questions one at a time and passes on what executors tell.
 * Requests stand in one table with the state in which each is legal; all else is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* What the front has got to: a broker serves one command. */
enum phase { FRESH = 1, COLLECTING = 2, RUNNING = 4 };

struct service {
	struct cw_broker b;
	enum phase phase;
	_Alignas(16) unsigned char body[CW_MSG_ROOM];
};

static struct service *the_service; /* one broker a process; static so that large tables stand outside the stack */

/* ---- answers ---- */

/* With what became of a medium told, there is time for the page of its document.  One that cannot be made now is made when it is asked for. */
int cw_broker_send_result(struct cw_broker *b, const struct cw_msg_result *r)
{
	struct cw_error ignored = { 0 };
	int rc = b->front < 0 ? 0 : cw_msg_send(b->front, CW_MSG_RESULT, r, true, &ignored);

	if (*r->document_id)
		cw_seal_document(&b->state, r->document_id, &ignored);
	return rc;
}

static int send_ok(struct cw_broker *b, struct cw_error *err)
{
	return cw_msg_send(b->front, CW_MSG_OK, &(struct cw_msg_empty){ 0 }, true, err);
}

int cw_broker_need_state(struct cw_broker *b, struct cw_error *err)
{
	cw_state_close(&b->state);
	char path[CW_SERIAL_MAX];

	cw_strlcpy(path, b->state.path, sizeof path);
	return cw_state_open(path, true, &b->state, err);
}

/* Hangs up on a front that has gone or does not keep to the protocol; jobs that run go on. */
static void drop_front(struct cw_broker *b)
{
	static struct cw_msg_result untold;

	close(b->front);
	b->front = -1;
	/* Jobs go on without a screen; a question that nobody waits for any more does not hold a medium. */
	if (b->recheck.pid > 0)
		kill(b->recheck.pid, SIGTERM);
	for (uint32_t i = 0; i < b->n_slots; i++) {
		if (b->slots[i].state == CW_SLOT_ATTACHED)
			b->slots[i].state = CW_SLOT_DONE;
		if (b->slots[i].state == CW_SLOT_AUTHORISED && b->slots[i].replug_due && b->slots[i].tray != CW_TRAY_DRIVE)
			cw_broker_settle(b, i, &untold);
	}
}

/* ---- requests ---- */

static int on_list(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = cw_broker_list(b, ((const struct cw_msg_flag *)body)->flag, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

static int on_inspect(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = cw_broker_inspect(b, ((const struct cw_msg_medium *)body)->named, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

static int on_capture(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = cw_broker_capture(b, ((const struct cw_msg_medium *)body)->named, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

static int on_unlock(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = cw_broker_unlock(b, ((const struct cw_msg_medium *)body)->named, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

static int on_plan(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_capabilities capabilities;
	static struct cw_contents contents;
	static struct cw_medium m;
	static struct cw_policy p;
	static struct cw_plan plan;
	struct cw_media all = { 0 };
	char digest[CW_SHA256_HEX];
	int rc = cw_broker_plan(b, body, &all, &m, &capabilities, &contents, &p, &plan, err);

	cw_media_clear(&all);
	if (!rc)
		rc = cw_plan_digest(&plan, digest, err);
	if (rc)
		return rc;
	return cw_msg_send_doc(b->front, cw_broker_planned(&plan, digest, &m, &capabilities), err);
}

static int on_case(struct cw_broker *b, const void *body, struct cw_error *err)
{
	b->case_ = ((const struct cw_msg_case *)body)->fields;
	b->has_case = true;
	return send_ok(b, err);
}

static int on_psid(struct cw_broker *b, const void *body, struct cw_error *err)
{
	return cw_psid_normalise(((const struct cw_msg_psid *)body)->psid, b->psid) ?
		       send_ok(b, err) : cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("That is no PSID: it has %u letters and digits."), CW_PSID_CHARS);
}

static int on_list_row(struct cw_broker *b, const void *body, struct cw_error *err)
{
	(void)err;
	/* Rows get no answer, so nobody reads one: told at the end of the list. */
	b->list_too_long |= b->n_rows == CW_LIST_ROWS_MAX;
	if (b->list_too_long)
		return 0;
	if (b->n_rows == b->rows_room) {
		size_t room = b->rows_room ? 2 * b->rows_room : 64;
		void *grown = realloc(b->rows, room * sizeof *b->rows);

		b->list_too_long |= !grown;
		if (!grown)
			return 0;
		b->rows = grown;
		b->rows_room = room;
	}
	memcpy(&b->rows[b->n_rows++], body, sizeof *b->rows);
	return 0;
}

static int twice(struct cw_error *err, const char *name, size_t first_row, size_t second_row)
{
	return cw_fail(err, CW_E_UNAUTHORISED, 0, name, _("Correct the list; each medium may stand on it once."),
		       _("The authorisation list names %s twice (rows %zu and %zu)."), name, first_row, second_row);
}

/* The same medium twice means that the list is not what it should be, and nobody can say which row was approved. */
static int refuse_twins(const struct cw_broker *b, struct cw_error *err)
{
	for (size_t i = 0; i < b->n_rows; i++)
		for (size_t j = i + 1; j < b->n_rows; j++) {
			const struct cw_msg_list_row *x = &b->rows[i], *y = &b->rows[j];

			if ((*x->serial && !strcmp(x->serial, y->serial)) || (*x->asset_tag && !strcmp(x->asset_tag, y->asset_tag)))
				return twice(err, *x->serial && !strcmp(x->serial, y->serial) ? x->serial : x->asset_tag, i + 1, j + 1);
		}
	return 0;
}

static int on_list_end(struct cw_broker *b, const void *body, struct cw_error *err)
{
	int rc = b->list_too_long ? cw_fail(err, CW_E_TOO_LARGE, 0, NULL, _("Split it."), _("The authorisation list has more than %u rows, or more than fit into memory."),
					    CW_LIST_ROWS_MAX) :
				    refuse_twins(b, err);

	if (rc)
		return rc;
	cw_strlcpy(b->list_sha256, ((const struct cw_msg_digest *)body)->sha256, sizeof b->list_sha256);
	b->list_complete = true;
	return send_ok(b, err);
}

static int on_add(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_msg_result result;
	struct cw_msg_slot prepared = { 0 };
	json_t *doc = NULL;

	if (geteuid() != 0)
		return cw_fail(err, CW_E_NO_PRIVILEGE, 0, NULL, _("Run it through sudo."), _("Only root may wipe media."));
	if (b->n_slots == CW_SLOTS_MAX)
		return cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("At most %d media can be wiped in one call."), CW_SLOTS_MAX);
	if (!b->n_slots) {
		int rc = cw_broker_need_state(b, err);

		if (rc)
			return rc;
	}
	if (!cw_broker_add(b, body, &prepared.slot, &doc, &result))
		return cw_broker_send_result(b, &result);
	int rc = cw_msg_send(b->front, CW_MSG_PREPARED, &prepared, true, err);

	if (rc) {
		json_decref(doc);
		return rc;
	}
	return cw_msg_send_doc(b->front, doc, err);
}

static int on_answer(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_msg_result result;
	const struct cw_msg_answer *a = body;
	int rc = cw_broker_answer(b, a, err);

	if (!rc)
		return send_ok(b, err);
	if (a->slot >= b->n_slots || b->slots[a->slot].state != CW_SLOT_PREPARED)
		return rc;
	/* A typing mistake may be mended; anything else, or the third one, ends it. */
	if (a->method != CW_METHOD_REPLUG && b->slots[a->slot].tries < 3 && rc == CW_E_UNAUTHORISED)
		return cw_msg_send_error(b->front, a->slot, err, err);
	cw_broker_refuse(b, &b->slots[a->slot], err, &result);
	return cw_broker_send_result(b, &result);
}

static int on_deny(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_msg_result result;
	const struct cw_msg_slot *q = body;
	struct cw_error why = { 0 };

	if (q->slot >= b->n_slots || b->slots[q->slot].state != CW_SLOT_PREPARED)
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("An answer came for a medium that was not asked about."));
	cw_fail(&why, CW_E_UNAUTHORISED, 0, b->slots[q->slot].medium.node, _("Run it at a terminal, or bring a list of approved media: --authorise LIST.csv."), "%s",
		q->text);
	cw_broker_refuse(b, &b->slots[q->slot], &why, &result);
	return cw_broker_send_result(b, &result);
}

static void start_what_may(struct cw_broker *b)
{
	static struct cw_msg_result result;

	for (uint32_t i = 0; cw_broker_start_next(b, &i, &result); i++)
		if (cw_broker_send_result(b, &result))
			drop_front(b);
}

static int on_start(struct cw_broker *b, const void *body, struct cw_error *err)
{
	(void)body;
	(void)err;
	the_service->phase = RUNNING;
	start_what_may(b);
	return 0;
}

static int on_stop(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_msg_result result;
	struct cw_error ended = { 0 };

	(void)body;
	(void)err;
	for (uint32_t i = 0; i < b->n_slots; i++) {
		if (b->slots[i].state == CW_SLOT_AUTHORISED) {
			cw_broker_stop_waiting(b, i, &result);
			if (cw_broker_send_result(b, &result))
				drop_front(b);
		}
		b->slots[i].stop_asked = true;
		if (b->slots[i].state == CW_SLOT_RUNNING)
			kill(b->slots[i].executor.pid, SIGTERM);
		if (b->slots[i].state == CW_SLOT_ATTACHED && cw_broker_stop_job(b, b->slots[i].job_id, &ended))
			continue; /* it ends by itself just now */
	}
	if (b->recheck.pid > 0)
		kill(b->recheck.pid, SIGTERM);
	return 0;
}

static void give_up(struct cw_broker *b, uint32_t slot)
{
	static struct cw_msg_result result;

	memset(&result, 0, sizeof result);
	cw_broker_abandon(b, slot, &result);
	if (cw_broker_send_result(b, &result))
		drop_front(b);
}

/* Only what does not answer: all else stops at a checkpoint. */
static int on_abandon(struct cw_broker *b, const void *body, struct cw_error *err)
{
	struct cw_error answers = { 0 };
	bool gone;

	(void)body;
	(void)err;
	for (uint32_t i = 0; i < b->n_slots; i++) {
		if (b->slots[i].state == CW_SLOT_RUNNING && b->slots[i].silent)
			give_up(b, i);
		if (b->slots[i].state == CW_SLOT_ATTACHED && b->slots[i].silent && cw_broker_abandon_job(b, b->slots[i].job_id, &gone, &answers))
			continue;
	}
	return 0;
}

static int on_jobs(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;

	(void)body;
	int rc = cw_broker_jobs(b, &doc, err);

	if (rc) {
		json_decref(doc);
		return rc;
	}
	return cw_msg_send_doc(b->front, doc, err);
}

static int on_stop_job(struct cw_broker *b, const void *body, struct cw_error *err)
{
	int rc = cw_broker_stop_job(b, ((const struct cw_msg_job *)body)->job, err);

	return rc ? rc : send_ok(b, err);
}

static int on_attach(struct cw_broker *b, const void *body, struct cw_error *err)
{
	struct cw_msg_slot prepared = { 0 };
	json_t *doc = NULL;
	int rc = cw_broker_attach(b, ((const struct cw_msg_job *)body)->job, &prepared.slot, &doc, err);

	if (!rc)
		rc = cw_msg_send(b->front, CW_MSG_PREPARED, &prepared, true, err);
	if (rc) {
		json_decref(doc);
		cw_slot_release(&b->slots[prepared.slot]);
		return rc;
	}
	return cw_msg_send_doc(b->front, doc, err);
}

static int on_abandon_job(struct cw_broker *b, const void *body, struct cw_error *err)
{
	const struct cw_msg_job *q = body;
	bool gone = false;
	int rc = cw_broker_abandon_job(b, q->job, &gone, err);

	return rc ? rc : cw_msg_send_doc(b->front, json_pack("{s:s, s:s, s:b}", "schema", "certwipe/abandoned/1", "jobId", q->job, "processEnded", (int)gone), err);
}

static int on_resume(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_msg_result result;
	struct cw_msg_slot prepared = { 0 };
	json_t *doc = NULL;
	bool goes_on = false;

	memset(&result, 0, sizeof result);
	int rc = cw_broker_resume(b, body, &prepared.slot, &goes_on, &result, &doc, err);

	if (rc) {
		cw_slot_release(&b->slots[prepared.slot]);
		return rc;
	}
	if (!goes_on) {
		cw_slot_release(&b->slots[prepared.slot]);
		return cw_broker_send_result(b, &result);
	}
	rc = cw_msg_send(b->front, CW_MSG_PREPARED, &prepared, true, err);
	if (rc) {
		json_decref(doc);
		return rc;
	}
	return cw_msg_send_doc(b->front, doc, err);
}

static int on_recheck(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_medium m, now;
	const struct cw_msg_recheck *q = body;
	char digest[CW_SHA256_HEX];
	int rc = cw_broker_find(b, q->named, &m, err);

	if (!rc)
		rc = cw_identity_digest(&m, digest, err);
	if (!rc && strcmp(digest, q->identity_sha256) != 0)
		rc = cw_fail(err, CW_E_IDENTITY, 0, m.node, _("Compare model, serial number and size with the certificate."),
			     _("%s is not the medium that the certificate names."), m.node);
	if (!rc)
		rc = cw_broker_may_touch(&m, err);
	if (rc)
		return rc;
	CW_AUTO_FD int fd = open(m.node, O_RDONLY | O_EXCL | O_DIRECT | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return cw_fail(err, errno == EBUSY ? CW_E_BUSY : CW_E_NOT_FOUND, errno, m.node, NULL, _("%s could not be opened for reading."), m.node);
	/* The name may have gone to another medium meanwhile. */
	rc = cw_medium_of_fd(fd, &now, err);
	if (!rc)
		rc = cw_identity_compare(&m, &now, true, err);
	if (!rc)
		rc = cw_recheck_start(fd, q, &b->recheck, err);
	if (!rc)
		the_service->phase = RUNNING;
	return rc;
}

static int on_register(struct cw_broker *b, const void *body, struct cw_error *err)
{
	return cw_signer_query(&b->state, body, b->front, err);
}

static int on_audit(struct cw_broker *b, const void *body, struct cw_error *err)
{
	if (b->list_too_long)
		return cw_fail(err, CW_E_TOO_LARGE, 0, NULL, _("Split it."), _("The list of assets has more than %u rows, or more than fit into memory."), CW_LIST_ROWS_MAX);
	return cw_signer_audit(&b->state, body, b->rows, b->n_rows, b->front, err);
}

static int on_sign(struct cw_broker *b, const void *body, struct cw_error *err)
{
	return cw_signer_add(&b->state, body, b->front, err);
}

static int on_state(struct cw_broker *b, const void *body, struct cw_error *err)
{
	return cw_signer_state(&b->state, body, &b->caller, b->front, err);
}

static int on_key_create(struct cw_broker *b, const void *body, struct cw_error *err)
{
	int rc = cw_broker_need_state(b, err);

	return rc ? rc : cw_signer_key_create(&b->state, body, b->front, err);
}

static int on_key_show(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;

	(void)body;
	int rc = cw_broker_keys(b, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

static int on_key_trust(struct cw_broker *b, const void *body, struct cw_error *err)
{
	int rc = cw_broker_need_state(b, err);

	if (!rc)
		rc = cw_broker_trust(b, body, err);
	return rc ? rc : send_ok(b, err);
}

static const struct request {
	unsigned phases;         /* in which it is legal */
	enum phase next;         /* 0: stays */
	bool reads_state;        /* an answer without being able to look would be a false one */
	int (*handle)(struct cw_broker *b, const void *body, struct cw_error *err);
} requests[CW_MSG_COUNT] = {
	[CW_MSG_LIST] = { FRESH, 0, false, on_list },
	[CW_MSG_INSPECT] = { FRESH, 0, false, on_inspect },
	[CW_MSG_CAPTURE] = { FRESH, 0, false, on_capture },
	[CW_MSG_PLAN] = { FRESH, 0, false, on_plan },
	[CW_MSG_CASE] = { FRESH, 0, false, on_case },
	[CW_MSG_PSID] = { FRESH, 0, false, on_psid },
	[CW_MSG_LIST_ROW] = { FRESH, 0, false, on_list_row },
	[CW_MSG_LIST_END] = { FRESH, 0, false, on_list_end },
	[CW_MSG_ADD] = { FRESH | COLLECTING, COLLECTING, false, on_add },
	[CW_MSG_ANSWER] = { COLLECTING, 0, false, on_answer },
	[CW_MSG_DENY] = { COLLECTING, 0, false, on_deny },
	[CW_MSG_START] = { COLLECTING, 0, false, on_start },
	[CW_MSG_STOP] = { RUNNING, 0, false, on_stop },
	[CW_MSG_ABANDON] = { RUNNING, 0, false, on_abandon },
	[CW_MSG_JOBS] = { FRESH, 0, true, on_jobs },
	[CW_MSG_STOP_JOB] = { FRESH, 0, true, on_stop_job },
	[CW_MSG_ABANDON_JOB] = { FRESH, 0, true, on_abandon_job },
	[CW_MSG_ATTACH] = { FRESH, COLLECTING, true, on_attach },
	[CW_MSG_UNLOCK] = { FRESH, 0, false, on_unlock },
	[CW_MSG_RESUME] = { FRESH, COLLECTING, true, on_resume },
	[CW_MSG_RECHECK] = { FRESH, 0, false, on_recheck },
	[CW_MSG_REGISTER] = { FRESH, 0, true, on_register },
	[CW_MSG_AUDIT] = { FRESH, 0, true, on_audit },
	[CW_MSG_CERTIFICATE] = { FRESH, 0, true, cw_broker_on_certificate },
	[CW_MSG_SIGN] = { FRESH, 0, true, on_sign },
	[CW_MSG_STATE] = { FRESH, 0, true, on_state },
	[CW_MSG_KEY_CREATE] = { FRESH, 0, false, on_key_create },
	[CW_MSG_KEY_SHOW] = { FRESH, 0, true, on_key_show },
	[CW_MSG_KEY_TRUST] = { FRESH, 0, false, on_key_trust },
	[CW_MSG_SHELVE] = { FRESH, 0, false, cw_broker_on_shelve },
	[CW_MSG_AWAITING] = { FRESH, 0, true, cw_broker_on_awaiting },
	[CW_MSG_ATTACHMENT] = { FRESH, 0, true, cw_broker_on_attachment },
	[CW_MSG_ITEM] = { FRESH, 0, true, cw_broker_on_item },
	[CW_MSG_DESTROYED] = { FRESH, 0, true, cw_broker_on_destroyed },
	[CW_MSG_WITNESS] = { FRESH, 0, true, cw_broker_on_witness },
};

static int handle(const struct request *r, struct cw_broker *b, const void *body, struct cw_error *err)
{
	if (r->reads_state && b->state.denied)
		return cw_fail(err, CW_E_NO_PRIVILEGE, EACCES, b->state.path, _("Run it through sudo."), _("You may not look into the state directory %s."), b->state.path);
	return r->handle(b, body, err);
}

static void serve_front(struct service *sv)
{
	struct cw_broker *b = &sv->b;
	struct cw_error err = { 0 }, ignored = { 0 };
	enum cw_msg_type type;
	int n = cw_msg_recv(b->front, &type, sv->body, &err);

	if (n <= 0) {
		drop_front(b);
		return;
	}
	const struct request *r = &requests[type];

	if (!r->handle || !(r->phases & sv->phase)) {
		cw_fail(&err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("This request is not legal now."));
		cw_msg_send_error(b->front, CW_SLOTS_MAX, &err, &ignored);
		drop_front(b);
		return;
	}
	if (r->next)
		sv->phase = r->next;
	if (handle(r, b, sv->body, &err) && cw_msg_send_error(b->front, CW_SLOTS_MAX, &err, &ignored))
		drop_front(b);
}

/* ---- executors ---- */

static void serve_executor(struct service *sv, uint32_t slot)
{
	struct cw_broker *b = &sv->b;
	static struct cw_msg_result result;
	struct cw_error err = { 0 };
	enum cw_msg_type type = CW_MSG_NONE;
	int n = cw_msg_recv(b->slots[slot].executor.fd, &type, sv->body, &err);

	if (n > 0 && type == CW_MSG_PROGRESS) {
		struct cw_msg_progress *p = (void *)sv->body;

		p->slot = slot;
		cw_broker_heard(b, slot);
		if (b->front >= 0 && cw_msg_send(b->front, CW_MSG_PROGRESS, p, false, &err))
			drop_front(b);
		return;
	}
	const struct cw_job_status *status = n > 0 && type == CW_MSG_STATUS ? (const void *)sv->body : NULL;
	const struct cw_msg_error *failed = n > 0 && type == CW_MSG_ERROR ? (const void *)sv->body : NULL;

	memset(&result, 0, sizeof result);
	if (cw_broker_finish(b, slot, status, failed ? &failed->error : n < 0 ? &err : NULL, &result) && cw_broker_send_result(b, &result))
		drop_front(b);
}

static void serve_recheck(struct service *sv)
{
	struct cw_broker *b = &sv->b;
	struct cw_error err = { 0 };
	enum cw_msg_type type = CW_MSG_NONE;
	int n = cw_msg_recv(b->recheck.fd, &type, sv->body, &err);

	if (n == 0)
		cw_fail(&err, CW_E_PROCESS, 0, NULL, NULL, _("The process that was reading the medium has ended."));
	if (n > 0 && b->front >= 0)
		n = cw_msg_send(b->front, type, sv->body, type != CW_MSG_PROGRESS, &err) ? -1 : n;
	else if (b->front >= 0)
		cw_msg_send_error(b->front, CW_SLOTS_MAX, &err, &err);
	if (type != CW_MSG_PROGRESS || n <= 0)
		cw_child_end(&b->recheck);
}

/* ---- the loop ---- */

static bool tell_idle(struct service *sv)
{
	struct cw_broker *b = &sv->b;
	struct cw_error err = { 0 };
	bool busy = b->recheck.pid > 0 || (sv->phase == RUNNING && cw_broker_waits(b));

	for (uint32_t i = 0; i < b->n_slots; i++)
		busy |= b->slots[i].state == CW_SLOT_RUNNING || b->slots[i].state == CW_SLOT_ATTACHED;
	if (busy || sv->phase != RUNNING)
		return busy;
	sv->phase = COLLECTING;
	if (b->inhibit_fd >= 0)
		close(b->inhibit_fd);
	b->inhibit_fd = -1;
	b->inhibits = false;
	if (b->front >= 0 && cw_msg_send(b->front, CW_MSG_IDLE, &(struct cw_msg_empty){ 0 }, true, &err))
		drop_front(b);
	return false;
}

/* What was said is heard first: only who said nothing can be silent. */
static void serve_executors(struct service *sv, const struct pollfd *polled, nfds_t n)
{
	static struct cw_msg_result result;
	struct cw_broker *b = &sv->b;

	for (uint32_t i = 0; i < n; i++) {
		if (b->slots[i].state == CW_SLOT_ATTACHED && cw_broker_look(b, i, &result) && cw_broker_send_result(b, &result))
			drop_front(b);
		if (polled[i].revents) {
			serve_executor(sv, i);
		} else if (b->slots[i].state == CW_SLOT_RUNNING && cw_broker_listen(b, i)) {
			give_up(b, i);
		}
	}
}

static void serve(struct service *sv)
{
	struct cw_broker *b = &sv->b;
	struct pollfd polled[CW_SLOTS_MAX + 2];

	while (tell_idle(sv) || b->front >= 0) {
		nfds_t n = 0;
		int timeout_ms = -1;

		polled[n++] = (struct pollfd){ .fd = b->front, .events = POLLIN };
		polled[n++] = (struct pollfd){ .fd = b->recheck.pid > 0 ? b->recheck.fd : -1, .events = POLLIN };
		for (uint32_t i = 0; i < b->n_slots; i++) {
			bool running = b->slots[i].state == CW_SLOT_RUNNING;

			polled[n++] = (struct pollfd){ .fd = running ? b->slots[i].executor.fd : -1, .events = POLLIN };
			timeout_ms = running ? CW_LISTEN_MS : b->slots[i].state == CW_SLOT_ATTACHED ? CW_LOOK_MS : timeout_ms;
		}
		if (sv->phase == RUNNING && cw_broker_waits(b) && timeout_ms < 0)
			timeout_ms = CW_LISTEN_MS;
		int ready = poll(polled, n, timeout_ms);

		if (ready < 0 && errno != EINTR)
			return;
		if (ready < 0)
			continue;
		serve_executors(sv, polled + 2, n - 2);
		if (sv->phase == RUNNING && cw_broker_queue_is_due(b))
			start_what_may(b);
		if (polled[1].revents)
			serve_recheck(sv);
		if (b->front >= 0 && polled[0].revents)
			serve_front(sv);
	}
}

/* Whole pages only: what shares one with something else stays.  The heap still has the lists of all media, freed long ago. */
void cw_broker_forget(void)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	if (!the_service)
		return;
	uintptr_t from = ((uintptr_t)the_service + page - 1) / page * page, upto = (uintptr_t)(the_service + 1) / page * page;

	(void)madvise((void *)from, upto - from, MADV_DONTNEED);
	(void)malloc_trim(0);
}

void cw_broker_main(int front_fd, const char *state_dir, const char *const *policy_folders, const struct cw_caller *caller)
{
	static struct service sv;
	struct cw_error err = { 0 };

	the_service = &sv;
	sv.phase = FRESH;
	sv.b.front = front_fd;
	sv.b.caller = *caller;
	sv.b.policy_folders = policy_folders;
	sv.b.recheck.fd = sv.b.inhibit_fd = -1;
	/* A directory that is not there yet is made by the request that needs one. */
	if (cw_state_open(state_dir, false, &sv.b.state, &err))
		cw_msg_send_error(front_fd, CW_SLOTS_MAX, &err, &err);
	else
		serve(&sv);
	free(sv.b.rows);
	for (uint32_t i = 0; i < sv.b.n_slots; i++)
		cw_slot_release(&sv.b.slots[i]);
	cw_state_close(&sv.b.state);
	_exit(0);
}
