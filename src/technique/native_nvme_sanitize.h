/* SPDX-License-Identifier: Apache-2.0 */
/* Sanitize of NVMe (NVM Express Base 2.0, 5.22): three actions, a file each. */
#ifndef CERTWIPE_TECHNIQUE_NVME_SANITIZE_H
#define CERTWIPE_TECHNIQUE_NVME_SANITIZE_H

#include "certwipe/technique.h"

/* Command dword 10 */
#define NVME_SANITIZE_BLOCK 2u
#define NVME_SANITIZE_OVERWRITE 3u
#define NVME_SANITIZE_CRYPTO 4u
#define NVME_SANITIZE_PASSES(n) ((uint32_t)(n) << 4)
#define NVME_SANITIZE_NO_DEALLOCATE (1u << 9)

struct nvme_sanitize {
	uint32_t dword10, pattern;
};
/* 0 or -errno, as of cw_native. */
int nvme_sanitize_ask(struct cw_transport *t);
int nvme_sanitize_submit(struct cw_transport *t, const struct nvme_sanitize *s);
void nvme_sanitize_read(const struct cw_heard *h, const struct nvme_sanitize *s, struct cw_native_seen *out);
void nvme_sanitize_obey(bool begun, uint32_t set, void *command, const struct nvme_sanitize *s);
/* The whole NVM subsystem. */
uint32_t nvme_sanitize_scope(const struct cw_nvme_told *n);

#endif
