/* SPDX-License-Identifier: MIT */
/* trap.c - preloaded, makes the copy of one file fail: for tests/cli/workers.sh and
 * signals.sh.
 *
 * TRAP is "NAME ACTION".  SEGV and KILL: opening a source of this name kills the process by
 * that signal.  STOP: opening it stops the process, once (TRAP_ONCE is created as a
 * directory).  HANG: reading it never returns.  SWAP: a target of this name is replaced by a
 * link to $TRAP_OUTSIDE before it is opened for writing. */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_trap(const char *name, const char *action)
{
	const char *trap = getenv("TRAP"), *end = trap ? strchr(trap, ' ') : NULL;

	return end && strcmp(end + 1, action) == 0 && strlen(name) == (size_t)(end - trap) &&
	       memcmp(name, trap, (size_t)(end - trap)) == 0;
}

/* A thread may have all signals blocked. */
static void crash(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_UNBLOCK, &all, NULL);
	raise(SIGSEGV);
}

static void swap(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) < 0 || symlinkat(getenv("TRAP_OUTSIDE"), dirfd, name) < 0)
		abort();
}

int openat(int dirfd, const char *name, int flags, ...)
{
	int (*next)(int, const char *, int, ...) =
		(int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
	mode_t mode = 0;
	va_list rest;

	if (flags & O_CREAT) {
		va_start(rest, flags);
		mode = va_arg(rest, mode_t);
		va_end(rest);
	}
	if ((flags & O_ACCMODE) == O_RDONLY && is_trap(name, "SEGV"))
		crash();
	if ((flags & O_ACCMODE) == O_RDONLY && is_trap(name, "KILL"))
		raise(SIGKILL);
	if ((flags & O_ACCMODE) == O_RDONLY && is_trap(name, "STOP") &&
	    mkdir(getenv("TRAP_ONCE"), 0700) == 0)
		raise(SIGSTOP);
	if ((flags & O_ACCMODE) != O_RDONLY && !(flags & O_CREAT) && is_trap(name, "SWAP"))
		swap(dirfd, name);
	return next(dirfd, name, flags, mode);
}

/* Waits for ever if this is open on the source that hangs. */
static void hang(int fd)
{
	char place[64], path[PATH_MAX];
	ssize_t n;

	snprintf(place, sizeof(place), "/proc/thread-self/fd/%d", fd);
	n = readlink(place, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	while (strrchr(path, '/') && is_trap(strrchr(path, '/') + 1, "HANG"))
		pause();
}

/* A clone, where the file system can. */
int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, ...) =
		(int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	va_list rest;
	void *argument;

	va_start(rest, request);
	argument = va_arg(rest, void *);
	va_end(rest);
	if (request == FICLONE)
		hang((int)(intptr_t)argument);
	return next(fd, request, argument);
}

ssize_t copy_file_range(int from, off64_t *from_pos, int to, off64_t *to_pos, size_t len,
                        unsigned flags)
{
	ssize_t (*next)(int, off64_t *, int, off64_t *, size_t, unsigned) =
		(ssize_t(*)(int, off64_t *, int, off64_t *, size_t, unsigned))dlsym(
			RTLD_NEXT, "copy_file_range");

	hang(from);
	return next(from, from_pos, to, to_pos, len, flags);
}
