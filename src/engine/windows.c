/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep over windows: what lies between them is left alone. */
#include "sweep.h"

static uint32_t one(uint64_t size_bytes, uint32_t logical_bytes)
{
	return size_bytes >= logical_bytes;
}

static void whole(const uint8_t seed[32], uint64_t size_bytes, uint32_t logical_bytes, uint32_t i, uint64_t *offset_bytes, uint64_t *len_bytes)
{
	(void)seed, (void)i;
	*offset_bytes = 0;
	*len_bytes = size_bytes - size_bytes % logical_bytes;
}

const struct sweep_windows sweep_of_all = { one, whole };

static int each_window(struct sweep *w, const struct sweep_windows *where, const uint8_t seed[32], struct cw_error *err)
{
	uint32_t n = where->count(w->size_bytes, w->logical_bytes);
	int rc = 0;

	for (uint32_t i = 0; i < n && !rc && sweep_goes_on(w); i++) {
		uint64_t offset_bytes, len_bytes;

		where->at(seed, w->size_bytes, w->logical_bytes, i, &offset_bytes, &len_bytes);
		rc = sweep_range(w, offset_bytes, offset_bytes + len_bytes, err);
	}
	return rc;
}

int sweep_windows(struct sweep *w, const struct sweep_windows *where, const uint8_t seed[32], struct cw_error *err)
{
	int rc = each_window(w, where, seed, err);

	if (!rc)
		rc = sweep_regions(w, err);
	return rc ? rc : sweep_finish(w, err);
}
