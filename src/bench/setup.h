/* SPDX-License-Identifier: MIT */
/* setup.h - everything before the first run, and after the last. */
#ifndef PC_BENCH_SETUP_H
#define PC_BENCH_SETUP_H

#include "bench/model.h"

/* Checks the arguments, creates the target directory if it does not exist, and surveys the
 * source. `bench` holds the options and a dst_fd of -1.  Returns 0, or an exit status after a
 * message; call bench_done() in any case. */
int bench_setup(struct bench *bench);

/* Frees everything, and removes the target directory if bench_setup() created it. */
void bench_done(struct bench *bench);

#endif
