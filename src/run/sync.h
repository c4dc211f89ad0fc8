/* SPDX-License-Identifier: MIT */
/* sync.h - what was copied is forced to the disk. */
#ifndef PC_RUN_SYNC_H
#define PC_RUN_SYNC_H

#include "run/run.h"

/* What `fsync` of the options wants when all is copied.  PCOPY_FAILED where it could not
 * be, negative errno where ranks do not answer, else 0. */
int pc_sync_targets(struct pcopy *copy, const struct pc_run *run);

#endif
