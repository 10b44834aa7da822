/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe inspect: everything that is known of one medium. */
#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_medium q = { 0 };
	json_t *doc = NULL;
	int rc = cw_input_named(c->operand[0], q.named, err);

	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_INSPECT, &q, &doc, err);
	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_inspect = {
	.name = "inspect", .operands = "MEDIUM", .summary = N_("show identity, areas, contents and users of a medium"), .needs_broker = true, .least = 1, .most = 1,
	.run = run,
};
