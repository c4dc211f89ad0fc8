/* SPDX-License-Identifier: MIT */
/* readback.h - reading back what was copied: comparison, manifest, digest. */
#ifndef PC_RUN_READBACK_H
#define PC_RUN_READBACK_H

#include "run/run.h"

/* Reads back what a run copied, or what there is, as the options say.  0, PCOPY_FAILED,
 * PCOPY_DIFFERENT or negative errno. */
int pc_read_back(struct pcopy *copy, struct pc_run *run, enum pc_purpose purpose);

#endif
