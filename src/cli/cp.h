/* SPDX-License-Identifier: MIT
 *
 * cp.h - how the program differs under the name cp. */
#ifndef PC_CLI_CP_H
#define PC_CLI_CP_H

#include "cli/options.h"

/* Sets the rules with which the library follows cp where pcopy deliberately differs. */
void cli_cp_set_rules(struct cli_options *options);

/* Converts an exit status of pcopy to that of cp.  If a signal ended the copy, raises that signal
 * with its default action, as cp does, and does not return. */
int cli_cp_status(int status);

#endif
