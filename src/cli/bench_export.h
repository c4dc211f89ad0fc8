/* SPDX-License-Identifier: MIT */
/* bench_export.h - the benchmark's results in files that other programs read. */
#ifndef PC_CLI_BENCH_EXPORT_H
#define PC_CLI_BENCH_EXPORT_H

#include "cli/bench_model.h"

/* Writes each of --export-json, -csv, -markdown and -hyperfine that was asked for.
 * 0, or the first negative errno after a message. */
int bench_exports_write(const struct bench *bench);

#endif
