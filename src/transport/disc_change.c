/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether another disc is in the drive.  The kernel looks for that when somebody opens the node, and every two seconds; but not while the node is held alone and may be written, so that
 * the disk sequence number stays what it was.  It has to be asked.
 */
#include "certwipe/transport.h"

#include <linux/cdrom.h>
#include <linux/major.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

uint64_t cw_disc_changed_ms(int fd)
{
	struct cdrom_timed_media_change_info info = { 0 };
	struct stat st;

	if (fstat(fd, &st) || !S_ISBLK(st.st_mode) || major(st.st_rdev) != SCSI_CDROM_MAJOR)
		return 0;
	/* Kernels before 5.16 do not know it. */
	if (ioctl(fd, CDROM_TIMED_MEDIA_CHANGE, &info) < 0 || info.last_media_change < 0)
		return 0;
	return (uint64_t)info.last_media_change + 1;
}
