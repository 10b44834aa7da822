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
#define CW_SUPPORT_MAX 20u /* more than any journal can bring about: 16, of a drive that shows what it hid and sanitises itself twice, and is then overwritten */
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
	struct cw_support support[CW_SUPPORT_MAX];
	bool laboratory;     /* virtual medium */
	int exit_code;       /* enum cw_exit that a wipe with this verdict returns */
};
const char *cw_outcome_name(uint32_t outcome); /* "sanitised", "not-sanitised", "inconclusive" */
/* Never fails: what cannot be shown is not claimed. */
void cw_verdict_of(const struct cw_journal_text *t, struct cw_verdict *out);

/* ---- who signs (signatories.c) ---- */

#define CW_SIGNATORIES_MAX 4
#define CW_P7S_MAX (64u * 1024u) /* bytes of all signatures */
struct cw_signatory {
	uint32_t role;              /* enum cw_role */
	struct cw_signing_person p; /* of the station only the certificate */
};
struct cw_signatories { uint32_t n; struct cw_signatory at[CW_SIGNATORIES_MAX]; };
/* As a payload that passed its own check names them. */
void cw_signatories_of(const json_t *payload, struct cw_signatories *out);
/* The names in a certificate: subject's common name, and serial number as the id.  CW_E_NO_KEY when it is no certificate of a person. */
CW_MUST_CHECK int cw_person_of_cert(const char *pem, size_t len, struct cw_signing_person *out, struct cw_error *err);
/*
 * Who is named and has not signed: "operator witness", "" when nobody is missing.  Only looks who is there; whether the signatures hold is for cw_verify().  CW_E_INVALID: the
 * signature file cannot be read.
 */
CW_MUST_CHECK int cw_signatures_missing(const json_t *payload, const uint8_t *p7s, size_t p7s_len, char roles[CW_NODE_MAX], struct cw_error *err);
/* More signatures of the same document: all that were there are there still, byte for byte, and there is exactly one more. */
CW_MUST_CHECK bool cw_signatures_extend(const uint8_t *before, size_t before_len, const uint8_t *after, size_t after_len);

struct cw_signer;

/* ---- statements (statement.c): what a person says of documents that there are already, in a file of its own ---- */

#define CW_TYPE_APPROVAL "destruction-approval"
#define CW_TYPE_WITHDRAWAL "document-withdrawal"
/* Beside the document: NAME.json, NAME.json.p7s, NAME.tlog-proof. */
#define CW_APPROVAL_NAME "approval"
#define CW_WITHDRAWAL_NAME "withdrawal"
#define CW_STATED_MAX 200u /* documents in one */
#define CW_STATEMENT_MAX_BYTES (96u * 1024u)
struct cw_statement_files { const char *json; size_t json_len; const uint8_t *p7s; size_t p7s_len; const char *proof; size_t proof_len; }; /* NULL/0: absent */
/* Hand-written checks of share/schema/statement-1.schema.json. */
CW_MUST_CHECK int cw_statement_check(const json_t *statement, struct cw_error *err);
/*
 * Canonical, well-formed, signed by the person whom it names, who leads to a root; *out is the caller's.  CW_E_CANNOT_TELL when all but the root holds: *out is set then, too.
 */
CW_MUST_CHECK int cw_statement_read(const struct cw_statement_files *f, const char *roots_pem, size_t roots_len, json_t **out, struct cw_error *err);
/* Is it about this document, as it is now, and by somebody other than its operator?  CW_E_INVALID, CW_E_REFUSED. */
CW_MUST_CHECK int cw_statement_on(const json_t *statement, const json_t *payload, const char *json_sha256, const char *p7s_sha256, struct cw_error *err);
void cw_statement_person(const json_t *statement, struct cw_signing_person *out);
/* Signs a statement and reads it back. */
CW_MUST_CHECK int cw_statement_sign(struct cw_signer *s, const char *json, size_t len, struct cw_buf *p7s, struct cw_error *err);
const char *cw_statement_kind(const json_t *statement); /* of its entries in the register: "approved", "rejected", "voided", "superseded" */

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
	char note_key[CW_SHA256_HEX]; /* public Ed25519 key of the register's checkpoints; "" in documents of earlier versions */
};
#define CW_TYPE_CERTIFICATE "destruction-certificate"
#define CW_TYPE_REPORT "destruction-report"
/* evidence.json as a value: deterministic function of journal and frame.  Type follows the verdict (design section 3). */
CW_MUST_CHECK int cw_payload_make(const struct cw_journal_text *t, const struct cw_payload_frame *frame, json_t **out, struct cw_error *err);
/* The frame of a payload; strict. */
CW_MUST_CHECK int cw_payload_frame_of(const json_t *payload, struct cw_payload_frame *out, struct cw_error *err);
/* Is it about a physical destruction (certwipe/destruction/1)?  Then files of its own lie in the folder CW_ATTACHMENTS beside it. */
bool cw_payload_is_destruction(const json_t *payload);
#define CW_ATTACHMENTS "attachments"
#define CW_ATTACHMENT_MAX_BYTES (32u * 1024u * 1024u)
/* Each file that the payload names, below the folder of the document: CW_E_CANNOT_TELL: one is missing, or cannot be read; CW_E_INVALID: one was changed. */
CW_MUST_CHECK int cw_attachments_check(int folder_dirfd, const json_t *payload, struct cw_error *err);
/*
 * The index-th of them, if it is there, has at most most bytes, and is what the payload says.  CW_E_CANNOT_TELL: not there, or larger; CW_E_INVALID: changed.
 */
