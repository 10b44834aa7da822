/* SPDX-License-Identifier: Apache-2.0 */
/* What an auditor asks: does the log still begin with the checkpoint that I hold, is every retired asset in it, and what was begun and never brought to its end? */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "tree.h"

#define CLOCK_TOLERANCE_S 300 /* as the verifier's: small steps of a clock that is being disciplined */

struct question {
	struct cw_register *r;
	const struct cw_audit_wish *wish;
	struct findings *found;
	uint64_t from, size;
	json_t *wanted;     /* of assets, by serial number and by asset tag: of each job what it has come to, {"best", "documentId"} */
	int64_t latest_at;  /* of all entries so far */
	json_t *numbers;    /* last number of each year */
};

/* ---- the checkpoint ---- */

/* From the leaves themselves, not from the hashes that are kept. */
static int root_of_first(struct cw_register *r, uint64_t size, char out[CW_SHA256_HEX], struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT leaf_sha256 FROM entries ORDER BY idx LIMIT ?1", err);
	struct cw_merkle m = { .n = 0 };
	uint8_t root[CW_SHA256_BYTES];
	int step;

	if (!s)
		return err->code;
	if (sqlite3_bind_int64(s, 1, (sqlite3_int64)size) != SQLITE_OK)
		return store_failed(r, err, _("The register cannot be read."));
	while ((step = sqlite3_step(s)) == SQLITE_ROW && sqlite3_column_type(s, 0) == SQLITE_BLOB && sqlite3_column_bytes(s, 0) == CW_SHA256_BYTES)
		cw_merkle_add(&m, sqlite3_column_blob(s, 0));
	if (step != SQLITE_DONE && step != SQLITE_ROW)
		return store_failed(r, err, _("The register cannot be read."));
	cw_merkle_root(&m, root);
	cw_hex(out, root, sizeof(root));
	return 0;
}

#define BROKEN_LOG(q, ...) finding_add((q)->found, BROKEN, &(const struct about){ .index = NO_INDEX }, __VA_ARGS__)

static int since_check(struct question *q, struct cw_error *err)
{
	const struct cw_tree_head *since = &q->wish->since;
	char name[CW_SERIAL_MAX], root[CW_SHA256_HEX];

	cw_log_name(q->r->origin, name);
	if (strcmp(name, since->name) != 0) {
		BROKEN_LOG(q, _("The checkpoint is of the register \"%s\"; this is \"%s\"."), since->name, name);
		return 0;
	}
	if (since->size > q->size) {
		BROKEN_LOG(q, _("The register was set back: the checkpoint has %llu entries, the register %llu."), (unsigned long long)since->size, (unsigned long long)q->size);
		return 0;
	}
	q->from = since->size;
	int rc = root_of_first(q->r, since->size, root, err);

	if (!rc && strcmp(root, since->root) != 0)
		BROKEN_LOG(q, _("The register is not the one of the checkpoint: its first %llu entries were changed, or there are two registers. Their root is %s, that of the checkpoint %s."),
			   (unsigned long long)since->size, root, since->root);
	return rc;
}

/* Who sets the clock back does not hide behind the date: what follows in the log counts, whatever time it claims. */
static int since_time(struct question *q, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(q->r, "SELECT coalesce(min(idx), ?2) FROM entries WHERE at >= ?1", err);

	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, q->wish->since_at, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_bind_int64(s, 2, (sqlite3_int64)q->size) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		return store_failed(q->r, err, _("The register cannot be read."));
	uint64_t first = (uint64_t)sqlite3_column_int64(s, 0);

	q->from = first > q->from ? first : q->from;
	return 0;
}

/* ---- assets ---- */

enum best { NOTHING, STARTED, REPORT, WITHDRAWN, CERTIFICATE };

/* "" when the asset has none of this kind. */
static const char *key_of(char kind, const char *text, char out[CW_SERIAL_MAX + 2])
{
	if (!*text)
		return "";
	snprintf(out, CW_SERIAL_MAX + 2, "%c%s", kind, text);
	return out;
}

static bool want(json_t *wanted, char kind, const char *text)
{
	char key[CW_SERIAL_MAX + 2];

	return !*key_of(kind, text, key) || json_object_get(wanted, key) || json_object_set_new(wanted, key, json_object()) == 0;
}

/* What the entry makes of the job, whose document so far is known; "signed", "approved" and "superseded" leave it as it is. */
static enum best best_after(const struct cw_entry *e, enum best before)
{
	if (strcmp(e->kind, "started") == 0)
		return before > STARTED ? before : STARTED;
	if (strcmp(e->kind, "certificate") == 0)
		return CERTIFICATE;
	if (strcmp(e->kind, "report") == 0)
		return before == CERTIFICATE ? before : REPORT;
	if (strcmp(e->kind, "rejected") == 0 || strcmp(e->kind, "voided") == 0)
		return before == CERTIFICATE ? WITHDRAWN : before;
	return before;
}

