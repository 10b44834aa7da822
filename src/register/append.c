/* SPDX-License-Identifier: Apache-2.0 */
/* What grows: entries, their numbers, and the checkpoint over all of them. */
#include <string.h>

#include "tree.h"

/* Entries that have a number of their own are about a document; the others follow on one, which they name by its digest. */
static const struct { const char *name; bool numbered, digests; } kinds[] = {
	{ "started", false, false }, { "certificate", true, true }, { "report", true, true }, { "signed", false, true },
	{ "approved", false, true }, { "rejected", false, true }, { "voided", false, true }, { "superseded", false, true },
};

static bool is_hash(const char *hex)
{
	uint8_t bytes[CW_SHA256_BYTES];

	return cw_unhex(bytes, sizeof(bytes), hex);
}

#define TEXTS 13
static void texts_of(const struct cw_entry *e, const char *out[TEXTS]) /* in the order of ROW_COLUMNS */
{
	const char *const texts[TEXTS] = { e->kind, e->at, e->job_id, e->document_id, e->outcome, e->level, e->json_sha256, e->p7s_sha256, e->identity_sha256, e->model, e->serial,
					   e->approval_number, e->asset_tag };

	memcpy(out, texts, sizeof(texts));
}

int row_texts_check(const struct cw_entry *e, struct cw_error *err)
{
	const char *texts[TEXTS];

	texts_of(e, texts);
	for (size_t i = 0; i < TEXTS; i++)
		if (!cw_text_is_printable(texts[i]))
			return cw_fail(err, CW_E_USAGE, 0, "register.db", NULL, _("The register takes printable text only."));
	return 0;
}

static int entry_check(const struct cw_entry *e, struct cw_error *err)
{
	size_t k = 0;
	int64_t at;
	const char *wrong = NULL;

	while (k < CW_ARRAY_LEN(kinds) && strcmp(e->kind, kinds[k].name) != 0)
		k++;
	if (k == CW_ARRAY_LEN(kinds))
		wrong = "kind";
	else if (!cw_time_parse(e->at, &at))
		wrong = "at";
	else if (!e->job_id[0])
		wrong = "jobId";
	else if (kinds[k].numbered != (e->document_id[0] != '\0'))
		wrong = "documentId";
	else if (kinds[k].digests ? !is_hash(e->json_sha256) : e->json_sha256[0] != '\0')
		wrong = "jsonSha256";
	else if (kinds[k].digests ? !is_hash(e->p7s_sha256) : e->p7s_sha256[0] != '\0')
		wrong = "p7sSha256";
	else if (!is_hash(e->identity_sha256))
		wrong = "identitySha256";
	if (wrong)
		return cw_fail(err, CW_E_USAGE, 0, wrong, NULL, _("The register takes no entry of this kind with such a value in \"%s\"."), wrong);
	return row_texts_check(e, err);
}

/* ---- checkpoint ---- */

