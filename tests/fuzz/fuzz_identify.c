/* SPDX-License-Identifier: Apache-2.0 */
/* IDENTIFY DEVICE of ATA and what goes with it; Identify of NVMe. */
#include "../../src/device/identify.h"
#include "../../src/device/nvme_pages.h"
#include "fuzz.h"

static void ata(const uint8_t *data, size_t len)
{
	uint8_t *sector = fuzz_bytes(data, len, ATA_SECTOR_BYTES);
	struct cw_health health = { 0 };
	uint32_t encrypts = 0, overrides = 0;
	uint64_t sectors = 0;
	struct identify i;
	uint8_t sum = 0;

	for (size_t at = 0; at < ATA_SECTOR_BYTES; at++)
		sum = (uint8_t)(sum + sector[at]);
	if (identify_parse(sector, &i)) {
		CLAIM(!i.checked || !sum);
		CLAIM(!i.sanitize || i.sanitize & IDENTIFY_SANITIZE);
		CLAIM(!i.security || i.security & SECURITY_SUPPORTED);
	}
	if (smart_parse(sector, &health))
		CLAIM(!sum);
	if (security_page_parse(sector, &encrypts, &overrides))
		CLAIM(encrypts <= CW_KNOWN_YES && overrides <= CW_KNOWN_YES);
	if (dco_parse(sector, 1000, &sectors))
		CLAIM(sectors >= 1000 && !sum);
	free(sector);
}

static void nvme(const uint8_t *data, size_t len)
{
	uint8_t *page = fuzz_bytes(data, len, NVME_IDENTIFY_BYTES);
	struct nvme_controller c;

	if (nvme_controller_parse(page, &c))
		CLAIM(c.rpmb_targets <= 7);
	(void)nvme_namespace_bytes(page);
	CLAIM(nvme_list_count(page) <= NVME_IDENTIFY_BYTES / 4);
	free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len && data[0] & 1)
		nvme(data + 1, len - 1);
	else if (len)
		ata(data + 1, len - 1);
	return 0;
}
