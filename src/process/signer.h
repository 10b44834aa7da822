/* SPDX-License-Identifier: Apache-2.0 */
/* What the signer's jobs (signer.c: documents and keys; signer_register.c: questions to the register) share. */
#ifndef SIGNER_H
#define SIGNER_H

#include "internal.h"

#define ANSWER_MS 60000 /* a register with many entries, on a disk that is busy */

struct cw_desk { /* what the signer works with once it has no privilege left */
	struct cw_register *log;
	struct cw_signer *signer;
	struct cw_note_key *note;
	struct cw_payload_frame frame;
};
/* Opens key and register, makes what there is none of, and gives all privilege up. */
CW_MUST_CHECK int cw_desk_open(const struct cw_state *s, struct cw_desk *d, struct cw_error *err);
void cw_desk_clear(struct cw_desk *d);
/* From here on it works with what it has open, and on files below that folder (-1: none). */
CW_MUST_CHECK int cw_signer_become(const struct cw_state *s, int folder, struct cw_error *err);
/* The entry that a document has in the register, from its payload and its job's first line; kind "": as the payload says. */
void cw_signer_entry(const json_t *payload, const json_t *job_line, const char *kind, struct cw_entry *out);
/* ---- signer_people.c ---- */

struct cw_signer_document { int folder; struct cw_buf json, p7s, journal; json_t *payload; };
/* A document of this station by its number; cleared by the caller in every case. */
CW_MUST_CHECK int cw_signer_document_read(const struct cw_state *s, const char *number, struct cw_signer_document *d, struct cw_error *err);
void cw_signer_document_clear(struct cw_signer_document *d);
/* While the keys can still be read: the organisation's root, and those that were pinned here, for people with certificates of another authority. */
CW_MUST_CHECK int cw_signer_roots(const struct cw_state *s, struct cw_buf *out, struct cw_error *err);
int cw_register_path_of(const struct cw_state *s, struct cw_buf *path);
/* Passes what a signer says on to the front, unread, and ends the signer. */
CW_MUST_CHECK int cw_signer_relay(struct cw_child *child, int front_fd, struct cw_error *err);

#endif
