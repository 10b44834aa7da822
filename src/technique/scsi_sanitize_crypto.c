/* SPDX-License-Identifier: Apache-2.0 */
/* SCSI SANITIZE, CRYPTOGRAPHIC ERASE: a drive that encrypts all that it stores changes its key. */
#include "native_scsi_sanitize.h"

static const struct scsi_sanitize crypto = { .action = 0x03 };

static int submit(struct cw_transport *t)
{
	return scsi_sanitize_submit(t, &crypto);
}

static void said(const struct cw_heard *h, struct cw_native_seen *out)
{
	scsi_sanitize_read(h, &crypto, out);
}

static const struct cw_native native = {
	.feature = CW_FEATURE_SCSI_SANITIZE_CRYPTO,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_RANDOM), /* what is read through the new key, or that nothing was written since */
	.destroys_key = true,
	.unreadable = CW_UNREADABLE_CRYPTO_ERASE,
	.poll_ms = 1000,
	.ask = scsi_sanitize_ask,
	.submit = submit,
	.recover = scsi_sanitize_recover,
	.read = said,
	.obey = scsi_operation_obey,
};

const struct cw_technique cw_technique_scsi_sanitize_crypto = {
	.id = "scsi_sanitize_crypto",
	.name = "SCSI SANITIZE, cryptographic erase", /* msgid */
	.matrix_single = "SAN_CRY",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
