/* SPDX-License-Identifier: Apache-2.0 */
/* Format NVM of NVMe with one of its secure erase settings (NVM Express Base 2.0, 5.14): a file each. */
#ifndef CERTWIPE_TECHNIQUE_NVME_FORMAT_H
#define CERTWIPE_TECHNIQUE_NVME_FORMAT_H

#include "certwipe/technique.h"

/* SES, bits 11:9 of command dword 10 */
#define NVME_ERASE_USER_DATA 1u
#define NVME_ERASE_CRYPTO 2u

int nvme_format_ask(struct cw_transport *t);
int nvme_format_submit(struct cw_transport *t, uint32_t erase);
void nvme_format_read(const struct cw_heard *h, uint32_t erase, struct cw_native_seen *out);
void nvme_format_obey(bool begun, uint32_t set, void *command);
/* As the drive says in FNA. */
uint32_t nvme_format_scope(const struct cw_nvme_told *n);

#endif
