/* SPDX-License-Identifier: Apache-2.0 */
/* All sectors that differ, in a few numbers: memory stays the same however many there are. */
#include "certwipe/engine.h"

static void widen(struct cw_sectors *s, uint64_t offset_bytes, uint32_t len_bytes)
{
	if (!s->bytes || offset_bytes < s->from_bytes)
		s->from_bytes = offset_bytes;
	if (offset_bytes + len_bytes > s->upto_bytes)
		s->upto_bytes = offset_bytes + len_bytes;
	s->bytes += len_bytes;
}

uint64_t cw_common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* A run of sectors has one distance; only where it changes is there something new to keep. */
static void keep_place(struct cw_tally *t, uint64_t offset_bytes, uint64_t written_offset_bytes)
{
	uint32_t n = t->n_places;

	if (n == CW_PLACES_MAX || (n && t->places[n - 1].written_offset_bytes - t->places[n - 1].offset_bytes == written_offset_bytes - offset_bytes))
		return;
	t->places[n].offset_bytes = offset_bytes;
	t->places[n].written_offset_bytes = written_offset_bytes;
	t->n_places++;
}

static void add_elsewhere(struct cw_tally *t, const struct cw_mismatch_info *m, uint32_t sector_bytes, uint64_t size_bytes)
{
	uint64_t here = m->offset_bytes, there = m->written_offset_bytes, distance = there > here ? there - here : here - there;

	keep_place(t, here, there);
	if (there < here || there >= size_bytes)
		t->backward_bytes += sector_bytes;
	else
		widen(&t->elsewhere, here, sector_bytes);
	if (!t->least_distance_bytes || distance < t->least_distance_bytes)
		t->least_distance_bytes = distance;
	t->common_distance_bytes = cw_common_divisor(t->common_distance_bytes, distance);
}

void cw_tally_add(struct cw_tally *t, const struct cw_mismatch_info *m, uint32_t sector_bytes, uint64_t size_bytes)
{
	t->class_bytes[m->class <= CW_MISMATCH_FOREIGN ? m->class : CW_MISMATCH_FOREIGN] += sector_bytes;
	if (m->class == CW_MISMATCH_OTHER_OFFSET)
		add_elsewhere(t, m, sector_bytes, size_bytes);
	else
		widen(&t->lacking, m->offset_bytes, sector_bytes);
}

uint64_t cw_tally_bytes(const struct cw_tally *t)
{
	return t->elsewhere.bytes + t->backward_bytes + t->lacking.bytes;
}
