/* SPDX-License-Identifier: MIT
 *
 * extent.h - where the data of a file is, and where its holes are. */
#ifndef PC_SYS_EXTENT_H
#define PC_SYS_EXTENT_H

#include <stdint.h>

/* A stretch of data; empty where there is none. */
struct pc_extent {
	uint64_t start, end;
};

/* The first stretch of data at or behind `pos`, cut off at `limit`; an empty one there
 * where nothing but a hole is left.  Where the file system cannot tell, all is data. */
struct pc_extent pc_extent_next(int fd, uint64_t pos, uint64_t limit);

/* The same of two files side by side: up to where one of them has data. */
struct pc_extent pc_extent_next_of_two(int fd, int other_fd, uint64_t pos, uint64_t limit);

#endif
