/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe stop: a running job stops at a checkpoint. */
#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_job q = { .close = 0 };
	enum cw_msg_type type;
	const void *body;

	if (!cw_strlcpy(q.job, c->operand[0], sizeof q.job) || !cw_text_is_printable(q.job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe jobs`."), _("That is no job number."));
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
