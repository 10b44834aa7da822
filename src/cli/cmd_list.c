/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe list: which media there are. */
#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	const struct cw_msg_flag all = { c->o->all != NULL };
	json_t *doc = NULL;
	int rc = cw_session_ask_doc(c->session, CW_MSG_LIST, &all, &doc, err);

	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_list = {
	.name = "list", .operands = "", .summary = N_("list media, with what is on them and who uses them"), .needs_broker = true, .least = 0, .most = 0, .run = run,
};
