/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signers over key files: the station's, which signs unattended, and those of persons, PEM or PKCS#12 and behind a pass phrase.  A card or a TPM is another row of the table
 * below and another struct cw_signer; whoever asks for a signature sees no difference.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cms.h"
#include "keys.h"

#define STORE_OBJECTS_MAX 16 /* in one file */

struct file_signer {
	struct cw_signer base; /* first: cw_signer_free gets this one's address */
	EVP_PKEY *key;
	struct cw_buf cert, chain, between;
};

static int file_sign(void *user, const uint8_t *tbs, size_t len, uint8_t *sig, size_t *sig_len, struct cw_error *err)
{
	struct file_signer *s = user;
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->base.cert_pem, s->base.cert_len);
	const struct cms_algorithm *algorithm = cert ? cms_algorithm_of_key(cert) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = algorithm && ctx && EVP_DigestSignInit_ex(ctx, NULL, algorithm->digest, NULL, NULL, s->key, NULL) == 1 &&
		  EVP_DigestSign(ctx, sig, sig_len, tbs, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : cms_failed(err, CW_E_NO_EVIDENCE, _("The key did not sign"));
}

static void file_free(struct cw_signer *base)
{
	struct file_signer *s = base->user;

	EVP_PKEY_free(s->key); /* libcrypto wipes it */
	cw_buf_clear(&s->cert);
	cw_buf_clear(&s->chain);
	cw_buf_clear(&s->between);
	free(s);
}

static struct file_signer *file_new(struct cw_error *err)
{
	struct file_signer *s = calloc(1, sizeof(*s));

	if (s)
		s->base = (struct cw_signer){ .user = s, .sign = file_sign, .free = file_free };
	else
		cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	return s;
}

/* What was read is lent to whoever signs. */
static void file_lend(struct file_signer *s)
{
	s->base.cert_pem = s->cert.data;
	s->base.cert_len = s->cert.len;
	s->base.chain_pem = s->chain.data;
	s->base.chain_len = s->chain.len;
	s->base.between_pem = s->between.data;
	s->base.between_len = s->between.len;
}

void cw_signer_free(struct cw_signer *signer)
{
	if (signer)
		signer->free(signer);
}

/* ---- the station's ---- */

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

static int key_load(int dirfd, struct file_signer *s, struct cw_error *err)
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
	struct file_signer *s = file_new(err);
	int rc;

	*out = NULL;
	if (!s)
		return err->code;
	rc = cw_file_read(dirfd, CW_KEYS_STATION_PEM, CMS_MAX_BYTES, &s->cert, err);
	if (!rc)
		rc = cw_file_read(dirfd, CW_KEYS_ROOT_PEM, CMS_MAX_BYTES, &s->chain, err);
	if (rc)
		rc = cw_fail(err, CW_E_NO_KEY, err->sys_errno, CW_KEYS_STATION_PEM, _("Create the keys with `certwipe key create`."),
			     _("The certificates of the station's key (station.pem, root.pem) cannot be read."));
	else
		rc = key_load(dirfd, s, err);
	file_lend(s);
	if (rc)
		cw_signer_free(&s->base);
	else
		*out = &s->base;
	return rc;
}

/* ---- a person's ---- */

struct question { cw_passphrase ask; void *user; struct cw_error err; char kept[CW_TEXT_MAX]; int len; };

/* libcrypto asks once for each form that the file could have; the person is asked once. */
static int answer(char *buf, int size, int verify, void *user)
{
	struct question *q = user;

	(void)verify;
	if (!q->len)
		q->len = q->ask ? q->ask(q->user, q->kept, sizeof(q->kept), &q->err) : -1;
	if (q->len <= 0 || q->len > size)
		return -1;
	memcpy(buf, q->kept, (size_t)q->len);
	return q->len;
}

struct found { EVP_PKEY *key; X509 *certs[STORE_OBJECTS_MAX]; unsigned n; };

static void found_clear(struct found *f)
{
	for (unsigned i = 0; i < f->n; i++)
		X509_free(f->certs[i]);
	EVP_PKEY_free(f->key);
}

static void take(OSSL_STORE_INFO *info, struct found *f)
{
	int type = OSSL_STORE_INFO_get_type(info);

	if (type == OSSL_STORE_INFO_PKEY && !f->key)
		f->key = OSSL_STORE_INFO_get1_PKEY(info);
	if (type == OSSL_STORE_INFO_CERT && f->n < CW_ARRAY_LEN(f->certs)) {
		f->certs[f->n] = OSSL_STORE_INFO_get1_CERT(info);
		f->n += f->certs[f->n] != NULL;
	}
}

