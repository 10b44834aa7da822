/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exported folder, read by whoever was given it: nothing in it is believed before it follows from the root that the reader pinned.  Root -> manifest (CMS) -> checkpoint (the key
 * that the manifest names) -> leaves (they make its root) -> subjects (their digests stand in the leaves).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proof.h"
#include "tree.h"

#define MANIFEST_MAX_BYTES 65536u
#define LINE_MAX_BYTES 8192

struct reading {
	int dirfd;
	const char *roots_pem;
	size_t roots_len;
	struct cw_export *out;
	struct cw_buf manifest, note;
	struct cw_merkle tree;
	FILE *leaves, *subjects; /* subjects NULL: left out */
};

#define INVALID(err, where, ...) cw_fail(err, CW_E_INVALID, 0, where, NULL, __VA_ARGS__)

static int read_part(struct reading *x, const char *name, size_t most, struct cw_buf *out, struct cw_error *err)
{
	struct cw_error why = { 0 };

	int rc = cw_file_read(x->dirfd, name, most, out, &why);

	if (rc == CW_E_NO_MEMORY)
		*err = why;
	else if (rc)
		rc = INVALID(err, name, _("The file %s of the export cannot be read: %s"), name, why.message);
	return rc;
}

/* ---- manifest ---- */

static bool take(const json_t *object, const char *key, char *out, size_t size)
{
	const char *text = cw_json_str(object, key, "");

	return *text && cw_text_is_printable(text) && cw_strlcpy(out, text, size);
}

static bool is_hash(const char *hex)
{
	uint8_t bytes[CW_SHA256_BYTES];

	return cw_unhex(bytes, sizeof(bytes), hex);
}

static bool take_manifest(struct cw_export *out, const json_t *j, int64_t *issued, char signer[CW_SHA256_HEX])
{
	const json_t *reg = json_object_get(j, "register"), *signatory = json_array_get(json_object_get(j, "signatories"), 0);
	char type[CW_NODE_MAX], at[CW_TIME_TEXT];

	out->checkpoint.size = cw_json_u64(reg, "size", UINT64_MAX);
	return take(j, "type", type, sizeof(type)) && strcmp(type, CW_TYPE_EXPORT) == 0 && strcmp(cw_json_str(j, "version", ""), "1.0") == 0 && take(j, "issuedAt", at, sizeof(at)) &&
	       cw_time_parse(at, issued) && take(reg, "origin", out->checkpoint.origin, sizeof(out->checkpoint.origin)) &&
	       take(reg, "root", out->checkpoint.root, sizeof(out->checkpoint.root)) && is_hash(out->checkpoint.root) &&
	       take(reg, "noteKeyHex", out->note_key, sizeof(out->note_key)) && is_hash(out->note_key) && out->checkpoint.size <= INT64_MAX &&
	       json_array_size(json_object_get(j, "signatories")) == 1 && take(signatory, "certSha256", signer, CW_SHA256_HEX);
}

static int check_manifest(struct reading *x, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	CW_AUTO_JSON json_t *j = NULL;
	char wanted[CW_SHA256_HEX], signer[CW_SHA256_HEX];
	int64_t issued = 0;
	int rc = read_part(x, CW_EXPORT_MANIFEST, MANIFEST_MAX_BYTES, &x->manifest, err);

	if (!rc)
		rc = read_part(x, CW_EXPORT_SIGNATURE, MANIFEST_MAX_BYTES, &p7s, err);
	if (!rc)
		rc = cw_json_parse_canonical(x->manifest.data ? x->manifest.data : "", x->manifest.len, &j, err);
	if (rc)
		return rc;
	if (!take_manifest(x->out, j, &issued, wanted))
		return INVALID(err, CW_EXPORT_MANIFEST, _("export.json is no manifest of a register's export."));
	cw_strlcpy(x->out->result.type, CW_TYPE_EXPORT, sizeof(x->out->result.type));
	rc = cw_cms_check(x->manifest.data, x->manifest.len, (const uint8_t *)p7s.data, p7s.len, x->roots_pem, x->roots_len, issued, signer, err);
	if (rc && rc != CW_E_CANNOT_TELL)
		return rc;
	if (strcmp(signer, wanted) != 0)
		return INVALID(err, CW_EXPORT_MANIFEST, _("The export wants the signature of the certificate %s; it was signed with %s."), wanted, signer);
	return rc;
}

