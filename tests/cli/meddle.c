/* meddle.c - preloaded, changes a source at chosen moments of its copy: for
 * tests/cli/meanwhile.sh, special.sh, limits.sh and durable.sh.  SPDX-License-Identifier: MIT
 *
 * MEDDLE_FILE is the path of a source, MEDDLE_DIR a directory in which its open() calls are counted,
 * over all processes.  Before call number MEDDLE_SHRINK the file is truncated to 100,000 bytes, before
 * number MEDDLE_GROW it gets the contents of MEDDLE_BODY again.  Before the first one, the shell runs
 * the command MEDDLE_RUN.
 *
 * After MEDDLE_RUN, when a lookup of the name MEDDLE_LOOK fails, the shell runs the command
 * MEDDLE_MISSED.
 *
 * MEDDLE_FSYNC is the error of fsync() of directories; MEDDLE_CLOCK divides the speed of the
 * clock. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SHRUNK 100000
#define OPENINGS_MAX 1000

typedef int openat_function(int, const char *, int, ...);

static bool is_number(const char *name, int number)
{
	const char *wanted = getenv(name);

	return wanted && atoi(wanted) == number;
}

static void grow(openat_function *next, const char *path)
{
	static char data[1 << 16];
	int from = next(AT_FDCWD, getenv("MEDDLE_BODY"), O_RDONLY);
	int to = next(AT_FDCWD, path, O_WRONLY);
	ssize_t n;

	while ((n = read(from, data, sizeof(data))) > 0) {
		if (write(to, data, (size_t)n) != n)
			abort();
	}
	if (n < 0 || from < 0 || to < 0)
		abort();
	close(from);
	close(to);
}

static void meddle(openat_function *next, const char *path)
{
	char counted[4096];
	int n = 0;

	do {
		snprintf(counted, sizeof(counted), "%s/%d", getenv("MEDDLE_DIR"), ++n);
	} while (n < OPENINGS_MAX && mkdir(counted, 0755) < 0 && errno == EEXIST);
	if (is_number("MEDDLE_SHRINK", n) && truncate(path, SHRUNK) < 0)
		abort();
	if (is_number("MEDDLE_GROW", n))
		grow(next, path);
}

/* Runs the command of a variable, without this library in it. */
static void run_once(const char *variable)
{
	static char once[4096];

	snprintf(once, sizeof(once), "%s", getenv(variable));
	unsetenv(variable);
	unsetenv("LD_PRELOAD");
	if (system(once) != 0)
		abort();
}

int openat(int dirfd, const char *name, int flags, ...)
{
	openat_function *next = (openat_function *)dlsym(RTLD_NEXT, "openat");
	const char *path = getenv("MEDDLE_FILE"), *base = path ? strrchr(path, '/') : NULL;
	mode_t mode = 0;
	va_list rest;

	if (flags & O_CREAT) {
		va_start(rest, flags);
		mode = va_arg(rest, mode_t);
		va_end(rest);
	}
	if (base && (flags & O_ACCMODE) == O_RDONLY && !(flags & O_PATH) &&
	    strcmp(name, base + 1) == 0) {
		if (getenv("MEDDLE_RUN"))
			run_once("MEDDLE_RUN");
		if (getenv("MEDDLE_DIR") && !(flags & O_DIRECTORY))
			meddle(next, path);
	}
	return next(dirfd, name, flags, mode);
}

int fstatat(int dirfd, const char *name, struct stat *ret, int flags)
{
	int (*next)(int, const char *, struct stat *, int) =
		(int (*)(int, const char *, struct stat *, int))dlsym(RTLD_NEXT, "fstatat");
	const char *wanted = getenv("MEDDLE_LOOK");
	int r = next(dirfd, name, ret, flags), error = errno;

	if (r < 0 && error == ENOENT && wanted && getenv("MEDDLE_MISSED") &&
	    !getenv("MEDDLE_RUN") && strcmp(name, wanted) == 0)
		run_once("MEDDLE_MISSED");
	errno = error;
	return r;
}

int fsync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	const char *error = getenv("MEDDLE_FSYNC");
	struct stat st;

	if (error && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = atoi(error);
		return -1;
	}
	return next(fd);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int (*next)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	const char *slower = getenv("MEDDLE_CLOCK");
	int r = next(clock, ret);

	if (r == 0 && slower && clock == CLOCK_MONOTONIC) {
		long long ns = (ret->tv_sec * 1000000000LL + ret->tv_nsec) / atoi(slower);

		*ret = (struct timespec){ns / 1000000000LL, ns % 1000000000LL};
	}
	return r;
}
