/* SPDX-License-Identifier: Apache-2.0 */
/* The verification sweep: the stream is made again in small steps and every byte read is compared with it. */
#include "sweep.h"

#include <string.h>

/*
 * A bridge that reports more bytes than it moved leaves the rest of the slot as it was; with a repeating pattern that would still be the last slot's
 * good bytes.  So the slot is filled with what the pattern is not.  A keystream needs no such care: no two of its slots are alike.
 */
static int poison_slot(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	const struct cw_stream *stream = cw_stream_get(w->stream);

	(void)offset_bytes, (void)err;
	if (stream->kind == CW_STREAM_PATTERN)
		memset(s->held.buf, (uint8_t)~stream->pattern[0], len);
	return 0;
}

static void record_mismatch(struct sweep *w, uint64_t offset_bytes, const uint8_t *sector)
{
	const struct cw_stream *expected = cw_stream_get(w->stream);
	struct cw_mismatch_info m;

	if (!w->cipher)
		w->cipher = cw_mismatch_cipher(expected->key);
	cw_mismatch_classify(w->cipher, expected, offset_bytes, sector, w->logical_bytes, &m);
	cw_tally_add(&w->result->tally, &m, w->logical_bytes, w->size_bytes);
	if (!w->result->mismatch_bytes)
		w->result->first_mismatch = m;
	w->result->mismatch_bytes += w->logical_bytes;
	cw_extents_add(&w->result->bad, offset_bytes, w->logical_bytes, CW_FAULT_MISMATCH, 0);
}

static void compare_sectors(struct sweep *w, uint64_t offset_bytes, const uint8_t *found, size_t len)
{
	for (size_t i = 0; i < len; i += w->logical_bytes)
		if (memcmp(found + i, w->expected.buf + i, w->logical_bytes))
			record_mismatch(w, offset_bytes + i, found + i);
}

static int check_slot(struct sweep *w, const struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	const uint8_t *found = s->held.buf;
	size_t step_max = w->logical_bytes > CW_COMPARE_BYTES ? w->logical_bytes : CW_COMPARE_BYTES;

	for (size_t i = 0; i < len;) {
		size_t step = len - i < step_max ? len - i : step_max;
		int rc = cw_window_fill(&w->expected, w->stream, offset_bytes + i, step, err);

		if (rc)
			return rc;
		if (memcmp(found + i, w->expected.buf, step))
			compare_sectors(w, offset_bytes + i, found + i, step);
		i += step;
	}
	return 0;
}

const struct sweep_kind sweep_verifies = {
	.fault = CW_FAULT_READ,
	.writes = false,
	.prepare = poison_slot,
	.complete = check_slot,
};

int cw_sweep_verify(struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		    struct cw_sweep_result *result, struct cw_error *err)
{
	return sweep_whole(&sweep_verifies, t, s, from_bytes, size_bytes, hooks, result, err);
}
