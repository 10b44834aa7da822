/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence: journal -> verdict -> payload -> signature, and the strict verifier of the result.
 * Only verdict.c may say "sanitised".
 */
#ifndef CERTWIPE_EVIDENCE_H
#define CERTWIPE_EVIDENCE_H

#include "certwipe/job.h"

/* ---- verdict (verdict.c), pure ---- */

enum cw_outcome { CW_NOT_SANITISED = 1, CW_INCONCLUSIVE, CW_SANITISED };
struct cw_condition {
	uint32_t number;    /* c1..c13 */
	uint32_t satisfied; /* 0 or 1 */
	uint64_t line;      /* seq of the journal line that shows it */
	char why[CW_TEXT_MAX];
};
struct cw_support {
	/* authorised registered stream-recorded identity-kept plan-kept all-written all-verified none-failed none-differed ended */
	char claim[CW_NODE_MAX];
	uint32_t holds;
	uint64_t line;           /* seq of the line that supports or refutes it */
};
struct cw_verdict {
	uint32_t outcome, level;
	bool attempted;      /* at least one intent to write was journalled */
	bool stopped;        /* ended by the operator */
	char reason[CW_TEXT_MAX]; /* one English sentence (a msgid): why not better */
	char caveats[CW_TEXT_MAX]; /* "K1+K2" */
	struct cw_capacity capacity; /* what the medium was found to hold; lie NONE: nothing else than it reports */
	uint64_t unwritten_bytes, unverified_bytes, mismatch_bytes; /* exceptions: planned and not reached */
	struct cw_extents exceptions;
	uint32_t n_conditions;
	struct cw_condition conditions[CW_CONDITIONS_MAX];
	uint32_t n_support;
	struct cw_support support[16];
	bool laboratory;     /* virtual medium */
	int exit_code;       /* enum cw_exit that a wipe with this verdict returns */
};
const char *cw_outcome_name(uint32_t outcome); /* "sanitised", "not-sanitised", "inconclusive" */
/* Never fails: what cannot be shown is not claimed. */
void cw_verdict_of(const struct cw_journal_text *t, struct cw_verdict *out);

/* ---- payload (payload.c) ---- */

/* What the journal does not know: named by the signer. */
struct cw_payload_frame {
	char document_id[CW_NODE_MAX]; /* "2026-000017" style number of the station's register, unique with the uuid */
	char uuid[37];                 /* UUIDv7 */
	char issued_at[CW_TIME_TEXT];
	char organisation[CW_TEXT_MAX], unit[CW_TEXT_MAX], station[CW_TEXT_MAX];
	char signer_cert_sha256[CW_SHA256_HEX];
	char register_origin[CW_TEXT_MAX], previous_root[CW_SHA256_HEX];
	uint64_t previous_size;
};
#define CW_TYPE_CERTIFICATE "destruction-certificate"
#define CW_TYPE_REPORT "destruction-report"
/* evidence.json as a value: deterministic function of journal and frame.  Type follows the verdict (design section 3). */
CW_MUST_CHECK int cw_payload_make(const struct cw_journal_text *t, const struct cw_payload_frame *frame, json_t **out, struct cw_error *err);
/* The frame of a payload; strict. */
CW_MUST_CHECK int cw_payload_frame_of(const json_t *payload, struct cw_payload_frame *out, struct cw_error *err);
/* Hand-written checks of everything in share/schema/evidence-1.schema.json and the rules between fields: CW_E_INVALID names the field. */
CW_MUST_CHECK int cw_payload_check(const json_t *payload, struct cw_error *err);

/* ---- keys (keys.c): organisation root and station key, ECDSA P-256, X.509 (certificate.md 3.4) ---- */

