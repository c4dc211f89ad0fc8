/* SPDX-License-Identifier: MIT
 *
 * by_path.c - calls that accept no directory descriptor, or none opened with O_PATH.
 *
 * An entry that cannot be opened (a symbolic link, a FIFO, a device) is reached as
 * /proc/thread-self/fd/N/name, with calls that do not follow `name`. Not through /proc/self: that
 * shows the descriptor table of the process's first thread, and workers have their own tables.
 *
 * A directory that may be written to and searched but not read (-wx) can only be opened with
 * O_PATH, and calls that change it then fail with EBADF. It is reached by an empty name or as its
 * own entry ".". */
#include "sys/sys.h"

#include "sys/result.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat /* Linux 6.13 */
#define SYS_setxattrat 463
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#define SYS_removexattrat 466
#endif

/* Room for the longest name of any file system (FUSE: 4,095 bytes since Linux 6.15) and the path
 * before it. */
#define PLACE_MAX 4160U

/* The path of an entry of an open directory, or (`name` NULL) of the open file itself. */
static int proc_path(char path[PLACE_MAX], int fd, const char *name)
{
	int len = snprintf(path, PLACE_MAX, "/proc/thread-self/fd/%d%s%s", fd, name ? "/" : "",
	                   name ? name : "");

	return len < 0 || (unsigned)len >= PLACE_MAX ? -ENAMETOOLONG : 0;
}

/* Turns a call's result into negative errno. The caller just saw the entry, so ENOENT means that
 * there is no /proc: -ENXIO. */
static ssize_t answer_of(ssize_t answer, int fd)
{
	char path[PLACE_MAX];

	if (answer >= 0)
		return answer;
	if (errno != ENOENT)
		return -errno;
	(void)proc_path(path, fd, NULL); /* always fits */
	return faccessat(AT_FDCWD, path, F_OK, 0) == 0 ? -ENOENT : -ENXIO;
}

/* ---- Mode and times ---- */

/* `refused`: the result where there is no /proc. */
static int chmod_by_path(int fd, mode_t mode, int refused)
{
	char path[PLACE_MAX];
	int r;

	(void)proc_path(path, fd, NULL); /* always fits */
	r = RESULT(chmod(path, mode));
	return r == -ENOENT ? refused : r;
}

static int chmod_at(int dirfd, const char *name, mode_t mode, int flags)
{
	RETURN_BY_HELPER(dirfd, (int)RESULT(syscall(SYS_fchmodat2, dirfd, name, mode, flags)),
	                 SYS_fchmodat2, dirfd, (long)name, (long)mode, flags);
}

/* fchmodat2() is missing before Linux 6.6; a seccomp filter may answer either. */
static bool chmod_at_is_missing(int r)
{
	return r == -ENOSYS || r == -EPERM;
}

static int chmod_open(int fd, mode_t mode)
{
	RETURN_BY_HELPER(fd, RESULT(fchmod(fd, mode)), SYS_fchmod, fd, (long)mode);
}

int pc_sys_fchmod(int fd, mode_t mode)
{
	int r = chmod_open(fd, mode);

	if (r != -EBADF)
		return r;
	r = chmod_at(fd, "", mode, AT_EMPTY_PATH);
	return chmod_at_is_missing(r) ? chmod_by_path(fd, mode, r) : r;
}

int pc_sys_fchmodat(int dirfd, const char *name, mode_t mode)
{
	int r = chmod_at(dirfd, name, mode, AT_SYMLINK_NOFOLLOW);
	_cleanup_fd_ int fd = -1;

	if (!chmod_at_is_missing(r))
		return r;
	fd = pc_sys_openat(dirfd, name, O_PATH | O_NOFOLLOW, 0);
	return fd < 0 ? fd : chmod_by_path(fd, mode, r);
}

static int times_open(int fd, const struct timespec times[2])
{
	RETURN_BY_HELPER(fd, RESULT(futimens(fd, times)), SYS_utimensat, fd, 0, (long)times);
}

int pc_sys_futimens(int fd, const struct timespec times[2])
{
	int r = times_open(fd, times);

	if (r != -EBADF)
		return r;
	r = RESULT(utimensat(fd, "", times, AT_EMPTY_PATH));
	return r == -EINVAL ? RESULT(utimensat(fd, ".", times, 0)) : r; /* before Linux 5.8 */
}

/* ---- Extended attributes ----
 *
 * Through the open file; else by calls with directory descriptors (Linux 6.13); else through
 * /proc. */

/* struct xattr_args of <linux/xattr.h> */
struct value_args {
	_Alignas(8) uint64_t value;
	uint32_t size, flags;
};

/* Set when the kernel or a seccomp filter refused these calls, so that a process tries them
 * once. */
static atomic_bool at_is_missing;

static bool at_is_refused(ssize_t r)
{
	return r == -ENOSYS || r == -EPERM;
}

/* An entry's name; for a directory itself ".". */
static const char *name_of(const struct pc_sys_file *file)
{
	return file->name ? file->name : ".";
}

