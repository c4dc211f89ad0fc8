/* SPDX-License-Identifier: MIT */
/* scaling.h - evaluates a sweep over workers. */
#ifndef PC_BENCH_SCALING_H
#define PC_BENCH_SCALING_H

#include "bench/model.h"

/* Computes the serial fractions, the knee of each pool's curve, and the suggested row: the one
 * with the fewest workers whose median is close to the fastest. */
void bench_scale(struct bench *bench);

/* The rows of one pool and cache state, sorted by number of workers.  A curve starts with the
 * serial row if there is one but no row with one worker.  Returns their number, at most
 * BENCH_SWEEP_MAX + 1. */
unsigned bench_curve(const struct bench *bench, enum pcopy_pool pool, enum bench_cache cache,
                     struct bench_row **ret);

#endif
