/* SPDX-License-Identifier: MIT */
/* filter.h - the rules of the command line, and what is said of them. */
#ifndef PC_CLI_FILTER_H
#define PC_CLI_FILTER_H

#include "cli/options.h"

/* Makes copy.filter of what was given, reads the files, and warns of rules that decide nothing.
 * 0, or an exit status after a message: nothing was touched. */
int cli_filter_load(struct cli_options *options);

#endif