static int cut_off(uint64_t size, uint64_t head, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`, and restore the register from its backup."),
		       _("The register was tampered with: it ended with %llu entries and another root when it was last added to, and has %llu now."), (unsigned long long)head,
		       (unsigned long long)size);
}

/* The stored tree is what is signed.  An entry that was changed behind it does not change what follows, and `check` finds it. */
static int checkpoint(struct cw_register *r, struct cw_checkpoint *out, struct cw_error *err)
{
	char head_root[CW_SHA256_HEX];
	uint8_t root[CW_SHA256_BYTES];
	uint64_t head = 0;
	int rc = tree_size(r, &out->size, err);

	if (!rc)
		rc = store_head(r, &head, head_root, err);
	if (!rc && head != out->size)
		return cut_off(out->size, head, err);
	if (!rc)
		rc = tree_root(r, out->size, root, err);
	if (rc)
		return rc;
	cw_hex(out->root, root, sizeof(root));
	cw_strlcpy(out->origin, r->origin, sizeof(out->origin));
	return strcmp(out->root, head_root) == 0 ? 0 : cut_off(out->size, head, err);
}

int cw_register_checkpoint(struct cw_register *r, struct cw_checkpoint *out, struct cw_error *err)
{
	struct cw_checkpoint now = { .size = 0 };
	int rc = checkpoint(r, &now, err);

	*out = now;
	if (rc)
		memset(out, 0, sizeof(*out));
	return rc;
}

/* ---- append ---- */

int row_insert(struct cw_register *r, const struct cw_entry *e, const uint8_t leaf_hash[CW_SHA256_BYTES], struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "INSERT INTO entries(" ROW_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)", err);
	const char *texts[TEXTS];
	bool bound = s && sqlite3_bind_int64(s, 1, (sqlite3_int64)e->index) == SQLITE_OK;

	if (!s)
		return err->code;
	texts_of(e, texts);
	for (size_t i = 0; i < TEXTS; i++)
		bound = bound && sqlite3_bind_text(s, 2 + (int)i, texts[i], -1, SQLITE_STATIC) == SQLITE_OK;
	bound = bound && sqlite3_bind_int(s, 15, e->laboratory != 0) == SQLITE_OK && sqlite3_bind_int(s, 16, e->closes_case != 0) == SQLITE_OK &&
		sqlite3_bind_blob(s, 17, leaf_hash, CW_SHA256_BYTES, SQLITE_STATIC) == SQLITE_OK;
	if (!bound || sqlite3_step(s) != SQLITE_DONE)
		return store_failed(r, err, _("The entry could not be added to the register."));
	return 0;
}

/* A certificate says that its job's start was entered before the medium was touched; without that entry it would be a false statement. */
static int start_check(struct cw_register *r, const struct cw_entry *e, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT 1 FROM entries WHERE job_id = ?1 AND kind = 'started'", err);

	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, e->job_id, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		return 0;
	return cw_fail(err, CW_E_STATE, 0, e->job_id, NULL, _("The register has no start of the job %s, so it takes no certificate for it."), e->job_id);
}

/* after: the checkpoint before, and what has become of it. */
static int grow(struct cw_register *r, const uint8_t leaf_hash[CW_SHA256_BYTES], struct cw_checkpoint *after, struct cw_error *err)
{
	uint8_t root[CW_SHA256_BYTES];
	struct cw_merkle m;
	int rc = tree_load(r, after->size, &m, err);

	if (!rc)
		rc = tree_grow(r, &m, leaf_hash, err);
	if (rc)
		return rc;
	cw_merkle_root(&m, root);
	after->size = m.n;
	cw_hex(after->root, root, sizeof(root));
	return store_head_set(r, after->size, after->root, err);
}

static int append_in_transaction(struct cw_register *r, const struct cw_entry *e, struct cw_checkpoint *after, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 };
	uint8_t hash[CW_SHA256_BYTES];
	struct cw_entry entry = *e;
	int rc = checkpoint(r, after, err);

	if (!rc && strcmp(e->kind, "certificate") == 0)
		rc = start_check(r, e, err);
	if (rc)
		return rc;
	entry.index = after->size;
	rc = row_leaf(&entry, &leaf, hash, err);
	if (!rc)
		rc = row_insert(r, &entry, hash, err);
	return rc ? rc : grow(r, hash, after, err);
}

int cw_register_append(struct cw_register *r, const struct cw_entry *e, struct cw_checkpoint *after, struct cw_error *err)
{
	int rc = entry_check(e, err);

	*after = (struct cw_checkpoint){ 0 };
	if (!rc)
		rc = store_exec(r, "BEGIN IMMEDIATE", err);
	if (rc)
		return rc;
	rc = append_in_transaction(r, e, after, err);
	if (!rc)
		rc = store_exec(r, "COMMIT", err);
	if (rc) {
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
		*after = (struct cw_checkpoint){ 0 };
		return rc;
	}
	/* The entry is durable already.  This moves it into register.db itself, so that a backup of that one file is whole; a signer without rights cannot do it on closing. */
	(void)sqlite3_wal_checkpoint_v2(r->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return 0;
}

/* ---- numbers of documents ---- */

/* Numbers of a year only grow, so the newest is the largest; read backwards it is found at once. */
int cw_register_next_document(struct cw_register *r, const char *at, char out[CW_NODE_MAX], struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT CAST(substr(document_id, 6) AS INTEGER) FROM entries WHERE substr(document_id, 1, 5) = ?1 "
						   "AND substr(document_id, 6) NOT GLOB '*[^0-9]*' AND length(document_id) < 20 ORDER BY idx DESC LIMIT 1", err);
	char year[6];
	int64_t unused;
	int step;

	if (!s)
		return err->code;
	if (!cw_time_parse(at, &unused))
		return cw_fail(err, CW_E_USAGE, 0, at, NULL, _("\"%s\" is no time."), at);
	snprintf(year, sizeof(year), "%.4s-", at);
	step = sqlite3_bind_text(s, 1, year, -1, SQLITE_STATIC) == SQLITE_OK ? sqlite3_step(s) : SQLITE_ERROR;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return store_failed(r, err, _("The next number of a document could not be found."));
	snprintf(out, CW_NODE_MAX, "%s%06lld", year, (step == SQLITE_ROW ? (long long)sqlite3_column_int64(s, 0) : 0) + 1);
	return 0;
}
