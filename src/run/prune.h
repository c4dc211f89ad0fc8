/* SPDX-License-Identifier: MIT */
/* prune.h - deletes what the sources do not have. */
#ifndef PC_RUN_PRUNE_H
#define PC_RUN_PRUNE_H

#include "run/run.h"

/* Call after the copy: checks the gate, counts if there is a limit, deletes, and copies the
 * entries that had obstacles.  Returns 0, PCOPY_FAILED or negative errno. */
int pc_run_prune(struct pcopy *copy, struct pc_run *run);

#endif
