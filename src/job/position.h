/* SPDX-License-Identifier: Apache-2.0 */
/* position: how far a journal got along its plan.  Both the status that people read and the resume rest on this one reading. */
#ifndef JOB_POSITION_H
#define JOB_POSITION_H

#include "certwipe/job.h"

struct job_position {
	uint32_t step;            /* the step to run next, 1-based; one past the last when all ran */
	bool in_step;             /* its intent stands there already */
	bool began;               /* there is an intent at all */
	bool authorised, registered, refused, closed;
	bool mismatched;          /* a check found bytes that differ */
	uint64_t watermark_bytes; /* of the step in work */
	uint64_t bad_bytes[CW_STEPS_MAX + 1]; /* by step: bytes that the medium refused, over all attempts */
	uint64_t settled_bad_bytes;           /* those of earlier attempts at the step in work */
	const struct cw_native *native; /* of the native step in work; NULL: it is none */
	struct cw_native_course course; /* of the native step in work; zeros for any other */
	bool replug_due;          /* the plan asks that it be unplugged, or a disc go out and in, since it was written, and it was not */
	uint32_t tray;            /* enum cw_tray: who moved the disc last, or is to */
	uint64_t diskseq;         /* how it was attached last, with boot_id; borrowed from the journal */
	const char *boot_id;
	const char *end_status;   /* "" while there is no end, or a resume reopened it; borrowed from the journal */
	const char *document_id;  /* of the last attestation; "" when none */
	bool attested;            /* nothing but attestations behind the last end */
};

/* CW_E_INVALID when the lines do not follow the plan: steps out of order, marks outside the medium. */
CW_MUST_CHECK int job_position_of(const struct cw_journal_text *t, const struct cw_plan *plan, struct job_position *out, struct cw_error *err);
/* May cw_job_run take it (on)? */
bool job_position_can_run(const struct job_position *p);
/* Before this step, 1-based: what was written is to be read back, and the plan asks that the medium be unplugged in between. */
bool job_wants_replug(const struct cw_plan *plan, uint32_t step);
/* The same of a disc that is to go out and in, which the step before this one has begun. */
bool job_wants_reload(const struct cw_plan *plan, uint32_t step);
/* Either: it has to be attached anew. */
bool job_wants_return(const struct cw_plan *plan, uint32_t step);
/* Does an `authorised` line name this very plan and medium? */
bool job_authorised(const struct cw_journal_text *t, const struct cw_plan *plan);
/* The last step before this one that wrote a pass to its end; 0: none. */
uint32_t job_written_step(const struct cw_plan *plan, uint32_t step);
/* The last step before this one in which the medium sanitised itself; 0: none. */
uint32_t job_native_step(const struct cw_plan *plan, uint32_t step);
/* The step before this one that wrote where keys were; 0: none. */
uint32_t job_keys_step(const struct cw_plan *plan, uint32_t step);

#endif
