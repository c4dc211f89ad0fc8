/* SPDX-License-Identifier: MIT */
/* against.h - the rows against those of an earlier report. */
#ifndef PC_BENCH_AGAINST_H
#define PC_BENCH_AGAINST_H

#include "bench/model.h"

/* Reads the report of --bench-against, before anything is run.  0, or an exit status
 * after a message. */
int bench_against_load(struct bench *bench);

/* Compares each sound row with that of the same name.  Sets the exit status to 1
 * where one is slower by more than is allowed, and significantly so.  0 or negative
 * errno. */
int bench_against_compare(struct bench *bench);

#endif
