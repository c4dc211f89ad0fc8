/* SPDX-License-Identifier: MIT */
/* rows.h - creates the rows: pools and commands, each with every value of the sweep and in every
 * cache state. */
#ifndef PC_BENCH_ROWS_H
#define PC_BENCH_ROWS_H

#include "bench/model.h"

/* Creates the rows that the options ask for.  Returns 0, or an exit status after a message. */
int bench_rows_make(struct bench *bench);
void bench_rows_done(struct bench *bench);

/* Adds a sample.  Returns 0 or -ENOMEM. */
int bench_rows_add(struct bench_row *row, const struct bench_sample *sample);

#endif
