/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest PKI that does (certificate.md 3.4): one offline organisation root, one station certificate under it, both ECDSA P-256.  Everything is made in memory first;
 * station.pem is written last, and without it nothing can be signed, so that a crash in between leaves files that never vouched for anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cms.h"
#include "keys.h"

#define ROOT_YEARS 20
#define STATION_YEARS_DEFAULT 5
#define PBKDF2_ITERATIONS 600000 /* OWASP's figure of 2023 for HMAC-SHA-256 */
#define PASSPHRASE_MIN 8
#define NAME_CHARACTERS_MAX 64   /* RFC 5280 A.1: ub-common-name, ub-organization-name, ub-organizational-unit-name */

/* In the order of writing. */
enum { ROOT_KEY, ROOT_PEM, STATION_KEY, STATION_PEM, FILES };
static const struct { const char *name; mode_t mode; } files[FILES] = {
	[ROOT_KEY] = { CW_KEYS_ROOT_KEY, 0600 },
	[ROOT_PEM] = { CW_KEYS_ROOT_PEM, 0644 },
	[STATION_KEY] = { CW_KEYS_STATION_KEY, 0600 },
	[STATION_PEM] = { CW_KEYS_STATION_PEM, 0644 },
};

/* ---- what is asked for ---- */

static size_t characters(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += (*utf8 & 0xc0) != 0x80;
	return n;
}

static int name_check(const char *what, const char *name, bool needed, struct cw_error *err)
{
	if (needed && !*name)
		return cw_fail(err, CW_E_USAGE, 0, what, NULL, _("The certificate needs a value for \"%s\"."), what);
	if (!cw_text_is_printable(name) || characters(name) > NAME_CHARACTERS_MAX)
		return cw_fail(err, CW_E_USAGE, 0, what, NULL, _("The value of \"%s\" must be printable and have at most %d characters."), what, NAME_CHARACTERS_MAX);
	return 0;
}

static int request_check(const struct cw_key_names *names, const char *passphrase, struct cw_error *err)
{
	int rc = name_check("organisation", names->organisation, true, err);

	if (!rc)
		rc = name_check("unit", names->unit, false, err);
	if (!rc)
		rc = name_check("station", names->station, true, err);
	if (rc)
		return rc;
	if (names->years > ROOT_YEARS)
		return cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("A station certificate lasts at most %d years, as its root does; %u were asked for."), ROOT_YEARS, names->years);
	if (strlen(passphrase) < PASSPHRASE_MIN)
		return cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("The pass phrase of the root key must have at least %d characters."), PASSPHRASE_MIN);
	return 0;
}

static int nothing_there(int dirfd, struct cw_error *err)
{
	struct stat st;
	char found[CW_TEXT_MAX] = "";
	bool complete = fstatat(dirfd, files[STATION_PEM].name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	int n = 0;

	for (int i = 0; i < FILES; i++) {
		if (fstatat(dirfd, files[i].name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			return cw_fail(err, CW_E_STATE, errno, files[i].name, NULL, _("It cannot be told whether there is a key %s already."), files[i].name);
		}
		n += snprintf(found + n, sizeof(found) - (size_t)n, "%s%s", n ? ", " : "", files[i].name);
	}
	if (n == 0)
		return 0;
	if (complete)
		return cw_fail(err, CW_E_EXISTS, 0, files[STATION_PEM].name, _("Keys are never replaced: move them away first, and keep root.pem for the certificates already signed."),
			       _("This station has a key already (found: %s)."), found);
	return cw_fail(err, CW_E_EXISTS, 0, found, _("Nothing was ever signed with them: delete these files and create the keys again."),
		       _("An earlier creation of keys was interrupted and left: %s."), found);
}

/* ---- certificates ---- */

static bool set_serial(X509 *cert)
{
	uint8_t bytes[16];
	BIGNUM *number = NULL;
	bool ok = RAND_bytes(bytes, sizeof(bytes)) == 1;

	bytes[0] &= 0x7f; /* 127 bits: positive in 16 octets */
	if (ok)
		number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number && !BN_is_zero(number) && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

static bool set_validity(X509 *cert, uint32_t years)
{
	return X509_gmtime_adj(X509_getm_notBefore(cert), 0) && X509_time_adj_ex(X509_getm_notAfter(cert), (int)(years * 365 + years / 4), 0, NULL);
}

static bool add_name(X509_NAME *subject, int nid, const char *text)
{
	return !*text || X509_NAME_add_entry_by_NID(subject, nid, V_ASN1_UTF8STRING, (const unsigned char *)text, (int)strlen(text), -1, 0) == 1;
}

struct extension { int nid; const char *value; };
static const struct extension root_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
	{ 0, NULL },
};
static const struct extension station_extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature,nonRepudiation" },
	{ NID_ext_key_usage, "emailProtection,1.3.6.1.5.5.7.3.36" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ 0, NULL },
};

static bool add_extensions(X509 *cert, X509 *issuer, const struct extension *wanted)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (; wanted->nid; wanted++) {
		X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, wanted->nid, wanted->value);
		bool ok = e && X509_add_ext(cert, e, -1) == 1;

		X509_EXTENSION_free(e);
		if (!ok)
			return false;
	}
	return true;
}

