/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe register: the log of all disposals of this station. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int bad_use(struct cw_error *err)
{
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe register list | show INDEX | search TEXT | check", _("`certwipe register` was not told what to do."));
}

static int question(const struct cw_context *c, struct cw_msg_register *q, struct cw_error *err)
{
	const char *what = c->operand[0], *operand = c->n > 1 ? c->operand[1] : NULL;
	char *end = NULL;

	if (!strcmp(what, "list") && !operand)
		q->query = CW_REGISTER_LIST;
	else if (!strcmp(what, "check") && !operand)
		q->query = CW_REGISTER_CHECK;
	else if (!strcmp(what, "search") && operand && cw_text_is_printable(operand) && cw_strlcpy(q->search, operand, sizeof q->search))
		q->query = CW_REGISTER_LIST;
	else if (!strcmp(what, "show") && operand && *operand >= '0' && *operand <= '9') {
		q->query = CW_REGISTER_SHOW;
		q->index = strtoull(operand, &end, 10);
		return *end ? bad_use(err) : 0;
	} else
		return bad_use(err);
	return 0;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_register q = { 0 };
	json_t *doc = NULL;
	int rc = question(c, &q, err), exit_code = CW_EXIT_DONE;

	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_REGISTER, &q, &doc, err);
	if (rc)
		return rc;
	if (q.query == CW_REGISTER_CHECK) {
		const json_t *finding;
		size_t i;

		json_array_foreach(json_object_get(doc, "answer"), i, finding)
			exit_code = !strcmp(cw_json_str(finding, "severity", ""), "error") || exit_code == CW_EXIT_INVALID ? CW_EXIT_INVALID : CW_EXIT_INCONCLUSIVE;
	}
	rc = cw_emit(c, doc, err);
	return rc ? rc : exit_code;
}

const struct cw_command cw_command_register = {
	.name = "register", .operands = "list | show INDEX | search TEXT | check", .summary = N_("the log of all disposals of this station"), .needs_broker = true, .least = 1,
	.most = 2, .run = run,
};
