/* SPDX-License-Identifier: MIT */
/* prune.h - removing what the sources do not have. */
#ifndef PC_RUN_PRUNE_H
#define PC_RUN_PRUNE_H

#include "run/run.h"

/* When all is copied: looks whether anything may be removed, counts where there is a limit,
 * removes, and copies what had something of another kind in its way.  0, PCOPY_FAILED or
 * negative errno. */
int pc_run_prune(struct pcopy *copy, struct pc_run *run);

#endif
