/* SPDX-License-Identifier: MIT */
/* options.h - options in words, as the command line takes them. */
#ifndef PC_BENCH_OPTIONS_H
#define PC_BENCH_OPTIONS_H

#include "cli/options.h"

const char *bench_when_word(enum pcopy_when when);

/* What a benchmark does about clones: they share the source's blocks, so nothing
 * would be copied, and are made only when asked for. */
const char *bench_reflink_word(const struct cli_options *options);

const char *bench_method_word(enum pcopy_method method);

/* "mode,timestamps": bits of enum pcopy_preserve; may be empty. */
#define BENCH_PRESERVE 64
void bench_preserve_words(unsigned preserve, char ret[static BENCH_PRESERVE]);

#endif