static void have(struct question *q, char kind, const char *text, const struct cw_entry *e)
{
	char key[CW_SERIAL_MAX + 2];
	json_t *jobs = json_object_get(q->wanted, key_of(kind, text, key));
	const json_t *known = json_object_get(jobs, e->job_id);
	enum best before = (enum best)cw_json_u64(known, "best", NOTHING), best = best_after(e, before);

	if (!jobs || (best == before && known))
		return;
	const char *document_id = best == WITHDRAWN ? cw_json_str(known, "documentId", "") : e->document_id;

	if (json_object_set_new(jobs, e->job_id, json_pack("{s:i, s:s}", "best", (int)best, "documentId", document_id)) < 0)
		q->found->no_memory = true;
}

static void asset_seen(struct question *q, const struct cw_entry *e)
{
	if (e->laboratory && !q->wish->laboratory)
		return;
	have(q, 's', e->serial, e);
	have(q, 't', e->asset_tag, e);
}

/* Of all jobs on the asset the one that came furthest. */
static const json_t *best_of(const struct question *q, char kind, const char *text)
{
	char key[CW_SERIAL_MAX + 2];
	const json_t *best = NULL;
	const char *job;
	json_t *one;

	json_object_foreach(json_object_get(q->wanted, key_of(kind, text, key)), job, one)
		if (!best || cw_json_u64(one, "best", NOTHING) > cw_json_u64(best, "best", NOTHING))
			best = one;
	return best;
}

static void asset_judged(struct question *q, const struct cw_asset *a)
{
	const json_t *by_serial = best_of(q, 's', a->serial), *by_tag = best_of(q, 't', a->asset_tag);
	const json_t *b = cw_json_u64(by_serial, "best", NOTHING) >= cw_json_u64(by_tag, "best", NOTHING) ? by_serial : by_tag;
	const char *name = *a->asset_tag ? a->asset_tag : a->serial;
	const struct about about = { .index = NO_INDEX, .asset = name, .document_id = cw_json_str(b, "documentId", "") };

	switch (cw_json_u64(b, "best", NOTHING)) {
	case NOTHING:
		finding_add(q->found, "asset-without-certificate", &about, _("The register has nothing on the asset %s."), name);
		break;
	case STARTED:
		finding_add(q->found, "asset-without-certificate", &about, _("The asset %s was begun with, and there is no document about its end."), name);
		break;
	case REPORT:
		finding_add(q->found, "asset-without-certificate", &about, _("The asset %s has no certificate, only the report %s."), name, about.document_id);
		break;
	case WITHDRAWN:
		finding_add(q->found, "asset-without-certificate", &about, _("The asset %s has no certificate any more: %s was rejected or declared void."), name, about.document_id);
		break;
	default:
		break;
	}
}

/* ---- entry by entry ---- */

static void clock_seen(struct question *q, const struct cw_entry *e)
{
	int64_t at;

	if (!cw_time_parse(e->at, &at))
		return;
	if (e->index >= q->from && q->latest_at - at > CLOCK_TOLERANCE_S)
		finding_add(q->found, "clock-went-back", &(const struct about){ .index = e->index, .job_id = e->job_id, .document_id = e->document_id },
			    _("The entry %llu claims the time %s, which is earlier than that of an entry before it: the station's clock was wrong then, or is now."),
			    (unsigned long long)e->index, e->at);
	q->latest_at = at > q->latest_at ? at : q->latest_at;
}

/* The register gives numbers out without a gap: a missing one is an entry that was taken out. */
static void number_seen(struct question *q, const struct cw_entry *e)
{
	char year[5];
	uint64_t number, last;

	if (strlen(e->document_id) < 11 || e->document_id[4] != '-')
		return;
	snprintf(year, sizeof(year), "%.4s", e->document_id);
	number = strtoull(e->document_id + 5, NULL, 10);
	last = cw_json_u64(q->numbers, year, 0);
	if (number != last + 1 && e->index >= q->from)
		finding_add(q->found, "missing-number", &(const struct about){ .index = e->index, .document_id = e->document_id },
			    _("The document %s is in the place where number %llu of its year should be."), e->document_id, (unsigned long long)(last + 1));
	if (number > last && json_object_set_new(q->numbers, year, json_integer((json_int_t)(number & INT64_MAX))) < 0)
		q->found->no_memory = true;
}

static int entry_seen(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	struct question *q = user;

	(void)err;
	if (!ok) /* told already */
		return 0;
	clock_seen(q, &row->e);
	number_seen(q, &row->e);
	asset_seen(q, &row->e);
	return 0;
}

/* ---- cases ---- */

