/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the typesetter: a program of its own, started without privilege, that reads a request and writes one answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define ANSWER_MS 15000
#define ANSWER_MAX (4u * 1024u * 1024u)

static int program = -1; /* opened while its folder can still be entered */

int cw_typeset_prepare(void)
{
	char path[CW_SERIAL_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof CW_TYPESETTER_NAME - 1);

	if (program >= 0)
		return program;
	path[n > 0 ? n : 0] = 0;
	char *slash = strrchr(path, '/');

	/* One that was not installed lies beside this program, in the tree that both were built in. */
	if (slash && strncmp(path, "/usr/", 5) != 0) {
		memcpy(slash + 1, CW_TYPESETTER_NAME, sizeof CW_TYPESETTER_NAME);
		program = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	}
	if (program < 0)
		program = open(CW_LIBEXECDIR "/" CW_TYPESETTER_NAME, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	return program;
}

int cw_typeset_missing(struct cw_error *err)
{
	return cw_fail(err, CW_E_TYPESET, 0, NULL, _("Install certwipe anew, with that program."), _("The program that sets pages, %s, is not there."), CW_TYPESETTER_NAME);
}

struct task { int request, answer; };

static int typeset_work(int fd, void *user)
{
	static char name[] = CW_TYPESETTER_NAME;
	const struct task *t = user;
	struct cw_error err = { 0 };

	(void)fd;
	if (cw_drop_to_nobody(&err) || dup2(t->request, STDIN_FILENO) < 0 || dup2(t->answer, STDOUT_FILENO) < 0)
		return 1;
	fexecve(program, (char *const[]){ name, NULL }, (char *const[]){ NULL });
	return 1;
}

/* In memory that has no name: the other side reads it from its beginning. */
static int request_file(const char *request, size_t len, struct cw_error *err)
{
	int fd = memfd_create("request", MFD_CLOEXEC);

	if (fd < 0)
		return cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("There is no room for what the typesetter is to read."));
	if (cw_fd_write_all(fd, "request", request, len, err) || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return err->code ? err->code : cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("There is no room for what the typesetter is to read."));
	}
	return fd;
}

static int read_answer(int fd, struct cw_buf *answer, struct cw_error *err)
{
	uint64_t until = cw_monotonic_ms() + ANSWER_MS, now;
	char room[16384];

	answer->max_bytes = ANSWER_MAX;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		now = cw_monotonic_ms();
		int ready = now < until ? poll(&p, 1, (int)(until - now)) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		ssize_t n = ready > 0 ? read(fd, room, sizeof room) : -1;

		if (n == 0)
			return 0;
		if (n > 0)
			cw_buf_add(answer, room, (size_t)n);
		if (n < 0 || answer->failed)
			return cw_fail(err, CW_E_TYPESET, ready == 0 ? ETIMEDOUT : errno, NULL, NULL, _("The typesetter does not answer as it should."));
	}
}

static int ask(int request, struct cw_buf *answer, struct cw_error *err)
{
	struct cw_child child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("A pipe for the typesetter could not be made."));
	struct task t = { request, ends[1] };
	int rc = cw_spawn(CW_TYPESETTER_NAME, typeset_work, &t, (const int[]){ request, ends[1], program, -1 }, &child, err);

	close(ends[1]);
	if (!rc) {
		rc = read_answer(ends[0], answer, err);
		cw_child_end(&child);
	}
	close(ends[0]);
	return rc;
}

int cw_typeset_raw(const char *request, size_t len, struct cw_buf *answer, struct cw_error *err)
{
	if (cw_typeset_prepare() < 0)
		return cw_typeset_missing(err);
	CW_AUTO_FD int fd = request_file(request, len, err);

	if (fd < 0)
		return fd;
	int rc = ask(fd, answer, err);

	if (!rc && !answer->len)
		rc = cw_fail(err, CW_E_TYPESET, 0, NULL, NULL, _("The program that sets pages, %s, could not be started or ended without an answer."), CW_TYPESETTER_NAME);
	return rc;
}

int cw_typeset_ask(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf answer = { 0 };
	int rc = cw_typeset_raw(request, len, &answer, err);

	return rc ? rc : cw_typeface_answer(answer.data, answer.len, out, err);
}

int cw_typeset_request(const struct cw_renderer *r, struct cw_paper *p, struct cw_buf *request, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf none = { 0 };
	int rc;

	p->face = cw_typeface_collector();
	rc = p->face ? r->print(p, &none, err) : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));
	if (!rc)
		rc = cw_typeface_request(p->face, request, err);
	cw_typeface_free(p->face);
	p->face = NULL;
	return rc;
}

int cw_typeset_paper(const struct cw_renderer *r, struct cw_paper *p, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf request = { 0 };
	int rc = cw_typeset_request(r, p, &request, err);

	return rc ? rc : cw_typeset_ask(request.data ? request.data : "", request.len, &p->face, err);
}
