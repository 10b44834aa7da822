/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages of NVMe. */
#include "../../src/device/nvme_pages.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *page = fuzz_bytes(data, len, NVME_LOG_BYTES);
	struct nvme_sanitize_log log;
	struct cw_health health = { 0 };

	nvme_sanitize_log_parse(page, &log);
	CLAIM(nvme_sanitizing(&log) <= CW_SANITIZING_VERIFYING);
	CLAIM(log.overwrite_seconds <= UINT32_MAX && log.block_seconds <= UINT32_MAX && log.crypto_seconds <= UINT32_MAX);
	nvme_health_parse(page, &health);
	CLAIM(health.percentage_used <= 255 || health.percentage_used == CW_NOT_TOLD);
	free(page);
	return 0;
}
