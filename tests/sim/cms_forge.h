/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes signatures and certificates that are wrong in one chosen way and right in every other.  Written apart from src/evidence on purpose: what both believe is checked.
 * Everything aborts when it fails: these are tests.
 */
#ifndef CMS_FORGE_H
#define CMS_FORGE_H

#include <openssl/x509.h>

#include "certwipe/base.h"

/* ---- certificates ---- */

struct forge_cert {
	const char *organisation, *name;
	const char *basic, *usage, *purposes;  /* OpenSSL configuration syntax, NULL: extension left out */
	const char *constraints, *alternative; /* name constraints, subject alternative name */
	int64_t from_s, until_s;              /* seconds from now */
	EVP_PKEY *key;
	X509 *issuer;                         /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	const char *digest;                   /* NULL: SHA256 */
};
X509 *forge_cert_make(const struct forge_cert *want);
EVP_PKEY *forge_key(const char *kind); /* "P-256", "P-384", "RSA-1024", "RSA-2048" */
void forge_pem(X509 *cert, struct cw_buf *out); /* appended */
/* As certwipe makes them: a root, and a station certificate under it. */
struct forge_pki { EVP_PKEY *root_key, *key; X509 *root, *cert; struct cw_buf root_pem; };
void forge_pki_make(struct forge_pki *p);
void forge_pki_clear(struct forge_pki *p);
extern const struct forge_cert FORGE_ROOT, FORGE_STATION; /* to copy and change */

/* ---- signatures ---- */

#define FORGE_ATTRS 8
struct forge {
	const void *content;
	size_t content_len;
	X509 *cert;       /* signer: named by SignerInfo and signing-certificate-v2 */
	EVP_PKEY *key;
	const char *digest; /* "SHA256" */
	X509 *certs[6];   /* go into the file */
	unsigned n_certs;
	int64_t signing_time;
	/* parts, whole TLVs; filled by forge_prepare and free to be changed before forge_finish */
	struct cw_buf version, digest_id, content_info, signer_version, sid, signature_id, attrs[FORGE_ATTRS], unsigned_attrs, tail;
	unsigned n_attrs;
	bool unsorted, no_attrs, no_signer, two_signers;
	struct cw_buf signature; /* not empty: taken instead of making one */
};
void forge_prepare(struct forge *f);
void forge_finish(struct forge *f, struct cw_buf *p7s); /* sorts and signs the attributes, assembles, clears the parts */

/* ---- DER ---- */

void forge_tlv(struct cw_buf *out, uint8_t tag, const void *body, size_t len);
void forge_hex(struct cw_buf *out, const char *hex); /* replaces out */
void forge_attr(struct cw_buf *out, const char *oid_hex, const void *values, size_t len); /* replaces out; values: body of the SET */

#endif
