/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a sector that does not hold what it should.  A keystream block is its own counter block encrypted, so decrypting it under the
 * job's key gives the pass and the offset that it was written for: aliases, stale passes and the true capacity show without a search.
 */
#include "mismatch.h"

#include <endian.h>
#include <string.h>

#define BLOCK_BYTES 16u
#define PIECE_BYTES 512u /* decrypted at once: the shortest sector */

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

static bool decrypt(EVP_CIPHER_CTX *cipher, const uint8_t *from, size_t len, uint8_t flip, struct origin *to)
{
	uint8_t in[PIECE_BYTES];
	uint64_t counters[PIECE_BYTES / sizeof(uint64_t)];
	int n;

	for (size_t i = 0; i < len; i++)
		in[i] = from[i] ^ flip;
	if (EVP_DecryptUpdate(cipher, (uint8_t *)counters, &n, in, (int)len) != 1 || n != (int)len)
		return false;
	for (size_t i = 0; i < len / BLOCK_BYTES; i++)
		to[i] = (struct origin){ be64toh(counters[2 * i]), be64toh(counters[2 * i + 1]) };
	return true;
}

/* Does the piece continue the counter behind which it stands?  The first one begins it. */
static bool continues(EVP_CIPHER_CTX *cipher, const uint8_t *piece, size_t len, uint8_t flip, size_t at_block, struct origin *out)
{
	struct origin o[PIECE_BYTES / BLOCK_BYTES];

	if (!decrypt(cipher, piece, len, flip, o))
		return false;
	if (at_block == 0)
		*out = o[0];
	for (size_t i = 0; i < len / BLOCK_BYTES; i++)
		if (o[i].pass != out->pass || o[i].block != out->block + at_block + i)
			return false;
	return true;
}

/* Every block of the sector must continue the counter of the one before: chance cannot do that.  Two of them tell most of what is not ours. */
static bool decode(EVP_CIPHER_CTX *cipher, const uint8_t *sector, size_t len, uint8_t flip, struct origin *out)
{
	if (!continues(cipher, sector, 2 * BLOCK_BYTES, flip, 0, out))
		return false;
	for (size_t i = 0; i < len; i += PIECE_BYTES)
		if (!continues(cipher, sector + i, PIECE_BYTES, flip, i / BLOCK_BYTES, out))
			return false;
	return true;
}

/* CW_STREAM_KEYSTREAM or its complement with *out filled in, or CW_STREAM_PATTERN when the sector is neither. */
static enum cw_stream_kind stream_of(EVP_CIPHER_CTX *cipher, const uint8_t *sector, size_t len, struct origin *out)
{
	if (!cipher)
		return CW_STREAM_PATTERN;
	if (decode(cipher, sector, len, 0x00, out))
		return CW_STREAM_KEYSTREAM;
	return decode(cipher, sector, len, 0xff, out) ? CW_STREAM_KEYSTREAM_COMPLEMENT : CW_STREAM_PATTERN;
}

EVP_CIPHER_CTX *cw_mismatch_cipher(const uint8_t key[CW_KEY_BYTES])
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

	if (cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_ecb(), NULL, key, NULL) == 1 && EVP_CIPHER_CTX_set_padding(cipher, 0) == 1)
		return cipher;
	EVP_CIPHER_CTX_free(cipher);
	return NULL;
}

void cw_mismatch_classify(EVP_CIPHER_CTX *cipher, const struct cw_stream *expected, uint64_t offset_bytes, const uint8_t *sector, size_t len, struct cw_mismatch_info *out)
{
	struct origin origin = { 0 };
	enum cw_stream_kind kind;

	*out = (struct cw_mismatch_info){ .offset_bytes = offset_bytes, .class = CW_MISMATCH_FOREIGN };
	if (is_uniform(sector, len)) {
		out->class = sector[0] == 0x00 ? CW_MISMATCH_ZEROS : sector[0] == 0xff ? CW_MISMATCH_ONES : CW_MISMATCH_UNIFORM;
		return;
	}
	kind = stream_of(cipher, sector, len, &origin);
	if (kind == CW_STREAM_PATTERN)
		return;
	out->class = kind == expected->kind && origin.pass == expected->pass ? CW_MISMATCH_OTHER_OFFSET : CW_MISMATCH_OTHER_PASS;
	out->written_pass = origin.pass;
	out->written_offset_bytes = origin.block * BLOCK_BYTES;
}
