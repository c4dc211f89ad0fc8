/* SPDX-License-Identifier: MIT */
/* pair.h - what two entries are, but for the contents of files. */
#ifndef PC_CHECK_PAIR_H
#define PC_CHECK_PAIR_H

#include "check/checker.h"

/* Compares what the pair is, but for contents.  False: nothing more of it can be
 * compared. */
bool pc_pair_compare(struct pc_checker *c, const struct pc_pair *p);

/* Hands back what the target is. */
void pc_pair_record(struct pc_checker *c, const struct pc_pair *p,
                    const unsigned char digest[PC_DIGEST_BYTES]);

#endif
