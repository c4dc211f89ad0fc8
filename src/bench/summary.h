/* SPDX-License-Identifier: MIT */
/* summary.h - from the samples to what is said about them. */
#ifndef PC_BENCH_SUMMARY_H
#define PC_BENCH_SUMMARY_H

#include "bench/model.h"

/* Fills the summary of each sound row and compares the rows.  0 or -ENOMEM. */
int bench_summarize(struct bench *bench);

/* Whether the mean of each sound row is known as well as --runs=auto wants.  0 or
 * -ENOMEM. */
int bench_are_known(const struct bench *bench, bool *ret);

#endif
