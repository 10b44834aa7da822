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

static bool is_all_lacking_behind(const struct cw_tally *t, uint64_t size_bytes)
{
	return !t->elsewhere.bytes && !t->backward_bytes && is_contiguous(&t->lacking) && t->lacking.upto_bytes == size_bytes && t->lacking.from_bytes;
}

/* A controller gives one and the same answer for what it has no cells for; old data or noise are cells. */
static bool answers_are_made_up(const struct cw_tally *t, uint64_t size_bytes)
{
	uint64_t made_up = t->class_bytes[CW_MISMATCH_ZEROS] + t->class_bytes[CW_MISMATCH_ONES] + t->class_bytes[CW_MISMATCH_UNIFORM];

	return made_up == t->lacking.bytes && is_large(&t->lacking, size_bytes);
}

/* What was written early and what was written later did not arrive in the same cells: that is no cache that was lost once. */
static bool was_seen_early(const struct cw_tally *t, const struct cw_capacity *early)
{
	return early && early->lie == CW_LIE_DROP && t->lacking.from_bytes <= early->real_bytes;
}

void cw_capacity_of(const struct cw_tally *t, uint64_t equal_bytes, uint64_t size_bytes, const struct cw_capacity *early, struct cw_capacity *out)
{
	*out = (struct cw_capacity){ .lie = CW_LIE_NONE };
	if (wraps(t, equal_bytes, size_bytes))
		*out = (struct cw_capacity){ CW_LIE_WRAP, 1, t->least_distance_bytes };
	else if (shares_cells(t, size_bytes))
		*out = (struct cw_capacity){ CW_LIE_ALIAS, 0, size_bytes - t->elsewhere.bytes };
	else if (is_all_lacking_behind(t, size_bytes) && (answers_are_made_up(t, size_bytes) || was_seen_early(t, early)))
		*out = (struct cw_capacity){ CW_LIE_DROP, 1, t->lacking.from_bytes };
}

/* ---- the early look ---- */

static uint64_t distance(const struct cw_mismatch_info *m)
{
	return m->written_offset_bytes > m->offset_bytes ? m->written_offset_bytes - m->offset_bytes : m->offset_bytes - m->written_offset_bytes;
}

/* Of all that differs; 0 when one of them does not hold what this pass wrote for another place. */
static uint64_t common_distance(const struct cw_spot *s)
{
	uint64_t common = 0;

	for (uint32_t i = 0; i < s->n_differing; i++) {
		if (s->differing[i].class != CW_MISMATCH_OTHER_OFFSET)
			return 0;
		common = cw_common_divisor(common, distance(&s->differing[i]));
	}
	return common;
}

/* Of places that share a cell only one can be equal. */
static bool can_be_equal(const struct cw_spot *s, uint64_t real)
{
	for (uint32_t i = 0; i < s->n_equal; i++)
		for (uint32_t k = i + 1; k < s->n_equal; k++)
			if (s->equal_at_bytes[i] % real == s->equal_at_bytes[k] % real)
				return false;
	return true;
}

/* The blocks that were swept before hold what was written a multiple of real behind them, and so does all else that differs. */
static bool wraps_early(const struct cw_spot *s, uint64_t real)
{
	uint32_t swept = 0;

	for (uint32_t i = 0; i < s->n_differing; i++)
		swept += s->differing[i].offset_bytes < CW_SPOT_AHEAD_BYTES;
	return swept >= 2 && real >= CW_SPOT_AHEAD_BYTES && can_be_equal(s, real);
}

static uint64_t highest_equal(const struct cw_spot *s)
{
	uint64_t highest = 0;

	for (uint32_t i = 0; i < s->n_equal; i++)
		highest = s->equal_at_bytes[i] > highest ? s->equal_at_bytes[i] : highest;
	return highest;
}

/* All from some block on differ, none before it, and there are several of both. */
static bool drops_early(const struct cw_spot *s, uint64_t *lowest)
{
	*lowest = UINT64_MAX;
	for (uint32_t i = 0; i < s->n_differing; i++) {
		if (s->differing[i].class == CW_MISMATCH_OTHER_OFFSET)
			return false;
		*lowest = s->differing[i].offset_bytes < *lowest ? s->differing[i].offset_bytes : *lowest;
	}
	return s->n_differing >= 2 && s->n_equal >= 2 && *lowest > highest_equal(s) && *lowest >= CW_SPOT_AHEAD_BYTES;
}

void cw_spot_capacity(const struct cw_spot *s, struct cw_capacity *out)
{
	uint64_t common = common_distance(s), lowest;

	*out = (struct cw_capacity){ .lie = CW_LIE_NONE };
	if (common && wraps_early(s, common))
		*out = (struct cw_capacity){ CW_LIE_WRAP, 0, common };
	else if (drops_early(s, &lowest))
		*out = (struct cw_capacity){ CW_LIE_DROP, 0, lowest };
}
