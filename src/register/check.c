/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks the whole register through and goes on after what it finds.  A row that was rewritten together with its leaf hash still changes every later root, and each document
 * names the root that it saw: that is what gives a rewritten log away, as long as documents are left, here or in other hands.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "proof.h"
#include "tree.h"

#define DOCUMENT_MAX_BYTES CW_JSON_MAX_BYTES

/* What the proof of a document says of the register, to be compared when all of it was read. */
struct promise { char document_id[CW_NODE_MAX], root[CW_SHA256_HEX]; uint64_t index, size; };

struct audit {
	struct cw_register *r;
	int state_dirfd;
	const struct cw_note_key *key;     /* NULL: none */
	struct findings *found;            /* the caller's */
	uint64_t expected;                 /* index of the next row */
	struct cw_merkle tree;
	uint8_t (*roots)[CW_SHA256_BYTES]; /* roots[n]: of the first n leaves; owned */
	size_t cap;
	struct promise *promises;          /* owned */
	size_t n_promises, room_promises;
	bool nodes_differ;                 /* told once */
	char note_key[CW_SHA256_HEX];      /* that the last document named */
	bool no_memory;
};

#define ABOUT(i) (&(const struct about){ .index = (i) })
#define FIND(a, i, ...) finding_add((a)->found, BROKEN, ABOUT(i), __VA_ARGS__)

/* ---- documents ---- */

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
		FIND(a, e->index, _("%s cannot be opened: %s."), path, strerror(errno));
		return false;
	}
	if (cw_fd_read(fd, path, DOCUMENT_MAX_BYTES, out, &err)) {
		FIND(a, e->index, "%s", err.message);
		return false;
	}
	cw_sha256_hex(out->len ? out->data : "", out->len, found);
	if (strcmp(found, sha256) != 0) {
		FIND(a, e->index, _("%s was changed: its SHA-256 is %s, the register has %s."), path, found, sha256);
		return false;
	}
	return true;
}

/* The document says which state of the register it followed on; this log must have been in that state. */
static void checkpoint_agrees(struct audit *a, const struct cw_entry *e, const struct cw_payload_frame *frame)
{
	char root[CW_SHA256_HEX] = "";

	if (frame->previous_size <= a->tree.n)
		cw_hex(root, a->roots[frame->previous_size], CW_SHA256_BYTES);
	if (strcmp(root, frame->previous_root) != 0)
		FIND(a, e->index, _("The register was rewritten: when %s was issued, its first %llu entries had another root."), e->document_id,
		     (unsigned long long)frame->previous_size);
	if (strcmp(frame->register_origin, a->r->origin) != 0 || strcmp(frame->document_id, e->document_id) != 0)
		FIND(a, e->index, _("The document in the place of %s is %s of the register \"%s\"."), e->document_id, frame->document_id, frame->register_origin);
}

static void key_agrees(struct audit *a, const struct cw_entry *e, const struct cw_payload_frame *frame)
{
	if (*a->note_key && *frame->note_key && strcmp(a->note_key, frame->note_key) != 0)
		finding_add(a->found, "key-changed", &(const struct about){ .index = e->index, .document_id = e->document_id },
			    _("From %s on the checkpoints of the register are signed with another key."), e->document_id);
	if (*frame->note_key)
		cw_strlcpy(a->note_key, frame->note_key, sizeof(a->note_key));
}

/* ---- proofs beside documents ---- */

/* A crash can have come between a document's entry and its proof.  What cannot be made good is told by the one who looks for the file. */
static void complete_proof(struct audit *a, const struct cw_entry *e)
{
	struct cw_error untold = { 0 };
	CW_AUTO_FD int certificates = a->key ? open_below(a->state_dirfd, "certificates", O_DIRECTORY) : -1;

	if (certificates >= 0 && cw_register_prove(a->r, a->key, certificates, e->document_id, &untold))
		return;
}

static bool remember_promise(struct audit *a, const struct cw_entry *e, const struct cw_order *o)
{
	if (a->n_promises == a->room_promises) {
		size_t room = a->room_promises ? 2 * a->room_promises : 64;
		void *more = reallocarray(a->promises, room, sizeof(a->promises[0]));

		if (!more)
			return false;
		a->promises = more;
		a->room_promises = room;
	}
	struct promise *p = &a->promises[a->n_promises++];

	*p = (struct promise){ .index = e->index, .size = o->size };
	cw_strlcpy(p->document_id, e->document_id, sizeof(p->document_id));
	cw_strlcpy(p->root, o->root, sizeof(p->root));
	return true;
}

