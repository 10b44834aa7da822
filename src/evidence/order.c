/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document against its proof (certificate.md 9.2): the leaf is about exactly these files, the register says so under the key that the document itself names, and the state of
 * the register that the document followed on is the beginning of the one that holds it.
 */
#include <string.h>

#include "certwipe/evidence.h"

#define INVALID(err, ...) cw_fail(err, CW_E_INVALID, 0, CW_PROOF_NAME, NULL, __VA_ARGS__)

/* Signatures that were added have an entry of their own, which comes later and has no number. */
static bool is_added(const json_t *payload, const json_t *leaf)
{
	return strcmp(cw_json_str(leaf, "kind", ""), "signed") == 0 && json_array_size(json_object_get(payload, "signatories")) > 1 &&
	       strcmp(cw_json_str(leaf, "at", ""), cw_json_str(payload, "issuedAt", "")) >= 0;
}

/* The leaf holds more, which only the register can know; that is covered by its hash. */
static int leaf_check(const json_t *payload, const struct cw_order *o, const struct cw_tlog_proof *p, struct cw_error *err)
{
	const json_t *verdict = json_object_get(payload, "verdict");
	bool certificate = strcmp(cw_json_str(payload, "type", ""), CW_TYPE_CERTIFICATE) == 0, added = is_added(payload, p->leaf);
	const struct { const char *field, *wanted; } same[] = {
		{ "jsonSha256", o->json_sha256 }, { "p7sSha256", o->p7s_sha256 }, { "kind", added ? "signed" : certificate ? "certificate" : "report" },
		{ "documentId", added ? "" : cw_json_str(payload, "certificateId", "") },
		{ "at", added ? cw_json_str(p->leaf, "at", "") : cw_json_str(payload, "issuedAt", "") }, { "jobId", cw_json_str(payload, "jobId", "") },
		{ "outcome", cw_json_str(verdict, "result", "") }, { "level", cw_json_str(verdict, "level", "") },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(same); i++) {
		const char *found = cw_json_str(p->leaf, same[i].field, NULL);

		if (!found || strcmp(found, same[i].wanted) != 0)
			return INVALID(err, _("The entry of the register is about another document: its field %s is \"%s\", and the document's is \"%s\"."), same[i].field, found ? found : "",
				       same[i].wanted);
	}
	if (!json_equal(json_object_get(p->leaf, "laboratory"), json_object_get(payload, "laboratory")) || cw_json_u64(p->leaf, "index", UINT64_MAX) != p->index)
		return INVALID(err, _("The entry of the register is about another document: its field laboratory or index differs."));
	return 0;
}

static int head_check(const struct cw_payload_frame *frame, const struct cw_tlog_proof *p, struct cw_error *err)
{
	char name[CW_SERIAL_MAX];
	uint8_t root[CW_SHA256_BYTES];

	cw_log_name(frame->register_origin, name);
	if (strcmp(p->head.name, name) != 0)
		return INVALID(err, _("The proof is of the register \"%s\"; the document names \"%s\"."), p->head.name, frame->register_origin);
	if (!cw_unhex(root, sizeof(root), p->head.root) || !cw_merkle_included(p->leaf_hash, p->index, p->head.size, &p->path, root))
		return INVALID(err, _("The proof does not lead from the document's entry to the root of the register."));
	return 0;
}

static int previous_check(const struct cw_payload_frame *frame, const struct cw_tlog_proof *p, struct cw_error *err)
{
	uint8_t previous[CW_SHA256_BYTES], before[CW_SHA256_BYTES], root[CW_SHA256_BYTES];

	if (frame->previous_size > p->index)
		return INVALID(err, _("The document names a register of %llu entries as earlier than itself, and stands in the place %llu."), (unsigned long long)frame->previous_size,
			       (unsigned long long)p->index);
	if (!cw_unhex(previous, sizeof(previous), frame->previous_root) || !cw_unhex(root, sizeof(root), p->head.root))
		return INVALID(err, _("The field register names no earlier state of the register."));
	if (frame->previous_size == p->index) {
		cw_merkle_root_before(p->index, p->head.size, &p->path, before);
		if (p->has_consistency || memcmp(before, previous, sizeof(before)) != 0)
			return INVALID(err, _("The register that the document followed on is not the beginning of the one that holds it: it was rewritten, or there are two."));
		return 0;
	}
	if (!p->has_consistency)
		return cw_fail(err, CW_E_CANNOT_TELL, 0, CW_PROOF_NAME, NULL, _("Other entries came before the document's, and nothing shows that the register only grew meanwhile."));
	if (!cw_merkle_consistent(frame->previous_size, previous, p->head.size, root, &p->consistency))
		return INVALID(err, _("The register that the document followed on is not the beginning of the one that holds it: it was rewritten, or there are two."));
	return 0;
}

