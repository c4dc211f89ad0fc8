/* SPDX-License-Identifier: MIT */
/* regret.h - the cost of letting pcopy choose the number of workers. */
#ifndef PC_BENCH_REGRET_H
#define PC_BENCH_REGRET_H

#include "bench/model.h"

/* For a sweep over workers and each cache state: compares the medians of the row "auto" and of
 * the fastest row with a fixed number in the same pool.  Call it after bench_summarize(). */
void bench_regrets_find(struct bench *bench);

#endif
