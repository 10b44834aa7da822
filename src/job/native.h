/* SPDX-License-Identifier: Apache-2.0 */
/* native: the step in which a medium sanitises itself, with every command, and every word of it, in the journal before anything is concluded from it. */
#ifndef JOB_NATIVE_H
#define JOB_NATIVE_H

#include "certwipe/job.h"

struct job_native {
	const struct cw_native *native;
	struct cw_transport *medium;
	uint32_t number;                /* of the step */
	struct cw_native_course so_far; /* of earlier attempts */
	uint64_t size_bytes, expected_seconds;
	const struct cw_job_hooks *hooks;
	void *user;
	int (*append)(void *user, const char *event, json_t *fields_take, struct cw_error *err);
	void (*progress)(void *user, uint32_t progress); /* in 65536ths */
	void (*alive)(void *user);                       /* about once a second while nothing is to be done but wait */
};
/* Negative: the journal cannot be written.  result->end as of its step-end. */
CW_MUST_CHECK int job_native_run(const struct job_native *n, struct cw_native_result *result, struct cw_error *err);
json_t *job_line_command(uint32_t number, const struct cw_heard *h);
json_t *job_native_step_end(uint32_t number, const struct cw_native_result *result, uint64_t elapsed_ms);
/* What a look found: the line before its step-end. */
json_t *job_line_look(uint32_t number, const struct cw_look *l);

#endif
