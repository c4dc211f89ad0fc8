/* SPDX-License-Identifier: MIT
 *
 * sys.c - descriptors, attributes, contents, names, metadata: one system call for each function. */
#include "sys/sys.h"

#include "base/clock.h"
#include "sys/devices.h"
#include "sys/result.h"

#include <errno.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* Opens a directory again that was opened with O_PATH, for calls that need more: its mode may
 * have changed since. */
static int directory_reopen(int fd)
{
	return pc_sys_openat(fd, ".", O_RDONLY | O_DIRECTORY, 0);
}

/* ---- Descriptors ---- */

static PC_COLD_PATH int openat_on_ring(int dirfd, const char *name, int flags, mode_t mode)
{
	int fd = pc_ring_openat(dirfd, name, flags | O_CLOEXEC, mode);

	if (fd == PC_RING_PLAIN)
		fd = pc_openat(dirfd, name, flags, mode);
	pc_ring_opened(dirfd, fd, flags & O_DIRECTORY);
	return fd;
}

int pc_sys_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	return PC_IS_ON_RING ? openat_on_ring(dirfd, name, flags, mode)
	                     : pc_openat(dirfd, name, flags, mode);
}

static int closed(int r)
{
	return r == -EINTR ? 0 : r;
}

int pc_sys_close(int fd)
{
	RETURN_RESULT(closed(pc_ring_close(fd)), closed(RESULT(close(fd))));
}

int pc_sys_close_range(unsigned first, unsigned last)
{
#ifdef SYS_close_range
	RETURN_BY_HELPER((int)first, (int)RESULT(syscall(SYS_close_range, first, last, 0)),
	                 SYS_close_range, first, last, 0);
#else
	return -ENOSYS;
#endif
}

int pc_sys_dup(int fd)
{
	int copy = RESULT(fcntl(fd, F_DUPFD_CLOEXEC, 0));

	if (PC_IS_ON_RING)
		pc_ring_opened(fd, copy, false);
	return copy;
}

int pc_sys_lock(int fd)
{
	RETURN_BY_HELPER(fd, RESULT(flock(fd, LOCK_EX | LOCK_NB)), SYS_flock, fd,
	                 LOCK_EX | LOCK_NB);
}

int pc_sys_lock_shared(int fd)
{
	RETURN_BY_HELPER(fd, RESULT(flock(fd, LOCK_SH | LOCK_NB)), SYS_flock, fd,
	                 LOCK_SH | LOCK_NB);
}

int pc_sys_unlock(int fd)
{
	RETURN_BY_HELPER(fd, RESULT(flock(fd, LOCK_UN)), SYS_flock, fd, LOCK_UN);
}

/* io_uring does not say which of several descriptors has an event, so only one is handled here. */
static PC_COLD_PATH int poll_on_ring(struct pollfd *fds, unsigned count, int timeout_ms)
{
	int r = PC_RING_PLAIN;

	if (count == 0)
		r = pc_ring_sleep_until(pc_now_ns() + (uint64_t)timeout_ms * PC_NS_PER_MS);
	else if (count == 1)
		r = pc_ring_poll(fds->fd, fds->events, timeout_ms);
	if (r > 0) {
		fds->revents = (short)r;
		r = 1;
	}
	return r;
}

int pc_sys_poll(struct pollfd *fds, unsigned count, int timeout_ms)
{
	int r = timeout_ms > 0 ? PC_ON_RING(poll_on_ring(fds, count, timeout_ms)) : PC_RING_PLAIN;

	if (r == PC_RING_PLAIN)
		r = RESULT(poll(fds, count, timeout_ms));
	return r == -EINTR ? 0 : r;
}

void pc_sys_sleep_until(uint64_t ns)
{
	const struct timespec until = {.tv_sec = (time_t)(ns / 1000000000U),
	                               .tv_nsec = (long)(ns % 1000000000U)};

	if (PC_ON_RING(pc_ring_sleep_until(ns)) == PC_RING_PLAIN)
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
		                      NULL); /* cannot fail */
}

/* ---- Attributes of entries ---- */

/* For `name` in dirfd, or (NULL) for dirfd itself. Not inlined, so that untranslated calls need
 * not save registers. */
static __attribute__((noinline)) int renamed_stat(int dirfd, const char *name, struct stat *ret,
                                                  int flags)
{
	int r = name ? RESULT(fstatat(dirfd, name, ret, flags)) : RESULT(fstat(dirfd, ret));

	if (r == 0)
		pc_devices_rename(dirfd, name, ret);
	return r;
}

