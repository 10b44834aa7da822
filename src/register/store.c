/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite file: opening, settings, statements, errors. */
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

const char *store_text(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

void store_cleanup_stmt(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}

int store_exec(struct cw_register *r, const char *sql, struct cw_error *err)
{
	return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_failed(r, err, _("The register refused a command."));
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
	return rc ? rc : schema_check(r, origin, err);
}

int store_memory(const char *origin, struct cw_register **out, struct cw_error *err)
{
	struct cw_register *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	r->lock_fd = -1;
	r->guarded = true;
	cw_strlcpy(r->origin, origin, sizeof(r->origin));
	rc = sqlite3_open_v2(":memory:", &r->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK ? schema_migrate(r, origin, true, err) :
										    store_failed(r, err, _("There is no room in memory for a register."));
	if (rc)
		cw_register_free(r);
	else
		*out = r;
	return rc;
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

const char *cw_register_origin(const struct cw_register *r)
{
	return r->origin;
}
