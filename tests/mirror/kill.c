/* SPDX-License-Identifier: MIT
 *
 * kill.c - preloaded, kills the program before its n-th call, counted over all of its processes and
 * threads: for tests/mirror/kill.
 *
 * KILL_COUNTER names a file of eight bytes, the number of calls so far.  KILL_AT is the number of
 * the call that is not made.  KILL_WHO is `all` to kill the whole process group, or `worker` to kill
 * the process that makes the call; then only calls of workers are counted.  KILL_CLOCK speeds up the
 * clock that ends jobs by that factor: budgets are shorter, and there are more jobs.
 *
 * Requests of io_uring are counted when they are submitted.
 *
 * Each wrapper passes on six words, as many as any call has, so it need not know the arguments. */
#include <dlfcn.h>
#include <fcntl.h>
#ifdef PC_HAVE_URING
#include <liburing.h>
#endif
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef long any_call(long, long, long, long, long, long);

static struct {
	_Atomic unsigned long *calls; /* shared by all processes; NULL: nothing is counted */
	unsigned long at;
	pid_t first; /* the process that was started, when others alone are counted */
	long faster;
} kill_plan;

static unsigned long number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("KILL_COUNTER"), *who = getenv("KILL_WHO");
	int fd = path ? open(path, O_RDWR) : -1;
	void *shared;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof(*kill_plan.calls), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		abort();
	kill_plan.at = number_of("KILL_AT");
	kill_plan.faster = (long)number_of("KILL_CLOCK");
	kill_plan.first = who && strcmp(who, "worker") == 0 ? getpid() : 0;
	kill_plan.calls = shared;
}

static void count(void)
{
	if (!kill_plan.calls || getpid() == kill_plan.first)
		return;
	if (atomic_fetch_add(kill_plan.calls, 1) + 1 == kill_plan.at)
		kill(kill_plan.first ? getpid() : 0, SIGKILL);
}

#ifdef PC_HAVE_URING
/* Those that go through a ring are made together: killed before the kernel has any of them, or when
 * it has begun. */
int io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_nr)
{
	static int (*next)(struct io_uring *, unsigned);
	unsigned long ready = io_uring_sq_ready(ring), before;

	if (!next)
		next = (int (*)(struct io_uring *, unsigned))dlsym(RTLD_NEXT,
		                                                   "io_uring_submit_and_wait");
	if (!kill_plan.calls)
		return next(ring, wait_nr);
	before = atomic_fetch_add(kill_plan.calls, ready);
	if (kill_plan.at > before && kill_plan.at <= before + ready) {
		if (kill_plan.at % 2 == 0)
			(void)io_uring_submit(ring);
		kill(0, SIGKILL);
	}
	return next(ring, wait_nr);
}
#endif

/* Named by a label alone: headers declare the calls otherwise. */
#define COUNTED(name)                                                                              \
	long counted_##name(long a, long b, long c, long d, long e, long f) __asm__(#name);        \
	long counted_##name(long a, long b, long c, long d, long e, long f)                        \
	{                                                                                          \
		static any_call *next;                                                             \
                                                                                                   \
		if (!next)                                                                         \
			next = (any_call *)dlsym(RTLD_NEXT, #name);                                \
		count();                                                                           \
		return next(a, b, c, d, e, f);                                                     \
	}

COUNTED(openat64)
COUNTED(fstat64)
COUNTED(fstatat64)
COUNTED(statx)
COUNTED(mkdirat)
COUNTED(mknodat)
COUNTED(symlinkat)
COUNTED(linkat)
COUNTED(unlinkat)
COUNTED(renameat)
COUNTED(renameat2)
COUNTED(fchmod)
COUNTED(fchownat)
COUNTED(futimens)
COUNTED(utimensat)
COUNTED(pread64)
COUNTED(pwrite64)
COUNTED(copy_file_range)
COUNTED(ftruncate64)
COUNTED(fsetxattr)
COUNTED(lsetxattr)
COUNTED(fremovexattr)
COUNTED(lremovexattr)
COUNTED(fsync)
COUNTED(syscall) /* getdents64, openat2 and others */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*next)(clockid_t, struct timespec *);
	int r;

	if (!next)
		next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	r = next(clock, ret);
	if (r == 0 && kill_plan.faster > 0 && clock == CLOCK_MONOTONIC) {
		long long ns = (ret->tv_sec * 1000000000LL + ret->tv_nsec) * kill_plan.faster;

		*ret = (struct timespec){ns / 1000000000LL, ns % 1000000000LL};
	}
	return r;
}
