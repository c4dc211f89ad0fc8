/* SPDX-License-Identifier: MIT
 *
 * by_path.c - calls that know no directory descriptor, or none that O_PATH opened.
 *
 * An entry that cannot be opened (a symbolic link, a FIFO, a device) is reached as
 * /proc/thread-self/fd/N/name, with calls that do not follow `name`.  Not /proc/self:
 * that is the descriptor table of the process's first thread, and workers have tables
 * of their own.
 *
 * A directory that may be written to and searched but not read (-wx) can be opened by
 * O_PATH alone, and calls that want to change such a one say EBADF: it is reached by an
 * empty name, or as its own entry ".". */
#include "sys/sys.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* Room for a name of the longest that any file system has (FUSE: 4,095 bytes since Linux
 * 6.15) and for what stands before it. */
#define PLACE_MAX 4160U

/* 0 or the call's answer, or negative errno. */
#define RESULT(call)                                                                               \
	({                                                                                         \
		__typeof__(call) answer_ = (call);                                                 \
		answer_ < 0 ? (__typeof__(call))-errno : answer_;                                  \
	})

/* The path of an entry of an open directory, or (`name` NULL) of what is open. */
static int place_of(char path[PLACE_MAX], int fd, const char *name)
{
	int len = snprintf(path, PLACE_MAX, "/proc/thread-self/fd/%d%s%s", fd, name ? "/" : "",
			   name ? name : "");

	return len < 0 || (unsigned)len >= PLACE_MAX ? -ENAMETOOLONG : 0;
}

/* What ENOENT means of an entry that its caller just saw: there is no /proc. */
static ssize_t answer_of(ssize_t answer, int fd)
{
	char path[PLACE_MAX];

	if (answer >= 0)
		return answer;
	if (errno != ENOENT)
		return -errno;
	(void)place_of(path, fd, NULL); /* short enough */
	return faccessat(AT_FDCWD, path, F_OK, 0) == 0 ? -ENOENT : -ENXIO;
}

/* ---- Mode and times ---- */

static int chmod_by_path(int fd, mode_t mode)
{
	char path[PLACE_MAX];

	(void)place_of(path, fd, NULL); /* short enough */
	return RESULT(chmod(path, mode));
}

static int chmod_at(int dirfd, const char *name, mode_t mode, int flags)
{
	return (int)RESULT(syscall(SYS_fchmodat2, dirfd, name, mode, flags));
}

/* Before Linux 6.6; a filter may say either. */
static bool chmod_at_is_missing(int r)
{
	return r == -ENOSYS || r == -EPERM;
}

int pc_sys_fchmod(int fd, mode_t mode)
{
	int r = RESULT(fchmod(fd, mode));

	if (r != -EBADF)
		return r;
	r = chmod_at(fd, "", mode, AT_EMPTY_PATH);
	return chmod_at_is_missing(r) ? chmod_by_path(fd, mode) : r;
}

int pc_sys_fchmodat(int dirfd, const char *name, mode_t mode)
{
	int r = chmod_at(dirfd, name, mode, AT_SYMLINK_NOFOLLOW);
	_cleanup_close_ int fd = -1;

	if (!chmod_at_is_missing(r))
		return r;
	fd = pc_openat(dirfd, name, O_PATH | O_NOFOLLOW, 0);
	return fd < 0 ? fd : chmod_by_path(fd, mode);
}

int pc_sys_futimens(int fd, const struct timespec times[2])
{
	int r = RESULT(futimens(fd, times));

	if (r != -EBADF)
		return r;
	r = RESULT(utimensat(fd, "", times, AT_EMPTY_PATH));
	return r == -EINVAL ? RESULT(utimensat(fd, ".", times, 0)) : r; /* before Linux 5.8 */
}

/* ---- Extended attributes ---- */

/* An entry's, or that which a directory has in itself. */
static const char *name_of(const struct pc_sys_file *file)
{
	return file->name ? file->name : ".";
}

ssize_t pc_sys_listxattr(const struct pc_sys_file *file, char *names, size_t size)
{
	char path[PLACE_MAX];
	ssize_t r = file->name ? -EBADF : RESULT(flistxattr(file->fd, names, size));

	if (r != -EBADF)
		return r;
	r = place_of(path, file->fd, name_of(file));
	return r < 0 ? r : answer_of(llistxattr(path, names, size), file->fd);
}

ssize_t pc_sys_getxattr(const struct pc_sys_file *file, const char *attribute, void *value,
			size_t size)
{
	char path[PLACE_MAX];
	ssize_t r = file->name ? -EBADF : RESULT(fgetxattr(file->fd, attribute, value, size));

	if (r != -EBADF)
		return r;
	r = place_of(path, file->fd, name_of(file));
	return r < 0 ? r : answer_of(lgetxattr(path, attribute, value, size), file->fd);
}

int pc_sys_setxattr(const struct pc_sys_file *file, const char *attribute, const void *value,
		    size_t len)
{
	char path[PLACE_MAX];
	int r = file->name ? -EBADF : RESULT(fsetxattr(file->fd, attribute, value, len, 0));

	if (r != -EBADF)
		return r;
	r = place_of(path, file->fd, name_of(file));
	return r < 0 ? r : (int)answer_of(lsetxattr(path, attribute, value, len, 0), file->fd);
}

int pc_sys_removexattr(const struct pc_sys_file *file, const char *attribute)
{
	char path[PLACE_MAX];
	int r = file->name ? -EBADF : RESULT(fremovexattr(file->fd, attribute));

	if (r != -EBADF)
		return r;
	r = place_of(path, file->fd, name_of(file));
	return r < 0 ? r : (int)answer_of(lremovexattr(path, attribute), file->fd);
}
