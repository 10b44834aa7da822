/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the payload: who makes which part of evidence.json.  Nothing here may depend on locale, clock or machine: an auditor makes the same bytes again. */
#ifndef CERTWIPE_EVIDENCE_PAYLOAD_PARTS_H
#define CERTWIPE_EVIDENCE_PAYLOAD_PARTS_H

#include "replay.h"

#define CW_INTERRUPTIONS_MAX 200
#define CW_SERIAL_CHARACTERS_MAX (4 * CW_SERIAL_MAX) /* each byte may have become \xNN */
#define CW_CONTENTS_MAX 65 /* the medium itself and its parts */

struct cw_payload_maker {
	const struct cw_journal_text *text;
	const json_t *job; /* line 0, borrowed */
	const struct cw_payload_frame *frame;
	struct cw_replay replay;
	struct cw_verdict verdict;
	const struct cw_destruction *destruction; /* of a document about one, else NULL */
	uint64_t supersedes_from; /* documents that lines before this one tell of are not superseded */
	bool certificate; /* destruction-certificate, else report */
	bool failed;      /* out of memory, or text that is none: the document would lack a field */
};

/* payload_text.c; setters: a failure is remembered in m, and looked at once at the end. */
void cw_put(struct cw_payload_maker *m, json_t *object, const char *key, json_t *value_take);
void cw_put_u64(struct cw_payload_maker *m, json_t *object, const char *key, uint64_t v);
void cw_put_bool(struct cw_payload_maker *m, json_t *object, const char *key, bool v);
/* Cut to what a text field holds, banned characters made visible; "" or NULL leaves the key out. */
void cw_put_text(struct cw_payload_maker *m, json_t *object, const char *key, const char *s);
void cw_put_known(struct cw_payload_maker *m, json_t *object, const char *key, const char *s); /* "" becomes "unknown" */
/* The one text that may be longer than others: a shortened serial number could name two media. */
void cw_put_serial(struct cw_payload_maker *m, json_t *object, const char *key, const char *s);
void cw_put_add(struct cw_payload_maker *m, json_t *array, json_t *value_take);
bool cw_payload_text_ok(const char *s, size_t max_characters); /* not empty, not longer, nothing banned in it */

/* payload.c */
const json_t *cw_payload_line(const struct cw_payload_maker *m, uint64_t seq); /* NULL for CW_NO_LINE */
/* What all kinds of documents have: who issues it, the journal and the medium, the claim. */
void cw_payload_put_head(struct cw_payload_maker *m, json_t *doc, const char *schema);
void cw_payload_put_journal(struct cw_payload_maker *m, json_t *doc);
json_t *cw_payload_person(struct cw_payload_maker *m, const json_t *by);
json_t *cw_payload_level_basis(struct cw_payload_maker *m);
json_t *cw_payload_verdict(struct cw_payload_maker *m);
const char *cw_payload_outcome(const struct cw_payload_maker *m);

/* payload_destruction.c: the document about a physical destruction */
CW_MUST_CHECK int cw_payload_destruction(struct cw_payload_maker *m, json_t **out, struct cw_error *err);

/* payload_medium.c */
json_t *cw_payload_medium(struct cw_payload_maker *m);
/* payload_work.c */
json_t *cw_payload_passes(struct cw_payload_maker *m);
json_t *cw_payload_keystream(struct cw_payload_maker *m); /* NULL when nothing was drawn */
json_t *cw_payload_verification(struct cw_payload_maker *m);
json_t *cw_payload_exceptions(struct cw_payload_maker *m);
json_t *cw_payload_interruptions(struct cw_payload_maker *m);
/* payload_capacity.c */
json_t *cw_payload_spot_check(struct cw_payload_maker *m);  /* NULL when there is nothing to tell */
json_t *cw_payload_not_genuine(struct cw_payload_maker *m); /* NULL when nothing of the kind was found */
void cw_payload_put_mismatches(struct cw_payload_maker *m, json_t *verification);
void cw_payload_put_course(struct cw_payload_maker *m, json_t *o, uint32_t step); /* times and duration; absent as far as the step did not happen */
/* payload_native.c */
json_t *cw_payload_native(struct cw_payload_maker *m); /* NULL where the host did the work */
void cw_payload_put_attestation(struct cw_payload_maker *m, json_t *to); /* where only keys are destroyed, and somebody vouched for it */
/* payload_keys.c */
json_t *cw_payload_keys(struct cw_payload_maker *m); /* NULL where no keys were to be destroyed first, or alone */
/* payload_words.c */
json_t *cw_payload_title(struct cw_payload_maker *m);
json_t *cw_payload_both(struct cw_payload_maker *m, const char *en, const char *zh_tw);
json_t *cw_payload_next_step(struct cw_payload_maker *m);
json_t *cw_payload_limits(struct cw_payload_maker *m);
json_t *cw_payload_caveats(struct cw_payload_maker *m);

#endif