static void proof_agrees(struct audit *a, const struct cw_entry *e, const json_t *payload, const struct cw_payload_frame *frame, struct cw_evidence_files *files)
{
	CW_AUTO_BUF struct cw_buf proof = { 0 };
	struct cw_order order;
	struct cw_error err = { 0 };
	char path[CW_TEXT_MAX];

	complete_proof(a, e);
	snprintf(path, sizeof(path), "certificates/%.4s/%s/" CW_PROOF_NAME, e->document_id, e->document_id);
	CW_AUTO_FD int fd = open_below(a->state_dirfd, path, 0);

	if (fd < 0) {
		finding_add(a->found, "missing-proof", &(const struct about){ .index = e->index, .document_id = e->document_id }, _("%s cannot be opened: %s."), path, strerror(errno));
		return;
	}
	if (cw_fd_read(fd, path, CW_PROOF_MAX_BYTES, &proof, &err)) {
		FIND(a, e->index, "%s", err.message);
		return;
	}
	files->proof = proof.data ? proof.data : "";
	files->proof_len = proof.len;
	int rc = cw_order_check(payload, frame, files, &order, &err);

	if (rc && rc != CW_E_NO_MEMORY)
		FIND(a, e->index, _("%s does not hold: %s"), path, err.message);
	else
		a->no_memory |= rc || !remember_promise(a, e, &order);
}

/* A proof may show more entries than came before it, so that it is compared at the end. */
static void promises_check(struct audit *a)
{
	char root[CW_SHA256_HEX];

	for (size_t i = 0; i < a->n_promises; i++) {
		const struct promise *p = &a->promises[i];

		if (p->size > a->tree.n) {
			FIND(a, p->index, _("The register was set back: the proof of %s shows %llu entries, and it has %llu."), p->document_id, (unsigned long long)p->size,
			     (unsigned long long)a->tree.n);
			continue;
		}
		cw_hex(root, a->roots[p->size], CW_SHA256_BYTES);
		if (strcmp(root, p->root) != 0)
			FIND(a, p->index, _("The register was rewritten: the proof of %s shows another root for its first %llu entries."), p->document_id,
			     (unsigned long long)p->size);
	}
}

static void attachments_agree(struct audit *a, const struct cw_entry *e, const json_t *payload)
{
	char path[CW_TEXT_MAX];
	struct cw_error err = { 0 };

	if (!json_array_size(json_object_get(json_object_get(payload, "destruction"), "attachments")))
		return;
	snprintf(path, sizeof(path), "certificates/%.4s/%s", e->document_id, e->document_id);
	CW_AUTO_FD int folder = open_below(a->state_dirfd, path, O_DIRECTORY);

	if (cw_attachments_check(folder, payload, &err))
		FIND(a, e->index, "%s: %s", e->document_id, err.message);
}

static void document_says(struct audit *a, const struct cw_entry *e, const struct cw_buf *json, const struct cw_buf *p7s)
{
	CW_AUTO_JSON json_t *payload = NULL;
	struct cw_payload_frame frame;
	struct cw_error err = { 0 };
	struct cw_evidence_files files = { .json = json->data, .json_len = json->len, .p7s = (const uint8_t *)p7s->data, .p7s_len = p7s->len };

	if (cw_json_parse_canonical(json->data, json->len, &payload, &err) || cw_payload_frame_of(payload, &frame, &err)) {
		FIND(a, e->index, _("The document %s cannot be read: %s"), e->document_id, err.message);
		return;
	}
	attachments_agree(a, e, payload);
	checkpoint_agrees(a, e, &frame);
	key_agrees(a, e, &frame);
	if (*frame.note_key && p7s->len)
		proof_agrees(a, e, payload, &frame, &files);
}

static void document_check(struct audit *a, const struct cw_entry *e)
{
	CW_AUTO_BUF struct cw_buf json = { 0 }, p7s = { 0 };
	struct cw_error err = { 0 };
	struct cw_entry newest;

	if (!is_document_id(e->document_id)) {
		FIND(a, e->index, _("\"%s\" is no number of a document."), e->document_id);
		return;
	}
	if (cw_register_newest(a->r, e, &newest, &err)) {
		FIND(a, e->index, "%s", err.message);
		return;
	}
	if (!file_agrees(a, e, "evidence.json.p7s", newest.p7s_sha256, &p7s))
		cw_buf_clear(&p7s);
	if (file_agrees(a, e, "evidence.json", e->json_sha256, &json))
		document_says(a, e, &json, &p7s);
}

/* ---- rows ---- */

