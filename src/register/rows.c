/* SPDX-License-Identifier: Apache-2.0 */
/* One row of the register: as a struct, as the leaf that is hashed, as JSON; and many of them. */
#include <string.h>

#include "store.h"

#define LEAF_VERSION 1

/* ---- row ---- */

static bool text_column(sqlite3_stmt *s, int column, char *out, size_t size)
{
	const char *text = sqlite3_column_type(s, column) == SQLITE_TEXT ? (const char *)sqlite3_column_text(s, column) : NULL;
	size_t len = text ? (size_t)sqlite3_column_bytes(s, column) : 0;

	if (!text || len >= size || strlen(text) != len || !cw_text_is_printable(text))
		return false;
	memcpy(out, text, len + 1);
	return true;
}

static bool flag_column(sqlite3_stmt *s, int column, uint32_t *out)
{
	sqlite3_int64 value = sqlite3_column_int64(s, column);

	*out = value == 1;
	return sqlite3_column_type(s, column) == SQLITE_INTEGER && (value == 0 || value == 1);
}

bool row_read(sqlite3_stmt *s, struct row *out)
{
	struct cw_entry *e = &out->e;
	const struct { char *to; size_t size; } texts[] = { /* columns 1 to 13 */
		{ e->kind, sizeof(e->kind) }, { e->at, sizeof(e->at) }, { e->job_id, sizeof(e->job_id) }, { e->document_id, sizeof(e->document_id) },
		{ e->outcome, sizeof(e->outcome) }, { e->level, sizeof(e->level) }, { e->json_sha256, sizeof(e->json_sha256) }, { e->p7s_sha256, sizeof(e->p7s_sha256) },
		{ e->identity_sha256, sizeof(e->identity_sha256) }, { e->model, sizeof(e->model) }, { e->serial, sizeof(e->serial) },
		{ e->approval_number, sizeof(e->approval_number) }, { e->asset_tag, sizeof(e->asset_tag) },
	};
	const int flags = 1 + (int)CW_ARRAY_LEN(texts);
	bool ok = true;

	*out = (struct row){ .e.index = (uint64_t)sqlite3_column_int64(s, 0) };
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		ok = ok && text_column(s, 1 + (int)i, texts[i].to, texts[i].size);
	ok = ok && flag_column(s, flags, &e->laboratory) && flag_column(s, flags + 1, &e->closes_case) && sqlite3_column_type(s, flags + 2) == SQLITE_BLOB &&
	     sqlite3_column_bytes(s, flags + 2) == CW_SHA256_BYTES;
	if (ok)
		memcpy(out->leaf_sha256, sqlite3_column_blob(s, flags + 2), CW_SHA256_BYTES);
	return ok;
}

/* What serves search and cases stands in the leaf as one digest: names and serials stay out of a log that others may be shown, and cannot be changed behind it. */
int row_subject(const struct cw_entry *e, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_JSON json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:b}", "model", e->model, "serial", e->serial, "approvalNumber", e->approval_number, "assetTag", e->asset_tag,
					   "closesCase", (int)e->closes_case);

	return j ? cw_json_canonical(j, out, err) :
		   cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The entry %llu is not made of text."), (unsigned long long)e->index);
}

int row_leaf_of_subject(const struct cw_entry *e, const char *subject_sha256, struct cw_buf *leaf, struct cw_error *err)
{
	CW_AUTO_JSON json_t *j = json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "v", LEAF_VERSION, "index", (json_int_t)e->index, "kind", e->kind, "at",
					   e->at, "jobId", e->job_id, "documentId", e->document_id, "outcome", e->outcome, "level", e->level, "jsonSha256", e->json_sha256,
					   "p7sSha256", e->p7s_sha256, "identitySha256", e->identity_sha256, "laboratory", (int)e->laboratory, "subjectSha256", subject_sha256);

	return j ? cw_json_canonical(j, leaf, err) :
		   cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The entry %llu is not made of text."), (unsigned long long)e->index);
}

int row_leaf(const struct cw_entry *e, struct cw_buf *leaf, uint8_t hash[CW_SHA256_BYTES], struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	char subject[CW_SHA256_HEX];
	size_t before = leaf->len;
	int rc = row_subject(e, &text, err);

	if (rc)
		return rc;
	cw_sha256_hex(text.data, text.len, subject);
	rc = row_leaf_of_subject(e, subject, leaf, err);
	if (!rc)
		cw_merkle_leaf(leaf->data + before, leaf->len - before, hash);
	return rc;
}

json_t *row_json(const struct row *row)
{
	const struct cw_entry *e = &row->e;
	char hash[CW_SHA256_HEX];

	cw_hex(hash, row->leaf_sha256, CW_SHA256_BYTES);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s}", "index", (json_int_t)e->index, "kind", e->kind, "at", e->at, "jobId",
			 e->job_id, "documentId", e->document_id, "outcome", e->outcome, "level", e->level, "jsonSha256", e->json_sha256, "p7sSha256", e->p7s_sha256,
			 "identitySha256", e->identity_sha256, "model", e->model, "serial", e->serial, "approvalNumber", e->approval_number, "assetTag", e->asset_tag,
			 "laboratory", (int)e->laboratory, "closesCase", (int)e->closes_case, "leafSha256", hash);
}

