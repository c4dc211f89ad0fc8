/* SPDX-License-Identifier: MIT */
/* tree.h - surveys the tree to copy, and removes copies. */
#ifndef PC_BENCH_TREE_H
#define PC_BENCH_TREE_H

#include "bench/model.h"

/* Counts the entries at and below `path`, except excluded ones, and computes their fingerprint.
 * Returns 0 or negative errno. */
int bench_tree_survey(const char *path, const struct bench_left_out *left_out,
                      struct bench_tree *ret);

/* Removes `path` and everything below it, if it exists.  Returns 0 or negative errno. */
int bench_tree_remove(const char *path);

#endif
