/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: who holds which privilege (design section 4), the messages between them, and the only forks.
 *
 *   front      the person: asks, shows; holds no descriptor of a medium and no key
 *   broker     root: the only one that opens media; decides what is a system medium; compares what the person typed
 *   prober     nobody, seccomp: parses what strangers wrote (media, journals); one short-lived process a question
 *   asker      nobody with one capability: sends a medium the commands that the prober asks for, from a list that only reads, and parses nothing
 *   executor   nobody: the descriptors of one medium and one journal; outlives front and broker
 *   signer     account certwipe: key and register; recomputes the verdict and signs only what it built itself
 *
 * The front asks with plain structs; the broker answers documents as JSON text, so that the privileged side never parses a document of the
 * front's.  Every message is one packet: head, then exactly the struct of its type, checked field by field on receipt (message.c).
 */
#ifndef CERTWIPE_PROCESS_H
#define CERTWIPE_PROCESS_H

#include "certwipe/render.h"

#define CW_NAMED_MAX 1024       /* what a person calls a medium or a job */
#define CW_SLOTS_MAX 64         /* media in one call */
#define CW_DOC_CHUNK 32768u     /* bytes of a document in one packet */
#define CW_DOC_MAX (8u * 1024u * 1024u)
#define CW_LIST_ROWS_MAX 20000u /* rows of an authorisation list */

/* X(NAME, struct of the body) */
#define CW_MESSAGES(X) \
	/* front to broker */ \
	X(LIST, cw_msg_flag) X(INSPECT, cw_msg_medium) X(CAPTURE, cw_msg_medium) X(PLAN, cw_msg_medium) \
	X(CASE, cw_msg_case) X(PSID, cw_msg_psid) X(LIST_ROW, cw_msg_list_row) X(LIST_END, cw_msg_digest) X(ADD, cw_msg_medium) X(ANSWER, cw_msg_answer) X(DENY, cw_msg_slot) \
	X(START, cw_msg_empty) X(STOP, cw_msg_empty) X(ABANDON, cw_msg_empty) X(JOBS, cw_msg_empty) X(STOP_JOB, cw_msg_job) X(ABANDON_JOB, cw_msg_job) X(ATTACH, cw_msg_job) X(UNLOCK, cw_msg_medium) X(RESUME, cw_msg_job) X(RECHECK, cw_msg_recheck) \
	X(REGISTER, cw_msg_register) X(AUDIT, cw_audit_wish) X(CERTIFICATE, cw_msg_document) X(KEY_CREATE, cw_msg_key) X(KEY_SHOW, cw_msg_empty) X(KEY_TRUST, cw_msg_trust) \
	X(SIGN, cw_msg_signature) X(STATE, cw_msg_statement) \
	X(SHELVE, cw_msg_shelve) X(AWAITING, cw_msg_job) X(ATTACHMENT, cw_msg_attachment) X(ITEM, cw_msg_item) X(DESTROYED, cw_msg_destroyed) X(WITNESS, cw_msg_witness) \
	/* broker to front */ \
	X(OK, cw_msg_empty) X(ERROR, cw_msg_error) X(DOC, cw_msg_doc) X(PREPARED, cw_msg_slot) X(PROGRESS, cw_msg_progress) X(NOTE, cw_msg_note) \
	X(RESULT, cw_msg_result) X(IDLE, cw_msg_empty) \
	/* prober, executor and signer to broker */ \
	X(CONTENTS, cw_contents) X(CAPABILITIES, cw_capabilities) X(JOB_INFO, cw_msg_job_info) X(STATUS, cw_job_status) X(CHECKPOINT, cw_checkpoint) X(CANDIDATES, cw_msg_candidates) X(SWEPT, cw_msg_swept) X(UNLOCKED, cw_msg_empty)

enum cw_msg_type {
	CW_MSG_NONE,
#define X(name, body) CW_MSG_##name,
	CW_MESSAGES(X)
#undef X
	CW_MSG_COUNT
};

struct cw_msg_empty { uint32_t reserved; };
struct cw_msg_flag { uint32_t flag; };
struct cw_msg_slot { uint32_t slot; char text[CW_NAMED_MAX]; };
struct cw_msg_medium {
	char named[CW_NAMED_MAX], policy[CW_NODE_MAX];
	struct cw_wish wish;
	char plan_sha256[CW_SHA256_HEX]; /* "" or the plan that the person saw (--plan) */
};
struct cw_msg_case { struct cw_case fields; };
struct cw_msg_psid { char psid[CW_PSID_CHARS + 1]; }; /* of the one medium that is then added or resumed */
struct cw_msg_list_row { char serial[CW_SERIAL_MAX], asset_tag[CW_TEXT_MAX], approval_number[CW_TEXT_MAX]; };
struct cw_msg_digest { char sha256[CW_SHA256_HEX]; };
enum cw_method { CW_METHOD_SERIAL = 1, CW_METHOD_ASSET_TAG, CW_METHOD_REPLUG, CW_METHOD_LIST };
struct cw_msg_answer { uint32_t slot, method; char typed[CW_SERIAL_MAX]; };
struct cw_msg_job { char job[CW_NODE_MAX]; uint32_t close, wait; /* 0 or 1 */ char reason[CW_TEXT_MAX]; };
enum cw_document_part { CW_PART_JSON, CW_PART_SIGNATURE, CW_PART_JOURNAL, CW_PART_PROOF, CW_PART_PDF /* made when there is none yet */,
			CW_PART_APPROVAL, CW_PART_APPROVAL_SIGNATURE, CW_PART_APPROVAL_PROOF, CW_PART_WITHDRAWAL, CW_PART_WITHDRAWAL_SIGNATURE, CW_PART_WITHDRAWAL_PROOF,
			CW_PART_ATTACHMENT /* the one of this name */, CW_PART_COUNT };
