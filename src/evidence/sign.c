/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing by somebody else's hand (certificate.md 3.2): libcrypto builds the SignedData from the public certificate, the signer gets the DER of the signed attributes and
 * gives back a signature.  A card or a TPM is another struct cw_signer.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <string.h>
#include <sys/stat.h>

#include "cms.h"
#include "keys.h"

#define SIGNATURE_MAX 1024 /* RSA 8192 */
#define FLAGS (CMS_BINARY | CMS_DETACHED | CMS_CADES | CMS_NOSMIMECAP | CMS_PARTIAL)

/* ---- signer over a PEM file ---- */

struct pem_signer {
	struct cw_signer base; /* first: cw_signer_free gets this one's address */
	EVP_PKEY *key;
	struct cw_buf cert, chain;
};

static int pem_sign(void *user, const uint8_t *tbs, size_t len, uint8_t *sig, size_t *sig_len, struct cw_error *err)
{
	struct pem_signer *s = user;
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->base.cert_pem, s->base.cert_len);
	const struct cms_algorithm *algorithm = cert ? cms_algorithm_of_key(cert) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = algorithm && ctx && EVP_DigestSignInit_ex(ctx, NULL, algorithm->digest, NULL, NULL, s->key, NULL) == 1 &&
		  EVP_DigestSign(ctx, sig, sig_len, tbs, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : cms_failed(err, CW_E_NO_EVIDENCE, _("The station's key did not sign"));
}

/* Unattended: whoever can read the file can sign, so only its owner may. */
static int key_open(int dirfd, int *fd, struct cw_error *err)
{
	struct stat st;

	*fd = openat(dirfd, CW_KEYS_STATION_KEY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0)
		return cw_fail(err, CW_E_NO_KEY, errno, CW_KEYS_STATION_KEY, _("Create the keys with `certwipe key create`."), _("The station's key cannot be opened."));
	if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077))
		return cw_fail(err, CW_E_NO_KEY, 0, CW_KEYS_STATION_KEY, _("If nobody has copied it: chmod 600 station.key. Otherwise make a new key."),
			       _("The station's key must be a regular file that only its owner can read (mode 0600)."));
	return 0;
}

static EVP_PKEY *key_read(int fd)
{
	BIO *in = BIO_new_fd(fd, BIO_NOCLOSE);
	/* UI_null: a key that wants a pass phrase is no unattended key, and nothing below process/ may ask at a terminal. */
	OSSL_STORE_CTX *store = in ? OSSL_STORE_attach(in, "file", NULL, NULL, UI_null(), NULL, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = NULL;

	if (store && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
		while (!key && !OSSL_STORE_eof(store)) {
			OSSL_STORE_INFO *info = OSSL_STORE_load(store);

			if (!info)
				break;
			key = OSSL_STORE_INFO_get1_PKEY(info);
			OSSL_STORE_INFO_free(info);
		}
	OSSL_STORE_close(store);
	BIO_free(in);
	return key;
}

static int key_load(int dirfd, struct pem_signer *s, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert.data, s->cert.len);
	CW_AUTO_FD int fd = -1;
	int rc = key_open(dirfd, &fd, err);

	if (rc)
		return rc;
	s->key = key_read(fd);
	if (!s->key)
		return cms_failed(err, CW_E_NO_KEY, _("The station's key cannot be read"));
	if (!cert || X509_check_private_key(cert, s->key) != 1)
		return cms_failed(err, CW_E_NO_KEY, _("station.pem is not the certificate of station.key"));
	return 0;
}

int cw_signer_pem_new(int dirfd, struct cw_signer **out, struct cw_error *err)
{
	struct pem_signer *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	rc = cw_file_read(dirfd, CW_KEYS_STATION_PEM, CMS_MAX_BYTES, &s->cert, err);
	if (!rc)
		rc = cw_file_read(dirfd, CW_KEYS_ROOT_PEM, CMS_MAX_BYTES, &s->chain, err);
	if (rc)
		rc = cw_fail(err, CW_E_NO_KEY, err->sys_errno, CW_KEYS_STATION_PEM, _("Create the keys with `certwipe key create`."),
			     _("The certificates of the station's key (station.pem, root.pem) cannot be read."));
	else
		rc = key_load(dirfd, s, err);
	s->base = (struct cw_signer){ .user = s, .sign = pem_sign, .cert_pem = s->cert.data, .cert_len = s->cert.len, .chain_pem = s->chain.data, .chain_len = s->chain.len };
	if (rc)
		cw_signer_free(&s->base);
	else
		*out = &s->base;
	return rc;
}

void cw_signer_free(struct cw_signer *signer)
{
	struct pem_signer *s = signer ? signer->user : NULL;

	if (!s)
		return;
	EVP_PKEY_free(s->key); /* libcrypto wipes it */
	cw_buf_clear(&s->cert);
	cw_buf_clear(&s->chain);
	free(s);
}

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

/* The root is not sent along: it is trusted only from elsewhere, and bytes that no signature covers are bytes that can be changed unseen. */
static int build(struct cw_signer *s, X509 *cert, CMS_ContentInfo *cms, const void *content, size_t len, int64_t now, struct cw_buf *p7s, struct cw_error *err)
{
	const struct cms_algorithm *a = cms_algorithm_of_key(cert);
	CMS_SignerInfo *si = a ? CMS_add1_signer(cms, cert, X509_get0_pubkey(cert), EVP_get_digestbyname(a->digest), FLAGS) : NULL;
	uint8_t *der = NULL;
	int rc, n;

	if (!si || !add_attributes(si, a, content, len, now))
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

static int sign_content(struct cw_signer *s, const void *content, size_t len, int64_t now, struct cw_buf *p7s, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert_pem, s->cert_len);
	CMS_ContentInfo *cms = cert ? CMS_sign(NULL, NULL, NULL, NULL, FLAGS) : NULL;
	int rc = cms ? build(s, cert, cms, content, len, now, p7s, err) : cms_failed(err, CW_E_NO_EVIDENCE, _("The signature could not be prepared"));

	CMS_ContentInfo_free(cms);
	return rc;
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

#define ATTRIBUTES_MAX 1280 /* signed attributes, algorithms, the signer's name once more */
#define ROOM_STEP 512

size_t cw_pdf_cms_room(const struct cw_signer *s)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert_pem, s->cert_len);
	int cert_bytes = cert ? i2d_X509(cert, NULL) : 0, signature_bytes = cert ? EVP_PKEY_get_size(X509_get0_pubkey(cert)) : 0;

	return ((size_t)cert_bytes + (size_t)signature_bytes + ATTRIBUTES_MAX + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}
