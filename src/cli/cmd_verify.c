/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe verify: is a document unaltered, whose key signed it, and does its claim follow from its journal?  No privilege, no state. */
#include "internal.h"

static int run(struct cw_context *c, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf roots = { 0 };
	struct cw_verified found = { .items = NULL };
	int rc = cw_input_roots(c->o->trust, &roots, err);
	const struct cw_verify_wish w = { .roots = roots.data ? roots.data : "", .roots_len = roots.len, .laboratory = c->o->lab != NULL, .typesetter = cw_typeset_ask, .share = 1 };

	if (!rc)
		rc = cw_verify_paths(&w, c->operand, c->n, &found, err);
	if (rc) {
		json_decref(found.items);
		return rc;
	}
	cw_verified_finish(found.items);
	rc = cw_emit(c, json_pack("{s:s, s:i, s:b, s:o}", "schema", "certwipe/verify/1", "exit", found.worst, "trusted", c->o->trust != NULL, "items", found.items), err);
	return rc ? rc : found.worst;
}

const struct cw_command cw_command_verify = {
	.name = "verify", .operands = "FILE|DIR...", .summary = N_("check certificates, reports and exports of a register"), .needs_broker = false, .least = 1, .most = -1, .run = run,
};
