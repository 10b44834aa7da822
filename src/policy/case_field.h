/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CERTWIPE_POLICY_CASE_FIELD_H
#define CERTWIPE_POLICY_CASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* Is this the key of a field of struct cw_case?  key need not end behind len. */
bool case_field_is(const char *key, size_t len);

#endif
