/* SPDX-License-Identifier: Apache-2.0 */
/* identify: what ATA drives say of themselves in sectors of data (ACS-4 clause 9 and 7.12), read strictly.  The bytes come from strangers. */
#ifndef CW_DEVICE_IDENTIFY_H
#define CW_DEVICE_IDENTIFY_H

#include "certwipe/device.h"

#define ATA_SECTOR_BYTES 512u

struct identify {
	char model[40], serial[20], firmware[8]; /* bytes in their order, blanks and all; no NUL behind */
	uint64_t sectors;
	uint32_t sector_bytes, rotation;
	bool checked;           /* it has a checksum */
	uint16_t sanitize;      /* word 59 */
	bool long_addresses;    /* 48 bits */
	bool smart, hpa, dco, ama, logs, trusted, write_cache; /* feature sets that are there and, where they can be switched, enabled */
	uint16_t security;      /* word 128; 0: no such feature set */
	uint32_t erase_minutes, enhanced_minutes;
};
/* Bits of word 59. */
#define IDENTIFY_SANITIZE (1u << 12)
#define IDENTIFY_CRYPTO (1u << 13)
#define IDENTIFY_OVERWRITE (1u << 14)
#define IDENTIFY_BLOCK (1u << 15)
/* Bits of word 128. */
#define SECURITY_SUPPORTED (1u << 0)
#define SECURITY_ENABLED (1u << 1)
#define SECURITY_LOCKED (1u << 2)
#define SECURITY_FROZEN (1u << 3)
#define SECURITY_EXPIRED (1u << 4)
#define SECURITY_ENHANCED (1u << 5)

/* False: it is no ATA disk that says so, or its checksum is wrong; one without is not checked. */
CW_MUST_CHECK bool identify_parse(const uint8_t data[ATA_SECTOR_BYTES], struct identify *out);

/* SMART READ DATA (ACS-3 7.48.6).  False when its checksum is wrong.  Only what it has attributes for is set. */
CW_MUST_CHECK bool smart_parse(const uint8_t data[ATA_SECTOR_BYTES], struct cw_health *out);
/* Identify Device Data log, page 06h (ACS-4 9.11.8). */
CW_MUST_CHECK bool security_page_parse(const uint8_t data[ATA_SECTOR_BYTES], uint32_t *encrypts, uint32_t *overrides_security);
/* DEVICE CONFIGURATION IDENTIFY (ACS-2 7.10.3): sectors as the factory made them.  False when checksum or number make no sense beside the sectors that are there. */
CW_MUST_CHECK bool dco_parse(const uint8_t data[ATA_SECTOR_BYTES], uint64_t native_sectors, uint64_t *sectors);

#endif
