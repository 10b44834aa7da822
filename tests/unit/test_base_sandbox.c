/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cages, tried from inside: each case runs in a child of its own that acts like a parser, an executor or a signer taken over, and reports by its exit
 * status or by the signal that killed it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sched.h>
#include <scsi/sg.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <linux/mmc/ioctl.h>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "certwipe/base.h"

#define NOBODY 65534

#ifdef CW_SANITIZED
#define SANITIZED true
#else
#define SANITIZED false
#endif

static int null_fd; /* open before the cage closes, as a medium's descriptor would be */
static int folder_fd, file_fd, pair[2]; /* a folder of ours, a file in it, a socket */
static char folder[] = "/tmp/certwipe-test-XXXXXX";

enum { HELD = 0, BROKEN = 1, NO_SANDBOX = 2 };

static int in_child(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void check_held(int (*act)(void))
{
	int status = in_child(act);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), HELD);
}

static void check_killed(int (*act)(void), int by)
{
	int status = in_child(act);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), by);
}

static bool caged(void)
{
	struct cw_error err;

	return cw_sandbox_parser(1, (size_t)64 << 20, &err) == 0;
}

static bool is_denied(long result)
{
	return result < 0 && (errno == EPERM || errno == EMFILE);
}

static int act_open(void)
{
	int fds[2];

	if (!caged())
		return NO_SANDBOX;
	if (!is_denied(open("/etc/passwd", O_RDONLY)) || !is_denied(open("/dev/null", O_RDWR)))
		return BROKEN;
	if (!is_denied(socket(AF_INET, SOCK_STREAM, 0)) || !is_denied(pipe(fds)) || !is_denied(dup(null_fd)))
		return BROKEN;
	if (!is_denied(unlink("/nonexistent")) || !is_denied(kill(getppid(), 0)) || !is_denied(ftruncate(null_fd, 0)))
		return BROKEN;
	return HELD;
}

static int act_change_medium(void)
{
	int on = 1;

	if (!caged())
		return NO_SANDBOX;
	if (!is_denied(ioctl(null_fd, BLKRRPART)) || !is_denied(ioctl(null_fd, BLKROSET, &on)) || !is_denied(ioctl(null_fd, BLKDISCARD, &on)))
		return BROKEN;
	if (!is_denied(fcntl(null_fd, F_SETFL, O_APPEND)) || !is_denied(pwrite(null_fd, "x", 1, 0)))
		return BROKEN;
	/* A question to the device gets through to it: ENOTTY is the answer of /dev/null. */
	return ioctl(null_fd, BLKGETSIZE64, &on) < 0 && errno == ENOTTY ? HELD : BROKEN;
}

static int act_make_code(void)
{
	void *page;

	if (!caged())
		return NO_SANDBOX;
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return BROKEN;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page != MAP_FAILED && is_denied(mprotect(page, 4096, PROT_READ | PROT_EXEC)) ? HELD : BROKEN;
}

static int act_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	if (!caged())
		return NO_SANDBOX;
	execv("/bin/true", argv);
	return BROKEN;
}

static int act_fork(void)
{
	if (!caged())
		return NO_SANDBOX;
	(void)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	return BROKEN;
}

static int act_spin(void)
{
	if (!caged())
		return NO_SANDBOX;
	for (volatile unsigned i = 0;; i++)
		;
}

