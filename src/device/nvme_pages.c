/* SPDX-License-Identifier: Apache-2.0 */
#include "nvme_pages.h"

#include <string.h>

static uint64_t le(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* 128 bits; no medium has more bytes than 64 can count. */
static uint64_t wide(const uint8_t *p)
{
	return le(p + 8, 8) ? UINT64_MAX : le(p, 8);
}

bool nvme_controller_parse(const uint8_t data[NVME_IDENTIFY_BYTES], struct nvme_controller *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->serial, data + 4, sizeof(out->serial));
	memcpy(out->model, data + 24, sizeof(out->model));
	memcpy(out->firmware, data + 64, sizeof(out->firmware));
	out->several_controllers = data[76] >> 1 & 1;
	out->boot_partitions = data[102] & 1;
	out->oacs = (uint16_t)le(data + 256, 2);
	out->total_bytes = wide(data + 280);
	out->unallocated_bytes = wide(data + 296);
	out->rpmb_targets = data[312] & 7;
	out->sanicap = (uint32_t)le(data + 328, 4);
	out->fna = data[524];
	for (size_t i = 0; i < sizeof(out->model); i++)
		if (out->model[i] != ' ' && out->model[i] != '\0')
			return true;
	return false;
}

uint64_t nvme_namespace_bytes(const uint8_t data[NVME_IDENTIFY_BYTES])
{
	unsigned format = (data[26] & 0x0fu) | (data[26] >> 1 & 0x30u);
	unsigned shift = data[128 + 4 * (size_t)format + 2];
	uint64_t blocks = le(data, 8);

	return shift < 9 || shift > 16 || blocks > UINT64_MAX >> shift ? 0 : blocks << shift;
}

/* FLBAS and DPS of Identify Namespace, where Format NVM wants them. */
uint32_t nvme_namespace_format(const uint8_t data[NVME_IDENTIFY_BYTES])
{
	uint32_t flbas = data[26], dps = data[29];

	return (flbas & 0x0f) | (flbas >> 4 & 1) << 4 | (dps & 7) << 5 | (dps >> 3 & 1) << 8 | (flbas >> 5 & 3) << 12;
}

uint32_t nvme_list_count(const uint8_t data[NVME_IDENTIFY_BYTES])
{
	uint64_t before = 0;
	uint32_t n = 0;

	for (; n < NVME_IDENTIFY_BYTES / 4 && le(data + 4 * (size_t)n, 4); n++) {
		uint64_t id = le(data + 4 * (size_t)n, 4);

		if (id <= before)
			return 0;
		before = id;
	}
	return n;
}

uint32_t nvme_list_at(const uint8_t data[NVME_IDENTIFY_BYTES], uint32_t i)
{
	return (uint32_t)le(data + 4 * (size_t)i, 4);
}

/* ---- log pages ---- */

static uint64_t estimate(const uint8_t *p)
{
	uint64_t seconds = le(p, 4);

	return seconds == UINT32_MAX ? 0 : seconds;
}

void nvme_sanitize_log_parse(const uint8_t data[NVME_LOG_BYTES], struct nvme_sanitize_log *out)
{
	out->progress = (uint16_t)le(data, 2);
	out->status = (uint16_t)le(data + 2, 2);
	out->scdw10 = (uint32_t)le(data + 4, 4);
	out->overwrite_seconds = estimate(data + 8);
	out->block_seconds = estimate(data + 12);
	out->crypto_seconds = estimate(data + 16);
	out->state = data[36] & 0x0f;
}

static uint32_t sanitizing_by_status(uint16_t status)
{
	switch (status & 7) {
	case 0:
		return CW_SANITIZING_NEVER;
	case 1: /* success, and with blocks deallocated although that was not asked for */
	case 4:
		return CW_SANITIZING_DONE;
	case 2:
		return CW_SANITIZING_RUNNING;
	case 3:
		return CW_SANITIZING_FAILED;
	default:
		return CW_SANITIZING_UNKNOWN;
	}
}

/* Sanitize State (NVM Express Base 2.1, Sanitize Status log): drives that do not know it say 0. */
uint32_t nvme_sanitizing(const struct nvme_sanitize_log *log)
{
	switch (log->state) {
	case 0: /* idle */
		return sanitizing_by_status(log->status);
	case 1: /* processing, restricted or not; deallocating after it was looked at */
	case 3:
	case 6:
		return CW_SANITIZING_RUNNING;
	case 2: /* failure, restricted or not */
	case 4:
		return CW_SANITIZING_FAILED;
	case 5: /* media verification */
		return CW_SANITIZING_VERIFYING;
	default:
		return CW_SANITIZING_UNKNOWN;
	}
}

void nvme_health_parse(const uint8_t data[NVME_LOG_BYTES], struct cw_health *out)
{
	out->percentage_used = data[5];
	out->power_on_hours = wide(data + 128);
	out->media_errors = wide(data + 160);
}
