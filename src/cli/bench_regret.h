/* SPDX-License-Identifier: MIT */
/* bench_regret.h - what leaving the number of workers to pcopy costs. */
#ifndef PC_CLI_BENCH_REGRET_H
#define PC_CLI_BENCH_REGRET_H

#include "cli/bench_model.h"

/* Of a sweep over workers, for each state of the cache: the row "auto" and the fastest row
 * of a fixed number in the same pool, by their medians.  Needs the rows' figures. */
void bench_regrets_find(struct bench *bench);

#endif
