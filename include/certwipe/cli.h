/* SPDX-License-Identifier: Apache-2.0 */
/* cli: the commands a person types.  src/cli/cmd_<name>.c defines `const struct cw_command cw_command_<name>`. */
#ifndef CERTWIPE_CLI_H
#define CERTWIPE_CLI_H

#include "certwipe/process.h"
#include "certwipe/render.h"

#endif
