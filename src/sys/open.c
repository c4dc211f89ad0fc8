/* SPDX-License-Identifier: MIT
 *
 * open.c - opens a directory below another one, by a path of any length and without leaving it. */
#include "sys/sys.h"

#include "base/cleanup.h"
#include "sys/ring_call.h"

#include <errno.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int openat2_call(int dirfd, const char *path, const struct open_how *how)
{
	long fd = syscall(SYS_openat2, dirfd, path, how, sizeof(*how));

	return fd < 0 ? -errno : (int)fd;
}

/* Calls openat2 for at most PATH_MAX bytes. Retries -EAGAIN a few times: a rename raced with the
 * path lookup, see openat2(2). */
static int open_resolving(int dirfd, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd = -EAGAIN;

	for (int tries = 0; tries < 64; tries++) {
		fd = PC_ON_RING(pc_ring_openat2(dirfd, path, &how));
		if (fd == PC_RING_PLAIN)
			fd = openat2_call(dirfd, path, &how);
		if (fd != -EAGAIN && fd != -EINTR)
			break;
	}
	if (PC_IS_ON_RING)
		pc_ring_opened(dirfd, fd, true);
	return fd;
}

static int open_beneath_once(int dirfd, const char *path, int flags)
{
	return open_resolving(dirfd, path, flags, 0);
}

/* The same for one component, where the kernel has no openat2. */
static int open_component(int dirfd, const char *name, int flags)
{
	if (strcmp(name, "..") == 0)
		return -EXDEV;
	return pc_sys_openat(dirfd, name, flags | O_DIRECTORY | O_NOFOLLOW, 0);
}

/* The length of the longest prefix of whole components of `path` that fits into `max` bytes; of
 * the first component where `max` is 0. */
static size_t hop_length(const char *path, size_t max)
{
	size_t len;

	if (max == 0)
		return strcspn(path, "/");
	len = strnlen(path, max + 1);
	if (len <= max)
		return len;
	for (len = max; len > 0 && path[len] != '/'; len--)
		;
	return len;
}

/* Opens `path` in steps, each by `open_hop`. */
static int open_in_hops(int rootfd, const char *path, int flags, size_t max,
                        int (*open_hop)(int dirfd, const char *path, int flags))
{
	_cleanup_fd_ int dirfd = -1;
	char hop[PATH_MAX];

	while (*path) {
		size_t len = hop_length(path, max);
		int fd;

		if (len == 0 || len >= sizeof(hop))
			return -ENAMETOOLONG;
		memcpy(hop, path, len);
		hop[len] = '\0';
		path += len + strspn(path + len, "/");
		fd = open_hop(dirfd >= 0 ? dirfd : rootfd, hop, *path ? O_PATH : flags);
		if (fd < 0)
			return fd;
		if (dirfd >= 0)
			(void)pc_sys_close(dirfd); /* opened with O_PATH: nothing to lose */
		dirfd = fd;
	}
	return pc_take_fd(&dirfd);
}

static int open_followed(int dirfd, const char *path, int flags)
{
	return pc_sys_openat(dirfd, path, flags | O_DIRECTORY, 0);
}

int pc_sys_open_dir_following(int rootfd, const char *path, int flags)
{
	return open_in_hops(rootfd, *path ? path : ".", flags, PATH_MAX - 1, open_followed);
}

int pc_sys_open_dir_beneath(int rootfd, const char *path, int flags)
{
	int fd;

	if (!*path)
		path = ".";
	if (strnlen(path, PATH_MAX) < PATH_MAX)
		fd = open_beneath_once(rootfd, path, flags);
	else
		fd = open_in_hops(rootfd, path, flags, PATH_MAX - 1, open_beneath_once);
	if (fd == -ENOSYS || fd == -EPERM)
		fd = open_in_hops(rootfd, path, flags, 0, open_component);
	return fd;
}

int pc_sys_open_dir_within(int dirfd, const char *name, int flags)
{
	int fd = open_resolving(dirfd, name, flags, RESOLVE_NO_XDEV);

	return fd == -ENOSYS || fd == -EPERM ? open_component(dirfd, name, flags) : fd;
}

int pc_sys_open_dir(int dirfd, const char *name, bool follow, bool listed)
{
	int flags = O_DIRECTORY | (follow ? 0 : O_NOFOLLOW);
	int fd = pc_sys_openat(dirfd, name, flags | O_RDONLY, 0);

	return fd == -EACCES && !listed ? pc_sys_openat(dirfd, name, flags | O_PATH, 0) : fd;
}
