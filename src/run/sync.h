/* SPDX-License-Identifier: MIT */
/* sync.h - syncs targets at the end of a run. */
#ifndef PC_RUN_SYNC_H
#define PC_RUN_SYNC_H

#include "run/run.h"

/* Does what `fsync` requires after the copy.  Returns PCOPY_FAILED if a sync failed, negative
 * errno if ranks do not answer, else 0. */
int pc_sync_targets(struct pcopy *copy, const struct pc_run *run);

#endif
