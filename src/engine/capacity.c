/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a medium holds that does not return what was written.  The stream was written once from the first byte to the last, and each block of it says where it
 * belongs: so what is found elsewhere was written later than what should be there, unless something else is wrong with the medium, and then nothing is concluded.
 */
#include "certwipe/engine.h"

#define SECTOR_MIN 512u
#define WRAPPED_MIN_BYTES (64u * 1024u) /* a single sector in the wrong place is no wrap */
#define SHARE 8u /* of the medium, that must be affected: less may be a mixed-up table or a worn block */

const char *cw_lie_name(uint32_t lie)
{
	static const char *const names[] = { [CW_LIE_NONE] = "none", [CW_LIE_WRAP] = "wrap", [CW_LIE_ALIAS] = "alias", [CW_LIE_DROP] = "drop" };

	return lie < CW_ARRAY_LEN(names) ? names[lie] : "none";
}

static bool is_contiguous(const struct cw_sectors *s)
{
	return s->bytes && s->bytes == s->upto_bytes - s->from_bytes;
}

static bool is_large(const struct cw_sectors *s, uint64_t size_bytes)
{
	return s->bytes >= size_bytes / SHARE;
}

/* A block that could not be written leaves what was there before it: once backward, and once equal where that belongs. */
static bool is_rare(uint64_t bytes, const struct cw_sectors *among)
{
	return bytes <= among->bytes / 256;
}

/*
 * With real_bytes of cells each holds what was written last, so that only the last real_bytes of addresses read equal, and all below hold what was written some
 * multiple of real_bytes further on; the nearest exactly so far.
 */
static bool wraps(const struct cw_tally *t, uint64_t equal_bytes, uint64_t size_bytes)
{
	uint64_t real = t->least_distance_bytes;

	return t->elsewhere.bytes >= WRAPPED_MIN_BYTES && is_rare(t->backward_bytes, &t->elsewhere) && real == t->common_distance_bytes && real % SECTOR_MIN == 0 && real < size_bytes &&
	       t->elsewhere.from_bytes < real && t->elsewhere.upto_bytes == size_bytes - real && equal_bytes <= real + t->backward_bytes &&
	       2 * t->elsewhere.bytes >= size_bytes - real;
}

static bool shares_cells(const struct cw_tally *t, uint64_t size_bytes)
{
	return !t->backward_bytes && is_large(&t->elsewhere, size_bytes);
}

/* A controller makes up one and the same answer for what it has no cells for; old data or noise are cells. */
static bool stores_nothing_behind(const struct cw_tally *t, uint64_t size_bytes)
{
	uint64_t made_up = t->class_bytes[CW_MISMATCH_ZEROS] + t->class_bytes[CW_MISMATCH_ONES] + t->class_bytes[CW_MISMATCH_UNIFORM];

	return !t->elsewhere.bytes && !t->backward_bytes && is_contiguous(&t->lacking) && t->lacking.upto_bytes == size_bytes && t->lacking.from_bytes && made_up == t->lacking.bytes &&
	       is_large(&t->lacking, size_bytes);
}

void cw_capacity_of(const struct cw_tally *t, uint64_t equal_bytes, uint64_t size_bytes, struct cw_capacity *out)
{
	*out = (struct cw_capacity){ .lie = CW_LIE_NONE };
	if (wraps(t, equal_bytes, size_bytes))
		*out = (struct cw_capacity){ CW_LIE_WRAP, 1, t->least_distance_bytes };
	else if (shares_cells(t, size_bytes))
		*out = (struct cw_capacity){ CW_LIE_ALIAS, 0, size_bytes - t->elsewhere.bytes };
	else if (stores_nothing_behind(t, size_bytes))
		*out = (struct cw_capacity){ CW_LIE_DROP, 1, t->lacking.from_bytes };
}
