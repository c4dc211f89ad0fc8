/* SPDX-License-Identifier: MIT */
/* content.h - the contents of files: what is compared, and what is told of it. */
#ifndef PC_CHECK_CONTENT_H
#define PC_CHECK_CONTENT_H

#include "check/checker.h"

/* Opens what a listing calls a regular file on both sides, as far as it will be read, and
 * looks at it; fewer calls than to look first.  False: nothing is open, look. */
bool pc_content_open(struct pc_checker *c, struct pc_pair *p);
void pc_content_close(struct pc_checker *c, const struct pc_pair *p);

/* Compares the contents of a pair of regular files, or what a manifest says of
 * them, and computes the target's digest where it is wanted. */
void pc_content_check(struct pc_checker *c, const struct pc_pair *p);

/* The jobs of files that are compared in ranges. */
void pc_content_chunk(struct pc_checker *c);
void pc_content_finish(struct pc_checker *c);

#endif
