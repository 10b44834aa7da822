/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe Sanitize, crypto erase: a drive that encrypts all that it stores changes its keys. */
#include "native_nvme_sanitize.h"

static const struct nvme_sanitize crypto = { .dword10 = NVME_SANITIZE_CRYPTO };

static int submit(struct cw_transport *t)
{
	return nvme_sanitize_submit(t, &crypto);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	nvme_sanitize_read(h, &crypto, out);
}

static void obey(bool begun, uint32_t set, void *command)
{
	nvme_sanitize_obey(begun, set, command, &crypto);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_NVME_SANITIZE_CRYPTO,
	/* Blocks that were erased and not deallocated need not be readable until they are written (NVM Express Base 2.0, annex A). */
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_ONES) | CW_LOOK_BIT(CW_LOOK_RANDOM) | CW_LOOK_BIT(CW_LOOK_ERROR),
	.destroys_key = true,
	.takes_unallocated = true,
	.scope = nvme_sanitize_scope,
	.poll_ms = 1000,
	.ask = nvme_sanitize_ask,
	.submit = submit,
	.read = said,
	.obey = obey,
};

const struct cw_technique cw_technique_nvme_sanitize_crypto = {
	.id = "nvme_sanitize_crypto",
	.name = "NVMe Sanitize, crypto erase", /* msgid */
	.matrix_single = "SAN_CRY",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
