/* SPDX-License-Identifier: Apache-2.0 */
/* ATA SANITIZE DEVICE, CRYPTO SCRAMBLE EXT: a drive that encrypts all that it stores changes its key. */
#include "native_ata_sanitize.h"

static const struct ata_sanitize crypto = { .feature = 0x0011, .lba = 0x43727970 /* "Cryp" */ };

static int submit(struct cw_transport *t)
{
	return ata_sanitize_submit(t, &crypto);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	ata_sanitize_read(h, &crypto, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_ATA_SANITIZE_CRYPTO,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_RANDOM), /* what is read through the new key, or that nothing was written since */
	.destroys_key = true,
	.poll_ms = 1000,
	.ask = ata_sanitize_ask,
	.submit = submit,
	.read = said,
	.obey = ata_sanitize_obey,
};

const struct cw_technique cw_technique_ata_sanitize_crypto = {
	.id = "ata_sanitize_crypto",
	.name = "ATA SANITIZE, crypto scramble", /* msgid */
	.matrix_single = "SAN_CRY",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
