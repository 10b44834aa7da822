/* SPDX-License-Identifier: Apache-2.0 */
/* What shows to others that an entry is in the register: the signed checkpoint, and the proof that lies beside each document. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "proof.h"

int cw_register_note(struct cw_register *r, const struct cw_note_key *key, struct cw_buf *out, struct cw_error *err)
{
	struct cw_checkpoint now;
	int rc = cw_register_checkpoint(r, &now, err);

	return rc ? rc : cw_checkpoint_sign(key, &now, out, err);
}

static int leaf_at(struct cw_register *r, uint64_t index, struct cw_buf *leaf, struct cw_error *err)
{
	uint8_t hash[CW_SHA256_BYTES];
	struct row row;
	int rc = row_at(r, index, &row, err);

	if (!rc)
		rc = row_leaf(&row.e, leaf, hash, err);
	if (!rc && memcmp(row.leaf_sha256, hash, sizeof(hash)) != 0)
		rc = cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`."), _("The entry %llu was changed, so nothing can be proved about it."),
			     (unsigned long long)index);
	return rc;
}

int proof_at(struct cw_register *r, const struct cw_note_key *key, uint64_t index, uint64_t previous_size, const struct cw_checkpoint *c, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 }, note = { 0 };
	struct cw_hashes path = { .n = 0 }, consistency = { .n = 0 };
	int rc = leaf_at(r, index, &leaf, err);

	if (!rc)
		rc = cw_register_path(r, index, c->size, &path, err);
	if (!rc && previous_size < index)
		rc = cw_register_consistency(r, previous_size, c->size, &consistency, err);
	if (!rc)
		rc = cw_checkpoint_sign(key, c, &note, err);
	return rc ? rc : cw_tlog_proof_write(leaf.data, leaf.len, index, &path, previous_size < index ? &consistency : NULL, &note, out, err);
}

int cw_register_proof(struct cw_register *r, const struct cw_note_key *key, uint64_t index, uint64_t previous_size, struct cw_buf *out, struct cw_error *err)
{
	struct cw_checkpoint now;
	int rc = cw_register_checkpoint(r, &now, err);

	return rc ? rc : proof_at(r, key, index, previous_size, &now, out, err);
}

/* ---- beside a document ---- */

bool is_document_id(const char *id)
{
	size_t len = strlen(id);

	if (len < 11 || len > 20 || id[4] != '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (i != 4 && (id[i] < '0' || id[i] > '9'))
			return false;
	return true;
}

static int open_folder(int certificates_dirfd, const char *id, struct cw_error *err)
{
	char path[CW_TEXT_MAX];
	int fd;

	if (!is_document_id(id))
		return cw_fail(err, CW_E_NOT_FOUND, 0, id, NULL, _("\"%s\" is no number of a document."), id);
	snprintf(path, sizeof(path), "%.4s/%s", id, id);
	fd = openat(certificates_dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : cw_fail(err, CW_E_NO_EVIDENCE, errno, id, NULL, _("The folder of the document %s cannot be opened."), id);
}

/* The document as it was entered: only of that one may a proof be laid beside it. */
static int read_frame(int folder, const struct cw_entry *e, struct cw_payload_frame *frame, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf json = { 0 };
	CW_AUTO_JSON json_t *payload = NULL;
	char found[CW_SHA256_HEX];
	int rc = cw_file_read(folder, "evidence.json", CW_JSON_MAX_BYTES, &json, err);

	if (rc)
		return rc;
	cw_sha256_hex(json.data ? json.data : "", json.len, found);
	if (strcmp(found, e->json_sha256) != 0)
		return cw_fail(err, CW_E_INVALID, 0, e->document_id, _("Run `certwipe register check`."), _("The document %s is not the one that was entered in the register."),
			       e->document_id);
	rc = cw_json_parse_canonical(json.data, json.len, &payload, err);
	return rc ? rc : cw_payload_frame_of(payload, frame, err);
}

static int prove(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, const struct cw_entry *e, bool again, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf proof = { 0 };
	CW_AUTO_FD int folder = open_folder(certificates_dirfd, e->document_id, err);
	struct cw_payload_frame frame;
	struct cw_entry newest;
	int rc;

	if (folder < 0)
		return folder;
	if (!again && faccessat(folder, CW_PROOF_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	rc = read_frame(folder, e, &frame, err);
	if (rc || strcmp(frame.note_key, cw_note_key_hex(key)) != 0)
		return rc;
	rc = cw_register_newest(r, e, &newest, err);
	if (!rc)
		rc = cw_register_proof(r, key, newest.index, frame.previous_size, &proof, err);
	if (!rc)
		rc = cw_file_write(folder, CW_PROOF_NAME, proof.data, proof.len, 0640, again, err);
	return rc == CW_E_EXISTS ? 0 : rc;
}

int cw_register_prove(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, const char *document_id, struct cw_error *err)
{
	struct cw_entry e;
	int rc = cw_register_document(r, document_id, &e, err);

	return rc ? rc : prove(r, key, certificates_dirfd, &e, false, err);
}

int cw_register_prove_again(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, const char *document_id, struct cw_error *err)
{
	struct cw_entry e;
	int rc = cw_register_document(r, document_id, &e, err);

	return rc ? rc : prove(r, key, certificates_dirfd, &e, true, err);
}

int cw_register_prove_last(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT document_id FROM entries WHERE document_id <> '' ORDER BY idx DESC LIMIT 1", err);
	char id[CW_NODE_MAX] = "";
	int step;

	if (!s)
		return err->code;
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		cw_strlcpy(id, store_text(s, 0), sizeof(id));
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return store_failed(r, err, _("The register cannot be read."));
	return *id ? cw_register_prove(r, key, certificates_dirfd, id, err) : 0;
}
