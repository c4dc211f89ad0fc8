/* SPDX-License-Identifier: MIT */
/* bench_table.h - the benchmark's report as text. */
#ifndef PC_CLI_BENCH_TABLE_H
#define PC_CLI_BENCH_TABLE_H

#include <stdio.h>

#include "cli/bench_model.h"

/* No line is wider than 80 columns while names and counts are of usual size.
 * Errors of the stream are seen when it is closed. */
void bench_table_write(FILE *stream, const struct bench *bench);

/* What a comparison says in a sentence, without an end of line. */
#define BENCH_SENTENCE 512
void bench_sentence(const struct bench_comparison *comparison, char ret[static BENCH_SENTENCE]);

/* What moved the bytes of a row, the one that moved the most first: "none",
 * "copy_file_range+read/write". */
#define BENCH_METHODS 64
void bench_methods(const struct bench_mode *mode, char ret[static BENCH_METHODS]);

#endif
