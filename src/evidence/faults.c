/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <stdlib.h>

void cw_faults_clear(struct cw_faults *f)
{
	free(f->at);
	*f = (struct cw_faults){0};
}

static bool grow(struct cw_faults *f)
{
	if (f->n < f->cap)
		return true;
	size_t cap = f->cap ? 2 * f->cap : 64;
	struct cw_extent *at = reallocarray(f->at, cap, sizeof(*at));
	if (!at) {
		f->failed = true;
		return false;
	}
	f->at = at;
	f->cap = cap;
	return true;
}

void cw_faults_add(struct cw_faults *f, uint64_t offset_bytes, uint64_t len_bytes, uint32_t fault, int32_t sys_errno)
{
	if (offset_bytes > INT64_MAX)
		offset_bytes = INT64_MAX;
	if (len_bytes > INT64_MAX - offset_bytes)
		len_bytes = INT64_MAX - offset_bytes;
	if (!len_bytes || !grow(f))
		return;
	f->at[f->n++] = (struct cw_extent){ .offset_bytes = offset_bytes, .len_bytes = len_bytes, .fault = fault, .sys_errno = sys_errno };
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Total, so that the same sightings give the same list whatever the sort does with equals: the list is signed. */
static int by_fault_and_offset(const void *a, const void *b)
{
	const struct cw_extent *x = a, *y = b;
	int c = order(x->fault, y->fault);
	c = c ? c : order((int64_t)x->offset_bytes, (int64_t)y->offset_bytes);
	c = c ? c : order((int64_t)x->len_bytes, (int64_t)y->len_bytes);
	return c ? c : order(x->sys_errno, y->sys_errno);
}

static uint64_t end_of(const struct cw_extent *e)
{
	return e->offset_bytes + e->len_bytes;
}

static void clip(struct cw_faults *f, uint64_t size_bytes)
{
	size_t kept = 0;
	for (size_t i = 0; i < f->n; i++) {
		struct cw_extent e = f->at[i];
		if (e.offset_bytes >= size_bytes)
			continue;
		if (e.len_bytes > size_bytes - e.offset_bytes)
			e.len_bytes = size_bytes - e.offset_bytes;
		f->at[kept++] = e;
	}
	f->n = kept;
}

void cw_faults_join(struct cw_faults *f, uint64_t size_bytes)
{
	clip(f, size_bytes);
	if (f->n < 2)
		return;
	qsort(f->at, f->n, sizeof(*f->at), by_fault_and_offset);
	size_t kept = 0;
	for (size_t i = 1; i < f->n; i++) {
		struct cw_extent *last = &f->at[kept];
		const struct cw_extent *e = &f->at[i];
		if (e->fault != last->fault || e->offset_bytes > end_of(last))
			f->at[++kept] = *e;
		else if (end_of(e) > end_of(last))
			last->len_bytes = end_of(e) - last->offset_bytes;
	}
	f->n = kept + 1;
}

uint64_t cw_faults_bytes(const struct cw_faults *f, uint32_t fault)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < f->n; i++)
		sum += f->at[i].fault == fault ? f->at[i].len_bytes : 0;
	return sum;
}
