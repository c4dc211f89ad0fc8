/* SPDX-License-Identifier: MIT */
/* ranks.h - words about the ranks of a run. */
#ifndef PC_CLI_RANKS_H
#define PC_CLI_RANKS_H

#include "cli/operands.h"
#include "cli/options.h"

/* Refuses what cannot be done over ranks, before anything is looked at.  0 or an exit status. */
int cli_ranks_refuse(const struct cli_options *options);

/* Where options or operands are one machine's own, the run is for rank 0 alone, which is said. */
void cli_ranks_settle(struct cli_options *options, const struct cli_pairs *pairs);

/* Says why a rank cannot take part, or what is doubtful about it. */
void cli_message_rank(const struct pcopy_event *event, bool quiet);

#endif
