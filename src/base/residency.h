/* residency.h - how much of a file lies in memory.  SPDX-License-Identifier: MIT */
#ifndef PC_BASE_RESIDENCY_H
#define PC_BASE_RESIDENCY_H

#include <stdint.h>

/* Bytes of the first `size` of an open regular file that are in the page cache, by
 * cachestat(2) or, before Linux 6.5, mincore(2).  0 or negative errno. */
int pc_residency(int fd, uint64_t size, uint64_t *ret);

#endif
