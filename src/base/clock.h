/* SPDX-License-Identifier: MIT */
/* clock.h - clocks that never go back, in nanoseconds. */
#ifndef PC_BASE_CLOCK_H
#define PC_BASE_CLOCK_H

#include <stdint.h>
#include <sys/resource.h>
#include <time.h>

#define PC_NS_PER_MS UINT64_C(1000000)

static inline uint64_t pc_clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts); /* cannot fail for the clocks used here */
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static inline uint64_t pc_now_ns(void)
{
	return pc_clock_ns(CLOCK_MONOTONIC);
}

/* CPU time of the calling thread so far. */
static inline uint64_t pc_thread_cpu_ns(void)
{
	return pc_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Blocks of 512 bytes read from block devices for the calling thread so far, by its calls or by
 * readahead (getrusage(2)). 0 on a kernel that does not count them, and for file systems without
 * a block device. */
static inline uint64_t pc_thread_blocks_read(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage); /* cannot fail for the calling thread */
	return (uint64_t)usage.ru_inblock;
}

static inline double pc_seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

#endif
