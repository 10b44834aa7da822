/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed, and do the pinned roots vouch for it.  The machine's own trust store plays no part: any public S/MIME certificate would be good enough for it. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "cms.h"

#define OID_MAIL_PROTECTION "1.3.6.1.5.5.7.3.4"
#define OID_DOCUMENT_SIGNING "1.3.6.1.5.5.7.3.36" /* RFC 9336; OpenSSL 3.0 has no name for it */
#define SECURITY_LEVEL 2                          /* 112 bits: no SHA-1, no RSA-1024 anywhere in the path */

/* ---- the signer's certificate ---- */

static const struct { struct der id; const char *name; size_t bytes; } ess_digests[] = {
	{ { NULL, 0 }, "SHA256", 32 }, /* the default, which DER leaves out */
	{ { (const uint8_t[]){ 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 }, 13 }, "SHA384", 48 },
};

static bool ess_names(const struct cms_info *s, struct der cert)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(ess_digests); i++)
		if (der_equal(s->ess_algorithm, ess_digests[i].id))
			return s->ess_hash.len == ess_digests[i].bytes && EVP_Q_digest(NULL, ess_digests[i].name, NULL, cert.p, cert.len, digest, &n) == 1 &&
			       der_equal(s->ess_hash, (struct der){ digest, n });
	return false;
}

static bool is_issuer_and_serial(const X509 *cert, struct der issuer, struct der serial)
{
	const uint8_t *name = NULL;
	size_t name_len = 0;
	uint8_t *number = NULL;
	int number_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &number);
	bool same = number_len > 0 && X509_NAME_get0_der(X509_get_issuer_name(cert), &name, &name_len) == 1 &&
		    der_equal(issuer, (struct der){ name, name_len }) && der_equal(serial, (struct der){ number, (size_t)number_len });

	OPENSSL_free(number);
	return same;
}

static int find_signer(const struct cms_case *c, const struct cms_info *info, struct cms_who *who, struct cw_error *err)
{
	for (unsigned i = 0; i < c->s.n_certs; i++) {
		if (!ess_names(info, c->s.certs[i]))
			continue;
		if (who->cert)
			return cms_bad(err, _("The signer's certificate is in the signature twice."));
		who->cert = c->certs[i];
	}
	if (!who->cert)
		return cms_bad(err, _("None of the certificates in the signature is the one that the signed attributes name."));
	if (!is_issuer_and_serial(who->cert, info->issuer, info->serial) || (info->ess_issuer.len && !is_issuer_and_serial(who->cert, info->ess_issuer, info->ess_serial)))
		return cms_bad(err, _("Issuer and serial number of the signer are not those of the certificate that the signed attributes name."));
	cms_cert_sha256(who->cert, who->sha256);
	return who->sha256[0] ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("The certificate's fingerprint could not be computed."));
}

int cms_signer(struct cms_case *c, struct cw_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < c->s.n_infos; i++) {
		rc = find_signer(c, &c->s.infos[i], &c->who[i], err);
		for (unsigned k = 0; !rc && k < i; k++)
			if (c->who[k].cert == c->who[i].cert)
				rc = cms_bad(err, _("The same certificate signed twice."));
	}
	return rc;
}

static bool has_purpose(const EXTENDED_KEY_USAGE *purposes, const char *oid)
{
	char text[64];

	for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++)
		if (OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(purposes, i), 1) > 0 && strcmp(text, oid) == 0)
			return true;
	return false;
}

/* Mail protection, so that stock `openssl cms -verify` accepts it; document signing, so that a mail certificate of the same root does not do; nothing else. */
static bool purposes_ok(X509 *cert)
{
	EXTENDED_KEY_USAGE *purposes = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	bool ok = purposes && sk_ASN1_OBJECT_num(purposes) == 2 && has_purpose(purposes, OID_MAIL_PROTECTION) && has_purpose(purposes, OID_DOCUMENT_SIGNING);

	sk_ASN1_OBJECT_pop_free(purposes, ASN1_OBJECT_free);
	return ok;
}

