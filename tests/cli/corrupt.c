/* SPDX-License-Identifier: MIT */
/* corrupt.c - preloaded, damages a copy like faulty hardware: for tests/cli/verify.sh.
 *
 * CORRUPT is the kind of damage, done when copy_file_range() moves data:
 *
 *	data	changes the first byte of the target
 *	source	changes the first byte of the source, after it was copied
 *	mode	clears the target's permission bits when its times are set
 *
 * CORRUPT_ONCE names a file that is removed with the first damage; if it does not exist, nothing is
 * damaged.  Cloning fails. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool wanted(const char *how)
{
	const char *what = getenv("CORRUPT"), *once = getenv("CORRUPT_ONCE");

	return what && strcmp(what, how) == 0 && (!once || unlink(once) == 0);
}

/* Opens what a descriptor is of anew, to be written to whatever it is open for. */
static void flip_first(int fd)
{
	char place[64];
	unsigned char byte;
	int again;

	(void)snprintf(place, sizeof(place), "/proc/thread-self/fd/%d", fd);
	again = open(place, O_RDWR | O_CLOEXEC);
	if (again < 0 || pread(again, &byte, 1, 0) != 1)
		abort();
	byte ^= 0xff;
	if (pwrite(again, &byte, 1, 0) != 1)
		abort();
	close(again);
}

ssize_t copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t len,
                        unsigned flags)
{
	ssize_t (*real)(int, off64_t *, int, off64_t *, size_t, unsigned) =
		(ssize_t(*)(int, off64_t *, int, off64_t *, size_t, unsigned))dlsym(
			RTLD_NEXT, "copy_file_range");
	ssize_t n = real(in, in_offset, out, out_offset, len, flags);

	if (n > 0 && wanted("data"))
		flip_first(out);
	if (n > 0 && wanted("source"))
		flip_first(in);
	return n;
}

int futimens(int fd, const struct timespec times[2])
{
	int (*real)(int, const struct timespec *) =
		(int (*)(int, const struct timespec *))dlsym(RTLD_NEXT, "futimens");
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && wanted("mode"))
		(void)fchmod(fd, 0);
	return real(fd, times);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) =
		(int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == FICLONE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return real(fd, request, argument);
}