static int check_checkpoint(struct reading *x, struct cw_error *err)
{
	const struct cw_checkpoint *c = &x->out->checkpoint;
	struct cw_signed_note note = { .text = NULL };
	struct cw_tree_head head = { .size = 0 };
	char name[CW_SERIAL_MAX];
	int rc = read_part(x, CW_EXPORT_CHECKPOINT, CW_NOTE_MAX_BYTES, &x->note, err);

	cw_log_name(c->origin, name);
	if (!rc)
		rc = cw_note_parse(x->note.data ? x->note.data : "", x->note.len, &note, err);
	if (!rc)
		rc = cw_tree_head_parse(note.text, note.text_len, &head, err);
	if (!rc)
		rc = cw_note_verify(&note, name, x->out->note_key, err);
	if (!rc && (strcmp(head.name, name) != 0 || head.size != c->size || strcmp(head.root, c->root) != 0))
		rc = INVALID(err, CW_EXPORT_CHECKPOINT, _("The checkpoint is not the one that export.json names."));
	return rc;
}

/* ---- leaves ---- */

/* One line without its line feed.  1; 0 at the end; -1: too long, or torn. */
static int next_line(FILE *f, char line[LINE_MAX_BYTES], size_t *len)
{
	if (!fgets(line, LINE_MAX_BYTES, f))
		return ferror(f) ? -1 : 0;
	*len = strlen(line);
	if (!*len || line[*len - 1] != '\n')
		return -1;
	line[--*len] = '\0';
	return 1;
}

static bool take_leaf(const json_t *j, struct cw_entry *e, char subject[CW_SHA256_HEX])
{
	const struct { const char *key; char *to; size_t size; } texts[] = {
		{ "kind", e->kind, sizeof(e->kind) }, { "at", e->at, sizeof(e->at) }, { "jobId", e->job_id, sizeof(e->job_id) }, { "outcome", e->outcome, sizeof(e->outcome) },
		{ "documentId", e->document_id, sizeof(e->document_id) }, { "level", e->level, sizeof(e->level) }, { "jsonSha256", e->json_sha256, sizeof(e->json_sha256) },
		{ "p7sSha256", e->p7s_sha256, sizeof(e->p7s_sha256) }, { "identitySha256", e->identity_sha256, sizeof(e->identity_sha256) },
		{ "subjectSha256", subject, CW_SHA256_HEX },
	};
	bool ok = true;

	e->index = cw_json_u64(j, "index", UINT64_MAX);
	e->laboratory = cw_json_bool(j, "laboratory", false);
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		ok = cw_strlcpy(texts[i].to, cw_json_str(j, texts[i].key, ""), texts[i].size) && ok;
	return ok;
}

/* What makes the same line again is understood in full; anything else was written by a later version, or by somebody else. */
static int parse_leaf(const char *line, size_t len, struct cw_entry *e, char subject[CW_SHA256_HEX], struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf again = { 0 };
	CW_AUTO_JSON json_t *j = NULL;
	int rc = cw_json_parse_canonical(line, len, &j, err);

	if (rc)
		return rc;
	if (!take_leaf(j, e, subject) || row_leaf_of_subject(e, subject, &again, err) || again.len != len || memcmp(again.data, line, len) != 0)
		return cw_fail(err, CW_E_CANNOT_TELL, 0, CW_EXPORT_LEAVES, _("Verify with a newer certwipe."), _("A line of the export has a form that this version does not know."));
	return row_texts_check(e, err);
}

