/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases: a medium that was begun with stays a case until a certificate that may close it is entered, for the same job, or later for the same medium under the same approval and
 * asset tag (a second attempt).  Identity alone would not do: cheap media share their serial numbers, and one stick must not close the case of another.  A certificate that a person
 * rejected or declared void closes nothing.
 */
#include <string.h>

#include "store.h"

/* A person rejected it or declared it void since: of which of the job's documents that was said does not matter, all of them are in doubt. */
#define WITHDRAWN "EXISTS (SELECT 1 FROM entries AS v WHERE v.job_id = e.job_id AND v.kind IN ('rejected', 'voided') AND v.idx > e.idx)"
/* Of a job whose policy wants its document approved, a certificate closes nothing before it is. */
#define WANTS_APPROVAL "outcome IN ('" CW_START_TO_APPROVE "', '" CW_START_TO_DO_BOTH "')"
#define CLOSES \
	"e.kind = 'certificate' AND e.closes_case = 1 AND e.laboratory = s.laboratory AND NOT " WITHDRAWN " AND " \
	"(NOT EXISTS (SELECT 1 FROM entries AS w WHERE w.job_id = e.job_id AND w.kind = 'started' AND w." WANTS_APPROVAL ") OR " \
	"EXISTS (SELECT 1 FROM entries AS a WHERE a.job_id = e.job_id AND a.kind = 'approved' AND a.closes_case = 1 AND a.idx > e.idx))"
/* The last certificate that would close it. */
#define LAST_CLOSER "(SELECT max(idx) FROM entries WHERE job_id = s.job_id AND kind = 'certificate' AND closes_case = 1)"
static const char CASES[] =
	"SELECT s.approval_number, s.asset_tag, s.job_id, s.at, s.laboratory, "
	"coalesce((SELECT document_id FROM entries AS e WHERE job_id = s.job_id AND " CLOSES " ORDER BY idx LIMIT 1), "
	"(SELECT document_id FROM entries AS e WHERE identity_sha256 = s.identity_sha256 AND s.asset_tag <> '' AND asset_tag = s.asset_tag AND approval_number = s.approval_number "
	"AND idx > s.idx AND " CLOSES " ORDER BY idx LIMIT 1), ''), "
	"coalesce((SELECT CASE WHEN " WITHDRAWN " THEN 'withdrawn' ELSE kind END || ' ' || document_id FROM entries AS e WHERE job_id = s.job_id AND kind IN ('certificate', 'report') "
	"ORDER BY idx DESC LIMIT 1), ''), "
	"s.idx, (SELECT max(idx) FROM entries WHERE job_id = s.job_id), s.outcome, s.model, s.serial, "
	"s." WANTS_APPROVAL " AND " LAST_CLOSER " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entries WHERE job_id = s.job_id AND kind = 'approved' AND closes_case = 1 AND idx > " LAST_CLOSER ") "
	"FROM entries AS s WHERE kind = 'started' AND NOT EXISTS (SELECT 1 FROM entries WHERE job_id = s.job_id AND kind = 'started' AND idx < s.idx) "
	"AND (?1 IS NULL OR (?1 <> '' AND s.identity_sha256 = ?1) OR (?2 <> '' AND s.serial = ?2 COLLATE NOCASE) OR (?4 <> '' AND s.asset_tag = ?4) OR (?5 <> '' AND s.job_id = ?5)) ORDER BY idx * ?3";
enum { APPROVAL, ASSET, JOB, AT, LABORATORY, CLOSED_BY, LAST_DOCUMENT, FIRST_INDEX, LAST_INDEX, AWAITED, MODEL, SERIAL, UNDECIDED };

/* What is known of an open case; texts last as long as the row. */
struct open_case { const char *last /* "report 2026-000001", "": none */, *number; bool to_destroy, is_certificate, is_withdrawn, awaits_approval; };

static struct open_case open_case_of(sqlite3_stmt *s)
{
	const char *last = store_text(s, LAST_DOCUMENT), *awaited = store_text(s, AWAITED);
	bool is_certificate = strncmp(last, "certificate ", 12) == 0;

	return (struct open_case){ .last = last, .number = strchr(last, ' ') ? strchr(last, ' ') + 1 : "", .is_certificate = is_certificate,
				   .to_destroy = strcmp(awaited, CW_START_TO_DESTROY) == 0 || strcmp(awaited, CW_START_TO_DO_BOTH) == 0,
				   .awaits_approval = is_certificate && sqlite3_column_int(s, UNDECIDED) == 1, .is_withdrawn = strncmp(last, "withdrawn ", 10) == 0 };
}

