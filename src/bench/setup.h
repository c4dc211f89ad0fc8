/* SPDX-License-Identifier: MIT */
/* setup.h - everything before the first run, and after the last. */
#ifndef PC_BENCH_SETUP_H
#define PC_BENCH_SETUP_H

#include "bench/model.h"

/* Reads what is asked for, refuses what cannot be, makes the target directory
 * where it is not there, surveys the source.  `bench` holds the options and a
 * dst_fd of -1.  0 or an exit status after a message; bench_done() in any case. */
int bench_setup(struct bench *bench);

/* Gives everything back, and removes the target directory where it is ours. */
void bench_done(struct bench *bench);

#endif