int pc_sys_fstat(int fd, struct stat *ret)
{
	if (pc_devices_are_renamed())
		return renamed_stat(fd, NULL, ret, 0);
	RETURN_RESULT(pc_ring_stat(fd, "", AT_EMPTY_PATH, ret), RESULT(fstat(fd, ret)));
}

int pc_sys_fstatat(int dirfd, const char *name, struct stat *ret, int flags)
{
	if (pc_devices_are_renamed())
		return renamed_stat(dirfd, name, ret, flags);
	RETURN_RESULT(pc_ring_stat(dirfd, name, flags, ret),
	              RESULT(fstatat(dirfd, name, ret, flags)));
}

int pc_sys_fstatfs(int fd, struct statfs *ret)
{
	RETURN_BY_HELPER(fd, RESULT_UNINTERRUPTED(fstatfs(fd, ret)), SYS_fstatfs, fd, (long)ret);
}

static int statx_of(int dirfd, const char *name, int flags, unsigned mask, struct statx *ret)
{
	RETURN_RESULT(pc_ring_statx(dirfd, name, flags, mask, ret),
	              RESULT(statx(dirfd, name, flags, mask, ret)));
}

int pc_sys_birth(int dirfd, const char *name, struct timespec *ret)
{
	struct statx x;
	struct stat st;
	int r = statx_of(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_CTIME, &x);

	if (r == 0) {
		const struct statx_timestamp *t =
			x.stx_mask & STATX_BTIME ? &x.stx_btime : &x.stx_ctime;

		*ret = (struct timespec){.tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec};
		return 0;
	}
	/* a seccomp filter refuses statx */
	r = RESULT(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW));
	if (r == 0)
		*ret = st.st_ctim;
	return r;
}

int pc_sys_access_time(int fd, struct timespec *ret)
{
	struct statx x;
	struct stat st;
	int r = statx_of(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_ATIME, &x);

	if (r == 0) {
		*ret = (struct timespec){x.stx_atime.tv_sec, x.stx_atime.tv_nsec};
		return 0;
	}
	r = RESULT(fstat(fd, &st)); /* a seccomp filter refuses statx */
	if (r == 0)
		*ret = st.st_atim;
	return r;
}

int pc_sys_look(int dirfd, const char *name, struct pc_sys_seen *ret)
{
	struct statx x;
	struct stat st;
	int r = statx_of(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
	                 STATX_TYPE | STATX_MODE, &x);

	if (r == 0) {
		*ret = (struct pc_sys_seen){.mode = x.stx_mode,
		                            .mount = x.stx_attributes & STATX_ATTR_MOUNT_ROOT};
		return 0;
	}
	if (r == -ENOENT)
		return r;
	/* a seccomp filter refuses statx */
	r = RESULT(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW));
	if (r == 0)
		*ret = (struct pc_sys_seen){.mode = st.st_mode};
	return r;
}