static int starts_check(struct question *q, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(q->r, "SELECT idx, job_id FROM entries AS s WHERE kind = 'started' AND outcome NOT IN ('" CW_START_TO_DESTROY "', '" CW_START_TO_DO_BOTH "') AND idx >= ?1 AND NOT EXISTS "
							      "(SELECT 1 FROM entries AS e WHERE e.job_id = s.job_id AND e.kind IN ('certificate', 'report') AND e.idx > s.idx) ORDER BY idx", err);
	int step;

	if (!s)
		return err->code;
	if (sqlite3_bind_int64(s, 1, (sqlite3_int64)q->from) != SQLITE_OK)
		return store_failed(q->r, err, _("The register cannot be read."));
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		finding_add(q->found, "start-without-end", &(const struct about){ .index = (uint64_t)sqlite3_column_int64(s, 0), .job_id = store_text(s, 1) },
			    _("The job %s was started, and nothing says how it ended."), store_text(s, 1));
	return step == SQLITE_DONE ? 0 : store_failed(q->r, err, _("The register cannot be read."));
}

static const char *finding_of(const char *awaits)
{
	if (strcmp(awaits, "approval") == 0)
		return "approval-missing";
	return strcmp(awaits, "destruction") == 0 ? "destruction-not-recorded" : "failure-without-destruction";
}

static void case_judged(struct question *q, const json_t *c)
{
	const char *awaits = cw_json_str(c, "awaits", "");
	uint64_t first = cw_json_u64(c, "firstIndex", NO_INDEX), last = cw_json_u64(c, "lastIndex", 0);
	const struct about about = { .index = first, .job_id = cw_json_str(c, "jobId", ""), .asset = cw_json_str(c, "assetTag", "") };

	if (last < q->from || strcmp(awaits, "end") == 0) /* that is told of its start */
		return;
	if (q->r->anonymous || (cw_json_bool(c, "laboratory", false) && !q->wish->laboratory))
		return;
	finding_add(q->found, finding_of(awaits), &about, _("The job %s: %s"), about.job_id, cw_json_str(c, "why", ""));
}

static int cases_check(struct question *q, struct cw_error *err)
{
	CW_AUTO_JSON json_t *open = NULL;
	const json_t *one;
	size_t i;
	int rc = starts_check(q, err);

	if (!rc)
		rc = cw_register_cases(q->r, true, &open, err);
	json_array_foreach(open, i, one)
		case_judged(q, one);
	return rc;
}

/* ---- the whole ---- */

static int ask(struct question *q, const struct cw_asset *assets, size_t n_assets, struct cw_error *err)
{
	int rc = tree_size(q->r, &q->size, err);

	if (!rc && *q->wish->since.name)
		rc = since_check(q, err);
	if (!rc && *q->wish->since_at)
		rc = since_time(q, err);
	for (size_t i = 0; !rc && i < n_assets; i++)
		if (!want(q->wanted, 's', assets[i].serial) || !want(q->wanted, 't', assets[i].asset_tag))
			q->found->no_memory = true;
	if (!rc && q->r->anonymous && n_assets)
		rc = cw_fail(err, CW_E_CANNOT_TELL, 0, CW_EXPORT_SUBJECTS, _("Ask the station for an export with it."),
			     _("This export of the register names no media, so that no asset can be looked for in it."));
	if (!rc)
		rc = rows_visit(q->r, entry_seen, q, err);
	for (size_t i = 0; !rc && i < n_assets; i++)
		asset_judged(q, &assets[i]);
	return rc ? rc : cases_check(q, err);
}

static int look(struct question *q, int state_dirfd, const struct cw_note_key *key, const struct cw_asset *assets, size_t n_assets, struct cw_error *err)
{
	int rc = q->found->list && q->wanted && q->numbers ? 0 : CW_E_NO_MEMORY;

	if (!rc)
		rc = state_dirfd >= 0 ? check_whole(q->r, state_dirfd, key, q->found, err) : check_order(q->r, q->found, err);
	if (!rc)
		rc = ask(q, assets, n_assets, err);
	if (rc == CW_E_NO_MEMORY || q->found->no_memory)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	return rc;
}

int cw_register_audit(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, const struct cw_audit_wish *wish, const struct cw_asset *assets, size_t n_assets,
		      json_t **findings, uint64_t *from, struct cw_error *err)
{
	struct findings found = { .list = json_array() };
	struct question q = { .r = r, .wish = wish, .found = &found, .wanted = json_object(), .numbers = json_object(), .latest_at = INT64_MIN / 2 };
	int rc = look(&q, state_dirfd, key, assets, n_assets, err);

	json_decref(q.wanted);
	json_decref(q.numbers);
	if (rc)
		json_decref(found.list);
	*findings = rc ? NULL : found.list;
	*from = q.from;
	return rc;
}

/* ---- the station's own look ---- */

static int check_all(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, struct findings *found, struct cw_error *err)
{
	struct question q = { .r = r, .found = found };
	int rc = found->list ? check_whole(r, state_dirfd, key, found, err) : CW_E_NO_MEMORY;

	if (!rc)
		rc = starts_check(&q, err);
	if (rc == CW_E_NO_MEMORY || found->no_memory)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	return rc;
}

int cw_register_check(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, json_t **findings, struct cw_error *err)
{
	struct findings found = { .list = json_array() };
	int rc = check_all(r, state_dirfd, key, &found, err);

	if (rc)
		json_decref(found.list);
	*findings = rc ? NULL : found.list;
	return rc;
}
