/* SPDX-License-Identifier: MIT */
/* content.h - compares the contents of files and reports differences. */
#ifndef PC_CHECK_CONTENT_H
#define PC_CHECK_CONTENT_H

#include "check/checker.h"

/* Opens on both sides what a listing calls a regular file, as far as it will be read, and fills
 * in its attributes; this takes fewer calls than stat() first. False: nothing is open, use
 * stat(). */
bool pc_content_open(struct pc_checker *c, struct pc_pair *p);
void pc_content_close(struct pc_checker *c, const struct pc_pair *p);

/* Compares the contents of a pair of regular files, or those of the target with a manifest, and
 * computes the target's digest where it is needed. */
void pc_content_check(struct pc_checker *c, const struct pc_pair *p);

/* The jobs CHUNK and FINISH for files that are compared in ranges. */
void pc_content_chunk(struct pc_checker *c);
void pc_content_finish(struct pc_checker *c);

#endif
