/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "certwipe/render.h"

const struct cw_renderer *cw_renderer_get(const char *id)
{
	for (size_t i = 0; cw_renderers[i]; i++)
		if (!strcmp(cw_renderers[i]->id, id))
			return cw_renderers[i];
	return NULL;
}
