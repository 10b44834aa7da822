/* SPDX-License-Identifier: Apache-2.0 */
/* capture_mask: what is masked of a capture in files of its own. */
#ifndef CW_DEVICE_CAPTURE_MASK_H
#define CW_DEVICE_CAPTURE_MASK_H

#include "secret.h"

/* IDENTIFY DEVICE data (ACS-3 7.12.7), 512 bytes of which fewer may be there. */
void cw_mask_gather_identify(struct cw_secrets *s, const uint8_t *identify, size_t len);

/* Recorded answers (array, or NULL): names of the medium in them, and these replaced.  What is concluded from an answer stays; so does the checksum of one that has one. */
void cw_mask_gather_answers(struct cw_secrets *s, const json_t *answers);
void cw_mask_answers(struct cw_secrets *s, json_t *answers);

#endif
