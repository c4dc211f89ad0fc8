/* SPDX-License-Identifier: MIT */
/* copy.h - one copy, from operands to reports. */
#ifndef PC_CLI_COPY_H
#define PC_CLI_COPY_H

#include "cli/options.h"

/* Returns the exit status. */
int cli_copy(struct cli_options *options);

#endif
