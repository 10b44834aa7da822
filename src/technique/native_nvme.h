/* SPDX-License-Identifier: Apache-2.0 */
/* What the answers to NVMe commands that erase have in common (NVM Express Base 2.0, 3.3.3.2.1 and the clause of each command). */
#ifndef CERTWIPE_TECHNIQUE_NVME_H
#define CERTWIPE_TECHNIQUE_NVME_H

#include "certwipe/technique.h"

/* Status code type << 8 | status code */
#define NVME_SANITIZE_IN_PROGRESS 0x01d

/* There is no device any more. */
bool nvme_is_gone(const struct cw_heard *h);
/* The request, whatever became of it; false where it is no NVMe command. */
CW_MUST_CHECK bool nvme_take_request(const struct cw_heard *h, struct cw_nvme *out);
/* Our command, which was answered so: was it refused?  Any other answer leaves open whether it was carried out. */
void nvme_read_refusal(uint16_t status, struct cw_native_seen *out);

#endif
