/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CERTWIPE_POLICY_CAVEATS_H
#define CERTWIPE_POLICY_CAVEATS_H

#include "certwipe/policy.h"

/* The caveats' part of the exported matrix. */
void caveats_export(struct cw_buf *csv);

/* Puts id behind the list ("K1+K2") unless it is in it. */
void caveats_add(char list[CW_TEXT_MAX], const char *id);
void caveats_drop(char list[CW_TEXT_MAX], const char *id); /* takes it out again, where it is in it */

#endif
