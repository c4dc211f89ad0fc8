/* SPDX-License-Identifier: MIT
 *
 * extent.h - the data and the holes of a file. */
#ifndef PC_SYS_EXTENT_H
#define PC_SYS_EXTENT_H

#include <stdint.h>

/* A range of data; empty where there is none. */
struct pc_extent {
	uint64_t start, end;
};

/* Finds the first range of data at or behind `pos`, cut off at `limit`. Where only a hole is
 * left, the range is empty and lies at `limit`. Where the file system does not report holes,
 * everything is data. */
struct pc_extent pc_extent_next(int fd, uint64_t pos, uint64_t limit);

/* The same for two files side by side: a range where one of them has data. */
struct pc_extent pc_extent_next_of_two(int fd, int other_fd, uint64_t pos, uint64_t limit);

#endif
