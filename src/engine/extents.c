/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded list of ranges: memory stays the same however broken the medium is, and the byte count stays exact. */
#include "certwipe/engine.h"

static uint64_t end_of(const struct cw_extent *e)
{
	return e->offset_bytes + e->len_bytes;
}

/* Stretches e over [offset, offset + len) and whatever lies between them. */
static void stretch(struct cw_extent *e, uint64_t offset_bytes, uint64_t len_bytes)
{
	uint64_t from = offset_bytes < e->offset_bytes ? offset_bytes : e->offset_bytes;
	uint64_t upto = offset_bytes + len_bytes > end_of(e) ? offset_bytes + len_bytes : end_of(e);

	e->offset_bytes = from;
	e->len_bytes = upto - from;
}

/* From either side: where a range is worked on from its far end, neighbours come in falling order. */
static bool touches(const struct cw_extent *e, uint64_t offset_bytes, uint64_t len_bytes)
{
	return end_of(e) == offset_bytes || offset_bytes + len_bytes == e->offset_bytes;
}

void cw_extents_add(struct cw_extents *list, uint64_t offset_bytes, uint64_t len_bytes, enum cw_fault fault, int sys_errno)
{
	struct cw_extent *last = list->n ? &list->at[list->n - 1] : NULL;

	if (!len_bytes)
		return;
	list->total_bytes += len_bytes;
	if (last && ((last->fault == fault && touches(last, offset_bytes, len_bytes)) || list->n == CW_EXTENTS_MAX)) {
		stretch(last, offset_bytes, len_bytes);
		return;
	}
	list->at[list->n++] = (struct cw_extent){ .offset_bytes = offset_bytes, .len_bytes = len_bytes, .fault = fault, .sys_errno = sys_errno };
}
