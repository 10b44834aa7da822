/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe stop: a running job stops at a checkpoint; one whose medium does not answer can be given up. */
#include "internal.h"

static int abandon(struct cw_context *c, const struct cw_msg_job *q, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = cw_session_ask_doc(c->session, CW_MSG_ABANDON_JOB, q, &doc, err);

	if (rc)
		return rc;
	int exit_code = cw_json_bool(doc, "processEnded", false) ? CW_EXIT_DONE : CW_EXIT_INCONCLUSIVE;

	rc = cw_emit(c, doc, err);
	return rc ? rc : exit_code;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_job q = { .close = 0 };
	enum cw_msg_type type;
	const void *body;

	if (!cw_strlcpy(q.job, c->operand[0], sizeof q.job) || !cw_text_is_printable(q.job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe jobs`."), _("That is no job number."));
	if (c->o->abandon)
		return abandon(c, &q, err);
	int rc = cw_session_send(c->session, CW_MSG_STOP_JOB, &q, err);

	if (!rc)
		rc = cw_session_next(c->session, &type, &body, err);
	if (rc)
		return rc;
	return cw_emit(c, json_pack("{s:s, s:s}", "schema", "certwipe/stopping/1", "jobId", q.job), err);
}

const struct cw_command cw_command_stop = {
	.name = "stop", .operands = "JOB", .summary = N_("stop a running job at a checkpoint; it can be resumed"), .needs_broker = true, .least = 1, .most = 1, .run = run,
};
