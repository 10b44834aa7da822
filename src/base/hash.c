/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL's EVP, and the kernel's random numbers. */
#include "certwipe/base.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

void cw_sha256(const void *data, size_t len, uint8_t out[CW_SHA256_BYTES])
{
	if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void cw_sha256_hex(const void *data, size_t len, char out[CW_SHA256_HEX])
{
	uint8_t digest[CW_SHA256_BYTES];

	cw_sha256(data, len, digest);
	cw_hex(out, digest, sizeof digest);
}

/* Feeds the whole file to the digest; 0 or an errno. */
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
			abort();
		at += n;
	}
}

int cw_sha256_fd(int fd, char out[CW_SHA256_HEX], struct cw_error *err)
{
	uint8_t digest[CW_SHA256_BYTES];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int failed;

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		abort();
	failed = digest_fd(ctx, fd);
	if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	if (failed)
		return cw_fail(err, CW_E_IO, failed, NULL, NULL, _("The file could not be read for its SHA-256."));
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
