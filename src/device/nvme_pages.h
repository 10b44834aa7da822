/* SPDX-License-Identifier: Apache-2.0 */
/* nvme_pages: Identify data and log pages (NVM Express Base 2.0, clauses 4.1 and 5.16), little-endian, of fixed size; every value may be anything. */
#ifndef CW_DEVICE_NVME_PAGES_H
#define CW_DEVICE_NVME_PAGES_H

#include "certwipe/device.h"

#define NVME_IDENTIFY_BYTES 4096u
#define NVME_LOG_BYTES 512u

struct nvme_controller {
	char model[40], serial[20], firmware[8];
	uint16_t oacs;
	uint32_t sanicap, rpmb_targets;
	uint8_t fna;
	bool boot_partitions, several_controllers;
	uint64_t total_bytes, unallocated_bytes; /* what does not fit in 64 bits is UINT64_MAX */
};
/* False: it does not look like one (no model). */
CW_MUST_CHECK bool nvme_controller_parse(const uint8_t data[NVME_IDENTIFY_BYTES], struct nvme_controller *out);
/* Bytes of a namespace; 0: it makes no sense. */
uint64_t nvme_namespace_bytes(const uint8_t data[NVME_IDENTIFY_BYTES]);
/* Command dword 10 of a Format NVM that leaves the format of a namespace as it is. */
uint32_t nvme_namespace_format(const uint8_t data[NVME_IDENTIFY_BYTES]);
/* Namespaces of a list (ascending, ended by 0); 0 when it is not in that form. */
uint32_t nvme_list_count(const uint8_t data[NVME_IDENTIFY_BYTES]);
uint32_t nvme_list_at(const uint8_t data[NVME_IDENTIFY_BYTES], uint32_t i); /* below the count */

struct nvme_sanitize_log {
	uint16_t progress, status; /* SPROG, SSTAT */
	uint8_t state;             /* SSI, bits 3:0 */
	uint32_t scdw10;
	uint64_t overwrite_seconds, block_seconds, crypto_seconds; /* 0: not told */
};
void nvme_sanitize_log_parse(const uint8_t data[NVME_LOG_BYTES], struct nvme_sanitize_log *out);
uint32_t nvme_sanitizing(const struct nvme_sanitize_log *log); /* enum cw_sanitizing: what SSTAT says, unless SSI says that there is more to it */
void nvme_health_parse(const uint8_t data[NVME_LOG_BYTES], struct cw_health *out);

#endif
