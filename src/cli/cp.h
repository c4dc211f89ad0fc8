/* SPDX-License-Identifier: MIT
 *
 * cp.h - what differs where the program is called cp. */
#ifndef PC_CLI_CP_H
#define PC_CLI_CP_H

#include "cli/options.h"

/* Has the library decide as cp does where pcopy decides otherwise by choice. */
void cli_cp_settle(struct cli_options *options);

/* The status that cp ends with for one of pcopy's.  Ended by a signal, cp dies of it, and
 * this does not return. */
int cli_cp_status(int status);

#endif
