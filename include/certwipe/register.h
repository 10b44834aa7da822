/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register: append-only log of all disposals.  SQLite (STRICT, WAL, synchronous=FULL); each entry's leaf is canonical JSON, hashed as RFC 6962 does
 * (0x00 || leaf), so that root and size make a checkpoint.  Runs in the signer.
 */
#ifndef CERTWIPE_REGISTER_H
#define CERTWIPE_REGISTER_H

#include "certwipe/evidence.h"

struct cw_register;
struct cw_checkpoint {
	char origin[CW_TEXT_MAX]; /* "organisation/station" */
	uint64_t size;            /* entries */
	char root[CW_SHA256_HEX]; /* RFC 6962 Merkle tree hash */
};

/*
 * Opens STATE/register.db, makes it when create.  origin is stored on creation; later ones must agree (NULL, when not create: any).  One process at a time: others wait up to 30 s,
 * until the register is freed.  Once open it needs no path and no privilege any more.  A database with anything in it that certwipe did not make: CW_E_INVALID.
 */
CW_MUST_CHECK int cw_register_open(const char *path, const char *origin, bool create, struct cw_register **out, struct cw_error *err);
void cw_register_free(struct cw_register *r);
CW_MUST_CHECK int cw_register_checkpoint(struct cw_register *r, struct cw_checkpoint *out, struct cw_error *err);

/* kind: "started", "certificate", "report".  Hashes and document id are empty for started. */
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
CW_MUST_CHECK int cw_register_show(struct cw_register *r, uint64_t index, json_t **out, struct cw_error *err);
/*
 * Whole log: indexes without gap, leaves and hashes agree with the columns, root; files of each document against their hashes (certificates/ below state_dirfd), started entries
 * without an end; the root that each document names against the log's own; documents without an entry.  Findings as an array of {"index","severity":"error"|"finding","what"}
 * (index only when it concerns one entry); empty: nothing found.
 */
CW_MUST_CHECK int cw_register_check(struct cw_register *r, int state_dirfd, json_t **findings, struct cw_error *err);
/*
 * Cases as the register knows them, one for each job that was started: array of {"approvalNumber","assetTag","jobId","state":"open"|"closed","ageDays" (since the start),"why",
 * "laboratory"}.  Closed by a certificate with closes_case of the same job, or of a later job on the same medium under the same approval number and (not empty) asset tag.
 */
CW_MUST_CHECK int cw_register_cases(struct cw_register *r, bool open_only, json_t **out, struct cw_error *err);

/* RFC 6962 2.1: Merkle tree hash over n leaf hashes of 32 bytes each. */
void cw_merkle_leaf(const void *leaf, size_t len, uint8_t out[CW_SHA256_BYTES]);
void cw_merkle_root(const uint8_t (*leaf_hashes)[CW_SHA256_BYTES], size_t n, uint8_t out[CW_SHA256_BYTES]);

#endif
