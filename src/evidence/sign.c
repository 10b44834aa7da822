/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing by somebody else's hand (certificate.md 3.2): libcrypto builds the SignedData from the public certificate, the signer gets the DER of the signed attributes and
 * gives back a signature.  A card or a TPM is another struct cw_signer (signer_file.c).
 */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "cms.h"
#include "keys.h"

#define SIGNATURE_MAX 1024 /* RSA 8192 */
#define FLAGS (CMS_BINARY | CMS_DETACHED | CMS_CADES | CMS_NOSMIMECAP | CMS_PARTIAL)

/* ---- names ---- */

static int name_part(X509 *cert, int nid, const char *what, char *out, size_t size, struct cw_error *err)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, nid, -1);
	unsigned char *utf8 = NULL;
	int len = at < 0 ? 0 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	bool ok = len >= 0 && (size_t)len < size;

	if (ok && len)
		memcpy(out, utf8, (size_t)len);
	if (ok)
		out[len] = '\0';
	ok = ok && strlen(out) == (size_t)len && cw_text_is_printable(out);
	OPENSSL_free(utf8);
	return ok ? 0 : cw_fail(err, CW_E_NO_KEY, 0, CW_KEYS_STATION_PEM, NULL, _("The value of \"%s\" in the station's certificate is no printable name."), what);
}

int cw_signer_names(const struct cw_signer *s, struct cw_payload_frame *frame, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert_pem, s->cert_len);
	int rc;

	if (!cert)
		return cw_fail(err, CW_E_NO_KEY, 0, CW_KEYS_STATION_PEM, NULL, _("The station's certificate is not one certificate in PEM form."));
	rc = name_part(cert, NID_organizationName, "organisation", frame->organisation, sizeof(frame->organisation), err);
	if (!rc)
		rc = name_part(cert, NID_organizationalUnitName, "unit", frame->unit, sizeof(frame->unit), err);
	if (!rc)
		rc = name_part(cert, NID_commonName, "station", frame->station, sizeof(frame->station), err);
	if (!rc)
		cms_cert_sha256(cert, frame->signer_cert_sha256);
	return rc;
}

/* ---- signature ---- */

static bool add_signing_time(CMS_SignerInfo *si, int64_t now)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)now);
	bool ok = t && CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, ASN1_STRING_type(t), t, -1) == 1;

	ASN1_TIME_free(t);
	return ok;
}

/* now 0: without a signing time, as in a PDF, which has one of its own (EN 319 142-1). */
static bool add_attributes(CMS_SignerInfo *si, const struct cms_algorithm *a, const void *content, size_t len, int64_t now)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;

	return EVP_Q_digest(NULL, a->digest, NULL, content, len, digest, &n) == 1 &&
	       CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1) == 1 &&
	       CMS_signed_add1_attr_by_NID(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, (int)n) == 1 && (!now || add_signing_time(si, now));
}

static int by_octets(const void *a, const void *b)
{
	const struct der *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The attributes as DER SET OF: what gets signed (RFC 5652 5.4).  Allocated by libcrypto. */
static uint8_t *attributes_der(CMS_SignerInfo *si, size_t *len)
{
	struct der items[8];
	int n = CMS_signed_get_attr_count(si), have = 0, head;
	size_t body = 0;
	uint8_t *out = NULL, *p;

	for (; have < n && n <= (int)CW_ARRAY_LEN(items); have++) {
		uint8_t *one = NULL;
		int size = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, have), &one);

		if (size <= 0)
			break;
		items[have] = (struct der){ one, (size_t)size };
		body += (size_t)size;
	}
	head = have == n && n > 0 ? ASN1_object_size(1, (int)body, V_ASN1_SET) : -1;
	out = head > 0 ? OPENSSL_malloc((size_t)head) : NULL;
	if (out) {
		p = out;
		ASN1_put_object(&p, 1, (int)body, V_ASN1_SET, V_ASN1_UNIVERSAL);
		qsort(items, (size_t)have, sizeof(items[0]), by_octets);
		for (int i = 0; i < have; i++, p += items[i - 1].len)
			memcpy(p, items[i].p, items[i].len);
		*len = (size_t)head;
	}
	while (have-- > 0)
		OPENSSL_free((void *)(uintptr_t)items[have].p);
	return out;
}

