/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as it stands on paper, without any font: its words in both languages, in their order.  pdf, label and html show it.
 *
 * The words are fixed: a page that was sealed once is made again by every later verifier and compared with what is there.  What is printed may
 * never change; something better is a new form beside this one (SHEET_FORM), chosen by what the page says of itself.
 */
#ifndef RENDER_SHEET_H
#define RENDER_SHEET_H

#include "certwipe/render.h"

#define SHEET_FORM "certwipe form 1"
#define SHEET_ROWS_MAX 24
#define SHEET_LIMITS_MAX 80 /* caveats and limits */

struct sheet_text { const char *zh, *en; }; /* either may be NULL: what needs no language stands in en */
enum sheet_style { SHEET_MONO = 1, SHEET_STRONG = 2 };
struct sheet_row { struct sheet_text label, value; unsigned style; };
struct sheet_section { struct sheet_text heading; struct sheet_row rows[SHEET_ROWS_MAX]; size_t n; };

struct sheet {
	const json_t *document; /* borrowed */
	bool certificate, laboratory, sealed, note_signed;
	const char *number, *issuer;
	struct sheet_text title, stamp /* of reports */, laboratory_stamp, verdict, next;
	const char *decision; /* "": as the document says */
	struct sheet_section facts, medium, work, people;
	struct sheet_text limits[SHEET_LIMITS_MAX];
	size_t n_limits;
	const char *root_sha256; /* in groups for comparing; NULL: the root is not attached */
	const char *json_sha256, *verify_line, *openssl_line;
	struct sheet_text seal;
	const char *note; /* content of the QR */
	size_t note_len;
	char **owned;
	size_t n_owned;
	bool failed; /* out of memory */
};
CW_MUST_CHECK int sheet_make(const struct cw_paper *p, struct sheet *out, struct cw_error *err);
void sheet_clear(struct sheet *s);

/* sheet_values.c: words and numbers; all live as long as the sheet. */
CW_PRINTF(2, 3) const char *sheet_printf(struct sheet *s, const char *fmt, ...);
const char *sheet_number(struct sheet *s, uint64_t n);                            /* "8,388,608" */
const char *sheet_size(struct sheet *s, uint64_t bytes);                          /* "8.4 MB" */
const char *sheet_groups(struct sheet *s, const char *hex);                       /* in groups of four digits */
struct sheet_text sheet_time(struct sheet *s, const char *utc);                   /* Taiwan's time and calendar; UTC */
struct sheet_text sheet_period(struct sheet *s, const char *from, const char *to);
const char *sheet_known(const json_t *o, const char *key);                        /* NULL when missing or "unknown" */
struct sheet_text sheet_both(const json_t *words);                                /* {"en","zh_TW"} of the evidence */

/* sheet_destruction.c: where a page about a physical destruction differs */
bool sheet_is_destruction(const struct sheet *s);
struct sheet_text sheet_destruction_verdict(struct sheet *s);
void sheet_destruction_work(struct sheet *s);

/* sheet_words.c */
struct sheet_text sheet_word(const char *kind, const char *word); /* the word itself where there is none of ours */
const char *sheet_reason_zh(const char *reason);                  /* of verdict.reason */
extern const struct sheet_text sheet_unknown, sheet_next_heading, sheet_limits_heading, sheet_check_heading, sheet_check_words, sheet_check_elsewhere, sheet_attached,
	sheet_sign_operator, sheet_sign_witness, sheet_sign_approver, sheet_sign_here, sheet_sign_date, sheet_note_caption, sheet_note_unsigned, sheet_continued, sheet_number_label;

/* sheet_parts.c: the sections */
void sheet_facts(struct sheet *s);
bool sheet_is_disc_in_drive(const json_t *medium); /* make, model and serial number are those of its drive */
void sheet_medium(struct sheet *s);
void sheet_work(struct sheet *s);
void sheet_people(struct sheet *s);

#endif
