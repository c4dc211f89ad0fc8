/* SPDX-License-Identifier: MIT */
/* export.h - writes the results to files for other programs. */
#ifndef PC_BENCH_EXPORT_H
#define PC_BENCH_EXPORT_H

#include "bench/model.h"

/* Writes the files of --export-json, -csv, -markdown and -hyperfine.  Returns 0, or the first
 * negative errno after a message. */
int bench_exports_write(const struct bench *bench);

#endif