int pc_sys_faccessat(int dirfd, const char *name, int mode)
{
	RETURN_BY_HELPER(dirfd,
	                 RESULT(faccessat(dirfd, name, mode, AT_EACCESS | AT_SYMLINK_NOFOLLOW)),
	                 SYS_faccessat2, dirfd, (long)name, mode, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
}

ssize_t pc_sys_readlinkat(int dirfd, const char *name, char *text, size_t size)
{
	RETURN_BY_HELPER(dirfd, RESULT(readlinkat(dirfd, name, text, size)), SYS_readlinkat, dirfd,
	                 (long)name, (long)text, (long)size);
}

ssize_t pc_sys_getdents(int fd, void *entries, size_t size)
{
	RETURN_BY_HELPER(fd, RESULT(syscall(SYS_getdents64, fd, entries, size)), SYS_getdents64, fd,
	                 (long)entries, (long)size);
}

/* ---- File contents ---- */

off_t pc_sys_lseek(int fd, off_t offset, int whence)
{
	RETURN_BY_HELPER(fd, RESULT(lseek(fd, offset, whence)), SYS_lseek, fd, (long)offset,
	                 whence);
}

ssize_t pc_sys_read(int fd, void *buf, size_t len)
{
	return RESULT_UNINTERRUPTED(read(fd, buf, len));
}

ssize_t pc_sys_pread(int fd, void *buf, size_t len, off_t offset)
{
	RETURN_RESULT(pc_ring_read(fd, buf, len, offset),
	              RESULT_UNINTERRUPTED(pread(fd, buf, len, offset)));
}

ssize_t pc_sys_read_in_turn(int fd, void *buf, size_t len)
{
	RETURN_RESULT(pc_ring_read_in_turn(fd, buf, len), RESULT_UNINTERRUPTED(read(fd, buf, len)));
}

ssize_t pc_sys_read_event(int fd, void *buf, size_t len)
{
	RETURN_RESULT(pc_ring_read_pipe(fd, buf, len), RESULT_UNINTERRUPTED(read(fd, buf, len)));
}

ssize_t pc_sys_pread_full(int fd, void *buf, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pc_sys_pread(fd, (char *)buf + done, len - done, offset + (off_t)done);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static ssize_t pwrite_some(int fd, const void *buf, size_t len, off_t offset)
{
	RETURN_RESULT(pc_ring_write(fd, buf, len, offset),
	              RESULT_UNINTERRUPTED(pwrite(fd, buf, len, offset)));
}

int pc_sys_pwrite_full(int fd, const void *buf, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n =
			pwrite_some(fd, (const char *)buf + done, len - done, offset + (off_t)done);

		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	return 0;
}

/* SIGPIPE goes to the calling thread: it is blocked and, if raised, discarded. Therefore no
 * other coroutine may run meanwhile; targets without offsets are written to without waiting. */
ssize_t pc_sys_write(int fd, const void *buf, size_t len)
{
	const struct timespec none = {0};
	sigset_t pipe, before, pending;
	ssize_t n;

	(void)sigemptyset(&pipe); /* these calls fail for invalid signals only */
	(void)sigaddset(&pipe, SIGPIPE);
	(void)sigpending(&pending);
	(void)pthread_sigmask(SIG_BLOCK, &pipe, &before);
	n = RESULT_UNINTERRUPTED(write(fd, buf, len));
	if (n == -EPIPE && !sigismember(&pending, SIGPIPE))
		(void)sigtimedwait(&pipe, NULL, &none);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

ssize_t pc_sys_copy_file_range(int src_fd, int dst_fd, off_t offset, size_t len)
{
	off_t from = offset, to = offset;

	RETURN_BY_HELPER(pc_ring_farther(src_fd, dst_fd),
	                 RESULT_UNINTERRUPTED(copy_file_range(src_fd, &from, dst_fd, &to, len, 0)),
	                 SYS_copy_file_range, src_fd, (long)&from, dst_fd, (long)&to, (long)len);
}

int pc_sys_clone(int src_fd, int dst_fd)
{
	RETURN_BY_HELPER(pc_ring_farther(src_fd, dst_fd), RESULT(ioctl(dst_fd, FICLONE, src_fd)),
	                 SYS_ioctl, dst_fd, FICLONE, src_fd);
}

int pc_sys_ftruncate(int fd, uint64_t len)
{
	RETURN_RESULT(pc_ring_ftruncate(fd, len), RESULT_UNINTERRUPTED(ftruncate(fd, (off_t)len)));
}

int pc_sys_punch(int fd, uint64_t offset, uint64_t len)
{
	const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	RETURN_BY_HELPER(fd, RESULT(fallocate(fd, mode, (off_t)offset, (off_t)len)), SYS_fallocate,
	                 fd, mode, (long)offset, (long)len);
}

int pc_sys_fsync(int fd)
{
	int r = PC_ON_RING(pc_ring_fsync(fd, false));

	if (r == PC_RING_PLAIN)
		r = RESULT(fsync(fd));
	if (r == -EBADF) {
		_cleanup_fd_ int again = directory_reopen(fd);

		r = again < 0 ? -EBADF : RESULT(fsync(again));
	}
	return r;
}

int pc_sys_fsync_directory(int fd)
{
	int r = pc_sys_fsync(fd);

	return r == -EINVAL || r == -ENOTSUP || r == -EBADF ? 0 : r;
}

int pc_sys_fdatasync(int fd)
{
	RETURN_RESULT(pc_ring_fsync(fd, true), RESULT(fdatasync(fd)));
}

static int syncfs_of(int fd)
{
	RETURN_BY_HELPER(fd, RESULT(syncfs(fd)), SYS_syncfs, fd);
}

int pc_sys_syncfs(int fd)
{
	int r = syncfs_of(fd);

	if (r == -EBADF) {
		_cleanup_fd_ int again = directory_reopen(fd);

		if (again < 0) /* for a write-only directory: through an unnamed file in it */
			again = pc_sys_openat(fd, ".", O_TMPFILE | O_WRONLY, 0600);
		r = again < 0 ? again : syncfs_of(again);
	}
	return r;
}

void pc_sys_forget_pages(int fd)
{
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* advice only */
}

/* ---- Names ---- */

int pc_sys_mkdirat(int dirfd, const char *name, mode_t mode)
{
	RETURN_RESULT(pc_ring_mkdirat(dirfd, name, mode), RESULT(mkdirat(dirfd, name, mode)));
}

int pc_sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t device)
{
	RETURN_BY_HELPER(dirfd, RESULT(mknodat(dirfd, name, mode, device)), SYS_mknodat, dirfd,
	                 (long)name, (long)mode, (long)device);
}

int pc_sys_symlinkat(const char *text, int dirfd, const char *name)
{
	RETURN_RESULT(pc_ring_symlinkat(text, dirfd, name), RESULT(symlinkat(text, dirfd, name)));
}

int pc_sys_linkat(int src_dirfd, const char *src, int dirfd, const char *name, int flags)
{
	RETURN_RESULT(pc_ring_linkat(src_dirfd, src, dirfd, name, flags),
	              RESULT(linkat(src_dirfd, src, dirfd, name, flags)));
}

int pc_sys_unlinkat(int dirfd, const char *name, int flags)
{
	RETURN_RESULT(pc_ring_unlinkat(dirfd, name, flags), RESULT(unlinkat(dirfd, name, flags)));
}

int pc_sys_renameat(int dirfd, const char *from, const char *to)
{
	RETURN_RESULT(pc_ring_renameat(dirfd, from, to, 0),
	              RESULT(renameat(dirfd, from, dirfd, to)));
}

int pc_sys_renameat_new(int dirfd, const char *from, const char *to)
{
	RETURN_RESULT(pc_ring_renameat(dirfd, from, to, RENAME_NOREPLACE),
	              RESULT(renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE)));
}

/* ---- Metadata ---- */

int pc_sys_fchownat(int dirfd, const char *name, uid_t uid, gid_t gid)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	RETURN_BY_HELPER(dirfd, RESULT(fchownat(dirfd, name, uid, gid, flags)), SYS_fchownat, dirfd,
	                 (long)name, (long)uid, (long)gid, flags);
}