static ssize_t at_call_make(long number, const struct pc_sys_file *file, const void *a, uintptr_t b,
                            size_t c)
{
	const char *name = name_of(file);

	RETURN_BY_HELPER(
		file->fd, RESULT(syscall(number, file->fd, name, AT_SYMLINK_NOFOLLOW, a, b, c)),
		number, file->fd, (long)name, AT_SYMLINK_NOFOLLOW, (long)a, (long)b, (long)c);
}

static ssize_t at_call(long number, const struct pc_sys_file *file, const void *a, uintptr_t b,
                       size_t c)
{
	ssize_t r;

	if (atomic_load_explicit(&at_is_missing, memory_order_relaxed))
		return -ENOSYS;
	r = at_call_make(number, file, a, b, c);
	/* EPERM of the two calls that change attributes may come from the file system */
	if (r == -ENOSYS || (r == -EPERM && number == SYS_listxattrat))
		atomic_store_explicit(&at_is_missing, true, memory_order_relaxed);
	return r;
}

/* The result of a call through /proc, after at_call() was refused. */
static ssize_t answer_after(ssize_t refused, ssize_t answer, int fd)
{
	ssize_t r = answer_of(answer, fd);

	return r == -ENXIO && refused == -EPERM ? refused : r;
}

/* The following act on an open file. */
static ssize_t names_open(int fd, char *names, size_t size)
{
	RETURN_BY_HELPER(fd, RESULT(flistxattr(fd, names, size)), SYS_flistxattr, fd, (long)names,
	                 (long)size);
}

static ssize_t value_open(int fd, const char *attribute, void *value, size_t size)
{
	RETURN_BY_HELPER(fd, RESULT(fgetxattr(fd, attribute, value, size)), SYS_fgetxattr, fd,
	                 (long)attribute, (long)value, (long)size);
}

static int value_set_open(int fd, const char *attribute, const void *value, size_t len)
{
	RETURN_BY_HELPER(fd, RESULT(fsetxattr(fd, attribute, value, len, 0)), SYS_fsetxattr, fd,
	                 (long)attribute, (long)value, (long)len, 0);
}

static int value_remove_open(int fd, const char *attribute)
{
	RETURN_BY_HELPER(fd, RESULT(fremovexattr(fd, attribute)), SYS_fremovexattr, fd,
	                 (long)attribute);
}

ssize_t pc_sys_listxattr(const struct pc_sys_file *file, char *names, size_t size)
{
	char path[PLACE_MAX];
	ssize_t r = file->name ? -EBADF : names_open(file->fd, names, size);

	if (r != -EBADF)
		return r;
	r = at_call(SYS_listxattrat, file, names, size, 0);
	if (!at_is_refused(r))
		return r;
	r = proc_path(path, file->fd, name_of(file));
	return r < 0 ? r : answer_of(llistxattr(path, names, size), file->fd);
}

ssize_t pc_sys_getxattr(const struct pc_sys_file *file, const char *attribute, void *value,
                        size_t size)
{
	const struct value_args args = {.value = (uintptr_t)value, .size = (uint32_t)size};
	char path[PLACE_MAX];
	ssize_t r = file->name ? -EBADF : value_open(file->fd, attribute, value, size);

	if (r != -EBADF)
		return r;
	r = at_call(SYS_getxattrat, file, attribute, (uintptr_t)&args, sizeof(args));
	if (!at_is_refused(r))
		return r;
	r = proc_path(path, file->fd, name_of(file));
	return r < 0 ? r : answer_of(lgetxattr(path, attribute, value, size), file->fd);
}

int pc_sys_setxattr(const struct pc_sys_file *file, const char *attribute, const void *value,
                    size_t len)
{
	const struct value_args args = {.value = (uintptr_t)value, .size = (uint32_t)len};
	char path[PLACE_MAX];
	int fd = file->fd, placed;
	ssize_t r = file->name ? -EBADF : value_set_open(fd, attribute, value, len);

	if (r != -EBADF)
		return (int)r;
	r = at_call(SYS_setxattrat, file, attribute, (uintptr_t)&args, sizeof(args));
	if (!at_is_refused(r))
		return (int)r;
	placed = proc_path(path, fd, name_of(file));
	if (placed < 0)
		return placed;
	return (int)answer_after(r, lsetxattr(path, attribute, value, len, 0), fd);
}

int pc_sys_removexattr(const struct pc_sys_file *file, const char *attribute)
{
	char path[PLACE_MAX];
	int fd = file->fd, placed;
	ssize_t r = file->name ? -EBADF : value_remove_open(fd, attribute);

	if (r != -EBADF)
		return (int)r;
	r = at_call(SYS_removexattrat, file, attribute, 0, 0);
	if (!at_is_refused(r))
		return (int)r;
	placed = proc_path(path, fd, name_of(file));
	return placed < 0 ? placed : (int)answer_after(r, lremovexattr(path, attribute), fd);
}

/* ---- The machine ---- */

void pc_sys_boot_id(char *id, size_t size)
{
	_cleanup_fd_ int fd =
		pc_sys_openat(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY, 0);

	memset(id, 0, size);
	if (fd >= 0 && pc_sys_pread_full(fd, id, size - 1, 0) < 0)
		*id = '\0';
}
