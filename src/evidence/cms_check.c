/* SPDX-License-Identifier: Apache-2.0 */
/* The signature itself: algorithms from a table, digest of the content, signature over the attributes. */
#include <limits.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "cms.h"

int cms_bad(struct cw_error *err, const char *fmt, ...)
{
	char text[sizeof(err->message)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ERR_clear_error();
	return cw_fail(err, CW_E_INVALID, 0, CMS_P7S_NAME, NULL, "%s", text);
}

int cms_failed(struct cw_error *err, enum cw_code code, const char *what)
{
	unsigned long last = ERR_peek_last_error();
	const char *why = last ? ERR_reason_error_string(last) : NULL;
	int rc = cw_fail(err, code, 0, NULL, NULL, _("%s: libcrypto says: %s."), what, why ? why : "no reason given");

	ERR_clear_error();
	return rc;
}

void cms_cleanup_x509(X509 **cert)
{
	X509_free(*cert);
}

void cms_case_clear(struct cms_case *c)
{
	for (unsigned i = 0; i < c->s.n_certs; i++)
		X509_free(c->certs[i]);
	*c = (struct cms_case){ 0 };
}

void cms_cert_sha256(const X509 *cert, char out[CW_SHA256_HEX])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	out[0] = '\0';
	if (X509_digest(cert, EVP_sha256(), digest, &n) == 1 && n == CW_SHA256_BYTES)
		cw_hex(out, digest, n);
}

X509 *cms_cert_of_pem(const char *pem, size_t len)
{
	CMS_AUTO_X509 X509 *cert = NULL, *second = NULL;
	BIO *in = len && len <= CMS_ROOTS_MAX_BYTES ? BIO_new_mem_buf(pem, (int)len) : NULL;

	if (in) {
		cert = PEM_read_bio_X509(in, NULL, NULL, (void *)"");
		second = cert ? PEM_read_bio_X509(in, NULL, NULL, (void *)"") : NULL;
	}
	BIO_free(in);
	ERR_clear_error();
	if (second)
		return NULL;
	X509 *only = cert;

	cert = NULL;
	return only;
}

/* ---- algorithms ---- */

#define BYTES(...) { (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) }
#define SHA2_ID(n) BYTES(0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, n)   /* RFC 5754 2: no parameters */
#define ECDSA_ID(n) BYTES(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, n)         /* RFC 5754 3.3: no parameters */
#define RSA_ID BYTES(0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00) /* RFC 3370 3.2: NULL */

static const struct cms_algorithm algorithms[] = {
	{ "ECDSA P-256 with SHA-256", "EC", "prime256v1", "SHA256", 256, 256, SHA2_ID(1), ECDSA_ID(2) },
	{ "ECDSA P-384 with SHA-384", "EC", "secp384r1", "SHA384", 384, 384, SHA2_ID(2), ECDSA_ID(3) },
	{ "RSA PKCS#1 v1.5 with SHA-256", "RSA", NULL, "SHA256", 2048, 8192, SHA2_ID(1), RSA_ID },
};

/* A curve by its name, not by parameters that somebody chose. */
static bool named_curve(X509 *cert)
{
	X509_ALGOR *algorithm = NULL;
	int type = 0;

	if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(cert)))
		return false;
	X509_ALGOR_get0(NULL, &type, NULL, algorithm);
	return type == V_ASN1_OBJECT;
}

const struct cms_algorithm *cms_algorithm_of_key(X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	char group[64] = "";

	for (size_t i = 0; key && i < CW_ARRAY_LEN(algorithms); i++) {
		const struct cms_algorithm *a = &algorithms[i];
		int bits = EVP_PKEY_get_bits(key);

		if (!EVP_PKEY_is_a(key, a->key_type) || bits < a->min_bits || bits > a->max_bits)
			continue;
		if (!a->group)
			return a;
		if (named_curve(cert) && EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) == 1 &&
		    strcmp(group, a->group) == 0)
			return a;
	}
	return NULL;
}

/* Calls for each signer, until one is wrong. */
static int each_signer(struct cms_case *c, int (*step)(const struct cms_case *c, const struct cms_info *info, struct cms_who *who, struct cw_error *err), struct cw_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < c->s.n_infos; i++)
		rc = step(c, &c->s.infos[i], &c->who[i], err);
	return rc;
}

static int algorithm_of(const struct cms_case *c, const struct cms_info *info, struct cms_who *who, struct cw_error *err)
{
	(void)c;
	who->algorithm = cms_algorithm_of_key(who->cert);
	if (!who->algorithm)
		return cms_bad(err, _("The signer's key is neither P-256, P-384 nor RSA of 2048 to 8192 bits."));
	if (!der_equal(info->digest_algorithm, who->algorithm->digest_id) || !der_equal(info->signature_algorithm, who->algorithm->signature_id))
		return cms_bad(err, _("The signer's key only signs by %s, and the signature says something else."), who->algorithm->name);
	return 0;
}

int cms_algorithms(struct cms_case *c, struct cw_error *err)
{
	return each_signer(c, algorithm_of, err);
}

/* ---- steps ---- */

