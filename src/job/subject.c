/* SPDX-License-Identifier: Apache-2.0 */
/* What the first line of a journal binds a job to: its plan and its medium, each read by the folder that wrote it. */
#include <string.h>

#include "certwipe/job.h"

int cw_job_plan(const struct cw_journal_text *t, struct cw_plan *out, struct cw_error *err)
{
	char sha256[CW_SHA256_HEX];
	const json_t *job = json_array_get(t->lines, 0), *plan = json_object_get(job, "plan");
	int rc = cw_plan_of_json(plan, out, err);
	if (rc == 0)
		rc = cw_json_digest(plan, sha256, err);
	if (rc < 0)
		return rc;
	if (strcmp(sha256, cw_json_str(job, "planSha256", "")) != 0)
		return cw_fail(err, CW_E_INVALID, 0, "planSha256", _("The journal was damaged or altered; nothing can be claimed from it."),
			       _("The digest in the journal is not that of the plan beside it."));
	return 0;
}

int cw_job_medium(const struct cw_journal_text *t, struct cw_medium *out, struct cw_error *err)
{
	const json_t *job = json_array_get(t->lines, 0);
	return cw_medium_of_json(json_object_get(job, "medium"), json_object_get(job, "attachment"), out, err);
}
