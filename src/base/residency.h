/* SPDX-License-Identifier: MIT
 *
 * residency.h - how much of a file is in the page cache. */
#ifndef PC_BASE_RESIDENCY_H
#define PC_BASE_RESIDENCY_H

#include <stdint.h>

/* Counts how many of the first `size` bytes of an open regular file are in the page cache, by
 * cachestat(2) or, before Linux 6.5, mincore(2). 0 or negative errno. */
int pc_residency(int fd, uint64_t size, uint64_t *ret);

#endif
