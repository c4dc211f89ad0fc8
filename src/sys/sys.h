/* SPDX-License-Identifier: MIT
 *
 * sys.h - the call layer: the only place where a worker enters the kernel.
 *
 * The rooms that copy, walk, check and prune make system calls only through these functions;
 * tests/layers checks it. Anything that makes calls asynchronous, counts them or injects faults
 * belongs here. On a coroutine (ring.h) calls go through io_uring.
 *
 * Every function returns 0 or the value described, or negative errno; outputs are untouched on
 * failure. Calls that a signal interrupted before anything happened are retried. All functions
 * may be called by any thread. None keeps state, except which calls the kernel was found to lack.
 *
 * A directory that may be written to and searched but not read is opened with O_PATH. Most calls
 * refuse such a descriptor (EBADF). Those that copies make on target directories then use another
 * way to the same result. */
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

/* Opens a file and returns its descriptor. O_CLOEXEC is always added. */
int pc_sys_openat(int dirfd, const char *name, int flags, mode_t mode);

/* Opens the directory `path` below `rootfd` ("" is rootfd itself) with `flags` (O_DIRECTORY is
 * added). No component may be a symbolic link, and none may lead outside. A path longer than
 * PATH_MAX is opened in several steps. Where the kernel has no openat2 (before 5.6) it is opened
 * component by component. */
int pc_sys_open_dir_beneath(int rootfd, const char *path, int flags);

/* The same, but symbolic links are followed wherever they lead. */
int pc_sys_open_dir_following(int rootfd, const char *path, int flags);

/* Opens the directory `name` of dirfd, which is not followed. -EXDEV: something is mounted there
 * (not detected before 5.6). */
int pc_sys_open_dir_within(int dirfd, const char *name, int flags);

/* Opens the directory `name` of dirfd for reading. If it is not `listed` and may not be read, it is
 * opened with O_PATH, for which search permission on dirfd suffices. */
int pc_sys_open_dir(int dirfd, const char *name, bool follow, bool listed);

/* The descriptor is closed whatever the result; EINTR counts as success, see close(2). */
int pc_sys_close(int fd);

static inline void pc_sys_close_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)pc_sys_close(*fd); /* the owner cannot use the result */
}

/* Like _cleanup_close_ of base/cleanup.h, but lets other coroutines run. */
#define _cleanup_fd_ __attribute__((cleanup(pc_sys_close_cleanup)))

/* Closes descriptors first..last of this thread's table (-ENOSYS before 5.9). */
int pc_sys_close_range(unsigned first, unsigned last);

/* A second descriptor for the same open file. */
int pc_sys_dup(int fd);

/* Takes an exclusive or a shared lock on an open file without waiting (-EWOULDBLOCK), and releases
 * it. The lock belongs to all descriptors of that open file, even in other descriptor tables. */
int pc_sys_lock(int fd);
int pc_sys_lock_shared(int fd);
int pc_sys_unlock(int fd);

/* Waits for events for at most timeout_ms. Returns the number of descriptors that have events; 0
 * also when a signal arrived. */
int pc_sys_poll(struct pollfd *fds, unsigned count, int timeout_ms);

/* Sleeps until a time of the monotonic clock, or until a signal arrives. */
void pc_sys_sleep_until(uint64_t ns);

/* ---- Attributes of entries ---- */

/* Device numbers may be translated to another machine's: see devices.h. */
int pc_sys_fstat(int fd, struct stat *ret);
int pc_sys_fstatat(int dirfd, const char *name, struct stat *ret, int flags);
int pc_sys_fstatfs(int fd, struct statfs *ret);

/* The birth time of an entry, which is not followed; where its file system keeps none, the time
 * of its last change. */
int pc_sys_birth(int dirfd, const char *name, struct timespec *ret);

/* The access time of an open file, fetched from its server instead of a cache. */
int pc_sys_access_time(int fd, struct timespec *ret);

/* The mode of an entry, which is not followed, and whether something is mounted on its name (not
 * detected before 5.8). */
struct pc_sys_seen {
	uint32_t mode;
	bool mount;
};
int pc_sys_look(int dirfd, const char *name, struct pc_sys_seen *ret);

/* Checks access by the effective ids; the last component is not followed. */
int pc_sys_faccessat(int dirfd, const char *name, int mode);

/* Reads a symbolic link's text, without a NUL, and returns its length. */
ssize_t pc_sys_readlinkat(int dirfd, const char *name, char *text, size_t size);

/* Reads directory entries in the layout of getdents64(2) and returns their bytes; 0 at the end. */
ssize_t pc_sys_getdents(int fd, void *entries, size_t size);

/* ---- File contents ---- */

