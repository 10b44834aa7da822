/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register: append-only log of all disposals.  SQLite (STRICT, WAL, synchronous=FULL); each entry's leaf is canonical JSON, hashed as RFC 6962 does (0x00 || leaf), so that root and
 * size make a checkpoint, signed as a C2SP note.  The hashes of all full subtrees are kept, so that growing and proving cost what the depth of the tree is.  Runs in the signer.
 */
#ifndef CERTWIPE_REGISTER_H
#define CERTWIPE_REGISTER_H

#include "certwipe/evidence.h"

struct cw_register;

/*
 * Opens STATE/register.db, makes it when create.  origin is stored on creation; later ones must agree (NULL, when not create: any).  One process at a time: others wait up to 30 s,
 * until the register is freed.  Once open it needs no path and no privilege any more.  A register of an earlier version is brought to this one's form, whole or not at all.
 * A database with anything in it that certwipe did not make: CW_E_INVALID.
 */
CW_MUST_CHECK int cw_register_open(const char *path, const char *origin, bool create, struct cw_register **out, struct cw_error *err);
void cw_register_free(struct cw_register *r);
const char *cw_register_origin(const struct cw_register *r);
/* CW_E_INVALID: the end of the log is not the one that the last append left. */
CW_MUST_CHECK int cw_register_checkpoint(struct cw_register *r, struct cw_checkpoint *out, struct cw_error *err);
/* The checkpoint as a signed note; appended to out. */
CW_MUST_CHECK int cw_register_note(struct cw_register *r, const struct cw_note_key *key, struct cw_buf *out, struct cw_error *err);

/*
 * kind: "started", "certificate", "report"; "signed": a person's signature was added to a document; "approved", "rejected", "voided", "superseded": what a person said of one.  Hashes
 * are empty for started.  Only certificate and report have a document id:
 * what follows on them names them by job and json_sha256.
 */
#define CW_START_TO_DESTROY "awaiting-destruction" /* outcome of a start: the medium is not to be wiped */
#define CW_START_TO_APPROVE "approval"             /* what is done is to be approved before its case is closed */
#define CW_START_TO_DO_BOTH "destruction-approval"
struct cw_entry {
	uint64_t index;
	char kind[16], at[CW_TIME_TEXT], job_id[CW_JOB_ID_MAX], document_id[CW_NODE_MAX], outcome[24], level[16];
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX], identity_sha256[CW_SHA256_HEX];
	/* for search and lists, not part of the leaf */
	char model[CW_TEXT_MAX], serial[CW_SERIAL_MAX], approval_number[CW_TEXT_MAX], asset_tag[CW_TEXT_MAX];
	uint32_t laboratory, closes_case;
};
/* A certificate is only taken for a job that has a started entry (CW_E_STATE), and each document id once. */
CW_MUST_CHECK int cw_register_append(struct cw_register *r, const struct cw_entry *e, struct cw_checkpoint *after, struct cw_error *err);
/* The number that the next document gets: "2026-000017". */
CW_MUST_CHECK int cw_register_next_document(struct cw_register *r, const char *at, char out[CW_NODE_MAX], struct cw_error *err);
/* Entries oldest first; search: substring of job, document, model, serial, approval number or asset tag, NULL for all.  Array of objects. */
CW_MUST_CHECK int cw_register_list(struct cw_register *r, const char *search, json_t **out, struct cw_error *err);
/* Entries of exactly this job, as cw_register_list() has them. */
CW_MUST_CHECK int cw_register_job(struct cw_register *r, const char *job_id, json_t **out, struct cw_error *err);
CW_MUST_CHECK int cw_register_show(struct cw_register *r, uint64_t index, json_t **out, struct cw_error *err);
CW_MUST_CHECK int cw_register_document(struct cw_register *r, const char *document_id, struct cw_entry *out, struct cw_error *err); /* CW_E_NOT_FOUND */

/* The newest entry that has the signatures of this document: its own, or one of kind "signed". */
CW_MUST_CHECK int cw_register_newest(struct cw_register *r, const struct cw_entry *document, struct cw_entry *out, struct cw_error *err);

/* ---- proofs (proof.c) ---- */

/* RFC 6962 2.1.1 and 2.1.2, from the hashes that are kept; index < size, old_size <= size <= entries. */
CW_MUST_CHECK int cw_register_path(struct cw_register *r, uint64_t index, uint64_t size, struct cw_hashes *out, struct cw_error *err);
CW_MUST_CHECK int cw_register_consistency(struct cw_register *r, uint64_t old_size, uint64_t size, struct cw_hashes *out, struct cw_error *err);
CW_MUST_CHECK int cw_register_root(struct cw_register *r, uint64_t size, char out[CW_SHA256_HEX], struct cw_error *err); /* of the first size entries */
/* evidence.tlog-proof of an entry, up to the end of the log.  previous_size: of the register's state that its document names. */
CW_MUST_CHECK int cw_register_proof(struct cw_register *r, const struct cw_note_key *key, uint64_t index, uint64_t previous_size, struct cw_buf *out, struct cw_error *err);
/*
 * Lays the proof beside a document whose folder is below certificates_dirfd, unless one lies there, or the document names no key or another one.  The file is durable on return.
 */
CW_MUST_CHECK int cw_register_prove(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, const char *document_id, struct cw_error *err);
/* The same, in place of the one that lies there: signatures were added, and the newest entry has them. */
CW_MUST_CHECK int cw_register_prove_again(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, const char *document_id, struct cw_error *err);
/* The same for the newest document: a crash can have come between its entry and its proof. */
CW_MUST_CHECK int cw_register_prove_last(struct cw_register *r, const struct cw_note_key *key, int certificates_dirfd, struct cw_error *err);