static int end_entity(X509 *cert, struct cw_error *err)
{
	uint32_t flags = X509_get_extension_flags(cert);

	if (X509_get_version(cert) != X509_VERSION_3 || (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY)))
		return cms_bad(err, _("The signer's certificate is malformed or has a critical extension that is not known."));
	if ((flags & EXFLAG_CA) || X509_check_ca(cert) != 0)
		return cms_bad(err, _("The signer's certificate is that of a certification authority, which may not sign documents."));
	return 0;
}

int cms_station_profile(X509 *cert, struct cw_error *err)
{
	const uint32_t usage = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
	const X509_EXTENSION *key_usage = X509_get_ext(cert, X509_get_ext_by_NID(cert, NID_key_usage, -1));
	int rc = end_entity(cert, err);

	if (rc)
		return rc;
	if (!(X509_get_extension_flags(cert) & EXFLAG_KUSAGE) || !key_usage || !X509_EXTENSION_get_critical(key_usage) || X509_get_key_usage(cert) != usage)
		return cms_bad(err, _("The key usage of the signer's certificate must be digitalSignature and nonRepudiation, and critical."));
	if (!purposes_ok(cert))
		return cms_bad(err, _("The extended key usage of the signer's certificate must be emailProtection and documentSigning."));
	return 0;
}

/* What an office's own authority issues to its people has more purposes than one; the document names the very certificate, so that none of the others can stand in for it. */
int cms_person_profile(X509 *cert, struct cw_error *err)
{
	const uint32_t may = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, never = KU_KEY_CERT_SIGN | KU_CRL_SIGN;
	EXTENDED_KEY_USAGE *purposes;
	uint32_t usage = X509_get_key_usage(cert);
	int rc = end_entity(cert, err);

	if (rc)
		return rc;
	if (!(X509_get_extension_flags(cert) & EXFLAG_KUSAGE) || !(usage & may) || (usage & never))
		return cms_bad(err, _("The key usage of a person's certificate must have digitalSignature or nonRepudiation, and not the signing of certificates."));
	purposes = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	bool ok = purposes && has_purpose(purposes, OID_MAIL_PROTECTION);

	sk_ASN1_OBJECT_pop_free(purposes, ASN1_OBJECT_free);
	return ok ? 0 : cms_bad(err, _("The extended key usage of a person's certificate must have emailProtection."));
}

int cms_profile(struct cms_case *c, struct cw_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < c->s.n_infos; i++)
		rc = c->s.n_infos == 1 && !c->person ? cms_station_profile(c->who[i].cert, err) : cms_person_profile(c->who[i].cert, err);
	return rc;
}

/* ---- trust ---- */

struct roots { X509 *at[CMS_ROOTS_MAX]; unsigned n; };

static void roots_clear(struct roots *r)
{
	for (unsigned i = 0; i < r->n; i++)
		X509_free(r->at[i]);
	r->n = 0;
}

static int unusable(struct cw_error *err, const char *why)
{
	ERR_clear_error();
	return cw_fail(err, CW_E_CANNOT_TELL, 0, NULL, _("Give the organisation's root certificate (root.pem) whose fingerprint you have on paper."), "%s", why);
}

static int roots_read(const char *pem, size_t len, struct roots *out, struct cw_error *err)
{
	BIO *in = len && len <= CMS_ROOTS_MAX_BYTES ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *cert = NULL;
	unsigned long last;

	if (!in)
		return unusable(err, len ? _("The file of trusted roots is too large.") : _("No trusted root was given."));
	while (out->n < CMS_ROOTS_MAX && (cert = PEM_read_bio_X509(in, NULL, NULL, (void *)"")))
		out->at[out->n++] = cert;
	last = ERR_peek_last_error();
	BIO_free(in);
	if (cert)
		return unusable(err, _("The file of trusted roots has too many certificates."));
	if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
		return unusable(err, _("A certificate in the file of trusted roots cannot be read."));
	ERR_clear_error();
	return out->n ? 0 : unusable(err, _("The file of trusted roots has no certificate in PEM form."));
}

