/* SPDX-License-Identifier: MIT */
/* cache.h - brings the source into the page cache, or drops it, before a run. */
#ifndef PC_BENCH_CACHE_H
#define PC_BENCH_CACHE_H

#include "bench/model.h"

/* Prepares the cache as a row requires, and measures how much of the source is in it.  Returns 0
 * or negative errno. */
int bench_cache_prepare(const struct bench *bench, enum bench_cache cache, double *ret_resident);

/* The cached part of the files' bytes, 0 to 1; 0 for no bytes. */
int bench_cache_resident(const struct bench *bench, double *ret);

/* Drops cached clean pages of the files at and below `path`, as far as possible. */
void bench_cache_drop(const char *path);

#endif
