/* SPDX-License-Identifier: MIT */
/* readback.h - verification after a copy, or without one: comparison, manifest, digest. */
#ifndef PC_RUN_READBACK_H
#define PC_RUN_READBACK_H

#include "run/run.h"

/* Verifies or describes what the options ask for.  Returns 0, PCOPY_FAILED, PCOPY_DIFFERENT or
 * negative errno. */
int pc_read_back(struct pcopy *copy, struct pc_run *run, enum pc_purpose purpose);

#endif
