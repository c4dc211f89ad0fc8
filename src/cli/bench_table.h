/* SPDX-License-Identifier: MIT */
/* bench_table.h - the benchmark's report as text. */
#ifndef PC_CLI_BENCH_TABLE_H
#define PC_CLI_BENCH_TABLE_H

#include <stdio.h>

#include "cli/bench_model.h"

/* No line is wider than 80 columns while names and counts are of usual size.
 * Errors of the stream are seen when it is closed. */
void bench_table_write(FILE *stream, const struct bench *bench);

#endif
