/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe resume: go on with an interrupted job, sign one that only lacks its signature, or give one up. */
#include <string.h>

#include "internal.h"

struct resume { struct cw_context *c; struct cw_screen *screen; json_t *results; int worst; };

static int go_on(struct resume *r, uint32_t slot, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = NULL;
	int rc = cw_session_read_doc(r->c->session, &doc, err);

	if (rc)
		return rc;
	cw_screen_name(r->screen, slot, cw_json_str(doc, "node", ""), cw_json_str(doc, "jobId", ""));
	cw_say(r->c, _("Going on with job %s on %s."), cw_json_str(doc, "jobId", ""), cw_json_str(doc, "node", ""));
	return cw_follow(r->c, r->screen, r->results, &r->worst, err);
}

static void say_unplugged(const struct resume *r)
{
	const char *sentence = _("Waiting for the medium: plug it in at any port, or press Ctrl-C.");

	if (r->c->o->progress)
		cw_screen_event(r->screen, CW_SLOTS_MAX, "unplugged", sentence);
	else
		cw_say(r->c, "%s", sentence);
}

/* The answer, which may take as long as somebody needs to plug the medium in. */
static int await_answer(struct resume *r, enum cw_msg_type *type, const void **body, struct cw_error *err)
{
	int rc;

	do {
		rc = cw_session_next(r->c->session, type, body, err);
		if (!rc && *type == CW_MSG_NOTE)
			say_unplugged(r);
	} while (!rc && *type == CW_MSG_NOTE);
	return rc;
}

static int run_resume(struct resume *r, struct cw_error *err)
{
	struct cw_msg_job q = { .close = r->c->o->close != NULL, .wait = r->c->o->wait != NULL };
	enum cw_msg_type type;
	const void *body;

	if (q.close && (!r->c->o->reason || !*r->c->o->reason || !r->c->n))
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Example: certwipe resume JOB --close --reason TEXT"), _("To give a job up, name it and say why."));
	if ((r->c->n && !cw_strlcpy(q.job, r->c->operand[0], sizeof q.job)) || !cw_text_is_printable(q.job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe jobs`."), _("That is no job number."));
	if (r->c->o->reason)
		cw_text_printable(q.reason, sizeof q.reason, r->c->o->reason, strlen(r->c->o->reason));
	int rc = q.close ? 0 : cw_input_send_psid(r->c, "", r->c->n, err);

	if (!rc)
		rc = cw_session_send(r->c->session, CW_MSG_RESUME, &q, err);

	if (!rc)
		rc = await_answer(r, &type, &body, err);
	if (rc)
		return rc;
	if (type == CW_MSG_PREPARED)
		return go_on(r, ((const struct cw_msg_slot *)body)->slot, err);
	if (type != CW_MSG_RESULT)
		return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
	r->worst = ((const struct cw_msg_result *)body)->exit_code;
	cw_tell_quiet(r->c, body);
	json_array_append_new(r->results, cw_result_json(body));
	return 0;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct resume r = { .c = c, .results = json_array(), .worst = CW_EXIT_DONE };
	int rc = cw_screen_new(c, &r.screen, err);

	if (!rc)
		rc = run_resume(&r, err);
	cw_screen_free(r.screen);
	if (rc) {
		json_decref(r.results);
		return rc;
	}
	rc = cw_emit(c, cw_results_doc("certwipe/wipe/1", r.results, r.worst), err);
	return rc ? rc : r.worst;
}

const struct cw_command cw_command_resume = {
	.name = "resume", .operands = "[JOB]", .summary = N_("go on with an interrupted job, sign a finished one, or close one"), .needs_broker = true, .least = 0, .most = 1,
	.run = run,
};
