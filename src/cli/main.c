/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe: parses the command line, starts the broker where the command needs one, gives root up, and runs the command. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <langinfo.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define DEFAULT_STATE "/var/lib/certwipe"

struct option_row {
	const char *name;
	char letter;
	const char *argument, *commands, *help;
	size_t offset;
};
static const struct option_row rows[] = {
#define OPTION(field, name, letter, argument, commands, help) { name, letter, argument, commands, help, offsetof(struct cw_options, field) },
#include "options.def"
#undef OPTION
};
#define N_OPTIONS CW_ARRAY_LEN(rows)
#define FIRST_LONG 256 /* values of getopt_long for rows, beyond every letter */

/* ---- language ---- */

/* Under LC_ALL=C every Chinese character would come out as bytes; only the kind of characters is changed, not the language. */
static void set_language(const char *lang)
{
	setlocale(LC_ALL, "");
	if (lang)
		setlocale(LC_MESSAGES, !strcmp(lang, "zh_TW") ? "zh_TW.UTF-8" : "C.UTF-8");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	bindtextdomain("certwipe", CW_LOCALEDIR);
	bind_textdomain_codeset("certwipe", "UTF-8");
	textdomain("certwipe");
}

/* ---- help ---- */

static bool takes(const struct option_row *r, const char *command)
{
	size_t n = strlen(command);

	if (!r->commands)
		return true;
	for (const char *at = r->commands; (at = strstr(at, command)); at += n)
		if (at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

static void print_options(const char *command)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char left[64];

		if (command ? !takes(&rows[i], command) : rows[i].commands != NULL)
			continue;
		snprintf(left, sizeof left, "%s%c%s --%s%s%s", rows[i].letter ? "-" : " ", rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? "," : " ",
			 rows[i].name, rows[i].argument ? " " : "", rows[i].argument ? _(rows[i].argument) : "");
		printf("  %-34s %s\n", left, _(rows[i].help));
	}
}

static void print_help(const struct cw_command *command)
{
	if (command) {
		printf(_("Usage: certwipe %s %s\n"), command->name, command->operands);
		printf("\n%s\n\n", _(command->summary));
	} else {
		puts(_("Usage: certwipe COMMAND [OPTION...] [OPERAND...]"));
		printf("\n%s\n\n", _("Wipes media, proves it by reading them back, and signs a certificate of it."));
		for (size_t i = 0; cw_commands[i]; i++)
			printf("  %-12s %s\n", cw_commands[i]->name, _(cw_commands[i]->summary));
		putchar('\n');
	}
	print_options(command ? command->name : NULL);
	printf("\n%s\n", _("See certwipe(8)."));
}

/* ---- command line ---- */

static int usage(struct cw_error *err, const char *command, const char *sentence)
{
	char hint[128];

	snprintf(hint, sizeof hint, "certwipe %s%s--help", command ? command : "", command ? " " : "");
	return cw_fail(err, CW_E_USAGE, 0, command, hint, "%s", sentence);
}

static const struct cw_command *find_command(const char *name)
{
	for (size_t i = 0; cw_commands[i]; i++)
		if (!strcmp(cw_commands[i]->name, name))
			return cw_commands[i];
	return NULL;
}

static int read_options(int argc, char **argv, struct cw_options *o, struct cw_error *err)
{
	static struct option longs[N_OPTIONS + 1];
	char letters[2 * N_OPTIONS + 2] = ":";
	size_t n = 1;
	int c;

	for (size_t i = 0; i < N_OPTIONS; i++) {
		longs[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, FIRST_LONG + (int)i };
		if (rows[i].letter) {
			letters[n++] = rows[i].letter;
			if (rows[i].argument)
				letters[n++] = ':';
		}
	}
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = c >= FIRST_LONG ? &rows[c - FIRST_LONG] : NULL;

		for (size_t i = 0; !row && i < N_OPTIONS; i++)
			if (rows[i].letter && rows[i].letter == c)
				row = &rows[i];
		if (!row) {
			char what[256];

			snprintf(what, sizeof what, c == ':' ? _("The option %s needs an argument.") : _("There is no option %s, or it takes no argument."),
				 argv[optind - 1]);
			return usage(err, NULL, what);
		}
		*(const char **)(void *)((char *)o + row->offset) = row->argument ? optarg : "";
	}
	return 0;
}

static int check_options(const struct cw_options *o, const struct cw_command *command, struct cw_error *err)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char what[256];

		if (!*(const char *const *)(const void *)((const char *)o + rows[i].offset) || takes(&rows[i], command->name))
			continue;
		snprintf(what, sizeof what, _("`certwipe %s` takes no option --%s."), command->name, rows[i].name);
		return usage(err, command->name, what);
	}
	if (o->lang && strcmp(o->lang, "en") != 0 && strcmp(o->lang, "zh_TW") != 0)
		return usage(err, command->name, _("The language is en or zh_TW."));
	return 0;
}

/* ---- who runs it, and where things lie ---- */

