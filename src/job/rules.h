/* SPDX-License-Identifier: Apache-2.0 */
/* rules: when a job stops by itself, because the policy says so (struct cw_stop_rules). */
#ifndef JOB_RULES_H
#define JOB_RULES_H

#include "certwipe/job.h"

/* One that was broken, and its figures. */
struct job_rule {
	const char *name; /* as in the journal; NULL: none was */
	uint64_t limit, found;
	uint32_t window_s; /* 0: plays no part */
};

struct job_rules {
	struct cw_stop_rules stop;
	uint64_t began_ms;          /* the run */
	uint64_t bad_before_bytes;  /* of earlier attempts at the step */
	bool may_fail;              /* the step */
	uint64_t window_ms, window_bytes; /* when the window began, and what was done then */
	uint64_t heat_ms;           /* when the medium was last asked how hot it is; 0: never */
	struct job_rule broken;
};

void job_rules_begin(struct job_rules *r, const struct cw_stop_rules *stop);
/* A step begins, of which an earlier attempt left so many bad bytes.  may_fail: what it reads need not be readable, and neither that nor how slow it is says anything. */
void job_rules_step(struct job_rules *r, uint64_t bad_before_bytes, bool may_fail);
/* The medium was found to hold less than it reports. */
void job_rules_accuse(struct job_rules *r, const struct cw_capacity *found, uint64_t size_bytes);
/* Looks at what was done so far; true once a rule is broken, and from then on. */
bool job_rules_broken(struct job_rules *r, const struct cw_sweep_result *so_far, struct cw_transport *medium);
/* May the job go on later?  Time passes and media cool down; a bad medium stays one. */
bool job_rule_may_pass(const struct job_rule *rule);

#endif