int cms_open(struct cms_case *c, struct cw_error *err)
{
	int rc;

	if (!c->p7s_len || c->p7s_len > CMS_MAX_BYTES)
		return cms_bad(err, _("The signature has %zu bytes; expected are 1 to %u."), c->p7s_len, CMS_MAX_BYTES);
	rc = der_check(c->p7s, c->p7s_len, err);
	if (!rc)
		rc = cms_read(c->p7s, c->p7s_len, c->in_pdf, c->several ? CMS_SIGNERS_MAX : 1, &c->s, err);
	for (unsigned i = 0; !rc && i < c->s.n_certs; i++) {
		const uint8_t *p = c->s.certs[i].p;

		c->certs[i] = d2i_X509(NULL, &p, (long)c->s.certs[i].len);
		if (!c->certs[i] || p != c->s.certs[i].p + c->s.certs[i].len)
			rc = cms_bad(err, _("The certificate at offset %zu of the signature cannot be read."), (size_t)(c->s.certs[i].p - c->p7s));
	}
	return rc;
}

static int digest_of(const struct cms_case *c, const struct cms_info *info, struct cms_who *who, struct cw_error *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;

	if (EVP_Q_digest(NULL, who->algorithm->digest, NULL, c->content, c->content_len, digest, &n) != 1)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("The digest %s could not be computed."), who->algorithm->digest);
	if (!der_equal(info->message_digest, (struct der){ digest, n }))
		return cms_bad(err, _("The document was changed: it is not the one that was signed."));
	return 0;
}

int cms_digest(struct cms_case *c, struct cw_error *err)
{
	return each_signer(c, digest_of, err);
}

/* RFC 5652 5.4: what is signed are the attributes with the tag of a plain SET. */
static bool attributes_are_signed(const struct cms_info *info, const struct cms_who *who)
{
	CW_AUTO_FREE uint8_t *set = malloc(info->signed_attrs.len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = false;

	if (set && ctx) {
		memcpy(set, info->signed_attrs.p, info->signed_attrs.len);
		set[0] = DER_SET;
		ok = EVP_DigestVerifyInit_ex(ctx, NULL, who->algorithm->digest, NULL, NULL, X509_get0_pubkey(who->cert), NULL) == 1 &&
		     EVP_DigestVerify(ctx, info->signature.p, info->signature.len, set, info->signed_attrs.len) == 1;
	}
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* A second opinion by code that is not ours: libcrypto reads the same structure, writes it out the same, and finds the same signature good. */
static bool stock_agrees(struct cms_case *c)
{
	const uint8_t *p = c->p7s;
	uint8_t *again = NULL;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)c->p7s_len);
	BIO *content = BIO_new_mem_buf(c->content, (int)c->content_len);
	int len = cms ? i2d_CMS_ContentInfo(cms, &again) : -1;
	bool ok = content && len > 0 && (size_t)len == c->p7s_len && memcmp(again, c->p7s, c->p7s_len) == 0 &&
		  CMS_verify(cms, NULL, NULL, content, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;

	OPENSSL_free(again);
	BIO_free(content);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return ok;
}

static int signature_of(const struct cms_case *c, const struct cms_info *info, struct cms_who *who, struct cw_error *err)
{
	(void)c;
	return attributes_are_signed(info, who) ? 0 : cms_bad(err, _("The signature is not by the key of the certificate that it names."));
}

int cms_signature(struct cms_case *c, struct cw_error *err)
{
	int rc = each_signer(c, signature_of, err);

	if (rc)
		return rc;
	if (!stock_agrees(c))
		return cms_bad(err, _("The signature is not in the one form that libcrypto writes."));
	return 0;
}

static int check_all(struct cms_case *c, struct cw_error *err)
{
	static int (*const steps[])(struct cms_case *, struct cw_error *) = { cms_open, cms_signer, cms_algorithms, cms_digest, cms_signature, cms_profile };
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(steps); i++)
		rc = steps[i](c, err);
	return rc;
}

static int tell_signer(struct cms_case *c, int rc, char signer_sha256[CW_SHA256_HEX])
{
	cw_strlcpy(signer_sha256, !rc || rc == CW_E_CANNOT_TELL ? c->who[0].sha256 : "", CW_SHA256_HEX);
	cms_case_clear(c);
	return rc;
}

int cw_cms_check(const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, const char *roots_pem, size_t roots_len, int64_t at_unix,
		 char signer_sha256[CW_SHA256_HEX], struct cw_error *err)
{
	struct cms_case c = { .p7s = p7s, .p7s_len = p7s_len, .content = content, .content_len = len };
	int rc = len > CW_JSON_MAX_BYTES ? cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The document has %zu bytes; at most %u are read."), len, CW_JSON_MAX_BYTES) :
					   check_all(&c, err);

	if (!rc)
		rc = cms_trust_all(&c, roots_pem, roots_len, err);
	if (!rc)
		rc = cms_trust(&c, 0, roots_pem, roots_len, at_unix, err);
	return tell_signer(&c, rc, signer_sha256);
}

int cw_pdf_cms_check(const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, const char *roots_pem, size_t roots_len, int64_t at_unix,
		     char signer_sha256[CW_SHA256_HEX], struct cw_error *err)
{
	struct cms_case c = { .p7s = p7s, .p7s_len = p7s_len, .content = content, .content_len = len, .in_pdf = true };
	int rc = len > INT_MAX ? cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("The file is too large for a signature.")) : check_all(&c, err);

	if (!rc)
		rc = cms_trust(&c, 0, roots_pem, roots_len, at_unix, err);
	if (!rc)
		rc = cms_no_strangers(&c, err);
	return tell_signer(&c, rc, signer_sha256);
}
