/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite file: opening, schema, settings.  Anything in it that certwipe did not make is an error, because views and triggers of a stranger would run with our rights. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

#define BUSY_MS 30000 /* a signer holds it for a moment; a check of a large register takes longer */
#define LOCK_POLL_MS 20
#define APPLICATION_ID 0x63777267 /* "cwrg" */
#define SCHEMA_VERSION 1

/* name, type, SQL exactly as sqlite_schema keeps it.  The triggers are a guard rail against accidents; against root the checkpoints outside are the guard. */
static const struct { const char *name, *sql; bool guard; } schema[] = {
	{ "meta", "CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID", false },
	{ "entries",
	  "CREATE TABLE entries(idx INTEGER PRIMARY KEY NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, job_id TEXT NOT NULL, document_id TEXT NOT NULL, outcome TEXT NOT NULL, "
	  "level TEXT NOT NULL, json_sha256 TEXT NOT NULL, p7s_sha256 TEXT NOT NULL, identity_sha256 TEXT NOT NULL, model TEXT NOT NULL, serial TEXT NOT NULL, "
	  "approval_number TEXT NOT NULL, asset_tag TEXT NOT NULL, laboratory INTEGER NOT NULL, closes_case INTEGER NOT NULL, leaf_sha256 BLOB NOT NULL) STRICT", false },
	{ "entries_document", "CREATE UNIQUE INDEX entries_document ON entries(document_id) WHERE document_id <> ''", false },
	{ "entries_job", "CREATE INDEX entries_job ON entries(job_id)", false },
	{ "entries_identity", "CREATE INDEX entries_identity ON entries(identity_sha256)", false },
	{ "entries_no_update", "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
	{ "entries_no_delete", "CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
	{ "entries_in_order", "CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM entries) "
	  "BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END", true },
};

static enum cw_code code_of(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_NOMEM: return CW_E_NO_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_CONSTRAINT: return CW_E_INVALID;
	default: return CW_E_STATE;
	}
}

int store_failed(struct cw_register *r, struct cw_error *err, const char *what)
{
	int code = r->db ? sqlite3_extended_errcode(r->db) : SQLITE_NOMEM;

	return cw_fail(err, code_of(code), r->db ? sqlite3_system_errno(r->db) : 0, "register.db", _("Nothing was changed. Try again; if it stays, run `certwipe register check`."),
		       "%s (SQLite: %s)", what, r->db ? sqlite3_errmsg(r->db) : "out of memory");
}

sqlite3_stmt *store_prepare(struct cw_register *r, const char *sql, struct cw_error *err)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
		store_failed(r, err, _("The register cannot be read."));
	return s;
}

void store_cleanup_stmt(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}

int store_exec(struct cw_register *r, const char *sql, struct cw_error *err)
{
	return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_failed(r, err, _("The register refused a command."));
}

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

/* ---- schema ---- */

static int schema_create(struct cw_register *r, const char *origin, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(schema); i++)
		rc = store_exec(r, schema[i].sql, err);
	if (rc)
		return rc;
	s = store_prepare(r, "INSERT INTO meta(key, value) VALUES('origin', ?1)", err);
	if (!s)
		return err->code;
	if (sqlite3_bind_text(s, 1, origin, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(s) != SQLITE_DONE)
		return store_failed(r, err, _("The register could not be made."));
	rc = store_exec(r, "PRAGMA application_id = 1668772455", err);
	return rc ? rc : store_exec(r, "PRAGMA user_version = 1", err);
}
_Static_assert(APPLICATION_ID == 1668772455 && SCHEMA_VERSION == 1, "a pragma takes no bound value");

/* Version 0 is an empty file; the steps from one version to the next go here, each in this transaction. */
static int schema_migrate(struct cw_register *r, const char *origin, bool create, struct cw_error *err)
{
	sqlite3_int64 version = 0, objects = 0;
	int rc = store_exec(r, create ? "BEGIN IMMEDIATE" : "BEGIN", err);

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
	if (!rc && version <= 0)
		rc = schema_create(r, origin, err);
	if (!rc)
		rc = store_exec(r, "COMMIT", err);
	if (rc)
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static size_t schema_index(const char *name, const char *sql)
{
	size_t i = 0;

	while (i < CW_ARRAY_LEN(schema) && (strcmp(schema[i].name, name) != 0 || strcmp(schema[i].sql, sql) != 0))
		i++;
	return i;
}

static const char *text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

/* Exactly our objects; only the guards may be missing, so that `check` can still tell what happened behind them. */
static int schema_check(struct cw_register *r, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", err);
	bool seen[CW_ARRAY_LEN(schema)] = { false };
	int step;

	if (!s)
		return err->code;
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		size_t i = schema_index(text_of(s, 0), text_of(s, 1));

		if (i == CW_ARRAY_LEN(schema) || seen[i])
			return cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The register holds \"%s\", which certwipe did not make so."), text_of(s, 0));
		seen[i] = true;
	}
	if (step != SQLITE_DONE)
		return store_failed(r, err, _("The register cannot be read."));
	r->guarded = true;
	for (size_t i = 0; i < CW_ARRAY_LEN(schema); i++) {
		if (!seen[i] && !schema[i].guard)
			return cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The register lacks \"%s\"."), schema[i].name);
		r->guarded = r->guarded && seen[i];
	}
	return 0;
}

