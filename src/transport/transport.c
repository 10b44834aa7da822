/* SPDX-License-Identifier: Apache-2.0 */
#include "certwipe/transport.h"

void cw_transport_free(struct cw_transport *t)
{
	if (t)
		t->ops->free(t);
}
