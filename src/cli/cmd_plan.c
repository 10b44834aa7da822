/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe plan: what would be done to a medium, why, and what could be claimed for it. */
#include <fcntl.h>

#include "internal.h"

/* The file holds the plan alone in canonical form: its SHA-256 is what gets authorised. */
static int write_plan(const char *path, const json_t *plan, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = cw_json_canonical(plan, &text, err);

	return rc ? rc : cw_file_write(AT_FDCWD, path, text.data, text.len, 0644, false, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_medium q = { 0 };
	json_t *doc = NULL;
	int rc = cw_input_wish(c, &q, err);

	if (!rc)
		rc = cw_input_named(c->operand[0], q.named, err);
	if (!rc)
		rc = cw_input_send_case(c, "", err);
	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_PLAN, &q, &doc, err);
	if (!rc && c->o->out)
		rc = write_plan(c->o->out, json_object_get(doc, "plan"), err);
	if (rc) {
		json_decref(doc);
		return rc;
	}
	return cw_emit(c, doc, err);
}

const struct cw_command cw_command_plan = {
	.name = "plan", .operands = "MEDIUM", .summary = N_("show what would be done to a medium and what could be claimed"), .needs_broker = true, .least = 1, .most = 1,
	.run = run,
};
