/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the engine: names what a wrong sector holds instead of the stream.  A hint for people: the mismatch counts whatever this says. */
#ifndef CERTWIPE_ENGINE_MISMATCH_H
#define CERTWIPE_ENGINE_MISMATCH_H

#include "certwipe/engine.h"

#include <openssl/evp.h>

/* Turns blocks of the stream back into their counters; NULL when libcrypto has none, and then nothing is recognised.  Free with EVP_CIPHER_CTX_free. */
EVP_CIPHER_CTX *cw_mismatch_cipher(const uint8_t key[CW_KEY_BYTES]);
void cw_mismatch_classify(EVP_CIPHER_CTX *cipher, const struct cw_stream *expected, uint64_t offset_bytes, const uint8_t *sector, size_t len,
			  struct cw_mismatch_info *out);

#endif