static int act_hoard(void)
{
	if (!caged())
		return NO_SANDBOX;
	return mmap(NULL, (size_t)128 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? HELD : BROKEN;
}

/* The work of an honest parser: reading, memory, JSON, Chinese text, hashes, errors, time, an answer on a pipe. */
static int act_work(void)
{
	CW_AUTO_JSON json_t *j = NULL;
	char digest[CW_SHA256_HEX], now[CW_TIME_TEXT];
	struct cw_error err;
	CW_AUTO_FREE char *memory = NULL;

	if (!caged())
		return NO_SANDBOX;
	memory = malloc(8u << 20);
	if (!memory || read(null_fd, memory, 1) != 0 || write(null_fd, "x", 1) != 1)
		return BROKEN;
	if (cw_json_parse("{\"a\":\"\xe9\x8a\xb7\"}", 11, &j, &err) != 0 || cw_json_digest(j, digest, &err) != 0)
		return BROKEN;
	(void)cw_fail(&err, CW_E_IO, EIO, NULL, NULL, "\xe9\x8a\xb7 %s", strerror(EIO));
	cw_time_now(now);
	return cw_text_cells("\xe9\x8a\xb7") == 2 && strncmp(err.message, "\xe9\x8a\xb7 ", 4) == 0 && cw_boot_ms() ? HELD : BROKEN;
}

static bool has_no_capability(void)
{
	cap_t mine = cap_get_proc(), none = cap_init();
	bool same = mine && none && cap_compare(mine, none) == 0;

	cap_free(mine);
	cap_free(none);
	return same;
}

static int act_drop_root(void)
{
	struct cw_error err;

	if (cw_sandbox_drop(NOBODY, NOBODY, &err) != 0)
		return NO_SANDBOX;
	if (getuid() != NOBODY || geteuid() != NOBODY || getgid() != NOBODY || getgroups(0, NULL) != 0)
		return BROKEN;
	if (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0 || !has_no_capability() || cap_get_bound(CAP_SYS_RAWIO) != 0)
		return BROKEN;
	if (open("/etc/shadow", O_RDONLY) >= 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return BROKEN;
	return SANITIZED || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? HELD : BROKEN;
}

static int act_drop_capabilities_as_root(void)
{
	struct cw_error err;

	if (cw_sandbox_drop(0, 0, &err) != 0)
		return NO_SANDBOX;
	return getuid() == 0 && has_no_capability() && setuid(NOBODY) != 0 ? HELD : BROKEN;
}

static int act_drop_but_one(void)
{
	struct cw_error err;
	cap_value_t kept = CAP_SYS_RAWIO;
	cap_t mine, expected = cap_init();
	bool same;

	if (geteuid() != 0 || cw_sandbox_drop_but(NOBODY, NOBODY, CAP_SYS_RAWIO, &err) != 0)
		return NO_SANDBOX;
	mine = cap_get_proc();
	same = mine && expected && cap_set_flag(expected, CAP_PERMITTED, 1, &kept, CAP_SET) == 0 && cap_set_flag(expected, CAP_EFFECTIVE, 1, &kept, CAP_SET) == 0 &&
	       cap_compare(mine, expected) == 0;
	cap_free(mine);
	cap_free(expected);
	if (!same || getuid() != NOBODY || setuid(0) == 0 || open("/etc/shadow", O_RDONLY) >= 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return BROKEN;
	/* And whoever has none left cannot get it back. */
	return cw_sandbox_drop(NOBODY, NOBODY, &err) == 0 && cw_sandbox_drop_but(NOBODY, NOBODY, CAP_SYS_RAWIO, &err) == CW_E_FAILED ? HELD : BROKEN;
}

static int act_drop_unprivileged(void)
{
	struct cw_error err;

	if (geteuid() == 0 && cw_sandbox_drop(NOBODY, NOBODY, &err) != 0)
		return NO_SANDBOX;
	if (cw_sandbox_drop(geteuid(), getegid(), &err) != 0)
		return BROKEN;
	return cw_sandbox_drop(0, 0, &err) == CW_E_FAILED && err.message[0] != '\0' ? HELD : BROKEN;
}

static int act_drop_then_cage(void)
{
	struct cw_error err;

	if (geteuid() == 0 && cw_sandbox_drop(NOBODY, NOBODY, &err) != 0)
		return NO_SANDBOX;
	return act_work();
}

static void test_one_capability_may_be_kept_and_no_other(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	check_held(act_drop_but_one);
}


/* ---- executor ---- */

static bool is_executor(void)
{
	struct cw_error err;

	return cw_sandbox_executor(CW_CAGE_NO_COMMANDS, &err) == 0;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0 && !SANITIZED;
}

static bool is_shut(long result)
{
	return result < 0 && (errno == EPERM || errno == EACCES);
}

static bool reads(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY);

	return fd >= 0 && read(fd, &byte, 1) == 1 && close(fd) == 0;
}

static int act_executor_elsewhere(void)
{
	if (!is_executor())
		return NO_SANDBOX;
	if (!SANITIZED && (!is_shut(openat(folder_fd, "file", O_RDWR)) || !is_shut(openat(folder_fd, "new", O_WRONLY | O_CREAT, 0600))))
		return BROKEN;
	if (has_landlock() && (!is_shut(open("/etc/passwd", O_RDONLY)) || !is_shut(openat(folder_fd, "file", O_RDONLY))))
		return BROKEN;
	if (!is_shut(socket(AF_INET, SOCK_STREAM, 0)) || !is_shut(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) || !is_shut(dup(null_fd)))
		return BROKEN;
	if (!is_shut(unlinkat(folder_fd, "file", 0)) || !is_shut(mkdirat(folder_fd, "new", 0700)) || !is_shut(renameat(folder_fd, "file", folder_fd, "new")))
		return BROKEN;
	return is_shut(kill(getppid(), 0)) && is_shut(syscall(SYS_tgkill, getppid(), getppid(), 0)) && is_shut(syscall(SYS_setuid, 0)) ? HELD : BROKEN;
}

static int act_executor_other_commands(void)
{
	int on = 1;

	if (!is_executor())
		return NO_SANDBOX;
	if (!is_denied(ioctl(null_fd, BLKRRPART)) || !is_denied(ioctl(null_fd, BLKROSET, &on)) || !is_denied(ioctl(null_fd, BLKDISCARD, &on)))
		return BROKEN;
	if (!is_denied(fcntl(null_fd, F_SETFL, O_APPEND)) || !is_denied(fcntl(null_fd, F_DUPFD, 3)))
		return BROKEN;
	/* These get through: ENOTTY is the answer of /dev/null. */
	return ioctl(null_fd, BLKGETSIZE64, &on) < 0 && errno == ENOTTY && ioctl(null_fd, SG_IO, NULL) < 0 && errno == ENOTTY ? HELD : BROKEN;
}

static bool answers(unsigned long request, bool allowed)
{
	return ioctl(null_fd, request, NULL) < 0 && errno == (allowed ? ENOTTY : EPERM);
}

/* Commands to the controller of an NVMe drive, or to an eMMC chip: only for an executor that was told to send some, and only one at a time. */
static int act_executor_commands(enum cw_cage_commands commands)
{
	struct cw_error err;

	if (cw_sandbox_executor(commands, &err))
		return NO_SANDBOX;
	if (!answers(NVME_IOCTL_ADMIN_CMD, commands == CW_CAGE_NVME) || !answers(MMC_IOC_CMD, commands == CW_CAGE_MMC) || !answers(MMC_IOC_MULTI_CMD, false))
		return BROKEN;
	return is_denied(ioctl(null_fd, NVME_IOCTL_IO_CMD, NULL)) && is_denied(ioctl(null_fd, NVME_IOCTL_RESET)) && is_denied(ioctl(null_fd, BLKDISCARD, NULL)) ? HELD : BROKEN;
}

static int act_executor_with_admin(void)
{
	return act_executor_commands(CW_CAGE_NVME);
}

static int act_executor_with_mmc(void)
{
	return act_executor_commands(CW_CAGE_MMC);
}

static int act_executor_without_admin(void)
{
	return act_executor_commands(CW_CAGE_NO_COMMANDS);
}

static void *in_thread(void *user)
{
	return pwrite(file_fd, "x", 1, 0) == 1 ? user : NULL;
}

/* A block that failed is tried again after a pause; one that passes at once would be none. */
static bool waits(void)
{
	uint64_t began_ms = cw_monotonic_ms();
	const struct timespec t = { .tv_nsec = 20000000 };

	return nanosleep(&t, NULL) == 0 && cw_monotonic_ms() - began_ms >= 20;
}

static int act_executor_work(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct iovec part = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	pthread_t thread;
	void *answer = NULL;
	char byte;

	if (!is_executor())
		return NO_SANDBOX;
	if (fcntl(file_fd, F_SETLK, &lock) || lseek(file_fd, 0, SEEK_SET) || write(file_fd, "line", 4) != 4 || fdatasync(file_fd) || pread(file_fd, &byte, 1, 3) != 1)
		return BROKEN;
	if (ftruncate(file_fd, 4) || fallocate(file_fd, FALLOC_FL_KEEP_SIZE, 0, 8192) || fsync(file_fd) || sendmsg(pair[0], &message, MSG_NOSIGNAL) != 1)
		return BROKEN;
	/* Without a ring there are threads. */
	if (pthread_create(&thread, NULL, in_thread, &lock) || pthread_join(thread, &answer) || answer != &lock)
		return BROKEN;
	/* What the medium is, the kernel tells until the end. */
	return waits() && reads("/sys/kernel/notes") && reads("/proc/sys/kernel/random/boot_id") ? HELD : BROKEN;
}

static int act_executor_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	if (!is_executor())
		return NO_SANDBOX;
	execv("/bin/true", argv);
	return BROKEN;
}

static int act_executor_fork(void)
{
	if (!is_executor())
		return NO_SANDBOX;
	(void)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	return BROKEN;
}

static int act_executor_ring(void)
{
	char room[256] = { 0 };

	if (!is_executor())
		return NO_SANDBOX;
	(void)syscall(SYS_io_uring_setup, 1, room);
	return BROKEN;
}

/* ---- signer ---- */

static void *room_of_a_message(void)
{
	static char room[16];

	return room;
}

static bool is_signer(void)
{
	struct cw_error err;

	return cw_sandbox_signer(folder_fd, &err) == 0;
}

static int act_signer_elsewhere(void)
{
	if (!is_signer())
		return NO_SANDBOX;
	if (has_landlock() && (!is_shut(open("/etc/passwd", O_RDONLY)) || !is_shut(open("/tmp/certwipe-test-elsewhere", O_WRONLY | O_CREAT, 0600))))
		return BROKEN;
	if (has_landlock() && (!is_shut(open("/dev/null", O_RDWR)) || !is_shut(rmdir(folder)) || !is_shut(renameat(folder_fd, "file", AT_FDCWD, "/tmp/certwipe-test-moved"))))
		return BROKEN;
	if (!is_shut(socket(AF_UNIX, SOCK_STREAM, 0)) || !is_shut(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) || !is_shut(kill(getppid(), 0)))
		return BROKEN;
	/* Nobody tells it anything: what it needs it holds. */
	return is_shut(recv(pair[0], room_of_a_message(), 1, MSG_DONTWAIT)) && is_shut(ioctl(null_fd, BLKGETSIZE64, room_of_a_message())) ? HELD : BROKEN;
}

static int act_signer_work(void)
{
	struct cw_error err;
	struct iovec part = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	CW_AUTO_BUF struct cw_buf text = { 0 };

	if (!is_signer())
		return NO_SANDBOX;
	if (cw_dir_make(folder_fd, "2026", 0750, &err) || cw_file_write(folder_fd, "2026/evidence", "text", 4, 0640, false, &err))
		return BROKEN;
	if (cw_file_read(folder_fd, "2026/evidence", 10, &text, &err) || text.len != 4 || renameat2(folder_fd, "2026", folder_fd, "aside", RENAME_NOREPLACE))
		return BROKEN;
	if (unlinkat(folder_fd, "aside/evidence", 0) || unlinkat(folder_fd, "aside", AT_REMOVEDIR))
		return BROKEN;
	return sendmsg(pair[0], &message, MSG_NOSIGNAL) == 1 ? HELD : BROKEN;
}

static int act_signer_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	if (!is_signer())
		return NO_SANDBOX;
	execv("/bin/true", argv);
	return BROKEN;
}

