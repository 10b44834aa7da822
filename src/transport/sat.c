/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ATA commands through a SCSI/ATA translation layer (SAT-4 clause 12): libata in the kernel, or a USB bridge.  What comes back is whatever that layer makes of the
 * drive's answer, in one of several forms; a register that did not come back for certain is never made up.
 */
#include "certwipe/transport.h"

#include <string.h>

#define PASS_THROUGH_16 0x85
#define PASS_THROUGH_12 0xa1 /* BLANK for discs: never sent to those */

/* Byte 2 of the CDB (SAT-4 12.2.2) */
#define CK_COND 0x20
#define T_DIR_IN 0x08
#define BYTE_BLOCK 0x04     /* T_LENGTH counts blocks of 512 bytes */
#define T_LENGTH_COUNT 0x02 /* and stands in COUNT */

#define STATUS_RETURN_DESCRIPTOR 0x09 /* SAT-4 12.2.2.7 */
#define STATUS_RETURN_BYTES 14

/* Sense keys, and the codes that tell of registers and of commands unknown to the layer */
#define ILLEGAL_REQUEST 0x5
#define ABORTED_COMMAND 0xb
#define ASC_ATA_INFORMATION 0x00
#define ASCQ_ATA_INFORMATION 0x1d
#define ASC_UNALIGNED_WRITE 0x21
#define ASCQ_UNALIGNED_WRITE 0x04

/* ---- the command ---- */

static uint8_t transfer_byte(const struct cw_ata *a)
{
	uint8_t b = a->want_registers ? CK_COND : 0;

	if (a->protocol == CW_ATA_NO_DATA)
		return b;
	return (uint8_t)(b | BYTE_BLOCK | T_LENGTH_COUNT | (a->protocol == CW_ATA_PIO_IN ? T_DIR_IN : 0));
}

static uint8_t byte_of(uint64_t v, unsigned n)
{
	return (uint8_t)(v >> (8 * n));
}

static void put_16(const struct cw_ata *a, struct cw_scsi *c)
{
	const uint8_t cdb[16] = { PASS_THROUGH_16, (uint8_t)(a->protocol << 1 | a->extend), transfer_byte(a), byte_of(a->feature, 1), byte_of(a->feature, 0),
				  byte_of(a->count, 1), byte_of(a->count, 0), byte_of(a->lba, 3), byte_of(a->lba, 0), byte_of(a->lba, 4), byte_of(a->lba, 1),
				  byte_of(a->lba, 5), byte_of(a->lba, 2), a->device, a->command, 0 };

	memcpy(c->cdb, cdb, sizeof(cdb));
	c->cdb_len = sizeof(cdb);
}

static void put_12(const struct cw_ata *a, struct cw_scsi *c)
{
	const uint8_t cdb[12] = { PASS_THROUGH_12, (uint8_t)(a->protocol << 1), transfer_byte(a), byte_of(a->feature, 0), byte_of(a->count, 0), byte_of(a->lba, 0),
				  byte_of(a->lba, 1), byte_of(a->lba, 2), a->device, a->command, 0, 0 };

	memcpy(c->cdb, cdb, sizeof(cdb));
	c->cdb_len = sizeof(cdb);
}

static struct cw_scsi request_of(const struct cw_ata *a, bool in_12)
{
	struct cw_scsi c = { .dir = a->protocol == CW_ATA_NO_DATA ? CW_DATA_NONE : a->protocol == CW_ATA_PIO_IN ? CW_DATA_IN : CW_DATA_OUT, .data = a->data,
			     .data_len = a->data_len, .timeout_ms = a->timeout_ms };

	if (in_12)
		put_12(a, &c);
	else
		put_16(a, &c);
	return c;
}

static bool take_16(const struct cw_scsi *c, struct cw_ata *a)
{
	const uint8_t *b = c->cdb;

	if (c->cdb_len != 16 || b[0] != PASS_THROUGH_16)
		return false;
	a->extend = b[1] & 1;
	a->protocol = b[1] >> 1 & 0x0f;
	a->want_registers = b[2] & CK_COND;
	a->feature = (uint16_t)(b[3] << 8 | b[4]);
	a->count = (uint16_t)(b[5] << 8 | b[6]);
	a->lba = (uint64_t)b[11] << 40 | (uint64_t)b[9] << 32 | (uint64_t)b[7] << 24 | (uint64_t)b[12] << 16 | (uint64_t)b[10] << 8 | b[8];
	a->device = b[13];
	a->command = b[14];
	return true;
}

static bool take_12(const struct cw_scsi *c, struct cw_ata *a)
{
	const uint8_t *b = c->cdb;

	if (c->cdb_len != 12 || b[0] != PASS_THROUGH_12)
		return false;
	a->protocol = b[1] >> 1 & 0x0f;
	a->want_registers = b[2] & CK_COND;
	a->feature = b[3];
	a->count = b[4];
	a->lba = (uint64_t)b[7] << 16 | (uint64_t)b[6] << 8 | b[5];
	a->device = b[8];
	a->command = b[9];
	return true;
}

/* ---- the registers that came back ---- */

