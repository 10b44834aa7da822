/* SPDX-License-Identifier: Apache-2.0 */
/* The cage of the verifier: it reads files and folders that a stranger made, below the places that it was given, and can reach nothing else: no network, no other file, no program. */
#include "cage.h"

#include <fcntl.h>

#define PATHS_MAX 64

static const struct filter_row rows[] = {
	ALLOW(read), ALLOW(readv), ALLOW(pread64), ALLOW(write), ALLOW(writev), ALLOW(lseek), ALLOW(close), ALLOW(sendmsg), ALLOW(sendto), ALLOW(recvmsg), ALLOW(recvfrom),
	ALLOW(poll), ALLOW(ppoll),
	/* Reading only. */
	ALLOW_IF(openat, 3, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY), ALLOW_IF(open, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	ALLOW(fstat), ALLOW(newfstatat), ALLOW(statx), ALLOW(access), ALLOW(faccessat), ALLOW(faccessat2), ALLOW(readlink), ALLOW(readlinkat), ALLOW(getdents64),
	ALLOW(fadvise64), ALLOW_IF(fcntl, 2, WHOLE, F_GETFD), ALLOW_IF(fcntl, 2, WHOLE, F_GETFL), ALLOW(geteuid), ALLOW(getuid), ALLOW(getegid), ALLOW(getgid),
	ALLOW(wait4), ALLOW(waitid), ALLOW(pidfd_send_signal),
};

int cw_sandbox_reader(char *const *paths, size_t n, struct cw_error *err)
{
	struct path_rule rules[PATHS_MAX + 1] = { { .path = "/dev/urandom", .use = PATH_READ } };
	int failed = 0;

	cage_prepare();
	for (size_t i = 0; i < n && i < PATHS_MAX; i++)
		rules[i + 1] = (struct path_rule){ .path = paths[i], .use = PATH_READ };
	/* Of more places than that only the calls are filtered. */
	if (n <= PATHS_MAX)
		failed = paths_restrict(rules, n + 1);
	return failed ? sandbox_failed(err, failed, "landlock") : cage_enter(rows, CW_ARRAY_LEN(rows), err);
}
