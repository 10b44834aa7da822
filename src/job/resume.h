/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JOB_RESUME_H
#define JOB_RESUME_H

#include "position.h"

/*
 * Is what lies below the watermark ours?  *checked_bytes: of our stream that were found, 0 when nothing of ours can be there yet.
 * CW_E_IDENTITY when it is not, CW_E_LOST when the medium does not answer.
 */
CW_MUST_CHECK int job_check_ours(struct cw_transport *medium, const struct cw_plan *plan, const struct cw_job_secrets *secrets, const struct job_position *p,
				 uint64_t *checked_bytes, struct cw_error *err);

#endif
