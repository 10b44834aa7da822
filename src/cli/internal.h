/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: output, the screen of running jobs, questions to the person, files that the person names. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include "certwipe/cli.h"

/* ---- output.c ---- */

/* Prints the document as --json or text asks; takes it.  0, or a negative code when standard output failed. */
CW_MUST_CHECK int cw_emit(const struct cw_context *c, json_t *doc_take, struct cw_error *err);
/* The error as text on standard error, in JSON mode as a document on standard output. */
void cw_tell_error(bool json, const struct cw_error *err);
CW_PRINTF(2, 3) void cw_say(const struct cw_context *c, const char *fmt, ...); /* to the person, on standard error; silent with --quiet */
int cw_findings_exit(const json_t *findings); /* of the register: 0 none, 7 findings, 10 errors */
size_t cw_screen_width(int fd); /* 80 when fd is no terminal */

/* ---- ask.c ---- */

bool cw_has_terminal(void);
/* One line from the terminal without its newline; false at its end.  A line that does not fit is not taken: it is asked again. */
bool cw_ask_line(const char *question, char *answer, size_t size);
/* The pass phrase of a key that there is already: from --passphrase-fd, or asked once.  The caller wipes it. */
CW_MUST_CHECK int cw_ask_own_passphrase(const struct cw_context *c, char *out, size_t size, struct cw_error *err);
/* The key of --key, which stays here, with that pass phrase. */
CW_MUST_CHECK int cw_ask_own_key(struct cw_context *c, struct cw_signer **out, struct cw_error *err);
/* From --passphrase-fd, or asked twice without echo.  The caller wipes it. */
CW_MUST_CHECK int cw_ask_passphrase(const struct cw_context *c, char *out, size_t size, struct cw_error *err);
/* From --psid-fd, or asked; normalised.  The caller wipes it. */
CW_MUST_CHECK int cw_ask_psid(const struct cw_context *c, char out[CW_PSID_CHARS + 1], struct cw_error *err);

/* ---- inputs.c: files that the person names ---- */

CW_MUST_CHECK int cw_input_named(const char *operand, char out[CW_NAMED_MAX], struct cw_error *err); /* a medium's name as messages take it */
CW_MUST_CHECK int cw_input_case(const char *path, struct cw_case *out, struct cw_error *err);
/* --case, if it was given; asset_tag: "", or the one of a case that names none. */
CW_MUST_CHECK int cw_input_send_case(struct cw_context *c, const char *asset_tag, struct cw_error *err);
/* The PSID, where technique needs one ("": --psid-fd says so) and it is given or there is somebody to ask; for n media. */
CW_MUST_CHECK int cw_input_send_psid(struct cw_context *c, const char *technique, int n, struct cw_error *err);
CW_MUST_CHECK int cw_input_wish(const struct cw_context *c, struct cw_msg_medium *out, struct cw_error *err); /* --policy --scheme --technique --level --verify, or --plan */
/* Sends the list of --authorise row by row. */
CW_MUST_CHECK int cw_input_list(const struct cw_context *c, struct cw_error *err);
struct cw_asset_list { struct cw_asset *at; size_t n; }; /* at is owned */
CW_MUST_CHECK int cw_input_assets(const char *path, struct cw_asset_list *out, struct cw_error *err);
/* evidence.json (or a folder or a .p7s that has it beside) with what lies next to it; or a PDF, and what is attached to it. */
struct cw_said { struct cw_buf json, p7s, proof; }; /* a statement beside it */
struct cw_bundle { struct cw_buf json, p7s, journal, root, note, proof, pdf; struct cw_said approval, withdrawal; char path[CW_SERIAL_MAX]; };
bool cw_input_is_pdf(const char *path);
CW_MUST_CHECK int cw_input_pdf(const char *path, struct cw_buf *out, struct cw_error *err); /* its bytes */
CW_MUST_CHECK int cw_input_bundle(const char *path, struct cw_bundle *out, struct cw_error *err);
void cw_bundle_clear(struct cw_bundle *b);
struct cw_evidence_files cw_bundle_files(const struct cw_bundle *b);
CW_MUST_CHECK int cw_input_roots(const char *path, struct cw_buf *pem, struct cw_error *err); /* NULL path: none */
/* --trust, or without it the station's own root and those that were pinned here by `key trust`.  None at all is no error: the verifier says so. */
CW_MUST_CHECK int cw_input_trusted(struct cw_context *c, struct cw_buf *roots, struct cw_error *err);
/* ---- documents.c: of the station, by their numbers ---- */

