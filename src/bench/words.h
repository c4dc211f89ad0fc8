/* SPDX-License-Identifier: MIT */
/* words.h - builds the command line of a run. */
#ifndef PC_BENCH_WORDS_H
#define PC_BENCH_WORDS_H

#include "bench/model.h"

/* Descriptor of the report in a pcopy under test, after the three standard ones. */
#define BENCH_REPORT_FD 3

/* The options for each pcopy under test: those that were given, and the rules one by one.
 * Cloning is disabled unless requested, because it copies no data.  Returns 0 or negative errno;
 * call bench_words_done() in any case. */
int bench_words_pass_on(const struct cli_options *options, struct bench_words *ret);

/* The command line with which a row copies the source to `target`.  Returns 0 or negative errno;
 * call bench_words_done() in any case. */
int bench_words_fill(struct bench_words *words, const struct bench *bench,
                     const struct bench_row *row, const char *target);
void bench_words_done(struct bench_words *words);

/* Why an external command is invalid, or NULL. */
const char *bench_words_refuse(const char *command);

#endif
