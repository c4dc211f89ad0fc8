/* SPDX-License-Identifier: MIT */
/* export.h - the benchmark's results in files that other programs read. */
#ifndef PC_BENCH_EXPORT_H
#define PC_BENCH_EXPORT_H

#include "bench/model.h"

/* Writes each of --export-json, -csv, -markdown and -hyperfine that was asked for.
 * 0, or the first negative errno after a message. */
int bench_exports_write(const struct bench *bench);

#endif