CW_MUST_CHECK int cw_attachment_read(int folder_dirfd, const json_t *payload, size_t index, size_t most, struct cw_buf *out, struct cw_error *err);
size_t cw_attachments_count(const json_t *payload);
/* Index of the first one from *index on with this SHA-256; false: it names none. */
CW_MUST_CHECK bool cw_attachment_find(const json_t *payload, const char *sha256, size_t *index);
/* Names as people write them: case and blanks make no other person. */
bool cw_is_same_name(const char *a, const char *b);
/* As the name of such a file: lower-case letters, digits, '-' and one '.' in between. */
bool cw_attachment_name_ok(const char *name);
/* Hand-written checks of everything in share/schema/evidence-1.schema.json and the rules between fields: CW_E_INVALID names the field. */
CW_MUST_CHECK int cw_payload_check(const json_t *payload, struct cw_error *err);

/* ---- keys (keys.c): organisation root and station key, ECDSA P-256, X.509 (certificate.md 3.4) ---- */

/* Asks for a pass phrase; fills buf, returns its length or a negative code.  Never logged, wiped by the callee. */
typedef int (*cw_passphrase)(void *user, char *buf, size_t size, struct cw_error *err);
struct cw_key_names {
	char organisation[CW_TEXT_MAX], unit[CW_TEXT_MAX], station[CW_TEXT_MAX];
	char person[CW_TEXT_MAX], id[CW_TEXT_MAX]; /* of a person's certificate, in place of a station's */
	uint32_t years;
};
/*
 * Makes root.key (PKCS#8, encrypted with the pass phrase), root.pem, station.key, station.pem in dirfd.  CW_E_EXISTS when there is one.  years: of the station's certificate, 0: 5,
 * at most 20 as the root.  Names have at most 64 characters (X.509), the pass phrase at least 8 bytes: else CW_E_USAGE.
 */
CW_MUST_CHECK int cw_keys_create(int dirfd, const struct cw_key_names *names, const char *passphrase, char fingerprint[CW_SHA256_HEX], struct cw_error *err);
/*
 * Makes a key for a person, and its certificate under the root whose key in dirfd the pass phrase opens; organisation as the root has it.  pem: the certificate and the key, encrypted
 * with own_passphrase: nothing of it stays here.
 */
CW_MUST_CHECK int cw_keys_create_person(int dirfd, const struct cw_key_names *names, const char *root_passphrase, const char *own_passphrase, struct cw_buf *pem, struct cw_error *err);
CW_MUST_CHECK int cw_cert_fingerprint(const char *pem, size_t len, char out[CW_SHA256_HEX], struct cw_error *err);
/* Certificates in PEM form, one or several, and nothing that cannot be read. */
CW_MUST_CHECK bool cw_roots_are(const char *roots_pem, size_t roots_len);
/* Is the one certificate pem among roots_pem?  False also when either cannot be read. */
CW_MUST_CHECK bool cw_roots_have(const char *roots_pem, size_t roots_len, const char *pem, size_t len);
json_t *cw_cert_json(const char *pem, size_t len); /* subject, issuer, notBefore, notAfter, sha256, algorithm; NULL when it is no certificate */

/* ---- signature (sign.c) ---- */

/*
 * External-signer interface (certificate.md 3.2): gets DER to be signed, gives back a DER ECDSA signature.  Whoever holds the key implements it.
 */
