/* SPDX-License-Identifier: MIT */
/* warn.h - warnings about the validity of the measurements. */
#ifndef PC_BENCH_WARN_H
#define PC_BENCH_WARN_H

#include "base/cleanup.h"
#include "bench/model.h"

/* Times of all CPUs together, in clock ticks, and our own. */
struct bench_load {
	uint64_t busy, stolen, all;
	double own_s;
	double load;
};

void bench_load_begin(struct bench_load *load);
void bench_load_end(const struct bench_load *load, struct bench_others *ret);

/* Checks the measurements and their environment, and adds a line for each doubt.  Returns 0 or
 * -ENOMEM. */
int bench_warn(struct bench *bench);

/* Adds a warning from another file.  Returns likewise. */
int bench_warning_add(struct bench *bench, const char *format, ...) PC_PRINTF(2, 3);
void bench_warnings_free(struct bench *bench);

#endif
