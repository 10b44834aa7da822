/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe inspect: everything that is known of one medium; --capture keeps what it was concluded from. */
#include <fcntl.h>

#include "internal.h"

/* Masked and written here, with the rights of the person: what the medium said is nothing for a process with privilege to take apart. */
static int write_capture(const struct cw_context *c, const struct cw_msg_medium *q, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	CW_AUTO_JSON json_t *doc = NULL;
	int rc = cw_session_ask_doc(c->session, CW_MSG_CAPTURE, q, &doc, err);

	if (!rc && c->o->mask_serials)
		rc = cw_capture_mask(doc, err);
	if (!rc)
		rc = cw_json_canonical(doc, &text, err);
	if (!rc)
		rc = cw_file_write(AT_FDCWD, c->o->capture, text.data, text.len, 0600, false, err);
	if (rc)
		return rc;
	if (c->o->mask_serials)
		cw_say(c, _("Serial numbers, identifiers and labels are replaced in %s. Look through it before you give it away."), c->o->capture);
	else
		cw_say(c, _("%s contains serial numbers. Give it to nobody who may not know them, or make it with --mask-serials."), c->o->capture);
	return 0;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_medium q = { 0 };
	json_t *doc = NULL;
	int rc = cw_input_named(c->operand[0], q.named, err);

	if (!rc && c->o->mask_serials && !c->o->capture)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe inspect --help", _("--mask-serials needs --capture: it is about the file."));
	if (!rc && c->o->capture)
		rc = write_capture(c, &q, err);
	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_INSPECT, &q, &doc, err);
	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_inspect = {
	.name = "inspect", .operands = "MEDIUM", .summary = N_("show identity, areas, contents and users of a medium"), .needs_broker = true, .least = 1, .most = 1,
	.run = run,
};
