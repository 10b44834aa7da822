/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of vital product data, and which operation codes a SCSI drive says that it has. */
#include "../../src/device/scsi_pages.h"
#include "certwipe/device.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n = len ? len - 1 : 0, body_len = 0;
	uint8_t *page = fuzz_bytes(len ? data + 1 : data, n, n), wabereq = 0, wacereq = 0, usage = 0;
	const uint8_t *body = vpd_body(page, n, len ? data[0] : 0, &body_len);

	CLAIM(!body || (body >= page && body + body_len <= page + n));
	(void)vpd_lists(page, n, len ? data[0] : 0);
	vpd_block_characteristics(page, n, &wabereq, &wacereq);
	CLAIM(wabereq <= 3 && wacereq <= 3);
	CLAIM(rsoc_support(page, n, &usage) <= CW_KNOWN_YES);
	free(page);
	return 0;
}
