/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks the whole register through and goes on after what it finds.  A row that was rewritten together with its leaf hash still changes every later root, and each document
 * names the root that it saw: that is what gives a rewritten log away, as long as documents are left, here or in other hands.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "merkle.h"
#include "store.h"

#define NO_INDEX UINT64_MAX
#define DOCUMENT_MAX_BYTES CW_JSON_MAX_BYTES

struct audit {
	struct cw_register *r;
	int state_dirfd;
	json_t *findings;
	uint64_t expected;                /* index of the next row */
	struct merkle tree;
	uint8_t (*roots)[CW_SHA256_BYTES]; /* roots[n]: of the first n leaves; owned */
	size_t cap;
	bool no_memory;
};

CW_PRINTF(4, 5) static void find(struct audit *a, uint64_t index, bool is_error, const char *fmt, ...)
{
	char text[CW_SERIAL_MAX], clean[CW_SERIAL_MAX];
	json_t *finding;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	cw_text_printable(clean, sizeof(clean), text, strlen(text));
	finding = json_pack("{s:s, s:s}", "severity", is_error ? "error" : "finding", "what", clean);
	if (finding && index != NO_INDEX && json_object_set_new(finding, "index", json_integer((json_int_t)index)) < 0)
		a->no_memory = true;
	if (json_array_append_new(a->findings, finding) < 0)
		a->no_memory = true;
}

/* ---- documents ---- */

/* "2026-000017": only such a name may become a path. */
static bool is_document_id(const char *id)
{
	size_t len = strlen(id);

	if (len < 11 || len > 20 || id[4] != '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (i != 4 && !isdigit((unsigned char)id[i]))
			return false;
	return true;
}

static int open_below(int dirfd, const char *path, int flags)
{
	return openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags);
}

/* false: reported. */
static bool file_agrees(struct audit *a, const struct cw_entry *e, const char *name, const char *sha256, struct cw_buf *out)
{
	char path[CW_TEXT_MAX], found[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	snprintf(path, sizeof(path), "certificates/%.4s/%s/%s", e->document_id, e->document_id, name);
	CW_AUTO_FD int fd = open_below(a->state_dirfd, path, 0);

	if (fd < 0) {
		find(a, e->index, true, _("%s cannot be opened: %s."), path, strerror(errno));
		return false;
	}
	if (cw_fd_read(fd, path, DOCUMENT_MAX_BYTES, out, &err)) {
		find(a, e->index, true, "%s", err.message);
		return false;
	}
	cw_sha256_hex(out->len ? out->data : "", out->len, found);
	if (strcmp(found, sha256) != 0) {
		find(a, e->index, true, _("%s was changed: its SHA-256 is %s, the register has %s."), path, found, sha256);
		return false;
	}
	return true;
}

/* The document says which state of the register it followed on; this log must have been in that state. */
static void checkpoint_agrees(struct audit *a, const struct cw_entry *e, const struct cw_buf *json)
{
	CW_AUTO_JSON json_t *payload = NULL;
	struct cw_payload_frame frame;
	struct cw_error err = { 0 };
	char root[CW_SHA256_HEX] = "";

	if (cw_json_parse_canonical(json->data, json->len, &payload, &err) || cw_payload_frame_of(payload, &frame, &err)) {
		find(a, e->index, true, _("The document %s cannot be read: %s"), e->document_id, err.message);
		return;
	}
	if (frame.previous_size <= a->tree.n)
		cw_hex(root, a->roots[frame.previous_size], CW_SHA256_BYTES);
	if (strcmp(root, frame.previous_root) != 0)
		find(a, e->index, true, _("The register was rewritten: when %s was issued, its first %llu entries had another root."), e->document_id,
		     (unsigned long long)frame.previous_size);
	if (strcmp(frame.register_origin, a->r->origin) != 0 || strcmp(frame.document_id, e->document_id) != 0)
		find(a, e->index, true, _("The document in the place of %s is %s of the register \"%s\"."), e->document_id, frame.document_id, frame.register_origin);
}

static void document_check(struct audit *a, const struct cw_entry *e)
{
	CW_AUTO_BUF struct cw_buf json = { 0 };
	CW_AUTO_BUF struct cw_buf p7s = { 0 };

	if (!is_document_id(e->document_id)) {
		find(a, e->index, true, _("\"%s\" is no number of a document."), e->document_id);
		return;
	}
	if (file_agrees(a, e, "evidence.json", e->json_sha256, &json))
		checkpoint_agrees(a, e, &json);
	(void)file_agrees(a, e, "evidence.json.p7s", e->p7s_sha256, &p7s);
}

/* ---- rows ---- */

static void leaf_check(struct audit *a, const struct row *row)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 };
	uint8_t hash[CW_SHA256_BYTES];
	struct cw_error err = { 0 };

	if (row_leaf(&row->e, &leaf, hash, &err) || memcmp(hash, row->leaf_sha256, sizeof(hash)) != 0)
		find(a, row->e.index, true, _("The entry was changed: its columns do not make its leaf hash."));
}

static bool remember_root(struct audit *a)
{
	if (a->tree.n >= a->cap) {
		size_t cap = a->cap ? 2 * a->cap : 256;
		void *more = reallocarray(a->roots, cap, sizeof(a->roots[0]));

		if (!more)
			return false;
		a->roots = more;
		a->cap = cap;
	}
	merkle_root(&a->tree, a->roots[a->tree.n]);
	return true;
}

