/* SPDX-License-Identifier: MIT */
/* walk.h - one pass over a tree. */
#ifndef PC_BENCH_WALK_H
#define PC_BENCH_WALK_H

#include "bench/left_out.h"

enum bench_moment {
	BENCH_BEFORE, /* a directory, before it is opened */
	BENCH_AFTER,  /* a directory after its contents, or anything else */
};

/* `name` is relative to the current directory, which the walk changes; `st` is from before the
 * visit. A negative return value ends the walk, which returns it. */
typedef int bench_visit(void *userdata, enum bench_moment moment, const char *name,
                        const struct stat *st);

/* Visits `path` and everything below it, without following links, except entries in `left_out`
 * (NULL: none).  Only one walk at a time: it changes the current directory, and restores it at
 * the end. Returns 0 or negative errno. */
int bench_walk(const char *path, const struct bench_left_out *left_out, bench_visit *visit,
               void *userdata);

#endif
