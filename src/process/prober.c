/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prober: reads what strangers wrote, in a process that can do nothing else.  One question, one answer, one process: whatever a hostile
 * medium or journal does to the parser dies with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"

#define CONTENTS_MEMORY_BYTES (256u * 1024u * 1024u)
#define JOURNAL_MEMORY_BYTES (2048ull * 1024u * 1024u) /* a journal may hold CW_JOURNAL_MAX_BYTES; parsed JSON takes a multiple */
#define CPU_SECONDS 20
#define ANSWER_MS 30000
#define CONTENTS_ANSWER_MS 15000 /* a disk that has to spin up takes ten; people wait for a list */

int cw_drop_to_nobody(struct cw_error *err)
{
	bool root = geteuid() == 0;

	return cw_sandbox_drop(root ? CW_NOBODY_UID : geteuid(), root ? CW_NOBODY_GID : getegid(), err);
}

static int confine(size_t memory_bytes, struct cw_error *err)
{
	int rc = cw_drop_to_nobody(err);

	return rc ? rc : cw_sandbox_parser(CPU_SECONDS, memory_bytes, err);
}

/* What a child that could not do its work tells before it ends. */
int cw_child_failed(int fd, const struct cw_error *why)
{
	struct cw_error ignored = { 0 };

	return cw_msg_send_error(fd, CW_SLOTS_MAX, why, &ignored) ? 2 : 1;
}

struct contents_task { const char *node; uint64_t size_bytes; };

/* The prober opens the medium itself, and only then gives up its privilege: on one that hangs, the kernel lets nobody out of open(2). */
static int open_medium(const char *node, struct cw_error *err)
{
	int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return cw_fail(err, errno == EACCES ? CW_E_NO_PRIVILEGE : CW_E_IO, errno, node, NULL,
			       "%s", errno == EACCES ? _("only root may look") : _("cannot be opened"));
	return fd;
}

static int contents_work(int fd, void *user)
{
	const struct contents_task *task = user;
	struct cw_contents contents;
	struct cw_error err = { 0 };
	int medium_fd = open_medium(task->node, &err);

	memset(&contents, 0, sizeof contents);
	if (medium_fd < 0 || confine(CONTENTS_MEMORY_BYTES, &err))
		return cw_child_failed(fd, &err);
	cw_contents_probe(medium_fd, task->size_bytes, &contents);
	return cw_msg_send(fd, CW_MSG_CONTENTS, &contents, true, &err) ? 1 : 0;
}

int cw_probe_contents(const char *node, uint64_t size_bytes, struct cw_contents *out, struct cw_error *err)
{
	struct contents_task task = { node, size_bytes };
	struct cw_child child;
	int rc = cw_spawn("certwipe-prober", contents_work, &task, NULL, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_CONTENTS, out, CONTENTS_ANSWER_MS, err);
}

/* ---- what a medium can do by itself ---- */

#define CAPABILITY_MEMORY_BYTES (32u * 1024u * 1024u)
#define CAPABILITY_ANSWER_MS 45000 /* a drive that has to spin up, and a few questions that are not answered in time */

struct capability_task { int asker_fd; const struct cw_medium *medium; };

static int capability_work(int fd, void *user)
{
	const struct capability_task *task = user;
	static struct cw_capabilities capabilities;
	struct cw_transport *t = NULL;
	struct cw_error err = { 0 };

	if (cw_transport_asked_new(task->asker_fd, &t, &err) || confine(CAPABILITY_MEMORY_BYTES, &err))
		return cw_child_failed(fd, &err);
	cw_capabilities_ask(t, task->medium, &capabilities);
	cw_transport_free(t);
	return cw_msg_send(fd, CW_MSG_CAPABILITIES, &capabilities, true, &err) ? 1 : 0;
}

static int probe_capabilities(const struct cw_medium *m, struct cw_child *asker, struct cw_capabilities *out, struct cw_error *err)
{
	struct capability_task task = { asker->fd, m };
	struct cw_child prober;
	int rc = cw_spawn("certwipe-prober", capability_work, &task, (const int[]){ asker->fd, -1 }, &prober, err);

	/* Only the prober has it now: the asker ends with it. */
	close(asker->fd);
	asker->fd = -1;
	return rc ? rc : cw_child_answer(&prober, CW_MSG_CAPABILITIES, out, CAPABILITY_ANSWER_MS, err);
}

void cw_probe_capabilities(const struct cw_medium *m, struct cw_capabilities *out)
{
	const char *refusal = cw_capabilities_refusal(m);
	struct cw_error err = { 0 };
	struct cw_child asker;
	int rc;

	if (refusal) {
		cw_capabilities_none(refusal, out);
		return;
	}
	rc = cw_asker_start(m, &asker, &err);
	if (!rc) {
		rc = probe_capabilities(m, &asker, out, &err);
		/* One that hangs in the kernel is left behind; it holds the medium for nobody. */
		(void)cw_child_end(&asker);
	}
	if (rc)
		cw_capabilities_none(N_("Asking it came to no end: what it can do by itself is not known."), out);
}

/* ---- journals ---- */

