/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disc that is recorded in sequence is blanked, recorded from its beginning to its end with what can be told from anything else, read back when it was out of the drive, and blanked
 * again.  So what a blanking leaves, or leaves out, was recorded over, and what the drive says of itself is not all that there is.
 */
#include "native_blank.h"

static bool optical_track_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size)
{
	if (!cw_native_applies(t, m, c, why, size))
		return false;
	if (c->disc.whole_bytes)
		return true;
	(void)cw_strlcpy(why, N_("The drive does not tell how much could be recorded on the disc."), size);
	return false;
}

/* An early look would have to write ahead, which no such disc takes, and to read, which ends the track. */
static int optical_track_run(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
			     struct cw_sweep_result *result, struct cw_error *err)
{
	struct cw_sweep_hooks mine = *hooks;

	mine.spot = NULL;
	if (step->kind == CW_STEP_WRITE || step->kind == CW_STEP_VERIFY)
		return cw_technique_get("overwrite")->run(t, step, from_bytes, size_bytes, &mine, result, err);
	return blank_step(t, step, from_bytes, size_bytes, hooks, result, err);
}

const struct cw_technique cw_technique_optical_track = {
	.id = "optical_track",
	.name = "Blanking and recording of the whole disc", /* msgid */
	.matrix_single = "BLANK_FULL+OPT_OW",
	.native = &blank_whole_disc,
	.records = true,
	.applies = optical_track_applies,
	.run = optical_track_run,
};
