/* SPDX-License-Identifier: MIT */
/* child.h - one run in a child process, and signals in the meantime. */
#ifndef PC_BENCH_CHILD_H
#define PC_BENCH_CHILD_H

#include "bench/model.h"

/* From here on SIGINT, SIGTERM and SIGHUP are recorded and passed on to the current child;
 * ignored signals stay ignored.  Orphaned descendants become children of this process. */
void bench_signals_catch(void);
void bench_signals_release(void);

/* The first signal received, or 0. */
int bench_signal(void);

struct rusage;

/* Runs a program to its end, with standard output discarded, and `fd`, if not negative, open as
 * `as`. Signals are passed on.  Returns 0 or negative errno. */
int bench_child_run(const struct bench_words *words, int fd, int as, int *ret_status,
                    struct rusage *ret_usage);

/* Copies the source to `target` with the row's command in a fresh process and measures it; adds
 * its phases to the row's.  Sets `ret->fault` if the copy failed.  Returns 0, -EINTR after a
 * signal, or another negative errno if no process could be created. */
int bench_child_copy(const struct bench *bench, struct bench_row *row, const char *target,
                     struct bench_sample *ret);

/* Compares the source with `target` in a child process, so that a signal ends it soon.  Reports
 * the first differences on stderr.  Returns 0 if equal, 1 if not; -EINTR or another negative
 * errno as above. */
int bench_child_compare(const struct bench *bench, const char *target);

#endif
