/* SPDX-License-Identifier: MIT */
/* slow.c - preloaded: a clock that goes a hundred times slower, so that what has so much time
 * for its work has enough of it to come to its other limits. */
#include <dlfcn.h>
#include <stdint.h>
#include <time.h>

#define SLOWER 100

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int (*real)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(clock, ret);
	uint64_t ns;

	if (r < 0 || clock != CLOCK_MONOTONIC)
		return r;
	ns = ((uint64_t)ret->tv_sec * 1000000000U + (uint64_t)ret->tv_nsec) / SLOWER;
	ret->tv_sec = (time_t)(ns / 1000000000U);
	ret->tv_nsec = (long)(ns % 1000000000U);
	return 0;
}
