/* SPDX-License-Identifier: MIT */
/* warn.h - what a careful reader of the report should know. */
#ifndef PC_BENCH_WARN_H
#define PC_BENCH_WARN_H

#include "base/cleanup.h"
#include "bench/model.h"

/* Times of all CPUs together, in ticks of the clock, and our own. */
struct bench_load {
	uint64_t busy, stolen, all;
	double own_s;
	double load;
};

void bench_load_begin(struct bench_load *load);
void bench_load_end(const struct bench_load *load, struct bench_others *ret);

/* Looks at what was measured, and where, and adds a line for each doubt.  0 or
 * -ENOMEM. */
int bench_warn(struct bench *bench);

/* Adds one of others.  Likewise. */
int bench_warning_add(struct bench *bench, const char *format, ...) PC_PRINTF(2, 3);
void bench_warnings_free(struct bench *bench);

#endif