static int act_signer_thread(void)
{
	if (!is_signer())
		return NO_SANDBOX;
	(void)syscall(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL, NULL, NULL, NULL);
	return BROKEN;
}

static int act_signer_trace(void)
{
	if (!is_signer())
		return NO_SANDBOX;
	(void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
	return BROKEN;
}

/* ---- tests ---- */

static void test_parser_cannot_open_or_connect(void **state)
{
	(void)state;
	check_held(act_open);
}

static void test_parser_cannot_change_the_medium(void **state)
{
	(void)state;
	check_held(act_change_medium);
}

static void test_parser_cannot_make_code(void **state)
{
	(void)state;
	check_held(act_make_code);
}

static void test_parser_dies_when_it_starts_a_process(void **state)
{
	(void)state;
	check_killed(act_exec, SIGSYS);
	check_killed(act_fork, SIGSYS);
}

static void test_parser_is_limited(void **state)
{
	int status;

	(void)state;
	if (!SANITIZED) /* its shadow memory needs the address space */
		check_held(act_hoard);
	status = in_child(act_spin);
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
}

static void test_parser_can_do_its_work(void **state)
{
	(void)state;
	check_held(act_work);
	check_held(act_drop_then_cage);
}

static void test_root_is_left_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	check_held(act_drop_root);
	check_held(act_drop_capabilities_as_root);
}

