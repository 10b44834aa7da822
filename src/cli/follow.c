/* SPDX-License-Identifier: Apache-2.0 */
/* From START until the broker is idle.  ^C asks for a stop at a checkpoint; a closed terminal, or ^\\, leaves the jobs running. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static volatile sig_atomic_t interrupted, hung_up;

static void on_signal(int signal_number)
{
	if (signal_number == SIGHUP || signal_number == SIGQUIT)
		hung_up = 1;
	else
		interrupted = 1;
}

/* Taken only while we wait, so that none falls between looking at the flags and waiting. */
static void watch_signals(void)
{
	const struct sigaction a = { .sa_handler = on_signal };
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGQUIT);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
	sigaction(SIGQUIT, &a, NULL);
}

json_t *cw_result_json(const struct cw_msg_result *r)
{
	json_t *j = json_pack("{s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "slot", (int)r->slot, "node", r->node, "exit", (int)r->exit_code,
			      "jobId", r->job_id, "documentId", r->document_id, "type", r->type, "outcome", r->outcome, "level", r->level, "reason", r->reason, "path",
			      r->path, "jsonSha256", r->json_sha256, "p7sSha256", r->p7s_sha256, "wipeClosesCase", (int)r->wipe_closes_case, "laboratory",
			      (int)r->laboratory);

	if (r->only_keys)
		json_object_set_new(j, "onlyKeys", json_true());
	if (r->awaits_approval)
		json_object_set_new(j, "awaitsApproval", json_true());
	if (r->error.code)
		json_object_set_new(j, "error", cw_error_json(&r->error));
	return j;
}

json_t *cw_results_doc(const char *schema, json_t *results_take, int exit_code)
{
	return json_pack("{s:s, s:i, s:o}", "schema", schema, "exit", exit_code, "results", results_take);
}

static int hang_up(struct cw_context *c, struct cw_error *err)
{
	cw_session_hang_up(c->session);
	c->session = NULL;
	return cw_fail(err, CW_E_PARTIAL, 0, NULL, _("See `certwipe jobs`."), _("The screen is gone; the jobs go on without it."));
}

/* With --quiet only what went wrong is said, as messages. */
void cw_tell_quiet(const struct cw_context *c, const struct cw_msg_result *r)
{
	struct cw_error why = r->error;

	if (!c->o->quiet || c->o->json || r->exit_code == CW_EXIT_DONE)
		return;
	if (!why.code)
		cw_fail(&why, CW_E_FAILED, 0, r->node, NULL, "%s: %s", r->node, _(r->reason));
	cw_tell_error(false, &why);
}

/* One session from START to its end. */
struct follow {
	struct cw_context *c;
	struct cw_screen *screen;
	json_t *results;
	int *worst;
	uint64_t stopped_ms; /* when ^C was passed on */
	bool hinted, idle;
};

static int take(struct follow *f, enum cw_msg_type type, const void *body, struct cw_error *err)
{
	const struct cw_msg_result *r = body;

	switch (type) {
	case CW_MSG_PROGRESS:
		cw_screen_show(f->screen, body);
		return 0;
	case CW_MSG_NOTE:
		cw_screen_note(f->screen, body);
		return 0;
	case CW_MSG_RESULT:
		*f->worst = cw_exit_worst(*f->worst, r->exit_code);
		json_array_append_new(f->results, cw_result_json(r));
		cw_tell_quiet(f->c, r);
		cw_screen_end(f->screen, r->slot, "result", *r->document_id ? r->document_id : r->error.message);
		return 0;
	case CW_MSG_IDLE:
		f->idle = true;
		return 0;
	default:
		return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
	}
}

#define AGAIN_MS 1000 /* a second ^C means more than the first only when it is no bounce of it */

/* The first ^C stops everything at a checkpoint; a later one gives up what does not answer, and so does not stop. */
static int pass_on_interrupt(struct follow *f, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };

	interrupted = 0;
	if (!f->stopped_ms) {
		f->stopped_ms = cw_monotonic_ms();
		cw_screen_event(f->screen, CW_SLOTS_MAX, "stopping", _("Stopping at a checkpoint."));
		return cw_session_send(f->c->session, CW_MSG_STOP, &nothing, err);
	}
	if (cw_monotonic_ms() - f->stopped_ms < AGAIN_MS || !cw_screen_is_silent(f->screen))
		return 0;
	cw_screen_event(f->screen, CW_SLOTS_MAX, "abandoning", _("Giving up what does not answer."));
	return cw_session_send(f->c->session, CW_MSG_ABANDON, &nothing, err);
}

static void hint_at_abandon(struct follow *f)
{
	if (!f->stopped_ms || f->hinted || !cw_screen_is_silent(f->screen))
		return;
	f->hinted = true;
	cw_screen_event(f->screen, CW_SLOTS_MAX, "stopping", _("Ctrl-C again gives up what does not answer."));
}

/* 1 when there is something to read, 0 when a signal came instead. */
static int await(struct follow *f)
{
	struct pollfd p = { .fd = cw_session_fd(f->c->session), .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&p, 1, NULL, &none) > 0;
}

static int follow(struct follow *f, struct cw_error *err)
{
	enum cw_msg_type type;
	const void *body;
	int rc = 0;

	while (!rc && !f->idle) {
		if (hung_up)
			return hang_up(f->c, err);
		if (interrupted)
			rc = pass_on_interrupt(f, err);
		hint_at_abandon(f);
		if (rc || !await(f))
			continue;
		rc = cw_session_next(f->c->session, &type, &body, err);
		if (!rc)
			rc = take(f, type, body, err);
	}
	return rc;
}

int cw_follow(struct cw_context *c, struct cw_screen *screen, json_t *results, int *worst, struct cw_error *err)
{
	struct follow f = { .c = c, .screen = screen, .results = results, .worst = worst };
	const struct cw_msg_empty nothing = { 0 };

	watch_signals();
	int rc = cw_session_send(c->session, CW_MSG_START, &nothing, err);

	return rc ? rc : follow(&f, err);
}