int pc_sys_utimensat(int dirfd, const char *name, const struct timespec times[2])
{
	RETURN_BY_HELPER(dirfd, RESULT(utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW)),
	                 SYS_utimensat, dirfd, (long)name, (long)times, AT_SYMLINK_NOFOLLOW);
}

static int flags_call(int fd, unsigned long request, int *flags)
{
	RETURN_BY_HELPER(fd, RESULT(ioctl(fd, request, flags)), SYS_ioctl, fd, (long)request,
	                 (long)flags);
}

int pc_sys_get_flags(int fd, int *ret)
{
	int flags = 0; /* the kernel writes an int, whatever the header says */
	int r = flags_call(fd, FS_IOC_GETFLAGS, &flags);

	if (r == -EBADF) {
		_cleanup_fd_ int again = directory_reopen(fd);

		r = again < 0 ? -EBADF : flags_call(again, FS_IOC_GETFLAGS, &flags);
	}
	if (r == 0)
		*ret = flags;
	return r;
}

int pc_sys_set_flags(int fd, int flags)
{
	int r = flags_call(fd, FS_IOC_SETFLAGS, &flags);

	if (r == -EBADF) {
		_cleanup_fd_ int again = directory_reopen(fd);

		r = again < 0 ? -EBADF : flags_call(again, FS_IOC_SETFLAGS, &flags);
	}
	return r;
}

/* As in xfs_fs.h, which the kernel headers do not include. */
struct xfs_geometry {
	uint32_t sizes[8];
	uint64_t blocks[4];
	unsigned char uuid[16];
	uint32_t stripes[2];
	int32_t version;
	uint32_t flags;
	uint32_t more[4];
};

#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)

int pc_sys_xfs_geometry(int fd, uint32_t *ret)
{
	struct xfs_geometry geometry;
	int r = RESULT(ioctl(fd, XFS_GEOMETRY, &geometry));

	if (r == 0)
		*ret = geometry.flags;
	return r;
}