struct subject { const char *organisation, *unit, *name, *id; };

/* issuer NULL: self-signed.  NULL when libcrypto fails. */
static X509 *cert_make(const struct subject *s, uint32_t years, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
		       const struct extension *extensions)
{
	X509 *cert = X509_new();
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
	bool ok = cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) && set_validity(cert, years) && X509_set_pubkey(cert, key) &&
		  add_name(subject, NID_organizationName, s->organisation) && add_name(subject, NID_organizationalUnitName, s->unit) && add_name(subject, NID_commonName, s->name) &&
		  add_name(subject, NID_serialNumber, s->id) &&
		  X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject) && add_extensions(cert, issuer ? issuer : cert, extensions) &&
		  X509_sign(cert, issuer_key, EVP_sha256()) > 0;

	if (!ok) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

/* ---- PEM in memory that is wiped when it goes ---- */

static bool add_cert_pem(BIO *out, X509 *cert)
{
	return out && cert && PEM_write_bio_X509(out, cert) == 1;
}

static bool add_plain_key(BIO *out, EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	bool ok = out && info && PEM_write_bio_PKCS8_PRIV_KEY_INFO(out, info) == 1;

	PKCS8_PRIV_KEY_INFO_free(info);
	return ok;
}

static bool add_encrypted_key(BIO *out, EVP_PKEY *key, const char *passphrase)
{
	uint8_t salt[16];
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	X509_ALGOR *pbe = RAND_bytes(salt, sizeof(salt)) == 1 ?
		PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBKDF2_ITERATIONS, salt, sizeof(salt), NULL, NID_hmacWithSHA256) : NULL;
	X509_SIG *sealed = info && pbe ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), info, pbe) : NULL;
	bool ok = out && sealed && PEM_write_bio_PKCS8(out, sealed) == 1;

	if (!sealed)
		X509_ALGOR_free(pbe); /* else sealed owns it */
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(info);
	return ok;
}

static bool make_all(const struct cw_key_names *names, const char *passphrase, BIO *out[FILES], char fingerprint[CW_SHA256_HEX])
{
	EVP_PKEY *root_key = EVP_EC_gen("P-256"), *station_key = EVP_EC_gen("P-256");
	uint32_t years = names->years ? names->years : STATION_YEARS_DEFAULT;
	CMS_AUTO_X509 X509 *root = NULL;
	CMS_AUTO_X509 X509 *station = NULL;
	bool ok = root_key && station_key;

	if (ok)
		root = cert_make(&(struct subject){ names->organisation, "", "certwipe root", "" }, ROOT_YEARS, root_key, NULL, root_key, root_extensions);
	if (root)
		station = cert_make(&(struct subject){ names->organisation, names->unit, names->station, "" }, years, station_key, root, root_key, station_extensions);
	ok = ok && add_encrypted_key(out[ROOT_KEY], root_key, passphrase) && add_cert_pem(out[ROOT_PEM], root) && add_plain_key(out[STATION_KEY], station_key) &&
	     add_cert_pem(out[STATION_PEM], station);
	if (ok)
		cms_cert_sha256(root, fingerprint);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(station_key);
	return ok;
}

/* ---- persons ---- */

struct unlock { const char *passphrase; };

static int unlock(char *buf, int size, int writing, void *user)
{
	size_t len = strlen(((const struct unlock *)user)->passphrase);

	(void)writing;
	if (len > (size_t)size)
		return -1;
	memcpy(buf, ((const struct unlock *)user)->passphrase, len);
	return (int)len;
}

static EVP_PKEY *root_key_read(int dirfd, const char *passphrase, struct cw_error *err)
{
	struct cw_buf pem = { 0 };
	EVP_PKEY *key = NULL;

	if (cw_file_read(dirfd, files[ROOT_KEY].name, CMS_MAX_BYTES, &pem, err)) {
		cw_fail(err, CW_E_NO_KEY, err->sys_errno, files[ROOT_KEY].name, _("Make the person's key where the root key is kept."), _("The root's key (root.key) is not here."));
		return NULL;
	}
	BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);

	key = in ? PEM_read_bio_PrivateKey(in, NULL, unlock, &(struct unlock){ passphrase }) : NULL;
	BIO_free(in);
	cw_buf_clear(&pem);
	if (!key)
		cms_failed(err, CW_E_UNAUTHORISED, _("The root's key does not open with this pass phrase"));
	return key;
}

static int person_check(const struct cw_key_names *names, const char *own_passphrase, struct cw_error *err)
{
	int rc = name_check("person", names->person, true, err);

	if (!rc)
		rc = name_check("id", names->id, false, err);
	if (!rc)
		rc = name_check("unit", names->unit, false, err);
	if (!rc && names->years > ROOT_YEARS)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("A certificate lasts at most %d years, as its root does; %u were asked for."), ROOT_YEARS, names->years);
	if (!rc && strlen(own_passphrase) < PASSPHRASE_MIN)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("The pass phrase of the person's key must have at least %d characters."), PASSPHRASE_MIN);
	return rc;
}

