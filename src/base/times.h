/* SPDX-License-Identifier: MIT */
/* times.h - time stamps of files, and the granularity at which file systems keep them.
 *
 * A copy gets its source's modification time as far as its file system can keep it: NTFS and SMB
 * keep 100 ns, UDF 1 us, exFAT 10 ms, ext4 with small inodes and HFS+ 1 s, FAT 2 s, and all of
 * them truncate the rest. So two stamps are equal when they agree after both are truncated to
 * the coarser granularity of the two sides.
 *
 * The granularity of a side is inferred: each stamp on a file system is a multiple of it. Usage,
 * with the results of stat(2) for a source and its target:
 *
 * 	g = pc_time_coarser(pc_time_granularity(&src, true), pc_time_granularity(&dst, true));
 * 	pc_times_agree(&src.st_mtim, &dst.st_mtim, g)		whether both have the same time
 * 	pc_times_order(&dst.st_mtim, &src.st_mtim, g) < 0	whether the target is older
 *
 * Pure functions, for any thread. Granularities are in nanoseconds. */
#ifndef PC_BASE_TIMES_H
#define PC_BASE_TIMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#define PC_TIME_EXACT UINT64_C(1)
#define PC_TIME_SECOND UINT64_C(1000000000)

/* Negative, 0 or positive, as `a` is earlier than `b`, equal or later. */
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

/* Truncates a stamp to a granularity: 1 s, or a divisor or a multiple of it. Stamps before 1970,
 * too, become earlier and not later. */
struct timespec pc_time_cut(const struct timespec *stamp, uint64_t granularity);

/* The coarsest granularity that the stamps in `st` allow; PC_TIME_EXACT for most files.
 *
 * A modification time may be round because a tool set it so (touch, tar). With `ctime_tells` the
 * change time must be as round: no tool sets that. Pass false where the file system does not set
 * change times itself (`ctime_is_own` of sys/fs.h), as with FUSE, where a server may return
 * those of another file system. Then only the modification time counts. */
uint64_t pc_time_granularity(const struct stat *st, bool ctime_tells);

/* As pc_time_order(), with both stamps truncated to `granularity`. */
int pc_times_order(const struct timespec *a, const struct timespec *b, uint64_t granularity);

static inline bool pc_times_agree(const struct timespec *a, const struct timespec *b,
                                  uint64_t granularity)
{
	return pc_times_order(a, b, granularity) == 0;
}

#endif
