/* SPDX-License-Identifier: MIT */
/* bench.h - --bench: compares the times of pools and commands. */
#ifndef PC_BENCH_BENCH_H
#define PC_BENCH_BENCH_H

#include "cli/options.h"

/* Copies the first operand below the second with each row, each time in a fresh process, and
 * reports the times.  Returns the exit status, after messages.  Does not close stdout. */
int bench_run(const struct cli_options *options);

#endif
