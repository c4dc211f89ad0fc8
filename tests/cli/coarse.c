/* SPDX-License-Identifier: MIT */
/* coarse.c - preloaded, makes the times of one file system coarse: for tests/cli/verify.sh and
 * update.sh.
 *
 * In stat of files whose device is COARSE_DEVICE (as printed by `stat -c %d`), modification and change
 * times are truncated to multiples of COARSE nanoseconds.  With COARSE_SERVER change times are not
 * truncated, and the type of the file system is FUSE: a server that keeps times elsewhere. */
#include <dlfcn.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>

static void stamp_cut(struct timespec *stamp, long granularity)
{
	const long second = 1000000000;

	if (granularity < second) {
		stamp->tv_nsec -= stamp->tv_nsec % granularity;
		return;
	}
	stamp->tv_sec -= stamp->tv_sec % (granularity / second);
	stamp->tv_nsec = 0;
}

static int answer(int r, struct stat *st)
{
	const char *granularity = getenv("COARSE"), *device = getenv("COARSE_DEVICE");

	if (r < 0 || !granularity || !device || st->st_dev != strtoul(device, NULL, 10))
		return r;
	stamp_cut(&st->st_mtim, atol(granularity));
	if (!getenv("COARSE_SERVER"))
		stamp_cut(&st->st_ctim, atol(granularity));
	return r;
}

/* Both names of each: struct stat64 is struct stat where off_t has 64 bits. */
#define BY_NAME(symbol)                                                                            \
	int symbol##_coarse(const char *path, struct stat *st) __asm__(#symbol);                   \
	int symbol##_coarse(const char *path, struct stat *st)                                     \
	{                                                                                          \
		int (*real)(const char *, struct stat *) =                                         \
			(int (*)(const char *, struct stat *))dlsym(RTLD_NEXT, #symbol);           \
                                                                                                   \
		return answer(real(path, st), st);                                                 \
	}
#define BY_FD(symbol)                                                                              \
	int symbol##_coarse(int fd, struct stat *st) __asm__(#symbol);                             \
	int symbol##_coarse(int fd, struct stat *st)                                               \
	{                                                                                          \
		int (*real)(int, struct stat *) =                                                  \
			(int (*)(int, struct stat *))dlsym(RTLD_NEXT, #symbol);                    \
                                                                                                   \
		return answer(real(fd, st), st);                                                   \
	}
#define AT(symbol)                                                                                 \
	int symbol##_coarse(int fd, const char *path, struct stat *st,                             \
	                    int flags) __asm__(#symbol);                                           \
	int symbol##_coarse(int fd, const char *path, struct stat *st, int flags)                  \
	{                                                                                          \
		int (*real)(int, const char *, struct stat *, int) =                               \
			(int (*)(int, const char *, struct stat *, int))dlsym(RTLD_NEXT, #symbol); \
                                                                                                   \
		return answer(real(fd, path, st, flags), st);                                      \
	}

BY_NAME(stat)
BY_NAME(stat64)
BY_NAME(lstat)
BY_NAME(lstat64)
BY_FD(fstat)
BY_FD(fstat64)
AT(fstatat)
AT(fstatat64)

int fstatfs64_coarse(int fd, struct statfs *fs) __asm__("fstatfs64");
int fstatfs64_coarse(int fd, struct statfs *fs)
{
	int (*real)(int, struct statfs *) =
		(int (*)(int, struct statfs *))dlsym(RTLD_NEXT, "fstatfs64");
	const char *device = getenv("COARSE_DEVICE");
	int r = real(fd, fs);
	struct stat st;

	if (r == 0 && getenv("COARSE_SERVER") && device && fstat(fd, &st) == 0 &&
	    st.st_dev == strtoul(device, NULL, 10))
		fs->f_type = FUSE_SUPER_MAGIC;
	return r;
}
