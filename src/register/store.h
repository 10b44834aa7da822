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
};

/* The error that SQLite has at hand; what: a whole sentence. */
int store_failed(struct cw_register *r, struct cw_error *err, const char *what);
/* NULL on failure, with *err filled in.  sql is a literal: values are bound. */
sqlite3_stmt *store_prepare(struct cw_register *r, const char *sql, struct cw_error *err);
CW_MUST_CHECK int store_exec(struct cw_register *r, const char *sql, struct cw_error *err);
void store_cleanup_stmt(sqlite3_stmt **s);
#define STORE_AUTO_STMT __attribute__((cleanup(store_cleanup_stmt)))

/* Columns in the order of struct cw_entry; every statement that reads rows begins so. */
#define ROW_COLUMNS "idx, kind, at, job_id, document_id, outcome, level, json_sha256, p7s_sha256, identity_sha256, model, serial, approval_number, asset_tag, " \
	"laboratory, closes_case, leaf_sha256"
struct row {
	struct cw_entry e;
	uint8_t leaf_sha256[CW_SHA256_BYTES];
};
/* false: somebody else wrote into this row (a type, length or text that certwipe never stores). */
CW_MUST_CHECK bool row_read(sqlite3_stmt *s, struct row *out);
/* Canonical JSON of the columns that are evidence, and its RFC 6962 leaf hash. */
CW_MUST_CHECK int row_leaf(const struct cw_entry *e, struct cw_buf *leaf, uint8_t hash[CW_SHA256_BYTES], struct cw_error *err);
json_t *row_json(const struct row *row); /* NULL when out of memory */

/* Calls for each row, oldest first; ok false: the row is unreadable and only row->e.index may be used.  Stops at a negative return. */
typedef int (*row_visit)(void *user, bool ok, const struct row *row, struct cw_error *err);
CW_MUST_CHECK int rows_visit(struct cw_register *r, row_visit visit, void *user, struct cw_error *err);

#endif
