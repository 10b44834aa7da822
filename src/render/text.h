/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the text renderer (text_*.c): each shows one kind of document.  out->failed tells at the end whether all went well. */
#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

#include "certwipe/render.h"

typedef void (*cw_text_part)(const json_t *doc, size_t width, struct cw_buf *out);

/* text_media.c */
void cw_text_list(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_inspect(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_prepared(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_planned(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_dry_run(const json_t *doc, size_t width, struct cw_buf *out);
/* text_capability.c: the object of cw_capabilities_json(); nothing for NULL */
void cw_text_capabilities(const json_t *c, struct cw_buf *out);
/* text_jobs.c */
void cw_text_wipe(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_jobs(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_abandoned(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_stopping(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_unlocked(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_recheck(const json_t *doc, size_t width, struct cw_buf *out);
/* text_destruction.c */
void cw_text_candidates(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_awaiting(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_recorded(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_destroyed(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_destruction_lines(const json_t *doc, struct cw_buf *out); /* what was done, of such a document */
/* text_document.c */
void cw_text_document(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_exported(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_printed(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_verify(const json_t *doc, size_t width, struct cw_buf *out);
/* text_audit.c: what leaves the register, and what is found in it */
void cw_text_register_check(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_checkpoint(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_register_exported(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_audit(const json_t *doc, size_t width, struct cw_buf *out);
/* text_office.c: register, cases, policies, keys */
void cw_text_register(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_register_entry(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_cases(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_case(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_case_new(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_policies(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_policy(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_keys(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_person_created(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_stated(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_signed(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_key_created(const json_t *doc, size_t width, struct cw_buf *out);
void cw_text_key_trusted(const json_t *doc, size_t width, struct cw_buf *out);

/* ---- text_parts.c: lines and tables ---- */

#define CW_STAMP "*** LABORATORY ***" /* on everything about a virtual medium */
#define CW_COLUMNS_MAX 8
struct cw_table;
/* Column titles; a title that begins with '>' is set to the right. */
struct cw_table *cw_table_new(const char *const *titles, size_t n, size_t width);
void cw_table_row(struct cw_table *t, const char *const *cells); /* n cells */
void cw_table_take(struct cw_table *t, struct cw_buf *out);      /* prints and frees */
/* "  label   value", the label padded to a fixed number of cells; nothing when value is empty. */
void cw_field(struct cw_buf *out, const char *label, const char *value);
CW_PRINTF(3, 4) void cw_field_printf(struct cw_buf *out, const char *label, const char *fmt, ...);
void cw_heading(struct cw_buf *out, const char *text);
/* "origin: N entries, root ..." of the key "checkpoint"; nothing when there is none. */
void cw_text_head(const json_t *doc, struct cw_buf *out);
/* In groups of four, as people compare digits on paper. */
void cw_fingerprint(struct cw_buf *out, const char *hex);
/* Text broken at blanks and between wide characters to width cells, each line behind indent.  Nothing is cut: a word that is too long stands out. */
void cw_paragraph(struct cw_buf *out, const char *indent, const char *text, size_t width);

#endif
