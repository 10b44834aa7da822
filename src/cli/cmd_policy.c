/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe policy: which rules there are, what they say, and whether a file of rules is sound. */
#include <fcntl.h>
#include <string.h>

#include "internal.h"

static json_t *groups_json(const struct cw_policy *p)
{
	static const char *const names[] = { "recommended", "required", "historic" };
	json_t *a = json_array();

	for (unsigned i = 0; i < CW_ARRAY_LEN(names); i++)
		if (p->groups & (1u << i))
			json_array_append_new(a, json_string(names[i]));
	return a;
}

static json_t *schemes_json(const struct cw_policy *p)
{
	json_t *a = json_array();

	for (const struct cw_scheme *s = cw_schemes; s->id; s++)
		if (p->groups & (1u << s->group))
			json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "id", s->id, "name", s->name, "passes", s->passes, "source", s->source, "status",
							   s->status, "group", (int)s->group));
	return a;
}

static json_t *policy_json(const struct cw_policy *p)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:s, s:s, s:o, s:o, s:s, s:b}", "schema", "certwipe/policy/1", "id", p->id, "title", p->title,
			 "standard", p->standard, "note", p->note, "sha256", p->sha256, "acceptUnconfirmedLevels", (int)p->accept_unconfirmed, "virtualMedia",
			 (int)p->accept_virtual, "stateOnTmpfs", (int)p->tmpfs_allowed, "sampling", (int)p->sample_allowed, "schemeMagnetic", p->scheme_magnetic, "schemeFlash",
			 p->scheme_flash, "groups", groups_json(p), "schemes", schemes_json(p), "mandatory", p->mandatory, "wipeClosesCase", (int)p->wipe_closes_case);
}

static int check_file(const char *path, struct cw_policy *p, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = cw_file_read(AT_FDCWD, path, 65536, &text, err);

	return rc ? rc : cw_policy_parse(path, text.data ? text.data : "", text.len, p, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	const char *what = c->operand[0], *operand = c->n > 1 ? c->operand[1] : NULL;
	static struct cw_policy p;
	int rc;

	if (!strcmp(what, "list") && !operand)
		return cw_emit(c, json_pack("{s:s, s:o}", "schema", "certwipe/policies/1", "policies", cw_policy_list(c->policy_folders)), err);
	if (!strcmp(what, "show") && operand)
		rc = cw_policy_load(c->policy_folders, operand, &p, err);
	else if (!strcmp(what, "check") && operand)
		rc = check_file(operand, &p, err);
	else
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe policy list | show POLICY | check FILE", _("`certwipe policy` was not told what to do."));
	return rc ? rc : cw_emit(c, policy_json(&p), err);
}

const struct cw_command cw_command_policy = {
	.name = "policy", .operands = "list | show POLICY | check FILE", .summary = N_("the rules that media can be wiped by"), .needs_broker = false, .least = 1, .most = 2,
	.run = run,
};
