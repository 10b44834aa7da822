/* SPDX-License-Identifier: Apache-2.0 */
/* reload: the step in which a disc goes out of its drive and in again, with every command of it in the journal. */
#ifndef JOB_RELOAD_H
#define JOB_RELOAD_H

#include "certwipe/job.h"

struct job_reload {
	struct cw_transport *medium;
	uint32_t number; /* of the step */
	const struct cw_job_hooks *hooks;
	void *user;
	int (*append)(void *user, const char *event, json_t *fields_take, struct cw_error *err);
	void (*alive)(void *user); /* about once a second while nothing is to be done but wait */
};
/* Negative: the journal cannot be written.  *gone: the drive is. */
CW_MUST_CHECK int job_reload_run(const struct job_reload *r, bool *gone, struct cw_error *err);
json_t *job_reload_step_end(uint32_t number, bool gone, uint64_t elapsed_ms);

#endif
