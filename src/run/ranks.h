/* SPDX-License-Identifier: MIT */
/* ranks.h - greets a run's ranks, and reports what they did. */
#ifndef PC_RUN_RANKS_H
#define PC_RUN_RANKS_H

#include "run/run.h"

/* Asks all ranks whether they see the run's files; `writes`: targets will be written.  Returns 0,
 * PCOPY_FAILED after an event, or negative errno. */
int pc_run_greet(struct pcopy *copy, const struct pc_run *run, bool writes);

/* Reports the rank that ended the run, if one did.  Returns `r`, or PCOPY_FAILED after an event. */
int pc_run_report_fault(const struct pcopy *copy, int r);

/* Adds the work of each rank to the report.  Returns 0 or -ENOMEM. */
int pc_report_ranks(struct pcopy *copy);

#endif
