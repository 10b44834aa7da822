/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of ATA's security feature set that take a password (ACS-3 7.44 to 7.49). */
#ifndef CERTWIPE_TECHNIQUE_ATA_PASSWORD_H
#define CERTWIPE_TECHNIQUE_ATA_PASSWORD_H

#include "certwipe/technique.h"

#define ATA_IDENTIFY_DEVICE 0xec
#define ATA_SET_PASSWORD 0xf1
#define ATA_UNLOCK 0xf2
#define ATA_ERASE_PREPARE 0xf3
#define ATA_ERASE_UNIT 0xf4
#define ATA_DISABLE_PASSWORD 0xf6

#define ATA_PASSWORD_TIMEOUT_MS 30000u

/* What goes along with them: our password, as the user's; of ERASE UNIT the mode.  SET PASSWORD: security level High, so that a master password can help, too. */
void ata_password_block(uint8_t block[CW_ATA_SECTOR_BYTES], bool enhanced);
/* 0 or -errno of sending; out->end says how it went. */
CW_MUST_CHECK int ata_password_send(struct cw_transport *t, uint8_t command, bool enhanced, uint32_t timeout_ms, struct cw_ata *out);
/* Asks IDENTIFY DEVICE: 0, or -EIO where it does not answer whole. */
CW_MUST_CHECK int ata_security_ask(struct cw_transport *t, struct cw_ata_security *out);

#endif
