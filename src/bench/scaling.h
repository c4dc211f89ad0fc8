/* SPDX-License-Identifier: MIT */
/* scaling.h - what a sweep over workers says. */
#ifndef PC_BENCH_SCALING_H
#define PC_BENCH_SCALING_H

#include "bench/model.h"

/* Fills the serial fractions, the knee of each pool's curve and the row to be used:
 * the one with the fewest workers whose median is near that of the fastest. */
void bench_scale(struct bench *bench);

/* The rows of one pool and state of the cache, by their number of workers; a curve
 * begins with the serial row where there is one and none of one worker.  Returns how
 * many, at most BENCH_SWEEP_MAX + 1. */
unsigned bench_curve(const struct bench *bench, enum pcopy_pool pool, enum bench_cache cache,
                     struct bench_mode **ret);

#endif
