/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases: a medium that was begun with stays a case until a certificate that may close it is entered, for the same job, or later for the same medium under the same approval and
 * asset tag (a second attempt).  Identity alone would not do: cheap media share their serial numbers, and one stick must not close the case of another.
 */
#include <string.h>

#include "store.h"

#define CLOSES "kind = 'certificate' AND closes_case = 1 AND laboratory = s.laboratory"
static const char CASES[] =
	"SELECT s.approval_number, s.asset_tag, s.job_id, s.at, s.laboratory, "
	"coalesce((SELECT document_id FROM entries WHERE job_id = s.job_id AND " CLOSES " ORDER BY idx LIMIT 1), "
	"(SELECT document_id FROM entries WHERE identity_sha256 = s.identity_sha256 AND s.asset_tag <> '' AND asset_tag = s.asset_tag AND approval_number = s.approval_number "
	"AND idx > s.idx AND " CLOSES " ORDER BY idx LIMIT 1), ''), "
	"coalesce((SELECT kind || ' ' || document_id FROM entries WHERE job_id = s.job_id AND kind IN ('certificate', 'report') ORDER BY idx DESC LIMIT 1), ''), "
	"s.idx, (SELECT max(idx) FROM entries WHERE job_id = s.job_id), s.outcome "
	"FROM entries AS s WHERE kind = 'started' AND NOT EXISTS (SELECT 1 FROM entries WHERE job_id = s.job_id AND kind = 'started' AND idx < s.idx) ORDER BY idx";
enum { APPROVAL, ASSET, JOB, AT, LABORATORY, CLOSED_BY, LAST_DOCUMENT, FIRST_INDEX, LAST_INDEX, AWAITED };

/* Of a medium that was never to be wiped the start says so. */
#define AWAITS_DESTRUCTION "awaiting-destruction"

static void why(char *out, size_t size, const char *closed_by, const char *last, const char *awaited)
{
	bool to_destroy = strcmp(awaited, AWAITS_DESTRUCTION) == 0;
	const char *id = strchr(last, ' ') ? strchr(last, ' ') + 1 : "";

	if (*closed_by)
		snprintf(out, size, _("Closed by the certificate %s."), closed_by);
	else if (!*last && to_destroy)
		snprintf(out, size, "%s", _("Not wiped: it awaits physical destruction."));
	else if (to_destroy)
		snprintf(out, size, _("Not destroyed as it must be (report %s): destroy it physically and record that."), id);
	else if (!*last)
		snprintf(out, size, "%s", _("The job was started, and there is no document about its end yet."));
	else if (strncmp(last, "certificate ", 12) == 0)
		snprintf(out, size, _("Wiped (certificate %s); the physical destruction that must follow is not recorded yet."), id);
	else
		snprintf(out, size, _("Not wiped (report %s): wipe it again, or destroy it physically and record that."), id);
}

/* What would close it: a word for programs. */
static const char *awaits(const char *closed_by, const char *last, const char *awaited)
{
	if (*closed_by)
		return "nothing";
	if (strcmp(awaited, AWAITS_DESTRUCTION) == 0)
		return "destruction";
	if (!*last)
		return "end";
	return strncmp(last, "certificate ", 12) == 0 ? "destruction" : "wipe-or-destruction";
}

static json_t *case_json(sqlite3_stmt *s, int64_t now)
{
	const char *closed_by = store_text(s, CLOSED_BY);
	char reason[CW_TEXT_MAX];
	int64_t at = now;

	if (!cw_time_parse(store_text(s, AT), &at) || at > now)
		at = now;
	why(reason, sizeof(reason), closed_by, store_text(s, LAST_DOCUMENT), store_text(s, AWAITED));
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:b, s:s, s:I, s:I}", "approvalNumber", store_text(s, APPROVAL), "assetTag", store_text(s, ASSET), "jobId", store_text(s, JOB), "state",
			 *closed_by ? "closed" : "open", "ageDays", (json_int_t)((now - at) / 86400), "why", reason, "laboratory", sqlite3_column_int(s, LABORATORY) == 1, "awaits",
			 awaits(closed_by, store_text(s, LAST_DOCUMENT), store_text(s, AWAITED)), "firstIndex", (json_int_t)sqlite3_column_int64(s, FIRST_INDEX), "lastIndex",
			 (json_int_t)sqlite3_column_int64(s, LAST_INDEX));
}

int cw_register_cases(struct cw_register *r, bool open_only, json_t **out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, CASES, err);
	CW_AUTO_JSON json_t *list = json_array();
	char now_text[CW_TIME_TEXT];
	int64_t now = 0;
	int step;

	*out = NULL;
	if (!s)
		return err->code;
	cw_time_now(now_text);
	(void)cw_time_parse(now_text, &now); /* a clock before 2000 makes all ages 0 */
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		json_t *one;

		if (open_only && *store_text(s, CLOSED_BY))
			continue;
		one = case_json(s, now);
		if (json_array_append_new(list, one) < 0)
			return cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`."), _("A case in the register cannot be shown."));
	}
	if (step != SQLITE_DONE)
		return store_failed(r, err, _("The register cannot be read."));
	*out = json_incref(list);
	return 0;
}
