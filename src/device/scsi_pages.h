/* SPDX-License-Identifier: Apache-2.0 */
/* scsi_pages: pages of SCSI drives (SPC-5, SBC-4), read strictly: what a page's own length or the transfer does not hold is not there. */
#ifndef CW_DEVICE_SCSI_PAGES_H
#define CW_DEVICE_SCSI_PAGES_H

#include "certwipe/base.h"

/* A VPD page with its head: page code and length must fit what came.  NULL, or what stands behind the head with *body_len. */
const uint8_t *vpd_body(const uint8_t *page, size_t len, uint8_t code, size_t *body_len);
bool vpd_lists(const uint8_t *page, size_t len, uint8_t code); /* page 00h: is there such a page? */
/* Page B1h: WABEREQ and WACEREQ, what reads answer after a block or a cryptographic erase (SBC-4 6.6.2); 0 where it does not say. */
void vpd_block_characteristics(const uint8_t *page, size_t len, uint8_t *wabereq, uint8_t *wacereq);
/* One-command format of REPORT SUPPORTED OPERATION CODES (SPC-5 6.35.3): enum cw_known.  *usage: the byte of the CDB usage data with the flags, 0 when it is not there. */
uint32_t rsoc_support(const uint8_t *data, size_t len, uint8_t *usage);

#endif
