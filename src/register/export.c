/* SPDX-License-Identifier: Apache-2.0 */
/* What an auditor is given of the register.  The manifest is the station's own word, signed as a document is: this is my whole register, and this key signs its checkpoints. */
#include <string.h>

#include "proof.h"

int cw_export_manifest(const struct cw_payload_frame *frame, const struct cw_checkpoint *c, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_JSON json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:[{s:s, s:s}], s:{s:s, s:I, s:s, s:s}}", "schema", "certwipe/register-export/1", "type", CW_TYPE_EXPORT,
					   "version", "1.0", "issuedAt", frame->issued_at, "organisation", "name", frame->organisation, "station", frame->station, "signatories", "role",
					   "station", "certSha256", frame->signer_cert_sha256, "register", "origin", c->origin, "size", (json_int_t)c->size, "root", c->root,
					   "noteKeyHex", frame->note_key);

	return j ? cw_json_canonical(j, out, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}

/* ---- entries, page by page ---- */

struct page {
	struct cw_register *r;
	const struct cw_note_key *key;
	const struct cw_checkpoint *c;
	json_t *list;
};

static int add_proof(const struct page *p, const struct cw_entry *e, json_t *line, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf proof = { 0 };
	int rc = proof_at(p->r, p->key, e->index, e->index, p->c, &proof, err);

	if (rc)
		return rc;
	if (json_object_set_new(line, "documentId", json_string(e->document_id)) < 0 || json_object_set_new(line, "proof", json_stringn(proof.data, proof.len)) < 0)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	return 0;
}

static int add_line(void *user, bool ok, const struct row *row, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 }, subject = { 0 };
	const struct page *p = user;
	uint8_t hash[CW_SHA256_BYTES];
	int rc = ok ? row_leaf(&row->e, &leaf, hash, err) : CW_E_INVALID;

	if (!rc)
		rc = row_subject(&row->e, &subject, err);
	if (rc || memcmp(hash, row->leaf_sha256, sizeof(hash)) != 0)
		return cw_fail(err, CW_E_INVALID, 0, "register.db", _("Run `certwipe register check`."), _("The entry %llu was changed, so the register cannot be exported."),
			       (unsigned long long)row->e.index);
	CW_AUTO_JSON json_t *line = json_pack("{s:s, s:s}", "leaf", leaf.data, "subject", subject.data);

	if (line && is_document_id(row->e.document_id))
		rc = add_proof(p, &row->e, line, err);
	if (!rc && json_array_append(p->list, line) < 0)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	return rc;
}

int cw_register_page(struct cw_register *r, const struct cw_note_key *key, uint64_t index, uint64_t size, json_t **out, struct cw_error *err)
{
	STORE_AUTO_STMT sqlite3_stmt *s = store_prepare(r, "SELECT " ROW_COLUMNS " FROM entries WHERE idx >= ?1 AND idx < ?2 ORDER BY idx LIMIT ?3", err);
	struct cw_checkpoint c = { .size = size };
	struct page p = { .r = r, .key = key, .c = &c, .list = json_array() };
	int rc = s ? cw_register_root(r, size, c.root, err) : err->code;

	cw_strlcpy(c.origin, r->origin, sizeof(c.origin));
	if (!rc && (sqlite3_bind_int64(s, 1, (sqlite3_int64)index) != SQLITE_OK || sqlite3_bind_int64(s, 2, (sqlite3_int64)size) != SQLITE_OK ||
		    sqlite3_bind_int(s, 3, CW_EXPORT_PAGE) != SQLITE_OK))
		rc = store_failed(r, err, _("The register cannot be read."));
	if (!rc)
		rc = p.list ? rows_of(r, s, add_line, &p, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	if (rc)
		json_decref(p.list);
	*out = rc ? NULL : p.list;
	return rc;
}

/* ---- a document that somebody holds, against the register ---- */

static int contradiction(const char *document_id, struct cw_error *err, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, document_id, NULL, _("The register contradicts the document %s: %s"), document_id, why);
}

/* Does the register have this root at this size?  One that is shorter cannot say. */
static int compare_root(struct cw_register *r, const char *document_id, uint64_t entries, uint64_t size, const char *root, struct cw_error *err)
{
	char own[CW_SHA256_HEX];
	int rc = size <= entries ? cw_register_root(r, size, own, err) : 0;

	if (rc || size > entries || strcmp(own, root) == 0)
		return rc;
	return contradiction(document_id, err, _("its beginning is not the register that the document names; it was rewritten, or there are two."));
}

int cw_register_compare(struct cw_register *r, const char *document_id, const struct cw_order *o, struct cw_error *err)
{
	struct cw_checkpoint now;
	struct cw_error absent = { 0 };
	struct cw_entry e, newest;
	int rc = cw_register_checkpoint(r, &now, err), found;

	if (rc || strcmp(now.origin, o->origin) != 0)
		return rc;
	rc = compare_root(r, document_id, now.size, o->previous_size, o->previous_root, err);
	if (!rc && o->proven)
		rc = compare_root(r, document_id, now.size, o->size, o->root, err);
	if (rc || (o->proven ? o->index : o->previous_size) >= now.size) /* issued behind the end of this register */
		return rc;
	found = cw_register_document(r, document_id, &e, &absent);
	if (found == CW_E_NOT_FOUND)
		return contradiction(document_id, err, _("it has no entry for it."));
	if (found) {
		*err = absent;
		return found;
	}
	if (strcmp(e.json_sha256, o->json_sha256) != 0)
		return contradiction(document_id, err, _("another document was entered under this number."));
	rc = cw_register_newest(r, &e, &newest, err);
	if (rc || strcmp(newest.p7s_sha256, o->p7s_sha256) == 0)
		return rc;
	return contradiction(document_id, err, newest.index == e.index ? _("another document was entered under this number.") :
									 _("its signatures are others now: some were added to it since, or taken away from this copy."));
}

/* ---- and what persons said of it ---- */

static const char *said_of(const char *kind)
{
	static const struct { const char *kind, *sentence; } known[] = {
		{ "rejected", N_("The register says (entry %llu) that a document of the job of %s was rejected, and the statement does not lie beside this copy. Ask the station for it.") },
		{ "voided", N_("The register says (entry %llu) that a document of the job of %s was declared void, and the statement does not lie beside this copy. Ask the station for it.") },
		{ "superseded", N_("The register says (entry %llu) that a document of the job of %s was superseded, and the statement does not lie beside this copy. Ask the station for it.") },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (strcmp(known[i].kind, kind) == 0)
			return _(known[i].sentence);
	return NULL;
}

int cw_register_compare_statements(struct cw_register *r, const char *document_id, const char *approval_sha256, const char *withdrawal_sha256, struct cw_error *err)
{
	CW_AUTO_JSON json_t *entries = NULL;
	struct cw_entry own;
	const json_t *one;
	size_t i;
	int rc = cw_register_document(r, document_id, &own, err);

	if (rc)
		return rc == CW_E_NOT_FOUND ? 0 : rc;
	rc = cw_register_job(r, own.job_id, &entries, err);
	json_array_foreach(entries, i, one) {
		const char *sentence = said_of(cw_json_str(one, "kind", "")), *sha256 = cw_json_str(one, "jsonSha256", "");
		unsigned long long index = cw_json_u64(one, "index", 0);

		if (sentence && index > own.index && strcmp(sha256, approval_sha256) != 0 && strcmp(sha256, withdrawal_sha256) != 0)
			return cw_fail(err, CW_E_PARTIAL, 0, document_id, NULL, sentence, index, document_id);
	}
	return rc;
}
