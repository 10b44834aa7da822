/* SPDX-License-Identifier: Apache-2.0 */
/* ask: how a medium is asked, and where its answers go.  One file for each command set; each only ever adds to what is known. */
#ifndef CW_DEVICE_ASK_H
#define CW_DEVICE_ASK_H

#include "certwipe/device.h"

#define ASK_TIMEOUT_MS 10000u /* device-commands.md 6.5 */

struct ask {
	struct cw_transport *t;
	const struct cw_medium *m;
	struct cw_capabilities *out;
	bool over; /* it hung, was reset or is gone: nothing more is asked */
};

/* True: the medium carried it out and answered whole.  A unit attention that stands before the answer is taken first. */
CW_MUST_CHECK bool ask_scsi(struct ask *a, struct cw_scsi *c);
/* The same of an ATA command; false: c->end says how it went, unless nothing was sent (end CW_ATA_UNKNOWN). */
CW_MUST_CHECK bool ask_ata(struct ask *a, struct cw_ata *c);
CW_MUST_CHECK bool ask_nvme(struct ask *a, struct cw_nvme *c);

/* says may be NULL; why a msgid or NULL. */
void ask_tell(struct ask *a, enum cw_feature feature, enum cw_known state, const char *says, const char *why);
/* A text of the medium's, as it stands there and made printable. */
void ask_text(struct cw_id *id, const void *raw, size_t len, uint32_t source);
void ask_hidden(struct ask *a, enum cw_hidden state, uint64_t bytes, const char *why);

void ask_ata_drive(struct ask *a);  /* ask_ata.c: behind libata, a host adapter or a USB bridge */
void ask_scsi_drive(struct ask *a); /* ask_scsi.c */
void ask_nvme_drive(struct ask *a); /* ask_nvme.c */
void ask_mmc_chip(struct ask *a);   /* ask_mmc.c: an eMMC chip at a host of this machine */
void ask_sd_card(struct ask *a);    /* ask_sd.c: an SD card there */
void ask_disc(struct ask *a);       /* ask_disc.c: an optical drive, and the disc in it */
/* tcg.c: level 0 discovery as it came, from whichever set. */
void ask_take_discovery(struct ask *a, const uint8_t *data, size_t len);

#endif
