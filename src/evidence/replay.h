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
	struct cw_look look;            /* of a look: what the last attempt found */
	uint64_t look_line;             /* which says so; CW_NO_LINE: none */
};

/* Of a medium that sanitises itself. */
struct cw_native_record {
	const struct cw_native *native;  /* of the plan's technique; NULL: the host does the work, and nothing below is used */
	uint32_t step;                   /* of the plan, 0: none */
	struct cw_native_course course;
	uint64_t announced_line, submitted_line, ended_line; /* of the attempt that counts: said beforehand; our command; the answer that told how it ended */
	uint64_t n_commands;
	const char *left_as;             /* msgid: how a failure left the medium; NULL: as it was */
	uint64_t left_line;              /* the first look that found what may not be */
	uint64_t attestation_line;
	uint64_t password_line;          /* the first that tells of a password that is about to be set on it */
	uint64_t unlocked_line;          /* the last answer that says that none is set, of those behind it */
};

/* Of a medium that hides an area, which is opened first. */
struct cw_opening {
	char identity_sha256[CW_SHA256_HEX]; /* as it is afterwards, recomputed; "" when nothing is opened */
	uint64_t shown_bytes;                /* by its own last answer */
	uint64_t shown_line;                 /* which says so; CW_NO_LINE: none does */
	bool done;                           /* the step ended well, and that answer bears it out */
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
	uint32_t tray;         /* enum cw_tray: who moved the disc since it was last written, or was to */

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
	uint64_t marks_bytes;  /* of all markers; 0 when the plan has none */
	struct cw_native_record native, first; /* first: of what is carried out before; its native is NULL where there is nothing */
	struct cw_opening opening;
	uint64_t health_line;
	struct cw_faults faults;

	const char *rule;      /* of the policy, by which the job was stopped; NULL: by none.  Borrowed from the journal */

	const char *breach; /* msgid: the first way in which the journal is not that of a truthful job; NULL: none */
	uint64_t breach_line;
};

/* replay_health.c: false where the drive was not asked again at the end. */
void cw_replay_on_health(struct cw_replay *r, const json_t *line, uint64_t seq);
CW_MUST_CHECK bool cw_replay_health(const struct cw_replay *r, struct cw_health *before, struct cw_health *after);
const char *cw_replay_health_key(size_t i); /* of the i-th count; NULL behind the last */
uint64_t cw_replay_health_count(const struct cw_health *h, size_t i);
bool cw_replay_health_worse(const struct cw_health *before, const struct cw_health *after, size_t i);
/*
 * replay_told.c: what the medium told before, in the words of line 0 (NULL: none), and concluded again from its bytes, as far as these are there.  False: there are none, and the
 * words are all there is.
 */
const json_t *cw_replay_words(const struct cw_replay *r);
bool cw_replay_was_asked(const struct cw_replay *r);
bool cw_replay_has_told(const struct cw_replay *r, const char *part); /* "ata", "nvme" ... of the words */
CW_MUST_CHECK bool cw_replay_told(const struct cw_replay *r, struct cw_capabilities *out);
/* The first breach is the one that counts. */
void cw_replay_breach(struct cw_replay *r, uint64_t line, const char *why);
/* replay_native.c: lines of the events attestation, command, native, look; the end of a native step; a look's figures at its end; a resumption. */
void cw_replay_native_begin(struct cw_replay *r);
void cw_replay_on_attestation(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_native(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_password(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_look(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_native_end(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_look_end(struct cw_replay *r, uint64_t seq);
void cw_replay_on_native_resumed(struct cw_replay *r, const json_t *line);
/* replay_open.c: the step that opens a hidden area. */
void cw_replay_open_begin(struct cw_replay *r);
bool cw_replay_is_opening(const struct cw_replay *r);
void cw_replay_on_open(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_open_end(struct cw_replay *r, const json_t *line, uint64_t seq);
/* replay_reload.c: the step in which a disc goes out and in. */
bool cw_replay_is_reloading(const struct cw_replay *r);
void cw_replay_on_reload(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_reload_command(struct cw_replay *r, const json_t *line, uint64_t seq);
void cw_replay_on_reload_end(struct cw_replay *r, const json_t *line, uint64_t seq);
/* The disc that was written last went out, and came in again. */
bool cw_replay_reloaded(const struct cw_replay *r);
/* Is it the digest of the medium, as it was or as it is after it was opened? */
bool cw_replay_is_subject(const struct cw_replay *r, const json_t *line);
bool cw_native_plan_is_sound(const struct cw_plan *p);
/* replay_keys.c: the steps on keys at the beginning of a plan, 0 or 2; UINT32_MAX: they are not as they must be. */
uint32_t cw_keys_steps(const struct cw_plan *p);
/* Where only keys are destroyed: what stood on the medium, as line 0 has it, all hangs on them. */
void cw_replay_keys_begin(struct cw_replay *r, const json_t *job);
/* Does its plan have something written, and read back, before the medium is told to sanitise itself? */
bool cw_replay_has_marks(const struct cw_replay *r);
/* Written and read back, before the medium was told to sanitise itself. */
bool cw_replay_marked(const struct cw_replay *r);
/* Taken and ended well, by the medium's own answers. */
bool cw_replay_native_succeeded(const struct cw_replay *r);
/* Of the step last begun, if that is one of them: which. */
const struct cw_native_record *cw_replay_native_at(const struct cw_replay *r);
/* The same of what was to be carried out before it; true where there is nothing. */
bool cw_replay_first_succeeded(const struct cw_replay *r);
/* A password of the job may be set on it still, and a power cut locks it. */
bool cw_replay_left_locked(const struct cw_replay *r);
/* All looks that the plan has, and nothing was found that may not be. */
bool cw_replay_nothing_left(const struct cw_replay *r);

void cw_replay_run(const struct cw_journal_text *t, struct cw_replay *out);
void cw_replay_clear(struct cw_replay *r);
/* All steps of one kind (write, or verify and sample) are done from end to end without a failed byte. */
bool cw_replay_all_clean(const struct cw_replay *r, bool writes);
bool cw_replay_step_clean(const struct cw_replay *r, uint32_t step); /* one step, 1-based: a reading counts only when one attempt saw it all */
bool cw_plan_is_sampled(const struct cw_plan *p); /* what counts in the end is a sample */
bool cw_plan_has(const struct cw_plan *p, uint32_t kind);

#endif