static int parse_subject(const char *line, size_t len, const char *wanted_sha256, struct cw_entry *e, struct cw_error *err)
{
	CW_AUTO_JSON json_t *j = NULL;
	char sha256[CW_SHA256_HEX];
	int rc = cw_json_parse_canonical(line, len, &j, err);

	cw_sha256_hex(line, len, sha256);
	if (!rc && strcmp(sha256, wanted_sha256) != 0)
		return INVALID(err, CW_EXPORT_SUBJECTS, _("The medium of the entry %llu was changed in the export: the entry has another digest of it."), (unsigned long long)e->index);
	if (rc)
		return rc;
	if (!cw_strlcpy(e->model, cw_json_str(j, "model", ""), sizeof(e->model)) || !cw_strlcpy(e->serial, cw_json_str(j, "serial", ""), sizeof(e->serial)) ||
	    !cw_strlcpy(e->approval_number, cw_json_str(j, "approvalNumber", ""), sizeof(e->approval_number)) ||
	    !cw_strlcpy(e->asset_tag, cw_json_str(j, "assetTag", ""), sizeof(e->asset_tag)))
		return INVALID(err, CW_EXPORT_SUBJECTS, _("A text in the export is too long."));
	e->closes_case = cw_json_bool(j, "closesCase", false);
	return row_texts_check(e, err);
}

static int take_entry(struct reading *x, const char *line, size_t len, struct cw_error *err)
{
	char text[LINE_MAX_BYTES], subject[CW_SHA256_HEX];
	uint8_t hash[CW_SHA256_BYTES];
	struct cw_entry e = { .index = 0 };
	size_t n = 0;
	int rc = parse_leaf(line, len, &e, subject, err);

	if (!rc && e.index != x->tree.n)
		rc = INVALID(err, CW_EXPORT_LEAVES, _("The entry %llu stands in the place %llu of the export."), (unsigned long long)e.index, (unsigned long long)x->tree.n);
	if (!rc && x->subjects && next_line(x->subjects, text, &n) != 1)
		rc = INVALID(err, CW_EXPORT_SUBJECTS, _("The export does not name the medium of the entry %llu."), (unsigned long long)e.index);
	if (!rc && x->subjects)
		rc = parse_subject(text, n, subject, &e, err);
	if (rc)
		return rc;
	cw_merkle_leaf(line, len, hash);
	rc = row_insert(x->out->log, &e, hash, err);
	return rc ? rc : tree_grow(x->out->log, &x->tree, hash, err);
}

static int take_entries(struct reading *x, struct cw_error *err)
{
	const struct cw_checkpoint *c = &x->out->checkpoint;
	char line[LINE_MAX_BYTES], root[CW_SHA256_HEX];
	uint8_t hash[CW_SHA256_BYTES];
	size_t len = 0;
	int more, rc = 0;

	while ((more = next_line(x->leaves, line, &len)) == 1 && !rc)
		rc = take_entry(x, line, len, err);
	if (rc)
		return rc;
	cw_merkle_root(&x->tree, hash);
	cw_hex(root, hash, sizeof(hash));
	if (more < 0 || x->tree.n != c->size || strcmp(root, c->root) != 0)
		return INVALID(err, CW_EXPORT_LEAVES, _("The entries in the export are not those of its checkpoint: they are %llu and make the root %s; it says %llu and %s."),
			       (unsigned long long)x->tree.n, root, (unsigned long long)c->size, c->root);
	if (x->subjects && next_line(x->subjects, line, &len) != 0)
		return INVALID(err, CW_EXPORT_SUBJECTS, _("The export names more media than it has entries."));
	return store_head_set(x->out->log, c->size, c->root, err);
}

static FILE *open_lines(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;

	if (!f && fd >= 0)
		close(fd);
	return f;
}