static void test_an_unprivileged_caller_is_dropped_as_well(void **state)
{
	(void)state;
	check_held(act_drop_unprivileged);
}

static void test_executor_has_its_medium_and_nothing_else(void **state)
{
	(void)state;
	check_held(act_executor_elsewhere);
	check_held(act_executor_other_commands);
	check_held(act_executor_with_admin);
	check_held(act_executor_with_mmc);
	check_held(act_executor_without_admin);
}

static void test_executor_dies_when_it_starts_a_process_or_a_ring(void **state)
{
	(void)state;
	check_killed(act_executor_exec, SIGSYS);
	check_killed(act_executor_fork, SIGSYS);
	check_killed(act_executor_ring, SIGSYS);
}

static void test_executor_can_do_its_work(void **state)
{
	(void)state;
	check_held(act_executor_work);
}

static void test_signer_has_its_folder_and_nothing_else(void **state)
{
	(void)state;
	check_held(act_signer_elsewhere);
}

static void test_signer_dies_when_it_starts_anything(void **state)
{
	(void)state;
	check_killed(act_signer_exec, SIGSYS);
	check_killed(act_signer_thread, SIGSYS);
	check_killed(act_signer_trace, SIGSYS);
}

static void test_signer_can_do_its_work(void **state)
{
	(void)state;
	check_held(act_signer_work);
}

