/* SPDX-License-Identifier: Apache-2.0 */
/* A job on a medium in memory, authorised and registered, with its journal in a folder of its own.  Aborts when anything of ours fails. */
#ifndef CERTWIPE_TESTS_JOB_FIXTURE_H
#define CERTWIPE_TESTS_JOB_FIXTURE_H

#include "certwipe/job.h"

#define FIXTURE_JOB "20261123-185522-7f3a09c1"

struct fixture {
	char folder[64];
	int dirfd;
	struct cw_medium medium;
	struct cw_plan plan;
	char plan_sha256[CW_SHA256_HEX];
};

/* The plan that cw_plan_make makes for a USB stick of that size; sample: with sampled verification. */
void fixture_init(struct fixture *f, uint64_t size_bytes, const char *scheme, bool sample);
void fixture_clear(struct fixture *f);
json_t *fixture_job_line(const struct fixture *f);
json_t *fixture_authorised_line(const struct fixture *f);
json_t *fixture_registered_line(void);
/* Creates the journal and writes the three lines; still open. */
struct cw_journal *fixture_journal(const struct fixture *f);
void fixture_read(const struct fixture *f, struct cw_journal_text *out);
void fixture_path(const struct fixture *f, char out[128]);
json_t *fixture_person(void);

#endif
