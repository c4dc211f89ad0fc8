/* SPDX-License-Identifier: MIT */
/* pair.h - compares two entries except for the contents of files. */
#ifndef PC_CHECK_PAIR_H
#define PC_CHECK_PAIR_H

#include "check/checker.h"

/* Compares everything but contents. False: nothing else can be compared. */
bool pc_pair_compare(struct pc_checker *c, const struct pc_pair *p);

/* Returns a description of the target to the coordinator. */
void pc_pair_record(struct pc_checker *c, const struct pc_pair *p,
                    const unsigned char digest[PC_DIGEST_BYTES]);

#endif
