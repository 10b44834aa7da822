/* SPDX-License-Identifier: Apache-2.0 */
/* What cmd_destroy.c asks, or reads from a file (destroy_ask.c). */
#ifndef CLI_DESTROY_H
#define CLI_DESTROY_H

#include "internal.h"

CW_MUST_CHECK int cw_destroy_read(const char *path, struct cw_destruction_form *out, struct cw_error *err); /* NULL: an empty one */
struct cw_destroy_known {
	bool ask;        /* a person is there for what is missing */
	bool one;        /* it is one medium that a device read */
	uint32_t class_;
	const json_t *enough; /* ways that reach something for this medium; array of words */
	const char *operator_name, *place; /* of the case, may be "" */
};
CW_MUST_CHECK int cw_destroy_complete(struct cw_destruction *d, const struct cw_destroy_known *k, struct cw_error *err); /* times become UTC */
CW_MUST_CHECK int cw_destroy_ask_photos(struct cw_destruction_form *form, struct cw_error *err);
CW_MUST_CHECK int cw_destroy_ask_label(struct cw_label *l, struct cw_error *err);
CW_MUST_CHECK int cw_destroy_ask_tag(char tag[CW_TEXT_MAX], struct cw_error *err);
bool cw_destroy_ask_witness(struct cw_msg_witness *w); /* false: not now */

#endif
