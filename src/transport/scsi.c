/* SPDX-License-Identifier: Apache-2.0 */
/* SYNCHRONIZE CACHE by SG_IO, which the kernel lets pass without privilege to whoever holds the medium open for writing. */
#include "scsi.h"

#include <errno.h>
#include <scsi/sg.h>
#include <string.h>
#include <sys/ioctl.h>

#define SYNCHRONIZE_CACHE_10 0x35
#define TIMEOUT_MS 180000u /* discs and cards may have minutes of work left */

/* SAM-5 5.3 */
#define GOOD 0x00
#define CHECK_CONDITION 0x02

/* include/scsi/scsi_status.h of the kernel */
#define DID_OK 0x00
#define DID_NO_CONNECT 0x01
#define DID_TIME_OUT 0x03
#define DID_BAD_TARGET 0x04

/* SPC-4 4.5.6 */
enum sense_key { NO_SENSE = 0x0, RECOVERED_ERROR = 0x1, NOT_READY = 0x2, ILLEGAL_REQUEST = 0x5, UNIT_ATTENTION = 0x6 };
#define ASC_INVALID_OPERATION_CODE 0x20
#define ASC_INVALID_FIELD_IN_CDB 0x24
#define ASC_MEDIUM_NOT_PRESENT 0x3a

/* SPC-4 4.5: 70h and 71h are fixed format, 72h and 73h have descriptors. */
static bool decode_sense(const struct scsi_answer *a, unsigned *key, unsigned *asc)
{
	unsigned code = a->sense_len >= 8 ? a->sense[0] & 0x7f : 0;

	if (code == 0x70 || code == 0x71) {
		*key = a->sense[2] & 0x0f;
		*asc = a->sense_len > 12 ? a->sense[12] : 0;
	} else {
		*key = a->sense[1] & 0x0f;
		*asc = a->sense[2];
	}
	return code >= 0x70 && code <= 0x73;
}

/* All fields of our command are zero, so that a device which complains of one does not know the command either. */
static int meaning_of_sense(const struct scsi_answer *a)
{
	unsigned key, asc;

	if (!decode_sense(a, &key, &asc))
		return -EIO;
	switch (key) {
	case NO_SENSE:
	case RECOVERED_ERROR:
		return 0;
	case UNIT_ATTENTION: /* something else was to be told first */
		return -EAGAIN;
	case ILLEGAL_REQUEST:
		return asc == ASC_INVALID_OPERATION_CODE || asc == ASC_INVALID_FIELD_IN_CDB ? 1 : -EIO;
	case NOT_READY:
		return asc == ASC_MEDIUM_NOT_PRESENT ? -ENOMEDIUM : -EIO;
	default:
		return -EIO;
	}
}

int scsi_synchronize_meaning(const struct scsi_answer *a)
{
	switch (a->host_status) {
	case DID_OK:
		break;
	case DID_NO_CONNECT:
	case DID_BAD_TARGET:
		return -ENODEV;
	case DID_TIME_OUT:
		return -ETIMEDOUT;
	default:
		return -EIO;
	}
	return a->status == GOOD ? 0 : a->status == CHECK_CONDITION ? meaning_of_sense(a) : -EIO;
}

/* What the kernel says when there is no SCSI device behind the node, or when it does not let us. */
static bool means_not_here(int sys_errno)
{
	return sys_errno == ENOTTY || sys_errno == EINVAL || sys_errno == ENOSYS || sys_errno == EPERM || sys_errno == EACCES;
}

int scsi_synchronize_cache(int fd)
{
	uint8_t cdb[10] = { SYNCHRONIZE_CACHE_10 };
	struct scsi_answer a = { 0 };
	struct sg_io_hdr io = { .interface_id = 'S', .dxfer_direction = SG_DXFER_NONE, .cmdp = cdb, .cmd_len = sizeof(cdb), .sbp = a.sense,
				.mx_sb_len = sizeof(a.sense), .timeout = TIMEOUT_MS };

	if (ioctl(fd, SG_IO, &io))
		return means_not_here(errno) ? 1 : -errno;
	a.status = io.status;
	a.host_status = io.host_status;
	a.sense_len = io.sb_len_wr < sizeof(a.sense) ? io.sb_len_wr : sizeof(a.sense);
	return scsi_synchronize_meaning(&a);
}
