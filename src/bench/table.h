/* SPDX-License-Identifier: MIT */
/* table.h - the benchmark's report as text. */
#ifndef PC_BENCH_TABLE_H
#define PC_BENCH_TABLE_H

#include <stdio.h>

#include "bench/model.h"

/* At most 80 columns wide, unless names or counts are unusually long.  The caller checks the
 * stream for errors when it closes it. */
void bench_table_write(FILE *stream, const struct bench *bench);

#endif
