/* SPDX-License-Identifier: MIT */
/* ranks.h - options and messages of a run over MPI ranks. */
#ifndef PC_CLI_RANKS_H
#define PC_CLI_RANKS_H

#include "cli/operands.h"
#include "cli/options.h"

/* Refuses options that do not work over ranks, before anything is accessed.  Returns 0 or an exit
 * status. */
int cli_ranks_refuse(const struct cli_options *options);

/* If only one machine can use the options or operands, removes the transport, so that rank 0 works
 * alone, and prints a message. */
void cli_ranks_fall_back(struct cli_options *options, const struct cli_pairs *pairs);

/* Reports why a rank cannot take part, or a warning about it. */
void cli_message_rank(const struct pcopy_event *event, bool quiet);

#endif
