/* SPDX-License-Identifier: Apache-2.0 */
/* SANITIZE DEVICE of ATA (ACS-4 7.36): three commands of one kind, a file each. */
#ifndef CERTWIPE_TECHNIQUE_ATA_SANITIZE_H
#define CERTWIPE_TECHNIQUE_ATA_SANITIZE_H

#include "certwipe/technique.h"

struct ata_sanitize {
	uint16_t feature, count;
	uint64_t lba;
};
/* 0 or -errno, as of cw_native. */
int ata_sanitize_ask(struct cw_transport *t);
int ata_sanitize_submit(struct cw_transport *t, const struct ata_sanitize *s);
void ata_sanitize_read(const struct cw_heard *h, const struct ata_sanitize *s, struct cw_native_seen *out);
void ata_sanitize_obey(bool begun, uint32_t set, void *command);

#endif
