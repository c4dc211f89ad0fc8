/* clock.h - time that never goes back. */
#ifndef PC_BASE_CLOCK_H
#define PC_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t pc_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

#endif