struct cw_signer {
	void *user;
	int (*sign)(void *user, const uint8_t *tbs, size_t len, uint8_t *sig, size_t *sig_len, struct cw_error *err); /* *sig_len: room in, used out */
	const char *cert_pem;  size_t cert_len;  /* the signer's, one */
	const char *chain_pem; size_t chain_len; /* root.pem: for the signer's own check */
	const char *between_pem; size_t between_len; /* certificates between the two, that go into the signature; may be none */
	void (*free)(struct cw_signer *s);
};
/*
 * Opens a key by its name: "file:PATH", or a path; PEM or PKCS#12, whatever libcrypto reads.  certificate: PEM file, NULL: it lies with the key.  ask: for the pass phrase of a key
 * that wants one.  Kinds of keys stand in one table (signer_file.c), and nobody else knows of them.
 */
CW_MUST_CHECK int cw_signer_open(const char *name, const char *certificate, cw_passphrase ask, void *user, struct cw_signer **out, struct cw_error *err);
/* Signer over a PEM key file (through OSSL_STORE); free with cw_signer_free. */
CW_MUST_CHECK int cw_signer_pem_new(int dirfd, struct cw_signer **out, struct cw_error *err);
void cw_signer_free(struct cw_signer *s);
CW_MUST_CHECK int cw_signer_names(const struct cw_signer *s, struct cw_payload_frame *frame, struct cw_error *err); /* organisation, unit, station, cert hash from the certificate */
/* Adds this signer to the signatures of the same content, which stay as they are; out: the new file. */
CW_MUST_CHECK int cw_cms_add(struct cw_signer *s, const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, struct cw_buf *out, struct cw_error *err);
/* Detached CAdES-B-B, one SignerInfo; parsed again and verified before it is returned. */
CW_MUST_CHECK int cw_cms_sign(struct cw_signer *s, const void *content, size_t len, struct cw_buf *p7s, struct cw_error *err);

/* ---- Merkle tree of RFC 6962 2.1 (merkle.c) ---- */

struct cw_merkle { /* built leaf by leaf: the roots of the full subtrees, largest first, one for each 1 bit of n */
	uint64_t n; /* leaves so far */
	unsigned depth;
	uint8_t stack[65][CW_SHA256_BYTES];
};
void cw_merkle_leaf(const void *leaf, size_t len, uint8_t out[CW_SHA256_BYTES]);
void cw_merkle_node(const uint8_t left[CW_SHA256_BYTES], const uint8_t right[CW_SHA256_BYTES], uint8_t out[CW_SHA256_BYTES]);
void cw_merkle_add(struct cw_merkle *m, const uint8_t leaf_hash[CW_SHA256_BYTES]);
void cw_merkle_root(const struct cw_merkle *m, uint8_t out[CW_SHA256_BYTES]);
#define CW_HASHES_MAX 64
struct cw_hashes { uint32_t n; uint8_t at[CW_HASHES_MAX][CW_SHA256_BYTES]; }; /* of a proof, as RFC 6962 orders them: an inclusion from the leaf up */
CW_MUST_CHECK bool cw_merkle_included(const uint8_t leaf_hash[CW_SHA256_BYTES], uint64_t index, uint64_t size, const struct cw_hashes *path, const uint8_t root[CW_SHA256_BYTES]);
/* The root of the index leaves before this one: a path that cw_merkle_included() holds has it on its left side. */
void cw_merkle_root_before(uint64_t index, uint64_t size, const struct cw_hashes *path, uint8_t out[CW_SHA256_BYTES]);
/* The first old_size leaves of the one tree are all leaves of the other. */
CW_MUST_CHECK bool cw_merkle_consistent(uint64_t old_size, const uint8_t old_root[CW_SHA256_BYTES], uint64_t size, const uint8_t root[CW_SHA256_BYTES], const struct cw_hashes *proof);

/* ---- checkpoints as signed notes (note.c, note_key.c): c2sp.org/signed-note, c2sp.org/tlog-checkpoint ---- */

