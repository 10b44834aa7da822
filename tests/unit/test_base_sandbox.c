/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cage, tried from inside: each case runs in a child of its own that acts like a parser taken over, and reports by its exit
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
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certwipe/base.h"

#define NOBODY 65534

#ifdef CW_SANITIZED
#define SANITIZED true
#else
#define SANITIZED false
#endif

static int null_fd; /* open before the cage closes, as a medium's descriptor would be */

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

static int open_null(void **state)
{
	(void)state;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return null_fd < 0 ? -1 : 0;
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
		cmocka_unit_test(test_root_is_left_for_good),
		cmocka_unit_test(test_an_unprivileged_caller_is_dropped_as_well),
	};

	return cmocka_run_group_tests(tests, open_null, NULL);
}
