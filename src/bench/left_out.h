/* SPDX-License-Identifier: MIT */
/* left_out.h - the entries of the source that a copy excludes or skips. */
#ifndef PC_BENCH_LEFT_OUT_H
#define PC_BENCH_LEFT_OUT_H

#include <pcopy.h>

#include <sys/stat.h>

struct bench_left_out {
	const struct pcopy_options *options;
	char **path; /* [count], below the source, sorted */
	size_t count, cap;
	int error;
};

/* Asks the library with a dry run from `src` into the existing directory `dst`.  Returns 0 or
 * negative errno; call bench_left_out_done() in any case. */
int bench_left_out_find(const struct pcopy_options *options, const char *src, const char *dst,
                        struct bench_left_out *ret);

/* True if an entry of the source is excluded, or skipped because of its size.  Not for entries
 * inside an excluded directory. */
bool bench_left_out_has(const struct bench_left_out *left_out, const char *path,
                        const struct stat *st);

void bench_left_out_done(struct bench_left_out *left_out);

#endif
