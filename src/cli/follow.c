/* SPDX-License-Identifier: Apache-2.0 */
/* From START until the broker is idle.  ^C asks for a stop at a checkpoint; a closed terminal leaves the jobs running. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static volatile sig_atomic_t interrupted, hung_up;

static void on_signal(int signal_number)
{
	if (signal_number == SIGHUP)
		hung_up = 1;
	else
		interrupted = 1;
}

static void watch_signals(void)
{
	const struct sigaction a = { .sa_handler = on_signal }; /* no SA_RESTART: poll must wake up */

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
}

json_t *cw_result_json(const struct cw_msg_result *r)
{
	json_t *j = json_pack("{s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "slot", (int)r->slot, "node", r->node, "exit", (int)r->exit_code,
			      "jobId", r->job_id, "documentId", r->document_id, "type", r->type, "outcome", r->outcome, "level", r->level, "reason", r->reason, "path",
			      r->path, "jsonSha256", r->json_sha256, "p7sSha256", r->p7s_sha256, "wipeClosesCase", (int)r->wipe_closes_case, "laboratory",
			      (int)r->laboratory);

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

static int take(struct cw_context *c, struct cw_screen *screen, enum cw_msg_type type, const void *body, json_t *results, int *worst, bool *idle, struct cw_error *err)
{
	const struct cw_msg_result *r = body;

	switch (type) {
	case CW_MSG_PROGRESS:
		cw_screen_show(screen, body);
		return 0;
	case CW_MSG_RESULT:
		*worst = cw_exit_worst(*worst, r->exit_code);
		json_array_append_new(results, cw_result_json(r));
		cw_tell_quiet(c, r);
		cw_screen_event(screen, r->slot, "result", *r->document_id ? r->document_id : r->error.message);
		return 0;
	case CW_MSG_IDLE:
		*idle = true;
		return 0;
	default:
		return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
	}
}

int cw_follow(struct cw_context *c, struct cw_screen *screen, json_t *results, int *worst, struct cw_error *err)
{
	struct pollfd p = { .fd = cw_session_fd(c->session), .events = POLLIN };
	const struct cw_msg_empty nothing = { 0 };
	enum cw_msg_type type;
	const void *body;
	bool idle = false, stop_sent = false;

	watch_signals();
	int rc = cw_session_send(c->session, CW_MSG_START, &nothing, err);

	while (!rc && !idle) {
		if (hung_up)
			return hang_up(c, err);
		if (interrupted && !stop_sent) {
			stop_sent = true;
			cw_screen_event(screen, CW_SLOTS_MAX, "stopping", _("Stopping at a checkpoint."));
			rc = cw_session_send(c->session, CW_MSG_STOP, &nothing, err);
		}
		if (poll(&p, 1, -1) < 0)
			continue; /* a signal: look at the flags */
		if (!rc)
			rc = cw_session_next(c->session, &type, &body, err);
		if (!rc)
			rc = take(c, screen, type, body, results, worst, &idle, err);
	}
	return rc;
}
