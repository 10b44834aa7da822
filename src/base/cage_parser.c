/* SPDX-License-Identifier: Apache-2.0 */
/* The cage for parsers of bytes that a stranger wrote. */
#include "cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkzoned.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- limits ---- */

static bool limit(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit now, wanted = { .rlim_cur = value, .rlim_max = value };

	if (getrlimit(resource, &now) != 0)
		return false;
	if (now.rlim_max < value) /* already stricter, and cannot be raised */
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	return setrlimit(resource, &wanted) == 0;
}

/* Address space in use, so that memory_bytes means what the parser may add to it. */
static bool mapped_bytes(size_t *bytes)
{
	CW_AUTO_FD int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	unsigned long pages;

	if (len <= 0)
		return false;
	text[len] = '\0';
	if (sscanf(text, "%lu", &pages) != 1)
		return false;
	*bytes = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
	return true;
}

static int set_limits(unsigned cpu_seconds, size_t memory_bytes, struct cw_error *err)
{
	size_t mapped;

	if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_CPU, cpu_seconds))
		return sandbox_failed(err, errno, "setrlimit");
	/* The sanitizer's shadow takes terabytes of address space, and its reports open files. */
	if (SANITIZED)
		return 0;
	if (!mapped_bytes(&mapped))
		return sandbox_failed(err, errno, "/proc/self/statm");
	if (!limit(RLIMIT_AS, mapped + memory_bytes) || !limit(RLIMIT_NOFILE, 0))
		return sandbox_failed(err, errno, "setrlimit");
	return 0;
}

/* ---- the filter ---- */

static const struct filter_row rows[] = {
	ALLOW(read), ALLOW(pread64), ALLOW(readv), ALLOW(write), ALLOW(writev), ALLOW(sendmsg), ALLOW(sendto), ALLOW(lseek), ALLOW(fstat), ALLOW(close), ALLOW(fadvise64),
	ALLOW_IF(newfstatat, 4, AT_EMPTY_PATH, AT_EMPTY_PATH), /* fstat(3) is this call with an empty path */
	ALLOW_IF(fcntl, 2, WHOLE, F_GETFD), ALLOW_IF(fcntl, 2, WHOLE, F_GETFL),
	/* The questions that libblkid asks of a device; none changes it. */
	ALLOW_IF(ioctl, 2, WHOLE, BLKGETSIZE64), ALLOW_IF(ioctl, 2, WHOLE, BLKSSZGET), ALLOW_IF(ioctl, 2, WHOLE, BLKPBSZGET), ALLOW_IF(ioctl, 2, WHOLE, BLKIOMIN),
	ALLOW_IF(ioctl, 2, WHOLE, BLKIOOPT), ALLOW_IF(ioctl, 2, WHOLE, BLKALIGNOFF), ALLOW_IF(ioctl, 2, WHOLE, BLKGETZONESZ), ALLOW_IF(ioctl, 2, WHOLE, BLKROGET),
	ALLOW_IF(ioctl, 2, WHOLE, BLKGETDISKSEQ), ALLOW_IF(ioctl, 2, WHOLE, CDROM_GET_CAPABILITY), ALLOW_IF(ioctl, 2, WHOLE, CDROM_LAST_WRITTEN),
	ALLOW_IF(ioctl, 2, WHOLE, CDROMMULTISESSION), ALLOW_IF(ioctl, 2, WHOLE, CDROM_DRIVE_STATUS),
};

int cw_sandbox_parser(unsigned cpu_seconds, size_t memory_bytes, struct cw_error *err)
{
	int rc;

	cage_prepare();
	rc = set_limits(cpu_seconds, memory_bytes, err);
	return rc < 0 ? rc : cage_enter(rows, CW_ARRAY_LEN(rows), err);
}
