/* SPDX-License-Identifier: MIT */
/* missing.h - reports entries of a manifest that the directory does not have. */
#ifndef PC_RUN_MISSING_H
#define PC_RUN_MISSING_H

#include "run/run.h"

/* Reports each entry of the run's manifest that was not found, unless it is excluded or not in
 * the caller's list.  Returns 0, PCOPY_DIFFERENT, or negative errno. */
int pc_missing_report(struct pcopy *copy, const struct pc_run *run);

#endif
