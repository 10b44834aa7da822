/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the person at the terminal.  Without one nothing is ever assumed. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
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

enum line { LINE_NONE, LINE_READ, LINE_TOO_LONG };

/* A line that does not fit is read to its end and not used: half a pass phrase, or half a serial number, is another one. */
static enum line read_line(int fd, char *out, size_t size)
{
	size_t n = 0;
	bool fits = true;
	char c;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			return LINE_NONE; /* ^C while asked: that is a no */
		if (got <= 0 && n == 0)
			return LINE_NONE;
		if (got <= 0 || c == '\n')
			break;
		if (n + 1 < size)
			out[n++] = c;
		else
			fits = false;
	}
	out[n] = 0;
	return fits ? LINE_READ : LINE_TOO_LONG;
}

bool cw_ask_line(const char *question, char *answer, size_t size)
{
	for (;;) {
		fprintf(stderr, "%s ", question);
		fflush(stderr);
		enum line got = read_line(STDIN_FILENO, answer, size);

		if (got != LINE_TOO_LONG)
			return got == LINE_READ;
		fprintf(stderr, _("That is too long: %zu bytes can be taken.\n"), size - 1);
	}
}

/* ---- without echo ---- */

static volatile sig_atomic_t caught;

static void on_signal(int signal_number)
{
	caught = signal_number;
}

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* What would end the process waits until the terminal is as it was: nobody likes to type blindly afterwards. */
static bool ask_silently(const char *question, char *out, size_t size)
{
	const struct sigaction note = { .sa_handler = on_signal }; /* no SA_RESTART: the read must end */
	struct sigaction usual[CW_ARRAY_LEN(ending)];
	struct termios before, silent;
	bool had = tcgetattr(STDIN_FILENO, &before) == 0;

	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	for (size_t i = 0; i < CW_ARRAY_LEN(ending); i++)
		sigaction(ending[i], &note, &usual[i]);
	if (had)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	bool ok = cw_ask_line(question, out, size);

	if (had)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	for (size_t i = 0; i < CW_ARRAY_LEN(ending); i++)
		sigaction(ending[i], &usual[i], NULL);
	if (caught)
		raise(caught);
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
	if (!ask_silently(_("Pass phrase of 12 characters or more for the organisation's root key:"), out, size) || !ask_silently(_("The same pass phrase again:"), again, sizeof again))
		return refuse(err, _("No pass phrase was given."));
	int differs = strcmp(out, again);

	explicit_bzero(again, sizeof again);
	return differs ? refuse(err, _("The two pass phrases differ.")) : 0;
}

/* From the descriptor that an option names; NONE also where it names none. */
static enum line read_from(const char *option, char *out, size_t size)
{
	char *end = NULL;
	long fd = option ? strtol(option, &end, 10) : -1;

	return option && !*end && end != option && fd >= 0 && fd <= INT_MAX ? read_line((int)fd, out, size) : LINE_NONE;
}

int cw_ask_psid(const struct cw_context *c, char out[CW_PSID_CHARS + 1], struct cw_error *err)
{
	char typed[CW_TEXT_MAX] = "";
	enum line got = read_from(c->o->psid_fd, typed, sizeof typed);
	bool is_one;

	if (c->o->psid_fd && got == LINE_NONE)
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Example: certwipe wipe ... --psid-fd 3 3<FILE"), _("No PSID could be read from descriptor %s."), c->o->psid_fd);
	if (!c->o->psid_fd && !cw_ask_line(_("PSID as it stands on the drive's label:"), typed, sizeof typed))
		return refuse(err, _("No PSID was given."));
	is_one = got != LINE_TOO_LONG && cw_psid_normalise(typed, out);
	explicit_bzero(typed, sizeof typed);
	return is_one ? 0 :
			cw_fail(err, CW_E_USAGE, 0, NULL, _("Read it from the drive's label, where PSID stands; blanks and dashes do not count. It is not the serial number."),
				_("That is no PSID: it has %u letters and digits."), CW_PSID_CHARS);
}

static int read_from_fd(const struct cw_context *c, char *out, size_t size, struct cw_error *err)
{
	enum line got = read_from(c->o->passphrase_fd, out, size);

	if (got == LINE_TOO_LONG)
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Take a shorter sentence."), _("The pass phrase is longer than %zu bytes."), size - 1);
	if (c->o->passphrase_fd && got == LINE_NONE)
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Example: certwipe key create ... --passphrase-fd 3 3<FILE"),
			       _("No pass phrase could be read from descriptor %s."), c->o->passphrase_fd);
	return 0;
}

int cw_ask_own_passphrase(const struct cw_context *c, char *out, size_t size, struct cw_error *err)
{
	if (c->o->passphrase_fd)
		return read_from_fd(c, out, size, err);
	if (!cw_has_terminal())
		return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, _("Run it at a terminal, or give the pass phrase by --passphrase-fd N."),
			       _("A pass phrase is needed, and there is no terminal to ask at."));
	return ask_silently(_("Pass phrase of the key:"), out, size) ? 0 : refuse(err, _("No pass phrase was given."));
}

static int ask_own(void *user, char *buf, size_t size, struct cw_error *err)
{
	int rc = cw_ask_own_passphrase(user, buf, size, err);

	return rc ? rc : (int)strlen(buf);
}

int cw_ask_own_key(struct cw_context *c, struct cw_signer **out, struct cw_error *err)
{
	return cw_signer_open(c->o->key, c->o->own_certificate, ask_own, c, out, err);
}

int cw_ask_passphrase(const struct cw_context *c, char *out, size_t size, struct cw_error *err)
{
	int rc = read_from_fd(c, out, size, err);

	if (rc)
		return rc;
	if (!c->o->passphrase_fd)
		rc = ask_twice(out, size, err);
	if (!rc && strlen(out) < PASSPHRASE_LEAST)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, _("Take a sentence of a few words."), _("The pass phrase has fewer than %d characters."), PASSPHRASE_LEAST);
	return rc;
}
