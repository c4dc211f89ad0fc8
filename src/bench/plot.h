/* SPDX-License-Identifier: MIT */
/* plot.h - the results as a picture, by gnuplot. */
#ifndef PC_BENCH_PLOT_H
#define PC_BENCH_PLOT_H

#include "bench/model.h"

/* Whether --plot can be done: a name that says what kind of picture, and a gnuplot.
 * 0, or an exit status after a message. */
int bench_plot_check(const struct bench *bench);

/* Draws the means with their intervals; of a sweep over workers the speed-up with its
 * knees and the line of twice the workers, half the time.  0, or a negative errno
 * after a message. */
int bench_plot_write(const struct bench *bench);

#endif