struct cw_msg_document { char number[CW_NODE_MAX], name[CW_NODE_MAX] /* of an attachment */; uint32_t part; };
struct cw_msg_signature { char number[CW_NODE_MAX], role[16]; uint32_t len; uint8_t p7s[CW_P7S_MAX]; }; /* all signatures of the document, the new one with them */
#define CW_STATEMENT_P7S_MAX (24u * 1024u)
struct cw_msg_statement { uint32_t json_len, p7s_len; char json[CW_STATEMENT_MAX_BYTES]; uint8_t p7s[CW_STATEMENT_P7S_MAX]; }; /* parsed by the signer only */
struct cw_msg_recheck {
	char named[CW_NAMED_MAX];
	struct cw_stream stream;  /* what the certificate says stands on the medium */
	uint64_t size_bytes;
	char identity_sha256[CW_SHA256_HEX];
};
enum cw_register_query { CW_REGISTER_LIST = 1, CW_REGISTER_SHOW, CW_REGISTER_CHECK, CW_REGISTER_CASES, CW_REGISTER_CASES_OPEN, CW_REGISTER_CHECKPOINT,
			 CW_REGISTER_EXPORT /* manifest and checkpoint */, CW_REGISTER_PAGE /* entries of an export, from index on, of size */ };
struct cw_msg_register { uint32_t query; uint64_t index, size; char search[CW_TEXT_MAX]; };
struct cw_msg_key { struct cw_key_names names; char passphrase[CW_TEXT_MAX], person_passphrase[CW_TEXT_MAX]; };
struct cw_msg_trust { char fingerprint[CW_SHA256_HEX]; uint32_t len; uint8_t der[8192]; }; /* DER, so that the broker need not parse it to hash it */
/* Physical destruction: a medium that awaits it (SHELVE named: plugged in; "": as the label says; AWAITING: that of a job), what belongs to the record, the record, and the second person. */
struct cw_msg_shelve { char named[CW_NAMED_MAX], policy[CW_NODE_MAX]; uint32_t fresh; /* 1: a case of its own, whatever there is already about the medium */ struct cw_label label; };
#define CW_CANDIDATES_MAX 8 /* jobs that may be about the medium in the hand: more than a person can compare */
struct cw_msg_candidates { uint32_t n; struct cw_case_found at[CW_CANDIDATES_MAX]; };
struct cw_msg_attachment { uint32_t last, len; char job[CW_NODE_MAX], name[CW_NODE_MAX]; uint8_t bytes[CW_DOC_CHUNK]; };
struct cw_msg_item { char label[CW_TEXT_MAX], serial[CW_TEXT_MAX]; };
struct cw_msg_destroyed { char job[CW_NODE_MAX]; struct cw_destruction record; };
struct cw_msg_witness { char job[CW_NODE_MAX], name[CW_TEXT_MAX], method[CW_NODE_MAX]; uint32_t count; };

struct cw_msg_error { uint32_t slot; /* CW_SLOTS_MAX: not about one medium */ struct cw_error error; };
struct cw_msg_doc { uint32_t last, len; char text[CW_DOC_CHUNK]; };
struct cw_msg_progress { uint32_t slot; struct cw_job_progress progress; };
enum cw_note { CW_NOTE_SILENT = 1 /* no request has completed since; told again now and then */, CW_NOTE_ANSWERS /* again */,
	       CW_NOTE_UNPLUGGED /* the medium of the job to be resumed is waited for */,
	       CW_NOTE_WAITING /* for others to end: the policy lets no more run at once */,
	       CW_NOTE_REPLUG /* it is written, and to be unplugged and plugged in before it is read back; told again now and then */,
	       CW_NOTE_RELOAD /* the same of a disc, which somebody is to take out and put in again */ };
