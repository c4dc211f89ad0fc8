/* SPDX-License-Identifier: MIT */
/* filter.h - loads the filter rules of the command line and warns about useless ones. */
#ifndef PC_CLI_FILTER_H
#define PC_CLI_FILTER_H

#include "cli/options.h"

/* Builds copy.filter from the options, reads rule files, and warns about rules that can never
 * match.  Returns 0, or an exit status after a message, before anything is copied. */
int cli_filter_load(struct cli_options *options);

#endif
