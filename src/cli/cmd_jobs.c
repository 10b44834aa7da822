/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe jobs: what is running, and what waits for somebody. */
#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };
	json_t *doc = NULL;
	int rc = cw_session_ask_doc(c->session, CW_MSG_JOBS, &nothing, &doc, err);

	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_jobs = {
	.name = "jobs", .operands = "", .summary = N_("list jobs that run, or that wait to be resumed or closed"), .needs_broker = true, .least = 0, .most = 0, .run = run,
};
