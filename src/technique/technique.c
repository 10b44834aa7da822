/* SPDX-License-Identifier: Apache-2.0 */
#include "certwipe/technique.h"

#include <string.h>

const struct cw_technique *cw_technique_get(const char *id)
{
	for (const struct cw_technique *const *t = cw_techniques; *t; t++)
		if (!strcmp((*t)->id, id))
			return *t;
	return NULL;
}

bool cw_technique_wants_attestation(const struct cw_technique *t)
{
	return t->only_keys || (t->native && t->native->destroys_key);
}

/* ---- steps ---- */

const char *cw_step_name(uint32_t kind)
{
	static const char *const names[CW_STEP_KINDS] = {
		[CW_STEP_WRITE] = "write",   [CW_STEP_VERIFY] = "verify", [CW_STEP_SAMPLE] = "sample", [CW_STEP_MARK] = "mark", [CW_STEP_MARK_CHECK] = "mark-check",
		[CW_STEP_NATIVE] = "native", [CW_STEP_LOOK] = "look",     [CW_STEP_LOOK_MARKS] = "look-marks", [CW_STEP_LOOK_SAMPLE] = "look-sample",
		[CW_STEP_OPEN] = "open",
		[CW_STEP_KEYS] = "keys",     [CW_STEP_KEYS_CHECK] = "keys-check", [CW_STEP_RELOAD] = "reload",
	};

	return kind < CW_STEP_KINDS && names[kind] ? names[kind] : "";
}

bool cw_step_looks(uint32_t kind)
{
	return kind == CW_STEP_LOOK || kind == CW_STEP_LOOK_MARKS || kind == CW_STEP_LOOK_SAMPLE;
}

bool cw_step_is_of_keys(uint32_t kind)
{
	return kind == CW_STEP_KEYS || kind == CW_STEP_KEYS_CHECK;
}

/* How long the windows are does not hang on the seed. */
static uint64_t bytes_of_windows(bool marks, uint64_t size_bytes, uint32_t logical_bytes)
{
	static const uint8_t any_seed[32];
	uint32_t n = !logical_bytes ? 0 : marks ? cw_mark_windows(size_bytes, logical_bytes) : cw_sample_windows(size_bytes, logical_bytes);
	uint64_t sum = 0, offset, len;

	for (uint32_t i = 0; i < n; i++) {
		if (marks)
			cw_mark_window(any_seed, size_bytes, logical_bytes, i, &offset, &len);
		else
			cw_sample_window(any_seed, size_bytes, logical_bytes, i, &offset, &len);
		sum += len;
	}
	return sum;
}

uint64_t cw_step_bytes(uint32_t kind, uint64_t size_bytes, uint32_t logical_bytes)
{
	switch (kind) {
	case CW_STEP_SAMPLE:
	case CW_STEP_LOOK_SAMPLE:
		return bytes_of_windows(false, size_bytes, logical_bytes);
	case CW_STEP_MARK:
	case CW_STEP_MARK_CHECK:
	case CW_STEP_LOOK_MARKS:
		return bytes_of_windows(true, size_bytes, logical_bytes);
	case CW_STEP_KEYS:
	case CW_STEP_KEYS_CHECK:
	case CW_STEP_RELOAD:
		return 0;
	default:
		return size_bytes;
	}
}
