/* SPDX-License-Identifier: MIT */
/* copy.h - the copying part of a run. */
#ifndef PC_RUN_COPY_H
#define PC_RUN_COPY_H

#include "run/run.h"

/* Copies; measures the workers' phases if the caller wants that.  Returns 0 or negative errno. */
int pc_run_copy(struct pcopy *copy, struct pc_run *run);

/* Copies the entries whose obstacles (targets of another kind) were removed.  The report counts
 * them as if they had been copied with the rest.  Returns 0 or negative errno. */
int pc_run_copy_obstacles(struct pcopy *copy, struct pc_run *run);

/* Copies differing entries again with read and write, regardless of earlier passes.  Returns 0,
 * PCOPY_FAILED or negative errno. */
int pc_run_copy_again(struct pcopy *copy, struct pc_run *run);

#endif
