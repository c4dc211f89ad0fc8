/* SPDX-License-Identifier: MIT */
/* command.h - the command, whoever runs it. */
#ifndef PC_CLI_COMMAND_H
#define PC_CLI_COMMAND_H

#include <pcopy.h>

#include "cli/options.h"

/* Does what the arguments say, over these ranks (NULL: there are none), and for --bench calls
 * `bench`, which is the room above this one.  The exit status. */
int cli_main(int argc, char **argv, const struct pcopy_transport *transport,
             int (*bench)(const struct cli_options *options));

#endif