static bool set_algorithm(CMS_SignerInfo *si, const struct cms_algorithm *a)
{
	const uint8_t *p = a->signature_id.p;
	X509_ALGOR *wanted = d2i_X509_ALGOR(NULL, &p, (long)a->signature_id.len), *mine = NULL;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &mine);
	bool ok = wanted && mine && X509_ALGOR_copy(mine, wanted) == 1;

	X509_ALGOR_free(wanted);
	return ok;
}

static int sign_attributes(struct cw_signer *s, CMS_SignerInfo *si, const struct cms_algorithm *a, struct cw_error *err)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t len = 0, n = sizeof(signature);
	uint8_t *tbs = attributes_der(si, &len);
	int rc = tbs ? s->sign(s->user, tbs, len, signature, &n, err) : cms_failed(err, CW_E_NO_EVIDENCE, _("The signed attributes could not be encoded"));

	OPENSSL_free(tbs);
	if (rc)
		return rc;
	if (n > sizeof(signature) || !ASN1_OCTET_STRING_set(CMS_SignerInfo_get0_signature(si), signature, (int)n) || !set_algorithm(si, a))
		return cms_failed(err, CW_E_NO_EVIDENCE, _("The signature could not be put into its file"));
	return 0;
}

/* Authorities between signer and root; what is there already is not added twice. */
static bool add_between(const struct cw_signer *s, CMS_ContentInfo *cms)
{
	BIO *in = s->between_len ? BIO_new_mem_buf(s->between_pem, (int)s->between_len) : NULL;
	X509 *cert;

	while (in && (cert = PEM_read_bio_X509(in, NULL, NULL, (void *)""))) {
		(void)CMS_add1_cert(cms, cert);
		X509_free(cert);
	}
	BIO_free(in);
	ERR_clear_error();
	return in || !s->between_len;
}

/* The root is not sent along: it is trusted only from elsewhere, and bytes that no signature covers are bytes that can be changed unseen. */
static int build(struct cw_signer *s, X509 *cert, CMS_ContentInfo *cms, const void *content, size_t len, int64_t now, struct cw_buf *p7s, struct cw_error *err)
{
	const struct cms_algorithm *a = cms_algorithm_of_key(cert);
	CMS_SignerInfo *si = a ? CMS_add1_signer(cms, cert, X509_get0_pubkey(cert), EVP_get_digestbyname(a->digest), FLAGS) : NULL;
	uint8_t *der = NULL;
	int rc, n;

	if (!si || !add_between(s, cms) || !add_attributes(si, a, content, len, now))
		return cms_failed(err, CW_E_NO_EVIDENCE, _("The signature could not be prepared"));
	rc = sign_attributes(s, si, a, err);
	if (rc)
		return rc;
	n = i2d_CMS_ContentInfo(cms, &der);
	if (n <= 0)
		return cms_failed(err, CW_E_NO_EVIDENCE, _("The signature could not be encoded"));
	cw_buf_add(p7s, der, (size_t)n);
	OPENSSL_free(der);
	return p7s->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}

/* cms NULL: it could not be made. */
static int sign_into(struct cw_signer *s, CMS_ContentInfo *cms, const void *content, size_t len, int64_t now, struct cw_buf *p7s, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert_pem, s->cert_len);
	int rc = cms && cert ? build(s, cert, cms, content, len, now, p7s, err) : cms_failed(err, CW_E_NO_EVIDENCE, _("The signature could not be prepared"));

	CMS_ContentInfo_free(cms);
	return rc;
}

static int sign_content(struct cw_signer *s, const void *content, size_t len, int64_t now, struct cw_buf *p7s, struct cw_error *err)
{
	return sign_into(s, CMS_sign(NULL, NULL, NULL, NULL, FLAGS), content, len, now, p7s, err);
}

static int station_time(int64_t *now, struct cw_error *err)
{
	char text[CW_TIME_TEXT];

	cw_time_now(text);
	return cw_time_parse(text, now) ? 0 : cw_fail(err, CW_E_NO_EVIDENCE, 0, NULL, _("Set the station's clock."), _("The station's clock shows no usable time."));
}

static int refuse_own(struct cw_buf *p7s, const struct cw_error *why, struct cw_error *err)
{
	cw_buf_clear(p7s);
	return cw_fail(err, CW_E_NO_EVIDENCE, 0, CW_KEYS_STATION_PEM, why->hint, _("The new signature does not pass its own check: %s"), why->message);
}

