/* SPDX-License-Identifier: MIT */
/* extent.c - the data and the holes of a file. */
#include "sys/extent.h"

#include "sys/sys.h"

#include <errno.h>
#include <unistd.h>

static uint64_t extent_start(int fd, uint64_t pos, uint64_t limit)
{
	off_t at = pc_sys_lseek(fd, (off_t)pos, SEEK_DATA);

	if (at < 0) /* ENXIO: no data behind `pos`; other errors: not supported */
		return at == -ENXIO ? limit : pos;
	return (uint64_t)at < limit ? (uint64_t)at : limit;
}

static uint64_t extent_end(int fd, uint64_t start, uint64_t limit)
{
	off_t at = start < limit ? pc_sys_lseek(fd, (off_t)start, SEEK_HOLE) : -ENXIO;

	return at < 0 || (uint64_t)at > limit ? limit : (uint64_t)at;
}

struct pc_extent pc_extent_next(int fd, uint64_t pos, uint64_t limit)
{
	uint64_t start = extent_start(fd, pos, limit);

	return (struct pc_extent){.start = start, .end = extent_end(fd, start, limit)};
}

struct pc_extent pc_extent_next_of_two(int fd, int other_fd, uint64_t pos, uint64_t limit)
{
	uint64_t start = extent_start(fd, pos, limit);

	if (start > pos) {
		uint64_t other = extent_start(other_fd, pos, start);

		fd = other < start ? other_fd : fd;
		start = other;
	}
	return (struct pc_extent){.start = start, .end = extent_end(fd, start, limit)};
}
