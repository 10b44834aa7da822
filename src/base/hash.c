/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL's EVP, and the kernel's random numbers. */
#include "certwipe/base.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define CHUNK_BYTES 65536
#define TRIES 3 /* libcrypto wants some memory for each hash, and what is short may be there again in a moment */

static bool digest_parts(const struct iovec *parts, size_t n, uint8_t out[CW_SHA256_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; i < n; i++)
		ok = ok && EVP_DigestUpdate(ctx, parts[i].iov_base, parts[i].iov_len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

void cw_sha256_parts(const struct iovec *parts, size_t n, uint8_t out[CW_SHA256_BYTES])
{
	bool ok = false;

	for (int i = 0; i < TRIES && !ok; i++)
		ok = digest_parts(parts, n, out);
	if (!ok)
		abort();
}

void cw_sha256(const void *data, size_t len, uint8_t out[CW_SHA256_BYTES])
{
	cw_sha256_parts(&(struct iovec){ .iov_base = (void *)(uintptr_t)data, .iov_len = len }, 1, out);
}

void cw_sha256_hex(const void *data, size_t len, char out[CW_SHA256_HEX])
{
	uint8_t digest[CW_SHA256_BYTES];

	cw_sha256(data, len, digest);
	cw_hex(out, digest, sizeof digest);
}

/* Feeds the whole file to the digest; 0 or an errno (ENOMEM: libcrypto has failed). */
static int digest_fd(EVP_MD_CTX *ctx, int fd)
{
	char chunk[CHUNK_BYTES];

	for (off_t at = 0;;) {
		ssize_t n = pread(fd, chunk, sizeof chunk, at);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (EVP_DigestUpdate(ctx, chunk, (size_t)n) != 1)
			return ENOMEM;
		at += n;
	}
}

int cw_sha256_fd(int fd, char out[CW_SHA256_HEX], struct cw_error *err)
{
	uint8_t digest[CW_SHA256_BYTES];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int failed = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 ? digest_fd(ctx, fd) : ENOMEM;

	if (!failed && EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		failed = ENOMEM;
	EVP_MD_CTX_free(ctx);
	if (failed)
		return cw_fail(err, failed == ENOMEM ? CW_E_NO_MEMORY : CW_E_IO, failed, NULL, NULL, _("The file could not be read for its SHA-256."));
	cw_hex(out, digest, sizeof digest);
	return 0;
}

int cw_random(void *out, size_t len, struct cw_error *err)
{
	uint8_t *at = out;

	while (len) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return cw_fail(err, CW_E_FAILED, errno, NULL, NULL, _("The kernel gave no random numbers."));
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