#define CW_NOTE_MAX_BYTES (128u * 1024u) /* 16 cosignatures of the largest kind */
struct cw_checkpoint {
	char origin[CW_TEXT_MAX]; /* "organisation/station" */
	uint64_t size;            /* entries */
	char root[CW_SHA256_HEX]; /* RFC 6962 Merkle tree hash */
};
/* A checkpoint as a note has it: name is what cw_log_name() makes of the origin. */
struct cw_tree_head { char name[CW_SERIAL_MAX], root[CW_SHA256_HEX]; uint64_t size; };
/* Origin line and key name: the origin with '%', '+' and every kind of blank as %XX of its bytes, because neither may have blanks or '+'. */
void cw_log_name(const char *origin, char out[CW_SERIAL_MAX]);
struct cw_signed_note { const char *text; size_t text_len; const char *signatures; size_t signatures_len; }; /* borrowed from what was parsed */
CW_MUST_CHECK int cw_note_parse(const char *bytes, size_t len, struct cw_signed_note *out, struct cw_error *err);
/* CW_E_NO_KEY: this key did not sign it; CW_E_INVALID: its signature is wrong.  Signatures of other keys are no concern of ours. */
CW_MUST_CHECK int cw_note_verify(const struct cw_signed_note *n, const char *name, const char *key_hex, struct cw_error *err);
CW_MUST_CHECK int cw_tree_head_parse(const char *text, size_t len, struct cw_tree_head *out, struct cw_error *err);
/* "name+hash+base64": how others write a key of this kind (a "verifier key"). */
CW_MUST_CHECK int cw_note_vkey(const char *name, const char *key_hex, struct cw_buf *out, struct cw_error *err);

CW_MUST_CHECK bool cw_note_vkey_parse(const char *vkey, char name[CW_SERIAL_MAX], char key_hex[CW_SHA256_HEX]);

struct cw_note_key; /* the register's own key, Ed25519 */
/* Opens keys/note.key, or makes it; keys/note.vkey beside it is public.  origin: of the register. */
CW_MUST_CHECK int cw_note_key_open(int dirfd, const char *origin, struct cw_note_key **out, struct cw_error *err);
void cw_note_key_free(struct cw_note_key *k);
const char *cw_note_key_hex(const struct cw_note_key *k); /* public key, 64 digits */
/* Appends the signed checkpoint.  c->origin must be that of the key. */
CW_MUST_CHECK int cw_checkpoint_sign(const struct cw_note_key *k, const struct cw_checkpoint *c, struct cw_buf *note, struct cw_error *err);

/* ---- proof of inclusion (tlog_proof.c, order.c): c2sp.org/tlog-proof, certwipe-evidence(7) ---- */

#define CW_PROOF_NAME "evidence.tlog-proof"
#define CW_PROOF_MAX_BYTES (CW_NOTE_MAX_BYTES + 32u * 1024u)
struct cw_tlog_proof {
	uint64_t index;
	struct cw_hashes path;
	struct cw_signed_note note;        /* borrowed from what was parsed */
	struct cw_tree_head head;   /* of the note */
	json_t *leaf;               /* owned */
	uint8_t leaf_hash[CW_SHA256_BYTES];
	bool has_consistency;       /* from the register's state that the document names to head */
	struct cw_hashes consistency;
};
CW_MUST_CHECK int cw_tlog_proof_parse(const char *bytes, size_t len, struct cw_tlog_proof *out, struct cw_error *err);
void cw_tlog_proof_clear(struct cw_tlog_proof *p);
/* leaf: canonical JSON.  consistency: NULL when the path alone shows it. */
CW_MUST_CHECK int cw_tlog_proof_write(const char *leaf, size_t leaf_len, uint64_t index, const struct cw_hashes *path, const struct cw_hashes *consistency, const struct cw_buf *note,
				      struct cw_buf *out, struct cw_error *err);

/* Where a document stands in its register. */
struct cw_order {
	bool proven;                /* its own proof shows what follows on previous_* */
	uint64_t index, size;
	char root[CW_SHA256_HEX];
	char origin[CW_TEXT_MAX], previous_root[CW_SHA256_HEX], json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX]; /* as signed, and as found */
	uint64_t previous_size;
};

/* ---- the strict verifier (verify.c) ---- */

