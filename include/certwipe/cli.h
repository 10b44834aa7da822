/* SPDX-License-Identifier: Apache-2.0 */
/* cli: the commands a person types.  src/cli/cmd_<name>.c defines `const struct cw_command cw_command_<name>`; nothing lists them by hand. */
#ifndef CERTWIPE_CLI_H
#define CERTWIPE_CLI_H

#include "certwipe/process.h"
#include "certwipe/render.h"

/* One member a row of options.def: the argument, "" for a flag that is set, NULL when absent. */
struct cw_options {
#define OPTION(field, name, letter, argument, commands, help) const char *field;
#include "../../src/cli/options.def"
#undef OPTION
};

struct cw_context {
	const struct cw_options *o;
	int n;                /* operands behind the command's name */
	char *const *operand; /* borrowed from argv */
	struct cw_session *session;      /* NULL when the command needs no broker */
	const char *const *policy_folders;
	const struct cw_caller *caller;
};

struct cw_command {
	const char *name, *operands; /* "wipe", "MEDIUM..." for help */
	const char *summary;         /* msgid */
	bool needs_broker;
	int least, most; /* operands; most -1: any number */
	/* An exit code (0 or more) when it has said all there is to say, else a negative code with *err. */
	int (*run)(struct cw_context *c, struct cw_error *err);
};
extern const struct cw_command *const cw_commands[]; /* NULL-terminated, sorted */

#endif
