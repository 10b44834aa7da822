/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one shape of signature that certwipe writes and accepts (certificate.md 9.2): DER, SignedData v1, detached, one SignerInfo v1 for each signer with signed attributes
 * and signing-certificate-v2, no unsigned attributes.  Stock libraries accept far more (9.1), so the structure is read here and libcrypto only does the arithmetic.
 *
 *   cms_der.c    bytes are DER and nothing else          cms_check.c  algorithms, digest, signature; cw_cms_check
 *   cms_read.c   DER is our SignedData, fields of it     cms_chain.c  who signed, and do the pinned roots vouch for it
 */
#ifndef CMS_H
#define CMS_H

#include <openssl/x509.h>

#include "certwipe/evidence.h"

#define CMS_P7S_NAME "evidence.json.p7s"
#define CMS_MAX_BYTES CW_P7S_MAX           /* ours takes 2 KiB */
#define CMS_PATH_MAX 4                     /* signer, two intermediates, root */
#define CMS_SIGNERS_MAX CW_SIGNATORIES_MAX /* of one document; all others have one */
#define CMS_CERTS_MAX (CMS_SIGNERS_MAX * CMS_PATH_MAX)
#define CMS_DIGESTS_MAX 2                  /* SHA-256 and SHA-384 */
#define CMS_ROOTS_MAX_BYTES (1024u * 1024u)
#define CMS_ROOTS_MAX 64

/* CW_E_INVALID about the signature file. */
CW_PRINTF(2, 3) int cms_bad(struct cw_error *err, const char *fmt, ...);
/* what, and libcrypto's last reason. */
int cms_failed(struct cw_error *err, enum cw_code code, const char *what);

/* ---- cms_der.c ---- */

#define DER_INTEGER 0x02
#define DER_OCTET_STRING 0x04
#define DER_OID 0x06
#define DER_UTC_TIME 0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_CONTEXT(n) (0xa0 | (n)) /* constructed */

struct der { const uint8_t *p; size_t len; };              /* borrowed bytes */
struct der_item { uint8_t tag; struct der body, whole; };  /* whole: with tag and length */

/* Definite and minimal lengths, canonical primitives, sorted sets, no trailing bytes, all the way down; the message names the offset. */
CW_MUST_CHECK int der_check(const uint8_t *bytes, size_t len, struct cw_error *err);
/* Takes the next item off *in when it has this tag. */
CW_MUST_CHECK bool der_take(struct der *in, uint8_t tag, struct der_item *out);
bool der_equal(struct der a, struct der b);
bool der_sorted(struct der set_body); /* SET OF order, for the sets that hide behind an implicit tag */

/* ---- cms_read.c: slices of the signature file, all borrowed ---- */

struct cms_info {                                          /* one SignerInfo */
	struct der whole;
	struct der digest_algorithm, signature_algorithm;  /* whole AlgorithmIdentifiers */
	struct der issuer, serial;                         /* whole Name and INTEGER of the SignerInfo */
	struct der signed_attrs;                           /* whole, with its implicit tag */
	struct der signature;                              /* body */
	struct der message_digest;                         /* body */
	int64_t signing_time;                              /* 0 in a PDF */
	struct der ess_algorithm;                          /* whole; empty: SHA-256 */
	struct der ess_hash;                               /* body */
	struct der ess_issuer, ess_serial;                 /* whole; empty when left out */
};
struct cms_signed {
	bool in_pdf;
	unsigned most;                                     /* signers that there may be */
	struct der digest_algorithms[CMS_DIGESTS_MAX];     /* that are announced */
	unsigned n_digests;
	struct der certs[CMS_CERTS_MAX];
	unsigned n_certs;
	struct cms_info infos[CMS_SIGNERS_MAX];
	unsigned n_infos;
};
/* bytes passed der_check.  in_pdf: there must not be a signing time.  most: signers, at most CMS_SIGNERS_MAX. */
CW_MUST_CHECK int cms_read(const uint8_t *bytes, size_t len, bool in_pdf, unsigned most, struct cms_signed *out, struct cw_error *err);

/* ---- cms_check.c ---- */

/* One row for each pair of key and digest that may sign; the document negotiates nothing. */
struct cms_algorithm {
	const char *name, *key_type, *group, *digest;
	int min_bits, max_bits;
	struct der digest_id, signature_id; /* whole AlgorithmIdentifiers, byte for byte */
};
const struct cms_algorithm *cms_algorithm_of_key(X509 *cert); /* NULL: such a key may not sign */

struct cms_who {
	X509 *cert; /* one of those of the case */
	const struct cms_algorithm *algorithm;
	char sha256[CW_SHA256_HEX];
};
struct cms_case {
	const uint8_t *p7s, *content;
	size_t p7s_len, content_len;
	bool in_pdf;                /* the signature of a PDF: no signing time */
	bool several;               /* a document may have more than one signer */
	bool person;                /* the one signer is a person */
	struct cms_signed s;
	X509 *certs[CMS_CERTS_MAX]; /* parsed s.certs */
	bool on_path[CMS_CERTS_MAX];
	struct cms_who who[CMS_SIGNERS_MAX]; /* of s.infos */
};
void cms_case_clear(struct cms_case *c);
/* The steps, in this order; each relies on those before it. */
CW_MUST_CHECK int cms_open(struct cms_case *c, struct cw_error *err);       /* DER, structure */
CW_MUST_CHECK int cms_signer(struct cms_case *c, struct cw_error *err);     /* cms_chain.c: signing-certificate-v2 and SignerInfo name one of the certificates */
CW_MUST_CHECK int cms_algorithms(struct cms_case *c, struct cw_error *err);
CW_MUST_CHECK int cms_digest(struct cms_case *c, struct cw_error *err);
CW_MUST_CHECK int cms_signature(struct cms_case *c, struct cw_error *err);
/* cms_chain.c: the certificate is one for signing documents.  Among several signers only what holds for people is asked; which is the station is known later. */
CW_MUST_CHECK int cms_profile(struct cms_case *c, struct cw_error *err);
CW_MUST_CHECK int cms_station_profile(X509 *cert, struct cw_error *err);
CW_MUST_CHECK int cms_person_profile(X509 *cert, struct cw_error *err);
/*
 * cms_chain.c: a path from a signer to a pinned root that held at this time.  Without roots: CW_E_CANNOT_TELL, unless the path inside the file is broken.
 * cms_trust_all: of each signer when he signed; and there is no certificate that is on no path.
 */
CW_MUST_CHECK int cms_trust(struct cms_case *c, unsigned signer, const char *roots_pem, size_t roots_len, int64_t at_unix, struct cw_error *err);
CW_MUST_CHECK int cms_trust_all(struct cms_case *c, const char *roots_pem, size_t roots_len, struct cw_error *err);
CW_MUST_CHECK int cms_no_strangers(const struct cms_case *c, struct cw_error *err);

CW_MUST_CHECK bool cms_person_of(X509 *cert, struct cw_signing_person *out); /* signatories.c; false: it does not name one */
void cms_cleanup_x509(X509 **cert);
#define CMS_AUTO_X509 __attribute__((cleanup(cms_cleanup_x509)))
/* Exactly one PEM certificate; NULL otherwise. */
X509 *cms_cert_of_pem(const char *pem, size_t len);
void cms_cert_sha256(const X509 *cert, char out[CW_SHA256_HEX]);

#endif
