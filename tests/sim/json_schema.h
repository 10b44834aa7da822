/* SPDX-License-Identifier: Apache-2.0 */
/* The part of JSON Schema 2020-12 that share/schema/ uses, to hold our hand-written checks against the shipped schemas.  Aborts on a keyword it does not know. */
#ifndef CERTWIPE_TESTS_JSON_SCHEMA_H
#define CERTWIPE_TESTS_JSON_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

bool json_schema_valid(const json_t *root, const json_t *value);

#endif
