/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the register share: the open store, statements, and one row. */
#ifndef STORE_H
#define STORE_H

#include <sqlite3.h>

#include "certwipe/register.h"

struct cw_register {
	sqlite3 *db;
	int lock_fd;
	char origin[CW_TEXT_MAX];
	bool guarded; /* the append-only triggers are there */
	bool anonymous; /* an export without subjects: no serial numbers, no asset tags, and nobody knows what closed a case */
};

/* The error that SQLite has at hand; what: a whole sentence. */
int store_failed(struct cw_register *r, struct cw_error *err, const char *what);
/* NULL on failure, with *err filled in.  sql is a literal: values are bound. */
sqlite3_stmt *store_prepare(struct cw_register *r, const char *sql, struct cw_error *err);
CW_MUST_CHECK int store_exec(struct cw_register *r, const char *sql, struct cw_error *err);
const char *store_text(sqlite3_stmt *s, int column); /* "" for what is no text */
void store_cleanup_stmt(sqlite3_stmt **s);
#define STORE_AUTO_STMT __attribute__((cleanup(store_cleanup_stmt)))

/* schema.c: brings the file to this version's form; then looks whether it holds that and nothing else, and whose register it is (origin NULL: any). */
CW_MUST_CHECK int schema_migrate(struct cw_register *r, const char *origin, bool create, struct cw_error *err);
CW_MUST_CHECK int schema_check(struct cw_register *r, const char *origin, struct cw_error *err);
/* What the last append left, so that a cut-off end is seen without reading all: size and root. */
CW_MUST_CHECK int store_head(struct cw_register *r, uint64_t *size, char root[CW_SHA256_HEX], struct cw_error *err);
CW_MUST_CHECK int store_head_set(struct cw_register *r, uint64_t size, const char *root, struct cw_error *err);
/* One that lives in memory: of an export. */
CW_MUST_CHECK int store_memory(const char *origin, struct cw_register **out, struct cw_error *err);

/* Columns in the order of struct cw_entry; every statement that reads rows begins so. */
#define ROW_COLUMNS "idx, kind, at, job_id, document_id, outcome, level, json_sha256, p7s_sha256, identity_sha256, model, serial, approval_number, asset_tag, " \
	"laboratory, closes_case, leaf_sha256"
struct row {
	struct cw_entry e;
	uint8_t leaf_sha256[CW_SHA256_BYTES];
};
/* false: somebody else wrote into this row (a type, length or text that certwipe never stores). */
CW_MUST_CHECK bool row_read(sqlite3_stmt *s, struct row *out);
/* CW_E_NOT_FOUND; CW_E_INVALID when somebody else wrote into it. */
CW_MUST_CHECK int row_at(struct cw_register *r, uint64_t index, struct row *out, struct cw_error *err);
CW_MUST_CHECK int row_insert(struct cw_register *r, const struct cw_entry *e, const uint8_t leaf_hash[CW_SHA256_BYTES], struct cw_error *err);
/* Canonical JSON of the columns that serve search and cases; a leaf holds its SHA-256. */
CW_MUST_CHECK int row_subject(const struct cw_entry *e, struct cw_buf *out, struct cw_error *err);
/* Canonical JSON of the columns that are evidence, and its RFC 6962 leaf hash. */
CW_MUST_CHECK int row_leaf(const struct cw_entry *e, struct cw_buf *leaf, uint8_t hash[CW_SHA256_BYTES], struct cw_error *err);
CW_MUST_CHECK int row_leaf_of_subject(const struct cw_entry *e, const char *subject_sha256, struct cw_buf *leaf, struct cw_error *err); /* where the subject itself is not known */
CW_MUST_CHECK int row_texts_check(const struct cw_entry *e, struct cw_error *err); /* printable, all of them */
json_t *row_json(const struct row *row); /* NULL when out of memory */

/* Calls for each row, oldest first; ok false: the row is unreadable and only row->e.index may be used.  Stops at a negative return. */
typedef int (*row_visit)(void *user, bool ok, const struct row *row, struct cw_error *err);
CW_MUST_CHECK int rows_visit(struct cw_register *r, row_visit visit, void *user, struct cw_error *err);
/* The same for the rows of a statement that begins with ROW_COLUMNS. */
CW_MUST_CHECK int rows_of(struct cw_register *r, sqlite3_stmt *s, row_visit visit, void *user, struct cw_error *err);

#endif
