/* SPDX-License-Identifier: MIT
 *
 * by_path.c - calls that know no directory descriptor, made by way of /proc.
 *
 * An entry that cannot be opened (a symbolic link, a FIFO, a device) is reached as
 * /proc/thread-self/fd/N/name, with calls that do not follow `name`.  Not /proc/self:
 * that is the descriptor table of the process's first thread, and workers have tables
 * of their own. */
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

int pc_sys_fchmodat(int dirfd, const char *name, mode_t mode)
{
	char path[PLACE_MAX];
	_cleanup_close_ int fd = -1;

	if (syscall(SYS_fchmodat2, dirfd, name, mode, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM) /* before Linux 6.6; a filter may say either */
		return -errno;
	fd = pc_openat(dirfd, name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	(void)place_of(path, fd, NULL); /* short enough */
	return chmod(path, mode) < 0 ? -errno : 0;
}

/* ---- Extended attributes ---- */

ssize_t pc_sys_listxattr(const struct pc_sys_file *file, char *names, size_t size)
{
	char path[PLACE_MAX];
	int r;

	if (!file->name) {
		ssize_t n = flistxattr(file->fd, names, size);

		return n < 0 ? -errno : n;
	}
	r = place_of(path, file->fd, file->name);
	return r < 0 ? r : answer_of(llistxattr(path, names, size), file->fd);
}

ssize_t pc_sys_getxattr(const struct pc_sys_file *file, const char *attribute, void *value,
			size_t size)
{
	char path[PLACE_MAX];
	int r;

	if (!file->name) {
		ssize_t n = fgetxattr(file->fd, attribute, value, size);

		return n < 0 ? -errno : n;
	}
	r = place_of(path, file->fd, file->name);
	return r < 0 ? r : answer_of(lgetxattr(path, attribute, value, size), file->fd);
}

int pc_sys_setxattr(const struct pc_sys_file *file, const char *attribute, const void *value,
		    size_t len)
{
	char path[PLACE_MAX];
	int r;

	if (!file->name)
		return fsetxattr(file->fd, attribute, value, len, 0) < 0 ? -errno : 0;
	r = place_of(path, file->fd, file->name);
	return r < 0 ? r : (int)answer_of(lsetxattr(path, attribute, value, len, 0), file->fd);
}

int pc_sys_removexattr(const struct pc_sys_file *file, const char *attribute)
{
	char path[PLACE_MAX];
	int r;

	if (!file->name)
		return fremovexattr(file->fd, attribute) < 0 ? -errno : 0;
	r = place_of(path, file->fd, file->name);
	return r < 0 ? r : (int)answer_of(lremovexattr(path, attribute), file->fd);
}
