/* SPDX-License-Identifier: MIT */
/* export.h - writes the results to files for other programs. */
#ifndef PC_BENCH_EXPORT_H
#define PC_BENCH_EXPORT_H

#include "bench/model.h"

/* Checks before the runs that the files of all reports can be written.  Returns 0, or an exit status
 * after a message. */
int bench_exports_check(const struct bench *bench);

/* Writes the files of --export-json, -csv, -markdown and -hyperfine.  Returns 0, or the first
 * negative errno after a message. */
int bench_exports_write(const struct bench *bench);

#endif
