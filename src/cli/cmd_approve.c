/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe approve: somebody other than the operator decides whether media may be released, and signs it. */
#include <string.h>

#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	const char *decision = c->o->decision ? c->o->decision : "";

	if (strcmp(decision, "approved") != 0 && strcmp(decision, "rejected") != 0)
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe approve NUMBER... --decision approved|rejected --reason TEXT --key FILE",
			       _("Say what you decide: --decision approved or --decision rejected."));
	return cw_state_documents(c, decision, c->operand, c->n, NULL, err);
}

const struct cw_command cw_command_approve = {
	.name = "approve", .operands = "NUMBER...", .summary = N_("decide about documents of others: may their media be released?"), .needs_broker = true, .least = 1,
	.most = CW_STATED_MAX, .run = run,
};
