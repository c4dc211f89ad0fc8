/* SPDX-License-Identifier: MIT */
/* walk.h - one pass over a tree. */
#ifndef PC_BENCH_WALK_H
#define PC_BENCH_WALK_H

#include "bench/left_out.h"

enum bench_moment {
	BENCH_BEFORE, /* a directory, before it is opened */
	BENCH_AFTER,  /* a directory after its contents, or anything else */
};

/* `name` is relative to the current directory, which the walk moves; `st` is from before the
 * visit.  A negative value ends the walk, which returns it. */
typedef int bench_visit(void *userdata, enum bench_moment moment, const char *name,
                        const struct stat *st);

/* Visits `path` and all below it; follows no link.  `left_out` is not visited; NULL: all is.
 * One walk at a time, as it moves the current directory and puts it back at its end.
 * 0 or negative errno. */
int bench_walk(const char *path, const struct bench_left_out *left_out, bench_visit *visit,
               void *userdata);

#endif
