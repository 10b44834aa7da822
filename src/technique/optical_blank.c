/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blanking a whole disc (MMC-6 6.2): CD-RW and DVD-RW, those that are formatted for restricted overwrite, too.  What it leaves no drive reads any more; no standard takes that for
 * more than a smaller risk.
 */
#include "native_blank.h"

static int submit(struct cw_transport *t)
{
	return blank_submit(t, BLANK_WHOLE_DISC);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	blank_read(h, BLANK_WHOLE_DISC, out);
}

const struct cw_native blank_whole_disc = {
	.feature = CW_FEATURE_DISC_BLANK,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ERROR),
	.writes_all = true,
	.untold_seconds = 3600, /* of a DVD-RW at single speed */
	.leaves_nothing = true,
	.unfinished = N_("The job ended while the drive was blanking the disc; if that is cut off, the disc can be neither read nor recorded, and old data may still be on it: blank it again, or destroy it physically."),
	.poll_ms = 2000,
	.ask = blank_ask,
	.submit = submit,
	.read = said,
	.obey = blank_obey,
};

const struct cw_technique cw_technique_optical_blank = {
	.id = "optical_blank",
	.name = "Blanking of the whole disc", /* msgid */
	.matrix_single = "BLANK_FULL",
	.native = &blank_whole_disc,
	.applies = cw_native_applies,
	.run = blank_step,
};
