/* SPDX-License-Identifier: MIT */
/* parts.h - the parts of the text report, one file each. */
#ifndef PC_BENCH_PARTS_H
#define PC_BENCH_PARTS_H

#include <stdio.h>

#include "bench/model.h"

#define BENCH_NAME_WIDTH 16

/* One unit for all times, so that they can be compared at a glance. */
struct bench_unit {
	const char *name;
	double per_second;
	int decimals;
};
struct bench_unit bench_unit_choose(const struct bench *bench);

/* Writes a row's name in its column; a longer name gets its own line. */
void bench_name_write(FILE *stream, const struct bench_row *row);

enum bench_paint { BENCH_PLAIN, BENCH_GOOD, BENCH_BAD, BENCH_DOUBT };

/* Starts and ends a colour, if colours are enabled. */
void bench_paint(FILE *stream, const struct bench *bench, enum bench_paint paint);

/* Describes a comparison in one sentence, without a newline. */
#define BENCH_SENTENCE 512
void bench_sentence(const struct bench_comparison *comparison, char ret[static BENCH_SENTENCE]);

/* The copy methods of a row, by bytes copied in descending order: "none",
 * "copy_file_range+read/write". */
#define BENCH_METHODS 64
void bench_methods(const struct bench_row *row, char ret[static BENCH_METHODS]);

/* head.c: tree, machine, options */
void bench_head_write(FILE *stream, const struct bench *bench);

/* inside.c: where the time went */
void bench_inside_write(FILE *stream, const struct bench *bench);

/* verdict.c: comparisons, sweep, changes, warnings */
void bench_verdict_write(FILE *stream, const struct bench *bench);

#endif
