/* SPDX-License-Identifier: Apache-2.0 */
/* SG_IO, NVME_IOCTL_ADMIN_CMD and MMC_IOC_CMD: what we ask, in the kernel's structures, and what it answers, in ours. */
#include "ioctl.h"

#include <errno.h>
#include <linux/mmc/ioctl.h>
#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <string.h>
#include <sys/ioctl.h>

static int direction_of(uint32_t dir)
{
	return dir == CW_DATA_IN ? SG_DXFER_FROM_DEV : dir == CW_DATA_OUT ? SG_DXFER_TO_DEV : SG_DXFER_NONE;
}

int ioctl_scsi(int fd, struct cw_scsi *c)
{
	struct sg_io_hdr io = { .interface_id = 'S', .dxfer_direction = direction_of(c->dir), .cmdp = c->cdb, .cmd_len = (unsigned char)c->cdb_len, .sbp = c->sense,
				.mx_sb_len = sizeof(c->sense), .dxferp = c->data, .dxfer_len = c->dir == CW_DATA_NONE ? 0 : c->data_len, .timeout = c->timeout_ms };

	memset(c->sense, 0, sizeof(c->sense));
	if (ioctl(fd, SG_IO, &io))
		return -errno;
	c->status = io.status;
	c->host_status = io.host_status;
	c->driver_status = (uint8_t)io.driver_status;
	c->sense_len = io.sb_len_wr < sizeof(c->sense) ? io.sb_len_wr : sizeof(c->sense);
	c->resid = io.resid > 0 ? (uint32_t)io.resid : 0;
	c->duration_ms = io.duration;
	return 0;
}

/* The kernel gives the status without its phase bit: code 7:0, type 10:8, retry delay 12:11, more 13, do not retry 14. */
static void take_status(unsigned status, struct cw_nvme *c)
{
	c->status = status & 0x7ff;
	c->more = (status >> 13) & 1;
	c->do_not_retry = (status >> 14) & 1;
}

int ioctl_nvme(int fd, struct cw_nvme *c)
{
	struct nvme_passthru_cmd cmd = { .opcode = c->opcode, .nsid = c->nsid, .cdw2 = c->cdw2, .cdw3 = c->cdw3, .addr = (uint64_t)(uintptr_t)c->data,
					 .data_len = c->dir == CW_DATA_NONE ? 0 : c->data_len, .cdw10 = c->cdw10, .cdw11 = c->cdw11, .cdw12 = c->cdw12,
					 .cdw13 = c->cdw13, .cdw14 = c->cdw14, .cdw15 = c->cdw15, .timeout_ms = c->timeout_ms };
	uint64_t began_ms = cw_monotonic_ms();
	int rc = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd);

	c->duration_ms = (uint32_t)(cw_monotonic_ms() - began_ms);
	if (rc < 0)
		return -errno;
	take_status((unsigned)rc, c);
	c->result = cmd.result;
	return 0;
}

int ioctl_mmc(int fd, struct cw_mmc *c)
{
	struct mmc_ioc_cmd cmd = { .write_flag = c->dir == CW_DATA_OUT, .is_acmd = (int)c->app_command, .opcode = c->opcode, .arg = c->arg, .flags = c->flags,
				   .blksz = c->block_bytes, .blocks = c->blocks, .cmd_timeout_ms = c->timeout_ms, .data_ptr = (uint64_t)(uintptr_t)c->data };
	uint64_t began_ms = cw_monotonic_ms();
	int rc = ioctl(fd, MMC_IOC_CMD, &cmd);

	c->duration_ms = (uint32_t)(cw_monotonic_ms() - began_ms);
	if (rc < 0)
		return -errno;
	memcpy(c->response, cmd.response, sizeof(c->response));
	return 0;
}
