/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cage of an executor: it moves bytes between itself, its medium and its journal, which it holds already.  Opening is left only for what the kernel and udev
 * tell of media, because whether it is still the right one is asked until the end.
 */
#include "cage.h"

#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/mmc/ioctl.h>
#include <linux/nvme_ioctl.h>
#include <sched.h>
#include <scsi/sg.h>
#include <string.h>

#define CHANGES_FILES (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND)

static const struct path_rule paths[] = {
	{ .path = "/sys", .use = PATH_READ },
	{ .path = "/run/udev", .use = PATH_READ },
	{ .path = "/proc/sys/kernel/random/boot_id", .use = PATH_READ },
};

static const struct filter_row rows[] = {
	/* Its medium, its journal, its beat, its socket. */
	ALLOW(io_uring_enter), ALLOW(pread64), ALLOW(pwrite64), ALLOW(read), ALLOW(write), ALLOW(fdatasync), ALLOW(fsync), ALLOW(ftruncate), ALLOW(fallocate),
	ALLOW(lseek), ALLOW(fadvise64), ALLOW(close), ALLOW(sendmsg),
	ALLOW_IF(io_uring_register, 2, WHOLE, IORING_UNREGISTER_FILES),
	ALLOW_IF(fcntl, 2, WHOLE, F_SETLK), ALLOW_IF(fcntl, 2, WHOLE, F_GETLK), ALLOW_IF(fcntl, 2, WHOLE, F_GETFL), ALLOW_IF(fcntl, 2, WHOLE, F_GETFD),
	/* Asks what the medium is, and has it write its cache out. */
	ALLOW_IF(ioctl, 2, WHOLE, BLKGETSIZE64), ALLOW_IF(ioctl, 2, WHOLE, BLKSSZGET), ALLOW_IF(ioctl, 2, WHOLE, BLKPBSZGET), ALLOW_IF(ioctl, 2, WHOLE, BLKROGET),
	ALLOW_IF(ioctl, 2, WHOLE, BLKGETDISKSEQ), ALLOW_IF(ioctl, 2, WHOLE, BLKFLSBUF), ALLOW_IF(ioctl, 2, WHOLE, SG_IO),
	ALLOW_IF(ioctl, 2, WHOLE, CDROM_TIMED_MEDIA_CHANGE),
	/* Who it is, by /sys and udev; libudev walks there step by step. */
	ALLOW(fstat), ALLOW(newfstatat), ALLOW(statx), ALLOW(fstatfs), ALLOW(statfs), ALLOW(access), ALLOW(faccessat), ALLOW(faccessat2), ALLOW(readlink), ALLOW(readlinkat),
	ALLOW(getdents64), ALLOW_IF(open, 2, CHANGES_FILES, O_RDONLY), ALLOW_IF(openat, 3, CHANGES_FILES, O_RDONLY),
	/* Waits before it tries again what failed. */
	ALLOW(nanosleep), ALLOW(clock_nanosleep),
	/* Threads, where there is no ring.  What clone3(2) is asked cannot be seen here, so glibc is told to ask clone(2). */
	UNKNOWN(clone3), ALLOW_IF(clone, 1, CLONE_THREAD, CLONE_THREAD), ALLOW(set_robust_list), ALLOW(rseq), ALLOW(sched_getaffinity),
#ifdef CW_SANITIZED
	ALLOW(openat), ALLOW(getrusage), /* its reports are files */
#endif
};

/* For one that tells an NVMe drive, or an eMMC chip, to sanitise itself. */
static const struct filter_row commands_rows[] = {
	[CW_CAGE_NVME] = ALLOW_IF(ioctl, 2, WHOLE, (uint32_t)NVME_IOCTL_ADMIN_CMD),
	[CW_CAGE_MMC] = ALLOW_IF(ioctl, 2, WHOLE, (uint32_t)MMC_IOC_CMD),
};

int cw_sandbox_executor(enum cw_cage_commands commands, struct cw_error *err)
{
	struct filter_row mine[CW_ARRAY_LEN(rows) + 1];
	int failed;

	memcpy(mine, rows, sizeof(rows));
	mine[CW_ARRAY_LEN(rows)] = commands_rows[commands];
	cage_prepare();
	failed = paths_restrict(paths, CW_ARRAY_LEN(paths));
	return failed ? sandbox_failed(err, failed, "landlock") : cage_enter(mine, CW_ARRAY_LEN(rows) + (commands != CW_CAGE_NO_COMMANDS), err);
}
