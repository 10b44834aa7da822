/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe case: why a medium may be disposed of, as a file that `wipe --case` takes; and which cases are still open. */
#include <fcntl.h>
#include <string.h>

#include "internal.h"

static int policy_of(const struct cw_context *c, struct cw_policy *p, struct cw_error *err)
{
	return cw_policy_load(c->policy_folders, c->o->policy ? c->o->policy : "default", p, err);
}

/* `case new key=value ...`: the values go through the same strict reader as a file. */
static int filled_from_operands(const struct cw_context *c, struct cw_case *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };

	cw_buf_str(&text, "[case]\n");
	for (int i = 1; i < c->n; i++) {
		const char *equals = strchr(c->operand[i], '=');

		if (!equals || strchr(c->operand[i], '\n'))
			return cw_fail(err, CW_E_USAGE, 0, c->operand[i], "certwipe case new --out FILE approvalNumber=...", _("A field is written as key=value."));
		cw_buf_printf(&text, "%.*s = %s\n", (int)(equals - c->operand[i]), c->operand[i], equals + 1);
	}
	return cw_case_parse(_("the command line"), text.data, text.len, out, err);
}

static int make_new(struct cw_context *c, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	static struct cw_policy p;
	struct cw_case filled;
	int rc = policy_of(c, &p, err);

	memset(&filled, 0, sizeof filled);
	if (!rc)
		rc = filled_from_operands(c, &filled, err);
	if (!rc)
		rc = cw_case_template(&p, &filled, &text, err);
	if (rc)
		return rc;
	if (!c->o->out)
		return cw_emit(c, json_pack("{s:s, s:s}", "schema", "certwipe/case-new/1", "text", text.data ? text.data : ""), err);
	rc = cw_file_write(AT_FDCWD, c->o->out, text.data, text.len, 0644, false, err);
	return rc ? rc : cw_emit(c, json_pack("{s:s, s:s}", "schema", "certwipe/case-new/1", "file", c->o->out), err);
}

static int show(struct cw_context *c, const char *path, struct cw_error *err)
{
	static struct cw_policy p;
	struct cw_case filled;
	struct cw_error lacks = { 0 };
	int rc = policy_of(c, &p, err);

	memset(&filled, 0, sizeof filled);
	if (!rc)
		rc = cw_input_case(path, &filled, err);
	if (rc)
		return rc;
	int complete = cw_case_check(&filled, &p, &lacks) == 0;

	rc = cw_emit(c, json_pack("{s:s, s:s, s:s, s:b, s:s, s:o}", "schema", "certwipe/case/1", "file", path, "policy", p.id, "complete", complete, "lacks", lacks.message,
				  "case", cw_case_json(&filled)), err);
	return rc ? rc : complete ? CW_EXIT_DONE : cw_code_exit(lacks.code);
}

static int list(struct cw_context *c, struct cw_error *err)
{
	const struct cw_msg_register q = { .query = c->o->open ? CW_REGISTER_CASES_OPEN : CW_REGISTER_CASES };
	json_t *doc = NULL;
	int rc = cw_session_ask_doc(c->session, CW_MSG_REGISTER, &q, &doc, err);

	return rc ? rc : cw_emit(c, doc, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	if (!strcmp(c->operand[0], "new"))
		return make_new(c, err);
	if (!strcmp(c->operand[0], "show") && c->n == 2)
		return show(c, c->operand[1], err);
	if (!strcmp(c->operand[0], "list") && c->n == 1)
		return list(c, err);
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe case new [--out FILE] [KEY=VALUE...] | show FILE | list [--open]", _("`certwipe case` was not told what to do."));
}

const struct cw_command cw_command_case = {
	.name = "case", .operands = "new [KEY=VALUE...] | show FILE | list", .summary = N_("why media may be disposed of, and which cases are open"), .needs_broker = true,
	.least = 1, .most = 64, .run = run,
};
