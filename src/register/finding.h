/* SPDX-License-Identifier: Apache-2.0 */
/* What a look through the register comes upon, as a list. */
#ifndef FINDING_H
#define FINDING_H

#include "certwipe/register.h"

#define NO_INDEX UINT64_MAX
#define BROKEN "broken" /* the kind of all errors */

struct findings { json_t *list; bool no_memory; };
struct about { uint64_t index; const char *document_id, *job_id, *asset; }; /* NO_INDEX, NULL or "": does not concern one */
/* kind BROKEN: an error, else a finding.  Texts of strangers are made printable. */
CW_PRINTF(4, 5) void finding_add(struct findings *f, const char *kind, const struct about *about, const char *fmt, ...);

#endif
