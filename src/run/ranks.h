/* SPDX-License-Identifier: MIT */
/* ranks.h - a run's ranks: whether they can do it, and what they did. */
#ifndef PC_RUN_RANKS_H
#define PC_RUN_RANKS_H

#include "run/run.h"

/* Asks all ranks whether they see what the run is about; `writes`: targets are written to.  0,
 * PCOPY_FAILED after an event, or negative errno. */
int pc_run_greet(struct pcopy *copy, const struct pc_run *run, bool writes);

/* What ended a run is told, where it was one rank.  `r`, or PCOPY_FAILED after an event. */
int pc_run_blame(const struct pcopy *copy, int r);

/* What each rank did so far, for the report.  0 or -ENOMEM. */
int pc_report_ranks(struct pcopy *copy);

#endif