static unsigned long number_of(const char *text)
{
	char *end;
	unsigned long n = text && *text ? strtoul(text, &end, 10) : 0;

	return text && *text && !*end && n < 0xfffffffful ? n : 0;
}

/* sudo says who called it; only root's environment is believed. */
static void find_caller(struct cw_caller *c)
{
	const struct passwd *account;

	*c = (struct cw_caller){ .uid = getuid(), .gid = getgid() };
	if (geteuid() == 0 && getuid() == 0 && number_of(getenv("SUDO_UID"))) {
		c->uid = (uid_t)number_of(getenv("SUDO_UID"));
		c->gid = (gid_t)number_of(getenv("SUDO_GID"));
	}
	account = getpwuid(c->uid);
	if (account)
		cw_text_printable(c->name, sizeof c->name, account->pw_name, strlen(account->pw_name));
	else
		snprintf(c->name, sizeof c->name, "%lu", (unsigned long)c->uid);
}

/* A binary that was not installed finds its share/ beside the source it was built from. */
static void find_data(char *out, size_t size)
{
	char exe[512];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	char *slash;

	cw_strlcpy(out, CW_DATADIR, size);
	if (n <= 0)
		return;
	exe[n] = 0;
	for (int up = 0; up < 3 && (slash = strrchr(exe, '/')); up++) {
		char beside[600];

		*slash = 0;
		snprintf(beside, sizeof beside, "%s/share/policy/default.policy", exe);
		if (strstr(exe, "/usr") != exe && access(beside, R_OK) == 0) {
			snprintf(out, size, "%s/share", exe);
			return;
		}
	}
}

struct places { char state[CW_SERIAL_MAX], own[CW_SERIAL_MAX + 8], shared[700]; const char *folders[4]; };

static int find_places(const struct cw_options *o, struct places *p, struct cw_error *err)
{
	char data[640];
	CW_AUTO_FREE char *absolute = realpath(o->state ? o->state : DEFAULT_STATE, NULL);

	/* A directory that is yet to be made has no real path; the name is used as it stands. */
	if (!cw_strlcpy(p->state, absolute ? absolute : o->state ? o->state : DEFAULT_STATE, sizeof p->state))
		return cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("The path of the state directory is too long."));
	if (!cw_text_is_printable(p->state))
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Give it another name."), _("The path of the state directory has characters that cannot be shown."));
	find_data(data, sizeof data);
	snprintf(p->own, sizeof p->own, "%s/policy", p->state);
	snprintf(p->shared, sizeof p->shared, "%s/policy", data);
	p->folders[0] = p->own;
	p->folders[1] = "/etc/certwipe/policy";
	p->folders[2] = p->shared;
	p->folders[3] = NULL;
	return 0;
}

/* ---- run ---- */

static int run(const struct cw_command *command, const struct cw_options *o, int n, char **operands, struct cw_error *err)
{
	struct cw_caller caller;
	struct places places;
	struct cw_context c = { .o = o, .n = n, .operand = operands, .policy_folders = places.folders, .caller = &caller };
	int rc = check_options(o, command, err);

	if (!rc && (n < command->least || (command->most >= 0 && n > command->most)))
		rc = usage(err, command->name, n < command->least ? _("Something is missing behind the command.") : _("There is too much behind the command."));
	if (!rc)
		rc = find_places(o, &places, err);
	if (rc)
		return rc;
	find_caller(&caller);
	if (command->needs_broker)
		rc = cw_session_start(places.state, places.folders, &caller, &c.session, err);
	else
		rc = cw_session_drop(&caller, err);
	if (rc)
		return rc;
	rc = command->run(&c, err);
	cw_session_free(c.session);
	return rc;
}

/* Looked for by itself, so that a mistake in any other option is told as JSON too. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

/*
 * A file that is opened later must never become standard output or error: what is said would go into it.  Read-only, so that an answer that
 * nobody can receive is still an error.
 */
static bool hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd > STDERR_FILENO && close(fd) == 0;
}

int main(int argc, char **argv)
{
	if (!hold_standard_descriptors())
		return CW_EXIT_FAILED;

	bool json = wants_json(argc, argv);
	struct cw_options o = { 0 };
	struct cw_error err = { 0 };
	const struct cw_command *command = NULL;

	set_language(NULL);
	signal(SIGPIPE, SIG_IGN);
	opterr = 0;
	int rc = read_options(argc, argv, &o, &err);

	if (!rc) {
		set_language(o.lang);
		if (optind < argc)
			command = find_command(argv[optind]);
		if (o.version) {
			puts("certwipe " CW_VERSION);
			return 0;
		}
		if (o.help) {
			print_help(command);
			return 0;
		}
		if (optind >= argc)
			rc = usage(&err, NULL, _("No command was given."));
		else if (!command)
			rc = usage(&err, NULL, _("There is no such command."));
		else
			rc = run(command, &o, argc - optind - 1, argv + optind + 1, &err);
	}
	if (rc >= 0)
		return rc;
	cw_tell_error(json, &err);
	return cw_code_exit(err.code);
}
