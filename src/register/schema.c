/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in the SQLite file, and how older files become newer ones.  Anything in it that certwipe did not make is an error, because views and triggers of a stranger would run with
 * our rights.
 */
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define APPLICATION_ID 0x63777267 /* "cwrg" */
#define SCHEMA_VERSION 2

/*
 * Version that has it first, name, SQL exactly as sqlite_schema keeps it.  The triggers are a guard rail against accidents; against root the checkpoints outside are the guard.
 * meta: 'origin', and from version 2 on 'head', size and root that the last append left.
 */
static const struct { int since; const char *name, *sql; bool guard; } schema[] = {
	{ 1, "meta", "CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID", false },
	{ 1, "entries",
	  "CREATE TABLE entries(idx INTEGER PRIMARY KEY NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, job_id TEXT NOT NULL, document_id TEXT NOT NULL, outcome TEXT NOT NULL, "
	  "level TEXT NOT NULL, json_sha256 TEXT NOT NULL, p7s_sha256 TEXT NOT NULL, identity_sha256 TEXT NOT NULL, model TEXT NOT NULL, serial TEXT NOT NULL, "
	  "approval_number TEXT NOT NULL, asset_tag TEXT NOT NULL, laboratory INTEGER NOT NULL, closes_case INTEGER NOT NULL, leaf_sha256 BLOB NOT NULL) STRICT", false },
	{ 1, "entries_document", "CREATE UNIQUE INDEX entries_document ON entries(document_id) WHERE document_id <> ''", false },
	{ 1, "entries_job", "CREATE INDEX entries_job ON entries(job_id)", false },
	{ 1, "entries_identity", "CREATE INDEX entries_identity ON entries(identity_sha256)", false },
	{ 1, "entries_no_update", "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
	{ 1, "entries_no_delete", "CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
	{ 1, "entries_in_order", "CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM entries) "
	  "BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
	/* Hashes of the full subtrees above the leaves (tree.h). */
	{ 2, "nodes", "CREATE TABLE nodes(level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx)) STRICT, WITHOUT ROWID", false },
	{ 2, "nodes_no_update", "CREATE TRIGGER nodes_no_update BEFORE UPDATE ON nodes BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
	{ 2, "nodes_no_delete", "CREATE TRIGGER nodes_no_delete BEFORE DELETE ON nodes BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
};

static int read_integer(struct cw_register *r, const char *sql, sqlite3_int64 *out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, sql, err);

	if (!s)
		return err->code;
	if (sqlite3_step(s) != SQLITE_ROW)
		return store_failed(r, err, _("The register cannot be read."));
	*out = sqlite3_column_int64(s, 0);
	return 0;
}

static size_t schema_index(const char *name, const char *sql)
{
	size_t i = 0;

	while (i < CW_ARRAY_LEN(schema) && (strcmp(schema[i].name, name) != 0 || strcmp(schema[i].sql, sql) != 0))
		i++;
	return i;
}

/* Exactly our objects; only the guards may be missing, so that `check` can still tell what happened behind them. */
static int objects_check(struct cw_register *r, int version, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", err);
	bool seen[CW_ARRAY_LEN(schema)] = { false };
	int step;

	if (!s)
		return err->code;
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		size_t i = schema_index(store_text(s, 0), store_text(s, 1));

		if (i == CW_ARRAY_LEN(schema) || seen[i] || schema[i].since > version)
			return cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The register holds \"%s\", which certwipe did not make so."), store_text(s, 0));
		seen[i] = true;
	}
	if (step != SQLITE_DONE)
		return store_failed(r, err, _("The register cannot be read."));
	r->guarded = true;
	for (size_t i = 0; i < CW_ARRAY_LEN(schema); i++) {
		if (schema[i].since > version)
			continue;
		if (!seen[i] && !schema[i].guard)
			return cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The register lacks \"%s\"."), schema[i].name);
		r->guarded = r->guarded && seen[i];
	}
	return 0;
}

static int meta_set(struct cw_register *r, const char *key, const char *value, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2", err);

	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(s) != SQLITE_DONE)
		return store_failed(r, err, _("The register refused a command."));
	return 0;
}

int store_head_set(struct cw_register *r, uint64_t size, const char *root, struct cw_error *err)
{
	char value[CW_SHA256_HEX + 24];

	snprintf(value, sizeof(value), "%llu %s", (unsigned long long)size, root);
	return meta_set(r, "head", value, err);
}

static int objects_create(struct cw_register *r, int version, struct cw_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(schema); i++)
		if (schema[i].since == version)
			rc = store_exec(r, schema[i].sql, err);
	return rc;
}

