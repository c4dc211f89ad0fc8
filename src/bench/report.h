/* SPDX-License-Identifier: MIT */
/* report.h - what a pcopy under test reported of itself. */
#ifndef PC_BENCH_REPORT_H
#define PC_BENCH_REPORT_H

#include "bench/model.h"

/* Reads the JSON of --json from a file: what it tells of the run into `sample`, and
 * adds its phases.  NULL, or what is wrong with it. */
const char *bench_report_load(int fd, struct bench_sample *sample,
                              struct pc_histogram phase[PCOPY_PHASES]);

#endif
