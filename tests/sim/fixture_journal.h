/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals without a medium: lines as a job would write them, to be bent by a test and then chained and parsed.  Aborts when anything of ours fails.
 *
 *	struct fixture_wish w = { .class_ = CW_CLASS_USB_STICK, .scheme = "keystream" };
 *	json_t *lines = fixture_perfect(&w);            an array of lines without seq, at, bootMs and prev
 *	... change, drop, double, insert ...
 *	if (fixture_chain(lines, &text, &err) == 0)     as cw_journal_parse reads it
 */
#ifndef CERTWIPE_TESTS_FIXTURE_JOURNAL_H
#define CERTWIPE_TESTS_FIXTURE_JOURNAL_H

#include "certwipe/evidence.h"

#define FIXTURE_SIZE (8ull * 1024 * 1024)
#define FIXTURE_SHA "1111111111111111111111111111111111111111111111111111111111111111"

struct fixture_wish {
	uint32_t class_;   /* 0: USB_STICK */
	uint32_t bus;      /* 0: USB */
	const char *scheme; /* NULL: "keystream" */
	bool r1;            /* column of NIST SP 800-88 Rev. 1 */
	bool sample, virtual_, case_stays_open;
	uint32_t hidden;   /* enum cw_hidden, but 0: NONE (use unknown_hidden) */
	bool unknown_hidden;
};

/* A job from its first line to `end` "complete", with nothing wrong in it. */
json_t *fixture_perfect(const struct fixture_wish *w);
/* The same, stopped half way through the first write and resumed from from_bytes. */
json_t *fixture_resumed(const struct fixture_wish *w, uint64_t from_bytes);
/* The reading shows a medium of real_bytes that wraps; zeros in its second half; an early look showed one of 4 MiB that wraps, and then it was lost; a rule stopped it. */
json_t *fixture_wrapped(const struct fixture_wish *w, uint64_t real_bytes);
json_t *fixture_blank(const struct fixture_wish *w);
json_t *fixture_accused(const struct fixture_wish *w);
json_t *fixture_hot(const struct fixture_wish *w);
/* Parts, appended to lines: what stands before the first intent; one step from `from` to `upto`; the end. */
json_t *fixture_begin(const struct fixture_wish *w);
void fixture_step(json_t *lines, uint32_t step, uint64_t from_bytes);
/* Intent and checkpoints up to upto only; step_end "" for none, else "stopped" or "lost". */
void fixture_step_broken(json_t *lines, uint32_t step, uint64_t from_bytes, uint64_t upto_bytes, const char *step_end);
void fixture_stop(json_t *lines, uint32_t step, uint64_t watermark_bytes); /* stopped, and end "stopped" */
void fixture_resume(json_t *lines, uint32_t step, uint64_t from_bytes);    /* resumed, and identity */
void fixture_end(json_t *lines);
/* Any line: event and its fields in json_pack's format. */
void fixture_line(json_t *lines, const char *event, const char *format, ...);

json_t *fixture_find(json_t *lines, const char *event, size_t nth); /* borrowed; aborts when there is none */
size_t fixture_index(const json_t *lines, const char *event, size_t nth);
/* Changes plan or medium in line 0 and makes all digests that hang on them agree again: what a forger would do. */
void fixture_reseal(json_t *lines);
/* Numbers the lines, chains them and reads them back strictly; the caller clears *out. */
int fixture_chain(const json_t *lines, struct cw_journal_text *out, struct cw_error *err);
/* The verdict over lines; false when the strict reader refuses them, so that they have none. */
bool fixture_judge(const json_t *lines, struct cw_verdict *out);

#endif