static int read_store(const char *path, struct question *q, struct found *f, struct cw_error *err)
{
	CW_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(answer, 0);
	BIO *in = fd >= 0 ? BIO_new_fd(fd, BIO_NOCLOSE) : NULL;
	OSSL_STORE_CTX *store = in && ui ? OSSL_STORE_attach(in, "file", NULL, NULL, ui, q, NULL, NULL, NULL) : NULL;

	if (fd < 0)
		cw_fail(err, CW_E_NO_KEY, errno, path, _("Name the file with the person's key: --key FILE."), _("The key %s cannot be opened."), path);
	for (unsigned i = 0; store && !OSSL_STORE_eof(store) && i < 2 * STORE_OBJECTS_MAX; i++) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info)
			take(info, f);
		else if (OSSL_STORE_error(store))
			break;
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	BIO_free(in);
	UI_destroy_method(ui);
	if (f->key || fd < 0)
		return f->key ? 0 : err->code;
	if (q->err.code) {
		*err = q->err;
		return err->code;
	}
	return cms_failed(err, CW_E_NO_KEY, _("The key could not be read; perhaps the pass phrase is wrong"));
}

static bool add_pem(X509 *cert, struct cw_buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	bool ok = bio && PEM_write_bio_X509(bio, cert) == 1;
	long len = ok ? BIO_get_mem_data(bio, &data) : 0;

	cw_buf_add(out, data ? data : "", (size_t)len);
	BIO_free(bio);
	return ok && !out->failed;
}

/* Of the certificates beside the key one is its own, those of authorities below a root go into the signature, and roots never do. */
static bool sort_certificates(struct file_signer *s, const struct found *f)
{
	for (unsigned i = 0; i < f->n; i++) {
		bool own = X509_check_private_key(f->certs[i], f->key) == 1;

		if (own && !s->cert.len && !add_pem(f->certs[i], &s->cert))
			return false;
		if (!own && X509_check_ca(f->certs[i]) && !(X509_get_extension_flags(f->certs[i]) & EXFLAG_SS) && !add_pem(f->certs[i], &s->between))
			return false;
	}
	return true;
}

static int take_certificate(struct file_signer *s, const char *path, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = NULL;
	int rc = cw_file_read(AT_FDCWD, path, CMS_MAX_BYTES, &s->cert, err);

	if (rc)
		return rc;
	cert = cms_cert_of_pem(s->cert.data, s->cert.len);
	if (!cert || X509_check_private_key(cert, s->key) != 1)
		return cms_failed(err, CW_E_NO_KEY, _("The certificate that was named is not that of the key"));
	return 0;
}

static int file_fill(struct file_signer *s, const char *path, const char *certificate, struct question *q, struct cw_error *err)
{
	struct found f = { .key = NULL };
	int rc = read_store(path, q, &f, err);

	if (!rc) {
		s->key = f.key;
		if (certificate)
			rc = take_certificate(s, certificate, err);
	}
	if (!rc && !sort_certificates(s, &f))
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	if (!rc && !s->cert.len)
		rc = cw_fail(err, CW_E_NO_KEY, 0, path, _("Name it: --certificate FILE."), _("The certificate of the key does not lie beside it in %s."), path);
	f.key = NULL; /* s has it */
	found_clear(&f);
	return rc;
}

static int file_open(const char *path, const char *certificate, cw_passphrase ask, void *user, struct cw_signer **out, struct cw_error *err)
{
	struct question q = { .ask = ask, .user = user };
	struct file_signer *s = file_new(err);
	int rc;

	if (!s)
		return err->code;
	rc = file_fill(s, path, certificate, &q, err);
	explicit_bzero(q.kept, sizeof(q.kept));
	file_lend(s);
	if (rc)
		cw_signer_free(&s->base);
	else
		*out = &s->base;
	return rc;
}

static const struct {
	const char *scheme;
	int (*open)(const char *rest, const char *certificate, cw_passphrase ask, void *user, struct cw_signer **out, struct cw_error *err);
} kinds[] = {
	{ "file:", file_open },
};

int cw_signer_open(const char *name, const char *certificate, cw_passphrase ask, void *user, struct cw_signer **out, struct cw_error *err)
{
	size_t scheme = strcspn(name, ":/");

	*out = NULL;
	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++)
		if (strncmp(name, kinds[i].scheme, strlen(kinds[i].scheme)) == 0)
			return kinds[i].open(name + strlen(kinds[i].scheme), certificate, ask, user, out, err);
	if (name[scheme] != ':' || access(name, F_OK) == 0)
		return file_open(name, certificate, ask, user, out, err);
	return cw_fail(err, CW_E_USAGE, 0, name, _("Give a file: PEM or PKCS#12."), _("Keys of the kind \"%.*s\" are not known here."), (int)scheme, name);
}
