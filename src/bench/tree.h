/* SPDX-License-Identifier: MIT */
/* tree.h - looks through the tree to be copied, and removes the copies. */
#ifndef PC_BENCH_TREE_H
#define PC_BENCH_TREE_H

#include "bench/model.h"

/* Counts what lies at and below `path`, but for what is left out, and takes its fingerprint.
 * 0 or negative errno. */
int bench_tree_survey(const char *path, const struct bench_left_out *left_out,
                      struct bench_tree *ret);

/* Removes `path` with all below it; what is not there is fine.  0 or negative errno. */
int bench_tree_remove(const char *path);

#endif
