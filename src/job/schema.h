/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: what a journal line may hold.  One table for the writer and the reader, so that nothing is written that could not be read back.
 */
#ifndef JOB_SCHEMA_H
#define JOB_SCHEMA_H

#include "certwipe/base.h"

struct event_rule;

/* Checks the keys and types of a whole line (the common keys and those of its event); number is the line's for the error. */
CW_MUST_CHECK int job_line_check(const json_t *line, uint64_t number, const struct event_rule **rule, struct cw_error *err);
/* Events that stand in a journal at most once have a bit here, all others 0. */
unsigned job_event_once(const struct event_rule *rule);
bool job_event_is(const json_t *line, const char *event);

#endif
