/* SPDX-License-Identifier: Apache-2.0 */
/* The only fork of the project: a child with one socket, the descriptors it is meant to have, and nothing else of its parent's. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Closes all but the standard three and those kept; kept is sorted and ends with -1 in front. */
static void close_others(int *kept, size_t n)
{
	unsigned from = 3;

	qsort(kept, n, sizeof *kept, by_number);
	for (size_t i = 0; i < n; i++) {
		if (kept[i] < (int)from)
			continue;
		if ((unsigned)kept[i] > from)
			close_range(from, (unsigned)kept[i] - 1, 0);
		from = (unsigned)kept[i] + 1;
	}
	close_range(from, ~0u, 0);
}

/* A background process must not hold the terminal, or whoever reads our output waits for it.  The sanitizers report on descriptor 2. */
static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
#ifndef CW_SANITIZED
	dup2(null, STDERR_FILENO);
#endif
	if (null > STDERR_FILENO)
		close(null);
}

static void reset_signals(void)
{
	const int defaults[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGWINCH };
	sigset_t none;

	for (size_t i = 0; i < CW_ARRAY_LEN(defaults); i++)
		signal(defaults[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int cw_spawn(const char *name, int (*work)(int fd, void *user), void *user, const int *keep, struct cw_child *out, struct cw_error *err)
{
	int pair[2], kept[CW_KEEP_MAX + 1];
	size_t n = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("A socket for a process could not be made."));
	pid_t pid = fork();

	if (pid < 0) {
		int e = errno;

		close(pair[0]);
		close(pair[1]);
		return cw_fail(err, CW_E_PROCESS, e, NULL, NULL, _("A process could not be started."));
	}
	if (pid == 0) {
		kept[n++] = pair[1];
		for (; keep && keep[n - 1] >= 0 && n < CW_ARRAY_LEN(kept); n++)
			kept[n] = keep[n - 1];
		close_others(kept, n);
		leave_terminal();
		reset_signals();
		prctl(PR_SET_NAME, name);
		_exit(work(pair[1], user));
	}
	close(pair[1]);
	*out = (struct cw_child){ .pid = pid, .fd = pair[0] };
	return 0;
}

#define PATIENCE_MS 1000

/* Waits for a second at most, and not longer than it has to: there is one child or another for each step of each medium. */
static bool is_reaped(pid_t pid)
{
	CW_AUTO_FD int ended = pidfd_open(pid, 0);
	struct pollfd p = { .fd = ended, .events = POLLIN };
	uint64_t until = cw_monotonic_ms() + PATIENCE_MS;
	int64_t left;
	int n;

	do {
		left = (int64_t)(until - cw_monotonic_ms());
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR && left > 0);
	return waitpid(pid, NULL, WNOHANG) != 0;
}

bool cw_child_end(struct cw_child *c)
{
	pid_t pid = c->pid;

	if (c->fd >= 0)
		close(c->fd);
	*c = (struct cw_child){ .fd = -1 };
	if (pid <= 0 || is_reaped(pid))
		return true;
	kill(pid, SIGKILL);
	/* One that waits in the kernel for a medium that hangs dies when that lets it go, and init reaps it: nobody shall hang with it. */
	return is_reaped(pid);
}

static int wait_answer(struct cw_child *c, enum cw_msg_type wanted, void *body, int timeout_ms, struct cw_error *err)
{
	static _Thread_local _Alignas(16) unsigned char room[CW_MSG_ROOM];
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	enum cw_msg_type type;
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return cw_fail(err, CW_E_PROCESS, ETIMEDOUT, NULL, NULL, _("A helper process did not answer within %d seconds and was ended."), timeout_ms / 1000);
	n = cw_msg_recv(c->fd, &type, room, err);
	if (n < 0)
		return n;
	if (n == 0)
		return cw_fail(err, CW_E_PROCESS, 0, NULL, NULL, _("A helper process ended without an answer."));
	if (type == CW_MSG_ERROR) {
		*err = ((const struct cw_msg_error *)(const void *)room)->error;
		return err->code < 0 ? err->code : cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("A helper process reported an error without a code."));
	}
	if (type != wanted)
		return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("A helper process sent an answer of the wrong kind."));
	memcpy(body, room, cw_msg_size(type));
	return 0;
}

int cw_child_answer(struct cw_child *c, enum cw_msg_type wanted, void *body, int timeout_ms, struct cw_error *err)
{
	int rc = wait_answer(c, wanted, body, timeout_ms, err);

	if (rc && c->pid > 0)
		kill(c->pid, SIGKILL);
	cw_child_end(c);
	return rc;
}