static int row_check(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	struct audit *a = user;
	const struct cw_entry *e = &row->e;

	if (e->index != a->expected)
		find(a, e->index, true, _("Entries are missing before this one: the entry %llu should come here."), (unsigned long long)a->expected);
	a->expected = e->index + 1;
	if (!ok)
		find(a, e->index, true, _("The entry was not written by certwipe: a column has a value that it never stores."));
	else
		leaf_check(a, row);
	if (ok && strcmp(e->kind, "started") != 0)
		document_check(a, e);
	merkle_add(&a->tree, row->leaf_sha256);
	return remember_root(a) ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}

/* ---- between rows ---- */

static int each(struct audit *a, const char *sql, void (*visit)(struct audit *a, sqlite3_stmt *s), struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(a->r, sql, err);
	int step;

	if (!s)
		return err->code;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		visit(a, s);
	return step == SQLITE_DONE ? 0 : store_failed(a->r, err, _("The register cannot be read."));
}

static void open_start(struct audit *a, sqlite3_stmt *s)
{
	find(a, (uint64_t)sqlite3_column_int64(s, 0), false, _("The job %s was started, and nothing says how it ended."), (const char *)sqlite3_column_text(s, 1));
}

static void no_start(struct audit *a, sqlite3_stmt *s)
{
	find(a, (uint64_t)sqlite3_column_int64(s, 0), true, _("The certificate %s has no entry for the start of its job."), (const char *)sqlite3_column_text(s, 1));
}

static void integrity(struct audit *a, sqlite3_stmt *s)
{
	const char *text = (const char *)sqlite3_column_text(s, 0);

	if (!text || strcmp(text, "ok") != 0)
		find(a, NO_INDEX, true, _("The register's file is damaged: %s."), text ? text : "?");
}

static int order_check(struct audit *a, struct cw_error *err)
{
	int rc = each(a, "SELECT idx, job_id FROM entries AS s WHERE kind = 'started' AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.job_id = s.job_id AND e.kind <> 'started' "
		      "AND e.idx > s.idx) ORDER BY idx", open_start, err);

	return rc ? rc : each(a, "SELECT idx, document_id FROM entries AS c WHERE kind = 'certificate' AND NOT EXISTS (SELECT 1 FROM entries AS s WHERE s.job_id = c.job_id "
			      "AND s.kind = 'started' AND s.idx < c.idx) ORDER BY idx", no_start, err);
}

/* ---- documents without an entry: what is left when the end of the log was cut off ---- */

static int is_registered(struct audit *a, const char *id, bool *yes, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(a->r, "SELECT 1 FROM entries WHERE document_id = ?1 AND document_id <> ''", err);
	int step = s && sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC) == SQLITE_OK ? sqlite3_step(s) : SQLITE_ERROR;

	*yes = step == SQLITE_ROW;
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : store_failed(a->r, err, _("The register cannot be read."));
}

static void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}
#define AUTO_DIR __attribute__((cleanup(cleanup_dir)))

static DIR *dir_below(int dirfd, const char *name)
{
	int fd = open_below(dirfd, name, O_DIRECTORY);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static int year_check(struct audit *a, DIR *years, const char *year, struct cw_error *err)
{
	AUTO_DIR DIR *d = dir_below(dirfd(years), year);
	struct dirent *entry;
	bool known;
	int rc = 0;

	while (d && !rc && (entry = readdir(d))) {
		if (strstr(entry->d_name, ".unregistered-"))
			find(a, NO_INDEX, false, _("There is a document %s that was never registered, or whose entry was lost; it was moved aside."), entry->d_name);
		if (!is_document_id(entry->d_name))
			continue;
		rc = is_registered(a, entry->d_name, &known, err);
		if (!rc && !known)
			find(a, NO_INDEX, true, _("There is a document %s that the register does not have: its entry was never made, or was deleted."), entry->d_name);
	}
	return rc;
}

static int strays_check(struct audit *a, struct cw_error *err)
{
	AUTO_DIR DIR *years = dir_below(a->state_dirfd, "certificates");
	struct dirent *entry;
	int rc = 0;

	while (years && !rc && (entry = readdir(years)))
		if (entry->d_name[0] != '.')
			rc = year_check(a, years, entry->d_name, err);
	return rc;
}

int cw_register_check(struct cw_register *r, int state_dirfd, json_t **findings, struct cw_error *err)
{
	struct audit a = { .r = r, .state_dirfd = state_dirfd, .findings = json_array() };
	int rc = 0;

	*findings = NULL;
	if (!a.findings || !remember_root(&a))
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	if (!rc && !r->guarded)
		find(&a, NO_INDEX, true, _("The register's guards against change were taken away."));
	if (!rc)
		rc = each(&a, "PRAGMA integrity_check(10)", integrity, err);
	if (!rc)
		rc = rows_visit(r, row_check, &a, err);
	if (!rc)
		rc = order_check(&a, err);
	if (!rc)
		rc = strays_check(&a, err);
	if (!rc && a.no_memory)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	free(a.roots);
	if (rc)
		json_decref(a.findings);
	else
		*findings = a.findings;
	return rc;
}
