/* SPDX-License-Identifier: Apache-2.0 */
/* open: the step in which a drive is to show what it hides, with every command of it in the journal. */
#ifndef JOB_OPEN_H
#define JOB_OPEN_H

#include "certwipe/job.h"

enum job_open_end {
	JOB_OPEN_DONE,      /* drive and kernel agree that all sectors are there */
	JOB_OPEN_WAITS,     /* it is to be unplugged and plugged in first: it did not do it, or the kernel has not noticed */
	JOB_OPEN_GONE,
	JOB_OPEN_FAILED,    /* it is not as it was planned, or does not answer */
};
struct job_open {
	struct cw_transport *medium;
	uint32_t number; /* of the step */
	uint64_t whole_bytes;
	const struct cw_job_hooks *hooks;
	void *user;
	int (*append)(void *user, const char *event, json_t *fields_take, struct cw_error *err);
};
/* Negative: the journal cannot be written. */
CW_MUST_CHECK int job_open_run(const struct job_open *o, enum job_open_end *end, struct cw_error *err);
json_t *job_open_step_end(uint32_t number, enum job_open_end end, uint64_t elapsed_ms);

#endif
