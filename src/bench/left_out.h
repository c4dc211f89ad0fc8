/* SPDX-License-Identifier: MIT */
/* left_out.h - what a copy leaves out of the source. */
#ifndef PC_BENCH_LEFT_OUT_H
#define PC_BENCH_LEFT_OUT_H

#include <pcopy.h>

#include <sys/stat.h>

struct bench_left_out {
	const struct pcopy_options *options;
	char **path; /* [count], below the source, in order */
	size_t count, cap;
	int error;
};

/* Asks the library, by a dry run from `src` into `dst`, an existing directory.  0 or negative
 * errno; bench_left_out_done() in any case. */
int bench_left_out_find(const struct pcopy_options *options, const char *src, const char *dst,
                        struct bench_left_out *ret);

/* Whether an entry of the source is left out, or a file skipped for its size; what is in a
 * directory that is left out is not asked about. */
bool bench_left_out_has(const struct bench_left_out *left_out, const char *path,
                        const struct stat *st);

void bench_left_out_done(struct bench_left_out *left_out);

#endif
