/* SPDX-License-Identifier: MIT
 *
 * sys.h - the call layer: the only place where a worker enters the kernel.
 *
 * The rooms that copy, walk, check and remove call these functions and no other
 * system call; tests/layers proves it.  What makes a call asynchronous, counts it or
 * fails it on purpose belongs here: on a coroutine (ring.h) calls are made by io_uring.
 *
 * Every function returns 0, or what its name promises, or negative errno; outputs are
 * untouched on failure.  Those that the kernel may interrupt before anything happened
 * are tried again.  All of them may be called by any thread; none keeps state, but for
 * which calls the kernel was found to lack.
 *
 * A directory that may be written to and searched but not read is open by O_PATH, of
 * which most calls know nothing (EBADF): those that copies make of target directories do
 * the same in another way. */
#ifndef PC_SYS_SYS_H
#define PC_SYS_SYS_H

#include "base/sys.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct pollfd;
struct statfs;

/* ---- Descriptors ---- */

/* A descriptor.  O_CLOEXEC is always added. */
int pc_sys_openat(int dirfd, const char *name, int flags, mode_t mode);

/* Opens the directory `path` below `rootfd` ("" is rootfd itself) with `flags`
 * (O_DIRECTORY is added).  No component may be a symbolic link and none may lead out.
 * A path longer than PATH_MAX is opened in hops.  Where the kernel has no openat2
 * (before 5.6) the same is done component by component. */
int pc_sys_open_dir_beneath(int rootfd, const char *path, int flags);

/* The same where the caller wants links to be followed, wherever they lead. */
int pc_sys_open_dir_following(int rootfd, const char *path, int flags);

/* Opens the directory `name` of dirfd, which is not followed.  -EXDEV: something is mounted there
 * (before 5.6 that is not seen). */
int pc_sys_open_dir_within(int dirfd, const char *name, int flags);

/* The descriptor is gone whatever the answer is; EINTR is no error, see close(2). */
int pc_sys_close(int fd);

static inline void pc_sys_close_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)pc_sys_close(*fd); /* its owner has no use for what it says */
}

/* As _cleanup_close_ of base/cleanup.h, and a coroutine gives way. */
#define _cleanup_fd_ __attribute__((cleanup(pc_sys_close_cleanup)))

/* Closes descriptors first..last of this thread's table (-ENOSYS before 5.9). */
int pc_sys_close_range(unsigned first, unsigned last);

/* A second descriptor for the same open file. */
int pc_sys_dup(int fd);

/* Takes a lock on an open file without waiting (-EWOULDBLOCK), and gives it up: for all
 * descriptors of that open file, of which another table may have one. */
int pc_sys_lock(int fd);
int pc_sys_unlock(int fd);

/* Waits for events, at most timeout_ms.  The number of descriptors that have some; 0
 * also when a signal came. */
int pc_sys_poll(struct pollfd *fds, unsigned count, int timeout_ms);

/* Sleeps until a moment of the monotonic clock, or until a signal comes. */
void pc_sys_sleep_until(uint64_t ns);

/* ---- What an entry is ---- */

/* Device numbers may be those of another machine: see devices.h. */
int pc_sys_fstat(int fd, struct stat *ret);
int pc_sys_fstatat(int dirfd, const char *name, struct stat *ret, int flags);
int pc_sys_fstatfs(int fd, struct statfs *ret);

/* The time of birth of an entry, which is not followed, or, where its file system keeps
 * none, the time of its last change. */
int pc_sys_birth(int dirfd, const char *name, struct timespec *ret);

/* The time of access of what is open, as its server has it and not as it was known here. */
int pc_sys_access_time(int fd, struct timespec *ret);

/* What an entry is, which is not followed, and whether something is mounted on its name (before
 * 5.8 that is not seen). */
struct pc_sys_seen {
	uint32_t mode;
	bool mount;
};
int pc_sys_look(int dirfd, const char *name, struct pc_sys_seen *ret);

/* By the effective ids; the last component is not followed. */
int pc_sys_faccessat(int dirfd, const char *name, int mode);

/* The length of a symbolic link's text, which is not terminated. */
ssize_t pc_sys_readlinkat(int dirfd, const char *name, char *text, size_t size);

/* Reads directory entries as getdents64(2) lays them out.  Their bytes; 0 at the end. */
ssize_t pc_sys_getdents(int fd, void *entries, size_t size);

/* ---- Contents ---- */

/* The new offset. */
off_t pc_sys_lseek(int fd, off_t offset, int whence);

