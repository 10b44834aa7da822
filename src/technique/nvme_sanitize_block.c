/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe Sanitize, block erase: all cells of the drive, whichever namespace they are of. */
#include "native_nvme_sanitize.h"

static const struct nvme_sanitize block = { .dword10 = NVME_SANITIZE_BLOCK };

static int submit(struct cw_transport *t)
{
	return nvme_sanitize_submit(t, &block);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	nvme_sanitize_read(h, &block, out);
}

static void obey(bool begun, uint32_t set, void *command)
{
	nvme_sanitize_obey(begun, set, command, &block);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_NVME_SANITIZE_BLOCK,
	/* Blocks that were erased and not deallocated need not be readable until they are written (NVM Express Base 2.0, annex A). */
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_UNIFORM) | CW_LOOK_BIT(CW_LOOK_ERROR),
	.takes_unallocated = true,
	.scope = nvme_sanitize_scope,
	.poll_ms = 1000,
	.ask = nvme_sanitize_ask,
	.submit = submit,
	.read = said,
	.obey = obey,
};

const struct cw_technique cw_technique_nvme_sanitize_block = {
	.id = "nvme_sanitize_block",
	.name = "NVMe Sanitize, block erase", /* msgid */
	.matrix_single = "SAN_BLK",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
