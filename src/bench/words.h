/* SPDX-License-Identifier: MIT */
/* words.h - the command line of a run. */
#ifndef PC_BENCH_WORDS_H
#define PC_BENCH_WORDS_H

#include "bench/model.h"

/* The report of a pcopy under test lies here in the child, above the three standard
 * descriptors. */
#define BENCH_REPORT_FD 3

/* The options that each pcopy under test gets: those that were given, and the rules one by
 * one; clones are off unless they were asked for, as they copy nothing.  0 or negative errno;
 * bench_words_done() in any case. */
int bench_words_hand_on(const struct cli_options *options, struct bench_words *ret);

/* The command line by which a row copies the source to `target`.  0 or negative
 * errno; bench_words_done() in any case. */
int bench_words_fill(struct bench_words *words, const struct bench *bench,
                     const struct bench_mode *mode, const char *target);
void bench_words_done(struct bench_words *words);

/* What is wrong with an outside command, or NULL. */
const char *bench_words_refuse(const char *command);

#endif