/* At most `len` bytes, 0 at the end; the first one from what need not be waited for. */
ssize_t pc_sys_read(int fd, void *buf, size_t len);
ssize_t pc_sys_pread(int fd, void *buf, size_t len, off_t offset);

/* From a pipe that all workers wait for: of the coroutines of a thread one at a time waits in the
 * kernel, and the others for it. */
ssize_t pc_sys_read_in_turn(int fd, void *buf, size_t len);

/* From an eventfd(2). */
ssize_t pc_sys_read_event(int fd, void *buf, size_t len);

/* Where nobody reads any more the answer is -EPIPE, and there is no SIGPIPE. */
ssize_t pc_sys_write(int fd, const void *buf, size_t len);

/* Whole transfers: short ones are continued.  Bytes read (fewer than asked for only at
 * the end of the file); 0. */
ssize_t pc_sys_pread_full(int fd, void *buf, size_t len, off_t offset);
int pc_sys_pwrite_full(int fd, const void *buf, size_t len, off_t offset);

/* Moves at most `len` bytes at `offset` of both files. */
ssize_t pc_sys_copy_file_range(int src_fd, int dst_fd, off_t offset, size_t len);

/* Makes an open file a clone of another (FICLONE). */
int pc_sys_clone(int src_fd, int dst_fd);

int pc_sys_ftruncate(int fd, uint64_t len);
int pc_sys_fsync(int fd);
/* The names in a directory.  0, too, where the file system cannot sync directories: then there is
 * no more to be had. */
int pc_sys_fsync_directory(int fd);
int pc_sys_fdatasync(int fd);
int pc_sys_syncfs(int fd);

/* Tells the kernel that the file's pages are not needed in memory; never fails. */
void pc_sys_forget_pages(int fd);

/* ---- Names ---- */

int pc_sys_mkdirat(int dirfd, const char *name, mode_t mode);
int pc_sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t device);
int pc_sys_symlinkat(const char *text, int dirfd, const char *name);
int pc_sys_linkat(int src_dirfd, const char *src, int dirfd, const char *name, int flags);
int pc_sys_unlinkat(int dirfd, const char *name, int flags);

/* Both names are in one directory. */
int pc_sys_renameat(int dirfd, const char *from, const char *to);

/* The same, and nothing is replaced: -EEXIST.  -EINVAL where the file system cannot. */
int pc_sys_renameat_new(int dirfd, const char *from, const char *to);

/* ---- Metadata, also of a directory that O_PATH opened ---- */

/* `name` is not followed; "": what is open as dirfd. */
int pc_sys_fchownat(int dirfd, const char *name, uid_t uid, gid_t gid);
int pc_sys_fchmod(int fd, mode_t mode);

/* What is no symbolic link, and does not become one meanwhile. */
int pc_sys_fchmodat(int dirfd, const char *name, mode_t mode);
int pc_sys_futimens(int fd, const struct timespec times[2]);
int pc_sys_utimensat(int dirfd, const char *name, const struct timespec times[2]);

/* The inode flags of chattr(1). */
int pc_sys_get_flags(int fd, int *ret);
int pc_sys_set_flags(int fd, int flags);

/* The flags of XFS_IOC_FSGEOMETRY: how the file system of a directory was made. */
int pc_sys_xfs_geometry(int fd, uint32_t *ret);

/* Where attributes are: of an open file, or of the entry `name` of an open directory,
 * which is not followed. */
struct pc_sys_file {
	int fd;
	const char *name; /* NULL: what is open as fd */
};

/* Extended attributes, see xattr(7).  Lengths.  An entry by its name is reached by calls
 * of Linux 6.13, before that by /proc/thread-self/fd: -ENOTSUP... is the file system's
 * answer, -ENXIO ours where there is no /proc, -ENAMETOOLONG where the name is too long
 * for such a path. */
ssize_t pc_sys_listxattr(const struct pc_sys_file *file, char *names, size_t size);
ssize_t pc_sys_getxattr(const struct pc_sys_file *file, const char *attribute, void *value,
                        size_t size);
int pc_sys_setxattr(const struct pc_sys_file *file, const char *attribute, const void *value,
                    size_t len);
int pc_sys_removexattr(const struct pc_sys_file *file, const char *attribute);

/* ---- The machine ---- */

/* What tells this machine from others, and from itself before it was started: a line, and zeros up
 * to `size`.  "" where that is not known. */
void pc_sys_boot_id(char *id, size_t size);

#endif