int cw_cms_sign(struct cw_signer *s, const void *content, size_t len, struct cw_buf *p7s, struct cw_error *err)
{
	char signer[CW_SHA256_HEX];
	size_t before = p7s->len;
	struct cw_error inner = { 0 };
	int64_t now = 0;
	int rc = station_time(&now, err);

	if (!rc)
		rc = sign_content(s, content, len, now, p7s, err);
	if (rc)
		return rc;
	rc = cw_cms_check(content, len, (const uint8_t *)p7s->data + before, p7s->len - before, s->chain_pem, s->chain_len, now, signer, &inner);
	return rc ? refuse_own(p7s, &inner, err) : 0;
}

/* All signatures, that of the new signer with them; who vouches for whom is for those who know the roots. */
static int check_signatures(const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, struct cw_error *err)
{
	static int (*const steps[])(struct cms_case *, struct cw_error *) = { cms_open, cms_signer, cms_algorithms, cms_digest, cms_signature, cms_profile };
	struct cms_case c = { .p7s = p7s, .p7s_len = p7s_len, .content = content, .content_len = len, .several = true };
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(steps); i++)
		rc = steps[i](&c, err);
	cms_case_clear(&c);
	return rc;
}

int cw_cms_add(struct cw_signer *s, const void *content, size_t len, const uint8_t *p7s, size_t p7s_len, struct cw_buf *out, struct cw_error *err)
{
	const uint8_t *p = p7s;
	size_t before = out->len;
	struct cw_error inner = { 0 };
	int64_t now = 0;
	int rc = check_signatures(content, len, p7s, p7s_len, err);

	if (!rc)
		rc = station_time(&now, err);
	if (!rc)
		rc = sign_into(s, d2i_CMS_ContentInfo(NULL, &p, (long)p7s_len), content, len, now, out, err);
	if (rc)
		return rc;
	const uint8_t *made = (const uint8_t *)out->data + before;

	rc = check_signatures(content, len, made, out->len - before, &inner);
	if (!rc && !cw_signatures_extend(p7s, p7s_len, made, out->len - before))
		rc = cms_bad(&inner, _("It does not leave the signatures that were there as they were."));
	return rc ? refuse_own(out, &inner, err) : 0;
}

int cw_pdf_cms_sign(struct cw_signer *s, const void *content, size_t len, struct cw_buf *p7s, struct cw_error *err)
{
	char signer[CW_SHA256_HEX];
	size_t before = p7s->len;
	struct cw_error inner = { 0 };
	int64_t now = 0;
	int rc = station_time(&now, err);

	if (!rc)
		rc = sign_content(s, content, len, 0, p7s, err);
	if (rc)
		return rc;
	rc = cw_pdf_cms_check(content, len, (const uint8_t *)p7s->data + before, p7s->len - before, s->chain_pem, s->chain_len, now, signer, &inner);
	return rc ? refuse_own(p7s, &inner, err) : 0;
}

int cw_statement_sign(struct cw_signer *s, const char *json, size_t len, struct cw_buf *p7s, struct cw_error *err)
{
	CW_AUTO_JSON json_t *again = NULL;
	struct cw_error inner = { 0 };
	int64_t now = 0;
	int rc = station_time(&now, err);

	if (!rc)
		rc = sign_content(s, json, len, now, p7s, err);
	if (rc)
		return rc;
	rc = cw_statement_read(&(struct cw_statement_files){ .json = json, .json_len = len, .p7s = (const uint8_t *)p7s->data, .p7s_len = p7s->len }, NULL, 0, &again, &inner);
	return rc && rc != CW_E_CANNOT_TELL ? refuse_own(p7s, &inner, err) : 0; /* who vouches for the person is for others to say */
}

#define ATTRIBUTES_MAX 1280 /* signed attributes, algorithms, the signer's name once more */
#define ROOM_STEP 512

size_t cw_pdf_cms_room(const struct cw_signer *s)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert_pem, s->cert_len);
	int cert_bytes = cert ? i2d_X509(cert, NULL) : 0, signature_bytes = cert ? EVP_PKEY_get_size(X509_get0_pubkey(cert)) : 0;

	return ((size_t)cert_bytes + (size_t)signature_bytes + ATTRIBUTES_MAX + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}
