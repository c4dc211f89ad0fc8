/* SPDX-License-Identifier: MIT */
/* sys.h - thin wrappers of system calls for all rooms: negative errno, EINTR retried; and calls
 * that some versions of glibc lack. */
#ifndef PC_BASE_SYS_H
#define PC_BASE_SYS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens a file and returns its descriptor, or negative errno. O_CLOEXEC is always added. */
int pc_openat(int dirfd, const char *name, int flags, mode_t mode);

/* Complete transfers: short ones are continued. The first returns the bytes read (fewer than
 * asked for only at the end of the file), the second 0; or negative errno. */
ssize_t pc_pread_full(int fd, void *buf, size_t len, off_t offset);
int pc_pwrite_full(int fd, const void *buf, size_t len, off_t offset);

/* Adds one to an eventfd(2), which wakes its reader. */
void pc_event_post(int fd);

/* A descriptor that becomes readable when the child has ended, or negative errno (-ENOSYS before
 * 5.3). */
int pc_pidfd_open(pid_t pid);

/* Whether both are one file. Inode numbers are unique only within a device. */
static inline bool pc_same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether an open file was removed, and nothing else has its path. */
bool pc_is_removed(int fd, const char *path);

/* The number of descriptors that this process may have open. */
unsigned pc_fd_limit(void);

#endif
