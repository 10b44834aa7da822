/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of journals, and every small lie about them: our check and the schema must say the same of each. */
#ifndef CERTWIPE_TESTS_PAYLOAD_MUTANTS_H
#define CERTWIPE_TESTS_PAYLOAD_MUTANTS_H

#include "certwipe/evidence.h"

extern const struct cw_payload_frame payload_frame;
json_t *payload_make_from(const struct cw_journal_text *t);
json_t *payload_make(json_t *lines_take);               /* lines as those of fixture_journal.h */
json_t *payload_at(json_t *doc, const char *path);      /* "verification.readings.0.pass"; NULL when there is none */

int payload_load_schema(void **state); /* group setup and teardown of cmocka */
int payload_load_destruction_schema(void **state); /* for documents about physical destruction */
int payload_load_statement_schema(void **state);   /* for what persons say of documents */
int payload_free_schema(void **state);
bool payload_passes(const json_t *doc); /* our check */
bool payload_agreed(const json_t *doc, const char *what); /* both say the same of it; returns what */
/* Every key of every object below value, a part of doc: missing, of another type, too long, out of bounds, with a stranger beside it. */
void payload_walk(json_t *doc, json_t *value, const char *path);
extern unsigned payload_mutants, payload_accepted; /* counted by it */

#endif