static int origin_check(struct cw_register *r, const char *origin, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT value FROM meta WHERE key = 'origin'", err);

	if (!s)
		return err->code;
	if (sqlite3_step(s) != SQLITE_ROW || !cw_strlcpy(r->origin, text_of(s, 0), sizeof(r->origin)) || !r->origin[0])
		return cw_fail(err, CW_E_INVALID, 0, "register.db", NULL, _("The register does not say whose it is."));
	if (origin && strcmp(origin, r->origin) != 0)
		return cw_fail(err, CW_E_STATE, 0, "register.db", _("One station, one register: move the old one away together with its certificates, or use the station's own key."),
			       _("This register belongs to \"%s\", not to \"%s\"."), r->origin, origin);
	return 0;
}

/* ---- open ---- */

/*
 * SQLite would make the file readable for all, and lets two that wait for each other's exclusive lock starve, so the file is made and locked here.  The descriptor stays open as
 * long as the register: closing it would drop this process's other locks on the file.
 */
static int store_lock(struct cw_register *r, const char *path, bool create, struct cw_error *err)
{
	r->lock_fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	if (r->lock_fd < 0 && errno == ENOENT && !create)
		return cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("There is no register yet."));
	if (r->lock_fd < 0)
		return cw_fail(err, CW_E_STATE, errno, path, NULL, _("The register cannot be opened."));
	for (int waited_ms = 0; flock(r->lock_fd, LOCK_EX | LOCK_NB) < 0; waited_ms += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return cw_fail(err, CW_E_STATE, errno, path, NULL, _("The register cannot be locked."));
		if (waited_ms >= BUSY_MS)
			return cw_fail(err, CW_E_STATE, 0, path, _("Wait until the other one is done, and try again."), _("Another certwipe has held the register for %d seconds."),
				       BUSY_MS / 1000);
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_POLL_MS * 1000000L }, NULL);
	}
	return 0;
}

static int parent_sync(const char *path, struct cw_error *err)
{
	const char *slash = strrchr(path, '/');
	CW_AUTO_FREE char *parent = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");

	return parent ? cw_dir_sync(AT_FDCWD, parent, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}

static int configure(struct cw_register *r, struct cw_error *err)
{
	sqlite3_busy_timeout(r->db, BUSY_MS);
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, 1 << 20);
	sqlite3_limit(r->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(r->db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/*
	 * EXCLUSIVE keeps every file open from the first read on (and needs no -shm): the signer opens the register while it still may, then gives its rights up.
	 */
	return store_exec(r, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
}

static int open_store(struct cw_register *r, const char *path, const char *origin, bool create, struct cw_error *err)
{
	int rc;

	if (create && (!origin || !*origin || !cw_text_is_printable(origin) || strlen(origin) >= CW_TEXT_MAX))
		return cw_fail(err, CW_E_USAGE, 0, path, NULL, _("A register needs an origin, such as organisation/station."));
	rc = store_lock(r, path, create, err);
	if (!rc && create)
		rc = parent_sync(path, err);
	if (rc)
		return rc;
	if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return store_failed(r, err, _("The register cannot be opened."));
	rc = configure(r, err);
	if (!rc)
		rc = schema_migrate(r, origin, create, err);
	if (!rc)
		rc = schema_check(r, err);
	return rc ? rc : origin_check(r, origin, err);
}

int cw_register_open(const char *path, const char *origin, bool create, struct cw_register **out, struct cw_error *err)
{
	struct cw_register *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	r->lock_fd = -1;
	rc = open_store(r, path, origin, create, err);
	if (rc)
		cw_register_free(r);
	else
		*out = r;
	return rc;
}

void cw_register_free(struct cw_register *r)
{
	if (!r)
		return;
	sqlite3_close(r->db);
	if (r->lock_fd >= 0)
		close(r->lock_fd);
	free(r);
}
