/* SPDX-License-Identifier: Apache-2.0 */
/* The cage of the signer: it reads what it was given, and makes files below one folder. */
#include "cage.h"

#include <fcntl.h>

static const struct filter_row rows[] = {
	ALLOW(read), ALLOW(readv), ALLOW(pread64), ALLOW(write), ALLOW(writev), ALLOW(pwrite64), ALLOW(lseek), ALLOW(fsync), ALLOW(fdatasync), ALLOW(ftruncate),
	ALLOW(fallocate), ALLOW(close), ALLOW(sendmsg), ALLOW(flock),
	ALLOW(open), ALLOW(openat), ALLOW(mkdir), ALLOW(mkdirat), ALLOW(rename), ALLOW(renameat), ALLOW(renameat2), ALLOW(linkat), ALLOW(unlink), ALLOW(unlinkat),
	ALLOW(fstat), ALLOW(newfstatat), ALLOW(statx), ALLOW(fstatfs), ALLOW(access), ALLOW(faccessat), ALLOW(faccessat2), ALLOW(readlink), ALLOW(readlinkat), ALLOW(getdents64),
	/* SQLite locks by these, and looks who it is before it gives a file away. */
	ALLOW_IF(fcntl, 2, WHOLE, F_SETLK), ALLOW_IF(fcntl, 2, WHOLE, F_GETLK), ALLOW_IF(fcntl, 2, WHOLE, F_GETFL), ALLOW_IF(fcntl, 2, WHOLE, F_GETFD),
	ALLOW_IF(fcntl, 2, WHOLE, F_SETFD), ALLOW_IF(fcntl, 2, WHOLE, F_DUPFD_CLOEXEC), ALLOW(geteuid), ALLOW(getuid), ALLOW(getegid), ALLOW(getgid),
};

int cw_sandbox_signer(int folder_fd, struct cw_error *err)
{
	const struct path_rule paths[] = {
		{ .path = "/dev/urandom", .use = PATH_READ }, /* SQLite seeds its numbers from it */
		{ .fd = folder_fd, .use = PATH_WRITE },
	};
	int failed;

	cage_prepare();
	failed = paths_restrict(paths, CW_ARRAY_LEN(paths));
	return failed ? sandbox_failed(err, failed, "landlock") : cage_enter(rows, CW_ARRAY_LEN(rows), err);
}
