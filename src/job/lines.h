/* SPDX-License-Identifier: Apache-2.0 */
/* lines: the keys of the lines that a run appends (head of certwipe/job.h).  NULL when out of memory. */
#ifndef JOB_LINES_H
#define JOB_LINES_H

#include "rules.h"

json_int_t job_number(uint64_t v); /* that a lying medium may have made up: cut to what a journal can hold */

/* Bytes that could not be written or read; those that could be read and differ are counted apart. */
uint64_t job_bad_bytes(const struct cw_sweep_result *r);

json_t *job_line_identity(const char *phase, const struct cw_medium *now, const char *digest, const char *message); /* message NULL: it matches */
json_t *job_line_intent(const struct cw_plan *plan, uint32_t number, uint64_t from);
json_t *job_line_checkpoint(uint32_t number, const struct cw_sweep_result *r);
json_t *job_line_step_end(uint32_t number, const struct cw_sweep_result *r, uint64_t elapsed_ms);
json_t *job_line_stopped(const char *by, uint32_t number, uint64_t watermark);
json_t *job_line_stopped_by_rule(const struct job_rule *rule, uint32_t number, uint64_t watermark);
json_t *job_line_lost(const char *what, const char *message);
json_t *job_line_resumed(json_t *by, const struct cw_medium *now, uint32_t number, uint64_t from, uint64_t checked_bytes, bool dropped_tail,
			 const struct cw_transport *medium);
json_t *job_line_spot_check(uint32_t number, const struct cw_spot *s);
json_t *job_mismatch_json(const struct cw_mismatch_info *m);
json_t *job_tally_json(const struct cw_tally *t);
json_t *job_io(const struct cw_transport *medium); /* how requests reach it: `io` of the lines stream and resumed */

#endif