/* With nothing pinned a root that the file brings itself stands in, so that a path that is broken in itself is still found out. */
static void roots_of_file(const struct cms_case *c, struct roots *out)
{
	for (unsigned i = 0; i < c->s.n_certs; i++)
		if (X509_get_extension_flags(c->certs[i]) & EXFLAG_SS && X509_up_ref(c->certs[i]))
			out->at[out->n++] = c->certs[i];
}

/* Certificates that are not on the path have no business in the file: nothing vouches for them. */
int cms_no_strangers(const struct cms_case *c, struct cw_error *err)
{
	for (unsigned i = 0; i < c->s.n_certs; i++)
		if (!c->on_path[i])
			return cms_bad(err, _("The signature has a certificate that plays no part in it."));
	return 0;
}

static void mark_path(struct cms_case *c, STACK_OF(X509) *path)
{
	for (unsigned i = 0; i < c->s.n_certs; i++)
		for (int k = 0; k < sk_X509_num(path); k++)
			c->on_path[i] |= X509_cmp(c->certs[i], sk_X509_value(path, k)) == 0;
}

static int path_verify(struct cms_case *c, X509 *signer, X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) *spare, int64_t at_unix, struct cw_error *err)
{
	X509_VERIFY_PARAM *param;
	char at[CW_TIME_TEXT];

	if (!X509_STORE_CTX_init(ctx, store, signer, spare))
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("The certificate path could not be checked."));
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)at_unix);
	X509_VERIFY_PARAM_set_depth(param, CMS_PATH_MAX - 2);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (X509_verify_cert(ctx) == 1) {
		mark_path(c, X509_STORE_CTX_get0_chain(ctx));
		return 0;
	}
	cw_time_format(at_unix, at);
	return cms_bad(err, _("The signer's certificate does not lead to a trusted root that held at %s: %s."), at, X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

static void remember(struct cms_case *c, const uint8_t key[CW_SHA256_BYTES], STACK_OF(X509) *path);

/* key: to remember the path by; NULL: it is not to be. */
static int path_to(struct cms_case *c, X509 *signer, const struct roots *roots, int64_t at_unix, const uint8_t *key, struct cw_error *err)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *spare = sk_X509_new_null(); /* borrows */
	bool ready = store && ctx && spare;
	int rc;

	for (unsigned i = 0; ready && i < roots->n; i++)
		ready = X509_STORE_add_cert(store, roots->at[i]) == 1;
	for (unsigned i = 0; ready && i < c->s.n_certs; i++)
		ready = sk_X509_push(spare, c->certs[i]) > 0;
	if (ready)
		rc = path_verify(c, signer, ctx, store, spare, at_unix, err);
	else
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("The certificate path could not be checked."));
	if (!rc && key)
		remember(c, key, X509_STORE_CTX_get0_chain(ctx));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(spare);
	ERR_clear_error();
	return rc;
}

/* ---- paths that held before ---- */

/*
 * Thousands of documents in a row are signed by the same few: what was shown of one signer under the same roots, among the same certificates, holds for the next document as long as
 * its time is one at which every certificate of the path was valid.
 */
#define KNOWN_MAX 16
static struct known { bool used; uint8_t key[CW_SHA256_BYTES]; int64_t from, until; bool on_path[CMS_CERTS_MAX]; } known[KNOWN_MAX];
static unsigned next_known;

