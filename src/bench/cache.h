/* SPDX-License-Identifier: MIT */
/* cache.h - the source in memory, or out of it, before a run. */
#ifndef PC_BENCH_CACHE_H
#define PC_BENCH_CACHE_H

#include "bench/model.h"

/* Brings the source into the state that a row wants and measures what is in memory
 * then.  0 or negative errno. */
int bench_cache_prepare(const struct bench *bench, enum bench_cache cache, double *ret_resident);

/* The part of the files' bytes that is in memory, 0 to 1; 0 for no bytes. */
int bench_cache_resident(const struct bench *bench, double *ret);

/* Drops what the files at and below `path` have in memory and on the disk already, as far
 * as that can be had. */
void bench_cache_drop(const char *path);

#endif