struct cw_msg_note { uint32_t slot, kind; uint64_t since_unix_s; };
struct cw_msg_result {
	uint32_t slot;
	int32_t exit_code;
	char node[CW_NODE_MAX], job_id[CW_JOB_ID_MAX], document_id[CW_NODE_MAX], type[CW_NODE_MAX], outcome[CW_NODE_MAX], level[16];
	char reason[CW_TEXT_MAX], path[CW_SERIAL_MAX]; /* path: folder of the document */
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX];
	uint32_t wipe_closes_case, laboratory, only_keys /* were to be destroyed */, awaits_approval /* before its case can be closed */;
	struct cw_error error; /* code 0: none */
};
struct cw_msg_job_info {
	struct cw_job_status status;
	struct cw_medium medium;
	struct cw_plan plan;       /* of a job of type "destroy" its policy only */
	struct cw_destruction_terms terms;
	struct cw_job_destruction destruction; /* with status.destruction */
	uint32_t wipe_succeeded;   /* 1: cw_job_wipe_succeeded */
	char operator_name[CW_TEXT_MAX], place[CW_TEXT_MAX]; /* of the case, may be "" */
};
struct cw_msg_swept { uint32_t end; uint64_t done_bytes, bad_bytes, mismatch_bytes, first_mismatch_bytes; };

/* ---- message.c ---- */

/* Sends one packet.  body is the struct of the type (its size follows from the type).  wait false: dropped when the other side is slow (progress). */
CW_MUST_CHECK int cw_msg_send(int fd, enum cw_msg_type type, const void *body, bool wait, struct cw_error *err);
/* One packet into body (room for the largest: CW_MSG_ROOM).  1 and *type; 0 when the other side is gone; negative CW_E_PROTOCOL for anything that is not exactly a message. */
#define CW_MSG_ROOM (192u * 1024u)
CW_MUST_CHECK int cw_msg_recv(int fd, enum cw_msg_type *type, void *body, struct cw_error *err);
/* The check behind cw_msg_recv: size, strings terminated and printable, numbers in range. */
CW_MUST_CHECK int cw_msg_check(uint32_t type, void *body, size_t len, struct cw_error *err);
const char *cw_msg_name(uint32_t type);
size_t cw_msg_size(uint32_t type); /* of the body; 0 for an unknown type */
/* A document as DOC packets; takes doc. */
CW_MUST_CHECK int cw_msg_send_doc(int fd, json_t *doc_take, struct cw_error *err);
CW_MUST_CHECK int cw_msg_send_text(int fd, const char *text, size_t len, struct cw_error *err);
/* The last thing that is told: whether anybody still hears it may be ignored. */
int cw_msg_send_error(int fd, uint32_t slot, const struct cw_error *error, struct cw_error *err);

/* ---- typeset.c: pages are set by a program of its own, certwipe-typeset ---- */

CW_MUST_CHECK int cw_typeset_ask(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err); /* a cw_typesetter */
/* Gives p the face that this renderer needs for it; p->face is the caller's then. */
CW_MUST_CHECK int cw_typeset_paper(const struct cw_renderer *r, struct cw_paper *p, struct cw_error *err);

/* ---- pool.c: processes that share a piece of work ---- */

#define CW_POOL_MAX 64
struct cw_pool;
/* Forks n; each runs work(fd, part, user), which sends JSON by cw_msg_send_doc(), and a negative return ends it as failed. */
CW_MUST_CHECK int cw_pool_start(unsigned n, int (*work)(int fd, unsigned part, void *user), void *user, struct cw_pool **out, struct cw_error *err);
typedef int (*cw_pool_take)(void *user, json_t *doc_take, struct cw_error *err);
/* Until all have done their share.  One that ends before is an error. */
CW_MUST_CHECK int cw_pool_collect(struct cw_pool *p, cw_pool_take take, void *user, struct cw_error *err);
void cw_pool_free(struct cw_pool *p);

/* ---- session.c: the front's side ---- */

struct cw_caller { uid_t uid; gid_t gid; char name[CW_NODE_MAX]; };
/* Gives root up for the caller's account, for good; for commands that need no broker.  Nothing when the caller is root or we are not. */
CW_MUST_CHECK int cw_session_drop(const struct cw_caller *caller, struct cw_error *err);
struct cw_session; /* one broker of our own, for one call of the program */
/*
 * Forks the broker with the privilege we have, then drops this process to the caller (under sudo: who called it).  folders: NULL-terminated policy folders.
 */
CW_MUST_CHECK int cw_session_start(const char *state_dir, const char *const *policy_folders, const struct cw_caller *caller, struct cw_session **out, struct cw_error *err);
void cw_session_free(struct cw_session *s);    /* waits until the broker has let go of all media */
void cw_session_hang_up(struct cw_session *s); /* leaves at once: jobs that run go on without us */
int cw_session_fd(const struct cw_session *s);
CW_MUST_CHECK int cw_session_send(struct cw_session *s, enum cw_msg_type type, const void *body, struct cw_error *err);
/* Next packet; body stays valid until the next call.  An ERROR packet about no medium becomes our error. */
CW_MUST_CHECK int cw_session_next(struct cw_session *s, enum cw_msg_type *type, const void **body, struct cw_error *err);
/* Sends a question and reads the document that answers it. */
CW_MUST_CHECK int cw_session_ask_doc(struct cw_session *s, enum cw_msg_type type, const void *body, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_session_read_doc(struct cw_session *s, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_session_read_text(struct cw_session *s, struct cw_buf *text, struct cw_error *err);

#endif