static bool known_key(const struct cms_case *c, unsigned signer, const char *roots_pem, size_t roots_len, uint8_t out[CW_SHA256_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) && EVP_DigestUpdate(ctx, c->who[signer].sha256, sizeof(c->who[signer].sha256)) &&
		  EVP_DigestUpdate(ctx, &roots_len, sizeof(roots_len)) && EVP_DigestUpdate(ctx, roots_pem, roots_len);

	for (unsigned i = 0; ok && i < c->s.n_certs; i++) /* each is DER, and so tells where it ends */
		ok = EVP_DigestUpdate(ctx, c->s.certs[i].p, c->s.certs[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, &n) && n == CW_SHA256_BYTES;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool is_known(struct cms_case *c, const uint8_t key[CW_SHA256_BYTES], int64_t at_unix)
{
	for (size_t k = 0; k < KNOWN_MAX; k++)
		if (known[k].used && at_unix >= known[k].from && at_unix <= known[k].until && memcmp(known[k].key, key, CW_SHA256_BYTES) == 0) {
			for (unsigned i = 0; i < c->s.n_certs; i++)
				c->on_path[i] |= known[k].on_path[i];
			return true;
		}
	return false;
}

static bool validity(const X509 *cert, int64_t *from, int64_t *until)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notBefore(cert), &tm) != 1)
		return false;
	*from = (int64_t)timegm(&tm) > *from ? (int64_t)timegm(&tm) : *from;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return false;
	*until = (int64_t)timegm(&tm) < *until ? (int64_t)timegm(&tm) : *until;
	return true;
}

static void remember(struct cms_case *c, const uint8_t key[CW_SHA256_BYTES], STACK_OF(X509) *path)
{
	struct known k = { .used = true, .from = INT64_MIN, .until = INT64_MAX };

	for (int i = 0; i < sk_X509_num(path); i++) {
		if (!validity(sk_X509_value(path, i), &k.from, &k.until))
			return;
		for (unsigned n = 0; n < c->s.n_certs; n++)
			k.on_path[n] |= X509_cmp(c->certs[n], sk_X509_value(path, i)) == 0;
	}
	memcpy(k.key, key, CW_SHA256_BYTES);
	known[next_known++ % KNOWN_MAX] = k;
}

int cms_trust(struct cms_case *c, unsigned signer, const char *roots_pem, size_t roots_len, int64_t at_unix, struct cw_error *err)
{
	struct roots roots = { .n = 0 };
	struct cw_error broken = { 0 };
	uint8_t key[CW_SHA256_BYTES];
	bool may_know = known_key(c, signer, roots_pem ? roots_pem : "", roots_pem ? roots_len : 0, key);
	int rc;

	if (may_know && is_known(c, key, at_unix))
		return 0;
	rc = roots_read(roots_pem, roots_len, &roots, err);
	if (!rc) {
		rc = path_to(c, c->who[signer].cert, &roots, at_unix, may_know ? key : NULL, err);
		goto out;
	}
	roots_clear(&roots);
	roots_of_file(c, &roots);
	if (roots.n && path_to(c, c->who[signer].cert, &roots, at_unix, NULL, &broken) == CW_E_INVALID) {
		*err = broken;
		rc = CW_E_INVALID;
	}
out:
	roots_clear(&roots);
	return rc;
}

int cms_trust_all(struct cms_case *c, const char *roots_pem, size_t roots_len, struct cw_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < c->s.n_infos; i++) {
		int one = cms_trust(c, i, roots_pem, roots_len, c->s.infos[i].signing_time, err);

		if (one && one != CW_E_CANNOT_TELL)
			return one;
		rc = one ? one : rc;
	}
	return rc ? rc : cms_no_strangers(c, err);
}

bool cw_roots_are(const char *roots_pem, size_t roots_len)
{
	struct roots roots = { .n = 0 };
	struct cw_error none = { 0 };
	bool ok = !roots_read(roots_pem, roots_len, &roots, &none);

	roots_clear(&roots);
	return ok;
}

bool cw_roots_have(const char *roots_pem, size_t roots_len, const char *pem, size_t len)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(pem, len);
	struct roots roots = { .n = 0 };
	struct cw_error none = { 0 };
	bool found = false;

	if (cert && !roots_read(roots_pem, roots_len, &roots, &none))
		for (unsigned i = 0; i < roots.n; i++)
			found = found || X509_cmp(roots.at[i], cert) == 0;
	roots_clear(&roots);
	return found;
}