/* Returns the new offset. */
off_t pc_sys_lseek(int fd, off_t offset, int whence);

/* Reads at most `len` bytes, 0 at the end. pc_sys_read() is for descriptors that need no
 * waiting. */
ssize_t pc_sys_read(int fd, void *buf, size_t len);
ssize_t pc_sys_pread(int fd, void *buf, size_t len, off_t offset);

/* Reads from a pipe shared by all workers. Of the coroutines of a thread only one waits in the
 * kernel; the others queue behind it. */
ssize_t pc_sys_read_in_turn(int fd, void *buf, size_t len);

/* Reads from an eventfd(2). */
ssize_t pc_sys_read_event(int fd, void *buf, size_t len);

/* Writes to a pipe or device. Without a reader it returns -EPIPE and raises no SIGPIPE. */
ssize_t pc_sys_write(int fd, const void *buf, size_t len);

/* Complete transfers: short ones are continued. The first returns the bytes read (fewer than
 * asked for only at the end of the file), the second 0. */
ssize_t pc_sys_pread_full(int fd, void *buf, size_t len, off_t offset);
int pc_sys_pwrite_full(int fd, const void *buf, size_t len, off_t offset);

/* Copies at most `len` bytes at `offset` of both files. */
ssize_t pc_sys_copy_file_range(int src_fd, int dst_fd, off_t offset, size_t len);

/* Clones another file into an open file (FICLONE). */
int pc_sys_clone(int src_fd, int dst_fd);

int pc_sys_ftruncate(int fd, uint64_t len);

/* Gives the blocks in this range of an open file back: it becomes a hole. */
int pc_sys_punch(int fd, uint64_t offset, uint64_t len);
int pc_sys_fsync(int fd);
/* Syncs the names in a directory. Returns 0 also where the file system cannot sync directories. */
int pc_sys_fsync_directory(int fd);
int pc_sys_fdatasync(int fd);
int pc_sys_syncfs(int fd);

/* Advises the kernel that the file's pages need not stay in memory; never fails. */
void pc_sys_forget_pages(int fd);

/* ---- Names ---- */

int pc_sys_mkdirat(int dirfd, const char *name, mode_t mode);
int pc_sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t device);
int pc_sys_symlinkat(const char *text, int dirfd, const char *name);
int pc_sys_linkat(int src_dirfd, const char *src, int dirfd, const char *name, int flags);
int pc_sys_unlinkat(int dirfd, const char *name, int flags);

/* Renames within one directory. */
int pc_sys_renameat(int dirfd, const char *from, const char *to);

/* The same without replacing anything: -EEXIST. -EINVAL where the file system lacks it. */
int pc_sys_renameat_new(int dirfd, const char *from, const char *to);

/* ---- Metadata, also of directories opened with O_PATH ---- */

/* `name` is not followed; "": dirfd itself. */
int pc_sys_fchownat(int dirfd, const char *name, uid_t uid, gid_t gid);
int pc_sys_fchmod(int fd, mode_t mode);

/* For anything but symbolic links; an entry that becomes one is not followed. */
int pc_sys_fchmodat(int dirfd, const char *name, mode_t mode);
int pc_sys_futimens(int fd, const struct timespec times[2]);
int pc_sys_utimensat(int dirfd, const char *name, const struct timespec times[2]);

/* The inode flags of chattr(1). */
int pc_sys_get_flags(int fd, int *ret);
int pc_sys_set_flags(int fd, int flags);

/* Reads the flags of XFS_IOC_FSGEOMETRY: how the file system of a directory was formatted. */
int pc_sys_xfs_geometry(int fd, uint32_t *ret);

/* The owner of attributes: an open file, or the entry `name` of an open directory, which is not
 * followed. */
struct pc_sys_file {
	int fd;
	const char *name; /* NULL: the open file itself */
};

/* Extended attributes, see xattr(7). Reading returns lengths. An entry is reached by its name
 * with calls of Linux 6.13, and before that through /proc/thread-self/fd. -ENOTSUP comes from
 * the file system, -ENXIO from here where there is no /proc, -ENAMETOOLONG where the name is too
 * long for such a path. */
ssize_t pc_sys_listxattr(const struct pc_sys_file *file, char *names, size_t size);
ssize_t pc_sys_getxattr(const struct pc_sys_file *file, const char *attribute, void *value,
                        size_t size);
int pc_sys_setxattr(const struct pc_sys_file *file, const char *attribute, const void *value,
                    size_t len);
int pc_sys_removexattr(const struct pc_sys_file *file, const char *attribute);

/* ---- The machine ---- */

/* Identifies this machine and its current boot: a line, and zeros up to `size`. "" where
 * unknown. */
void pc_sys_boot_id(char *id, size_t size);

#endif