/* Of a medium that nobody wiped there is no plan; the policy stands in the first line. */
static int read_destruction(const struct cw_journal_text *t, struct cw_msg_job_info *out, struct cw_error *err)
{
	const json_t *policy = json_object_get(json_array_get(t->lines, 0), "policy");
	int rc = cw_job_destruction_of(t, &out->destruction, err);

	if (!rc && out->destruction.of_wipe)
		return cw_job_plan(t, &out->plan, err);
	if (!rc && !cw_strlcpy(out->plan.policy, cw_json_str(policy, "id", ""), sizeof out->plan.policy))
		return cw_fail(err, CW_E_INVALID, 0, "policy", NULL, _("The journal names no policy."));
	cw_strlcpy(out->plan.policy_sha256, cw_json_str(policy, "sha256", ""), sizeof out->plan.policy_sha256);
	return rc;
}

static void read_case(const json_t *from, struct cw_msg_job_info *out)
{
	const char *operator_name = cw_json_str(from, "operator", ""), *place = cw_json_str(from, "place", "");

	cw_text_printable(out->operator_name, sizeof out->operator_name, operator_name, strlen(operator_name));
	cw_text_printable(out->place, sizeof out->place, place, strlen(place));
}

static int read_journal(int journal_fd, struct cw_msg_job_info *out, struct cw_error *err)
{
	struct cw_journal_text text = { 0 };
	int rc = cw_journal_read_fd(journal_fd, &text, err);

	if (rc)
		return rc;
	cw_job_status(&text, &out->status);
	out->wipe_succeeded = cw_job_wipe_succeeded(&text);
	rc = cw_job_medium(&text, &out->medium, err);
	if (!rc)
		rc = out->status.destruction ? read_destruction(&text, out, err) : cw_job_plan(&text, &out->plan, err);
	if (!rc)
		rc = cw_job_terms(&text, &out->terms, out->plan.standard, err);
	if (!rc)
		read_case(json_object_get(json_array_get(text.lines, 0), "case"), out);
	cw_journal_text_clear(&text);
	return rc;
}

/* A job that ended without a document: cut off, or not signed. */
static int without_document(const struct cw_job_status *s, struct cw_error *err)
{
	if (s->state == CW_JOB_FINISHED)
		return cw_fail(err, CW_E_NO_EVIDENCE, 0, s->node, _("Sign it with `certwipe resume JOB`."), _("The work on %s has ended, and the document about it is not signed."), s->node);
	return cw_fail(err, CW_E_PARTIAL, 0, s->node, _("Go on with `certwipe resume JOB`, or close it with --close; `certwipe jobs` explains where it stands."),
		       _("The process that was wiping %s has ended before its job was done."), s->node);
}

static void take_document(const struct cw_journal_text *t, const struct cw_verdict *v, struct cw_msg_result *r)
{
	const json_t *job = json_array_get(t->lines, 0), *attested = json_array_get(t->lines, json_array_size(t->lines) - 1);

	cw_strlcpy(r->document_id, cw_json_str(attested, "documentId", ""), sizeof r->document_id);
	cw_strlcpy(r->type, cw_json_str(attested, "type", ""), sizeof r->type);
	cw_strlcpy(r->json_sha256, cw_json_str(attested, "jsonSha256", ""), sizeof r->json_sha256);
	cw_strlcpy(r->p7s_sha256, cw_json_str(attested, "p7sSha256", ""), sizeof r->p7s_sha256);
	cw_strlcpy(r->outcome, cw_outcome_name(v->outcome), sizeof r->outcome);
	cw_strlcpy(r->level, cw_level_name(v->level), sizeof r->level);
	cw_strlcpy(r->reason, v->reason, sizeof r->reason);
	r->laboratory = v->laboratory;
	r->wipe_closes_case = cw_json_bool(json_object_get(job, "plan"), "wipeClosesCase", false);
	r->only_keys = cw_job_is_only_keys(job);
	r->exit_code = v->exit_code;
}

/* What the journal shows, by the one function that may say so; its last line names the document that says the same. */
static int read_result(int journal_fd, struct cw_msg_result *out, struct cw_error *err)
{
	static struct cw_verdict verdict;
	struct cw_journal_text text = { 0 };
	struct cw_job_status status;
	int rc = cw_journal_read_fd(journal_fd, &text, err);

	if (rc)
		return rc;
	cw_job_status(&text, &status);
	cw_verdict_of(&text, &verdict);
	if (!strcmp(cw_json_str(json_array_get(text.lines, json_array_size(text.lines) - 1), "event", ""), "attested"))
		take_document(&text, &verdict, out);
	else
		rc = without_document(&status, err);
	cw_journal_text_clear(&text);
	return rc;
}

static int result_work(int fd, void *user)
{
	static struct cw_msg_result result;
	struct cw_error err = { 0 };

	if (confine(JOURNAL_MEMORY_BYTES, &err) || read_result(*(int *)user, &result, &err))
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_RESULT, &result, true, &err) ? 1 : 0;
}

int cw_probe_result(int journal_fd, struct cw_msg_result *out, struct cw_error *err)
{
	struct cw_child child;
	int rc = cw_spawn("certwipe-prober", result_work, &journal_fd, (const int[]){ journal_fd, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_RESULT, out, ANSWER_MS, err);
}

static int journal_work(int fd, void *user)
{
	static struct cw_msg_job_info info;
	struct cw_error err = { 0 };

	if (confine(JOURNAL_MEMORY_BYTES, &err) || read_journal(*(int *)user, &info, &err))
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_JOB_INFO, &info, true, &err) ? 1 : 0;
}

int cw_probe_journal(int journal_fd, struct cw_msg_job_info *out, struct cw_error *err)
{
	struct cw_child child;
	int rc = cw_spawn("certwipe-prober", journal_work, &journal_fd, (const int[]){ journal_fd, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_JOB_INFO, out, ANSWER_MS, err);
}
