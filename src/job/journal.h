/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JOB_JOURNAL_H
#define JOB_JOURNAL_H

#include "certwipe/job.h"

/* Does the writer stand exactly behind the last line of t?  CW_E_STATE when the journal went on since t was read. */
CW_MUST_CHECK int job_journal_at(const struct cw_journal *j, const struct cw_journal_text *t, struct cw_error *err);

#endif
