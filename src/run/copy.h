/* SPDX-License-Identifier: MIT */
/* copy.h - the copying of a run. */
#ifndef PC_RUN_COPY_H
#define PC_RUN_COPY_H

#include "run/run.h"

/* Copies, with the workers' own clocks where the caller wants to know.  0 or negative
 * errno. */
int pc_run_copy(struct pcopy *copy, struct pc_run *run);

/* What had something of another kind in its way, of which `obstacles` are removed by now.  The
 * report counts it as if it had been copied with the rest.  0 or negative errno. */
int pc_run_copy_obstacles(struct pcopy *copy, struct pc_run *run);

/* What differs is read and written, whatever was done before.  0, PCOPY_FAILED or negative
 * errno. */
int pc_run_copy_again(struct pcopy *copy, struct pc_run *run);

#endif
