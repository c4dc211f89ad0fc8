/* SPDX-License-Identifier: MIT */
/* summary.h - computes statistics and comparisons from the samples. */
#ifndef PC_BENCH_SUMMARY_H
#define PC_BENCH_SUMMARY_H

#include "bench/model.h"

/* Computes the summary of each valid row and compares the rows.  Returns 0 or -ENOMEM. */
int bench_summarize(struct bench *bench);

/* Checks whether the mean of each valid row is as precise as --runs=auto requires.  Returns 0 or
 * -ENOMEM. */
int bench_means_are_precise(const struct bench *bench, bool *ret);

#endif
