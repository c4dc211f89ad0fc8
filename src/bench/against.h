/* SPDX-License-Identifier: MIT */
/* against.h - compares the rows with an earlier report. */
#ifndef PC_BENCH_AGAINST_H
#define PC_BENCH_AGAINST_H

#include "bench/model.h"

/* Reads the report of --bench-against before the runs.  Returns 0, or an exit status after a
 * message. */
int bench_against_load(struct bench *bench);

/* Compares each valid row with the row of the same name, and warns of rows without one and of
 * other conditions.  Sets the exit status to 1 if a row is significantly slower than allowed, or if
 * none could be compared.  Returns 0 or negative errno. */
int bench_against_compare(struct bench *bench);

#endif
