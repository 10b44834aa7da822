/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the person at the terminal.  Without one nothing is ever assumed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "internal.h"

#define PASSPHRASE_LEAST 12 /* characters; the root key is kept for decades */

bool cw_has_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static bool read_line(int fd, char *out, size_t size)
{
	size_t n = 0;
	char c;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			return false; /* ^C while asked: that is a no */
		if (got <= 0)
			return n > 0 && (out[n] = 0, true);
		if (c == '\n')
			break;
		if (n + 1 < size)
			out[n++] = c;
	}
	out[n] = 0;
	return true;
}

bool cw_ask_line(const char *question, char *answer, size_t size)
{
	fprintf(stderr, "%s ", question);
	fflush(stderr);
	return read_line(STDIN_FILENO, answer, size);
}

static bool ask_silently(const char *question, char *out, size_t size)
{
	struct termios before, silent;
	bool had = tcgetattr(STDIN_FILENO, &before) == 0;

	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	if (had)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	bool ok = cw_ask_line(question, out, size);

	if (had)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return ok;
}

static int refuse(struct cw_error *err, const char *sentence)
{
	return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, NULL, "%s", sentence);
}

static int ask_twice(char *out, size_t size, struct cw_error *err)
{
	char again[CW_TEXT_MAX];

	if (!cw_has_terminal())
		return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, _("Run it at a terminal, or give the pass phrase by --passphrase-fd N."),
			       _("A pass phrase is needed, and there is no terminal to ask at."));
	if (!ask_silently(_("Pass phrase for the organisation's root key:"), out, size) || !ask_silently(_("The same pass phrase again:"), again, sizeof again))
		return refuse(err, _("No pass phrase was given."));
	int differs = strcmp(out, again);

	explicit_bzero(again, sizeof again);
	return differs ? refuse(err, _("The two pass phrases differ.")) : 0;
}

int cw_ask_passphrase(const struct cw_context *c, char *out, size_t size, struct cw_error *err)
{
	char *end = NULL;
	long fd = c->o->passphrase_fd ? strtol(c->o->passphrase_fd, &end, 10) : -1;
	int rc = 0;

	if (c->o->passphrase_fd && (*end || end == c->o->passphrase_fd || fd < 0 || !read_line((int)fd, out, size)))
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Example: certwipe key create ... --passphrase-fd 3 3<FILE"),
			       _("No pass phrase could be read from descriptor %s."), c->o->passphrase_fd);
	if (!c->o->passphrase_fd)
		rc = ask_twice(out, size, err);
	if (!rc && strlen(out) < PASSPHRASE_LEAST)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, _("Take a sentence of a few words."), _("The pass phrase has fewer than %d characters."), PASSPHRASE_LEAST);
	return rc;
}
