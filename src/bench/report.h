/* SPDX-License-Identifier: MIT */
/* report.h - reads the report of a pcopy under test. */
#ifndef PC_BENCH_REPORT_H
#define PC_BENCH_REPORT_H

#include "bench/model.h"

/* Reads JSON written by --json: stores the run's values in `sample`, and adds its phases.
 * Returns NULL, or what is wrong with it. */
const char *bench_report_load(int fd, struct bench_sample *sample,
                              struct pc_histogram phase[PCOPY_PHASES]);

#endif
