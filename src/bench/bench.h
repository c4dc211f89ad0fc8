/* SPDX-License-Identifier: MIT */
/* bench.h - the timing report: --bench. */
#ifndef PC_BENCH_BENCH_H
#define PC_BENCH_BENCH_H

#include "cli/options.h"

/* Copies the first operand below the second as often as asked for in each pool,
 * each time in a fresh process, and reports the times.  Returns the exit
 * status, after messages; stdout is not closed. */
int bench_run(const struct cli_options *options);

#endif