/* ---- looking it through ---- */

/*
 * Findings are arrays of {"severity":"error"|"finding","kind","what","index","documentId","jobId","asset"}; from index on only where it concerns one.  kind: "broken" for all errors.
 *
 * Whole log: indexes without gap, leaves and hashes agree with the columns, root; files of each document against their hashes (certificates/ below state_dirfd), started entries
 * without an end; roots that documents and their proofs name against the log's own; documents without an entry.  With key, proofs that are missing are laid beside their documents.
 */
CW_MUST_CHECK int cw_register_check(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, json_t **findings, struct cw_error *err);

struct cw_asset { char serial[CW_SERIAL_MAX], asset_tag[CW_TEXT_MAX]; }; /* retired: one of them may be "" */
struct cw_audit_wish { /* plain data: crosses process borders */
	char since_at[CW_TIME_TEXT];  /* "": from the beginning.  From the first entry that claims this time or a later one, in the order of the log */
	struct cw_tree_head since;    /* name "": none.  The log must begin with it; entries behind it are looked at */
	uint32_t laboratory;          /* virtual media count, too */
};
/*
 * What an auditor asks of the log beyond its being whole: "asset-without-certificate", "failure-without-destruction", "destruction-not-recorded", "approval-missing", "start-without-end",
 * "clock-went-back", "missing-number", and "broken" when the log does not begin with the checkpoint.  state_dirfd -1: of an export, which was looked through when it was read;
 * else all that cw_register_check() finds, besides.  *from: the first entry that was looked at.
 */
CW_MUST_CHECK int cw_register_audit(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, const struct cw_audit_wish *wish, const struct cw_asset *assets,
				    size_t n_assets, json_t **findings, uint64_t *from, struct cw_error *err);
/*
 * Cases as the register knows them, one for each job that was started: array of {"approvalNumber","assetTag","jobId","state":"open"|"closed","ageDays" (since the start),"why",
 * "laboratory","model","serial","awaits":"nothing"|"end"|"destruction"|"wipe-or-destruction"|"approval","firstIndex","lastIndex"}.  Closed by a certificate with closes_case, and where its
 * start says so an approval of it, of the same job, or of a later job on the same medium under the same approval number and (not empty) asset tag.
 */
CW_MUST_CHECK int cw_register_cases(struct cw_register *r, bool open_only, json_t **out, struct cw_error *err);
struct cw_case_found {
	char job_id[CW_JOB_ID_MAX], document_id[CW_NODE_MAX] /* the last about it; "": none yet */, asset_tag[CW_TEXT_MAX];
	uint32_t open, certificate /* is that document one? */, withdrawn /* it was, and a person rejected it or declared it void */;
};
/* Cases of one medium, newest first: of this identity, with this serial number in any case of letters, with this asset tag, or of this job ("" of any: of none by it).  *n at most most. */
CW_MUST_CHECK int cw_register_cases_of(struct cw_register *r, const char *identity_sha256, const char *serial, const char *asset_tag, const char *job_id,
				       struct cw_case_found *out, uint32_t most, uint32_t *n, struct cw_error *err);
/* CW_E_REFUSED: a person took back the last document about its wipe, so that no document may lend from it. */
CW_MUST_CHECK int cw_case_lends(const struct cw_case_found *c, struct cw_error *err);

/* ---- export: a folder for an auditor (export.c, import.c; certwipe-evidence(7)) ---- */

#define CW_TYPE_EXPORT "register-export"
#define CW_EXPORT_MANIFEST "export.json"
#define CW_EXPORT_SIGNATURE "export.json.p7s"
#define CW_EXPORT_CHECKPOINT "checkpoint"
#define CW_EXPORT_LEAVES "leaves.jsonl"
#define CW_EXPORT_SUBJECTS "subjects.jsonl"
#define CW_EXPORT_PROOFS "proofs"
/* The manifest over a checkpoint of size entries: whose register, which state, which key; canonical JSON, to be signed by the station.  frame: names and certificate of the signer. */
CW_MUST_CHECK int cw_export_manifest(const struct cw_payload_frame *frame, const struct cw_checkpoint *c, struct cw_buf *out, struct cw_error *err);
/* Up to CW_EXPORT_PAGE entries from index on: array of {"leaf","subject"} (text of one line each), with {"documentId","proof"} besides when it is about a document. */
#define CW_EXPORT_PAGE 500u
CW_MUST_CHECK int cw_register_page(struct cw_register *r, const struct cw_note_key *key, uint64_t index, uint64_t size, json_t **out, struct cw_error *err);

struct cw_export { /* an exported folder, read again */
	struct cw_register *log;         /* in memory; NULL as long as not all holds */
	struct cw_checkpoint checkpoint;
	struct cw_verify_result result;  /* the verdict about the folder, with its checks in order */
	char note_key[CW_SHA256_HEX];
	bool has_subjects;               /* serial numbers and asset tags are there */
};
/* Never fails: result says what is wrong.  The caller clears *out in every case. */
void cw_export_read(int dirfd, const char *roots_pem, size_t roots_len, struct cw_export *out);
void cw_export_clear(struct cw_export *x);
/* A document that cw_verify() found good, against a register that is whole: CW_E_INVALID when they contradict each other. */
CW_MUST_CHECK int cw_register_compare(struct cw_register *r, const char *document_id, const struct cw_order *o, struct cw_error *err);
/*
 * The same document against what persons said of its job later: CW_E_PARTIAL when the register has a rejection or a withdrawal, and none of the statements beside the document, whose
 * digests these are ("": there is none), is it.
 */
CW_MUST_CHECK int cw_register_compare_statements(struct cw_register *r, const char *document_id, const char *approval_sha256, const char *withdrawal_sha256, struct cw_error *err);

#endif
