/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JOB_SECRETS_H
#define JOB_SECRETS_H

#include "certwipe/job.h"

/* Bit per slot (1u << slot) of the drawn bytes that the plan uses. */
unsigned job_slots_used(const struct cw_plan *p);
CW_MUST_CHECK int job_secrets_draw(struct cw_job_secrets *out, struct cw_error *err);
/* Keys of the `stream` line; NULL when out of memory. */
json_t *job_secrets_json(const struct cw_job_secrets *s, unsigned slots, const struct cw_transport *medium);

#endif
