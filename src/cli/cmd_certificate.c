/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe certificate show: a document for people; from a file, or by its number from the station. */
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

static int from_station(struct cw_context *c, const char *number, struct cw_buf *text, struct cw_error *err)
{
	struct cw_msg_job q = { .close = 0 };

	if (!cw_strlcpy(q.job, number, sizeof q.job) || !cw_text_is_printable(q.job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe register list`."), _("That is no document number and no file."));
	int rc = cw_session_send(c->session, CW_MSG_CERTIFICATE, &q, err);

	return rc ? rc : cw_session_read_text(c->session, text, err);
}

static int show(struct cw_context *c, const char *named, struct cw_error *err)
{
	struct cw_bundle bundle = { 0 };
	json_t *payload = NULL;
	struct stat st;
	int rc = strchr(named, '/') || stat(named, &st) == 0 ? cw_input_bundle(named, &bundle, err) : from_station(c, named, &bundle.json, err);

	if (!rc)
		rc = cw_json_parse_canonical(bundle.json.data ? bundle.json.data : "", bundle.json.len, &payload, err);
	if (!rc)
		rc = cw_payload_check(payload, err);
	cw_bundle_clear(&bundle);
	if (rc) {
		json_decref(payload);
		return rc;
	}
	return cw_emit(c, json_pack("{s:s, s:o}", "schema", "certwipe/document/1", "document", payload), err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	if (strcmp(c->operand[0], "show") != 0)
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe certificate show NUMBER|FILE", _("`certwipe certificate` does not know %s."), c->operand[0]);
	return show(c, c->operand[1], err);
}

const struct cw_command cw_command_certificate = {
	.name = "certificate", .operands = "show NUMBER|FILE", .summary = N_("show a certificate or report; checks nothing (see verify)"), .needs_broker = true, .least = 2,
	.most = 2, .run = run,
};
