/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: below which folders a process may still open anything.  A second wall behind owner and mode, and none where the kernel has no Landlock (before 5.13, or switched off). */
#include "cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By version of the interface; headers of the oldest kernel that we build with have only the first. */
#define RIGHTS_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define RIGHT_REFER_2 (1ull << 13)
#define RIGHT_TRUNCATE_3 (1ull << 14)
#define RIGHT_IOCTL_DEV_5 (1ull << 15)

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	       LANDLOCK_ACCESS_FS_REMOVE_DIR | RIGHT_REFER_2 | RIGHT_TRUNCATE_3)
#define OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE_3)

/* 0: there is none. */
static uint64_t known_rights(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return 0;
	return RIGHTS_1 | (version >= 2 ? RIGHT_REFER_2 : 0) | (version >= 3 ? RIGHT_TRUNCATE_3 : 0) | (version >= 5 ? RIGHT_IOCTL_DEV_5 : 0);
}

static int add_rule(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_A_FILE;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

static int add_path(int ruleset, const struct path_rule *r, uint64_t known)
{
	uint64_t rights = (r->use == PATH_READ ? READ : WRITE) & known;
	CW_AUTO_FD int opened = r->path ? open(r->path, O_PATH | O_CLOEXEC) : -1;
	int fd = r->path ? opened : r->fd;

	return fd < 0 ? 0 : add_rule(ruleset, fd, rights);
}

int paths_restrict(const struct path_rule *rules, size_t n)
{
	const struct landlock_ruleset_attr all = { .handled_access_fs = known_rights() };
	int failed = 0;

	/* The sanitizers report to files of their own. */
	if (!all.handled_access_fs || SANITIZED)
		return 0;
	CW_AUTO_FD int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all.handled_access_fs), 0);

	if (ruleset < 0)
		return errno;
	for (size_t i = 0; i < n && !failed; i++)
		failed = add_path(ruleset, &rules[i], all.handled_access_fs);
	if (!failed && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		failed = errno;
	if (!failed && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		failed = errno;
	return failed;
}