/* What follows on a document comes after it. */
static void follows_check(struct audit *a, const struct cw_entry *e)
{
	struct cw_error err = { 0 };
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(a->r, "SELECT 1 FROM entries WHERE job_id = ?1 AND json_sha256 = ?2 AND document_id <> '' AND idx < ?3", &err);

	if (!s || sqlite3_bind_text(s, 1, e->job_id, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_bind_text(s, 2, e->json_sha256, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_bind_int64(s, 3, (sqlite3_int64)e->index) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		FIND(a, e->index, _("The entry follows on a document that is not in the register before it."));
}

static void leaf_check(struct audit *a, const struct row *row)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 };
	uint8_t hash[CW_SHA256_BYTES];
	struct cw_error err = { 0 };

	if (row_leaf(&row->e, &leaf, hash, &err) || memcmp(hash, row->leaf_sha256, sizeof(hash)) != 0)
		FIND(a, row->e.index, _("The entry was changed: its columns do not make its leaf hash."));
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
	cw_merkle_root(&a->tree, a->roots[a->tree.n]);
	return true;
}

/* Nodes that this leaf completes, as tree_grow() stored them. */
static void nodes_check(struct audit *a, const uint8_t leaf_hash[CW_SHA256_BYTES])
{
	uint8_t hash[CW_SHA256_BYTES], stored[CW_SHA256_BYTES];
	struct cw_error missing = { 0 };
	unsigned level = 0;

	memcpy(hash, leaf_hash, sizeof(hash));
	for (uint64_t n = a->tree.n; (n & 1) && !a->nodes_differ; n >>= 1) {
		cw_merkle_node(a->tree.stack[a->tree.depth - 1 - level], hash, hash);
		level++;
		a->nodes_differ = tree_hash(a->r, level, a->tree.n >> level, stored, &missing) || memcmp(stored, hash, sizeof(hash)) != 0;
		if (a->nodes_differ)
			FIND(a, a->tree.n, _("The hashes that are kept of the tree do not follow from the entries up to this one."));
	}
}

static int row_check(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	struct audit *a = user;
	const struct cw_entry *e = &row->e;

	if (e->index != a->expected)
		FIND(a, e->index, _("Entries are missing before this one: the entry %llu should come here."), (unsigned long long)a->expected);
	a->expected = e->index + 1;
	if (!ok)
		FIND(a, e->index, _("The entry was not written by certwipe: a column has a value that it never stores."));
	else
		leaf_check(a, row);
	if (ok && *e->document_id)
		document_check(a, e);
	else if (ok && strcmp(e->kind, "signed") == 0)
		follows_check(a, e);
	else if (ok && strcmp(e->kind, "started") != 0)
		statement_entry_check(a->r, a->state_dirfd, e, a->found);
	nodes_check(a, row->leaf_sha256);
	cw_merkle_add(&a->tree, row->leaf_sha256);
	return remember_root(a) ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}

/* ---- the file, and between rows ---- */

static int file_check(struct audit *a, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(a->r, "PRAGMA integrity_check(10)", err);
	int step;

	if (!s)
		return err->code;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		if (strcmp(store_text(s, 0), "ok") != 0)
			FIND(a, NO_INDEX, _("The register's file is damaged: %s."), store_text(s, 0));
	return step == SQLITE_DONE ? 0 : store_failed(a->r, err, _("The register cannot be read."));
}

int check_order(struct cw_register *r, struct findings *found, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT idx, document_id FROM entries AS c WHERE kind = 'certificate' AND NOT EXISTS "
							   "(SELECT 1 FROM entries AS s WHERE s.job_id = c.job_id AND s.kind = 'started' AND s.idx < c.idx) ORDER BY idx", err);
	int step;

	if (!s)
		return err->code;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		finding_add(found, BROKEN, ABOUT((uint64_t)sqlite3_column_int64(s, 0)), _("The certificate %s has no entry for the start of its job."), store_text(s, 1));
	return step == SQLITE_DONE ? 0 : store_failed(r, err, _("The register cannot be read."));
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
			finding_add(a->found, "unregistered-document", ABOUT(NO_INDEX), _("There is a document %s that was never registered, or whose entry was lost; it was moved aside."), entry->d_name);
		if (!is_document_id(entry->d_name))
			continue;
		rc = is_registered(a, entry->d_name, &known, err);
		if (!rc && !known)
			FIND(a, NO_INDEX, _("There is a document %s that the register does not have: its entry was never made, or was deleted."), entry->d_name);
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

static void head_check(struct audit *a)
{
	char head_root[CW_SHA256_HEX], root[CW_SHA256_HEX];
	struct cw_error err = { 0 };
	uint64_t head = 0;

	cw_hex(root, a->roots[a->tree.n], CW_SHA256_BYTES);
	if (store_head(a->r, &head, head_root, &err))
		FIND(a, NO_INDEX, "%s", err.message);
	else if (head != a->tree.n || strcmp(head_root, root) != 0)
		FIND(a, NO_INDEX, _("The register ended with %llu entries and the root %s when it was last added to; it has %llu now, and the root %s."), (unsigned long long)head,
		     head_root, (unsigned long long)a->tree.n, root);
}

static int look_through(struct audit *a, struct cw_error *err)
{
	int rc = remember_root(a) ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));

	if (!rc && !a->r->guarded)
		FIND(a, NO_INDEX, _("The register's guards against change were taken away."));
	if (!rc)
		rc = file_check(a, err);
	if (!rc)
		rc = rows_visit(a->r, row_check, a, err);
	if (rc)
		return rc;
	head_check(a);
	promises_check(a);
	rc = check_order(a->r, a->found, err);
	return rc ? rc : strays_check(a, err);
}

int check_whole(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, struct findings *found, struct cw_error *err)
{
	struct audit a = { .r = r, .state_dirfd = state_dirfd, .key = key, .found = found };
	int rc = look_through(&a, err);

	if (!rc && a.no_memory)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	free(a.roots);
	free(a.promises);
	return rc;
}