static int open_all(void **state)
{
	(void)state;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	folder_fd = mkdtemp(folder) ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	file_fd = folder_fd < 0 ? -1 : openat(folder_fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return null_fd < 0 || file_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -1 : 0;
}

static int remove_all(void **state)
{
	(void)state;
	return unlinkat(folder_fd, "file", 0) || rmdir(folder) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parser_cannot_open_or_connect),
		cmocka_unit_test(test_parser_cannot_change_the_medium),
		cmocka_unit_test(test_parser_cannot_make_code),
		cmocka_unit_test(test_parser_dies_when_it_starts_a_process),
		cmocka_unit_test(test_parser_is_limited),
		cmocka_unit_test(test_parser_can_do_its_work),
		cmocka_unit_test(test_executor_has_its_medium_and_nothing_else),
		cmocka_unit_test(test_executor_dies_when_it_starts_a_process_or_a_ring),
		cmocka_unit_test(test_executor_can_do_its_work),
		cmocka_unit_test(test_signer_has_its_folder_and_nothing_else),
		cmocka_unit_test(test_signer_dies_when_it_starts_anything),
		cmocka_unit_test(test_signer_can_do_its_work),
		cmocka_unit_test(test_root_is_left_for_good),
		cmocka_unit_test(test_one_capability_may_be_kept_and_no_other),
		cmocka_unit_test(test_an_unprivileged_caller_is_dropped_as_well),
	};

	return cmocka_run_group_tests(tests, open_all, remove_all);
}
