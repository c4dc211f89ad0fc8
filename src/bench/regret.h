/* SPDX-License-Identifier: MIT */
/* regret.h - what leaving the number of workers to pcopy costs. */
#ifndef PC_BENCH_REGRET_H
#define PC_BENCH_REGRET_H

#include "bench/model.h"

/* Of a sweep over workers, for each state of the cache: the row "auto" and the fastest row
 * of a fixed number in the same pool, by their medians.  Needs the rows' figures. */
void bench_regrets_find(struct bench *bench);

#endif
