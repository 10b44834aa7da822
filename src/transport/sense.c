/* SPDX-License-Identifier: Apache-2.0 */
/* Sense data in both formats (SPC-5 4.4), and what to do about it.  The bytes come from a device: any of them may be missing or wrong. */
#include "certwipe/transport.h"

#include <string.h>

/* Response codes: 70h and 71h are fixed format, 72h and 73h have descriptors; the odd ones are of an earlier command. */
#define FIXED_CURRENT 0x70
#define DESCRIPTOR_DEFERRED 0x73
#define FIXED_MIN 8 /* bytes without which nothing can be told */
#define DESCRIPTORS_AT 8

/* SPC-5 4.4.6 */
enum key { NO_SENSE, RECOVERED_ERROR, NOT_READY, MEDIUM_ERROR, HARDWARE_ERROR, ILLEGAL_REQUEST, UNIT_ATTENTION, DATA_PROTECT, BLANK_CHECK, VENDOR_SPECIFIC, COPY_ABORTED, ABORTED_COMMAND };

#define DESCRIPTOR_INFORMATION 0x00
#define DESCRIPTOR_SENSE_KEY_SPECIFIC 0x02
#define VALID 0x80 /* of INFORMATION */
#define SKSV 0x80  /* sense-key specific bytes valid */

static uint64_t be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

const uint8_t *cw_sense_descriptor(const uint8_t *sense, size_t len, uint8_t type, size_t *descriptor_len)
{
	size_t end = len >= DESCRIPTORS_AT ? DESCRIPTORS_AT + (size_t)sense[7] : 0;
	unsigned code = len ? sense[0] & 0x7f : 0;

	*descriptor_len = 0;
	if (code != 0x72 && code != 0x73)
		return NULL;
	if (end > len)
		end = len;
	for (size_t at = DESCRIPTORS_AT; at + 2 <= end;) {
		size_t n = 2 + (size_t)sense[at + 1];

		if (at + n > end)
			return NULL;
		if (sense[at] == type) {
			*descriptor_len = n;
			return sense + at;
		}
		at += n;
	}
	return NULL;
}

static void decode_fixed(const uint8_t *sense, size_t len, struct cw_sense *out)
{
	out->fixed = true;
	out->key = sense[2] & 0x0f;
	out->asc = len > 12 ? sense[12] : 0;
	out->ascq = len > 13 ? sense[13] : 0;
	out->has_information = sense[0] & VALID;
	out->information = out->has_information ? be(sense + 3, 4) : 0;
	out->has_progress = len > 17 && (sense[15] & SKSV);
	out->progress = out->has_progress ? (uint16_t)be(sense + 16, 2) : 0;
}

static void decode_descriptors(const uint8_t *sense, size_t len, struct cw_sense *out)
{
	size_t n;
	const uint8_t *d = cw_sense_descriptor(sense, len, DESCRIPTOR_INFORMATION, &n);

	out->key = sense[1] & 0x0f;
	out->asc = sense[2];
	out->ascq = sense[3];
	out->has_information = d && n >= 12 && (d[2] & VALID);
	out->information = out->has_information ? be(d + 4, 8) : 0;
	d = cw_sense_descriptor(sense, len, DESCRIPTOR_SENSE_KEY_SPECIFIC, &n);
	out->has_progress = d && n >= 7 && (d[4] & SKSV);
	out->progress = out->has_progress ? (uint16_t)be(d + 5, 2) : 0;
}

void cw_sense_decode(const uint8_t *sense, size_t len, struct cw_sense *out)
{
	unsigned code = len >= FIXED_MIN ? sense[0] & 0x7f : 0;

	memset(out, 0, sizeof(*out));
	if (code < FIXED_CURRENT || code > DESCRIPTOR_DEFERRED)
		return;
	out->present = true;
	out->deferred = code & 1;
	if (code <= FIXED_CURRENT + 1)
		decode_fixed(sense, len, out);
	else
		decode_descriptors(sense, len, out);
}

/* ---- what to do ---- */

static uint32_t action_of_not_ready(const struct cw_sense *s)
{
	if (s->asc != 0x04)
		return CW_SENSE_FATAL;
	switch (s->ascq) {
	case 0x00: /* cause not reportable */
	case 0x01: /* becoming ready */
	case 0x04: /* format in progress */
	case 0x07: /* operation in progress */
	case 0x08: /* long write in progress */
	case 0x1b: /* sanitize in progress */
	case 0x24: /* depopulation in progress */
		return CW_SENSE_WAIT;
	case 0x02:
		return CW_SENSE_START;
	default:
		return CW_SENSE_FATAL;
	}
}

/* 31h: format corrupted, failed, or SANITIZE failed (31h/03h): nothing about one block. */
static uint32_t action_of_medium_error(const struct cw_sense *s)
{
	return s->asc == 0x31 || s->asc == 0x03 ? CW_SENSE_FATAL : CW_SENSE_BLOCK;
}

static uint32_t action_of_illegal_request(const struct cw_sense *s)
{
	return s->asc == 0x20 || s->asc == 0x24 || s->asc == 0x26 ? CW_SENSE_UNSUPPORTED : CW_SENSE_FATAL;
}

uint32_t cw_sense_action(const struct cw_sense *s)
{
	if (!s->present || s->deferred)
		return s->deferred ? CW_SENSE_FATAL : CW_SENSE_GOOD;
	switch (s->key) {
	case NO_SENSE:
	case RECOVERED_ERROR:
		return CW_SENSE_GOOD;
	case NOT_READY:
		return action_of_not_ready(s);
	case MEDIUM_ERROR:
		return action_of_medium_error(s);
	case HARDWARE_ERROR: /* USB bridges say this of anything */
	case ABORTED_COMMAND:
		return CW_SENSE_RETRY;
	case ILLEGAL_REQUEST:
		return action_of_illegal_request(s);
	case UNIT_ATTENTION:
		return CW_SENSE_ATTENTION;
	default:
		return CW_SENSE_FATAL;
	}
}

/* ---- who has spoken ---- */

#define GOOD 0x00 /* SAM-5 5.3 */
#define CHECK_CONDITION 0x02
#define BUSY 0x08
#define RESERVATION_CONFLICT 0x18
#define TASK_SET_FULL 0x28

#define DID_OK 0x00 /* include/scsi/scsi_status.h of the kernel */
#define DID_NO_CONNECT 0x01
#define DID_BAD_TARGET 0x04

uint32_t cw_scsi_end(const struct cw_scsi *c, struct cw_sense *sense)
{
	memset(sense, 0, sizeof(*sense));
	if (c->host_status == DID_NO_CONNECT || c->host_status == DID_BAD_TARGET)
		return CW_SCSI_GONE;
	if (c->host_status != DID_OK)
		return CW_SCSI_UNKNOWN;
	if (c->status == BUSY || c->status == RESERVATION_CONFLICT || c->status == TASK_SET_FULL)
		return CW_SCSI_BUSY;
	if (c->status != GOOD && c->status != CHECK_CONDITION)
		return CW_SCSI_UNKNOWN;
	cw_sense_decode(c->sense, c->sense_len < CW_SENSE_MAX ? c->sense_len : CW_SENSE_MAX, sense);
	/* Of a failure that belongs to an earlier command, or that says nothing, nobody knows which one failed. */
	if (c->status == CHECK_CONDITION && (!sense->present || sense->deferred))
		return CW_SCSI_UNKNOWN;
	return CW_SCSI_ANSWERED;
}
