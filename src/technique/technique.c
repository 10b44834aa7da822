/* SPDX-License-Identifier: Apache-2.0 */
#include "certwipe/technique.h"

#include <string.h>

const struct cw_technique *cw_technique_get(const char *id)
{
	for (const struct cw_technique *const *t = cw_techniques; *t; t++)
		if (!strcmp((*t)->id, id))
			return *t;
	return NULL;
}
