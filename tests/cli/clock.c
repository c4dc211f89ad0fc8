/* SPDX-License-Identifier: MIT */
/* clock.c - preloaded, simulates a monotonic clock that hardly advances except when a thread sleeps:
 * for tests/cli/bwlimit.sh.
 *
 * All processes and threads of the program share it.  A thread that sleeps until some time sets the
 * clock to that time, unless it is later already, and continues at once.  So the reported times are
 * those intended, on any machine. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define SECOND 1000000000

/* For those who wait in a loop. */
#define TICK_NS 1000

static _Atomic int64_t *shared_ns;

__attribute__((constructor)) static void clock_begin(void)
{
	void *memory = mmap(NULL, sizeof(*shared_ns), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	shared_ns = memory;
	*shared_ns = 1000LL * SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int64_t ns;

	if (clock != CLOCK_MONOTONIC)
		return real(clock, now);
	ns = atomic_fetch_add(shared_ns, TICK_NS);
	*now = (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
	return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
	int64_t until_ns = until->tv_sec * SECOND + until->tv_nsec;
	int64_t now_ns = *shared_ns;

	(void)left;
	if (clock != CLOCK_MONOTONIC || flags != TIMER_ABSTIME)
		abort();
	while (now_ns < until_ns && !atomic_compare_exchange_weak(shared_ns, &now_ns, until_ns))
		;
	return 0;
}