enum cw_finding { CW_FINDING_VALID = 1, CW_FINDING_REMARKS, CW_FINDING_INVALID, CW_FINDING_CANNOT_TELL };
struct cw_verify_result {
	uint32_t finding;
	int exit_code;              /* 0, 7 or 10 as design section 5 says */
	char type[CW_NODE_MAX], document_id[CW_NODE_MAX];
	char reason[CW_SERIAL_MAX]; /* the first failure or remark: sentence with field or offset */
	char decision[16];          /* "approved", "rejected"; "awaiting" where the policy asks for an approval and there is none; "" else */
	char awaits[CW_NODE_MAX];   /* roles that the document names and that have not signed: "operator witness" */
	char remarks[8][CW_TEXT_MAX]; uint32_t n_remarks;
	struct { char name[CW_NODE_MAX]; uint32_t passed; char why[CW_TEXT_MAX]; } checks[40]; uint32_t n_checks; /* in the order they were made */
	bool laboratory;
	struct cw_order order;      /* origin is "" when the document could not be read so far */
	char approval_sha256[CW_SHA256_HEX], withdrawal_sha256[CW_SHA256_HEX]; /* of the statements beside it that hold; "": there is none */
};
struct cw_evidence_files { /* what lies together; NULL/0: absent */
	const char *json; size_t json_len;
	const uint8_t *p7s; size_t p7s_len;
	const char *journal; size_t journal_len;
	const char *proof; size_t proof_len;
	struct cw_statement_files approval, withdrawal;
};
/* The proof of a payload that passed its other checks against the files; CW_E_CANNOT_TELL when the payload names no key of its register.  out: of the payload already. */
CW_MUST_CHECK int cw_order_check(const json_t *payload, const struct cw_payload_frame *frame, const struct cw_evidence_files *files, struct cw_order *out, struct cw_error *err);
/* The proof of a statement: kind is that of its entry. */
CW_MUST_CHECK int cw_statement_order_check(const json_t *payload, const struct cw_payload_frame *frame, const struct cw_statement_files *f, const char *kind, struct cw_error *err);
/* roots: PEM certificates that the auditor pinned, may be empty (then the best answer is "cannot tell").  Order and rules: certificate.md 9.2. */
void cw_verify(const struct cw_evidence_files *files, const char *roots_pem, size_t roots_len, bool allow_laboratory, struct cw_verify_result *out);
/*
 * Adds a check that somebody else made: rc 0: it holds; CW_E_CANNOT_TELL: something is missing; CW_E_PARTIAL: a remark; anything else: invalid.  The finding is that of the
 * worst check, the exit code follows it.
 */
void cw_verify_record(struct cw_verify_result *out, const char *name, int rc, const struct cw_error *err);
const char *cw_finding_name(uint32_t finding); /* "valid", "valid-with-remarks", "invalid", "cannot-tell" */
/*
 * The signature alone, without the document's meaning; for the signer's own check.  The certificate path must hold at the signing time and at at_unix.
 * Without roots: CW_E_CANNOT_TELL when everything else holds (signer_sha256 is filled in then too).
 */
CW_MUST_CHECK int cw_cms_check(const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, const char *roots_pem, size_t roots_len, int64_t at_unix, char signer_sha256[CW_SHA256_HEX],
			       struct cw_error *err);

/* ---- signatures of PDF files (PAdES-B-B, ETSI EN 319 142-1): no signing time in the signature, the file says it ---- */

CW_MUST_CHECK int cw_pdf_cms_sign(struct cw_signer *s, const void *content, size_t len, struct cw_buf *p7s, struct cw_error *err);
/* Bytes that such a signature takes at most: it depends on the certificate alone, so that two files have the same room for it. */
size_t cw_pdf_cms_room(const struct cw_signer *s);
/* As cw_cms_check(); the certificate path must hold at at_unix. */
CW_MUST_CHECK int cw_pdf_cms_check(const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, const char *roots_pem, size_t roots_len, int64_t at_unix,
				   char signer_sha256[CW_SHA256_HEX], struct cw_error *err);

/* ---- the signed note of the QR (summary.c) ---- */

#define CW_SUMMARY_MAX_BYTES 2048u
/* The lines that get signed, appended to out.  json: the bytes of evidence.json, whose payload it is; index: of the document in the register, NULL: not known. */
CW_MUST_CHECK int cw_summary_text(const json_t *payload, const char *json, size_t len, const char *index, struct cw_buf *out, struct cw_error *err);
/* Text, blank line, signature line; appended to out. */
CW_MUST_CHECK int cw_summary_sign(struct cw_signer *s, const char *text, size_t len, struct cw_buf *out, struct cw_error *err);
/* Is note the summary of this evidence, signed by the key that signed the evidence?  The evidence itself is checked by cw_verify(). */
CW_MUST_CHECK int cw_summary_check(const json_t *payload, const struct cw_evidence_files *files, const char *note, size_t len, struct cw_error *err);

#endif
