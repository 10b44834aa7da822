/* SPDX-License-Identifier: Apache-2.0 */
/* SECURITY ERASE UNIT of ATA (ACS-3 7.45): two modes of one command, a file each. */
#ifndef CERTWIPE_TECHNIQUE_ATA_ERASE_H
#define CERTWIPE_TECHNIQUE_ATA_ERASE_H

#include "certwipe/technique.h"

#define ATA_ERASE_UNTOLD_SECONDS (12u * 3600u) /* device-commands.md 1.5 */
#define ATA_ERASE_LEFT_LOCKED \
	N_("The password \"certwipe\" may still be set on the drive. `certwipe resume JOB` erases and unlocks it, `certwipe unlock` only unlocks it; " \
	   "by hand: hdparm --user-master u --security-unlock certwipe, then --security-disable certwipe.")

/* As of cw_native. */
int ata_erase_ask(struct cw_transport *t);
int ata_erase_prepare(struct cw_transport *t);
int ata_erase_submit(struct cw_transport *t, bool enhanced, uint32_t timeout_ms);
void ata_erase_read(const struct cw_heard *h, bool enhanced, struct cw_native_seen *out);
void ata_erase_obey(bool begun, uint32_t set, void *command);

#endif