/* Asks for a pass phrase; fills buf, returns its length or a negative code.  Never logged, wiped by the callee. */
typedef int (*cw_passphrase)(void *user, char *buf, size_t size, struct cw_error *err);
struct cw_key_names { char organisation[CW_TEXT_MAX], unit[CW_TEXT_MAX], station[CW_TEXT_MAX]; uint32_t years; };
/*
 * Makes root.key (PKCS#8, encrypted with the pass phrase), root.pem, station.key, station.pem in dirfd.  CW_E_EXISTS when there is one.  years: of the station's certificate, 0: 5,
 * at most 20 as the root.  Names have at most 64 characters (X.509), the pass phrase at least 8 bytes: else CW_E_USAGE.
 */
CW_MUST_CHECK int cw_keys_create(int dirfd, const struct cw_key_names *names, const char *passphrase, char fingerprint[CW_SHA256_HEX], struct cw_error *err);
CW_MUST_CHECK int cw_cert_fingerprint(const char *pem, size_t len, char out[CW_SHA256_HEX], struct cw_error *err);
json_t *cw_cert_json(const char *pem, size_t len); /* subject, issuer, notBefore, notAfter, sha256, algorithm; NULL when it is no certificate */

/* ---- signature (sign.c) ---- */

/*
 * External-signer interface (certificate.md 3.2): gets DER to be signed, gives back a DER ECDSA signature.  Whoever holds the key implements it.
 */
struct cw_signer {
	void *user;
	int (*sign)(void *user, const uint8_t *tbs, size_t len, uint8_t *sig, size_t *sig_len, struct cw_error *err); /* *sig_len: room in, used out */
	const char *cert_pem;  size_t cert_len;  /* station.pem */
	const char *chain_pem; size_t chain_len; /* root.pem: for the signer's own check */
};
/* Signer over a PEM key file (through OSSL_STORE); free with cw_signer_free. */
CW_MUST_CHECK int cw_signer_pem_new(int dirfd, struct cw_signer **out, struct cw_error *err);
void cw_signer_free(struct cw_signer *s);
CW_MUST_CHECK int cw_signer_names(const struct cw_signer *s, struct cw_payload_frame *frame, struct cw_error *err); /* organisation, unit, station, cert hash from the certificate */
/* Detached CAdES-B-B, one SignerInfo; parsed again and verified before it is returned. */
CW_MUST_CHECK int cw_cms_sign(struct cw_signer *s, const void *content, size_t len, struct cw_buf *p7s, struct cw_error *err);

/* ---- the strict verifier (verify.c) ---- */

enum cw_finding { CW_FINDING_VALID = 1, CW_FINDING_REMARKS, CW_FINDING_INVALID, CW_FINDING_CANNOT_TELL };
struct cw_verify_result {
	uint32_t finding;
	int exit_code;              /* 0, 7 or 10 as design section 5 says */
	char type[CW_NODE_MAX], document_id[CW_NODE_MAX];
	char reason[CW_SERIAL_MAX]; /* the first failure or remark: sentence with field or offset */
	char remarks[8][CW_TEXT_MAX]; uint32_t n_remarks;
	struct { char name[CW_NODE_MAX]; uint32_t passed; char why[CW_TEXT_MAX]; } checks[24]; uint32_t n_checks; /* in the order they were made */
	bool laboratory;
};
struct cw_evidence_files { /* what lies together; NULL/0: absent */
	const char *json; size_t json_len;
	const uint8_t *p7s; size_t p7s_len;
	const char *journal; size_t journal_len;
};
/* roots: PEM certificates that the auditor pinned, may be empty (then the best answer is "cannot tell").  Order and rules: certificate.md 9.2. */
void cw_verify(const struct cw_evidence_files *files, const char *roots_pem, size_t roots_len, bool allow_laboratory, struct cw_verify_result *out);
const char *cw_finding_name(uint32_t finding); /* "valid", "valid-with-remarks", "invalid", "cannot-tell" */
/*
 * The signature alone, without the document's meaning; for the signer's own check.  The certificate path must hold at the signing time and at at_unix.
 * Without roots: CW_E_CANNOT_TELL when everything else holds (signer_sha256 is filled in then too).
 */
CW_MUST_CHECK int cw_cms_check(const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, const char *roots_pem, size_t roots_len, int64_t at_unix, char signer_sha256[CW_SHA256_HEX],
			       struct cw_error *err);

#endif
