/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: picks the part that shows this kind of document. */
#include <string.h>

#include "text.h"

static const struct { const char *schema; cw_text_part show; } parts[] = {
	{ "certwipe/list/1", cw_text_list },
	{ "certwipe/inspect/1", cw_text_inspect },
	{ "certwipe/prepared/1", cw_text_prepared },
	{ "certwipe/planned/1", cw_text_planned },
	{ "certwipe/dry-run/1", cw_text_dry_run },
	{ "certwipe/wipe/1", cw_text_wipe },
	{ "certwipe/awaiting-destruction/1", cw_text_awaiting },
	{ "certwipe/destruction-candidates/1", cw_text_candidates },
	{ "certwipe/destruction-recorded/1", cw_text_recorded },
	{ "certwipe/destroy/1", cw_text_destroyed },
	{ "certwipe/jobs/1", cw_text_jobs },
	{ "certwipe/abandoned/1", cw_text_abandoned },
	{ "certwipe/stopping/1", cw_text_stopping },
	{ "certwipe/unlocked/1", cw_text_unlocked },
	{ "certwipe/recheck/1", cw_text_recheck },
	{ "certwipe/document/1", cw_text_document },
	{ "certwipe/exported/1", cw_text_exported },
	{ "certwipe/printed/1", cw_text_printed },
	{ "certwipe/verify/1", cw_text_verify },
	{ "certwipe/register/1", cw_text_register },
	{ "certwipe/register-entry/1", cw_text_register_entry },
	{ "certwipe/register-check/1", cw_text_register_check },
	{ "certwipe/register-checkpoint/1", cw_text_checkpoint },
	{ "certwipe/register-exported/1", cw_text_register_exported },
	{ "certwipe/audit/1", cw_text_audit },
	{ "certwipe/case-list/1", cw_text_cases },
	{ "certwipe/case/1", cw_text_case },
	{ "certwipe/case-new/1", cw_text_case_new },
	{ "certwipe/policies/1", cw_text_policies },
	{ "certwipe/policy/1", cw_text_policy },
	{ "certwipe/keys/1", cw_text_keys },
	{ "certwipe/key-created/1", cw_text_key_created },
	{ "certwipe/key-trusted/1", cw_text_key_trusted },
	{ "certwipe/person-created/1", cw_text_person_created },
	{ "certwipe/signed/1", cw_text_signed },
	{ "certwipe/stated/1", cw_text_stated },
};

static int render(const json_t *doc, size_t width, struct cw_buf *out, struct cw_error *err)
{
	const char *schema = cw_json_str(doc, "schema", "");

	for (size_t i = 0; i < CW_ARRAY_LEN(parts); i++)
		if (!strcmp(parts[i].schema, schema)) {
			parts[i].show(doc, width, out);
			return out->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the answer.")) : 0;
		}
	return cw_fail(err, CW_E_INVALID, 0, schema, _("Use --json."), _("Documents of the kind \"%s\" cannot be shown as text."), schema);
}

const struct cw_renderer cw_renderer_text = { .id = "text", .render = render };
