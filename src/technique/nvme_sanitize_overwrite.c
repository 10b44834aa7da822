/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe Sanitize, overwrite: all places of the drive, and nothing of it is deallocated afterwards, so that the pattern can be seen. */
#include "native_nvme_sanitize.h"

#define PATTERN 0xa55a5aa5u /* the same bytes whichever end a drive begins with, and not what unwritten blocks read as */

static const struct nvme_sanitize overwrite = { .dword10 = NVME_SANITIZE_OVERWRITE | NVME_SANITIZE_PASSES(1) | NVME_SANITIZE_NO_DEALLOCATE, .pattern = PATTERN };

static int submit(struct cw_transport *t)
{
	return nvme_sanitize_submit(t, &overwrite);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	nvme_sanitize_read(h, &overwrite, out);
}

static void obey(bool begun, uint32_t set, void *command)
{
	nvme_sanitize_obey(begun, set, command, &overwrite);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_NVME_SANITIZE_OVERWRITE,
	.may_leave = CW_LOOK_BIT(CW_LOOK_PATTERN),
	.pattern = { 0xa5, 0x5a, 0x5a, 0xa5 },
	.pattern_len = 4,
	.writes_all = true,
	.takes_unallocated = true,
	.scope = nvme_sanitize_scope,
	.poll_ms = 10000,
	.ask = nvme_sanitize_ask,
	.submit = submit,
	.read = said,
	.obey = obey,
};

const struct cw_technique cw_technique_nvme_sanitize_overwrite = {
	.id = "nvme_sanitize_overwrite",
	.name = "NVMe Sanitize, overwrite", /* msgid */
	.matrix_single = "SAN_OW",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
