/* SPDX-License-Identifier: MIT */
/* times.h - time stamps of files, and how finely a file system keeps them.
 *
 * A copy has its source's modification time as far as its file system can keep one: NTFS and
 * SMB keep 100 ns, UDF 1 us, exFAT 10 ms, ext4 with small inodes and HFS+ 1 s, FAT 2 s, and
 * all of them cut off the rest.  So two stamps say the same when they agree once both are cut
 * at the coarser of the two sides' granularities.
 *
 * How fine a side is, is found by looking: each stamp on a file system is a multiple of its
 * granularity.  Usage, with what stat(2) said of a source and its target:
 *
 *	g = pc_time_coarser(pc_time_granularity(&src, true), pc_time_granularity(&dst, true));
 *	pc_times_agree(&src.st_mtim, &dst.st_mtim, g)		whether both are of one age
 *	pc_times_order(&dst.st_mtim, &src.st_mtim, g) < 0	whether the target is older
 *
 * Pure functions, for any thread.  Granularities are in nanoseconds. */
#ifndef PC_BASE_TIMES_H
#define PC_BASE_TIMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#define PC_TIME_EXACT UINT64_C(1)
#define PC_TIME_SECOND UINT64_C(1000000000)

/* Less than, equal to or greater than 0, as `a` is earlier than `b`, the same or later. */
static inline int pc_time_order(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

static inline uint64_t pc_time_coarser(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What is left of a stamp on a file system of this granularity: 1 s, or a divisor or a multiple
 * of it.  Earlier than 1970, too, it becomes an earlier time and not a later one. */
struct timespec pc_time_cut(const struct timespec *stamp, uint64_t granularity);

/* The coarsest granularity that the stamps in `st` allow; PC_TIME_EXACT for most files.
 *
 * A modification time may be a round one because a tool set it so (touch, tar).  With
 * `ctime_tells` the change time must be as round: no tool sets that.  Say false where the
 * file system does not make change times itself (`ctime_is_own` of sys/fs.h), as below FUSE, where
 * a server may answer with those of another one: then the modification time alone counts. */
uint64_t pc_time_granularity(const struct stat *st, bool ctime_tells);

/* As pc_time_order(), of both stamps cut at `granularity`. */
int pc_times_order(const struct timespec *a, const struct timespec *b, uint64_t granularity);

static inline bool pc_times_agree(const struct timespec *a, const struct timespec *b,
                                  uint64_t granularity)
{
	return pc_times_order(a, b, granularity) == 0;
}

#endif