static void take_descriptor(const uint8_t *d, struct cw_ata *a)
{
	bool extend = d[2] & 1;

	a->registers = a->complete = true;
	a->error = d[3];
	a->status = d[13];
	a->count_after = (uint16_t)((extend ? d[4] << 8 : 0) | d[5]);
	a->lba_after = (uint64_t)d[11] << 16 | (uint64_t)d[9] << 8 | d[7];
	if (extend)
		a->lba_after |= (uint64_t)d[10] << 40 | (uint64_t)d[8] << 32 | (uint64_t)d[6] << 24;
	else
		a->lba_after |= (uint64_t)(d[12] & 0x0f) << 24;
	/* A 48-bit command whose answer has 28 bits has lost the others. */
	a->complete = extend || !a->extend;
}

/* Fixed format has no room for the upper byte of COUNT (SAT-4 12.2.2.8), and old kernels put registers elsewhere: taken only where the status can be one. */
static void take_fixed(const uint8_t *s, struct cw_ata *a)
{
	if (!(s[4] & CW_ATA_DRDY))
		return;
	a->registers = true;
	a->error = s[3];
	a->status = s[4];
	a->count_after = s[6];
	a->lba_after = (uint64_t)s[11] << 16 | (uint64_t)s[10] << 8 | s[9];
	a->complete = !a->extend;
}

/* libata says "unaligned write" of any abort, with the registers of fixed format (device-commands.md 0.6). */
static bool tells_registers(const struct cw_sense *s)
{
	if (s->asc == ASC_ATA_INFORMATION && s->ascq == ASCQ_ATA_INFORMATION)
		return true;
	return s->key == ILLEGAL_REQUEST && s->asc == ASC_UNALIGNED_WRITE && s->ascq == ASCQ_UNALIGNED_WRITE && !s->has_information;
}

static void take_registers(const struct cw_scsi *c, const struct cw_sense *s, struct cw_ata *a)
{
	size_t len = c->sense_len < CW_SENSE_MAX ? c->sense_len : CW_SENSE_MAX, n;
	const uint8_t *d = cw_sense_descriptor(c->sense, len, STATUS_RETURN_DESCRIPTOR, &n);

	if (d && n >= STATUS_RETURN_BYTES)
		take_descriptor(d, a);
	else if (s->fixed && len >= STATUS_RETURN_BYTES && tells_registers(s))
		take_fixed(c->sense, a);
}

/* ---- what became of it ---- */

/*
 * A drive that is still at it has not completed anything, whatever the layer says.  And where the layer tells of an error that the registers do not show, they
 * are those of another moment: so libata does after a time-out.
 */
static uint32_t end_by_registers(const struct cw_ata *a, const struct cw_sense *s)
{
	if (a->status & CW_ATA_BSY || !(a->status & CW_ATA_DRDY))
		return CW_ATA_UNKNOWN;
	if (a->status & (CW_ATA_ERR | CW_ATA_DF))
		return CW_ATA_ABORTED;
	return !s->present || cw_sense_action(s) == CW_SENSE_GOOD ? CW_ATA_DONE : CW_ATA_UNKNOWN;
}

static uint32_t end_by_sense(const struct cw_sense *s)
{
	switch (cw_sense_action(s)) {
	case CW_SENSE_GOOD:
		return CW_ATA_DONE;
	case CW_SENSE_ATTENTION:
		return CW_ATA_ATTENTION;
	case CW_SENSE_UNSUPPORTED:
		return CW_ATA_NOT_PASSED;
	default:
		return s->key == ABORTED_COMMAND ? CW_ATA_ABORTED : CW_ATA_UNKNOWN;
	}
}

static void take_end(const struct cw_scsi *c, struct cw_ata *a)
{
	struct cw_sense sense;

	switch (cw_scsi_end(c, &sense)) {
	case CW_SCSI_ANSWERED:
		take_registers(c, &sense, a);
		a->end = a->registers ? end_by_registers(a, &sense) : end_by_sense(&sense);
		break;
	case CW_SCSI_GONE:
		a->end = CW_ATA_GONE;
		break;
	case CW_SCSI_BUSY:
		a->end = CW_ATA_ATTENTION;
		break;
	default:
		a->end = CW_ATA_UNKNOWN;
		break;
	}
}

static void take_answer(const struct cw_scsi *c, struct cw_ata *a)
{
	a->registers = a->complete = false;
	a->status = a->error = 0;
	a->count_after = 0;
	a->lba_after = 0;
	a->data_done = 0;
	take_end(c, a);
	if (c->dir == CW_DATA_IN && a->end == CW_ATA_DONE)
		a->data_done = c->resid <= c->data_len ? c->data_len - c->resid : 0;
}

/* ---- both ways ---- */

int cw_ata_send(struct cw_transport *t, struct cw_ata *a)
{
	struct cw_scsi c = request_of(a, t->sat_12 && !a->extend);
	int rc = cw_scsi_send(t, &c);

	if (rc)
		return rc;
	take_answer(&c, a);
	if (a->end != CW_ATA_NOT_PASSED || a->extend || c.cdb_len == 12)
		return 0;
	c = request_of(a, true);
	rc = cw_scsi_send(t, &c);
	if (rc)
		return rc;
	take_answer(&c, a);
	t->sat_12 = a->end == CW_ATA_DONE || a->end == CW_ATA_ABORTED;
	return 0;
}

bool cw_ata_of(const struct cw_heard *h, struct cw_ata *out)
{
	struct cw_scsi c;

	memset(out, 0, sizeof(*out));
	if (!cw_scsi_of(h, &c) || (!take_16(&c, out) && !take_12(&c, out)))
		return false;
	out->data = c.data;
	out->data_len = c.data_len;
	take_answer(&c, out);
	return true;
}