static int version_1(struct cw_register *r, const char *origin, struct cw_error *err)
{
	int rc = objects_create(r, 1, err);

	if (!rc)
		rc = meta_set(r, "origin", origin, err);
	return rc ? rc : store_exec(r, "PRAGMA application_id = 1668772455", err);
}
_Static_assert(APPLICATION_ID == 1668772455 && SCHEMA_VERSION == 2, "a pragma takes no bound value");

/* The tree over the entries there are. */
static int version_2(struct cw_register *r, struct cw_error *err)
{
	uint8_t root[CW_SHA256_BYTES];
	char hex[CW_SHA256_HEX];
	struct cw_merkle m = { .n = 0 };
	int rc = objects_create(r, 2, err);

	if (!rc)
		rc = tree_build(r, &m, err);
	if (!rc) {
		cw_merkle_root(&m, root);
		cw_hex(hex, root, sizeof(root));
		rc = store_head_set(r, m.n, hex, err);
	} else if (rc == CW_E_INVALID) {
		rc = 0; /* a gap: without a head nothing is appended any more, and `check` can still say what is missing */
	}
	return rc ? rc : store_exec(r, "PRAGMA user_version = 2", err);
}

/* Version 0 is an empty file.  Each step leads from one version to the next, all in one transaction. */
static int schema_upgrade(struct cw_register *r, sqlite3_int64 version, const char *origin, struct cw_error *err)
{
	int rc = version <= 0 ? version_1(r, origin, err) : 0;

	if (!rc && version < 2)
		rc = version_2(r, err);
	return rc;
}

int schema_migrate(struct cw_register *r, const char *origin, bool create, struct cw_error *err)
{
	sqlite3_int64 version = 0, objects = 0;
	int rc = store_exec(r, "BEGIN IMMEDIATE", err);

	if (rc)
		return rc;
	rc = read_integer(r, "PRAGMA user_version", &version, err);
	if (!rc)
		rc = read_integer(r, "SELECT count(*) FROM sqlite_schema", &objects, err);
	if (!rc && version > SCHEMA_VERSION)
		rc = cw_fail(err, CW_E_STATE, 0, "register.db", _("Use the newer certwipe."), _("The register was made by a newer version of certwipe."));
	if (!rc && version <= 0 && objects > 0)
		rc = cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("register.db is a database, but no register of certwipe."));
	if (!rc && version <= 0 && !create)
		rc = cw_fail(err, CW_E_NO_FILE, 0, "register.db", NULL, _("There is no register yet."));
	if (!rc && version > 0 && version < SCHEMA_VERSION)
		rc = objects_check(r, (int)version, err); /* before its triggers and views, if it has foreign ones, see anything */
	if (!rc && version < SCHEMA_VERSION)
		rc = schema_upgrade(r, version, origin, err);
	if (!rc)
		rc = store_exec(r, "COMMIT", err);
	if (rc)
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int meta_get(struct cw_register *r, const char *key, char *out, size_t size, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT value FROM meta WHERE key = ?1", err);
	int step;

	*out = '\0';
	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
		return store_failed(r, err, _("The register cannot be read."));
	step = sqlite3_step(s);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return store_failed(r, err, _("The register cannot be read."));
	if (step == SQLITE_ROW && !cw_strlcpy(out, store_text(s, 0), size))
		*out = '\0';
	return 0;
}

int store_head(struct cw_register *r, uint64_t *size, char root[CW_SHA256_HEX], struct cw_error *err)
{
	char value[CW_SHA256_HEX + 24], *end = NULL;
	int rc = meta_get(r, "head", value, sizeof(value), err);

	if (rc)
		return rc;
	*size = strtoull(value, &end, 10);
	if (end == value || *end != ' ' || strlen(end + 1) != CW_SHA256_HEX - 1)
		return cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`, and restore the register from its backup."),
			       _("The register was tampered with: it does not say any more where it ended."));
	cw_strlcpy(root, end + 1, CW_SHA256_HEX);
	return 0;
}

int schema_check(struct cw_register *r, const char *origin, struct cw_error *err)
{
	int rc = objects_check(r, SCHEMA_VERSION, err);

	if (!rc)
		rc = meta_get(r, "origin", r->origin, sizeof(r->origin), err);
	if (rc)
		return rc;
	if (!r->origin[0])
		return cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The register does not say whose it is."));
	if (origin && strcmp(origin, r->origin) != 0)
		return cw_fail(err, CW_E_STATE, 0, "register.db", _("One station, one register: move the old one away together with its certificates, or use the station's own key."),
			       _("This register belongs to \"%s\", not to \"%s\"."), r->origin, origin);
	return 0;
}