static int signature_check(const struct cw_payload_frame *frame, const struct cw_tlog_proof *p, struct cw_error *err)
{
	if (!frame->note_key[0])
		return cw_fail(err, CW_E_CANNOT_TELL, 0, CW_PROOF_NAME, NULL,
			       _("The document names no key of its register, so that nobody can tell whether the proof is genuine; compare with an export of the register."));
	return cw_note_verify(&p->note, p->head.name, frame->note_key, err);
}

/* What is wrong counts more than what is missing. */
static int worse(int a, int b)
{
	return a == 0 || (a == CW_E_CANNOT_TELL && b) ? b : a;
}

/* Of the register, whatever the leaf is about. */
static int log_check(const struct cw_payload_frame *frame, const struct cw_tlog_proof *p, struct cw_error *err)
{
	struct cw_error first = { 0 };
	int rc = head_check(frame, p, err), previous;

	if (rc)
		return rc;
	previous = previous_check(frame, p, &first);
	rc = signature_check(frame, p, err);
	if (previous && worse(previous, rc) == previous)
		*err = first;
	return worse(previous, rc);
}

static int proof_check(const json_t *payload, const struct cw_payload_frame *frame, const struct cw_tlog_proof *p, struct cw_order *out, struct cw_error *err)
{
	int rc = leaf_check(payload, out, p, err);

	return rc ? rc : log_check(frame, p, err);
}

/* An entry about a statement is of the document's job, and has the digests of the statement in place of the document's. */
static int statement_leaf_check(const json_t *payload, const struct cw_statement_files *f, const char *kind, const struct cw_tlog_proof *p, struct cw_error *err)
{
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX];
	const struct { const char *field, *wanted; } same[] = {
		{ "jsonSha256", json_sha256 }, { "p7sSha256", p7s_sha256 }, { "kind", kind }, { "documentId", "" }, { "jobId", cw_json_str(payload, "jobId", "") },
	};

	cw_sha256_hex(f->json, f->json_len, json_sha256);
	cw_sha256_hex(f->p7s, f->p7s_len, p7s_sha256);
	for (size_t i = 0; i < CW_ARRAY_LEN(same); i++)
		if (strcmp(cw_json_str(p->leaf, same[i].field, "?"), same[i].wanted) != 0)
			return INVALID(err, _("The entry of the register is about another statement: its field %s differs."), same[i].field);
	return cw_json_u64(p->leaf, "index", UINT64_MAX) == p->index ? 0 : INVALID(err, _("The entry of the register is about another statement: its field %s differs."), "index");
}

int cw_statement_order_check(const json_t *payload, const struct cw_payload_frame *frame, const struct cw_statement_files *f, const char *kind, struct cw_error *err)
{
	struct cw_tlog_proof p = { .leaf = NULL };
	int rc = cw_tlog_proof_parse(f->proof, f->proof_len, &p, err);

	if (!rc)
		rc = statement_leaf_check(payload, f, kind, &p, err);
	if (!rc)
		rc = log_check(frame, &p, err);
	cw_tlog_proof_clear(&p);
	return rc;
}

int cw_order_check(const json_t *payload, const struct cw_payload_frame *frame, const struct cw_evidence_files *files, struct cw_order *out, struct cw_error *err)
{
	struct cw_tlog_proof p = { .leaf = NULL };
	int rc;

	*out = (struct cw_order){ .previous_size = frame->previous_size };
	cw_strlcpy(out->origin, frame->register_origin, sizeof(out->origin));
	cw_strlcpy(out->previous_root, frame->previous_root, sizeof(out->previous_root));
	cw_sha256_hex(files->json, files->json_len, out->json_sha256);
	cw_sha256_hex(files->p7s, files->p7s_len, out->p7s_sha256);
	if (!files->proof)
		return 0;
	rc = cw_tlog_proof_parse(files->proof, files->proof_len, &p, err);
	if (!rc)
		rc = proof_check(payload, frame, &p, out, err);
	if (!rc) {
		out->proven = true;
		out->index = p.index;
		out->size = p.head.size;
		cw_strlcpy(out->root, p.head.root, sizeof(out->root));
	}
	cw_tlog_proof_clear(&p);
	return rc;
}
