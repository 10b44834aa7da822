/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe attach: the screen of a job that is running already, until its end, and its exit code. */
#include "internal.h"

static int follow_job(struct cw_context *c, struct cw_screen *screen, json_t *results, int *worst, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = NULL;
	struct cw_msg_job q = { .close = 0 };
	enum cw_msg_type type;
	const void *body;

	if (!cw_strlcpy(q.job, c->operand[0], sizeof q.job) || !cw_text_is_printable(q.job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe jobs`."), _("That is no job number."));
	int rc = cw_session_send(c->session, CW_MSG_ATTACH, &q, err);

	if (!rc)
		rc = cw_session_next(c->session, &type, &body, err);
	if (!rc && type != CW_MSG_PREPARED)
		rc = cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
	if (rc)
		return rc;
	uint32_t slot = ((const struct cw_msg_slot *)body)->slot;

	rc = cw_session_read_doc(c->session, &doc, err);
	if (rc)
		return rc;
	cw_screen_name(screen, slot, cw_json_str(doc, "node", ""), q.job);
	cw_say(c, _("Job %s on %s. Ctrl-C stops it at a checkpoint; Ctrl-\\ leaves it running."), q.job, cw_json_str(doc, "node", ""));
	return cw_follow(c, screen, results, worst, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_screen *screen = NULL;
	json_t *results = json_array();
	int worst = CW_EXIT_DONE, rc = cw_screen_new(c, &screen, err);

	if (!rc)
		rc = follow_job(c, screen, results, &worst, err);
	cw_screen_free(screen);
	if (rc) {
		json_decref(results);
		return rc;
	}
	rc = cw_emit(c, cw_results_doc("certwipe/wipe/1", results, worst), err);
	return rc ? rc : worst;
}

const struct cw_command cw_command_attach = {
	.name = "attach", .operands = "JOB", .summary = N_("show how a running job goes, until its end"), .needs_broker = true, .least = 1, .most = 1, .run = run,
};
