/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe unlock: takes the password away that an interrupted job left on a drive. */
#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_medium q = { 0 };
	json_t *doc = NULL;
	int rc = cw_input_named(c->operand[0], q.named, err);

	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_UNLOCK, &q, &doc, err);
	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_unlock = {
	.name = "unlock", .operands = "MEDIUM", .summary = N_("unlock a drive that was erasing itself when it was interrupted"), .needs_broker = true, .least = 1, .most = 1, .run = run,
};