CW_MUST_CHECK int cw_document_part(struct cw_context *c, const char *number, uint32_t part, struct cw_buf *text, struct cw_error *err); /* enum cw_document_part */
CW_MUST_CHECK int cw_document_attachment(struct cw_context *c, const char *number, const char *name, struct cw_buf *bytes, struct cw_error *err);
CW_MUST_CHECK int cw_document_bundle(struct cw_context *c, const char *number, struct cw_bundle *b, struct cw_error *err);
CW_MUST_CHECK int cw_document_refuse_invalid(const char *number, const struct cw_bundle *b, const struct cw_buf *roots, struct cw_error *err); /* before anybody signs it, or decides about it */
/* ---- verify_files.c: shared by `certwipe verify` and certwipe-verify ---- */

enum cw_exports { CW_EXPORTS_TOO, CW_EXPORTS_NONE, CW_EXPORTS_ONLY };
struct cw_verify_wish {
	const char *roots;          /* PEM; "": none */
	size_t roots_len;
	bool laboratory;            /* these are accepted, too */
	cw_typesetter typesetter;
	unsigned part, share;       /* looks at every share-th document, from part on; 0 of 1: all */
	enum cw_exports exports;    /* of registers; NONE: and documents are not compared with each other */
	const json_t *others;       /* items that others looked at, each with its "unit"; NULL: none */
};
struct cw_verified { json_t *items; int worst; }; /* items as of certwipe/verify/1, each with its "unit"; owned, also after a failure */
CW_MUST_CHECK int cw_verify_paths(const struct cw_verify_wish *w, char *const *paths, int n, struct cw_verified *out, struct cw_error *err);
void cw_verified_finish(json_t *items); /* takes the units off */

/* ---- statement.c ---- */

/* Says this of the documents, signed with --key, for --reason; shows the answer.  superseder: number of the document that takes their place, NULL: none. */
CW_MUST_CHECK int cw_state_documents(struct cw_context *c, const char *decision, char *const *numbers, int n, const char *superseder, struct cw_error *err);
json_t *cw_verify_json(const char *path, const struct cw_verify_result *r);

/* attachments.c: adds a check when the document names files that belong to it. */
void cw_verify_attachments(const struct cw_bundle *b, struct cw_verify_result *result);

/* ---- progress.c: the screen while jobs run ---- */

struct cw_screen;
CW_MUST_CHECK int cw_screen_new(const struct cw_context *c, struct cw_screen **out, struct cw_error *err);
/* What it shows is the answer to the command: on standard output, and also where that is no terminal. */
void cw_screen_is_answer(struct cw_screen *s, const struct cw_context *c);
void cw_screen_name(struct cw_screen *s, uint32_t slot, const char *node, const char *job); /* job may be "": not known */
void cw_screen_show(struct cw_screen *s, const struct cw_msg_progress *p);
void cw_screen_note(struct cw_screen *s, const struct cw_msg_note *n); /* a medium does not answer, or does again */
bool cw_screen_is_silent(const struct cw_screen *s); /* does one not answer? */
void cw_screen_end(struct cw_screen *s, uint32_t slot, const char *event, const char *text); /* this one is over */
void cw_screen_event(struct cw_screen *s, uint32_t slot, const char *event, const char *text); /* a line of its own */
void cw_screen_free(struct cw_screen *s);

/* ---- follow.c: from START until all is done ---- */

/* Sends START and shows progress until the broker is idle; results are appended to array (objects).  SIGINT stops at a checkpoint, SIGHUP leaves the jobs running. */
CW_MUST_CHECK int cw_follow(struct cw_context *c, struct cw_screen *screen, json_t *results, int *worst, struct cw_error *err);
void cw_tell_quiet(const struct cw_context *c, const struct cw_msg_result *r);
json_t *cw_result_json(const struct cw_msg_result *r);
/* Document around results: certwipe/wipe/1. */
json_t *cw_results_doc(const char *schema, json_t *results_take, int exit_code);

#endif
