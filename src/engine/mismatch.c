/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a sector that does not hold what it should.  A keystream block is its own counter block encrypted, so decrypting it under the
 * job's key gives the pass and the offset that it was written for: aliases, stale passes and the true capacity show without a search.
 */
#include "stream.h"

#include <endian.h>
#include <openssl/evp.h>
#include <string.h>

#define BLOCK_BYTES 16u

/* Where a sector says it belongs. */
struct origin {
	uint64_t pass, block;
};

const char *cw_mismatch_name(uint32_t class)
{
	switch (class) {
	case CW_MISMATCH_ZEROS:
		return "zeros";
	case CW_MISMATCH_ONES:
		return "ones";
	case CW_MISMATCH_UNIFORM:
		return "uniform";
	case CW_MISMATCH_OTHER_OFFSET:
		return "other-offset";
	case CW_MISMATCH_OTHER_PASS:
		return "other-pass";
	default:
		return "foreign";
	}
}

static bool is_uniform(const uint8_t *p, size_t len)
{
	return !memcmp(p, p + 1, len - 1);
}

static bool decrypt_block(EVP_CIPHER_CTX *cipher, const uint8_t *block, uint8_t flip, struct origin *out)
{
	uint8_t in[BLOCK_BYTES];
	uint64_t counter[2];
	int n;

	for (size_t i = 0; i < BLOCK_BYTES; i++)
		in[i] = block[i] ^ flip;
	if (EVP_DecryptUpdate(cipher, (uint8_t *)counter, &n, in, BLOCK_BYTES) != 1 || n != (int)BLOCK_BYTES)
		return false;
	out->pass = be64toh(counter[0]);
	out->block = be64toh(counter[1]);
	return true;
}

/* Every block of the sector must continue the counter of the one before: chance cannot do that. */
static bool decode(EVP_CIPHER_CTX *cipher, const uint8_t *sector, size_t len, uint8_t flip, struct origin *out)
{
	for (size_t i = 0; i < len / BLOCK_BYTES; i++) {
		struct origin o;

		if (!decrypt_block(cipher, sector + i * BLOCK_BYTES, flip, &o))
			return false;
		if (i == 0)
			*out = o;
		else if (o.pass != out->pass || o.block != out->block + i)
			return false;
	}
	return true;
}

/* CW_STREAM_KEYSTREAM or its complement with *out filled in, or CW_STREAM_PATTERN when the sector is neither. */
static enum cw_stream_kind stream_of(const uint8_t key[CW_KEY_BYTES], const uint8_t *sector, size_t len, struct origin *out)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	enum cw_stream_kind kind = CW_STREAM_PATTERN;

	if (cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_ecb(), NULL, key, NULL) == 1 && EVP_CIPHER_CTX_set_padding(cipher, 0) == 1) {
		if (decode(cipher, sector, len, 0x00, out))
			kind = CW_STREAM_KEYSTREAM;
		else if (decode(cipher, sector, len, 0xff, out))
			kind = CW_STREAM_KEYSTREAM_COMPLEMENT;
	}
	EVP_CIPHER_CTX_free(cipher);
	return kind;
}

void cw_mismatch_classify(const struct cw_stream *expected, uint64_t offset_bytes, const uint8_t *sector, size_t len, struct cw_mismatch_info *out)
{
	struct origin origin = { 0 };
	enum cw_stream_kind kind;

	*out = (struct cw_mismatch_info){ .offset_bytes = offset_bytes, .class = CW_MISMATCH_FOREIGN };
	if (is_uniform(sector, len)) {
		out->class = sector[0] == 0x00 ? CW_MISMATCH_ZEROS : sector[0] == 0xff ? CW_MISMATCH_ONES : CW_MISMATCH_UNIFORM;
		return;
	}
	kind = stream_of(expected->key, sector, len, &origin);
	if (kind == CW_STREAM_PATTERN)
		return;
	out->class = kind == expected->kind && origin.pass == expected->pass ? CW_MISMATCH_OTHER_OFFSET : CW_MISMATCH_OTHER_PASS;
	out->written_pass = origin.pass;
	out->written_offset_bytes = origin.block * BLOCK_BYTES;
}
