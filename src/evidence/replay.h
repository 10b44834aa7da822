/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: reads a journal line by line and keeps what it shows.  It finds facts and breaches of the order that a truthful job keeps; what they mean
 * for a claim is verdict.c's to say.
 */
#ifndef CERTWIPE_EVIDENCE_REPLAY_H
#define CERTWIPE_EVIDENCE_REPLAY_H

#include "certwipe/evidence.h"
#include "faults.h"

#define CW_NO_LINE UINT64_MAX

/* One step of the plan over all its attempts. */
struct cw_step_record {
	uint32_t attempts;
	uint64_t first_line;            /* the first intent */
	uint64_t intent_line, end_line; /* of the last attempt; end_line CW_NO_LINE: it has none */
	uint64_t from_bytes;            /* where the last attempt began */
	uint64_t watermark_bytes;       /* of the last checkpoint: everything below was tried, and (write) is on the medium */
	uint64_t upto_bytes;            /* how far the last attempt says it came; for the order of its own lines only */
	uint64_t furthest_bytes;        /* the same with what it leapt ahead, and passed_over_bytes on the way there */
	uint64_t passed_over_bytes;
	uint64_t done_bytes, bad_bytes, mismatch_bytes; /* of the last attempt, as last told */
	bool open;                      /* an intent without its step-end */
	bool done;                      /* the last attempt ended "done" at the end of the medium */
	bool faulty;                    /* any attempt told of a byte that failed; for ever, whatever a later attempt says */
};

struct cw_replay {
	const struct cw_journal_text *text;
	struct cw_plan plan;
	struct cw_medium medium;
	bool readable; /* plan and medium could be read; without them nothing can be claimed */
	char plan_sha256[CW_SHA256_HEX], identity_sha256[CW_SHA256_HEX]; /* recomputed */
	char node[CW_NODE_MAX]; /* attachment in force */
	uint64_t diskseq;
	const char *boot_id;   /* of the attachment in force; borrowed from the journal */
	bool replugged;        /* it was attached anew since it was last written */

	uint64_t authorised_line, registered_line, stream_line, refused_line, identity_line, end_identity_line, stop_line, lost_line, closed_line, end_line;
	uint64_t mismatch_line, fault_line; /* the first that tells of one */
	uint64_t spot_line;     /* of an early look that found a difference */
	uint64_t last_write_line;           /* the last step-end of a write */
	uint64_t flush_line;                /* a step-end that tells of a failed flush */
	bool attempted;         /* an intent to write stands in the journal */
	bool identity_current;  /* the medium was recognised since it was last attached */
	bool complete;          /* the last `end` says complete */
	bool other_offset;      /* a mismatching block carried our data for another place */
	struct cw_capacity capacity; /* what the last whole reading that found anything says of it, and its line */
	uint64_t capacity_line;
	struct {
		bool pending;   /* a resumed line wants its intent */
		uint64_t step, from_bytes;
	} resumed;
	uint32_t step; /* the step last begun, 0: none */
	struct cw_step_record steps[CW_STEPS_MAX + 1]; /* 1-based */
	uint64_t sample_bytes; /* what a whole sample reads; 0 when the plan has none */
	struct cw_faults faults;

	const char *rule;      /* of the policy, by which the job was stopped; NULL: by none.  Borrowed from the journal */

	const char *breach; /* msgid: the first way in which the journal is not that of a truthful job; NULL: none */
	uint64_t breach_line;
};

void cw_replay_run(const struct cw_journal_text *t, struct cw_replay *out);
void cw_replay_clear(struct cw_replay *r);
/* All steps of one kind (writes, or verifies and samples) are done from end to end without a failed byte. */
bool cw_replay_all_clean(const struct cw_replay *r, bool writes);
bool cw_replay_step_clean(const struct cw_replay *r, uint32_t step); /* one step, 1-based: a reading counts only when one attempt saw it all */
bool cw_plan_is_sampled(const struct cw_plan *p);

#endif
