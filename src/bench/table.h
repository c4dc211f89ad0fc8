/* SPDX-License-Identifier: MIT */
/* table.h - the benchmark's report as text. */
#ifndef PC_BENCH_TABLE_H
#define PC_BENCH_TABLE_H

#include <stdio.h>

#include "bench/model.h"

/* No line is wider than 80 columns while names and counts are of usual size.
 * Errors of the stream are seen when it is closed. */
void bench_table_write(FILE *stream, const struct bench *bench);

#endif
