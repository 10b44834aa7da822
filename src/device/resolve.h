/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CW_DEVICE_RESOLVE_H
#define CW_DEVICE_RESOLVE_H

#include "world.h"

/* cw_media_resolve() in a world of the caller's. */
CW_MUST_CHECK int cw_media_resolve_in(const struct cw_world *w, const struct cw_media *m, const char *named, uint32_t *index, struct cw_error *err);

#endif
