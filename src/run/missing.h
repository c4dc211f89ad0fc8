/* SPDX-License-Identifier: MIT */
/* missing.h - what a manifest has and a directory has not. */
#ifndef PC_RUN_MISSING_H
#define PC_RUN_MISSING_H

#include "run/run.h"

/* Tells each entry of the run's manifest that was not found, unless it is left out or not asked
 * for.  0, PCOPY_DIFFERENT, or negative errno. */
int pc_missing_tell(struct pcopy *copy, const struct pc_run *run);

#endif
