/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What byte stands at which offset.  The keystream is AES-256-CTR with the counter block be64(pass) || be64(offset / 16), so that any byte can be
 * made alone and `openssl enc -aes-256-ctr` makes the same (design section 3).
 */
#include "stream.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16u /* of AES */

struct cw_stream_ctx {
	struct cw_stream what;
	EVP_CIPHER_CTX *cipher; /* NULL for a pattern */
	uint64_t at_bytes;      /* whose byte the cipher makes next */
};

#define NOWHERE UINT64_MAX

/* Encrypted zeros are the keystream, encrypted ones its complement.  A constant source block is faster than encrypting in place. */
static const uint8_t zeros[CW_STEP_BYTES];
static const uint8_t ones[CW_STEP_BYTES] = { [0 ... CW_STEP_BYTES - 1] = 0xff };

static int cipher_failed(struct cw_error *err)
{
	return cw_fail(err, CW_E_FAILED, 0, NULL, _("Check the installation of OpenSSL 3 (libcrypto)."), _("libcrypto does not provide the cipher AES-256-CTR."));
}

static int check_stream(const struct cw_stream *s, struct cw_error *err)
{
	switch (s->kind) {
	case CW_STREAM_KEYSTREAM:
	case CW_STREAM_KEYSTREAM_COMPLEMENT:
		return 0;
	case CW_STREAM_PATTERN:
		if (s->pattern_len >= 1 && s->pattern_len <= CW_PATTERN_MAX)
			return 0;
		return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("A pattern has 1 to %d bytes, but this one has %u."), CW_PATTERN_MAX, s->pattern_len);
	}
	return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("There is no kind of stream with the number %d."), (int)s->kind);
}

int cw_stream_new(const struct cw_stream *s, struct cw_stream_ctx **out, struct cw_error *err)
{
	struct cw_stream_ctx *c;
	int rc = check_stream(s, err);

	if (rc)
		return rc;
	c = calloc(1, sizeof(*c));
	if (!c)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	c->what = *s;
	c->at_bytes = NOWHERE;
	if (s->kind != CW_STREAM_PATTERN) {
		c->cipher = EVP_CIPHER_CTX_new();
		if (!c->cipher || EVP_EncryptInit_ex(c->cipher, EVP_aes_256_ctr(), NULL, s->key, NULL) != 1) {
			cw_stream_free(c);
			return cipher_failed(err);
		}
	}
	*out = c;
	return 0;
}

void cw_stream_free(struct cw_stream_ctx *c)
{
	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->cipher);
	free(c);
}

const struct cw_stream *cw_stream_get(const struct cw_stream_ctx *c)
{
	return &c->what;
}

static void fill_pattern(const struct cw_stream *s, uint64_t offset_bytes, uint8_t *buf, size_t len)
{
	size_t period = s->pattern_len, done = len < period ? len : period;

	for (size_t i = 0; i < done; i++)
		buf[i] = s->pattern[(offset_bytes + i) % period];
	/* Doubling keeps the phase, because `done` stays a multiple of the period until the last copy. */
	while (done < len) {
		size_t more = len - done < done ? len - done : done;

		memcpy(buf + done, buf, more);
		done += more;
	}
}

static bool encrypt(struct cw_stream_ctx *c, uint8_t *buf, size_t len)
{
	const uint8_t *source = c->what.kind == CW_STREAM_KEYSTREAM ? zeros : ones;
	int n;

	return EVP_EncryptUpdate(c->cipher, buf, &n, source, (int)len) == 1 && (size_t)n == len;
}

static bool set_counter(struct cw_stream_ctx *c, uint64_t offset_bytes)
{
	uint64_t counter[2] = { htobe64(c->what.pass), htobe64(offset_bytes / BLOCK_BYTES) };
	uint8_t unused[BLOCK_BYTES];

	return EVP_EncryptInit_ex(c->cipher, NULL, NULL, NULL, (const uint8_t *)counter) == 1 && encrypt(c, unused, offset_bytes % BLOCK_BYTES);
}

/* A walk over a medium goes on where it was; setting the counter costs as much as a kibibyte of the stream. */
static bool seek(struct cw_stream_ctx *c, uint64_t offset_bytes)
{
	return c->at_bytes == offset_bytes || set_counter(c, offset_bytes);
}

static bool fill_keystream(struct cw_stream_ctx *c, uint64_t offset_bytes, uint8_t *to, size_t len)
{
	bool good = seek(c, offset_bytes);

	c->at_bytes = NOWHERE; /* as long as it is on its way, and behind a failure */
	for (size_t done = 0; good && done < len; done += CW_STEP_BYTES)
		good = encrypt(c, to + done, len - done < CW_STEP_BYTES ? len - done : CW_STEP_BYTES);
	if (good)
		c->at_bytes = offset_bytes + len;
	return good;
}

int cw_stream_fill(struct cw_stream_ctx *c, uint64_t offset_bytes, void *buf, size_t len, struct cw_error *err)
{
	if (c->cipher)
		return fill_keystream(c, offset_bytes, buf, len) ? 0 : cipher_failed(err);
	fill_pattern(&c->what, offset_bytes, buf, len);
	return 0;
}

static bool window_holds(const struct cw_window *w, const struct cw_stream *s, uint64_t offset_bytes, size_t len)
{
	return s->kind == CW_STREAM_PATTERN && len <= w->len && offset_bytes % s->pattern_len == w->offset_bytes % s->pattern_len;
}

int cw_window_fill(struct cw_window *w, struct cw_stream_ctx *c, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	int rc;

	if (window_holds(w, &c->what, offset_bytes, len))
		return 0;
	w->offset_bytes = offset_bytes;
	w->len = 0; /* until it is whole */
	rc = cw_stream_fill(c, offset_bytes, w->buf, len, err);
	if (!rc)
		w->len = len;
	return rc;
}
