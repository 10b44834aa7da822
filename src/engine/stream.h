/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the engine: how streams are made and compared in steps. */
#ifndef CERTWIPE_ENGINE_STREAM_H
#define CERTWIPE_ENGINE_STREAM_H

#include "certwipe/engine.h"

/* One cipher call: its source stays in the first-level cache (performance.md section 7). */
#define CW_STEP_BYTES 16384u
/* What is compared at once: the stream, its source and what was read stay there together.  Of 4, 8 and 16 KiB this takes the least of the processor. */
#define CW_COMPARE_BYTES 4096u

/* A buffer that holds a piece of a stream.  A repeating pattern is laid down once and then found there again. */
struct cw_window {
	uint8_t *buf; /* the sweep's, or a slot's of its queue */
	uint64_t offset_bytes;
	size_t len; /* 0: holds nothing yet */
};
CW_MUST_CHECK int cw_window_fill(struct cw_window *w, struct cw_stream_ctx *c, uint64_t offset_bytes, size_t len, struct cw_error *err);

const struct cw_stream *cw_stream_get(const struct cw_stream_ctx *c);

#endif
