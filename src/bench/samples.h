/* SPDX-License-Identifier: MIT */
/* samples.h - one figure of all runs of a row. */
#ifndef PC_BENCH_SAMPLES_H
#define PC_BENCH_SAMPLES_H

#include "bench/model.h"

typedef double bench_figure(const struct bench_sample *sample);

bench_figure bench_wall_s, bench_flushed_s, bench_cpu_s, bench_create_s;

/* The figures on the heap, in the order of the runs; NULL: no memory. */
double *bench_samples_new(const struct bench_row *row, bench_figure *figure);

double bench_samples_sum(const struct bench_row *row, bench_figure *figure);

/* The median over the runs from `first` on, of which there must be one.  0 or negative errno. */
int bench_samples_median(const struct bench_row *row, size_t first, bench_figure *figure,
                         double *ret);

#endif
