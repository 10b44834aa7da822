/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: documents as people and scripts read them.  Input is always one JSON document with a `schema` key ("certwipe/list/1"); it reads only.
 * src/render/<id>.c defines `const struct cw_renderer cw_renderer_<id>`; the Makefile makes the registry from the folder.
 */
#ifndef CERTWIPE_RENDER_H
#define CERTWIPE_RENDER_H

#include "certwipe/register.h"

struct cw_renderer {
	const char *id; /* "text", "json": --format */
	/* Appends to out.  width: cells a line may take, 0: no limit. */
	int (*render)(const json_t *doc, size_t width, struct cw_buf *out, struct cw_error *err);
};
extern const struct cw_renderer *const cw_renderers[]; /* NULL-terminated, sorted */
const struct cw_renderer *cw_renderer_get(const char *id);

#endif
