/* SPDX-License-Identifier: MIT */
/* plot.h - plots the results with gnuplot. */
#ifndef PC_BENCH_PLOT_H
#define PC_BENCH_PLOT_H

#include "bench/model.h"

/* Checks that --plot is possible: a file name with a known extension, and gnuplot.  Returns 0, or
 * an exit status after a message. */
int bench_plot_check(const struct bench *bench);

/* Plots the means with their intervals; for a sweep over workers the speed-up with its knees and
 * the ideal line.  Returns 0, or negative errno after a message. */
int bench_plot_write(const struct bench *bench);

#endif
