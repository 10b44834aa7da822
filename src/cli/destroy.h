/* SPDX-License-Identifier: Apache-2.0 */
/* What cmd_destroy.c asks, or reads from a file (destroy_ask.c). */
#ifndef CLI_DESTROY_H
#define CLI_DESTROY_H

#include "internal.h"

CW_MUST_CHECK int cw_destroy_read(const char *path, struct cw_destruction_form *out, struct cw_error *err); /* NULL: an empty one */
/* ask: a person is there for what is missing.  Times become UTC. */
CW_MUST_CHECK int cw_destroy_complete(struct cw_destruction *d, bool ask, const char *operator_name, const char *place, struct cw_error *err);
CW_MUST_CHECK int cw_destroy_ask_label(struct cw_label *l, struct cw_error *err);
bool cw_destroy_ask_witness(struct cw_msg_witness *w); /* false: not now */

#endif
