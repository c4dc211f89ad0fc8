/* SPDX-License-Identifier: MIT */
/* walk.h - one pass over a tree of any depth. */
#ifndef PC_BENCH_WALK_H
#define PC_BENCH_WALK_H

#include "bench/left_out.h"

enum bench_moment {
	BENCH_BEFORE, /* a directory, before it is opened */
	BENCH_AFTER,  /* a directory after its contents, or anything else */
};

/* `name` lies in `dirfd`; `st` is from before the visit.  A negative value ends
 * the walk, which returns it. */
typedef int bench_visit(void *userdata, enum bench_moment moment, int dirfd, const char *name,
                        const struct stat *st);

/* Visits `name` and all below it; follows no link.  `left_out` is not visited; NULL: all is.
 * 0 or negative errno. */
int bench_walk(int dirfd, const char *name, const struct bench_left_out *left_out,
               bench_visit *visit, void *userdata);

#endif
