/* SPDX-License-Identifier: MIT */
/* rows.h - what is compared: pools and commands, each with every value of the
 * sweep and in every state of the cache. */
#ifndef PC_BENCH_ROWS_H
#define PC_BENCH_ROWS_H

#include "bench/model.h"

/* Makes the rows that the options ask for.  0, or an exit status after a message. */
int bench_rows_make(struct bench *bench);
void bench_rows_done(struct bench *bench);

/* One sample more.  0 or -ENOMEM. */
int bench_rows_add(struct bench_mode *mode, const struct bench_sample *sample);

#endif
