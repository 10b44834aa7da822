/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register's own key, Ed25519 (certificate.md 3.3: only for notes, never in CMS).  It vouches for nothing by itself: every document names it, and the station's certificate signs
 * the document.  So it may be made whenever it is needed, and stays when the station's key is replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cms.h"
#include "keys.h"
#include "note.h"

#define KEY_FILE_MAX_BYTES 4096u

struct cw_note_key {
	EVP_PKEY *pkey;
	uint8_t public_key[NOTE_KEY_BYTES];
	char hex[CW_SHA256_HEX], name[CW_SERIAL_MAX], origin[CW_TEXT_MAX];
};

const char *cw_note_key_hex(const struct cw_note_key *k)
{
	return k->hex;
}

void cw_note_key_free(struct cw_note_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

/* ---- file ---- */

/* PKCS#8 without a pass phrase, as station.key: the signer works unattended. */
static int key_make(int dirfd, struct cw_error *err)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *out = BIO_new(BIO_s_secmem());
	char *data = NULL;
	int rc;

	if (pkey && out && PEM_write_bio_PKCS8PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		long len = BIO_get_mem_data(out, &data);

		rc = cw_file_write(dirfd, CW_KEYS_NOTE_KEY, data, (size_t)len, 0600, false, err);
	} else {
		rc = cms_failed(err, CW_E_NO_KEY, _("The key of the register's checkpoints could not be made"));
	}
	BIO_free(out);
	EVP_PKEY_free(pkey);
	return rc;
}

static int no_passphrase(char *buf, int size, int writing, void *user)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static int key_read(int dirfd, struct cw_note_key *k, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	CW_AUTO_FD int fd = openat(dirfd, CW_KEYS_NOTE_KEY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	size_t len = sizeof(k->public_key);
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cw_fail(err, CW_E_NO_KEY, errno, CW_KEYS_NOTE_KEY, NULL, _("The key of the register's checkpoints cannot be opened."));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077))
		return cw_fail(err, CW_E_NO_KEY, 0, CW_KEYS_NOTE_KEY, _("If nobody has copied it: chmod 600 note.key. Otherwise move it away, and a new one is made."),
			       _("The key of the register's checkpoints must be a regular file that only its owner can read (mode 0600)."));
	rc = cw_fd_read(fd, CW_KEYS_NOTE_KEY, KEY_FILE_MAX_BYTES, &pem, err);
	if (rc)
		return rc;
	BIO *in = BIO_new_mem_buf(pem.data ? pem.data : "", (int)pem.len);

	k->pkey = in ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL) : NULL;
	BIO_free(in);
	if (pem.data)
		explicit_bzero(pem.data, pem.len);
	if (!k->pkey || EVP_PKEY_is_a(k->pkey, "ED25519") != 1 || EVP_PKEY_get_raw_public_key(k->pkey, k->public_key, &len) != 1)
		return cms_failed(err, CW_E_NO_KEY, _("note.key is no Ed25519 key"));
	cw_hex(k->hex, k->public_key, sizeof(k->public_key));
	return 0;
}

/* The public half, for whoever checks or cosigns checkpoints.  Written again when it is not what it should be. */
static int vkey_write(int dirfd, const struct cw_note_key *k, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf wanted = { 0 }, found = { 0 };
	struct cw_error absent = { 0 };
	int rc = cw_note_vkey(k->name, k->hex, &wanted, err);

	cw_buf_str(&wanted, "\n");
	if (rc)
		return rc;
	if (!cw_file_read(dirfd, CW_KEYS_NOTE_VKEY, KEY_FILE_MAX_BYTES, &found, &absent) && found.len == wanted.len && memcmp(found.data, wanted.data, wanted.len) == 0)
		return 0;
	return cw_file_write(dirfd, CW_KEYS_NOTE_VKEY, wanted.data, wanted.len, 0644, true, err);
}

int cw_note_key_open(int dirfd, const char *origin, struct cw_note_key **out, struct cw_error *err)
{
	struct cw_note_key *k = calloc(1, sizeof(*k));
	int rc = 0;

	*out = NULL;
	if (!k)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	cw_strlcpy(k->origin, origin, sizeof(k->origin));
	cw_log_name(k->origin, k->name);
	if (faccessat(dirfd, CW_KEYS_NOTE_KEY, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		rc = key_make(dirfd, err);
	if (rc == CW_E_EXISTS)
		rc = 0; /* another signer was faster */
	if (!rc)
		rc = key_read(dirfd, k, err);
	if (!rc)
		rc = vkey_write(dirfd, k, err);
	if (rc)
		cw_note_key_free(k);
	else
		*out = k;
	return rc;
}

/* ---- signature ---- */

static bool ed25519_sign(const struct cw_note_key *k, const char *text, size_t len, uint8_t out[NOTE_SIGNATURE_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = NOTE_SIGNATURE_BYTES;
	bool ok = ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, k->pkey, NULL) == 1 && EVP_DigestSign(ctx, out, &n, (const unsigned char *)text, len) == 1 &&
		  n == NOTE_SIGNATURE_BYTES;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static int text_of(const struct cw_note_key *k, const struct cw_checkpoint *c, struct cw_buf *text, struct cw_error *err)
{
	uint8_t root[CW_SHA256_BYTES];

	if (strcmp(c->origin, k->origin) != 0 || !cw_unhex(root, sizeof(root), c->root))
		return cw_fail(err, CW_E_STATE, 0, CW_KEYS_NOTE_KEY, NULL, _("The register \"%s\" is not the one whose checkpoints this key signs (\"%s\")."), c->origin, k->origin);
	cw_buf_printf(text, "%s\n%llu\n", k->name, (unsigned long long)c->size);
	cw_base64(text, root, sizeof(root));
	cw_buf_str(text, "\n");
	return text->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}

int cw_checkpoint_sign(const struct cw_note_key *k, const struct cw_checkpoint *c, struct cw_buf *note, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	uint8_t signature[KEY_ID_BYTES + NOTE_SIGNATURE_BYTES];
	int rc = text_of(k, c, &text, err);

	if (rc)
		return rc;
	note_key_id(k->name, k->public_key, signature);
	if (!ed25519_sign(k, text.data, text.len, signature + KEY_ID_BYTES))
		return cms_failed(err, CW_E_NO_EVIDENCE, _("The checkpoint could not be signed"));
	cw_buf_add(note, text.data, text.len);
	cw_buf_printf(note, "\n\u2014 %s ", k->name);
	cw_base64(note, signature, sizeof(signature));
	cw_buf_str(note, "\n");
	return note->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}