/* The sentences are ours, with at most one argument, a number of a document. */
static const char *open_words(const struct open_case *c)
{
	if (c->awaits_approval)
		return _("Done (certificate %s), and somebody other than the operator has yet to approve it.");
	if (c->is_withdrawn)
		return _("The document %s was rejected or declared void: wipe the medium again, or destroy it physically and record that.");
	if (c->to_destroy)
		return *c->last ? _("Not destroyed as it must be (report %s): destroy it physically and record that.") : _("Not wiped: it awaits physical destruction.");
	if (!*c->last)
		return _("The job was started, and there is no document about its end yet.");
	return c->is_certificate ? _("Wiped (certificate %s); the physical destruction that must follow is not certified yet.") :
				   _("Not wiped (report %s): wipe it again, or destroy it physically and record that.");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void why(char *out, size_t size, const char *closed_by, const struct open_case *c)
{
	if (*closed_by)
		snprintf(out, size, _("Closed by the certificate %s."), closed_by);
	else
		snprintf(out, size, open_words(c), c->number);
}
#pragma GCC diagnostic pop

/* What would close it: a word for programs. */
static const char *awaits(const char *closed_by, const struct open_case *c)
{
	if (*closed_by)
		return "nothing";
	if (c->awaits_approval)
		return "approval";
	if (c->to_destroy || c->is_certificate)
		return "destruction";
	return *c->last ? "wipe-or-destruction" : "end";
}

static json_t *case_json(sqlite3_stmt *s, int64_t now)
{
	const char *closed_by = store_text(s, CLOSED_BY);
	const struct open_case open_ = open_case_of(s);
	char reason[CW_TEXT_MAX];
	int64_t at = now;

	if (!cw_time_parse(store_text(s, AT), &at) || at > now)
		at = now;
	why(reason, sizeof(reason), closed_by, &open_);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:b, s:s, s:I, s:I, s:s, s:s}", "approvalNumber", store_text(s, APPROVAL), "assetTag", store_text(s, ASSET), "jobId", store_text(s, JOB), "state",
			 *closed_by ? "closed" : "open", "ageDays", (json_int_t)((now - at) / 86400), "why", reason, "laboratory", sqlite3_column_int(s, LABORATORY) == 1, "awaits",
			 awaits(closed_by, &open_), "firstIndex", (json_int_t)sqlite3_column_int64(s, FIRST_INDEX), "lastIndex",
			 (json_int_t)sqlite3_column_int64(s, LAST_INDEX), "model", store_text(s, MODEL), "serial", store_text(s, SERIAL));
}

/* identity NULL: all of them, oldest first; else those of one medium or job, newest first. */
static sqlite3_stmt *prepare(struct cw_register *r, const char *identity, const char *serial, const char *asset_tag, const char *job_id, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, CASES, err);
	sqlite3_stmt *out = s;

	if (!s)
		return NULL;
	if (sqlite3_bind_text(s, 1, identity, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_bind_text(s, 2, serial, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_bind_int(s, 3, identity ? -1 : 1) != SQLITE_OK || sqlite3_bind_text(s, 4, asset_tag, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_bind_text(s, 5, job_id, -1, SQLITE_STATIC) != SQLITE_OK) {
		(void)!store_failed(r, err, _("The register cannot be read."));
		return NULL;
	}
	s = NULL;
	return out;
}

int cw_register_cases(struct cw_register *r, bool open_only, json_t **out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = prepare(r, NULL, "", "", "", err);
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

int cw_register_cases_of(struct cw_register *r, const char *identity_sha256, const char *serial, const char *asset_tag, const char *job_id, struct cw_case_found *out, uint32_t most,
			 uint32_t *n, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = prepare(r, identity_sha256, serial, asset_tag, job_id, err);
	int step = SQLITE_DONE;

	*n = 0;
	if (!s)
		return err->code;
	while (*n < most && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const char *last = store_text(s, LAST_DOCUMENT), *number = strchr(last, ' ');
		struct cw_case_found *one = &out[(*n)++];

		memset(one, 0, sizeof(*one));
		cw_strlcpy(one->job_id, store_text(s, JOB), sizeof(one->job_id));
		cw_strlcpy(one->document_id, number ? number + 1 : "", sizeof(one->document_id));
		cw_strlcpy(one->asset_tag, store_text(s, ASSET), sizeof(one->asset_tag));
		one->open = *store_text(s, CLOSED_BY) == '\0';
		one->certificate = strncmp(last, "certificate ", 12) == 0;
		one->withdrawn = strncmp(last, "withdrawn ", 10) == 0;
	}
	return *n == most || step == SQLITE_DONE ? 0 : store_failed(r, err, _("The register cannot be read."));
}

int cw_case_lends(const struct cw_case_found *c, struct cw_error *err)
{
	if (!c->withdrawn)
		return 0;
	return cw_fail(err, CW_E_REFUSED, 0, c->job_id, _("Record the destruction as a case of its own: --job new."),
		       _("The document %s about the wipe of job %s was rejected or declared void, so nothing is built on it."), c->document_id, c->job_id);
}
