/* SPDX-License-Identifier: MIT */
/* child.h - one run in a process of its own, and the signals meanwhile. */
#ifndef PC_BENCH_CHILD_H
#define PC_BENCH_CHILD_H

#include "bench/model.h"

/* From here on SIGINT, SIGTERM and SIGHUP are noted, and passed on to the child
 * at work; those that were ignored stay so.  What a child leaves behind becomes a
 * child of this process. */
void bench_signals_catch(void);
void bench_signals_release(void);

/* The first signal that came, or 0. */
int bench_signal(void);

struct rusage;

/* Runs a program to its end, its standard output discarded and `fd` open as `as`, where it is
 * not negative.  A signal that comes meanwhile is passed on.  0 or negative errno. */
int bench_child_run(const struct bench_words *words, int fd, int as, int *ret_status,
                    struct rusage *ret_usage);

/* Copies the source to `target` by what the row says, in a fresh process, and measures
 * it; adds what it did when to the row's phases.  Sets `ret->fault` where the copy
 * failed.  0, -EINTR after a signal, or another negative errno where no process could
 * be had. */
int bench_child_copy(const struct bench *bench, struct bench_mode *mode, const char *target,
                     struct bench_sample *ret);

/* Compares the source with `target` in a child, so that a signal ends it soon.
 * Names the first differences on stderr.  0: equal, 1: not; -EINTR or another
 * negative errno as above. */
int bench_child_compare(const struct bench *bench, const char *target);

#endif