static int check_leaves(struct reading *x, struct cw_error *err)
{
	struct cw_register *log = NULL;
	int rc = store_memory(x->out->checkpoint.origin, &log, err);

	x->out->log = log;
	if (!rc)
		rc = store_exec(log, "BEGIN", err);
	if (rc)
		return rc;
	x->leaves = open_lines(x->dirfd, CW_EXPORT_LEAVES);
	x->subjects = open_lines(x->dirfd, CW_EXPORT_SUBJECTS);
	x->out->has_subjects = x->subjects != NULL;
	log->anonymous = !x->subjects;
	rc = x->leaves ? take_entries(x, err) : INVALID(err, CW_EXPORT_LEAVES, _("The file %s of the export cannot be read."), CW_EXPORT_LEAVES);
	if (x->leaves)
		fclose(x->leaves);
	if (x->subjects)
		fclose(x->subjects);
	return rc ? rc : store_exec(log, "COMMIT", err);
}

/* ---- proofs ---- */

/* The note stands at the end of what was parsed. */
static bool ends_with_note(const struct cw_buf *text, const struct cw_tlog_proof *p, const struct cw_buf *note)
{
	size_t len = text->len - (size_t)(p->note.text - text->data);

	return len == note->len && memcmp(p->note.text, note->data, len) == 0;
}

/* Those that are there: whoever needs one of them must be able to rely on it. */
static int check_proof(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	struct reading *x = user;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_tlog_proof p = { .leaf = NULL };
	uint8_t root[CW_SHA256_BYTES];
	char name[CW_TEXT_MAX];
	int rc;

	if (!ok || !is_document_id(row->e.document_id))
		return 0;
	snprintf(name, sizeof(name), CW_EXPORT_PROOFS "/%s.tlog-proof", row->e.document_id);
	if (faccessat(x->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	rc = read_part(x, name, CW_PROOF_MAX_BYTES, &text, err);
	if (!rc)
		rc = cw_tlog_proof_parse(text.data ? text.data : "", text.len, &p, err);
	if (!rc && (p.index != row->e.index || memcmp(p.leaf_hash, row->leaf_sha256, sizeof(p.leaf_hash)) != 0 || !cw_unhex(root, sizeof(root), p.head.root) ||
		    !cw_merkle_included(p.leaf_hash, p.index, p.head.size, &p.path, root) ||
		    !ends_with_note(&text, &p, &x->note)))
		rc = INVALID(err, name, _("%s does not lead from the document's entry to the checkpoint of the export."), name);
	cw_tlog_proof_clear(&p);
	return rc;
}

static int check_proofs(struct reading *x, struct cw_error *err)
{
	return rows_visit(x->out->log, check_proof, x, err);
}

/* ---- the whole ---- */

static const struct {
	const char *name;
	int (*run)(struct reading *x, struct cw_error *err);
} steps[] = {
	{ "manifest", check_manifest }, { "checkpoint", check_checkpoint }, { "leaves", check_leaves }, { "proofs", check_proofs },
};

void cw_export_read(int dirfd, const char *roots_pem, size_t roots_len, struct cw_export *out)
{
	struct reading x = { .dirfd = dirfd, .roots_pem = roots_pem, .roots_len = roots_len, .out = out };
	bool whole = true;

	*out = (struct cw_export){ .result = { .finding = CW_FINDING_VALID } };
	for (size_t i = 0; whole && i < CW_ARRAY_LEN(steps); i++) {
		struct cw_error err = { 0 };
		int rc = steps[i].run(&x, &err);

		cw_verify_record(&out->result, steps[i].name, rc, &err);
		whole = rc == 0 || (rc == CW_E_CANNOT_TELL && i == 0); /* without a pinned root the rest is looked at, too */
	}
	if (!whole) {
		cw_register_free(out->log);
		out->log = NULL;
	}
	cw_buf_clear(&x.manifest);
	cw_buf_clear(&x.note);
}

void cw_export_clear(struct cw_export *x)
{
	cw_register_free(x->log);
	x->log = NULL;
}
