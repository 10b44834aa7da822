/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe Format, user data erase: a namespace, or all of them where the drive says so. */
#include "native_nvme_format.h"

static int submit(struct cw_transport *t)
{
	return nvme_format_submit(t, NVME_ERASE_USER_DATA);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	nvme_format_read(h, NVME_ERASE_USER_DATA, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_NVME_FORMAT_USER,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_UNIFORM),
	.scope = nvme_format_scope,
	.unfinished = N_("The job ended while the medium was formatting itself; if that is cut off, it cannot be used until it has been formatted to its end: resume the job, or format it again (nvme format)."),
	.poll_ms = 1000,
	.ask = nvme_format_ask,
	.submit = submit,
	.read = said,
	.obey = nvme_format_obey,
};

const struct cw_technique cw_technique_nvme_format_user = {
	.id = "nvme_format_user",
	.name = "NVMe Format, user data erase", /* msgid */
	.matrix_single = "NVME_FMT1",
	.native = &native,
	.unconfirmed = N_("IEEE 2883 prefers Sanitize, and how it ranks Format NVM is not confirmed: it is only planned with --allow-unconfirmed."),
	.applies = cw_native_applies,
	.run = cw_native_step,
};