static X509 *person_make(const struct cw_key_names *names, EVP_PKEY *key, X509 *root, EVP_PKEY *root_key)
{
	char organisation[CW_TEXT_MAX] = "";

	X509_NAME_get_text_by_NID(X509_get_subject_name(root), NID_organizationName, organisation, sizeof(organisation));
	return cert_make(&(struct subject){ organisation, names->unit, names->person, names->id }, names->years ? names->years : STATION_YEARS_DEFAULT, key, root, root_key,
			 station_extensions);
}

int cw_keys_create_person(int dirfd, const struct cw_key_names *names, const char *root_passphrase, const char *own_passphrase, struct cw_buf *pem, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf root_pem = { 0 };
	CMS_AUTO_X509 X509 *root = NULL;
	CMS_AUTO_X509 X509 *cert = NULL;
	EVP_PKEY *root_key = NULL, *key = NULL;
	BIO *out = BIO_new(BIO_s_secmem());
	char *data = NULL;
	int rc = person_check(names, own_passphrase, err);

	if (!rc)
		rc = cw_file_read(dirfd, files[ROOT_PEM].name, CMS_MAX_BYTES, &root_pem, err);
	root = rc ? NULL : cms_cert_of_pem(root_pem.data, root_pem.len);
	root_key = rc ? NULL : root_key_read(dirfd, root_passphrase, err);
	if (!rc && !root_key)
		rc = err->code;
	key = rc ? NULL : EVP_EC_gen("P-256");
	cert = key && root ? person_make(names, key, root, root_key) : NULL;
	if (!rc && (!add_cert_pem(out, cert) || !add_encrypted_key(out, key, own_passphrase)))
		rc = cms_failed(err, CW_E_FAILED, _("The keys could not be made"));
	if (!rc) {
		long len = BIO_get_mem_data(out, &data);

		cw_buf_add(pem, data, (size_t)len);
		cw_buf_str(pem, "");
	}
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
	BIO_free(out);
	return rc;
}

/* All or none as far as a running process can see to it; nothing_there() explains what a crash leaves. */
static int write_all(int dirfd, BIO *out[FILES], struct cw_error *err)
{
	int rc = 0, done = 0;

	for (; done < FILES; done++) {
		char *data = NULL;
		long len = BIO_get_mem_data(out[done], &data);

		rc = cw_file_write(dirfd, files[done].name, data, (size_t)len, files[done].mode, false, err);
		if (rc)
			break;
	}
	while (rc && done-- > 0)
		(void)unlinkat(dirfd, files[done].name, 0);
	return rc;
}

int cw_keys_create(int dirfd, const struct cw_key_names *names, const char *passphrase, char fingerprint[CW_SHA256_HEX], struct cw_error *err)
{
	BIO *out[FILES] = { NULL };
	int rc = request_check(names, passphrase, err);

	if (!rc)
		rc = nothing_there(dirfd, err);
	if (rc)
		return rc;
	for (int i = 0; i < FILES; i++)
		out[i] = BIO_new(BIO_s_secmem());
	if (make_all(names, passphrase, out, fingerprint))
		rc = write_all(dirfd, out, err);
	else
		rc = cms_failed(err, CW_E_FAILED, _("The keys could not be made"));
	for (int i = 0; i < FILES; i++)
		BIO_free(out[i]);
	return rc;
}

/* ---- certificates to look at ---- */

int cw_cert_fingerprint(const char *pem, size_t len, char out[CW_SHA256_HEX], struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(pem, len);

	out[0] = '\0';
	if (!cert)
		return cw_fail(err, CW_E_INVALID, 0, NULL, _("Expected is one certificate in PEM form, such as root.pem."), _("This is not one certificate in PEM form."));
	cms_cert_sha256(cert, out);
	return out[0] ? 0 : cms_failed(err, CW_E_FAILED, _("The certificate's fingerprint could not be computed"));
}

static json_t *name_json(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL, text[CW_SERIAL_MAX] = "";
	long len;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &data);
		cw_text_printable(text, sizeof(text), data, (size_t)len);
	}
	BIO_free(bio);
	return json_string(text);
}

static json_t *time_json(const ASN1_TIME *t)
{
	struct tm tm;
	char text[CW_TIME_TEXT] = "";

	if (ASN1_TIME_to_tm(t, &tm) == 1)
		cw_time_format((int64_t)timegm(&tm), text);
	return json_string(text);
}

json_t *cw_cert_json(const char *pem, size_t len)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(pem, len);
	const struct cms_algorithm *algorithm = cert ? cms_algorithm_of_key(cert) : NULL;
	char sha256[CW_SHA256_HEX];

	if (!cert)
		return NULL;
	cms_cert_sha256(cert, sha256);
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:s}", "subject", name_json(X509_get_subject_name(cert)), "issuer", name_json(X509_get_issuer_name(cert)),
			 "notBefore", time_json(X509_get0_notBefore(cert)), "notAfter", time_json(X509_get0_notAfter(cert)), "sha256", sha256,
			 "algorithm", algorithm ? algorithm->name : "unknown");
}
