/* SPDX-License-Identifier: Apache-2.0 */
/* What note.c, note_key.c and tlog_proof.c share: lines of text, and numbers of c2sp.org/signed-note. */
#ifndef NOTE_H
#define NOTE_H

#include "certwipe/evidence.h"

#define NOTE_ED25519 0x01        /* signature type */
#define NOTE_KEY_BYTES 32        /* RFC 8032 5.1.5 */
#define NOTE_SIGNATURE_BYTES 64  /* RFC 8032 5.1.6 */
#define KEY_ID_BYTES 4
#define NOTE_HASH_CHARACTERS 44  /* Base64 of a SHA-256 */

struct note_text { const char *p; size_t len; }; /* borrowed */
bool note_line(struct note_text *in, struct note_text *line);
bool note_copy(struct note_text t, char *out, size_t size);
bool note_number(struct note_text t, uint64_t *out);
bool note_hash(struct note_text t, uint8_t out[CW_SHA256_BYTES]);
int note_bad(struct cw_error *err, const char *why);
void note_key_id(const char *name, const uint8_t key[NOTE_KEY_BYTES], uint8_t out[KEY_ID_BYTES]);

#endif
