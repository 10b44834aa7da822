/* SPDX-License-Identifier: Apache-2.0 */
/* The write sweep: the stream is made straight in the slot that goes to the medium. */
#include "sweep.h"

static int fill_slot(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	return cw_window_fill(&s->held, w->stream, offset_bytes, len, err);
}

/* Written is written: whether it stands there is for the verification to say. */
static int slot_written(struct sweep *w, const struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	(void)w, (void)s, (void)offset_bytes, (void)len, (void)err;
	return 0;
}

const struct sweep_kind sweep_writes = {
	.fault = CW_FAULT_WRITE,
	.writes = true,
	.prepare = fill_slot,
	.complete = slot_written,
};

int cw_sweep_write(struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		   struct cw_sweep_result *result, struct cw_error *err)
{
	return sweep_whole(&sweep_writes, t, s, from_bytes, size_bytes, hooks, result, err);
}