/* ---- rows ---- */

int rows_of(struct cw_register *r, sqlite3_stmt *s, row_visit visit, void *user, struct cw_error *err)
{
	struct row row;
	int step, rc = 0;

	while (!rc && (step = sqlite3_step(s)) == SQLITE_ROW) {
		bool ok = row_read(s, &row);

		rc = visit(user, ok, &row, err);
	}
	if (!rc && step != SQLITE_DONE)
		rc = store_failed(r, err, _("The register cannot be read."));
	return rc;
}

int rows_visit(struct cw_register *r, row_visit visit, void *user, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT " ROW_COLUMNS " FROM entries ORDER BY idx", err);

	return s ? rows_of(r, s, visit, user, err) : err->code;
}

static int unreadable(uint64_t index, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`."), _("The entry %llu was not written by certwipe and cannot be shown."),
		       (unsigned long long)index);
}

static int visit_list(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	if (!ok)
		return unreadable(row->e.index, err);
	return json_array_append_new(user, row_json(row)) == 0 ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}

static int keep_row(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	struct cw_entry *out = user;

	if (!ok)
		return unreadable(row->e.index, err);
	*out = row->e;
	return 0;
}

int cw_register_newest(struct cw_register *r, const struct cw_entry *document, struct cw_entry *out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT " ROW_COLUMNS " FROM entries WHERE job_id = ?1 AND kind = 'signed' AND json_sha256 = ?2 ORDER BY idx DESC LIMIT 1",
						   err);

	*out = *document;
	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, document->job_id, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_bind_text(s, 2, document->json_sha256, -1, SQLITE_STATIC) != SQLITE_OK)
		return store_failed(r, err, _("The register cannot be searched."));
	return rows_of(r, s, keep_row, out, err);
}

#define HAS(column) "instr(lower(" column "), lower(?1)) > 0"
#define SEARCH " WHERE ?1 IS NULL OR " HAS("job_id") " OR " HAS("document_id") " OR " HAS("model") " OR " HAS("serial") " OR " HAS("approval_number") " OR " HAS("asset_tag")

static int list_rows(struct cw_register *r, const char *sql, const char *bound, json_t **out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, sql, err);
	CW_AUTO_JSON json_t *list = json_array();
	int rc;

	*out = NULL;
	if (!s)
		return err->code;
	if (bound && sqlite3_bind_text(s, 1, bound, -1, SQLITE_STATIC) != SQLITE_OK)
		return store_failed(r, err, _("The register cannot be searched."));
	rc = list ? rows_of(r, s, visit_list, list, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	if (!rc)
		*out = json_incref(list);
	return rc;
}

int cw_register_list(struct cw_register *r, const char *search, json_t **out, struct cw_error *err)
{
	return list_rows(r, "SELECT " ROW_COLUMNS " FROM entries" SEARCH " ORDER BY idx", search, out, err);
}

int cw_register_job(struct cw_register *r, const char *job_id, json_t **out, struct cw_error *err)
{
	return list_rows(r, "SELECT " ROW_COLUMNS " FROM entries WHERE job_id = ?1 ORDER BY idx", job_id, out, err);
}

static int visit_one(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	*(struct cw_entry *)user = row->e;
	return ok ? 0 : unreadable(row->e.index, err);
}

int cw_register_document(struct cw_register *r, const char *document_id, struct cw_entry *out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT " ROW_COLUMNS " FROM entries WHERE document_id = ?1 AND document_id <> ''", err);
	int rc;

	*out = (struct cw_entry){ .index = UINT64_MAX };
	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, document_id, -1, SQLITE_STATIC) != SQLITE_OK)
		return store_failed(r, err, _("The register cannot be searched."));
	rc = rows_of(r, s, visit_one, out, err);
	if (!rc && out->index == UINT64_MAX)
		rc = cw_fail(err, CW_E_NOT_FOUND, 0, document_id, _("See `certwipe register list`."), _("The register has no document %s."), document_id);
	return rc;
}

int row_at(struct cw_register *r, uint64_t index, struct row *out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT " ROW_COLUMNS " FROM entries WHERE idx = ?1", err);
	int step;

	if (!s)
		return err->code;
	if (index > INT64_MAX || sqlite3_bind_int64(s, 1, (sqlite3_int64)index) != SQLITE_OK)
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, NULL, _("There is no such entry in the register."));
	step = sqlite3_step(s);
	if (step == SQLITE_DONE)
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("`certwipe register list` shows all of them; the first has the number 0."), _("The register has no entry %llu."),
			       (unsigned long long)index);
	if (step != SQLITE_ROW)
		return store_failed(r, err, _("The register cannot be read."));
	return row_read(s, out) ? 0 : unreadable(index, err);
}

int cw_register_show(struct cw_register *r, uint64_t index, json_t **out, struct cw_error *err)
{
	struct row row = { .e.index = 0 };
	int rc = row_at(r, index, &row, err);

	*out = rc ? NULL : row_json(&row);
	return rc || *out ? rc : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}
