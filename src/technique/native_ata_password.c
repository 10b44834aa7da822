/* SPDX-License-Identifier: Apache-2.0 */
#include "native_ata_password.h"

#include <errno.h>
#include <string.h>

#define ENHANCED 0x02 /* of word 0, in ERASE UNIT */
#define PASSWORD_AT 2u

void ata_password_block(uint8_t block[CW_ATA_SECTOR_BYTES], bool enhanced)
{
	memset(block, 0, CW_ATA_SECTOR_BYTES);
	block[0] = enhanced ? ENHANCED : 0;
	memcpy(block + PASSWORD_AT, CW_ATA_PASSWORD, sizeof(CW_ATA_PASSWORD) - 1);
}

int ata_password_send(struct cw_transport *t, uint8_t command, bool enhanced, uint32_t timeout_ms, struct cw_ata *out)
{
	uint8_t block[CW_ATA_SECTOR_BYTES];
	int rc;

	ata_password_block(block, enhanced);
	*out = (struct cw_ata){ .command = command, .count = 1, .protocol = CW_ATA_PIO_OUT, .want_registers = true, .data = block, .data_len = sizeof(block),
				.timeout_ms = timeout_ms };
	rc = cw_ata_send(t, out);
	out->data = NULL;
	return rc;
}

int ata_security_ask(struct cw_transport *t, struct cw_ata_security *out)
{
	uint8_t data[CW_ATA_SECTOR_BYTES] = { 0 };
	struct cw_ata a = { .command = ATA_IDENTIFY_DEVICE, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = sizeof(data), .timeout_ms = ATA_PASSWORD_TIMEOUT_MS };
	int rc = cw_ata_send(t, &a);

	if (rc)
		return rc;
	return a.end == CW_ATA_DONE && a.data_done == sizeof(data) && cw_ata_security_of(data, out) ? 0 : -EIO;
}

static int disable(struct cw_transport *t, const struct cw_ata_security *s)
{
	struct cw_ata a;
	int rc = s->locked ? ata_password_send(t, ATA_UNLOCK, false, ATA_PASSWORD_TIMEOUT_MS, &a) : 0;

	return rc ? rc : ata_password_send(t, ATA_DISABLE_PASSWORD, false, ATA_PASSWORD_TIMEOUT_MS, &a);
}

/* What these commands answer is not asked: what the drive says of itself afterwards counts. */
int cw_ata_unlock(struct cw_transport *t)
{
	struct cw_ata_security s;
	int rc = ata_security_ask(t, &s);

	if (rc || !s.enabled)
		return rc ? -EIO : 0;
	if (s.frozen)
		return -EBUSY;
	if (s.expired)
		return -EAGAIN;
	if (disable(t, &s) || ata_security_ask(t, &s))
		return -EIO;
	return s.enabled ? -EPERM : 0;
}
