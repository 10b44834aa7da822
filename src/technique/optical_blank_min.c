/* SPDX-License-Identifier: Apache-2.0 */
/* Taking away the table of contents of a disc, and nothing else (MMC-6 6.2): it looks blank to every drive, and its data are all there. */
#include "native_blank.h"

static int submit(struct cw_transport *t)
{
	return blank_submit(t, BLANK_MINIMAL);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	blank_read(h, BLANK_MINIMAL, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_DISC_BLANK,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ERROR),
	.on_request = N_("It leaves all data on the disc: it is only used where it is asked for by name (--technique), and nothing is ever claimed for it."),
	.leaves_nothing = true,
	.leaves_data = N_("Only the table of contents of the disc was taken away: drives take it for blank, and all data are still on it. Blank the whole disc, and destroy it physically."),
	.unfinished = N_("The job ended while the drive was blanking the disc; all data are still on it: blank the whole disc, and destroy it physically."),
	.poll_ms = 2000,
	.ask = blank_ask,
	.submit = submit,
	.read = said,
	.obey = blank_obey,
};

const struct cw_technique cw_technique_optical_blank_min = {
	.id = "optical_blank_min",
	.name = "Taking away the table of contents of a disc", /* msgid */
	.matrix_single = "BLANK_MIN",
	.native = &native,
	.applies = cw_native_applies,
	.run = blank_step,
};
