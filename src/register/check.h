/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_H
#define CHECK_H

#include "finding.h"

/* All that is wrong with the log, and with the documents below state_dirfd that it is about. */
CW_MUST_CHECK int check_whole(struct cw_register *r, int state_dirfd, const struct cw_note_key *key, struct findings *found, struct cw_error *err);
void statement_entry_check(struct cw_register *r, int state_dirfd, const struct cw_entry *e, struct findings *found); /* check_statement.c */
CW_MUST_CHECK int check_order(struct cw_register *r, struct findings *found, struct cw_error *err); /* no certificate without the start of its job */

#endif
