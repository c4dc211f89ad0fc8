/* SPDX-License-Identifier: MIT */
/* command.h - the command, shared by pcopy and pcopy-mpi. */
#ifndef PC_CLI_COMMAND_H
#define PC_CLI_COMMAND_H

#include <pcopy.h>

#include "cli/options.h"

/* Parses the arguments and runs the command.  `transport`: the MPI ranks, or NULL.  `bench`: runs
 * --bench; a callback, because src/bench lies above this room; NULL: the option is refused.
 * Returns the exit status. */
int cli_main(int argc, char **argv, const struct pcopy_transport *transport,
             int (*bench)(const struct cli_options *options));

#endif
